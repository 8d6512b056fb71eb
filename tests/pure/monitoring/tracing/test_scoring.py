"""An answer held against a known truth."""

from typing import Any

import pytest

from monitoring.tracing.domain.scoring import Score, scored


def answer(*, verdict: str, named: tuple[str, ...] = ()) -> dict[str, Any]:
    rate = {"p5": 4.0, "p50": 8.0, "p95": 16.0}
    rows = [{"id": name, "probability": chance, "rate": rate} for name, chance in (("7", 0.9), ("8", 0.4), ("9", 0.1))]
    place = {"latitude": 30.001, "longitude": 121.0}
    return {"verdict": verdict, "named": list(named), "candidates": rows, "location": place}


def place(outlet: int | None, rate: float = 10.0) -> dict[str, Any]:
    return {"outlet": outlet, "lon": 121.0, "lat": 30.0, "kg_per_h": rate}


@pytest.mark.parametrize(
    ("kind", "truth", "verdict", "named", "score"),
    [
        ("STEADY", [7], "named", ("7",), Score.RIGHT), ("STEADY", [7], "named", ("8",), Score.WRONG),
        ("STEADY", [7], "cannot tell", (), Score.NOT_TOLD), ("STEADY", [7], "several", ("7", "8"), Score.PARTLY),
        ("STEADY", [7], "outside", (), Score.WRONG), ("TWO", [7, 8], "several", ("7", "8"), Score.RIGHT),
        ("TWO", [7, 8], "named", ("7",), Score.PARTLY), ("UNREGISTERED", [None], "unregistered", (), Score.RIGHT),
        ("UNREGISTERED", [None], "named", ("7",), Score.WRONG), ("OUTSIDE", [None], "outside", (), Score.RIGHT),
        ("OUTSIDE", [None], "cannot tell", (), Score.NOT_TOLD),
    ],
)  # fmt: skip
def test_the_score_in_words(
    kind: str, truth: list[int | None], verdict: str, named: tuple[str, ...], score: Score
) -> None:
    found = scored(kind=kind, truth=[place(one) for one in truth], answer=answer(verdict=verdict, named=named))

    assert found.score is score


def test_each_true_point_with_its_rank_and_its_band() -> None:
    found = scored(kind="TWO", truth=[place(7, 10.0), place(9, 40.0)], answer=answer(verdict="named", named=("7",)))

    first, second = found.places
    assert (first.rank, first.probability, first.median, first.held) == (1, 0.9, 8.0, True)
    assert (second.rank, second.held) == (3, False)


def test_how_far_the_place_that_was_found_lies_from_the_true_one() -> None:
    found = scored(kind="UNREGISTERED", truth=[place(None)], answer=answer(verdict="unregistered"))

    assert found.places[0].away_m == pytest.approx(111, abs=1)  # a thousandth of a degree of latitude


def test_the_premises_around_the_true_stack_are_right_in_part_and_not_innocent() -> None:
    told = answer(verdict="named", named=("e3",))
    told["candidates"][0]["enterprise"] = "甲"
    told["candidates"] += [
        told["candidates"][0] | {"id": "e3"},
        told["candidates"][1] | {"id": "e4", "enterprise": "乙"},
    ]

    own = scored(kind="STEADY", truth=[place(7)], answer=told)
    other = scored(kind="STEADY", truth=[place(7)], answer=told | {"named": ["e4"]})

    assert (own.score, own.innocent) == (Score.PARTLY, ())
    assert (other.score, other.innocent) == (Score.WRONG, ("e4",))


def test_the_premises_on_which_an_unregistered_point_stands_are_right() -> None:
    truth = [place(None) | {"premises": 3}]

    for named, score, innocent in (
        (("e3",), Score.RIGHT, ()),
        (("7", "e3"), Score.PARTLY, ("7",)),
        (("e4",), Score.WRONG, ("e4",)),
    ):
        found = scored(kind="UNREGISTERED", truth=truth, answer=answer(verdict="named", named=named))
        assert (found.score, found.innocent) == (score, innocent)


@pytest.mark.parametrize(
    ("kind", "outlet", "likely", "score"),
    [
        ("STEADY", 7, ["North"], Score.PARTLY), ("STEADY", 7, ["South"], Score.WRONG), ("STEADY", 7, [], Score.NOT_TOLD),
        ("UNREGISTERED", None, ["North"], Score.PARTLY), ("UNREGISTERED", None, ["South"], Score.WRONG), ("OUTSIDE", None, ["North"], Score.WRONG),
    ],
)  # fmt: skip
def test_a_plant_that_is_likely_as_a_whole_counts_in_part_or_as_wrong(
    kind: str, outlet: int | None, likely: list[str], score: Score
) -> None:
    plants = [{"enterprise": name, "likely_as_a_whole": name in likely} for name in ("North", "South")]
    given = answer(verdict="cannot tell") | {"enterprises": plants}
    for one in given["candidates"]:
        one["enterprise"] = "North" if one["id"] in ("7", "9") else "South"
    given["candidates"].append(
        {"id": "e1", "probability": 0.0, "rate": given["candidates"][0]["rate"], "enterprise": "North"}
    )
    truth = place(outlet) | ({"premises": 1} if kind == "UNREGISTERED" else {})

    assert scored(kind=kind, truth=[truth], answer=given).score is score
