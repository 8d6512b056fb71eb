"""The moves compiled ahead of the first trace."""

from deploy.bench.releases import Kind, release
from deploy.bench.scoring import case_of
from monitoring.tracing.domain.inference.ahead import MOVES, compile_moves
from monitoring.tracing.domain.inference.engine import trace
from monitoring.tracing.domain.inference.settings import Settings


def test_moves_compiled_ahead_are_those_that_a_trace_uses() -> None:
    compile_moves()
    ahead = [list(move.signatures) for move in MOVES]

    made = release(seed=9003, kind=Kind(), candidates=4, sensors=4, side=700.0, rates_kg_h=(20.0,), minutes=240)
    trace(case=case_of(made), settings=Settings(rounds=60, burn=40, chains=8))

    assert [list(move.signatures) for move in MOVES] == ahead
    assert all(len(signatures) == 1 for signatures in ahead)
