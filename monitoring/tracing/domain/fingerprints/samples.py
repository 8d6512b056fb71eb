"""A frozen wish for factors as arrays: hours of several substances at one or more stations, with the uncertainty of every value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.fingerprints.factors import uncertainty
from parks.catalogue.domain.errors import Invalid

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
FORMAT, METHOD = "tongjian-fingerprints/1", "LS-NMF"
HOUR = timedelta(hours=1)
DROP, MEDIAN = "DROP", "MEDIAN"  # what becomes of an hour that lacks a substance
LEAST_SUBSTANCES, MOST_FACTORS = 3, 8
MOST_SAMPLES = 2500  # hours x stations; one station for ninety-two days, and some minutes of a worker
HALF = 0.5  # of the substances, that an hour must hold to be filled
A_SECOND = 2e8  # samples x substances x factors x steps that a slow core does; measured on the demonstration park
MOST_MINUTES = 5  # of computing, a third of the time after which a silent worker counts as dead
FILLED = 4.0  # medians that a filled value is uncertain by. Source: EPA PMF 5.0 user guide, from memory


class BadFingerprints(Invalid):
    """Substances, limits or options do not make a factorisation."""

    code = "tracing.fingerprints"


class TooFewSamples(BadFingerprints):
    """Too few hours hold all substances."""

    code = "tracing.fingerprint_samples"


class TooManySamples(BadFingerprints):
    """More hours than a worker takes at once."""

    code = "tracing.fingerprint_many"


class TooMuchWork(BadFingerprints):
    """Starts, bootstrap runs, factors and samples together keep a worker longer than it may be silent."""

    code = "tracing.fingerprint_work"


class TooFewSubstances(BadFingerprints):
    """Fewer substances than three, or not more of them than factors."""

    code = "tracing.fingerprint_substances"


class NoLimit(BadFingerprints):
    """A substance has no detection limit or no error fraction, or nobody says where they come from."""

    code = "tracing.fingerprint_limit"


@dataclass(frozen=True, slots=True)
class Weighed:
    """Hours of one station, ready to be factorised; shape (hours, substances) [ug/m3]."""

    values: Floats  # medians where filled, NaN elsewhere where nothing was measured
    errors: Floats  # NaN where `values` is
    used: Flags  # shape (hours,): the hour is a sample


@dataclass(frozen=True, slots=True)
class Samples:
    """All samples of a case, stations one after the other, hours in order."""

    codes: tuple[str, ...]
    values: Floats  # shape (samples, substances) [ug/m3]
    errors: Floats
    station: NDArray[np.intp]  # number of the station of each sample
    hour: NDArray[np.intp]  # number of its hour in the period
    start: datetime
    hours: int  # in the period


@dataclass(frozen=True, slots=True)
class Seen:
    """What there is of one substance in a period, before anybody decides."""

    hours: int  # measured and valid
    missing: int
    below: int | None  # the detection limit; None while nobody has said it
    signal: (
        float | None
    )  # mean of (x - u) / u where above zero, as EPA PMF 5.0 reckons signal to noise; below 1 is weak


def least_samples(*, substances: int, factors: int = 1) -> int:
    """Samples below which factors are not to be had: 30 + (V + 3) / 2, and more values than numbers that are fitted.

    Source: Henry (1991), as EPA cites it, from memory; the second bar keeps the expected Q above zero.
    """
    fitted = factors * substances / (substances - factors) if factors < substances else 0
    return max(int(np.ceil(30 + (substances + 3) / 2)), int(fitted) + 1)


def weighed(*, values: Floats, limits: Floats, fractions: Floats, missing: str) -> Weighed:
    """Uncertainties by the rule of EPA PMF 5.0, and which hours count.

    Args:
        values: shape (hours, substances) [ug/m3], NaN where missing; limits: detection limits [ug/m3]; fractions: of the value.
        missing: DROP leaves an hour out that lacks a substance; MEDIAN fills it with the median, uncertain by four medians, where
            at least half of the substances were measured.

    Special cases: a value below the limit stays as it was measured and is uncertain by 5/6 of the limit; a negative one counts as zero.
    """
    known = np.isfinite(values)
    measured = np.where(known, np.maximum(values, 0.0), 0.0)
    errors = np.where(known, uncertainty(value=measured, fraction=fractions[None, :], limit=limits[None, :]), np.nan)  # type: ignore[arg-type]
    kept = np.where(known, measured, np.nan)
    if missing == DROP or not known.any(axis=0).all():
        return Weighed(kept, errors, np.asarray(known.all(axis=1)))
    middle = np.nanmedian(kept, axis=0)
    # A median of zero would say that a value nobody measured is known exactly.
    doubt = FILLED * np.maximum(middle, limits / 2)
    return Weighed(
        np.where(known, kept, middle), np.where(known, errors, doubt), np.asarray(known.mean(axis=1) >= HALF)
    )


def seen(*, values: Floats, limit: float | None, fraction: float | None) -> Seen:
    """What there is of one substance; `values` of shape (hours,), NaN where missing."""
    there = np.maximum(values[np.isfinite(values)], 0.0)
    count = len(there)
    if limit is None or fraction is None or not count:
        return Seen(count, len(values) - count, None, None)
    doubt = uncertainty(value=there, fraction=fraction, limit=np.full(count, limit))
    return Seen(
        count, len(values) - count, int((there <= limit).sum()), float(np.mean(np.maximum((there - doubt) / doubt, 0)))
    )


def samples_of(*, case: Mapping[str, Any]) -> Samples:
    """Arrays of a case.

    Raises:
        TooFewSubstances, TooFewSamples, TooManySamples, TooMuchWork, NoLimit.
    """
    codes = tuple(one["code"] for one in case["species"])
    _checked(case, codes)
    parts = [_station(one, codes) for one in case["stations"]]
    used = [np.asarray(one["used"], dtype=np.bool_) for one in case["stations"]]
    count = int(sum(one.sum() for one in used))
    least = least_samples(substances=len(codes), factors=case["options"]["most_factors"])
    if count < least:
        raise TooFewSamples(samples=count, least=least)
    if count > MOST_SAMPLES:
        raise TooManySamples(samples=count, most=MOST_SAMPLES)
    minutes = count * len(codes) * _steps(case["options"]) / A_SECOND / 60
    if minutes > MOST_MINUTES:
        raise TooMuchWork(minutes=f"{minutes:.0f}", most=MOST_MINUTES)
    return Samples(
        codes, np.concatenate([v[flag] for (v, _), flag in zip(parts, used, strict=True)]),
        np.concatenate([e[flag] for (_, e), flag in zip(parts, used, strict=True)]),
        np.concatenate([np.full(int(flag.sum()), n, dtype=np.intp) for n, flag in enumerate(used)]),
        np.concatenate([np.flatnonzero(flag) for flag in used]), datetime.fromisoformat(case["start"]), len(used[0]),
    )  # fmt: skip


def _steps(options: Mapping[str, Any]) -> float:
    """Steps of all starts and bootstrap runs at most, each as often as it has factors."""
    factors = sum(range(options["least_factors"], options["most_factors"] + 1))
    each = options["starts"] * options["most_steps"] + options["bootstrap_runs"] * options["bootstrap_steps"]
    return float(factors * each)


def _checked(case: Mapping[str, Any], codes: Sequence[str]) -> None:
    least, most = case["options"]["least_factors"], case["options"]["most_factors"]
    if len(codes) < LEAST_SUBSTANCES or most >= len(codes):
        raise TooFewSubstances(substances=len(codes), factors=most)
    if not 1 <= least <= most <= MOST_FACTORS:
        raise BadFingerprints(least=least, most=most)
    for one in case["species"]:
        if not (one["limit_ug_m3"] > 0 and 0 <= one["fraction"] <= 1):
            raise NoLimit(substance=one["name"])
    if not case["errors_source"]:
        raise NoLimit(substance="")


def _station(one: Mapping[str, Any], codes: Sequence[str]) -> tuple[Floats, Floats]:
    found = [
        np.array([[np.nan if v is None else v for v in one[key][code]] for code in codes], dtype=float).T
        for key in ("ug_m3", "uncertainty_ug_m3")
    ]
    return found[0], found[1]
