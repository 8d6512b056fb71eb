"""Keys of programs, and the audit trail."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from parks.catalogue.domain.errors import NotFound, PlatformError
from parks.people.access import Viewer, viewer_of
from parks.people.domain import TOKEN_GRANTS, Capability
from parks.people.selectors import enterprises_of_park, visible_entries, visible_tokens
from parks.people.services import accounts
from parks.portal.pages import explain, listed, whole

SCOPE_WORDS = {
    "observations:write": gettext_lazy("upload observations"),
    "observations:read": gettext_lazy("read observations"),
    "activity:write": gettext_lazy("upload activity data and compute inventories"),
    "activity:read": gettext_lazy("read activity data"),
    "inventories:read": gettext_lazy("read inventories and factors"),
    "incidents:read": gettext_lazy("read incidents that concern the enterprise"),
}
WORDS = {f"scope.{name}": word for name, word in SCOPE_WORDS.items()}


class KeyForm(forms.Form):
    enterprise = forms.ChoiceField(label=gettext_lazy("Enterprise"))
    name = forms.CharField(label=gettext_lazy("What the key is for"), max_length=60)
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("The program may"), choices=[(s, SCOPE_WORDS[s]) for s in TOKEN_GRANTS],
        widget=forms.CheckboxSelectMultiple, initial=["observations:write"],
    )  # fmt: skip
    days = forms.IntegerField(label=gettext_lazy("Valid for days"), min_value=1, max_value=1096, initial=365)

    def __init__(self, *args: Any, viewer: Viewer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["enterprise"].choices = [  # type: ignore[attr-defined]
            (str(number), name)
            for number, name in enterprises_of_park(park_id=viewer.park_id)
            if viewer.park_id in viewer.scope.park_ids or number in viewer.scope.enterprise_ids
        ]


@login_required
def keys(request: HttpRequest) -> HttpResponse:
    """Keys of the enterprises the viewer may see."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.MANAGE_TOKENS)
    found = listed(request=request, rows=visible_tokens(scope=viewer.scope, park_id=viewer.park_id))
    now = timezone.now()
    return render(request, "people/keys.html", {"keys": found, "now": now, "soon": now + timedelta(days=30)})


@login_required
def key_new(request: HttpRequest) -> HttpResponse:
    """A new key; its secret is shown once."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.MANAGE_TOKENS)
    form = KeyForm(request.POST or None, viewer=viewer)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        try:
            token, secret = accounts.create_token(
                by=request.user, park_id=viewer.park_id, enterprise_id=whole(chosen["enterprise"]) or 0,  # type: ignore[arg-type]
                name=chosen["name"], scopes=chosen["scopes"], now=timezone.now(), days=chosen["days"],
            )  # fmt: skip
        except PlatformError as error:
            explain(form=form, error=error)
        else:
            return render(request, "people/key_made.html", {"key": token, "secret": secret})
    return render(request, "portal/form.html", {"form": form, "heading": _("New key"), "back": "keys"})


@require_POST
@login_required
def key_revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """Revoke a key at once."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.MANAGE_TOKENS)
    if not visible_tokens(scope=viewer.scope, park_id=viewer.park_id).filter(pk=token_id).exists():
        raise NotFound
    accounts.revoke_token(by=request.user, token_id=token_id, now=timezone.now())  # type: ignore[arg-type]
    return redirect("keys")


@login_required
def audit_trail(request: HttpRequest) -> HttpResponse:
    """Who changed what, when, before and after."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_AUDIT)
    rows = visible_entries(scope=viewer.scope, park_id=viewer.park_id)
    table, word = request.GET.get("table", ""), request.GET.get("word", "").strip()
    if table:
        rows = rows.filter(table_name=f"parks_{table}")
    if word:
        rows = rows.filter(actor__username__icontains=word)
    found = listed(request=request, rows=rows)
    entries = [{"entry": entry, "changes": changes_of(entry.before, entry.after)} for entry in found.rows]
    return render(request, "people/audit.html", {"page": found, "entries": entries, "table": table, "word": word})


def changes_of(before: dict[str, Any] | None, after: dict[str, Any] | None) -> list[tuple[str, Any, Any]]:
    """Fields that differ, with their values before and after."""
    old, new = before or {}, after or {}
    return [(name, old.get(name), new.get(name)) for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
