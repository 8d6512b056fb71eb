"""Measured data: the SO2 releases of Prairie Grass 1956 and hours at Marylebone Road. Skipped where they are not at hand."""

from pathlib import Path

import numpy as np
import pytest

from monitoring.tracing.domain.physics.dispersion import Scheme
from monitoring.tracing.domain.physics.plume import concentration
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


@needs_data
def test_prairie_grass_arc_maxima_lie_within_a_factor_of_two() -> None:
    # tracing notes 7: Briggs rural, class from L: 83 % of arc maxima within a factor of two.
    known, ratios = runs(), []
    for run, radius, rate, height, samples in arcs():
        if run not in known or not len(samples) or samples[:, 1].max() <= 0:
            continue
        stability = float(from_obukhov(inverse_length=known[run]["inverse"]))
        model = concentration(
            x=radius,
            y=0.0,
            receptor=1.5,
            height=height,
            speed=known[run]["speed"],
            stability=stability,
            scheme=Scheme.RURAL,
        )
        ratios.append(float(model) * rate * 1e3 / samples[:, 1].max())

    assert len(ratios) > 200
    within = np.mean([0.5 <= r <= 2 for r in ratios])
    print(f"{len(ratios)} arcs, {within:.3f} within a factor of two")
    assert within >= 0.80
