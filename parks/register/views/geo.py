"""The register as GeoJSON: out and in."""

import json
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from parks.catalogue.domain.errors import Invalid, PlatformError
from parks.people.access import viewer_of
from parks.people.domain import Capability
from parks.portal.pages import explain
from parks.register.selectors.geojson import feature_collection
from parks.register.services.geojson import Outcome, import_features
from parks.register.views.forms import ImportForm

LARGEST = 20 * 1024**2


@login_required
def register_export(request: HttpRequest) -> HttpResponse:
    """Everything the viewer may see, as a file."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.EXPORT)
    document = feature_collection(scope=viewer.scope, park_id=viewer.park_id)
    answer = JsonResponse(document, content_type="application/geo+json", json_dumps_params={"ensure_ascii": False})
    answer["Content-Disposition"] = 'attachment; filename="register.geojson"'
    return answer


@login_required
def register_import(request: HttpRequest) -> HttpResponse:
    """Take features in; each refused one is named with field and rule."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.MANAGE_REGISTER)
    form = ImportForm(request.POST or None, request.FILES or None)
    outcome: Outcome | None = None
    if request.method == "POST" and form.is_valid():
        try:
            outcome = import_features(
                park_id=viewer.park_id, document=document_of(form.cleaned_data["document"]), by_id=request.user.pk,
                now=timezone.now(), datum=form.cleaned_data["datum"],
            )  # fmt: skip
        except PlatformError as error:
            explain(form=form, error=error)
    return render(request, "register/import.html", {"form": form, "outcome": outcome})


def document_of(file: Any) -> object:
    if file.size > LARGEST:
        raise Invalid(_("The file is larger than 20 MiB. Split it."))
    try:
        return json.loads(file.read())
    except (ValueError, RecursionError) as error:
        raise Invalid(_("The file is not JSON: %(why)s") % {"why": error}) from error
