"""Carbon of the park and of an enterprise: totals, months, frozen runs, and the way from a total to its evidence."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounting.activity.domain.months import months_between
from accounting.activity.selectors import counts_by_month, months_of
from accounting.carbon.domain.methods import METHODS
from accounting.carbon.rendering.runs import run_as_csv, run_as_json, run_as_xlsx
from accounting.carbon.selectors.balances import balances_with_factor
from accounting.carbon.selectors.inventories import run_before, run_of, runs_of_enterprise, runs_with_factor
from accounting.carbon.services import inventories as carbon
from accounting.carbon.services.again import changes_between, compute_again
from accounting.carbon.services.results import DEFAULT_METHOD
from accounting.carbon.views.formulas import named_inputs
from accounting.factors.selectors.library import key_of_factor
from parks.catalogue.domain.errors import Invalid, NotFound, PlatformError
from parks.catalogue.domain.periods import day_of, park_zone
from parks.people.access import Viewer, viewer_of
from parks.people.domain import Capability
from parks.portal.errors import told
from parks.portal.pages import whole
from parks.portal.sheets import CSV, XLSX
from parks.register.selectors.places import enterprise_of

WORDS = {
    "month_state.OPEN": gettext_lazy("being entered"),
    "month_state.CLOSED": gettext_lazy("closed"),
    "month_state.VERIFIED": gettext_lazy("verified"),
    "month_state.MISSING": gettext_lazy("no data"),
    "step.CLOSE": gettext_lazy("closed"),
    "step.REOPEN": gettext_lazy("reopened"),
    "step.VERIFY": gettext_lazy("verified"),
    "category.COMBUSTION": gettext_lazy("fuel combustion"),
    "category.PROCESS": gettext_lazy("industrial process"),
    "category.WASTE": gettext_lazy("waste treatment"),
    "category.FUGITIVE": gettext_lazy("fugitive"),
    "category.MEASURED": gettext_lazy("measured"),
    "category.MEASURED_CHECK": gettext_lazy("measured, as a check"),
    "category.RECOVERY": gettext_lazy("recovered"),
    "category.ELECTRICITY_BOUGHT": gettext_lazy("purchased electricity"),
    "category.ELECTRICITY_SOLD": gettext_lazy("exported electricity"),
    "category.HEAT_BOUGHT": gettext_lazy("purchased heat"),
    "category.HEAT_SOLD": gettext_lazy("exported heat"),
    "category.ELECTRICITY_MARKET": gettext_lazy("electricity by contracts"),
    "table.accounting_month": gettext_lazy("accounting month"),
    "table.accounting_factor": gettext_lazy("emission factor"),
}

MOST_USES = 15


def this_year(request: HttpRequest) -> int:
    asked = whole(request.GET.get("year") or request.POST.get("year"))
    found = asked or day_of(timezone.now(), park_zone()).year
    if not 2005 <= found <= 2100:
        raise Invalid(_("Give a year like 2026."))
    return found


def bars(pairs: list[tuple[str, Decimal]]) -> dict[str, Any]:
    """Options of a bar chart of tonnes, the greatest on top."""
    names, values = [name for name, _v in reversed(pairs)], [round(float(value), 1) for _n, value in reversed(pairs)]
    return {
        "options": {
            "animation": False, "grid": {"left": 160, "right": 56, "top": 10, "bottom": 30},
            "xAxis": {"type": "value", "name": "tCO₂e", "splitNumber": 4}, "yAxis": {"type": "category", "data": names},
            "series": [{"type": "bar", "data": values, "itemStyle": {"color": "#0b7a75"}, "barMaxWidth": 16}],
        }
    }  # fmt: skip


def factor_uses_panel(viewer: Viewer, subject: int, now: datetime) -> dict[str, Any]:
    """For the page of a factor: which frozen results rest on it, and on which version."""
    key = key_of_factor(factor_id=subject)
    runs, months = runs_with_factor(scope=viewer.scope, key=key), balances_with_factor(scope=viewer.scope, key=key)
    return {
        "inventories": runs.count(),
        "balances": months.count(),
        "runs": list(runs[:MOST_USES]),
        "months": list(months[:MOST_USES]),
    }


@login_required
def enterprise_carbon(request: HttpRequest, enterprise_id: int) -> HttpResponse:
    """Months of a year, the newest run and its totals."""
    viewer = viewer_of(request=request)
    found = enterprise_of(scope=viewer.scope, enterprise_id=enterprise_id)
    year = this_year(request)
    counts, states = counts_by_month(enterprise_id=found.pk), months_of(enterprise_id=found.pk)
    today = day_of(timezone.now(), park_zone())
    months = [
        {"month": month, "count": counts.get(month, 0), "row": states.get(month), "state": states[month].state if month in states else "OPEN",
         "future": month > today}
        for month in months_between(first=date(year, 1, 1), last=date(year, 12, 1))
    ]  # fmt: skip
    runs = runs_of_enterprise(scope=viewer.scope, enterprise_id=found.pk)
    mine = [run for run in runs if run.first_month.year == year]
    context = {
        "enterprise": found, "year": year, "months": months, "runs": runs, "run": mine[0] if mine else None, "methods": METHODS.values(),
        "default_method": DEFAULT_METHOD, "may_enter": viewer.may(Capability.UPLOAD_DATA), "may_verify": viewer.may(Capability.VERIFY_CARBON),
        "may_close": viewer.may(Capability.APPROVE_DATA) or viewer.may(Capability.MANAGE_FACTORS),
    }  # fmt: skip
    return render(request, "accounting/carbon/enterprise.html", context)


@require_POST
@login_required
def inventory_run(request: HttpRequest, enterprise_id: int) -> HttpResponse:
    """Compute and freeze the inventory of a year up to its last month with data."""
    viewer = viewer_of(request=request)
    found = enterprise_of(scope=viewer.scope, enterprise_id=enterprise_id)
    viewer.scope_require(Capability.UPLOAD_DATA, park_id=found.park_id)
    year = this_year(request)
    entered = [month for month in counts_by_month(enterprise_id=found.pk) if month.year == year]
    try:
        run = carbon.run_inventory(
            enterprise_id=found.pk, enterprise=found.name, first=date(year, 1, 1), last=max(entered, default=date(year, 1, 1)),
            method_id=request.POST.get("method", DEFAULT_METHOD), by_id=request.user.pk, now=timezone.now(),
        )  # fmt: skip
    except PlatformError as error:
        messages.error(request, told(error))
        return redirect("enterprise_carbon", enterprise_id=found.pk)
    return redirect("inventory", run_id=run.pk)


@login_required
def inventory(request: HttpRequest, run_id: int) -> HttpResponse:
    """One frozen run: totals, lines, open questions, factors."""
    viewer = viewer_of(request=request)
    found = run_of(scope=viewer.scope, run_id=run_id)
    lines = [{"number": number, **line} for number, line in enumerate(found.result["lines"])]
    category = request.GET.get("category", "")
    shown = [line for line in lines if line["category"] == category] if category else lines
    context = {
        "run": found,
        "result": found.result,
        "totals": found.result["totals"],
        "lines": shown,
        "category": category,
    }
    return render(request, "accounting/carbon/inventory.html", context)


@login_required
def inventory_line(request: HttpRequest, run_id: int, number: int) -> HttpResponse:
    """One line: its equation, its inputs, their factors, and the activity data behind it."""
    viewer = viewer_of(request=request)
    found = run_of(scope=viewer.scope, run_id=run_id)
    lines = found.result["lines"]
    if number >= len(lines):
        raise NotFound
    line = lines[number]
    code = line["id"]
    inputs = [
        one
        for one in found.inputs
        if one["month"] == line["period"] and (code == one["code"] or code.startswith(one["code"] + "."))
    ]
    context = {"run": found, "line": line, "number": number, "inputs": named_inputs(line["inputs"]), "sources": inputs}
    return render(request, "accounting/carbon/line.html", context)


@login_required
def inventory_file(request: HttpRequest, run_id: int, kind: str) -> HttpResponse:
    """A run as a file: lines and inputs as CSV, all of it as XLSX or JSON."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.EXPORT)
    found = run_of(scope=viewer.scope, run_id=run_id)
    if kind == "csv":
        data, content_type = run_as_csv(found.result), CSV
    elif kind == "xlsx":
        data, content_type = run_as_xlsx(found, zone=park_zone()), XLSX
    else:
        data, content_type = run_as_json(found), "application/json"
    answer = HttpResponse(data, content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="inventory-{found.pk}.{kind}"'
    return answer


@login_required
def inventory_again(request: HttpRequest, run_id: int) -> HttpResponse:
    """A run computed again from what it froze: the same bytes, or what differs."""
    viewer = viewer_of(request=request)
    found = run_of(scope=viewer.scope, run_id=run_id)
    return render(request, "accounting/carbon/again.html", {"run": found, "again": compute_again(run=found)})


@login_required
def inventory_changes(request: HttpRequest, run_id: int) -> HttpResponse:
    """A run against another one of the enterprise, by default the one before it."""
    viewer = viewer_of(request=request)
    found = run_of(scope=viewer.scope, run_id=run_id)
    number = whole(request.GET.get("against"))
    other = run_of(scope=viewer.scope, run_id=number) if number else run_before(run=found)
    if other is not None and other.enterprise_id != found.enterprise_id:
        raise NotFound
    changes = changes_between(other.result, found.result) if other else ()
    context = {
        "run": found, "other": other, "changes": changes, "sum": sum((one.difference for one in changes), Decimal(0)),
        "others": [one for one in runs_of_enterprise(scope=viewer.scope, enterprise_id=found.enterprise_id) if one.pk != found.pk],
    }  # fmt: skip
    return render(request, "accounting/carbon/changes.html", context)
