"""From the readings of a drive to registered points with probability, rate and band; or to "cannot tell". A lead, not proof."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.case.writing import CAUTION
from monitoring.tracing.domain.drives.case import Driven, driven_of
from monitoring.tracing.domain.drives.levels import Level, level_of
from monitoring.tracing.domain.forward.scene import point_sources
from monitoring.tracing.domain.inference.checks import observable
from monitoring.tracing.domain.inference.evidence import Evidence, flank_of
from monitoring.tracing.domain.inference.finding import Rate, Verdict
from monitoring.tracing.domain.inference.judging import CALM, SEEN, Grounds, judged
from monitoring.tracing.domain.inference.places import grid_of
from monitoring.tracing.domain.inference.sampler import Draws, sample
from monitoring.tracing.domain.inference.scan import weighed, weights_of
from monitoring.tracing.domain.inference.settings import Settings
from monitoring.tracing.domain.inference.summing import agreement_of, band_of
from monitoring.tracing.domain.mobile import OFFSETS, Placed, evidence_of, matrix
from monitoring.tracing.domain.stages import DriveStage

Floats = NDArray[np.float64]

UNREGISTERED = 0.02  # prior of a place that nobody registered; places are sought here as they were when it was chosen
ROWS = 360  # means of neighbouring readings that are sampled; more of them see the same swing of the plume
CELLS, CELL, AROUND, OWN = (
    16,
    60.0,
    600.0,
    40.0,
)  # of an unregistered place: how many; [m] side, beyond the track, from a registered point
WIDTHS, DEPTHS = (0.6, 1.0, 1.7, 2.8), (0.3, 0.5, 0.85, 1.4)  # factors of the widths
# The curves are means of half an hour, and a vehicle is through a plume in a minute: sigma_y grows with the averaging time to the
# power of 0.2 (tracing notes 2.1). What it then lacks in meander is the offset and the sway of the wind.
PASSING = (60.0 / 1800.0) ** 0.2
LEAK_HEIGHT = 5.0  # [m] of an unregistered place
USUAL_RATE = 10 / 3600  # [kg/s], where no reading tells how much
CHAINS, ROUNDS, BURN = 32, 900, 660
KG_PER_H = 3600.0
NOBODY = ("No sensor stood where it could have seen any candidate.",)
QUANTILES = ("p5", "p25", "p50", "p75", "p95")


@dataclass(frozen=True, slots=True)
class Sampled:
    """A drive with its evidence and draws; the registered points are the first columns."""

    driven: Driven
    listed: NDArray[np.intp]  # places of the registered points that can have emitted
    cells: Floats  # of an unregistered place, shape (n, 3) [m]
    evidence: Evidence
    draws: Draws
    settings: Settings


def answered(*, case: Mapping[str, Any], progress: Callable[[str], None] | None = None) -> dict[str, Any]:
    """The answer to a frozen drive.

    Raises:
        TooFewReadings, WrongTrack, BadCase.
    """
    say = progress or (lambda _stage: None)
    say(DriveStage.BACKGROUND.value)
    driven = driven_of(case=case)
    level = level_of(time=driven.where.time, value=driven.where.value)
    where, noise = thinned(where=driven.where, level=level)
    say(DriveStage.ROWS.value)
    listed = np.flatnonzero(driven.prior > 0)
    heard = int((where.value > 3 * noise).sum())
    settings = Settings(seed=driven.seed, unregistered_prior=UNREGISTERED)
    if heard < SEEN or not len(listed):
        reasons = ("No sensor rose above its background.",) if heard < SEEN else NOBODY
        return _told(case, driven, level, heard, Verdict.CANNOT_TELL, (), reasons)
    cells, tried = _cells(driven, where, noise)
    evidence = _evidence(driven, where, noise, listed, cells, settings.unregistered_prior / max(tried, 1))
    say(DriveStage.SAMPLING.value)
    draws = sample(evidence=evidence, seed=driven.seed, chains=CHAINS, rounds=ROUNDS, burn=BURN)
    say(DriveStage.ANSWER.value)
    return _judged(case, Sampled(driven, listed, cells, evidence, draws, settings), level, heard)


def thinned(*, where: Placed, level: Level) -> tuple[Placed, float]:
    """Means of neighbouring readings above the level, at most `ROWS`, and the noise of such a mean.

    The level is not known better than a part of the noise, so a mean of many readings is not that much surer than a few.
    """
    size = max(int(np.ceil(len(where.time) / ROWS)), 1)
    starts = np.arange(0, len(where.time), size)
    counts = np.diff([*starts, len(where.time)])
    time, east, north, speed, value = (
        np.add.reduceat(part, starts) / counts
        for part in (where.time, where.east, where.north, where.speed, where.value - level.level)
    )
    return Placed(time, east, north, speed, value, where.height), level.noise * max(1 / np.sqrt(size), 0.3)


def _cells(driven: Driven, where: Placed, noise: float) -> tuple[Floats, int]:
    """Places of no registered point that alone would explain most, shape (n, 3), and of how many that the vehicle could have noticed."""
    bounds = (
        float(where.east.min()) - AROUND, float(where.north.min()) - AROUND, float(where.east.max()) + AROUND, float(where.north.max()) + AROUND,
    )  # fmt: skip
    step = max(CELL, float(np.sqrt((bounds[2] - bounds[0]) * (bounds[3] - bounds[1]) / 4000)))
    grid = grid_of(bounds=bounds, step=step, heights=(LEAK_HEIGHT,))
    gaps = np.hypot(grid[:, None, 0] - driven.sources.east[None], grid[:, None, 1] - driven.sources.north[None])
    grid = grid[gaps.min(axis=1) >= np.maximum(OWN, driven.sources.width[gaps.argmin(axis=1)] / 2)]
    if not len(grid):
        return np.zeros((0, 3)), 0
    seen = np.nan_to_num(
        matrix(placed=where, sources=point_sources(places=grid), weather=driven.weather, physics=driven.physics)
    )
    weights = weights_of(excess=where.value, noise=np.full(len(where.value), noise))
    gains = weighed(matrix=seen, weights=weights).gains(excess=where.value)
    best = np.argsort(-gains, kind="stable")[:CELLS]
    return np.asarray(grid[best[gains[best] > 0]], dtype=float), int((seen.max(axis=0) > 0).sum())


def _evidence(
    driven: Driven, where: Placed, noise: float, listed: NDArray[np.intp], cells: Floats, cell_prior: float
) -> Evidence:
    """Rows and columns for the sampler; a sway of the wind widens the errors on the flanks of a plume.

    Args:
        cell_prior: of one place among all that were tried; the best of thousands fits a little better than a true one by chance.
    """
    sources = driven.sources.only(places=listed)
    if len(cells):
        sources = sources.joined(other=point_sources(places=cells))
    scale = _scale(driven, where, sources.only(places=np.arange(len(listed))))
    prior = np.concatenate([driven.prior[listed], np.full(len(cells), cell_prior)])
    found = evidence_of(
        placed=where, sources=sources, weather=driven.weather, physics=driven.physics, noise=noise, prior=np.clip(prior, 1e-9, 0.9),
        scale=np.full(len(sources), scale), widths=WIDTHS, depths=DEPTHS, narrow=PASSING,
    )  # fmt: skip
    return replace(found, flank=flank_of(columns=found.columns, offsets=np.array(OFFSETS), shape=found.air_shape))


def _scale(driven: Driven, where: Placed, sources: Any) -> float:
    """Scale of a rate's prior [kg/s]: what the best placed points would need for the highest readings, some times over."""
    seen = np.nan_to_num(matrix(placed=where, sources=sources, weather=driven.weather, physics=driven.physics))
    strongest = seen.max(axis=0)
    top = float(np.quantile(where.value, 0.98))
    reached = strongest[strongest > 0]
    return float(np.clip(3 * top / np.median(reached), 1e-7, 10.0)) if len(reached) and top > 0 else USUAL_RATE


