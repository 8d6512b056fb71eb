"""Indicators of a zero-carbon park, and the numbers of a year that people enter."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounting.carbon.services import years
from accounting.carbon.views.inventories import this_year
from accounting.carbon.views.park import park_viewer
from accounting.factors.selectors.library import bases_in_library
from parks.catalogue.domain.errors import PlatformError
from parks.people.domain import Capability
from parks.portal.pages import explain

WORDS = {
    "indicator.emissions_per_energy": gettext_lazy("Carbon emission per unit of energy consumption"),
    "indicator.clean_energy": gettext_lazy("Share of clean energy"),
    "indicator.product_energy": gettext_lazy("Products at or below level 2 of their limit of energy use"),
    "indicator.solid_waste": gettext_lazy("Use of industrial solid waste"),
    "indicator.waste_heat": gettext_lazy("Use of waste heat, cold and pressure"),
    "indicator.water": gettext_lazy("Reuse of industrial water"),
    "fact.waste_used": gettext_lazy("solid waste used"),
    "fact.waste_made": gettext_lazy("solid waste generated"),
    "fact.waste_from_stock": gettext_lazy("solid waste used from earlier stocks"),
    "fact.heat_recovered": gettext_lazy("waste heat, cold and pressure recovered"),
    "fact.heat_recoverable": gettext_lazy("waste heat, cold and pressure that could be recovered"),
    "fact.water_reused": gettext_lazy("water reused"),
    "fact.water_fresh": gettext_lazy("fresh water"),
    "fact.products": gettext_lazy("energy use of products and their limits"),
    "fact.uses": gettext_lazy("energy use"),
    "fact.co2": gettext_lazy("CO₂ of energy"),
    "fact.POWER.clean": gettext_lazy("proof of non-fossil power (certificates)"),
    "fact.HEAT.clean": gettext_lazy("origin of heat from outside"),
    "carrier.POWER": gettext_lazy("power from outside, net"),
    "carrier.HEAT": gettext_lazy("heat from outside, net"),
    "carrier.FUEL": gettext_lazy("fuel"),
    "table.accounting_yearfact": gettext_lazy("number of a year"),
}
UNITS = {"POWER": "MWh", "HEAT": "GJ"}
MONTHS_OF_A_YEAR = 12


class FactForm(forms.Form):
    year = forms.IntegerField(label=gettext_lazy("Year"), min_value=2005, max_value=2100)
    name = forms.ChoiceField(label=gettext_lazy("Number"), choices=[(n, f"{n} [{u}]") for n, u in years.FACTS.items()])
    value = forms.DecimalField(label=gettext_lazy("Value"), min_value=0, max_digits=20, decimal_places=4)
    source = forms.CharField(label=gettext_lazy("Source"), max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = [(n, f"{WORDS['fact.' + n]} [{u}]") for n, u in years.FACTS.items()]
        self.fields["name"].choices = words  # type: ignore[attr-defined]


@login_required
def park_year(request: HttpRequest) -> HttpResponse:
    """The core indicator and the five guiding ones of a year, with what they rest on and what is not known."""
    viewer = park_viewer(request)
    year = this_year(request)
    shown, bases = years.shown_year(park_id=viewer.park_id, year=year), bases_in_library()
    context = {
        "year": year, "shown": shown, "whole_year": len(shown.months) == MONTHS_OF_A_YEAR, "facts": years.FACTS, "units": UNITS,
        "bases": {use.fuel: bases.get(f"fuel.{use.edition}.{use.fuel}.ncv", "") for use, _tce in shown.uses if use.fuel},
        "may_enter": viewer.may(Capability.MANAGE_FACTORS),
    }  # fmt: skip
    return render(request, "accounting/carbon/park_year.html", context)


@login_required
def fact_new(request: HttpRequest) -> HttpResponse:
    """Enter a number of a year with its source."""
    viewer = park_viewer(request)
    viewer.require(Capability.MANAGE_FACTORS)
    form = FactForm(request.POST or None, initial={"year": request.GET.get("year"), "name": request.GET.get("name")})
    if request.method == "POST" and form.is_valid():
        try:
            years.enter_fact(park_id=viewer.park_id, by_id=request.user.pk, now=timezone.now(), **form.cleaned_data)
        except PlatformError as error:
            explain(form=form, error=error)
        else:
            return redirect(f"{reverse('park_year')}?year={form.cleaned_data['year']}")
    context = {"form": form, "heading": _("Number of a year"), "back_url": reverse("park_year")}
    return render(request, "portal/form.html", context)
