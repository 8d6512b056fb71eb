"""A stand-alone case of a spill in a river, from plain data to plain data. Every refusal names the path in the file."""

from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any

import numpy as np

from monitoring.tracing.domain.case.reading import moment, refuse
from monitoring.tracing.domain.inference.finding import Verdict
from monitoring.tracing.domain.river_answer import (
    NAMES,
    PER_MG_L,
    QUANTILES,
    banded,
    candidates,
    excluded,
    mixing_of,
    mixing_reasons,
    named_reasons,
    outfall_fits,
    outfalls_of,
    rounded,
    time_of,
)
from monitoring.tracing.domain.river_course import Course
from monitoring.tracing.domain.river_outfalls import Register, judged, weighed
from monitoring.tracing.domain.river_scene import Band, Curve, Found, River, Searched
from monitoring.tracing.domain.river_search import expected, loosened, searched
from monitoring.tracing.domain.stages import RiverStage

FORMAT = "tongjian-trace-river-answer/1"
CAUTION = "A lead, not proof."
RELATIVE = 0.1  # of a reading; what mixing across, flow and calibration add, unless told otherwise
LEAST_READINGS = 4
CLEAR, LEAST_CLEAR = (
    3.0,
    3,
)  # floors that a reading exceeds to count as clear; clear readings of a station that heard it
POOR, EDGE, AGREE = 4.0, 0.05, 1.2  # mean square of scaled residuals; share of draws on the rim; R-hat of the place
RIM = 0.05  # of the search at either end
LIKE = 0.8  # correlation of place and start from which they lie on a ridge
STEPS, NEAR = 10, 50.0  # of the ridge; [m] around an outfall
SILENT: dict[str, Any] = {
    "verdict": "cannot tell", "named": [], "reasons": ["No station read clearly above its background."], "release": None, "ridge": None, "candidates": [],
    "excluded": [], "unregistered_probability": None, "elsewhere_probability": None, "outfalls": [], "fits": [], "outfall_fits": [], "mixing_length_m": None,
    "diagnostics": {"stations_that_heard": 0},
}  # fmt: skip


def answered(*, document: Mapping[str, Any], progress: Callable[[str], None] = lambda stage: None) -> dict[str, Any]:
    """Trace a case that holds to `monitoring/reference/trace_river_case.schema.json`.

    Args:
        progress: told the name of each stage as it begins, see `domain.stages.RiverStage`.

    Raises:
        BadCase: ends that do not fit, such as two stations at one place or a band whose ends are swapped.
    """
    curves, epoch = _curves(document)
    river = _river(document["river"])
    heard = [one for one in curves if int((one.values > CLEAR * one.floor).sum()) >= LEAST_CLEAR]
    within = _within(document, heard or curves, epoch)
    base = {"format": FORMAT, "title": document.get("title", ""), "substance": document.get("substance", ""), "caution": CAUTION}  # fmt: skip
    if not heard:
        return base | SILENT
    seed = document.get("options", {}).get("seed", 1)
    sharp = searched(curves=curves, river=river, within=within, seed=seed, progress=progress)
    found = loosened(found=sharp, within=within, seed=seed, course=river.course)
    progress(RiverStage.OUTFALLS.value)
    known = outfalls_of(document=document)
    register = weighed(outfalls=known, found=found, sharp=sharp, curves=curves, river=river, within=within)
    rim = _rim(sharp, within)
    sure = found.misfit <= POOR and rim <= EDGE and len(heard) > 1 and found.r_hat <= AGREE
    verdict, named = _verdict(sure, bool(known), register)
    first = min(one.position for one in heard)
    return base | {
        "verdict": verdict, "named": list(named),
        "reasons": _reasons(found, sharp, len(heard), rim) + named_reasons(verdict=verdict, sure=sure, known=known)
        + mixing_reasons(document=document, found=found, first=first),
        "release": _release(found, epoch), "ridge": _ridge(found, sharp, epoch),
        "candidates": candidates(register=register, document=document, epoch=epoch, first=first),
        "excluded": excluded(outfalls=known, register=register, within=within), "unregistered_probability": rounded(register.unregistered) if known else None,
        "elsewhere_probability": rounded(register.elsewhere) if known else None, "outfalls": _outfalls(document, found), "fits": _fits(document, curves, found, river),
        "outfall_fits": outfall_fits(register=register, document=document), "mixing_length_m": mixing_of(document=document, found=found),
        "diagnostics": {
            "misfit": rounded(found.misfit), "tempering": rounded(found.tempering), "on_the_rim": rounded(rim), "r_hat": rounded(found.r_hat), "stations_that_heard": len(heard),
        },
    }  # fmt: skip


