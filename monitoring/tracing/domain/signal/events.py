"""When something passed: CUSUM by sensor, hysteresis, and control of false alarms over sensors and substances."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Floats = NDArray[np.float64]

SLACK, ALARM = 0.5, 5.0
CALM = 1.0
OVER_AFTER, MERGE, SHORTEST = 10.0, 30.0, 5.0  # [min]
FALSE_RATE = 0.01


@dataclass(frozen=True, slots=True)
class Event:
    """A window above the background at one sensor; minutes of the series, end excluded."""

    sensor: int
    start: int
    end: int
    peak: float  # largest robust deviation
    p_value: float


def detected(*, deviations: Floats, minutes: float = 1.0, false_rate: float = FALSE_RATE) -> tuple[Event, ...]:
    """Events of all sensors of one substance, by start.

    Args:
        deviations: (reading - background) over robust noise, shape (t, sensors), NaN where missing.
        minutes: between readings; false_rate: expected share of false ones among the events, Benjamini-Hochberg.
    """
    found: list[Event] = []
    for sensor, series in enumerate(deviations.T):
        for start, end in windows(series=series, minutes=minutes):
            inside = series[start:end][np.isfinite(series[start:end])]
            # The best of all windows of that length, by Bonferroni; noise alone passes this once in 1 / false_rate events.
            tries = max(len(series) / max(end - start, 1), 1.0)
            score = float(np.mean(inside) * np.sqrt(len(inside))) if len(inside) else 0.0
            found.append(
                Event(sensor, start, end, float(inside.max(initial=0.0)), min(float(ndtr(-score)) * tries, 1.0))
            )
    kept = _controlled([event.p_value for event in found], false_rate)
    return tuple(sorted((e for e, keep in zip(found, kept, strict=True) if keep), key=lambda e: (e.start, e.sensor)))


def windows(*, series: Floats, minutes: float) -> list[tuple[int, int]]:
    """Windows of one series: alarm by CUSUM, end when calm for ten minutes, merged over gaps under half an hour."""
    found: list[tuple[int, int]] = []
    total, begin, calm = 0.0, 0, 0.0
    start: int | None = None
    for t, z in enumerate(np.nan_to_num(series, nan=0.0)):
        if start is None:
            total = max(0.0, total + float(z) - SLACK)
            begin = t + 1 if total == 0 else begin
            if total > ALARM:
                start, calm = begin, 0.0
            continue
        calm = calm + minutes if z < CALM else 0.0
        if calm >= OVER_AFTER:
            found.append((start, t + 1 - round(calm / minutes)))
            start, total, begin = None, 0.0, t + 1
    if start is not None:
        found.append((start, len(series)))
    return _merged(found, minutes)


def _merged(windows: list[tuple[int, int]], minutes: float) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for start, end in windows:
        if found and (start - found[-1][1]) * minutes < MERGE:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return [(start, end) for start, end in found if (end - start) * minutes >= SHORTEST]


def _controlled(p_values: list[float], false_rate: float) -> list[bool]:
    """Benjamini-Hochberg."""
    if not p_values:
        return []
    ordered = np.sort(p_values)
    passed = ordered <= false_rate * np.arange(1, len(ordered) + 1) / len(ordered)
    limit = ordered[np.flatnonzero(passed)[-1]] if passed.any() else -1.0
    return [p <= limit for p in p_values]
