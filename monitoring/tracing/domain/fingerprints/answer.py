"""Factors of a frozen case in plain values: every number of factors that was tried, how far each can be trusted, whence it comes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.fingerprints.comparing import balance_of, matches_of
from monitoring.tracing.domain.fingerprints.doubting import doubts_of
from monitoring.tracing.domain.fingerprints.factors import Factorised, descended, factorised
from monitoring.tracing.domain.fingerprints.samples import Samples, samples_of
from monitoring.tracing.domain.fingerprints.stability import Bootstrap, Displacement, bootstrapped, displaced
from monitoring.tracing.domain.receptors.roses import pollution_rose
from monitoring.tracing.domain.receptors.winds import conditional
from monitoring.tracing.domain.stages import FingerprintStage

Floats = NDArray[np.float64]
SECTORS, CALM = 12, 0.5  # of the wind; [m/s] below which an hour is calm
RISE = 4.0  # of Q, whose displacement intervals are shown
LARGE = 3.0  # scaled residual that is worth a look
LAST_STEPS = 20_000  # of the best start
WORST = 12  # samples that fit worst


@dataclass(frozen=True, slots=True)
class Solution:
    """One number of factors, factors in order of what they bring, the largest first."""

    found: Factorised
    boot: Bootstrap
    moved: Displacement

    @property
    def count(self) -> int:
        return len(self.found.best.profiles)


def answered(*, case: Mapping[str, Any], progress: Callable[[str], None] | None = None) -> dict[str, Any]:
    """The answer to a frozen case.

    Raises:
        BadFingerprints and its kind, WrongSamples.
    """
    say = progress or (lambda _stage: None)
    samples, options = samples_of(case=case), case["options"]
    say(FingerprintStage.STARTS.value)
    numbers = range(options["least_factors"], options["most_factors"] + 1)
    found = [_sought(samples, options, number) for number in numbers]
    say(FingerprintStage.BOOTSTRAP.value)
    boots = [_drawn(samples, options, one) for one in found]
    say(FingerprintStage.DISPLACED.value)
    rises = [displaced(values=samples.values, errors=samples.errors, base=one.best, rises=(RISE,)) for one in found]
    solutions = [Solution(*parts) for parts in zip(found, boots, rises, strict=True)]
    say(FingerprintStage.FACTOR_WIND.value)
    written = [_written(case, samples, one) for one in solutions]
    say(FingerprintStage.BALANCE.value)
    return {
        "samples": len(samples.values), "suggested": _suggested(solutions), "solutions": written,
        "mean_ug_m3": _plain(samples.values.mean(axis=0)), "balance": balance_of(case=case, samples=samples),
    }  # fmt: skip


def _sought(samples: Samples, options: Mapping[str, Any], number: int) -> Factorised:
    """All starts with one number of factors."""
    found = factorised(
        values=samples.values, errors=samples.errors, factors=number, starts=options["starts"], seed=options["seed"], most=options["most_steps"],
    )  # fmt: skip
    best = found.best
    if not best.converged:
        # The steps of all starts are few so that there can be many; the best one goes on to its minimum.
        begin = (best.contributions, best.profiles)
        best = descended(values=samples.values, errors=samples.errors, begin=begin, most=LAST_STEPS)
    order = np.argsort(-best.contributions.sum(axis=0), kind="stable")
    ordered = type(best)(best.contributions[:, order], best.profiles[order], best.q, best.steps, best.converged)
    return Factorised(ordered, found.q, found.expected)


def _drawn(samples: Samples, options: Mapping[str, Any], found: Factorised) -> Bootstrap:
    return bootstrapped(
        values=samples.values, errors=samples.errors, base=found.best, runs=options["bootstrap_runs"], block=options["block_h"], seed=options["seed"],
        most=options["bootstrap_steps"],
    )  # fmt: skip


def _suggested(solutions: list[Solution]) -> int | None:
    """The most factors that all come back in 80 % of the bootstrap runs; None where no number does."""
    return max((one.count for one in solutions if one.boot.stable.all()), default=None)


def _written(case: Mapping[str, Any], samples: Samples, one: Solution) -> dict[str, Any]:
    best = one.found.best
    scaled = (samples.values - best.contributions @ best.profiles) / samples.errors
    total = float(best.contributions.sum())
    return {
        "factors": one.count, "q": _number(best.q), "expected": _number(one.found.expected), "ratio": _number(best.q / one.found.expected),
        "q_starts": _plain(np.sort(one.found.q)), "spread": _number(one.found.spread), "converged": bool(best.converged), "steps": best.steps,
        "near_best": int((one.found.q <= 1.01 * best.q).sum()), "unmapped": one.boot.unmapped,
        "parts": [
            {
                "share": _number(best.contributions[:, k].sum() / total), "mean": _number(best.contributions[:, k].mean()),
                "mapped": _number(one.boot.mapped[k]), "stable": bool(one.boot.stable[k]), "profile": _plain(best.profiles[k]),
                "boot_low": _plain(one.boot.low[k]), "boot_high": _plain(one.boot.high[k]),
                "moved_low": _plain(one.moved.low[0, k]), "moved_high": _plain(one.moved.high[0, k]),
                "winds": [_wind(case, samples, station, best.contributions[:, k]) for station in range(len(case["stations"]))],
            }
            for k in range(one.count)
        ],
        "series": [_series(samples, station, best.contributions) for station in range(len(case["stations"]))],
        "residuals": _residuals(samples, scaled, best.contributions @ best.profiles), "worst": _worst(case, samples, scaled),
        "matches": matches_of(case=case, codes=samples.codes, factors=best.profiles),
        "doubts": doubts_of(case=case, samples=samples, found=one.found, boot=one.boot, moved=one.moved, scaled=scaled),
    }  # fmt: skip


def _series(samples: Samples, station: int, contributions: Floats) -> list[list[float | None]]:
    """Contribution of each factor at one station by hour [ug/m3]; None where the hour is no sample."""
    own = samples.station == station
    found = np.full((contributions.shape[1], samples.hours), np.nan)
    found[:, samples.hour[own]] = contributions[own].T
    return [_plain(row, 4) for row in found]


def _wind(case: Mapping[str, Any], samples: Samples, station: int, contribution: Floats) -> dict[str, Any] | None:
    """With which wind a factor is high at a station, and how much it brings by sector; None where nobody measured the wind."""
    wind = case["stations"][station]["wind"]
    if wind is None:
        return None
    own, value = samples.station == station, np.full(samples.hours, np.nan)
    value[samples.hour[own]] = contribution[own]
    speed, bearing = (
        np.array([np.nan if v is None else v for v in wind[key]], dtype=float) for key in ("speed_m_s", "from_deg")
    )
    found = conditional(
        direction=bearing, speed=speed, value=value, percentile=case["options"]["high_percentile"], sectors=SECTORS, calm_below=CALM
    )  # fmt: skip
    if not found.sectors:
        return None
    petals = pollution_rose(
        direction=bearing, value=value, edges=(), sectors=SECTORS, speed=speed, calm_below=CALM,
        seed=case["options"]["seed"],
    )  # fmt: skip
    return {
        "threshold": _number(found.threshold), "overall": _number(found.overall), "hours": found.hours,
        "sectors": [
            {
                "direction": s.direction, "hours": s.hours, "share": _number(s.share), "low": _number(s.low), "high": _number(s.high), "enough": s.enough,
                "mean": _number(p.mean), "mean_low": _number(p.mean_low), "mean_high": _number(p.mean_high),
            }
            for s, p in zip(found.sectors, petals, strict=True)
        ],
    }  # fmt: skip


def _residuals(samples: Samples, scaled: Floats, model: Floats) -> list[dict[str, Any]]:
    """By substance: how well it is explained and how often it is missed by more than three uncertainties."""
    rows = []
    for j, code in enumerate(samples.codes):
        spread = float(samples.values[:, j].std() * model[:, j].std())
        alike = float(np.corrcoef(samples.values[:, j], model[:, j])[0, 1]) if spread > 0 else float("nan")
        rows.append({
            "code": code, "r2": _number(alike**2), "mean": _number(scaled[:, j].mean()), "sd": _number(scaled[:, j].std()),
            "large": _number((np.abs(scaled[:, j]) > LARGE).mean()), "q_share": _number((scaled[:, j] ** 2).sum() / (scaled**2).sum()),
        })  # fmt: skip
    return rows


def _worst(case: Mapping[str, Any], samples: Samples, scaled: Floats) -> list[dict[str, Any]]:
    """Single values that fit worst, at most one of an hour."""
    column = np.argmax(np.abs(scaled), axis=1)
    size = np.abs(scaled)[np.arange(len(scaled)), column]
    return [
        {
            "station": case["stations"][samples.station[row]]["id"], "hour": int(samples.hour[row]), "code": samples.codes[column[row]],
            "value": _number(samples.values[row, column[row]]), "error": _number(samples.errors[row, column[row]]),
            "scaled": _number(scaled[row, column[row]]),
        }
        for row in np.argsort(-size, kind="stable")[:WORST]
        if size[row] > LARGE
    ]  # fmt: skip


def _number(value: float, digits: int = 6) -> float | None:
    return float(f"{float(value):.{digits}g}") if np.isfinite(value) else None


def _plain(values: Floats, digits: int = 5) -> list[float | None]:
    return [_number(float(v), digits) for v in values]
