"""The moves compiled ahead of the first trace."""

from typing import Any

import pytest
from numba import typeof

from deploy.bench.releases import Kind, release
from deploy.bench.scoring import case_of
from monitoring.tracing.domain.inference import sampler
from monitoring.tracing.domain.inference.ahead import MOVES, compile_moves, few_rows
from monitoring.tracing.domain.inference.engine import trace
from monitoring.tracing.domain.inference.settings import Settings
from monitoring.tracing.domain.inference.states import part_of, seen_of


def test_moves_compiled_ahead_are_those_that_a_trace_uses() -> None:
    compile_moves()
    ahead = [list(move.signatures) for move in MOVES]

    made = release(seed=9003, kind=Kind(), candidates=4, sensors=4, side=700.0, rates_kg_h=(20.0,), minutes=240)
    trace(case=case_of(made), settings=Settings(rounds=60, burn=40, chains=8))

    assert [list(move.signatures) for move in MOVES] == ahead
    assert all(len(signatures) == 1 for signatures in ahead)


def test_they_are_compiled_for_the_kinds_of_arrays_that_a_trace_has(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the code of a whole run is already kept, nothing is compiled, and only this tells."""
    seen = seen_of(evidence=few_rows())
    expected = [typeof(one) for one in (seen, *part_of(evidence=few_rows(), seen=seen, chains=2, seed=(1, 0)).chains)]
    found = []

    def looked_at(**given: Any) -> Any:
        made = part_of(**given)
        found.append([typeof(one) for one in (given["seen"], *made.chains)])
        return made

    monkeypatch.setattr(sampler, "part_of", looked_at)
    made = release(seed=9003, kind=Kind(), candidates=4, sensors=4, side=700.0, rates_kg_h=(20.0,), minutes=240)
    trace(case=case_of(made), settings=Settings(rounds=60, burn=40, chains=8))

    assert len(found) > 3
    assert all(one == expected for one in found)
