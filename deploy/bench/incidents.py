"""Injections into a network, simulated with EPANET: known node, start, duration and rate, readings with noise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deploy.hydraulics import epanet

FLOOR, RELATIVE = 2e-6, 0.05  # of the readings: kg/m3, and a share
HEARD = 5e-5  # kg/m3 that some sensor must reach; an injection nobody sees is no question


@dataclass(frozen=True, slots=True)
class Incident:
    node: str
    start: float  # [s]
    duration: float  # [s]
    rate: float  # [kg/s]
    values: NDArray[np.float64]  # shape (sensors, readings)


def fresh(
    *, path: Path, sensors: Sequence[str], count: int, seed: int, demand_error: float, say: Callable[[str], None],
    hours: int = 48, interval: int = 600,
) -> list[Incident]:  # fmt: skip
    """Incidents that some sensor sees.

    Args:
        demand_error: deviation of the logarithm of every junction's demand, drawn anew for each incident, so that the hydraulics
            are not those the library was made of.
    """
    rng = np.random.default_rng(seed)
    found: list[Incident] = []
    while len(found) < count:
        with epanet.opened(path=path, say=say) as network:
            places = network.junctions()
            if demand_error:
                for place in places.values():
                    network.scale_demand(place=place, factor=float(np.exp(demand_error * rng.standard_normal())))
            network.solve(hours=hours, interval=interval)
            node = str(rng.choice(list(places)))
            first, steps = int(rng.integers(1, 25)), int(rng.integers(1, 9))
            rate = float(np.exp(rng.uniform(np.log(2e-4), np.log(2e-3))))
            rows = network.released(
                place=places[node], first=first, steps=steps, rate=rate, sensors=[network.place(node=s) for s in sensors],
                hours=hours, interval=interval,
            )  # fmt: skip
        clean = np.array(rows).T
        if clean.max() < HEARD:
            continue
        noisy = clean * np.exp(RELATIVE * rng.standard_normal(clean.shape)) + FLOOR * rng.standard_normal(clean.shape)
        found.append(Incident(node, first * 3600.0, steps * 3600.0, rate, np.maximum(noisy, 0.0)))
    return found
