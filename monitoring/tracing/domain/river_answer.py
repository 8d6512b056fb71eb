"""What the answer to a river case says of the registered outfalls: plain data with times, milligrams and reasons."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from monitoring.tracing.domain.river_outfalls import Candidate, Outfall, Passing, Register
from monitoring.tracing.domain.river_scene import Found, Searched
from monitoring.tracing.domain.river_stations import mixing_length

PER_MG_L = 1e-3  # kg/m3
QUANTILES, NAMES = (0.05, 0.5, 0.95), ("p5", "p50", "p95")
FITTED = 3  # outfalls whose curves are kept


def outfalls_of(*, document: Mapping[str, Any]) -> tuple[Outfall, ...]:
    """Outfalls of the case; one of which no substances are told may hold any."""
    ruled_out, substance = set(document.get("options", {}).get("ruled_out", ())), document.get("substance", "")
    return tuple(
        Outfall(
            one["id"], float(one["position_m"]), "substances" not in one or substance in one["substances"], one.get("confirmed_cases", 0),
            one["id"] in ruled_out,
        )
        for one in document.get("outfalls", ())
    )  # fmt: skip


def candidates(*, register: Register, document: Mapping[str, Any], epoch: datetime, first: float) -> list[dict[str, Any]]:  # fmt: skip
    """Outfalls that are worth a line, as candidates of any water trace are told.

    Args:
        first: the first station that heard it [m].
    """
    owners = {one["id"]: one.get("enterprise") for one in document.get("outfalls", ())}
    names = [one["id"] for one in document["stations"]]
    return [_candidate(one, owners[one.outfall.id], names, epoch, first) for one in register.likely]


def _candidate(one: Candidate, owner: str | None, names: list[str], epoch: datetime, first: float) -> dict[str, Any]:
    start = [time_of(epoch, float(v)) for v in np.quantile(one.start, QUANTILES)]
    return {
        "id": one.outfall.id, "enterprise": owner, "probability": rounded(one.probability), "registered": one.outfall.holds,
        "confirmed_cases": one.outfall.confirmed, "position_m": one.outfall.position, "above_first_station_m": rounded(first - one.outfall.position),
        "start": dict(zip(NAMES, start, strict=True)), "mass_kg": banded(one.mass), "density": rounded(one.density), "tied_with": [],
        "evidence": [_evidence(name, each, epoch) for name, each in zip(names, one.stations, strict=True)],
    }  # fmt: skip


def _evidence(name: str, one: Passing, epoch: datetime) -> dict[str, Any]:
    """Whether the curve of a station speaks for or against an outfall, with the highest reading and the highest that it would have given."""

    def peak(told: tuple[float, float]) -> dict[str, Any]:
        return {"at": time_of(epoch, told[0]), "mg_l": rounded(told[1] / PER_MG_L)}

    return {
        "station": name, "speaks": "against" if one.against else "for", "misfit": rounded(one.misfit), "read_peak": peak(one.read_peak),
        "expected_peak": peak(one.expected_peak),
    }  # fmt: skip


def excluded(*, outfalls: Sequence[Outfall], register: Register, within: Searched) -> list[dict[str, str]]:
    """Outfalls that are no candidates, and why."""
    likely = {one.outfall.id for one in register.likely}
    found = []
    for one in outfalls:
        if one.id in likely:
            continue
        if one.ruled_out:
            why = "An inspection has ruled it out."
        elif one.position >= within.places[1]:
            why = "It lies below the first station that read it."
        elif one.position < within.places[0]:
            why = "It lies above the stretch that was searched."
        else:
            why = "No release from there gives these curves."
        found.append({"id": one.id, "reason": why})
    return found


def outfall_fits(*, register: Register, document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the best release from each of the likeliest outfalls would have given at each reading [mg/L above the background]."""
    names = [one["id"] for one in document["stations"]]
    return [
        {
            "id": one.outfall.id,
            "stations": [
                {"id": name, "expected_mg_l": [rounded(v / PER_MG_L) for v in each.expected]} for name, each in zip(names, one.stations, strict=True)
            ],
        }
        for one in register.likely[:FITTED]
    ]  # fmt: skip


def named_reasons(*, verdict: str, sure: bool, known: Sequence[Outfall]) -> list[str]:
    """Why nobody is named although the place was found."""
    if verdict == "unregistered":
        return ["The readings point to a place where no registered outfall may hold the substance."]
    if verdict == "cannot tell" and sure and known:
        return ["No outfall reaches the probability a name needs."]
    return []


def mixing_of(*, document: Mapping[str, Any], found: Found) -> float | None:
    """Distance below an outfall at the bank from which the river is mixed across [m]; None where its cross-section is not told."""
    given = document["river"]
    if not all(name in given for name in ("width_m", "depth_m", "slope")):
        return None
    length = mixing_length(
        speed=float(np.median(found.speed)), width=given["width_m"], depth=given["depth_m"], slope=given["slope"], bank=True
    )  # fmt: skip
    return rounded(length)


def mixing_reasons(*, document: Mapping[str, Any], found: Found, first: float) -> list[str]:
    """The one-dimensional view holds only where the river is mixed across."""
    length, away = mixing_of(document=document, found=found), first - float(np.median(found.place))
    if length is None or away >= length:
        return []
    return [
        f"The river is not mixed across yet: the first station that read it lies some {away:.0f} m below the likely place, "
        f"and an outfall at the bank needs {length:.0f} m."
    ]


def time_of(epoch: datetime, seconds: float) -> str:
    return (epoch + timedelta(seconds=round(seconds))).isoformat()


def banded(draws: Any) -> dict[str, Any]:
    return dict(zip(NAMES, (rounded(float(v)) for v in np.quantile(draws, QUANTILES)), strict=True))


def rounded(value: float) -> float | None:
    """Six significant digits; None where there is no number."""
    return float(f"{float(value):.6g}") if np.isfinite(value) else None
