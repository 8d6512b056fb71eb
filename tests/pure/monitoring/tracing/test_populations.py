"""Populations of chains: one that got caught far behind does not count while two others agree; alone nobody is believed."""

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pytest

from deploy.bench.releases import MATCHED, release
from deploy.bench.scoring import case_of
from monitoring.tracing.domain.inference import sampler
from monitoring.tracing.domain.inference.engine import trace
from monitoring.tracing.domain.inference.settings import MANY_ROWS, Settings, effort_of


@dataclass
class Told:
    log_posterior: float


@pytest.mark.parametrize(
    ("reached", "fewest", "kept"),
    [
        ([-100.0, -105.0, -400.0, -120.0], 2, [-100.0, -105.0, -120.0]),
        ([-100.0, -400.0, -500.0, -390.0], 2, [-100.0, -400.0, -500.0, -390.0]),
        ([-100.0, -105.0], 2, [-100.0, -105.0]),
        ([-400.0, -105.0], 1, [-105.0]),
    ],
)
def test_a_population_far_behind_counts_only_while_no_two_others_agree(
    reached: list[float], fewest: int, kept: list[float]
) -> None:
    parts = cast(list[Any], [Told(value) for value in reached])

    assert [part.log_posterior for part in sampler._ahead(parts, fewest)] == kept


def test_large_cases_are_sampled_in_larger_populations() -> None:
    settings = Settings()

    few, many = (effort_of(settings=settings, rows=rows) for rows in (MANY_ROWS, MANY_ROWS + 1))

    assert (few.chains, few.rounds, few.burn, few.populations) == (
        settings.chains,
        settings.rounds,
        settings.burn,
        None,
    )
    assert many.populations == 2
    assert many.chains // 2 > sampler.EACH
    assert (many.rounds, many.burn) == (settings.rounds, settings.burn)


def test_five_sources_among_many_points_are_found_with_the_own_physics() -> None:
    """Three hundred points and sixteen sensors: the short list leaves most points out, and has to hold the true ones."""
    made = release(
        seed=7311, kind=MATCHED, candidates=300, sensors=16, side=1500.0, rates_kg_h=(20.0, 14.0, 10.0), minutes=720
    )

    finding = trace(case=case_of(made), settings=Settings(rounds=300, burn=220))

    chance = np.array([one.probability for one in finding.candidates])
    assert set(np.argsort(-chance)[:3].tolist()) == set(made.active)
    assert sum(chance > 0.5) == 3


def test_populations_are_of_one_size_whatever_number_of_chains_a_case_asks_for() -> None:
    """Twenty-six do not part into three alike; what is compared between populations would be cut in the wrong places."""
    made = release(seed=7312, kind=MATCHED, candidates=6, sensors=5, side=500.0, rates_kg_h=(20.0,), minutes=360)

    finding = trace(case=case_of(made), settings=Settings(chains=26, rounds=60, burn=40))

    assert finding.diagnostics["chains"] % 9 == 0  # of three populations of nine, one may be left out as far behind
    assert np.isfinite(finding.diagnostics["r_hat"])
