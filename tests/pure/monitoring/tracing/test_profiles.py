"""How sure a profile is, by where it comes from."""

from datetime import date

import numpy as np
import pytest

from monitoring.tracing.domain.profiles import Origin, Rule, certainty_of, rule_of
from monitoring.tracing.domain.substances import Ground, best_ground, counted_twice

RULE = Rule(1, Origin.MEASURED, 60.0, 2.0, 1000.0, 0, 0, date(2020, 1, 1), None)
MIX = ("a", "b", "c")


def test_certainty_gives_back_the_scatter_that_was_stated() -> None:
    """Shares drawn from a Dirichlet distribution of 80 parts; their own means and deviations say 80."""
    drawn = np.random.default_rng(1).dirichlet(80 * np.array([0.5, 0.3, 0.15, 0.05]), 40_000)
    shares = dict(zip((*MIX, "d"), drawn.mean(axis=0), strict=True))
    deviations = dict(zip((*MIX, "d"), drawn.std(axis=0), strict=True))

    found = certainty_of(shares=shares, deviations=deviations, substances=(*MIX, "d"), rule=RULE)

    assert found == pytest.approx(80, rel=0.02)


def test_smaller_deviations_are_surer_and_the_rule_bounds_them() -> None:
    shares = {"a": 0.6, "b": 0.3, "c": 0.1}
    by_deviation = [
        certainty_of(
            shares=shares, deviations={name: part * s for name, s in shares.items()}, substances=MIX, rule=RULE
        )
        for part in (0.05, 0.1, 0.3)
    ]

    assert by_deviation[0] > by_deviation[1] > by_deviation[2]
    assert by_deviation[1] == pytest.approx(0.54 / 0.0046 - 1)  # by hand
    assert certainty_of(shares=shares, deviations={"a": 1e-9}, substances=MIX, rule=RULE) == 1000.0
    assert certainty_of(shares=shares, deviations={"a": 9.0}, substances=MIX, rule=RULE) == 2.0


def test_without_a_stated_deviation_the_rule_decides() -> None:
    assert certainty_of(shares={"a": 0.5, "b": 0.5}, deviations={"a": 0.0}, substances=MIX, rule=RULE) == 60.0


def test_the_newest_rule_of_a_day_holds() -> None:
    older = Rule(1, Origin.MONITORED, 60.0, 60.0, 60.0, 30, 72, date(2020, 1, 1), date(2025, 12, 31))
    newer = Rule(2, Origin.MONITORED, 40.0, 40.0, 40.0, 30, 72, date(2026, 1, 1), None)

    assert rule_of(rules=(older, newer), origin=Origin.MONITORED, day=date(2025, 6, 1)) is older
    assert rule_of(rules=(older, newer), origin=Origin.MONITORED, day=date(2026, 6, 1)) is newer
    assert rule_of(rules=(older, newer), origin=Origin.PERMITTED, day=date(2026, 6, 1)) is None


@pytest.mark.parametrize(
    ("codes", "pair"),
    [
        (("a25002", "a25003"), None),
        (("a25002", "a24088"), ("a24088", "a25002")),  # benzene is a non-methane hydrocarbon
        (("a25006", "a25005"), ("a25005", "a25006")),  # o-xylene is a xylene
        (("a21026", "a24088"), None),  # sulphur dioxide is not
        (("a24087", "a24088"), ("a24087", "a24088")),
    ],
)
def test_a_sum_and_its_part_are_not_traced_together(codes: tuple[str, ...], pair: tuple[str, str] | None) -> None:
    assert counted_twice(codes=codes) == pair


def test_a_point_is_looked_at_for_its_strongest_reason() -> None:
    assert best_ground(grounds=[Ground.NOT_HANDLED, Ground.UNKNOWN, Ground.HANDLED]) is Ground.HANDLED
    assert best_ground(grounds=[Ground.NOT_HANDLED, Ground.UNKNOWN]) is Ground.UNKNOWN
