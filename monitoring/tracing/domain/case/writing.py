"""A finding as plain data for JSON: units said, numbers rounded, times written out."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from monitoring.tracing.domain.case.building import CERTAINTY, Event, enterprises_of, profile_of
from monitoring.tracing.domain.inference.finding import Candidate, Composition, Finding, Location, Owner, Rate, When
from monitoring.tracing.domain.physics.amounts import from_rate

FORMAT = "tongjian-trace-answer/1"
CAUTION = "A lead, not proof."
MOST_CELLS = 50
LEAST = 0.01  # probability of an enterprise that is listed
QUANTILE_NAMES = ("p5", "p25", "p50", "p75", "p95")


def written(*, event: Event, finding: Finding) -> dict[str, Any]:
    """One event's answer; `seconds` is added by who holds the clock."""
    register = event.candidates
    listed = sorted(finding.candidates, key=lambda c: (-c.probability, c.place))
    names = enterprises_of(candidates=event.candidates)
    return {
        "id": event.id, "substance": event.substance, **({"together": list(event.together)} if event.together else {}), "verdict": finding.verdict.value,
        "named": [register[k]["id"] for k in finding.named], "reasons": list(finding.reasons), "caution": CAUTION,
        "candidates": [] if event.settings.grid else [_candidate(event, finding, one) for one in listed],
        "enterprises": [_enterprise(event, finding, names[one.number], one) for one in finding.owners if one.probability >= LEAST],
        "taken_active": _taken_active(event, finding),
        "unregistered_probability": _round(finding.unregistered), "outside_probability": _round(finding.outside),
        "outside_sector": finding.sector,
        "location": _location(event, finding.locations[0]) if finding.locations else None,
        "locations": [_location(event, one) for one in finding.locations],
        "diagnostics": _diagnostics(event, finding),
    }  # fmt: skip


def _candidate(event: Event, finding: Finding, one: Candidate) -> dict[str, Any]:
    given = event.candidates[one.place]
    return {
        "id": given["id"], "enterprise": given.get("enterprise"), "probability": _round(one.probability), "rate": _rate(event, one.rate),
        "mass": _kilograms(one.mass), "when": _when(event, one.when),
        "share_of_signal": _round(one.share), "smallest_rate_seen": _in_unit(event, one.observable),
        "evidence_for": [_reading(event, *cell) for cell in one.evidence_for],
        "evidence_against": [_reading(event, *cell) for cell in one.evidence_against],
        **({"by_substance": _by_substance(event, finding, given, one.composition)} if one.composition else {}),
    }  # fmt: skip


def _by_substance(event: Event, finding: Finding, given: Mapping[str, Any], found: Composition) -> list[dict[str, Any]]:
    """Each substance of a point: its rate, its share beside that of the register, and what it says for and against."""
    registered = profile_of(candidate=given, substances=event.together)
    about = given.get("profile", {}) if registered is not None else {}
    return [
        {
            "substance": name, "rate": _rate(event, found.rates[j]),
            "mass": _kilograms(found.masses[j] if found.masses else None),
            "share": {key: _round(value) for key, value in zip(QUANTILE_NAMES, found.profile[j], strict=True)},
            "registered_share": None if registered is None else _round(float(registered[j])),
            "certainty": about.get("certainty", CERTAINTY) if about else None, "source": about.get("source"),
            "share_read_under_its_plume": None if found.read is None else _round(found.read[j]), "speaks": _round(found.speaks[j]),
        } for j, name in enumerate(event.together)
    ]  # fmt: skip


def _enterprise(event: Event, finding: Finding, name: str, one: Owner) -> dict[str, Any]:
    points = [c["id"] for c in event.candidates if c.get("enterprise") == name]
    return {
        "enterprise": name, "probability": _round(one.probability), "likely_as_a_whole": one.number in finding.likely_owners, "rate": _rate(event, one.rate), "mass": _kilograms(one.mass),
        "points": points,
    }  # fmt: skip


def _rate(event: Event, rate: Rate) -> dict[str, Any]:
    return {"unit": event.rate_unit, "mean": _in_unit(event, rate.mean)} | {
        name: _in_unit(event, value) for name, value in zip(QUANTILE_NAMES, rate.quantiles, strict=True)
    }


