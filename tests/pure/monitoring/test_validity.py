"""Judging readings by flag, presence and measuring range (flags: HJ 212-2017 table 9 and the 2005 edition)."""

import numpy as np
import pytest

from monitoring.series.domain.validity import judge
from monitoring.series.domain.verdicts import Reason, Verdict

NAN = float("nan")


def judged(
    value: float, flag: str = "N", *, of_2005: bool = False, low: float = NAN, high: float = NAN
) -> tuple[Verdict, Reason]:
    verdict, reason = judge(
        value=np.array([value]), flag=np.array([flag.encode()], dtype="S1"), of_2005=np.array([of_2005]),
        low=np.array([low]), high=np.array([high]),
    )  # fmt: skip
    return Verdict(verdict[0]), Reason(reason[0])


@pytest.mark.parametrize("flag", ["N", ""])
def test_normal_value_is_valid(flag: str) -> None:
    assert judged(12.3, flag) == (Verdict.VALID, Reason.OK)


@pytest.mark.parametrize(
    ("flag", "reason"),
    [
        ("F", Reason.FLAG_STOPPED), ("M", Reason.FLAG_MAINTENANCE), ("S", Reason.FLAG_MANUAL), ("D", Reason.FLAG_FAULT),
        ("C", Reason.FLAG_CALIBRATION), ("T", Reason.FLAG_OVER_RANGE), ("B", Reason.FLAG_LINK), ("Z", Reason.FLAG_UNKNOWN),
    ],
)  # fmt: skip
def test_every_other_flag_makes_a_value_invalid_and_says_why(flag: str, reason: Reason) -> None:
    assert judged(12.3, flag) == (Verdict.INVALID, reason)


def test_letter_f_meant_the_source_in_2005_and_the_instrument_since_2017() -> None:
    assert judged(0.0, "F", of_2005=True)[1] is Reason.SOURCE_STOPPED
    assert judged(0.0, "F")[1] is Reason.FLAG_STOPPED


def test_missing_value_is_missing_unless_a_flag_says_more() -> None:
    assert judged(NAN) == (Verdict.MISSING, Reason.NO_VALUE)
    assert judged(NAN, "D") == (Verdict.INVALID, Reason.FLAG_FAULT)


@pytest.mark.parametrize(
    ("value", "reason"),
    [(0.0, Reason.OK), (100.0, Reason.OK), (-0.1, Reason.OUT_OF_RANGE), (100.1, Reason.OUT_OF_RANGE)],
)
def test_ends_of_the_measuring_range_belong_to_it(value: float, reason: Reason) -> None:
    assert judged(value, low=0.0, high=100.0)[1] is reason


def test_flag_speaks_before_the_range() -> None:
    assert judged(500.0, "C", high=100.0)[1] is Reason.FLAG_CALIBRATION


def test_stored_numbers_of_verdicts_and_reasons_never_change() -> None:
    assert [(v.name, v.value) for v in Verdict] == [("VALID", 0), ("INVALID", 1), ("SUSPECT", 2), ("MISSING", 3)]
    assert (Reason.FLAG_STOPPED, Reason.OUT_OF_RANGE, Reason.ZERO_FLOW, Reason.TOO_FEW_MINUTES, Reason.REPORTED) == (
        10,
        20,
        22,
        30,
        40,
    )
