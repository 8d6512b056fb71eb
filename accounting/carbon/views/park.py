"""Carbon of the park: cockpit, balance of a month, its computation and its files."""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounting.activity.selectors import months_with_lines
from accounting.carbon.domain.balance.ledgers import OUTSIDE
from accounting.carbon.rendering.balances import balance_as_workbook, flows_as_csv
from accounting.carbon.selectors.balances import (
    Balance,
    balance_of,
    balances,
    newest_balance,
    newest_balances,
    run_before,
    simulation_of,
)
from accounting.carbon.selectors.inventories import newest_runs
from accounting.carbon.services.balances import differs, run_balance
from accounting.carbon.services.estimate import Estimate, estimate
from accounting.carbon.services.years import month_core
from accounting.carbon.tasks import begin_simulation
from accounting.carbon.views.inventories import bars
from accounting.carbon.views.names import Names, names_of
from parks.catalogue.domain.errors import NotFound, PlatformError
from parks.catalogue.domain.periods import day_of, park_zone
from parks.people.access import Viewer, viewer_of
from parks.people.domain import Capability
from parks.portal.errors import told
from parks.portal.pages import whole
from parks.portal.sheets import CSV, XLSX

LEAST_LINK = 0.004  # of the park's total; thinner bands of the flow picture are drawn as one
MOST_BARS = 15


def looking(request: HttpRequest) -> Viewer:
    """A viewer of the whole park."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_PARK)
    return viewer


def park_viewer(request: HttpRequest) -> Viewer:
    """A viewer who sees the park as a whole; for others the balance does not exist."""
    viewer = looking(request)
    if viewer.park_id not in viewer.scope.park_ids:
        raise NotFound
    return viewer


@login_required
def cockpit(request: HttpRequest) -> HttpResponse:
    """The park's newest month, its trend, and what each enterprise emits, receives, passes on and reports."""
    viewer = looking(request)
    rows = newest_balances(scope=viewer.scope, park_id=viewer.park_id, limit=13)
    names = names_of(scope=viewer.scope, park_id=viewer.park_id)
    asked = request.GET.get("month", "")
    current = next((row for row in rows if f"{row.month:%Y-%m}" == asked), rows[0] if rows else None)
    year = current.month.year if current else day_of(timezone.now(), park_zone()).year
    runs = {str(run.enterprise_id): run for run in newest_runs(scope=viewer.scope, park_id=viewer.park_id, year=year)}
    parts = enterprise_rows(current, names, runs)
    context = {
        "balance": current, "months": rows, "rows": parts, "year": year, "count": len(runs), "names": names,
        "trend": trend(rows) if len(rows) > 1 else None, "waiting": waiting(viewer, rows),
        "ranking": ranking(parts) if current and current.total is not None else None,
        "before": before(rows, current), "made_of": made_of(current), "intensity": intensity(viewer, current), "may_compute": viewer.may(Capability.MANAGE_FACTORS),
    }  # fmt: skip
    return render(request, "accounting/carbon/cockpit.html", context)


def made_of(current: Balance | None) -> list[tuple[str, float, float]]:
    """Total of the month by source: category, t CO2e, share."""
    if current is None or current.total is None:
        return []
    park = current.result["park"]
    parts = [*current.result.get("sources", {}).items(), ("ENERGY_IN", park["energy_in"])]
    whole = float(current.total) or 1.0
    return sorted(((name, amount, amount / whole) for name, amount in parts if amount), key=lambda part: -abs(part[1]))


def intensity(viewer: Viewer, current: Balance | None) -> float | None:
    """Energy carbon per tonne of standard coal of the month [tCO2/tce]."""
    if current is None or current.total is None:
        return None
    found = month_core(balance=current)
    return None if found is None else float(found)


