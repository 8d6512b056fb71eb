"""A spill in a river by particles: they drift with a parabolic flow and wander across it. No formula of the inversion is used."""

from typing import Any

import numpy as np

SPEED, WIDTH, DEPTH, ACROSS = 0.5, 30.0, 1.5, 0.3  # [m/s], [m], [m], transverse mixing [m2/s]
KG, SPILL_M, SPILL_S = 50.0, 1200.0, 1500.0  # mass, place and start of the spill, after the first reading
STATIONS = {"A": 3000.0, "B": 4200.0}
EVERY_S, COUNT, FLOOR = 120.0, 100, 0.05  # readings, and what they waver by without the substance [mg/L]


def river_case(*, seed: int = 5, particles: int = 30_000, stations: tuple[str, ...] = ("A", "B"), kg: float = KG) -> dict[str, Any]:  # fmt: skip
    """Readings of a sudden spill at (1200 m, 25 minutes after the first reading), five percent and the floor of noise."""
    rng = np.random.default_rng(seed)
    where = passing(rng, particles)
    flow = SPEED * WIDTH * DEPTH
    rows = []
    for name in stations:
        arrived, _ = np.histogram(where[name] + SPILL_S, bins=EVERY_S * (np.arange(COUNT + 1) - 0.5))
        clean = (
            1e3 * kg / particles * arrived / (flow * EVERY_S)
        )  # mass through the section over the water through it [mg/L]
        read = 0.2 + clean * (1 + 0.05 * rng.standard_normal(COUNT)) + FLOOR * rng.standard_normal(COUNT)
        rows.append({
            "id": name, "position_m": STATIONS[name], "start": "2026-06-01T08:00:00+08:00", "interval_s": EVERY_S, "noise_floor_mg_l": FLOOR,
            "background_mg_l": 0.2, "values_mg_l": [round(max(float(v), 0.0), 3) for v in read],
        })  # fmt: skip
    return {
        "format": "tongjian-trace-river/1", "title": "two stations on a reach", "substance": "w23002",
        "note": "Made by particles in a parabolic flow; the truth stands in README.md.",
        "river": {"speed_m_s": {"low": 0.4, "high": 0.62}, "dispersion_m2_s": {"low": 1.5, "high": 15.0}, "flow_m3_s": {"low": 19.0, "high": 26.0}},
        "stations": rows, "search": {"from_m": 0.0, "earliest": "2026-06-01T06:30:00+08:00", "latest": "2026-06-01T09:30:00+08:00"},
        "outfalls": [{"id": "DW-1", "position_m": 400.0}, {"id": "DW-2", "position_m": 1200.0}, {"id": "DW-3", "position_m": 2200.0}],
    }  # fmt: skip


def passing(rng: Any, particles: int, step: float = 10.0) -> dict[str, Any]:
    """Seconds after the spill at which each particle passes each station."""
    along, across = np.full(particles, SPILL_M), rng.uniform(0, WIDTH, particles)
    found = {name: np.full(particles, np.inf) for name in STATIONS}
    for number in range(1, 1400):
        across = np.abs(across + np.sqrt(2 * ACROSS * step) * rng.standard_normal(particles))
        across = np.where(across > WIDTH, 2 * WIDTH - across, across)
        before = along
        along = along + step * 1.5 * SPEED * (1 - (2 * across / WIDTH - 1) ** 2)
        for name, place in STATIONS.items():
            now = (before < place) & (along >= place)
            found[name][now] = step * (number - 1 + (place - before[now]) / (along[now] - before[now]))
    return found