def _judged(case: Mapping[str, Any], found: Sampled, level: Level, heard: int) -> dict[str, Any]:
    """Verdict with all its grounds."""
    draws, first, evidence = found.draws, len(found.listed), found.evidence
    chance = draws.active.mean(axis=(0, 1))
    shares = draws.shares / max(float(draws.shares.sum()), 1e-300)
    rng = np.random.default_rng([found.settings.seed, 7])
    bands = [band_of(draws=draws, number=number, settings=found.settings, rng=rng) for number in range(first)]
    middle = evidence.columns[int(np.argmax(evidence.log_air))][:first].astype(float)
    seen = observable(columns=middle, noise=evidence.noise)
    # All columns are empty where the vehicle was upwind the whole time; then nobody is named, whatever was read.
    reached = evidence.columns[:, :first].max(axis=(0, 2)) > 0
    rows_of = np.array([int((middle[k] * bands[k].quantiles[2] > 2 * evidence.noise).sum()) for k in range(first)])
    speed = found.driven.weather.speed[found.driven.weather.valid]
    unregistered = float(draws.active[:, :, first:].any(axis=2).mean()) if len(found.cells) else 0.0
    agreement = agreement_of(draws=draws, chance=chance)
    grounds = Grounds(
        chance[:first], shares[:first], unregistered, float(shares[first:].sum()), 0.0, 0.0, heard, np.where(reached, rows_of, 0),
        float((speed < CALM).mean()), float(draws.kappa.mean()), agreement, draws.least[:first], True, np.inf,
    )  # fmt: skip
    verdict, named, reasons = judged(grounds=grounds, name_from=found.settings.name_from)
    if not reached.any():
        verdict, named, reasons = Verdict.CANNOT_TELL, (), NOBODY
    ids = [case["candidates"][k]["id"] for k in found.listed]
    rows = [
        {
            "id": ids[k], "probability": _rounded(chance[k]), "rate": _rate(bands[k]), "share_of_signal": _rounded(shares[k]),
            "smallest_rate_seen": _rounded(seen[k] * KG_PER_H), "readings": int(rows_of[k]),
        }
        for k in np.argsort(-chance[:first], kind="stable")
    ]  # fmt: skip
    answer = _told(case, found.driven, level, heard, verdict, [ids[k] for k in named], reasons)
    offset = np.array(OFFSETS)[np.unravel_index(draws.air, evidence.air_shape)[0]].mean()
    answer["diagnostics"] |= {
        "kappa": _rounded(draws.kappa.mean()), "r_hat": _rounded(agreement), "wind_offset_deg": _rounded(offset), "tempering": _rounded(draws.tempering),
        "rows": len(evidence.excess), "calm_share": _rounded(grounds.calm),
    }  # fmt: skip
    return answer | {
        "candidates": rows,
        "unregistered_probability": _rounded(unregistered),
        "place": _place(found, chance[first:]),
    }


