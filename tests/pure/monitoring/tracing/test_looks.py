"""First looks at many points: against the exact columns, and that exchanges find points that a greedy choice passes by."""

import numpy as np
import pytest
from scipy.optimize import nnls

from monitoring.tracing.domain.forward.columns import blocks_of, columns
from monitoring.tracing.domain.forward.looks import UNIT, looks
from monitoring.tracing.domain.forward.scene import Physics, Sources, Weather, point_sensors, point_sources
from monitoring.tracing.domain.inference import scan
from monitoring.tracing.domain.inference.finding import Verdict
from monitoring.tracing.domain.inference.judging import Grounds, judged

MINUTES = 240


def site(count: int) -> Sources:
    rng = np.random.default_rng(11)
    return point_sources(places=np.column_stack([rng.uniform(0, 900, (count, 2)), rng.uniform(2, 15, count)]))


def fence() -> np.ndarray:
    around = np.arange(8) * np.pi / 4
    return np.column_stack(
        [450 + 550 * np.sin(around), 450 + 550 * np.cos(around), np.where(np.arange(8) % 2, 3.0, 6.0)]
    )


def weather(speed: float) -> Weather:
    rng = np.random.default_rng(12)
    turning = 200 + 0.2 * np.arange(MINUTES) + rng.normal(0, 4, MINUTES)
    return Weather(np.full(MINUTES, speed), turning % 360, np.full(MINUTES, 3.0), np.ones(MINUTES, dtype=bool))


@pytest.mark.parametrize("speed", [0.9, 3.0])
@pytest.mark.parametrize("offset", [0.0, 8.0])
def test_a_first_look_is_the_exact_column_in_puffs_and_in_plumes(speed: float, offset: float) -> None:
    sources, sensors, air = site(30), point_sensors(places=fence()), weather(speed)
    rows = np.arange(8 * 8)
    turned = Weather(air.speed, (air.from_deg + offset) % 360, air.stability, air.valid)

    found = looks(
        sources=sources,
        sensors=sensors,
        weather=air,
        physics=Physics(lag=False),
        minutes=30,
        offsets=(offset,),
        rows=rows,
    )
    exact = columns(
        sources=sources, sensors=sensors, weather=turned, physics=Physics(lag=False),
        blocks=blocks_of(used=np.ones((MINUTES, 8), dtype=bool), minutes=30),
    )[0].T  # fmt: skip

    large = exact > 0.02 * exact.max()
    assert large.sum() > 30
    ratio = found[0].astype(float)[large] * UNIT / exact[large]
    assert np.quantile(ratio, [0.1, 0.9]) == pytest.approx(1.0, abs=0.02)
    assert ratio.min() > 0.75  # at the edge of a train of puffs, which a first look cuts earlier
    assert ratio.max() < 1.02


def test_only_wanted_rows_are_given_and_the_order_of_points_is_kept() -> None:
    sources, sensors, air = site(900), point_sensors(places=fence()), weather(1.0)
    some = np.array([3, 17, 40])

    every, few = (
        looks(sources=sources, sensors=sensors, weather=air, physics=Physics(), minutes=30, offsets=(0.0,), rows=rows)[
            0
        ]
        for rows in (np.arange(64), some)
    )
    own = looks(
        sources=sources.only(places=np.array([700])), sensors=sensors, weather=air, physics=Physics(), minutes=30, offsets=(0.0,),
        rows=np.arange(64),
    )[0]  # fmt: skip

    assert (every[some] == few).all()
    high = own[:, 0] > 0.02 * own.max()
    assert every[high, 700].astype(float) == pytest.approx(own[high, 0].astype(float), rel=0.02)


def test_exchanges_explain_what_a_first_pick_between_two_sources_hides() -> None:
    """Bells at -0.5 and 0.5 look like one at 0: the greedy choice takes that, then mends its tails; an exchange undoes it."""
    rows, places = np.linspace(-5, 5, 101), np.arange(-3, 3.01, 0.3)
    matrix = np.exp(-0.5 * (rows[:, None] - places) ** 2)
    excess = 10 * (np.exp(-0.5 * (rows + 0.5) ** 2) + np.exp(-0.5 * (rows - 0.5) ** 2))
    weights = np.full(len(rows), 25.0)

    first = scan.greedy(matrix=matrix, excess=excess, weights=weights)
    better = scan.exchanged(fit=first, excess=excess, held=scan.weighed(matrix=matrix, weights=weights))

    def rest(fit: scan.Fit) -> float:
        return float(25 * nnls(matrix[:, list(fit.picks)], excess)[1] ** 2)

    def width(fit: scan.Fit) -> float:
        return float(np.sqrt((fit.rates * places[list(fit.picks)] ** 2).sum() / fit.rates.sum()))

    assert rest(better) < 0.5 * rest(first)
    assert width(better) == pytest.approx(0.5, abs=0.05) != pytest.approx(width(first), abs=0.05)


@pytest.mark.parametrize(
    ("whole", "kappa", "verdict"),
    [
        (False, 0.45, Verdict.CANNOT_TELL),
        (False, 0.25, Verdict.CANNOT_TELL),
        (False, 0.1, Verdict.NAMED),
        (True, 0.45, Verdict.NAMED),
    ],
)
def test_nobody_is_named_on_a_short_list_that_a_wrong_model_cut(whole: bool, kappa: float, verdict: Verdict) -> None:
    grounds = Grounds(
        probability=np.array([0.95, 0.1]), share=np.array([0.9, 0.0]), unregistered=0.0, unregistered_share=0.0, outside=0.0,
        outside_share=0.0, heard=20, rows_of=np.array([10, 0]), calm=0.1, kappa=kappa, whole=whole,
    )  # fmt: skip

    found, named, reasons = judged(grounds=grounds, name_from=0.6)

    assert found is verdict
    assert named == ((0,) if verdict is Verdict.NAMED else ())
    assert verdict is Verdict.NAMED or "likeliest" in reasons[0]


@pytest.mark.parametrize(
    ("way", "kappa", "verdict"),
    [
        (300.0, 0.75, Verdict.NAMED), (300.0, 0.85, Verdict.CANNOT_TELL), (1_250.0, 0.7, Verdict.NAMED), (1_250.0, 0.85, Verdict.CANNOT_TELL),
        (1_800.0, 0.6, Verdict.NAMED), (1_800.0, 0.7, Verdict.CANNOT_TELL),
    ],
)  # fmt: skip
def test_the_further_the_signal_comes_the_better_the_model_has_to_fit(
    way: float, kappa: float, verdict: Verdict
) -> None:
    grounds = Grounds(
        np.array([0.95, 0.02]), np.array([0.9, 0.0]), 0.02, 0.0, 0.02, 0.0, heard=12, rows_of=np.array([6, 2]), calm=0.1, kappa=kappa, way=way,
    )  # fmt: skip

    assert judged(grounds=grounds, name_from=0.6)[0] is verdict