def _kilograms(mass: Rate | None) -> dict[str, Any] | None:
    """What was let out while on [kg]; None where nothing rose clearly."""
    if mass is None:
        return None
    return {"unit": "kg"} | {name: _round(value) for name, value in zip(QUANTILE_NAMES, mass.quantiles, strict=True)}


def _when(event: Event, when: When | None) -> dict[str, Any] | None:
    """When it was on, if it was active; None where it hardly ever was."""
    if when is None:
        return None

    def named(seconds: tuple[float, ...]) -> dict[str, str]:
        return {name: _time(event, value) for name, value in zip(QUANTILE_NAMES, seconds, strict=True)}

    return {
        "throughout": _round(when.throughout), "from": named(when.begin), "to": named(when.end),
        "hours": {name: _round(value / 3600) for name, value in zip(QUANTILE_NAMES, when.lasted, strict=True)},
        "on": [
            {"from": _time(event, start), "to": _time(event, end), "probability": _round(p)}
            for start, end, p in zip(when.edges[:-1], when.edges[1:], when.on, strict=True)
        ],
    }  # fmt: skip


def _time(event: Event, seconds: float) -> str:
    """To the minute: quantiles of times lie between those of the parts."""
    return (event.start + timedelta(minutes=round(seconds / 60))).isoformat()


def _taken_active(event: Event, finding: Finding) -> dict[str, Any] | None:
    """From the first to the last clear rise at any sensor, with a block on either side."""
    if finding.span is None:
        return None
    first, last = _on(event, finding.span, finding)
    return {"from": first.isoformat(), "to": last.isoformat(), "hours": _round((last - first).total_seconds() / 3600)}


def _on(event: Event, span: tuple[int, int], finding: Finding) -> tuple[datetime, datetime]:
    """Times of blocks; the last block may end early."""
    block = timedelta(minutes=finding.diagnostics["block_minutes"])
    end = event.start + timedelta(seconds=event.case.weather.step * len(event.case.values))
    return event.start + span[0] * block, min(event.start + span[1] * block, end)


def _in_unit(event: Event, rate: float) -> float | None:
    value = float(from_rate(value=rate, unit=event.rate_unit))
    return _round(value) if abs(value) < 1e12 else None


def _reading(event: Event, block: int, sensor: int, *substance: int) -> dict[str, Any]:
    steps = event.settings.block_minutes
    found: dict[str, Any] = {"sensor": event.sensors[sensor], "block": block} | ({"minutes": steps} if steps else {})
    return found | ({"substance": event.together[substance[0]]} if substance else {})


def _location(event: Event, one: Location) -> dict[str, Any]:
    found: dict[str, Any] = {
        "east_m": _round(one.east), "north_m": _round(one.north), "height_m": _round(one.height),
        "credible_area_90_m2": _round(one.area), "cell_m": _round(one.step), "probability": _round(one.probability),
        "rate": _rate(event, one.rate), "mass": _kilograms(one.mass), "when": _when(event, one.when), "cells": [[_round(float(v)) for v in cell] for cell in one.cells[:MOST_CELLS]],
    }  # fmt: skip
    if event.frame is not None:
        found["latitude"], found["longitude"] = event.frame.degrees(east=one.east, north=one.north)
    return found


def _diagnostics(event: Event, finding: Finding) -> dict[str, Any]:
    found = {name: _round(value) if isinstance(value, float) else value for name, value in finding.diagnostics.items()}
    ids = [c["id"] for c in event.candidates]
    found["left_out"] = {
        event.sensors[s]: ids[k] if 0 <= k < len(ids) else None for s, k in finding.diagnostics["left_out"].items()
    }
    found["predictive_p"] = dict(zip(event.sensors, map(_round, finding.diagnostics["predictive_p"]), strict=False))
    found["seed"] = event.settings.seed
    found["start"] = event.start.isoformat()
    found["end"] = (event.start + timedelta(seconds=event.case.weather.step * len(event.case.values))).isoformat()
    return found


def _round(value: float) -> float | None:
    """Six significant digits; the engine is not that good, but a repeat shows. None where there is no number."""
    return float(f"{value:.6g}") if value == value and abs(value) != float("inf") else None
