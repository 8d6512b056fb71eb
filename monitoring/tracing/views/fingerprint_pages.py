"""One analysis of several substances: how far it is, then factors, what they rest on and what speaks against them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_POST

from monitoring.tracing.domain.fingerprints.answer import SECTORS
from monitoring.tracing.domain.fingerprints.balance import LEAST_R2, LEAST_T, MASS, MOST_CHI2
from monitoring.tracing.domain.fingerprints.comparing import bearing_to, in_wind
from monitoring.tracing.domain.fingerprints.matching import AHEAD, CLOSE
from monitoring.tracing.domain.stages import FingerprintStage
from monitoring.tracing.selectors.fingerprints import run_of, run_state, same_inputs
from monitoring.tracing.services import fingerprints
from monitoring.tracing.services.runs import code_version
from monitoring.tracing.tasks import begin_fingerprints
from monitoring.tracing.views.fingerprint_charts import factor_name, profile_chart, time_chart, wheel
from monitoring.tracing.views.receptor import COMPASS
from monitoring.tracing.views.running import case_answer, state_answer, state_of
from monitoring.tracing.views.words import doubt_said
from parks.people.access import viewer_of
from parks.people.domain import Capability
from parks.portal.pages import whole

SECTOR_DEG = 360.0 / SECTORS
OTHERS = 5  # runs of the same inputs that are named
HIGHEST = 3  # hours of each factor that are listed with their readings


@login_required
def fingerprint_run(request: HttpRequest, analysis_id: int) -> HttpResponse:
    """One analysis; the address chooses the number of factors and the station that are shown."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_INTAKE)
    row = run_of(scope=viewer.scope, run_id=analysis_id)
    context: dict[str, Any] = {
        "title": row.title, "case": row.case, "same_code": row.code_version == code_version(), "again": [(one, one.answer == row.answer) for one in same_inputs(run=row).defer("case")[:OTHERS]],
        "may_ask": viewer.may(Capability.TRACE_SOURCES), "stations": row.case.get("stations", []), "last_day": row.ended_at - timedelta(seconds=1),
    } | state_of(row=row, stages=FingerprintStage, url_name="fingerprint_state")  # fmt: skip
    if row.answer is not None:
        context |= _answered(row, whole(request.GET.get("factors")), whole(request.GET.get("station")))
    return render(request, "monitoring/tracing/fingerprint.html", context)


def _answered(row: Any, factors: int | None, station: int | None) -> dict[str, Any]:
    case, answer = row.case, row.answer
    solutions = {one["factors"]: one for one in answer["solutions"]}
    chosen = solutions.get(factors or 0) or solutions[answer["suggested"] or min(solutions)]
    numbers = [one["station"] for one in case["stations"]]
    at = numbers.index(station) if station in numbers else 0
    named = {one["id"]: one for one in case["profiles"]}
    parts = [_part(n, part, at, chosen, named, case["stations"][at]) for n, part in enumerate(chosen["parts"], start=1)]
    start = datetime.fromisoformat(case["start"])
    species = [one | {"shown": _shown(one)} for one in case["species"]]
    return {
        "answer": answer, "solutions": [_summed(one) for one in answer["solutions"]], "chosen": chosen, "parts": parts, "at": case["stations"][at], "species": species,
        "profile_chart": profile_chart(solution=chosen, names=[one["shown"] for one in species]),
        "time_chart": time_chart(series=chosen["series"][at], start=start), "wheels": _wheels(parts, at),
        "doubts": [doubt_said(_in_language(one, species)) for one in chosen["doubts"]], "residuals": list(zip(species, chosen["residuals"], strict=True)),
        "shares": [
            (one, [(part["profile"][n], part["boot_low"][n], part["boot_high"][n], part["moved_low"][n], part["moved_high"][n]) for part in chosen["parts"]])
            for n, one in enumerate(species)
        ],
        "worst": _worst(case, chosen, start), "highest": _highest(case, chosen, at, start), "balance": _balance(answer["balance"], named),
        "inputs": _inputs(case, species), "bars": {"r2": LEAST_R2, "chi2": MOST_CHI2, "t": LEAST_T, "low": MASS[0], "high": MASS[1], "close": CLOSE, "ahead": AHEAD},
    }  # fmt: skip


