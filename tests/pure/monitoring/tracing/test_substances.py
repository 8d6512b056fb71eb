"""Which outlets can have emitted what was measured."""

import pytest

from monitoring.tracing.domain.priors import Known, prior_probability
from monitoring.tracing.domain.substances import Ground, ground_of, ground_of_premises

BENZENE, TOLUENE, VINYL_CHLORIDE, NMHC, SO2 = "a25002", "a25003", "a24046", "a24088", "a21026"
XYLENES, O_XYLENE, NOX, NO2, PM10, TSP = "a25005", "a25006", "a21002", "a21004", "a34002", "a34001"


@pytest.mark.parametrize(
    ("substance", "handled", "permitted", "ground"),
    [
        (BENZENE, [], [], Ground.UNKNOWN),
        (BENZENE, [BENZENE], [], Ground.HANDLED),
        (BENZENE, [SO2, NOX], [], Ground.NOT_HANDLED),
        (BENZENE, [], [SO2], Ground.UNKNOWN),  # a permit rules nothing out
        (BENZENE, [], [BENZENE], Ground.PERMITTED),
        (BENZENE, [SO2], [BENZENE], Ground.PERMITTED),  # the authority knows more than the register
        (BENZENE, [NMHC], [], Ground.UNKNOWN),  # a sum leaves its members open
        (BENZENE, [NMHC, VINYL_CHLORIDE], [], Ground.NOT_HANDLED),  # unless they are named
        (SO2, [NMHC], [], Ground.NOT_HANDLED),
        (NMHC, [TOLUENE], [], Ground.HANDLED),
        (NMHC, [SO2], [], Ground.NOT_HANDLED),
        (O_XYLENE, [XYLENES], [], Ground.HANDLED),
        (XYLENES, [O_XYLENE], [], Ground.HANDLED),
        (NO2, [NOX], [], Ground.HANDLED),
        (PM10, [TSP], [], Ground.HANDLED),
    ],
)
def test_the_ground_of_a_prior(substance: str, handled: list[str], permitted: list[str], ground: Ground) -> None:
    assert ground_of(substance=substance, handled=handled, permitted=permitted) is ground


def test_premises_are_doubted_and_never_ruled_out() -> None:
    assert ground_of_premises(grounds=[Ground.NOT_HANDLED, Ground.PERMITTED]) is Ground.HANDLED
    assert ground_of_premises(grounds=[Ground.NOT_HANDLED, Ground.NOT_HANDLED]) is Ground.DOUBTFUL
    assert ground_of_premises(grounds=[Ground.NOT_HANDLED, Ground.UNKNOWN]) is Ground.UNKNOWN
    assert ground_of_premises(grounds=[]) is Ground.UNKNOWN
    assert 0 < prior_probability(known=Known(doubtful=True), substance=BENZENE, usual=0.05) < 0.01


def test_a_point_that_certainly_does_not_handle_it_is_out_and_an_unknown_one_stays() -> None:
    out = prior_probability(known=Known((SO2,), confirmed_cases=3), substance=BENZENE, usual=0.05)
    unknown = prior_probability(known=Known(None), substance=BENZENE, usual=0.05)

    assert out == 0.0
    assert unknown == pytest.approx(0.05)