def _verdict(sure: bool, known: bool, register: Register) -> tuple[str, tuple[str, ...]]:
    """Located where the case names no outfalls to choose from; else who it may have been."""
    if not sure:
        return Verdict.CANNOT_TELL.value, ()
    if not known:
        return "located", ()
    verdict, named = judged(register=register)
    return verdict.value, named


def _curves(document: Mapping[str, Any]) -> tuple[list[Curve], datetime]:
    given = document["stations"]
    starts = [moment(text=one["start"], path=f"/stations/{n}/start") for n, one in enumerate(given)]
    epoch, curves = min(starts), []
    for n, (one, start) in enumerate(zip(given, starts, strict=True)):
        if any(one["position_m"] == other["position_m"] or one["id"] == other["id"] for other in given[:n]):
            raise refuse(f"/stations/{n}", "another station has this id or stands at this place")
        values = np.array([np.nan if v is None else float(v) for v in one["values_mg_l"]])
        known = np.isfinite(values)
        if known.sum() < LEAST_READINGS:
            raise refuse(f"/stations/{n}/values_mg_l", f"{int(known.sum())} readings; at least {LEAST_READINGS} are needed")  # fmt: skip
        time = (start - epoch).total_seconds() + one["interval_s"] * np.arange(len(values))
        above = (values[known] - one.get("background_mg_l", 0.0)) * PER_MG_L
        curves.append(Curve(one["position_m"], time[known], above, one["noise_floor_mg_l"] * PER_MG_L, one.get("noise_relative", RELATIVE)))  # fmt: skip
    return curves, epoch


def _river(given: Mapping[str, Any]) -> River:
    bands = {}
    for name in ("speed_m_s", "dispersion_m2_s", "flow_m3_s"):
        low, high = given[name]["low"], given[name]["high"]
        if low > high:
            raise refuse(f"/river/{name}", "the low end of the band lies above its high end")
        bands[name] = Band(low, high)
    return River(
        bands["speed_m_s"], bands["dispersion_m2_s"], bands["flow_m3_s"], given.get("decay_per_day", 0.0) / 86_400, _course(given)
    )  # fmt: skip


def _course(given: Mapping[str, Any]) -> Course | None:
    """Reaches in series; None where the river is one even reach. The first one has to lie in the bands, which are its own."""
    rows = given.get("reaches", ())
    if not rows:
        return None
    for n, (above, below) in enumerate(pairwise(rows), start=1):
        if below["from_m"] <= above["from_m"]:
            raise refuse(f"/river/reaches/{n}/from_m", "it does not begin below the reach before it")
    for name in ("speed_m_s", "dispersion_m2_s", "flow_m3_s"):
        if not given[name]["low"] <= rows[0][name] <= given[name]["high"]:
            raise refuse(f"/river/reaches/0/{name}", "it lies outside the band of the river, which is that of its first reach")  # fmt: skip
    upper, *parts = (np.array([float(one[name]) for one in rows]) for name in ("from_m", "speed_m_s", "dispersion_m2_s", "flow_m3_s"))  # fmt: skip
    return Course(upper, *(part / part[0] for part in parts))


def _within(document: Mapping[str, Any], curves: list[Curve], epoch: datetime) -> Searched:
    given = document["search"]
    first = min(one.position for one in curves)
    if given["from_m"] >= first:
        raise refuse("/search/from_m", f"the search begins at or below the first station that read it, which stands at {first:g} m")  # fmt: skip
    earliest, latest = (moment(text=given[name], path=f"/search/{name}") for name in ("earliest", "latest"))
    if latest <= earliest:
        raise refuse("/search/latest", "the latest start does not lie after the earliest")
    return Searched((given["from_m"], first), ((earliest - epoch).total_seconds(), (latest - epoch).total_seconds()))


