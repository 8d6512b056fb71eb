"""A sewer's case as a file: held to its schema, traced to the known truth, refused with the path of what is wrong."""

import copy
import json
from datetime import datetime
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from monitoring.tracing.domain.case.reading import BadCase
from monitoring.tracing.domain.sewers.case import answered
from monitoring.tracing.domain.sewers.network import WrongSewer

FOLDER = Path(__file__).resolve().parents[4] / "monitoring" / "reference"
SCHEMA = json.loads((FOLDER / "trace_water_case.schema.json").read_text(encoding="utf-8"))
CASE = json.loads((FOLDER / "trace_cases" / "water" / "sewer.json").read_text(encoding="utf-8"))


def changed(**parts: object) -> dict:
    return copy.deepcopy(CASE) | parts


def test_the_worked_case_holds_to_its_schema_and_an_unknown_word_does_not() -> None:
    checker = Draft202012Validator(SCHEMA)
    Draft202012Validator.check_schema(SCHEMA)

    assert list(checker.iter_errors(CASE)) == []
    assert list(checker.iter_errors(changed(colour="red")))


def test_the_worked_case_names_the_plant_with_start_and_mass() -> None:
    """The truth stands in monitoring/reference/trace_cases/README.md."""
    answer = answered(document=CASE)

    first = answer["candidates"][0]
    start = [datetime.fromisoformat(first["start"][name]) for name in ("p5", "p95")]
    assert (answer["verdict"], answer["named"], first["enterprise"]) == ("named", ["C2"], "Plant C2")
    assert first["mass_kg"]["p5"] <= 4.55 <= first["mass_kg"]["p95"]
    assert start[0] <= datetime.fromisoformat("2025-03-04T04:33:30+08:00") <= start[1]
    json.dumps(answer, allow_nan=False)


def test_a_repeat_gives_the_same_answer_and_the_order_of_manholes_does_not_matter() -> None:
    turned = changed(manholes=CASE["manholes"][::-1], pipes=CASE["pipes"][::-1])
    once, other = answered(document=CASE), answered(document=turned)

    assert answered(document=CASE) == once
    assert other["named"] == once["named"]
    assert other["candidates"][0]["probability"] == pytest.approx(once["candidates"][0]["probability"], rel=0.01)


def test_a_plant_struck_from_the_register_leaves_an_unregistered_source() -> None:
    manholes = [
        {k: v for k, v in one.items() if one["id"] != "C2" or k not in ("enterprise", "substances")}
        for one in CASE["manholes"]
    ]
    answer = answered(document=changed(manholes=manholes))

    assert answer["candidates"][0]["id"] in ("C1", "C2", "J2", "WWTP")
    assert answer["unregistered_probability"] > 0.5
    assert answer["verdict"] != "named"


@pytest.mark.parametrize(
    ("where", "path"),
    [
        (lambda c: c["pipes"][0].update({"to": "nowhere"}), "/pipes/0/to"),
        (lambda c: c["manholes"][1].update({"id": "A1"}), "/manholes/1/id"),
        (lambda c: c["readings"]["manholes"][1].update({"manhole": "nowhere"}), "/readings/manholes/1/manhole"),
        (lambda c: c["readings"]["manholes"][0]["values_mg_l"].pop(), "/readings/manholes"),
        (lambda c: c["readings"]["manholes"][0].update({"values_mg_l": [None] * 96}), "/readings/manholes/0/values_mg_l"),
        (lambda c: c["readings"].update({"start": "noon"}), "/readings/start"),
        (lambda c: c.update({"options": {"step_s": 1}}), "/options/step_s"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_its_path(where: object, path: str) -> None:
    case = changed()
    where(case)  # type: ignore[operator]

    with pytest.raises(BadCase) as told:
        answered(document=case)
    assert told.value.details["path"] == path


def test_a_ring_and_a_dry_manhole_are_refused() -> None:
    ring = {"id": "up", "from": "WWTP", "to": "A1", "length_m": 10, "diameter_mm": 500, "slope": 0.01}
    with pytest.raises(WrongSewer):
        answered(document=changed(pipes=[*CASE["pipes"], ring]))
    dry = [{"id": one["id"]} for one in CASE["manholes"]]
    with pytest.raises(WrongSewer):
        answered(document=changed(manholes=dry))


def test_the_command_answers_a_sewer_and_names_the_path_of_what_it_refuses() -> None:
    from monitoring.management.commands.trace import answer_of

    wrong = {name: value for name, value in CASE.items() if name != "pipes"}

    good, bad = (answer_of(text=json.dumps(one)) for one in (CASE, wrong))

    assert not good["errors"]
    assert good["events"][0]["verdict"] in {"named", "several", "unregistered", "cannot tell"}
    assert bad["events"] == []
    assert "pipes" in bad["errors"][0]["message"]