def before(rows: list[Balance], current: Balance | None) -> dict[str, Any] | None:
    """Change against the month before, where it has a total."""
    older = [row for row in rows if current and row.month < current.month and row.total is not None]
    if current is None or current.total is None or not older or not older[0].total:
        return None
    return {"month": older[0].month, "change": float(current.total / older[0].total - 1)}


def waiting(viewer: Viewer, rows: list[Balance]) -> list[date]:
    """Whole months with activity data and no balance, not older than the oldest that has one."""
    if viewer.park_id not in viewer.scope.park_ids:
        return []
    known = {row.month for row in rows}
    oldest, running = min(known, default=date(1, 1, 1)), day_of(timezone.now(), park_zone()).replace(day=1)
    return [m for m in months_with_lines(park_id=viewer.park_id) if m not in known and oldest <= m < running]


def enterprise_rows(balance: Balance | None, names: Names, runs: dict[str, Any]) -> list[dict[str, Any]]:
    """One row an enterprise: its part of the park's month [t CO2e], and its newest statutory inventory."""
    found = balance.result.get("enterprises", {}) if balance else {}
    rows = []
    for code, one in names.enterprises.items():
        part = found.get(code)
        rows.append({
            "code": code, "enterprise": one, "run": runs.get(code),
            "direct": part["direct"]["CO2e"] if part else None, "taken": part["in"]["CO2e"] if part else None,
            "passed": part["out"]["CO2e"] if part else None,
            "load": part["direct"]["CO2e"] + part["in"]["CO2e"] if part else None,
        })  # fmt: skip
    return sorted(rows, key=lambda row: (-(row["load"] or 0.0), row["enterprise"].name))


def trend(rows: list[Balance]) -> dict[str, Any]:
    """Own emissions and bought energy by month, oldest first."""
    solved = [row for row in reversed(rows) if row.total is not None]
    months = [f"{row.month:%Y-%m}" for row in solved]

    def bar(name: str, values: list[float], colour: str) -> dict[str, Any]:
        return {"name": name, "type": "bar", "stack": "t", "barMaxWidth": 26, "data": [round(v) for v in values], "itemStyle": {"color": colour}}  # fmt: skip

    direct = [row.result["park"]["direct"]["CO2e"] for row in solved]
    bought = [row.result["park"]["energy_in"] for row in solved]
    return {
        "options": {
            "animation": False, "grid": {"left": 70, "right": 12, "top": 40, "bottom": 26}, "legend": {"top": 0, "right": 0},
            "tooltip": {"trigger": "axis", "renderMode": "richText", "confine": True},
            "xAxis": {"type": "category", "data": months}, "yAxis": {"type": "value", "name": "tCO₂e"},
            "series": [bar(_("own emissions"), direct, "#0b7a75"), bar(_("power and heat from outside"), bought, "#8fb8d9")],
        }
    }  # fmt: skip


