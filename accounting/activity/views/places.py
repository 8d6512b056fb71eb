"""Register of the park's balance: streams that flow between plants, and the nodes that use and make them."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounting.activity.domain.declared import DECLARED
from accounting.activity.selectors import nodes_of, streams_of
from accounting.activity.services import register
from parks.catalogue.domain.errors import NotFound, PlatformError
from parks.people.access import Viewer, viewer_of
from parks.people.domain import Capability
from parks.portal.pages import explain
from parks.register.selectors.places import visible_enterprises
from parks.templatetags.portal import localized, unit

STREAM_KINDS = [
    ("POWER", gettext_lazy("power")), ("HEAT", gettext_lazy("heat")), ("MATERIAL", gettext_lazy("material")), ("SERVICE", gettext_lazy("service"))
]  # fmt: skip
NODE_KINDS = [
    ("PRODUCTION", gettext_lazy("production")), ("ENERGY", gettext_lazy("energy supply")), ("TREATMENT", gettext_lazy("treatment")),
    ("STORAGE", gettext_lazy("store")),
]  # fmt: skip
MEASURES = ("mass", "gas volume", "volume", "energy")


class StreamForm(forms.Form):
    code = forms.SlugField(label=gettext_lazy("Code"), max_length=40)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    name_en = forms.CharField(label=gettext_lazy("English name"), max_length=120, required=False)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=STREAM_KINDS)
    unit = forms.ChoiceField(label=gettext_lazy("Unit"))
    uncertainty = forms.DecimalField(
        label=gettext_lazy("Uncertainty of its meters [± %]"), min_value=0, max_value=100, initial="0.5", max_digits=6, decimal_places=2
    )  # fmt: skip
    carbon = forms.DecimalField(
        label=gettext_lazy("Carbon content [tC per unit]"), min_value=0, required=False, max_digits=12, decimal_places=6,
        help_text=gettext_lazy("Of a disposal service: of the waste that goes the other way."),
    )  # fmt: skip
    carbon_source = forms.CharField(label=gettext_lazy("Source of the carbon content"), max_length=200, required=False)
    is_product = forms.BooleanField(label=gettext_lazy("Product with a footprint"), required=False)
    cbam_good = forms.ChoiceField(
        label=gettext_lazy("CBAM good"), required=False, choices=[("", "–"), ("hydrogen", gettext_lazy("hydrogen"))]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = [name for name, (dimension, _scale) in DECLARED.units.items() if dimension in MEASURES]
        self.fields["unit"].choices = [(name, unit(name)) for name in units]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        energetic = DECLARED.units.get(found.get("unit", ""), ("", 0))[0] == "energy"
        if found.get("kind") in ("POWER", "HEAT") and not energetic:
            self.add_error("unit", _("Power and heat are counted in units of energy."))
        if found.get("carbon") and not found.get("carbon_source"):
            self.add_error("carbon_source", _("Say where the carbon content comes from."))
        return found

    def content(self) -> dict[str, Any]:
        d = {name: value for name, value in self.cleaned_data.items() if name != "code"}
        return d | {"uncertainty": d["uncertainty"] / 100}


class NodeForm(forms.Form):
    code = forms.SlugField(label=gettext_lazy("Code"), max_length=40)
    enterprise = forms.ChoiceField(label=gettext_lazy("Enterprise"))
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    name_en = forms.CharField(label=gettext_lazy("English name"), max_length=120, required=False)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=NODE_KINDS)

    def __init__(self, *args: Any, viewer: Viewer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = visible_enterprises(scope=viewer.scope).filter(park=viewer.park_id).order_by("name")
        self.fields["enterprise"].choices = [(str(one.pk), localized(one)) for one in rows]  # type: ignore[attr-defined]

    def content(self) -> dict[str, Any]:
        d = {name: value for name, value in self.cleaned_data.items() if name not in ("code", "enterprise")}
        return d | {"enterprise_id": int(self.cleaned_data["enterprise"])}


def manager(request: HttpRequest) -> Viewer:
    viewer = viewer_of(request=request)
    if viewer.park_id not in viewer.scope.park_ids:
        raise NotFound
    viewer.require(Capability.MANAGE_REGISTER)
    return viewer


@login_required
def balance_register(request: HttpRequest) -> HttpResponse:
    """All streams and nodes of the park."""
    viewer = viewer_of(request=request)
    if viewer.park_id not in viewer.scope.park_ids:
        raise NotFound
    context = {
        "streams": streams_of(park_id=viewer.park_id), "nodes": nodes_of(park_id=viewer.park_id),
        "may_edit": viewer.may(Capability.MANAGE_REGISTER),
    }  # fmt: skip
    return render(request, "accounting/activity/register.html", context)


@login_required
def stream_edit(request: HttpRequest, code: str = "") -> HttpResponse:
    """A new stream, or another name, unit or carbon content of one."""
    viewer = manager(request)
    known = streams_of(park_id=viewer.park_id).filter(code=code).first() if code else None
    if code and known is None:
        raise NotFound
    names = ("code", "name", "name_en", "kind", "unit", "carbon", "carbon_source", "is_product", "cbam_good")
    initial = (
        {name: getattr(known, name) for name in names} | {"uncertainty": known.uncertainty * 100} if known else None
    )
    form = StreamForm(request.POST or None, initial=initial)
    return saved(request, form, viewer, known=known, heading=_("Stream"), save=register.set_stream)


@login_required
def node_edit(request: HttpRequest, code: str = "") -> HttpResponse:
    """A new node, or another name or kind of one."""
    viewer = manager(request)
    known = nodes_of(park_id=viewer.park_id).filter(code=code).first() if code else None
    if code and known is None:
        raise NotFound
    initial = {name: getattr(known, name) for name in ("code", "name", "name_en", "kind")} | {"enterprise": known.enterprise_id} if known else None  # fmt: skip
    form = NodeForm(request.POST or None, viewer=viewer, initial=initial)
    return saved(request, form, viewer, known=known, heading=_("Node"), save=register.set_node)


def saved(request: HttpRequest, form: Any, viewer: Viewer, *, known: Any, heading: str, save: Any) -> HttpResponse:
    if known is not None:
        # A code stands in lines, allocations and frozen balances; it stays what it is.
        form.fields["code"].disabled = True
    if request.method == "POST" and form.is_valid():
        try:
            save(park_id=viewer.park_id, code=form.cleaned_data["code"], by_id=request.user.pk, **form.content())
        except PlatformError as error:
            explain(form=form, error=error)
        else:
            return redirect("balance_register")
    context = {"form": form, "heading": heading, "back_url": reverse("balance_register")}
    return render(request, "portal/form.html", context)
