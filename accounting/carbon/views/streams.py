"""Streams, nodes and products: factors with their history, where they come from, how costs are split, what if."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounting.carbon.domain.balance.network import Rule
from accounting.carbon.selectors.balances import Balance, allocation_history, newest_balance, newest_balances
from accounting.carbon.services.border import border_of
from accounting.carbon.services.choosing import choose_allocation
from accounting.carbon.services.trying import Wish, tried
from accounting.carbon.views.names import Names, names_of
from accounting.carbon.views.park import park_viewer
from parks.catalogue.domain.errors import Invalid, NotFound, PlatformError
from parks.people.access import Viewer
from parks.people.domain import Capability
from parks.portal.pages import explain

WORDS = {
    "rule.EXPLICIT": gettext_lazy("given shares"),
    "rule.WEIGHTED": gettext_lazy("quantity × weight"),
    "rule.ENERGY": gettext_lazy("energy content"),
    "rule.EFFICIENCY": gettext_lazy("efficiency method (0.80 heat, 0.35 power)"),
    "rule.EXERGY": gettext_lazy("exergy"),
    "rule.HEAT_SUPPLY_RATIO": gettext_lazy("heat supply ratio"),
    "rule.CBAM": gettext_lazy("CBAM (0.55 heat, 0.25 power)"),
    "rule.by quantity": gettext_lazy("by quantity"),
    "rule.by carbon": gettext_lazy("by carbon content"),
    "uncertain.direct": gettext_lazy("direct emission of"),
    "uncertain.import": gettext_lazy("factor of the import of"),
    "uncertain.use": gettext_lazy("meter of the use"),
    "uncertain.demand": gettext_lazy("meter of what is sold of"),
    "side.used": gettext_lazy("used"),
    "side.bought": gettext_lazy("bought"),
    "side.made": gettext_lazy("made"),
    "side.sold": gettext_lazy("sold"),
    "side.imported": gettext_lazy("from outside"),
    "side.sold_outside": gettext_lazy("sold outside"),
    "side.lost": gettext_lazy("lost"),
    "side.opening": gettext_lazy("opening stock"),
    "side.charged": gettext_lazy("charged"),
    "side.drawn": gettext_lazy("drawn"),
}
IN_FORCE = " (in force)"


def month_asked(request: HttpRequest, rows: list[Balance]) -> Balance | None:
    """The balance of the month in the address, else the newest that is solved."""
    asked = request.GET.get("month", "")
    solved = [row for row in rows if row.total is not None]
    return next((row for row in solved if f"{row.month:%Y-%m}" == asked), solved[0] if solved else None)


def whole_row(viewer: Viewer, row: Balance) -> Balance:
    """The same balance with its long parts."""
    found = newest_balance(scope=viewer.scope, park_id=viewer.park_id, month=row.month)
    if found is None:
        raise NotFound
    return found


@login_required
def stream_factors(request: HttpRequest) -> HttpResponse:
    """Factors of all streams by month, or of the products alone."""
    viewer = park_viewer(request)
    rows = [
        row for row in newest_balances(scope=viewer.scope, park_id=viewer.park_id, limit=13) if row.total is not None
    ]
    names = names_of(scope=viewer.scope, park_id=viewer.park_id)
    only = request.GET.get("only", "")
    shown = [
        {"stream": stream, "months": [(row.month, row.result["factors"].get(code, {}).get("CO2e")) for row in rows],
         "print": rows[0].result["footprints"].get(code) if rows else None}
        for code, stream in names.streams.items()
        if only != "products" or stream.is_product
    ]  # fmt: skip
    return render(
        request, "accounting/carbon/streams.html", {"balances": rows, "rows": shown, "names": names, "only": only}
    )


@login_required
def stream(request: HttpRequest, code: str) -> HttpResponse:
    """One stream: history of its factor, who makes and takes it, where its emissions arose, what makes it uncertain."""
    viewer = park_viewer(request)
    names = names_of(scope=viewer.scope, park_id=viewer.park_id)
    if code not in names.streams:
        raise NotFound
    rows = newest_balances(scope=viewer.scope, park_id=viewer.park_id, limit=24)
    row = month_asked(request, rows)
    context: dict[str, Any] = {
        "stream": names.streams[code],
        "code": code,
        "names": names,
        "balances": rows,
        "balance": row,
    }
    if row is not None and code in row.result["factors"]:
        row = whole_row(viewer, row)
        factor, one = row.result["factors"][code], row.result["footprints"][code]
        context |= {
            "factor": factor, "print": one, "history": history(rows, code, names), "flows": flows_of(row, code),
            "stages": stage_rows(one), "origins": origin_rows(one, names), "rules": rule_rows(row, code, names),
            "uncertain": [(kind, label_of(kind, name, names), share) for kind, name, share in one["uncertain"]],
            "delivered": row.result["delivered"][code],
            "border": border_of(balance=row, stream=code, good=names.streams[code].cbam_good),
        }  # fmt: skip
    return render(request, "accounting/carbon/stream.html", context)


def label_of(kind: str, name: str, names: Names) -> str:
    if kind == "use":
        node, _dot, stream_code = name.partition(" · ")
        return f"{names.node(node)} · {names.stream(stream_code)}"
    return names.node(name) if kind == "direct" else names.stream(name)


def history(rows: list[Balance], code: str, names: Names) -> dict[str, Any]:
    """Factor by month with its interval."""
    solved = [row for row in reversed(rows) if row.total is not None and code in row.result["factors"]]
    months = [f"{row.month:%Y-%m}" for row in solved]
    middle = [row.result["factors"][code]["CO2e"] for row in solved]
    half = [row.result["footprints"][code]["half"] for row in solved]
    band = {
        "type": "line",
        "stack": "band",
        "symbol": "none",
        "lineStyle": {"opacity": 0},
        "silent": True,
        "tooltip": {"show": False},
    }
    return {
        "options": {
            "animation": False, "grid": {"left": 64, "right": 12, "top": 26, "bottom": 26},
            "tooltip": {"trigger": "axis", "renderMode": "richText", "confine": True},
            "xAxis": {"type": "category", "data": months},
            "yAxis": {"type": "value", "scale": True, "name": f"tCO₂e/{names.unit(code)}"},
            "series": [
                {**band, "data": [m - h for m, h in zip(middle, half, strict=True)]},
                {**band, "data": [2 * h for h in half], "areaStyle": {"color": "#0b7a75", "opacity": 0.15}},
                {"type": "line", "name": "tCO₂e", "data": [float(f"{m:.5g}") for m in middle], "symbolSize": 5, "itemStyle": {"color": "#0b7a75"}},
            ],
        }
    }  # fmt: skip


def flows_of(row: Balance, code: str) -> list[dict[str, Any]]:
    """Lines of activity data that say what of a stream was made, used, brought in or sold."""
    factor = row.result["factors"][code]["CO2e"]
    return [
        {**flow, "line": line, "co2e": flow["quantity"] * factor}
        for line in row.inputs["lines"] for flow in line["flows"] if flow["stream"] == code
    ]  # fmt: skip


def stage_rows(one: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"stage": stage, "amount": amount, "share": amount / one["total"] if one["total"] else None}
        for stage, amount in sorted(one["stages"].items(), key=lambda pair: -abs(pair[1]))
    ]


def origin_rows(one: dict[str, Any], names: Names) -> list[dict[str, Any]]:
    return [
        {**origin, "label": names.node(origin["node"]) if origin["node"] else names.stream(origin["stream"]),
         "share": origin["amount"] / one["total"] if one["total"] else None}
        for origin in one["origins"] if abs(origin["amount"]) > 1e-4 * abs(one["total"])
    ]  # fmt: skip


def rule_rows(row: Balance, code: str, names: Names) -> list[dict[str, Any]]:
    """What each allocation rule of each node would make of the factor; nodes that do not matter are left out."""
    real = row.result["factors"][code]["CO2e"]
    groups: dict[str, list[dict[str, Any]]] = {}
    for one in row.result["alternatives"]:
        value = one["factors"].get(code)
        if value is not None:
            groups.setdefault(one["node"], []).append({
                "rule": one["rule"].removesuffix(IN_FORCE), "in_force": one["rule"].endswith(IN_FORCE), "value": value,
                "change": value / real - 1 if real else 0.0,
            })  # fmt: skip
    return [
        {"node": node, "label": names.node(node), "rules": rules}
        for node, rules in groups.items()
        if any(abs(rule["change"]) > 1e-4 for rule in rules)
    ]


@login_required
def node(request: HttpRequest, code: str) -> HttpResponse:
    """One node: what it emits and takes, its products and their shares, and the activity data behind every number."""
    viewer = park_viewer(request)
    names = names_of(scope=viewer.scope, park_id=viewer.park_id)
    rows = newest_balances(scope=viewer.scope, park_id=viewer.park_id, limit=24)
    row = month_asked(request, rows)
    if row is None or code not in row.result["nodes"]:
        if code not in names.nodes:
            raise NotFound
        messages.info(
            request, _("No balanced month holds this node yet. Compute the balance of a month with its lines.")
        )
        return redirect("balance_register")
    row = whole_row(viewer, row)
    lines = [line for line in row.inputs["lines"] if line["node"] == code]
    register = names.nodes.get(code)
    context = {
        "code": code, "register": register, "names": names, "balance": row, "balances": [r for r in rows if r.total is not None],
        "node": row.result["nodes"][code], "enterprise": names.enterprises.get(row.result["nodes"][code]["enterprise"]),
        "emissions": [{**e, "line": line, "co2e": weighed(row, e)} for line in lines for e in line["emissions"]],
        "flows": [
            {**f, "line": line, "name": names.stream(f["stream"]), "unit": names.unit(f["stream"]),
             "co2e": f["quantity"] * row.result["factors"].get(f["stream"], {}).get("CO2e", 0.0)}
            for line in lines for f in line["flows"]
        ],
        "check": next((c for c in row.result.get("checks", []) if c["node"] == code), None),
        "carbon": next((c for c in row.result["carbon"]["nodes"] if c["node"] == code), None),
        "allocation": next((n.get("allocation") for n in row.case["network"]["nodes"] if n["id"] == code), None),
        "products": [(s, names.stream(s), share, share * row.result["nodes"][code]["cost"]) for s, share in row.result["nodes"][code]["shares"].items()],
        "choices": list(allocation_history(node_id=register.pk)) if register else [],
        "may_choose": viewer.may(Capability.MANAGE_FACTORS) and register is not None,
    }  # fmt: skip
    return render(request, "accounting/carbon/node.html", context)


def weighed(row: Balance, emission: dict[str, Any]) -> float:
    return float(emission["tonnes"] * row.case["weights"].get(emission["gas"], 0.0))


class AllocationForm(forms.Form):
    valid_from = forms.DateField(
        label=gettext_lazy("From the month"), widget=forms.DateInput(attrs={"type": "month"}), input_formats=["%Y-%m", "%Y-%m-%d"]
    )  # fmt: skip
    rule = forms.ChoiceField(
        label=gettext_lazy("Rule"), choices=[(rule.value, WORDS[f"rule.{rule.value}"]) for rule in Rule]
    )
    numbers = forms.CharField(
        label=gettext_lazy("Numbers"), required=False, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("One a line, as code = number: shares for given shares, weights for quantity × weight, parameters such as heat_supply_ratio for the others."),
    )  # fmt: skip
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=300)

    def pairs(self) -> dict[str, str]:
        found = {}
        for line in filter(str.strip, self.cleaned_data["numbers"].splitlines()):
            name, equals, text = line.partition("=")
            if not equals:
                raise Invalid(_("Write each line as code = number: %(line)s") % {"line": line}, numbers=[line])
            found[name.strip()] = text.strip()
        return found


@login_required
def allocation_new(request: HttpRequest, code: str) -> HttpResponse:
    """Choose how the cost of a node is split from a month on."""
    viewer = park_viewer(request)
    viewer.require(Capability.MANAGE_FACTORS)
    names = names_of(scope=viewer.scope, park_id=viewer.park_id)
    if code not in names.nodes:
        raise NotFound
    found = names.nodes[code]
    form = AllocationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        part = {Rule.EXPLICIT.value: "shares", Rule.WEIGHTED.value: "weights"}.get(
            form.cleaned_data["rule"], "parameters"
        )
        try:
            choose_allocation(
                park_id=viewer.park_id, node_id=found.pk, enterprise_id=found.enterprise_id, valid_from=form.cleaned_data["valid_from"],
                rule=form.cleaned_data["rule"], reason=form.cleaned_data["reason"], by_id=request.user.pk, now=timezone.now(),
                **{part: form.pairs()},
            )  # fmt: skip
        except PlatformError as error:
            explain(form=form, error=error)
        else:
            return redirect("carbon_node", code=code)
    context = {
        "form": form, "heading": " · ".join((_("Allocation"), names.node(code))), "back_url": reverse("carbon_node", args=[code]),
        "intro": _("Stored with its reason and from a month on; balances that are frozen do not change."),
    }  # fmt: skip
    return render(request, "portal/form.html", context)


class WhatIfForm(forms.Form):
    month = forms.ChoiceField(label=gettext_lazy("Month"))
    import_of = forms.ChoiceField(label=gettext_lazy("Factor of the import of"), required=False)
    import_factor = forms.FloatField(label=gettext_lazy("New factor [tCO₂ per unit]"), required=False, min_value=0)
    emitter = forms.ChoiceField(label=gettext_lazy("Direct emission of"), required=False)
    emission_times = forms.FloatField(label=gettext_lazy("Times"), required=False, min_value=0, max_value=100)
    user = forms.ChoiceField(label=gettext_lazy("Recipe: use by node and stream"), required=False)
    use_times = forms.FloatField(label=gettext_lazy("Times"), required=False, min_value=0, max_value=100)
    splitter = forms.ChoiceField(label=gettext_lazy("Allocation of"), required=False)

    def __init__(self, *args: Any, rows: list[Balance], row: Balance, names: Names, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        network, none = row.case["network"], [("", "–")]
        imported = {one["stream"] for one in network["imports"]}
        self.choose("month", [(f"{r.month:%Y-%m}", f"{r.month:%Y-%m}") for r in rows])
        self.choose("import_of", none + [(s, names.stream(s)) for s in sorted(imported)])
        self.choose("emitter", none + [(n["id"], names.node(n["id"])) for n in network["nodes"] if n["direct"]])
        uses = [(n["id"], s) for n in network["nodes"] for s in n["inputs"] if s in imported]
        self.choose("user", none + [(f"{n} {s}", f"{names.node(n)} · {names.stream(s)}") for n, s in uses])
        rules = [
            (f"{a['node']} {a['rule']}", a) for a in row.result["alternatives"] if not a["rule"].endswith(IN_FORCE)
        ]
        self.choose(
            "splitter",
            none
            + [(key, f"{names.node(a['node'])} → {WORDS.get('rule.' + a['rule'], a['rule'])}") for key, a in rules],
        )

    def choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def wish(self) -> Wish:
        d = self.cleaned_data
        return Wish(
            imports={d["import_of"]: d["import_factor"]} if d["import_of"] and d["import_factor"] is not None else {},
            direct={d["emitter"]: d["emission_times"]} if d["emitter"] and d["emission_times"] is not None else {},
            uses={tuple(d["user"].split(" ", 1)): d["use_times"]} if d["user"] and d["use_times"] is not None else {},
            rules=dict([d["splitter"].split(" ", 1)]) if d["splitter"] else {},
        )  # fmt: skip


@login_required
def what_if(request: HttpRequest) -> HttpResponse:
    """Change a factor, an emission, a recipe or an allocation, and see what the park would look like. Nothing is stored."""
    viewer = park_viewer(request)
    rows = [r for r in newest_balances(scope=viewer.scope, park_id=viewer.park_id, limit=24) if r.total is not None]
    row = month_asked(request, rows)
    if row is None:
        return render(request, "accounting/carbon/what_if.html", {"form": None})
    row, names = whole_row(viewer, row), names_of(scope=viewer.scope, park_id=viewer.park_id)
    data = request.GET if "month" in request.GET else None
    form = WhatIfForm(data, rows=rows, row=row, names=names, initial={"month": f"{row.month:%Y-%m}"})
    context: dict[str, Any] = {"form": form, "balance": row, "names": names}
    if data is not None and form.is_valid():
        try:
            context["difference"] = difference_rows(tried(balance=row, wish=form.wish()), names)
        except PlatformError as error:
            explain(form=form, error=error)
    return render(request, "accounting/carbon/what_if.html", context)


def difference_rows(found: dict[str, Any], names: Names) -> dict[str, Any]:
    rows = [
        {"code": code, "name": names.stream(code), "unit": names.unit(code), "was": was, "now": now, "change": now / was - 1 if was else None}
        for code, (was, now) in found["factors"].items() if code in names.streams and abs(now - was) > 1e-9 * max(abs(was), abs(now), 1e-9)
    ]  # fmt: skip
    return {"rows": sorted(rows, key=lambda row: -abs(row["change"] or 0.0)), "park": found["park"]}


def first_of(month: str) -> date:
    return date.fromisoformat(f"{month}-01")
