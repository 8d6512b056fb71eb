"""How finely a case is looked at: by what readings can tell at their distance, and by what a machine can hold."""

import pytest

from monitoring.tracing.domain.forward.columns import Curves
from monitoring.tracing.domain.forward.scene import Physics
from monitoring.tracing.domain.inference.places import heights_for
from monitoring.tracing.domain.inference.settings import COARSE, FINE, air_for
from monitoring.tracing.domain.physics.dispersion import Scheme

CHOICES = FINE, COARSE


@pytest.mark.parametrize(
    ("asked", "reach", "expected"),
    [
        ((2.0, 10.0), 999.0, (2.0, 10.0)),
        ((2.0, 10.0), 1_000.0, (6.0,)),
        ((2.0, 40.0), 3_000.0, (2.0, 40.0)),  # a plume of forty metres is another one, however far
    ],
)
def test_heights_near_the_ground_are_one_where_the_way_is_long(
    asked: tuple[float, ...], reach: float, expected: tuple[float, ...]
) -> None:
    assert heights_for(asked=asked, reach=reach) == expected


def test_assumptions_about_the_air_are_as_many_as_can_be_held_and_have_more_curves_where_the_way_is_long() -> None:
    near = {"choices": CHOICES, "physics": Physics(), "reach": 600.0}

    assert air_for(hypotheses=100, rows=400, **near) == FINE
    assert air_for(hypotheses=140, rows=1_900, **near) == COARSE
    for rows in (100, 400):
        far = air_for(choices=CHOICES, hypotheses=100, rows=rows, physics=Physics(), reach=1_500.0)
        assert far.size == 3 * COARSE.size
        assert far.others == (Curves(Scheme.RURAL), Curves(Scheme.RURAL, 0.5))
