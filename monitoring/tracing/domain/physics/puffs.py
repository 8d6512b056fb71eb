"""Puffs for low or veering wind and for starts and stops: what a train of puffs leaves at receptors, minute by minute."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from monitoring.tracing.domain.physics.dispersion import Scheme, sigmas
from monitoring.tracing.domain.physics.wind import along, turned

Floats = NDArray[np.float64]

LEAST_SPREAD = 0.4  # sigma_v in nearly still air [m/s]
SLOW = 1.0  # [m/s]; below it puffs widen by time and not by distance
PLUME_FROM = 1.5  # [m/s]
VEERING = 20.0  # [deg] over a travel time


def where_puffs(*, speed: ArrayLike, from_deg: ArrayLike, reach: float, minutes: float = 1.0) -> NDArray[np.bool_]:
    """Minutes that need puffs.

    Args:
        speed: [m/s], shape (t,); from_deg: [deg], shape (t,); reach: distance to the sensors [m]; minutes: step of the series.

    Returns:
        True where the wind is under 1.5 m/s or turned by more than 20 deg while air crosses `reach`, shape (t,).
    """
    u, bearing = np.asarray(speed, dtype=float), np.asarray(from_deg, dtype=float)
    steps = np.clip(np.rint(reach / np.maximum(u, 0.3) / 60.0 / minutes).astype(int), 1, None)
    before = np.maximum(np.arange(len(u)) - steps, 0)
    # Smoothed, because the jitter of single minutes is what the curves' averaging time already holds.
    to_east, to_north = along(from_deg=bearing)
    kernel = np.ones(5) / 5
    smooth = [np.convolve(np.pad(v, 2, mode="edge"), kernel, mode="valid") for v in (to_east, to_north)]
    calm = np.degrees(np.arctan2(-smooth[0], -smooth[1]))
    return (u < PLUME_FROM) | (np.abs(turned(one=calm, other=calm[before])) > VEERING)


def responses(
    *, sources: ArrayLike, receptors: ArrayLike, speed: ArrayLike, from_deg: ArrayLike, stability: ArrayLike,
    scheme: Scheme, wanted: ArrayLike, step: float = 60.0, puff_step: float = 20.0, life: float = 1800.0,
    released: ArrayLike | None = None,
) -> Floats:  # fmt: skip
    """Concentration over rate of continuous or limited releases [s/m3].

    Args:
        sources: east, north, effective height [m], shape (k, 3); receptors: the same of sensors, shape (s, 3).
        speed, from_deg, stability: minute series, shape (t,); one wind for the whole site.
        scheme: curves; wanted: minutes to compute, shape (w,), indices into the series.
        step: of the series [s]; puff_step: between puffs [s]; life: age at which a puff is forgotten [s].
        released: whether each step of the series releases, shape (t,); always when absent.

    Returns:
        Shape (w, k, s). Before the first minute the wind is taken as that of the first.

    Source: HJ 2.2-1993 puff formula; widths by travelled distance, by time below 1 m/s.
    """
    u, bearing, classes = (np.asarray(v, dtype=float) for v in (speed, from_deg, stability))
    sources, receptors = np.asarray(sources, dtype=float), np.asarray(receptors, dtype=float)
    minutes = np.asarray(wanted, dtype=int)
    ages: Floats = np.asarray(np.arange(puff_step / 2, life, puff_step), dtype=np.float64)
    east, north, travelled, born = drift(speed=u, from_deg=bearing, minutes=minutes, ages=ages, step=step)
    on = np.ones(len(u)) if released is None else np.asarray(released, dtype=float)
    on = np.where(born >= 0, on[np.clip(born, 0, None)], 1.0 if released is None else 0.0)
    apart = receptors[None, :, :2] - sources[:, None, :2]
    found = np.empty((len(minutes), len(sources), len(receptors)))
    for w, minute in enumerate(minutes):
        sy, sz = _widths(travelled=travelled[w], ages=ages, stability=float(classes[minute]), scheme=scheme)
        squared = (apart[..., 0, None] - east[w]) ** 2 + (apart[..., 1, None] - north[w]) ** 2
        axis, z = sources[:, 2][:, None, None], receptors[:, 2][None, :, None]
        upward = np.exp(-((z - axis) ** 2) / (2 * sz**2)) + np.exp(-((z + axis) ** 2) / (2 * sz**2))
        weight = on[w] * puff_step / ((2 * np.pi) ** 1.5 * sy**2 * sz)
        found[w] = np.sum(weight * np.exp(-squared / (2 * sy**2)) * upward, axis=-1)
    return found


def drift(
    *, speed: Floats, from_deg: Floats, minutes: NDArray[np.int_], ages: Floats, step: float
) -> tuple[Floats, Floats, Floats, NDArray[np.int_]]:  # fmt: skip
    """Displacement and travelled way [m], and step of birth, of puffs by minute and age; each of shape (w, ages)."""
    to_east, to_north = along(from_deg=from_deg)
    knots = np.arange(len(speed) + 1) * step
    ways = [
        np.concatenate([[0.0], np.cumsum(v * step)])
        for v in (speed * to_east, speed * to_north, np.maximum(speed, 0.3))
    ]
    seen: Floats = np.asarray((minutes[:, None] + 0.5) * step)
    birth: Floats = seen - ages[None, :]

    def at(way: Floats, when: Floats, first: float) -> Floats:
        return np.interp(when, knots, way) + np.minimum(when, 0.0) * first

    first = (speed[0] * to_east[0], speed[0] * to_north[0], max(speed[0], 0.3))
    gone = [at(way, seen, f) - at(way, birth, f) for way, f in zip(ways, first, strict=True)]
    return gone[0], gone[1], gone[2], np.floor(birth / step).astype(int)


def _widths(*, travelled: Floats, ages: Floats, stability: float, scheme: Scheme) -> tuple[Floats, Floats]:
    sy, sz = sigmas(x=travelled, stability=stability, scheme=scheme)
    slow = travelled / ages < SLOW
    return np.where(slow, np.maximum(sy, LEAST_SPREAD * ages), sy), sz
