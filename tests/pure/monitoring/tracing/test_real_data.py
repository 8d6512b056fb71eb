"""Measured data: the SO2 releases of Prairie Grass 1956 and hours at Marylebone Road. Skipped where they are not at hand."""

import csv
import gzip
import math
from pathlib import Path

import numpy as np
import pytest

from monitoring.tracing.domain.physics.dispersion import Scheme
from monitoring.tracing.domain.physics.plume import concentration
from monitoring.tracing.domain.physics.stability import from_obukhov
from monitoring.tracing.domain.receptor import conditional, nonparametric, wilson

ROOTS = [Path(__file__).resolve().parents[4].parent / "shared/data/tracing", Path("/work/shared/data/tracing")]
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


@pytest.fixture(scope="module")
def hours() -> dict[str, np.ndarray]:
    with gzip.open(DATA / "openair_mydata/mydata.csv.gz", "rt") as file:
        rows = list(csv.DictReader(file))

    def number(text: str) -> float:
        try:
            return float(text)
        except ValueError:
            return math.nan

    return {name: np.array([number(row[name]) for row in rows]) for name in ("ws", "wd", "so2", "nox")}


@needs_data
@pytest.mark.parametrize(("name", "sector", "share"), [("so2", 90.0, 0.252), ("nox", 240.0, 0.203)])
def test_conditional_probability_gives_the_check_values_of_openair(
    hours, name: str, sector: float, share: float
) -> None:
    best = conditional(from_deg=hours["wd"], speed=hours["ws"], values=hours[name])[0]

    assert best.sector == sector
    assert best.share == pytest.approx(share, abs=0.0015)
    assert best.low < best.share < best.high


@needs_data
def test_conditional_probability_by_speed_finds_the_check_cell(hours) -> None:
    best = conditional(from_deg=hours["wd"], speed=hours["ws"], values=hours["so2"], speeds=(0, 2, 4, 6, 8, 10, 30))[0]

    assert (best.sector, best.speed, best.hours) == (90.0, (4, 6), 1055)
    assert best.share == pytest.approx(0.316, abs=0.0015)


def test_regression_across_north_and_wilson_band() -> None:
    bearing = np.array([355.0, 5.0] * 50)
    surface = nonparametric(
        from_deg=bearing,
        speed=np.full(100, 3.0),
        values=np.where(bearing > 180, 2.0, 4.0),
        directions=np.array([0.0, 90.0]),
        speeds=np.array([3.0]),
    )
    assert surface[0, 0] == pytest.approx(3.0)
    assert np.isnan(surface[1, 0])
    # Newcombe 1998, table I: 15 of 148 at 95 %.
    assert wilson(hits=15, count=148, z=1.959964) == pytest.approx((0.0624, 0.1605), abs=5e-4)
