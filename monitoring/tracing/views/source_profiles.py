"""Profiles of sources in the portal: what is known, and a new one or the next version of one."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from monitoring.tracing.domain.drives.tables import LARGEST
from monitoring.tracing.domain.fingerprints.profile_table import BadProfileRows, rows_of_profile
from monitoring.tracing.selectors.fingerprints import visible_profiles
from monitoring.tracing.services import profiles
from monitoring.tracing.views.fingerprints import number
from parks.catalogue.domain.errors import PlatformError
from parks.catalogue.domain.periods import day_of, park_zone
from parks.catalogue.selectors import pollutants
from parks.people.access import Viewer, viewer_of
from parks.people.domain import Capability
from parks.portal.errors import told
from parks.portal.pages import explain, listed, whole
from parks.portal.registry import lobby
from parks.register.selectors.places import visible_outlets
from parks.templatetags.portal import localized

PERCENT = 100.0
LARGEST_TEXT = 20_000


class ProfileForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name of the source"), max_length=80, help_text=gettext_lazy("A name that exists gets its next version.")
    )  # fmt: skip
    outlet = forms.ChoiceField(label=gettext_lazy("Outlet it was measured at"), required=False)
    source = forms.CharField(
        label=gettext_lazy("Report or publication it comes from"), max_length=300, required=False,
        help_text=gettext_lazy("Without one the profile counts as unverified."),
    )  # fmt: skip
    valid_from = forms.DateField(
        label=gettext_lazy("Holds from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    valid_to = forms.DateField(
        label=gettext_lazy("Holds to"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )  # fmt: skip
    shares = forms.CharField(
        label=gettext_lazy("Shares of the mass: code, share [%], standard deviation [%]"), max_length=LARGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 10, "class": "mono", "placeholder": "a25002, 12.5, 1.5"}),
        help_text=gettext_lazy("One substance a line, pasted from a sheet or typed; of the mass of everything that was measured at the source."),
        required=False,
    )  # fmt: skip
    file = forms.FileField(
        label=gettext_lazy("Or the shares as CSV or XLSX"), required=False,
        help_text=gettext_lazy("Columns: code, share [%], deviation [%], one substance a row. Where a row does not hold, it is named and nothing is kept."),
    )  # fmt: skip

    def __init__(self, *args: Any, outlets: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outlet"].choices = [("", gettext_lazy("no outlet of the register")), *outlets]  # type: ignore[attr-defined]

    def clean_shares(self) -> dict[str, profiles.Share]:
        """Lines as shares; each line that does not hold is named."""
        known = {one.code for one in pollutants(medium="AIR")}
        found: dict[str, profiles.Share] = {}
        for line, text in enumerate(self.cleaned_data["shares"].splitlines(), start=1):
            cells = [cell.strip() for cell in text.replace("\t", ",").replace("，", ",").split(",")]
            if cells == [""]:
                continue
            numbers = [number(cell) for cell in cells[1:3]]
            if len(cells) != 3 or cells[0] not in known or None in numbers or cells[0] in found:
                self.add_error("shares", _("Line %(line)s: a code of the catalogue, named once, then two numbers.") % {"line": line})  # fmt: skip
                continue
            share, deviation = (float(one or 0.0) / PERCENT for one in numbers)
            found[cells[0]] = profiles.Share(share, deviation)
        return found

    def clean(self) -> dict[str, Any]:
        """Either the lines or the file; each row of the file that does not hold is named."""
        given = super().clean() or self.cleaned_data
        file = given.get("file")
        if bool(self.data.get("shares", "").strip()) == bool(file):
            self.add_error("file", _("Type the shares or send a file, one of the two."))
        elif file:
            given["shares"] = self._shares_of(file)
        return given

    def _shares_of(self, file: Any) -> dict[str, profiles.Share]:
        known = {one.code for one in pollutants(medium="AIR")}
        try:
            rows = rows_of_profile(name=file.name, data=file.read(LARGEST + 1), known=known)
        except BadProfileRows as error:
            for one in error.refused:
                rule = lobby.words.get(f"refused.{one.rule}", one.rule)
                self.add_error("file", _("Row %(row)s, %(field)s: %(rule)s") % {"row": one.row, "field": one.field, "rule": rule})  # fmt: skip
        except PlatformError as error:
            self.add_error("file", told(error))
        else:
            return {one.code: profiles.Share(one.share, one.deviation) for one in rows}
        return {}


@login_required
def profile_list(request: HttpRequest) -> HttpResponse:
    """Profiles of the park, every version, or the one that a trace was computed with."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_INTAKE)
    profiles_of_park = visible_profiles(scope=viewer.scope, park_id=viewer.park_id)
    only = whole(request.GET.get("profile"))
    page = listed(request=request, rows=profiles_of_park if only is None else profiles_of_park.filter(pk=only))
    names = {one.code: one for one in pollutants(medium="AIR")}
    rows = [
        {
            "profile": one,
            "shares": [
                (names.get(code, code), share, one.deviations.get(code))
                for code, share in sorted(one.shares.items(), key=lambda pair: -pair[1])
            ],
        }
        for one in page.rows
    ]
    context = {"page": page, "rows": rows, "may_enter": viewer.may(Capability.TRACE_SOURCES), "only": only}
    return render(request, "monitoring/tracing/source_profiles.html", context)


@login_required
def profile_new(request: HttpRequest) -> HttpResponse:
    """Enter a profile, or the next version of one."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.TRACE_SOURCES)
    form = ProfileForm(
        request.POST or None, request.FILES or None, outlets=_outlets(viewer), initial=_initial(request, viewer)
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            profiles.keep_profile(
                scope=viewer.scope, park_id=viewer.park_id, name=given["name"], outlet_id=int(given["outlet"]) if given["outlet"] else None,
                shares=given["shares"], source=given["source"], valid_from=given["valid_from"], valid_to=given["valid_to"], now=timezone.now(),
            )  # fmt: skip
        except PlatformError as error:
            explain(form=form, error=error)
        else:
            return redirect("source_profiles")
    return render(request, "monitoring/tracing/source_profile_new.html", {"form": form})


def _outlets(viewer: Viewer) -> list[tuple[str, str]]:
    rows = visible_outlets(scope=viewer.scope).filter(enterprise__park=viewer.park_id, medium="AIR", is_active=True)
    return [
        (str(one.pk), f"{localized(one.enterprise)} {one.code} {localized(one)}")
        for one in rows.select_related("enterprise").order_by("enterprise__name", "code")
    ]


def _initial(request: HttpRequest, viewer: Viewer) -> dict[str, Any]:
    """Empty, or what the version that is to be corrected holds."""
    today = {"valid_from": day_of(timezone.now(), park_zone())}
    pk = whole(request.GET.get("from"))
    before = visible_profiles(scope=viewer.scope, park_id=viewer.park_id).filter(pk=pk).first() if pk else None
    if before is None:
        return today
    lines = [f"{code}, {100 * share:.6g}, {100 * before.deviations.get(code, 0):.6g}" for code, share in before.shares.items()]  # fmt: skip
    return today | {
        "name": before.name, "outlet": str(before.outlet_id or ""), "source": before.source, "shares": "\n".join(lines), "valid_to": before.valid_to,
    }  # fmt: skip
