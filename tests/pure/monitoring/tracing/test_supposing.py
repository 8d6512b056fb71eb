"""What if it was B: the readings explained by chosen points alone."""

import numpy as np
import pytest

from deploy.bench.scoring import case_of
from monitoring.tracing.domain.inference.engine import begin
from monitoring.tracing.domain.inference.supposing import supposed, supposed_each
from tests.pure.monitoring.tracing.test_trace import QUICK, day


def test_the_true_point_alone_explains_more_than_another_and_its_rate_lies_in_the_band() -> None:
    made = day()
    case = case_of(made)
    guilty, other = made.active[0], (made.active[0] + 1) % 10

    right, wrong = (supposed(case=case, settings=QUICK, places=(k,)) for k in (guilty, other))

    assert right.log_evidence > wrong.log_evidence + 3
    assert right.log_evidence > 3
    low, high = right.rates[0].quantiles[0], right.rates[0].quantiles[4]
    assert low < made.rates[0] < high
    assert right.misfit.max() < wrong.misfit.max()


def test_what_was_expected_follows_what_was_read_where_the_plume_passed() -> None:
    made = day()

    one = supposed(case=case_of(made), settings=QUICK, places=made.active)

    signal = made.hidden["signal"].reshape(24, 30, -1).mean(axis=1)
    assert one.observed.shape == one.expected.shape == one.level.shape == signal.shape
    loud = signal > 0.3 * signal.max()
    added = (one.expected - one.level)[loud]
    assert np.median(added / signal[loud]) == pytest.approx(1.0, abs=0.5)
    quiet = signal < 1e-3 * signal.max()
    # What the generator's sensors read without the park, to a few times the noise of a half-hour's mean.
    assert np.median(np.abs(one.level - one.observed)[quiet]) < 20e-9


@pytest.mark.parametrize("places", [(), (10,), (-1,)])
def test_points_that_are_not_there_are_refused(places: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="suppose"):
        supposed(case=case_of(day()), settings=QUICK, places=places)


def test_several_suppositions_at_once_are_each_of_them_alone() -> None:
    case = case_of(day())
    sets = ((3,), (1,), (3, 1))

    found = supposed_each(begun=begin(case=case, settings=QUICK), sets=sets)

    for one, places in zip(found, sets, strict=True):
        alone = supposed(case=case, settings=QUICK, places=places)
        assert one.places == places
        assert one.log_evidence == alone.log_evidence
        assert [rate.mean for rate in one.rates] == [rate.mean for rate in alone.rates]
        np.testing.assert_array_equal(one.expected, alone.expected)