def _summed(one: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the table that compares numbers of factors."""
    names = ("factors", "q", "expected", "ratio", "spread", "near_best", "q_starts")
    return {name: one[name] for name in names} | {
        "least_mapped": min(part["mapped"] for part in one["parts"]), "unstable": sum(not part["stable"] for part in one["parts"]),
    }  # fmt: skip


def _shown(one: Mapping[str, Any]) -> str:
    english = (get_language() or "").startswith("en")
    return str(one.get("name_en") or one["name"] if english else one["name"])


def _in_language(doubt: Mapping[str, Any], species: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A doubt with its substances named as on the page; the longest first, because some names hold others."""
    details = dict(doubt["details"])
    for one in sorted(species, key=lambda one: -len(one["name"])):
        if isinstance(details.get("substances"), str):
            details["substances"] = details["substances"].replace(one["name"], one["shown"])
    return {**doubt, "details": details}


def _part(
    number: int,
    part: Mapping[str, Any],
    at: int,
    chosen: Mapping[str, Any],
    named: Mapping[int, Any],
    station: Mapping[str, Any],
) -> dict[str, Any]:
    """A factor with its match and the winds of one station."""
    match, wind = chosen["matches"][number - 1], part["winds"][at]
    sectors = wind["sectors"] if wind else []
    high = [one["direction"] for one in sectors if one["enough"] and one["low"] > wind["overall"]]
    return {
        **part, "number": number, "name": factor_name(number), "wind": wind,
        "named": named.get(match["named"]), "cosine": match["cosine"], "rivals": [named[one] for one in match["rivals"] if one in named],
        "close": [(named[one], value) for one, value in match["all"][:3] if one in named],
        "distinct": [str(COMPASS[round(one)]) for one in high], "upwind": _upwind(station, named.get(match["named"]), high),
        "sectors": [one | {"compass": COMPASS[round(one["direction"])]} for one in sectors],
    }  # fmt: skip


def _upwind(
    station: Mapping[str, Any], profile: Mapping[str, Any] | None, high: Sequence[float]
) -> dict[str, Any] | None:
    """Where the outlet that gives a name lies from the station, and whether the high winds come from there."""
    bearing = bearing_to(station=station, place=profile) if profile else None
    if bearing is None or not high:
        return None
    sector = round(bearing / SECTOR_DEG) * round(SECTOR_DEG) % 360
    return {"compass": COMPASS[sector], "agrees": in_wind(bearing=bearing, directions=high, width=SECTOR_DEG)}


def _wheels(parts: Sequence[Mapping[str, Any]], at: int) -> list[dict[str, Any]]:
    return [
        {"id": f"wheel-{one['number']}", "part": one, "chart": wheel(wind=one["wind"], number=one["number"] - 1)}
        for one in parts
        if one["wind"]
    ]


def _moment(start: datetime, hour: int) -> datetime:
    return start + timedelta(hours=hour)


def _worst(case: Mapping[str, Any], chosen: Mapping[str, Any], start: datetime) -> list[dict[str, Any]]:
    """Values that fit worst, each with the way to its reading."""
    by_id = {one["id"]: one for one in case["stations"]}
    names = {one["code"]: _shown(one) for one in case["species"]}
    return [
        one | {"at": _moment(start, one["hour"]), "channel": by_id[one["station"]]["channels"].get(one["code"]), "substance": names[one["code"]]}
        for one in chosen["worst"]
    ]  # fmt: skip


def _highest(case: Mapping[str, Any], chosen: Mapping[str, Any], at: int, start: datetime) -> list[dict[str, Any]]:
    """Hours in which each factor brings most at one station, with what was read in them."""
    station, found = case["stations"][at], []
    for number, row in enumerate(chosen["series"][at], start=1):
        known = sorted(((v, h) for h, v in enumerate(row) if v is not None), reverse=True)
        for value, hour in known[:HIGHEST]:
            read = [
                (station["channels"].get(one["code"]), station["ug_m3"][one["code"]][hour]) for one in case["species"]
            ]
            found.append({"name": factor_name(number), "at": _moment(start, hour), "value": value, "read": read})
    return found


def _balance(balance: Mapping[str, Any] | None, named: Mapping[int, Any]) -> dict[str, Any] | None:
    if balance is None or "refused" in balance:
        return dict(balance) if balance else None
    rows = [
        one
        | {"profile": named[one["id"]], "share": one["contribution"] / balance["total"], "told": one["t"] >= LEAST_T}
        for one in balance["sources"]
    ]
    alike = ["、".join(named[pk]["name"] for pk in group) for group in balance["collinear"]]
    return {**balance, "rows": rows, "alike": alike}


def _inputs(case: Mapping[str, Any], species: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """By substance: stated limit and error, and what was there over all stations."""
    rows = []
    for one in species:
        values = [v for station in case["stations"] for v in station["ug_m3"][one["code"]]]
        known = [v for v in values if v is not None]
        below = sum(v <= one["limit_ug_m3"] for v in known)
        rows.append({
            **one, "known": len(known), "missing": len(values) - len(known), "below": below / len(known) if known else None,
            "mean": sum(known) / len(known) if known else None,
            "channels": [(s["id"], s["channels"][one["code"]]) for s in case["stations"] if one["code"] in s["channels"]],
        })  # fmt: skip
    return rows


@login_required
def fingerprint_state(request: HttpRequest, analysis_id: int) -> HttpResponse:
    """How far an analysis is, asked by an open page; the page loads anew when it is over."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_INTAKE)
    row = run_state(scope=viewer.scope, run_id=analysis_id)
    return state_answer(request, row=row, stages=FingerprintStage, url_name="fingerprint_state")


@login_required
def fingerprint_case(request: HttpRequest, analysis_id: int) -> HttpResponse:
    """The frozen hours with their uncertainties, winds, profiles and options."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_INTAKE)
    viewer.require(Capability.EXPORT)
    row = run_of(scope=viewer.scope, run_id=analysis_id)
    return case_answer(case=row.case, name=f"fingerprints-{row.pk}")


@login_required
@require_POST
def fingerprint_again(request: HttpRequest, analysis_id: int) -> HttpResponse:
    """Compute the same frozen inputs once more."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.TRACE_SOURCES)
    row = fingerprints.ask_again(scope=viewer.scope, run_id=analysis_id, now=timezone.now())
    begin_fingerprints(run_id=row.pk)
    return redirect("fingerprint_run", analysis_id=row.pk)
