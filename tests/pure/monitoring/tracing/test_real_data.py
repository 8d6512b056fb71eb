"""Measured data: the SO2 releases of Prairie Grass 1956 and hours at Marylebone Road. Skipped where they are not at hand."""

from pathlib import Path

import numpy as np
import pytest

from monitoring.tracing.domain.physics.dispersion import Scheme, sigmas
from monitoring.tracing.domain.physics.plume import concentration, vertical
from monitoring.tracing.domain.physics.stability import from_obukhov

ROOTS = [Path(__file__).resolve().parents[4].parent / "shared/data/tracing"]
DATA = next((root for root in ROOTS if root.is_dir()), None)
needs_data = pytest.mark.skipif(DATA is None, reason="the measured data of source tracing are not at hand")


def runs() -> dict[int, dict[str, float]]:
    found = {}
    for line in (DATA / "prairie_grass1956/modelParamList.txt").read_text().splitlines():
        parts = line.replace("\t", " ").split()
        if len(parts) == 10:
            found[int(parts[0])] = {"inverse": 1 / float(parts[1]), "speed": float(parts[9])}
    return found


def arcs() -> list[tuple[int, float, float, float, np.ndarray]]:
    """Run, radius [m], rate [g/s], release height [m], rows of azimuth and concentration [mg/m3]."""
    found, lines = [], (DATA / "prairie_grass1956/PGARCS.txt").read_text().splitlines()
    place = 0
    while place + 1 < len(lines):
        head = lines[place].split(",")
        if len(head) < 5:
            place += 1
            continue
        numbers = [part.strip() for part in lines[place + 1].split(",")]
        count = int(numbers[0])
        rows = [line.split() for line in lines[place + 2 : place + 2 + count]]
        samples = np.array([(float(r[0]), float(r[3])) for r in rows if len(r) == 4])
        found.append((int(head[0]), float(head[4]), float(numbers[7]), float(numbers[8]), samples))
        place += 2 + count
    return found


def modelled() -> list[tuple[int, int, float, float]]:
    """Run, radius [m], modelled over measured arc maximum, and the same of the crosswind integral; Briggs rural, class from L."""
    known, found = runs(), []
    for run, radius, rate, height, samples in arcs():
        if run not in known or len(samples) < 5 or samples[:, 1].max() <= 0:
            continue
        stability, speed = float(from_obukhov(inverse_length=known[run]["inverse"])), known[run]["speed"]
        peak = concentration(
            x=radius, y=0.0, receptor=1.5, height=height, speed=speed, stability=stability, scheme=Scheme.RURAL
        )
        upward = float(sigmas(x=radius, stability=stability, scheme=Scheme.RURAL)[1])
        across = float(vertical(sigma_z=upward, height=height, receptor=1.5)) / (np.sqrt(2 * np.pi) * speed * upward)
        angle = np.unwrap(np.radians(samples[:, 0]))
        order = np.argsort(angle)
        measured = float(np.trapezoid(samples[order, 1], angle[order] * radius))
        if measured > 0:
            found.append(
                (run, round(radius), float(peak) * rate * 1e3 / samples[:, 1].max(), across * rate * 1e3 / measured)
            )
    return found


def within_two(ratios: np.ndarray) -> float:
    return float(np.mean((ratios >= 0.5) & (ratios <= 2)))


@needs_data
def test_prairie_grass_is_met_as_well_as_a_plain_plume_can() -> None:
    # tracing notes 7: 83 % of arc maxima within a factor of two (91, 92, 89, 81, 60 % at 50 to 800 m), 90 % of crosswind integrals,
    # 92 % of rates from all arcs of a run, with a standard deviation of ln(rate) of 0.32.
    rows = np.array(modelled())

    assert len(rows) > 250
    assert within_two(rows[:, 2]) >= 0.82
    for radius, share in ((50, 0.91), (100, 0.92), (200, 0.89), (400, 0.81), (800, 0.60)):
        assert within_two(rows[rows[:, 1] == radius, 2]) == pytest.approx(share, abs=0.02)
    assert within_two(rows[:, 3]) >= 0.90
    rates = np.array([np.exp(-np.median(np.log(rows[rows[:, 0] == run, 3]))) for run in np.unique(rows[:, 0])])
    print(f"{len(rates)} runs, {within_two(rates):.3f} within a factor of two, sd of ln {np.log(rates).std():.3f}")
    assert within_two(rates) >= 0.92
    assert np.log(rates).std() <= 0.32