def _place(found: Sampled, chance: Floats) -> dict[str, Any] | None:
    """The likeliest unregistered place; None where none was tried."""
    if not len(found.cells):
        return None
    best = int(np.argmax(chance))
    latitude, longitude = found.driven.frame.degrees(
        east=float(found.cells[best, 0]), north=float(found.cells[best, 1])
    )
    return {"latitude": round(latitude, 6), "longitude": round(longitude, 6), "probability": _rounded(chance[best])}


def _told(
    case: Mapping[str, Any], driven: Driven, level: Level, heard: int, verdict: Verdict, named: Any, reasons: tuple[str, ...]
) -> dict[str, Any]:  # fmt: skip
    return {
        "substance": case["substance"], "verdict": verdict.value, "named": list(named), "reasons": list(reasons), "caution": CAUTION, "candidates": [],
        "unregistered_probability": None, "place": None,
        "diagnostics": {
            "readings": len(driven.where.time), "heard": heard, "noise_ug_m3": _rounded(level.noise / 1e-9), "level_ug_m3": _rounded(float(np.median(level.level)) / 1e-9),
            "seed": driven.seed,
        },
    }  # fmt: skip


def _rate(rate: Rate) -> dict[str, Any]:
    return {"unit": "kg/h"} | {
        name: _rounded(value * KG_PER_H) for name, value in zip(QUANTILES, rate.quantiles, strict=True)
    }


def _rounded(value: Any) -> float | None:
    return float(f"{float(value):.5g}") if np.isfinite(value) else None
