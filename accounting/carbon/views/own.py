"""An enterprise in the park's balance: what it emits, receives and passes on, for the park and for its own people."""

from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounting.carbon.domain.balance.ledgers import OUTSIDE
from accounting.carbon.domain.methods import METHODS
from accounting.carbon.selectors.balances import Balance, balances_of_park_in_reach, method_history
from accounting.carbon.services.choosing import choose_method
from accounting.carbon.views.names import Names, names_of
from parks.catalogue.domain.errors import NotFound, PlatformError
from parks.people.access import viewer_of
from parks.people.domain import Capability
from parks.portal.pages import explain
from parks.register.selectors.places import enterprise_of
from parks.templatetags.portal import word

WORDS = {
    "scope.2": gettext_lazy("scope 2: power and heat"),
    "scope.3.1": gettext_lazy("scope 3.1: goods"),
    "scope.3.5": gettext_lazy("scope 3.5: waste and water treatment"),
}
# Where what comes with a stream stands in the GHG Protocol.
SCOPES = {"POWER": "2", "HEAT": "2", "MATERIAL": "3.1", "SERVICE": "3.5"}


@login_required
def enterprise_balance(request: HttpRequest, enterprise_id: int, month: date) -> HttpResponse:
    """Own emissions, what each stream brought and took away, by scope, and the nodes with their lines."""
    viewer = viewer_of(request=request)
    found = enterprise_of(scope=viewer.scope, enterprise_id=enterprise_id)
    rows = balances_of_park_in_reach(scope=viewer.scope, park_id=found.park_id)
    row = next((one for one in rows if one.month == month), None)
    if row is None or str(found.pk) not in row.result.get("enterprises", {}):
        raise NotFound
    names = names_of(scope=viewer.scope, park_id=found.park_id)
    code, whole = str(found.pk), row.park_id in viewer.scope.park_ids
    taken = sides(row, code, "to", "from", names, whole=whole)
    scopes: dict[str, float] = {}
    for one in taken:
        scopes[one["scope"]] = scopes.get(one["scope"], 0.0) + one["CO2e"]
    context = {
        "enterprise": found, "balance": row, "balances": rows, "names": names, "part": row.result["enterprises"][code], "taken": taken,
        "given": sides(row, code, "from", "to", names, whole=whole), "scopes": sorted(scopes.items()), "whole": whole,
        "nodes": [(n, one) for n, one in row.result["nodes"].items() if one["enterprise"] == code],
        "methods": list(method_history(enterprise_id=found.pk)), "may_choose": viewer.may(Capability.MANAGE_FACTORS),
        "lines": [one for one in row.result.get("lines", []) if one["enterprise"] == code],
    }  # fmt: skip
    return render(request, "accounting/carbon/enterprise_balance.html", context)


def sides(row: Balance, code: str, own: str, other: str, names: Names, *, whole: bool) -> list[dict[str, Any]]:
    """Flows of one side by stream. Who stands on the other side is for the park's eyes alone."""
    found: dict[tuple[str, str], float] = {}
    for cell in row.result["cells"]:
        if cell[own] == code != cell[other]:
            partner = cell[other] if whole or cell[other] == OUTSIDE else "?"
            found[cell["stream"], partner] = found.get((cell["stream"], partner), 0.0) + cell["CO2e"]
    shown = [
        {"stream": stream, "name": names.stream(stream), "CO2e": amount, "scope": scope_of_stream(stream, names),
         "partner": _("others") if partner == "?" else names.enterprise(partner)}
        for (stream, partner), amount in found.items() if amount
    ]  # fmt: skip
    return sorted(shown, key=lambda one: -one["CO2e"])


def scope_of_stream(stream: str, names: Names) -> str:
    return SCOPES[names.streams[stream].kind] if stream in names.streams else "3.1"


class MethodForm(forms.Form):
    valid_from = forms.DateField(
        label=gettext_lazy("From the month"), widget=forms.DateInput(attrs={"type": "month"}), input_formats=["%Y-%m", "%Y-%m-%d"]
    )  # fmt: skip
    method = forms.ChoiceField(label=gettext_lazy("Method"))
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["method"].choices = [(one, word(one, "method")) for one in METHODS]  # type: ignore[attr-defined]


@login_required
def method_new(request: HttpRequest, enterprise_id: int) -> HttpResponse:
    """Choose by which method an enterprise reports from a month on."""
    viewer = viewer_of(request=request)
    found = enterprise_of(scope=viewer.scope, enterprise_id=enterprise_id)
    viewer.scope_require(Capability.MANAGE_FACTORS, park_id=found.park_id)
    form = MethodForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        d = form.cleaned_data
        try:
            choose_method(
                park_id=found.park_id, enterprise_id=found.pk, valid_from=d["valid_from"], method_id=d["method"], reason=d["reason"],
                by_id=request.user.pk, now=timezone.now(),
            )  # fmt: skip
        except PlatformError as error:
            explain(form=form, error=error)
        else:
            return redirect("enterprise_carbon", enterprise_id=found.pk)
    context = {
        "form": form, "heading": _("Reporting method"), "back_url": reverse("enterprise_carbon", args=[found.pk]),
        "intro": _("Stored with its reason and from a month on; balances that are frozen do not change."),
    }  # fmt: skip
    return render(request, "portal/form.html", context)
