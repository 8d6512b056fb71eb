"""Readings that say nothing about the air: gaps, stuck values, spikes of one minute, deep negatives."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

STUCK_MINUTES = 30
SPIKE = 30.0  # robust deviations above both neighbours
DEEP = -6.0  # robust deviations below the sensor's low quantile


@dataclass(frozen=True, slots=True)
class Checked:
    """Which readings count, shape (t, sensors), and how many fell to which check, by name and sensor."""

    used: NDArray[np.bool_]
    fallen: dict[str, NDArray[np.int_]]
    noise: Floats  # standard deviation of one reading by sensor, unit of the readings


def noise_of(*, values: Floats) -> Floats:
    """Noise of single readings by sensor, from differences in its lower half, where no plume passes; shape (sensors,).

    Args:
        values: shape (t, sensors), NaN where missing.
    """
    found = np.zeros(values.shape[1])
    for sensor, series in enumerate(values.T):
        known = series[np.isfinite(series)]
        if len(known) < 8:
            continue
        steps, middle = np.diff(known), (known[1:] + known[:-1]) / 2
        quiet = steps[middle <= np.median(middle)]
        found[sensor] = 1.4826 * np.median(np.abs(quiet)) / np.sqrt(2)
    typical = float(np.median(found[found > 0])) if (found > 0).any() else 0.0
    floor = 1e-3 * float(np.nanquantile(np.abs(values), 0.9)) if np.isfinite(values).any() else 0.0
    return np.maximum(found, max(typical * 0.1, floor, 1e-15))


def checked(*, values: Floats, minutes: float = 1.0) -> Checked:
    """Judge the readings of one substance.

    Args:
        values: shape (t, sensors), NaN where missing; minutes: between readings.

    Special cases: a value that repeats at the sensor's own floor (zero, or a detection limit) is not stuck: zeros are evidence.
    """
    noise = noise_of(values=values)
    known = np.isfinite(values)
    reasons = {"stuck": stuck(values=values, minutes=minutes, noise=noise), "spike": spikes(values=values, noise=noise)}
    low = np.array([np.nanquantile(v, 0.1) if np.isfinite(v).any() else 0.0 for v in values.T])
    reasons["negative"] = known & (values < low + DEEP * noise) & (values < 0)
    used = known & ~np.logical_or.reduce(list(reasons.values()))
    fallen = {"missing": (~known).sum(axis=0)} | {name: mask.sum(axis=0) for name, mask in reasons.items()}
    return Checked(used, fallen, noise)


def stuck(*, values: Floats, minutes: float, noise: Floats) -> NDArray[np.bool_]:
    """Runs of one value for half an hour and more, above the sensor's floor."""
    least = max(int(np.ceil(STUCK_MINUTES / minutes)), 3)
    found = np.zeros(values.shape, dtype=bool)
    for sensor, series in enumerate(values.T):
        same = np.concatenate([[False], series[1:] == series[:-1]])
        begin = np.flatnonzero(~same)
        length = np.diff(np.append(begin, len(series)))
        known = series[np.isfinite(series)]
        floor = known.min() if len(known) else 0.0
        for first, count in zip(begin, length, strict=True):
            if count >= least and series[first] > floor + noise[sensor] + 1e-18:
                found[first : first + count, sensor] = True
        whole = (
            len(known) >= least
            and float(np.ptp(known)) == 0.0
            and floor > 0
            and bool((np.fmin.reduce(values, axis=0) < floor).any())
        )
        found[:, sensor] |= whole
    return found


def spikes(*, values: Floats, noise: Floats) -> NDArray[np.bool_]:
    """Single readings far above both neighbours, alone: what electronics do and a plume of a minute seldom does."""
    found = np.zeros(values.shape, dtype=bool)
    if len(values) < 3:
        return found
    lower = np.maximum(values[:-2], values[2:])
    # A station that sent nothing has no span.
    span = np.array([np.nanquantile(v, 0.99) if np.isfinite(v).any() else 0.0 for v in values.T])
    found[1:-1] = (values[1:-1] - lower > SPIKE * noise) & (values[1:-1] > 5 * span)
    return found
