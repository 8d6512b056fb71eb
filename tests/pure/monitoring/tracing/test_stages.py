"""How far a trace is."""

from dataclasses import replace

from deploy.bench.releases import Kind, release
from deploy.bench.scoring import case_of
from monitoring.tracing.domain.inference.engine import trace
from monitoring.tracing.domain.inference.settings import Settings
from monitoring.tracing.domain.stages import Stage, standing


def test_the_engine_tells_its_stages_in_order_and_answers_the_same() -> None:
    kind = Kind(offset=1.0, meander=2.0, widths=0.1, flicker=0.1, drift=5e-9, gain=0.02, gaps=0.02)
    case = case_of(release(seed=9003, kind=kind, candidates=4, sensors=4, side=700.0, rates_kg_h=(20.0,), minutes=240))
    quick = replace(Settings(), rounds=60, burn=40, chains=8)
    told: list[str] = []

    found = trace(case=case, settings=quick, progress=told.append)

    assert told == [one.value for one in Stage if one is not Stage.ALONE]
    assert found.candidates == trace(case=case, settings=quick).candidates


def test_a_stage_has_what_is_done_before_it_and_what_lies_ahead_after_it() -> None:
    assert [how for _name, how in standing(stage="sampling")] == ["done", "done", "now", "ahead", "ahead", "ahead"]
    assert {how for _name, how in standing(stage="")} == {"ahead"}
    assert {how for _name, how in standing(stage="of a later version")} == {"ahead"}
