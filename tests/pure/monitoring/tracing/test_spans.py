"""Sources that were on for a part of the event: found beside one that was on throughout, with their hours and what they let out."""

from functools import cache

import numpy as np
import pytest

from deploy.bench.releases import MATCHED, Release, release
from deploy.bench.scoring import case_of
from monitoring.tracing.domain.inference.engine import trace
from monitoring.tracing.domain.inference.finding import Finding
from monitoring.tracing.domain.inference.kernels import span_number
from monitoring.tracing.domain.inference.settings import Settings
from monitoring.tracing.domain.inference.spans import MOST_PARTS, edges_of, mean_rates, parts_at

HALF_HOUR = 1800.0


@cache
def traced() -> tuple[Release, Finding]:
    """Twenty kilograms an hour from seven to sixteen o'clock, eight all day."""
    made = release(seed=9001, kind=MATCHED, rates_kg_h=(20.0, 8.0), turned=((7.0, 16.0),))
    return made, trace(case=case_of(made), settings=Settings())


def test_a_source_of_some_hours_is_found_beside_one_that_was_on_all_day() -> None:
    made, finding = traced()
    guilty, steady = (finding.candidates[k] for k in made.active)

    assert guilty.probability > 0.9
    assert steady.probability > 0.9
    assert all(one.probability < 0.5 for one in finding.candidates if one.place not in made.active)


def test_its_hours_are_told_and_the_other_was_on_throughout() -> None:
    made, finding = traced()
    guilty, steady = (finding.candidates[k].when for k in made.active)
    assert guilty is not None
    assert steady is not None

    assert guilty.throughout < 0.05
    assert steady.throughout > 0.5
    assert guilty.begin[0] - HALF_HOUR <= 7 * 3600 <= guilty.begin[4] + HALF_HOUR
    assert guilty.end[0] - HALF_HOUR <= 16 * 3600 <= guilty.end[4] + HALF_HOUR
    for one in (guilty, steady):
        assert len(one.on) == len(one.edges) - 1
        assert all(0.0 <= p <= 1.0 + 1e-12 for p in one.on)
        assert float(np.dot(one.on, np.diff(one.edges))) == pytest.approx(
            np.mean(one.lasted), rel=0.5
        )  # of a mean and of five quantiles


def test_its_rate_is_that_while_it_was_on_and_its_mass_that_of_its_hours() -> None:
    made, finding = traced()
    guilty = finding.candidates[made.active[0]]
    assert guilty.mass is not None

    assert guilty.rate.quantiles[0] < 20.0 / 3600 < guilty.rate.quantiles[4]
    assert guilty.mass.quantiles[0] < 20.0 * 9 < guilty.mass.quantiles[4]
    # At that rate throughout it would have been 480 kg.
    assert guilty.mass.quantiles[2] == pytest.approx(20.0 * 9, rel=0.5)


@pytest.mark.parametrize("count", [1, 2, 7])
def test_every_span_has_its_own_number(count: int) -> None:
    first, last = edges_of(count=count)

    numbers = [span_number(count, int(a), int(b)) for a, b in zip(first, last, strict=True)]

    assert numbers == list(range(count * (count + 1) // 2))


def test_a_week_is_cut_into_parts_that_hold_whole_blocks() -> None:
    block = np.arange(336)

    part, count = parts_at(block=block, event=(10, 330))

    assert count <= MOST_PARTS
    assert part[:10].max() == 0
    assert part[330:].min() == count - 1
    assert (np.diff(part) >= 0).all()
    assert np.bincount(part[10:330], minlength=count)[:-1].min() == np.bincount(part[10:330]).max()


def test_mean_rates_count_a_source_while_it_is_on() -> None:
    active = np.array([[[True, False], [True, True]]])
    rates = np.array([[[2.0, 9.0], [4.0, 6.0]]])
    spans = np.array([[[[0, 3], [0, 3]], [[1, 2], [2, 3]]]], dtype=np.int16)

    found = mean_rates(active=active, rates=rates, spans=spans, parts=3)

    assert found == pytest.approx(np.array([[1.0, 3.0, 1.0], [0.0, 0.0, 3.0]]))