def _rim(found: Found, within: Searched) -> float:
    """Share of the draws in the outermost twentieth of the search upstream, or of the starts at either end."""
    (near, far), (early, late) = within.places, within.starts
    place, start = (found.place - near) / (far - near), (found.start - early) / (late - early)
    return float(np.mean((place < RIM) | (start < RIM) | (start > 1 - RIM)))


def _reasons(found: Found, sharp: Found, heard: int, rim: float) -> list[str]:
    reasons = [CAUTION]
    if heard < 2:
        reasons.append("One station alone read above its background: an early spill far away and a late one near by look alike.")  # fmt: skip
    if found.misfit > POOR:
        reasons.append("The best sudden release explains too little: it lasted, there were several, or the river flowed otherwise.")  # fmt: skip
    if rim > EDGE:
        reasons.append("The search ends where likely places or starts do not; widen it.")
    if found.r_hat > AGREE:
        reasons.append("The two populations of guesses do not agree on the place.")
    alike, slope = _slope(sharp)
    if abs(alike) > LIKE:
        low, high = np.quantile(found.place, QUANTILES[::2])
        reasons.append(
            f"Place and start lie on a ridge: every 100 m further upstream the spill may have begun {abs(slope) * 100 / 60:.1f} min earlier, "
            f"from {low:.0f} m to {high:.0f} m; the readings hardly tell them apart."
        )  # fmt: skip
    return reasons


def _slope(found: Found) -> tuple[float, float]:
    """Correlation of place and start, and how much later the start is a metre further downstream [s/m]."""
    both = np.cov(found.place, found.start)
    if both[0, 0] <= 0 or both[1, 1] <= 0:
        return 0.0, 0.0
    return float(both[0, 1] / np.sqrt(both[0, 0] * both[1, 1])), float(both[0, 1] / both[0, 0])


def _release(found: Found, epoch: datetime) -> dict[str, Any]:
    start = [time_of(epoch, float(v)) for v in np.quantile(found.start, QUANTILES)]
    return {
        "position_m": banded(found.place), "start": dict(zip(NAMES, start, strict=True)), "mass_kg": banded(found.mass),
        "speed_m_s": banded(found.speed), "dispersion_m2_s": banded(found.dispersion),
    }  # fmt: skip


def _ridge(found: Found, sharp: Found, epoch: datetime) -> dict[str, Any]:
    """Deciles of the place, each with the starts of the draws around it; how the two trade off is told by the draws of an even reach."""
    alike, slope = _slope(sharp)
    edges = np.quantile(found.place, np.linspace(0, 1, STEPS + 1))
    rows = []
    for low, high in pairwise(edges):
        own = (found.place >= low) & (found.place <= high)
        rows.append({
            "position_m": [rounded(low), rounded(high)], "start": time_of(epoch, float(np.median(found.start[own]))),
            "start_band": [time_of(epoch, float(v)) for v in np.quantile(found.start[own], QUANTILES[::2])],
        })  # fmt: skip
    return {"correlation": rounded(alike), "minutes_per_100_m": rounded(slope * 100 / 60), "places": rows}


def _outfalls(document: Mapping[str, Any], found: Found) -> list[dict[str, Any]]:
    """Known outfalls with the share of the draws within fifty metres of each, the likeliest first. The bank between them counts, too."""
    rows = [
        {"id": one["id"], "position_m": one["position_m"], "within_50_m": rounded(float(np.mean(np.abs(found.place - one["position_m"]) <= NEAR)))}
        for one in document.get("outfalls", ())
    ]  # fmt: skip
    return sorted(rows, key=lambda one: -(one["within_50_m"] or 0.0))


def _fits(document: Mapping[str, Any], curves: list[Curve], found: Found, river: River) -> list[dict[str, Any]]:
    """What the best release would have given at each reading [mg/L above the background]; missing ones are left out."""
    return [
        {"id": given["id"], "expected_mg_l": [rounded(v / PER_MG_L) for v in expected(curve=one, river=river, best=found.best)]}
        for given, one in zip(document["stations"], curves, strict=True)
    ]  # fmt: skip