def ranking(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Own emissions beside what comes with streams, by enterprise."""
    top = [row for row in rows if row["load"]][:MOST_BARS]
    chart = bars([(str(row["enterprise"]), row["direct"]) for row in top])
    series = chart["options"]["series"]
    series[0] |= {"name": _("own emissions"), "stack": "t"}
    received = [round(row["taken"], 1) for row in reversed(top)]
    series.append({"type": "bar", "name": _("received with streams"), "stack": "t", "data": received, "itemStyle": {"color": "#c9d7e3"}, "barMaxWidth": 16})  # fmt: skip
    chart["options"] |= {
        "legend": {"top": 0, "right": 0},
        "tooltip": {"trigger": "axis", "renderMode": "richText", "confine": True},
    }
    chart["options"]["grid"]["top"] = 30
    return chart


@login_required
def park_now(request: HttpRequest) -> HttpResponse:
    """The running month before its data come: estimated from the newest balance and the stacks that measure."""
    viewer = park_viewer(request)
    found = estimate(park_id=viewer.park_id, now=timezone.now())
    names = names_of(scope=viewer.scope, park_id=viewer.park_id)
    context = {"estimate": found, "names": names, "chart": hours_chart(found) if found else None}
    return render(request, "accounting/carbon/park_now.html", context)


def hours_chart(found: Estimate) -> dict[str, Any]:
    """The last hours: what stands still, and what measured stacks move on top of it."""
    still = [t - (m or 0.0) for t, m in zip(found.total, found.moved, strict=True)]
    stamps = [round(hour.timestamp() * 1000) for hour in found.hours]

    def line(name: str, values: list[float | None], unit: str) -> dict[str, Any]:
        return {"name": name, "unit": unit, "points": [[t, None if v is None else round(v, 2)] for t, v in zip(stamps, values, strict=True)]}  # fmt: skip

    return {
        "zero": True,
        "series": [
            line(_("park, estimated"), list(found.total), "tCO₂e/h"),
            line(_("moved by measuring stacks"), list(found.moved), "tCO₂e/h"),
            line(_("stands still until data come"), list(still), "tCO₂e/h"),
        ],
    }  # fmt: skip


@login_required
def park_month(request: HttpRequest, month: date) -> HttpResponse:
    """The balance of one month: totals, picture of flows, enterprises, bridge, carbon, what was wrong."""
    viewer = park_viewer(request)
    run = whole(request.GET.get("run"))
    row = balance_of(scope=viewer.scope, balance_id=run) if run else None
    row = row or newest_balance(scope=viewer.scope, park_id=viewer.park_id, month=month)
    months = sorted({*months_with_lines(park_id=viewer.park_id), month})
    names = names_of(scope=viewer.scope, park_id=viewer.park_id)
    context: dict[str, Any] = {
        "month": month, "months": months, "at": months.index(month), "last": len(months) - 1, "balance": row, "names": names,
        "may_compute": viewer.may(Capability.MANAGE_FACTORS),
        "runs": balances(scope=viewer.scope, park_id=viewer.park_id).filter(month=month).defer("case", "inputs", "result")[:10],
    }  # fmt: skip
    if row is not None:
        context["changes"] = changes_of(row, run_before(balance=row))
    if row is not None and row.total is not None:
        context |= {
            "picture": picture(row.result, names), "enterprises": enterprise_rows(row, names, {}), "bridge": bridge_rows(row, names),
            "factors": factor_rows(row, names, simulation_of(balance=row)), "simulation": simulation_of(balance=row), "carbon": row.result["carbon"] | {"ends": carbon_of_ends(row)}, "gases": gas_rows(row),
        }  # fmt: skip
    return render(request, "accounting/carbon/park_month.html", context)


@login_required
def park_slider(request: HttpRequest) -> HttpResponse:
    """The month that the slider stands on."""
    viewer = park_viewer(request)
    months = months_with_lines(park_id=viewer.park_id)
    at = whole(request.GET.get("at"))
    if not months:
        return redirect("carbon")
    return redirect("park_month", month=months[min(len(months) - 1, at if at is not None else len(months) - 1)])


def carbon_of_ends(row: Balance) -> float:
    """Carbon that plants take whose own products are no streams yet [tC]."""
    return float(sum(one["residual"] for one in row.result["carbon"]["nodes"] if not one["passed_on"]))


def gas_rows(row: Balance) -> list[dict[str, Any]]:
    weights = row.case["weights"]
    return [
        {"gas": gas, "tonnes": amount, "co2e": amount * weights[gas] if gas in weights else None}
        for gas, amount in row.result["park"]["direct"].items()
        if gas != "CO2e" and amount
    ]


def factor_rows(row: Balance, names: Names, drawn: Any = None) -> list[dict[str, Any]]:
    """Factors of all streams with their intervals, and their ranges where the month was drawn."""
    prints, ranges = row.result["footprints"], drawn.ranges if drawn is not None else {}
    return [
        {"code": code, "stream": names.streams[code], "factor": one["CO2e"], "half": prints[code]["half"], "print": prints[code],
         "delivered": row.result["delivered"][code], "range": ranges.get(code)}
        for code, one in row.result["factors"].items() if code in names.streams
    ]  # fmt: skip


def bridge_rows(row: Balance, names: Names) -> dict[str, Any]:
    """Terms of the bridge summed by name, each with its parts."""
    found = row.result["bridge"]
    if "problem" in found:
        return {"problem": found["problem"]}
    groups: dict[str, list[dict[str, Any]]] = {}
    for term in found["terms"]:
        label = " · ".join(
            part for part in (names.stream(term["stream"]) if term["stream"] else "", names.enterprise(term["enterprise"]) if term["enterprise"] else "") if part
        )  # fmt: skip
        groups.setdefault(term["name"], []).append({"label": label, "tonnes": term["tonnes"]})
    terms = [
        {"name": name, "tonnes": sum(p["tonnes"] for p in parts), "parts": sorted(parts, key=lambda p: -abs(p["tonnes"]))[:60], "count": len(parts)}
        for name, parts in groups.items()
    ]  # fmt: skip
    terms = [term for term in terms if abs(term["tonnes"]) > 1e-6 or len(term["parts"]) > 1]
    return {"statutory": found["statutory"], "park": found["park"], "gap": found["gap"], "terms": terms}


def picture(result: dict[str, Any], names: Names) -> dict[str, Any]:
    """Carbon from who emits it through streams to who takes it. Three columns, so that loops need no knot."""
    least = LEAST_LINK * max(result["park"]["total"], 1.0)
    nodes: dict[str, dict[str, Any]] = {}
    links: dict[tuple[str, str], float] = {}

    def at(side: str, code: str, label: str, depth: int) -> str:
        key = f"{side}:{code}"
        nodes.setdefault(key, {"name": key, "depth": depth, "label": {"formatter": label}})
        return key

    for cell in result["cells"]:
        if cell["CO2e"] <= 0:
            continue
        stream = at("s", cell["stream"], names.stream(cell["stream"]), 1)
        for one, other, thick in ends_of(cell, stream, at, names, least):
            links[one, other] = links.get((one, other), 0.0) + thick
    used = {end for pair in links for end in pair}
    return {
        "options": {
            "animation": False, "tooltip": {"trigger": "item", "renderMode": "richText", "confine": True},
            "series": [{
                "type": "sankey", "left": 10, "right": 150, "top": 10, "bottom": 10, "nodeGap": 6, "nodeWidth": 14, "draggable": False,
                "layoutIterations": 32, "lineStyle": {"color": "gradient", "opacity": 0.35}, "label": {"fontSize": 11}, "labelLayout": {"hideOverlap": True},
                "data": [node for key, node in nodes.items() if key in used],
                "links": [{"source": a, "target": b, "value": round(v, 1)} for (a, b), v in links.items()],
            }],
        }
    }  # fmt: skip


def ends_of(cell: dict[str, Any], stream: str, at: Any, names: Names, least: float) -> Iterable[tuple[str, str, float]]:
    """Both links of one cell; small parties go into one band a side."""
    big = cell["CO2e"] >= least
    giver, taker = cell["from"], cell["to"]
    left = at("a", giver, names.enterprise(giver), 0) if big or giver == OUTSIDE else at("a", "rest", _("others"), 0)
    right = at("b", taker, names.enterprise(taker), 2) if big or taker == OUTSIDE else at("b", "rest", _("others"), 2)
    yield left, stream, cell["CO2e"]
    yield stream, right, cell["CO2e"]


@require_POST
@login_required
def park_simulate(request: HttpRequest, balance_id: int) -> HttpResponse:
    """Ask a worker to draw a balance many times; the seed is the balance's own number, so that a repeat repeats."""
    viewer = park_viewer(request)
    viewer.require(Capability.MANAGE_FACTORS)
    row = balance_of(scope=viewer.scope, balance_id=balance_id)
    if row.total is None:
        messages.error(request, _("The month cannot be balanced yet. What is wrong stands below."))
    elif begin_simulation(balance_id=row.pk, seed=row.pk, by_id=request.user.pk):
        messages.success(request, _("A worker draws the month 10,000 times. Open the page again in half a minute."))
    else:
        messages.error(request, _("No worker can be reached now. Try again later."))
    return redirect(f"{reverse('park_month', args=[row.month])}?run={row.pk}")


def changes_of(row: Balance, before: Balance | None) -> dict[str, Any] | None:
    """What a run differs in from the run before it: total, lines that are new, changed or gone, factors."""
    if before is None:
        return None
    old = {(one["enterprise"], one["code"]): one for one in before.inputs["lines"]}
    new = {(one["enterprise"], one["code"]): one for one in row.inputs["lines"]}
    lines = [
        {"line": one, "how": "new" if key not in old else "changed"}
        for key, one in sorted(new.items()) if key not in old or old[key]["id"] != one["id"]
    ]  # fmt: skip
    lines += [{"line": one, "how": "gone"} for key, one in sorted(old.items()) if key not in new]
    was, now = before.result.get("factors", {}), row.result.get("factors", {})
    factors = [
        {"code": s, "was": was[s]["CO2e"], "now": now[s]["CO2e"]} for s in sorted(now) if s in was and was[s]["CO2e"] != now[s]["CO2e"]
    ]  # fmt: skip
    total = None if row.total is None or before.total is None else float(row.total - before.total)
    return {
        "before": before,
        "total": total,
        "lines": lines,
        "factors": sorted(factors, key=lambda one: -abs(one["now"] - one["was"]))[:20],
    }


@require_POST
@login_required
def park_compute(request: HttpRequest, month: date) -> HttpResponse:
    """Compute and freeze the balance of a month."""
    viewer = park_viewer(request)
    viewer.require(Capability.MANAGE_FACTORS)
    try:
        row = run_balance(park_id=viewer.park_id, month=month, by_id=request.user.pk, now=timezone.now())
    except PlatformError as error:
        messages.error(request, told(error))
        return redirect("carbon")
    if row.total is None:
        messages.warning(request, _("The month cannot be balanced yet. What is wrong stands below."))
    return redirect("park_month", month=month)


@login_required
def park_check(request: HttpRequest, balance_id: int) -> HttpResponse:
    """Compute a frozen balance again from its own case and say whether the bytes are the same."""
    viewer = park_viewer(request)
    row = balance_of(scope=viewer.scope, balance_id=balance_id)
    if differs(balance=row):
        messages.error(
            request,
            _(
                "Computed again, this balance differs. The code that computes has changed since; the frozen result stays."
            ),
        )
    else:
        messages.success(request, _("Computed again from its frozen case: the same bytes."))
    return redirect(f"{reverse('park_month', args=[row.month])}?run={row.pk}")


@login_required
def park_file(request: HttpRequest, balance_id: int, kind: str) -> HttpResponse:
    """A balance as JSON (case, inputs, result) or as workbook."""
    viewer = park_viewer(request)
    viewer.require(Capability.EXPORT)
    row = balance_of(scope=viewer.scope, balance_id=balance_id)
    name = f"park-balance-{row.month:%Y-%m}-{row.pk}"
    if kind == "xlsx":
        names = names_of(scope=viewer.scope, park_id=viewer.park_id)
        body, content = balance_as_workbook(row, names), XLSX
    elif kind == "csv":
        names = names_of(scope=viewer.scope, park_id=viewer.park_id)
        body, content = flows_as_csv(row, names), CSV
    else:
        data = {
            "digest": row.digest,
            "state": row.state,
            "code_version": row.code_version,
            "case": row.case,
            "inputs": row.inputs,
            "result": row.result,
        }
        body, content = json.dumps(data, ensure_ascii=False, indent=1).encode(), "application/json"
    answer = HttpResponse(body, content_type=content)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return answer
