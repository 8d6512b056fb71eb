"""One place as the single source more: its evidence is the integral that it stands for, and a plume that missed a station does not hide it."""

import numpy as np
import pytest
from scipy.integrate import quad

from monitoring.tracing.domain.inference.single import FLOOR, Rows, log_evidence


def rows_of(excess: list[float], *, other: float = 0.0, power: float = 0.5) -> Rows:
    count = len(excess)
    return Rows(
        np.arange(count), np.array(excess), np.full(count, other), np.full(count, 2.0), np.ones(count), power, scale=5.0, kappa=0.4
    )  # fmt: skip


def by_quadrature(rows: Rows, column: list[float]) -> float:
    """Student's with four degrees of freedom, squared scale of noise and of the model's error, times a half-normal prior."""

    def likelihood(rate: float) -> float:
        model = rows.other + rate * np.array(column)
        square = rows.noise**2 + (rows.kappa**2 + FLOOR**2) * model**2
        misfit = (rows.excess - model) ** 2
        return float((-0.5 * np.log(square) - 2.5 * np.log1p(misfit / square / 4)).sum())

    nothing = likelihood(0.0)

    def density(rate: float) -> float:
        prior = np.sqrt(2 / np.pi) / rows.scale * np.exp(-0.5 * (rate / rows.scale) ** 2)
        return float(np.exp(rows.power * (likelihood(rate) - nothing)) * prior)

    points = np.geomspace(1e-4, 50.0, 40)
    return float(np.log(sum(quad(density, a, b)[0] for a, b in zip([0.0, *points], points, strict=False))))


@pytest.mark.parametrize(
    ("excess", "column", "other"),
    [
        ([60.0, 45.0, 1.0, -2.0, 30.0], [20.0, 16.0, 0.0, 0.1, 9.0], 0.0),
        ([60.0, 45.0, 41.0, 38.0, 30.0], [20.0, 16.0, 0.0, 0.1, 9.0], 40.0),
        ([9.0, 4.0, 2.0, 6.0, 5.0], [2.0, 1.0, 0.5, 1.5, 1.0], 0.0),
    ],
)
def test_evidence_is_the_integral_over_the_rate(excess: list[float], column: list[float], other: float) -> None:
    rows = rows_of(excess, other=other)

    found = log_evidence(matrix=np.array([column]), rows=rows)

    assert found[0] == pytest.approx(by_quadrature(rows, column), abs=0.15)


def test_what_nothing_speaks_for_is_less_likely_than_nothing() -> None:
    rows = rows_of([0.5, -1.0, 2.0, -2.0])

    assert log_evidence(matrix=np.full((1, 4), 50.0), rows=rows)[0] < -1.0


def test_a_plume_that_missed_a_station_does_not_hide_the_place_that_explains_the_rest() -> None:
    """The narrow plume should have read 400 at one station that read 40; by the reading's own error that outweighed everything."""
    excess = [40.0, 30.0, 25.0, 35.0, 28.0, 0.0, 0.0]
    true = [80.0, 6.0, 5.0, 7.0, 6.0, 0.1, 0.0]
    false = [8.0, 0.0, 0.0, 0.0, 0.0, 0.0, 9.0]

    found = log_evidence(matrix=np.array([true, false]), rows=rows_of(excess))

    assert found[0] > found[1] + 5.0


def test_units_and_shapes_are_those_of_the_matrix() -> None:
    rows = rows_of([60.0, 45.0, 1.0])
    matrix = np.array([[[20.0, 16.0, 0.0], [1.0, 2.0, 3.0]], [[5.0, 5.0, 5.0], [0.0, 0.0, 1.0]]])

    found = log_evidence(matrix=(matrix / 0.01).astype(np.float16), rows=rows, unit=0.01)

    assert found.shape == (2, 2)
    assert found == pytest.approx(log_evidence(matrix=matrix, rows=rows), abs=0.05)
