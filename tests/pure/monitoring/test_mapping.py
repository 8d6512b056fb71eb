"""From CP to readings: what loggers write, what it means."""

from datetime import UTC, datetime
from math import isnan
from typing import Any

import pytest

from monitoring.hj212.mapping import Mapped, qn_time, readings_of
from monitoring.hj212.packets import parse
from monitoring.hj212.profiles import CHINA, Dialect
from monitoring.series.domain.readings import Interval, Reading


def mapped(body: str, *, cn: str = "2051", flag: str = "5", dialect: Dialect | None = None) -> Mapped:
    packet = parse(f"QN=20260318103001234;ST=31;CN={cn};PW=123456;MN=X;Flag={flag};CP=&&{body}&&".encode())
    return readings_of(packet, dialect=dialect or Dialect())


def only(found: Mapped) -> Reading:
    (reading,) = found.readings
    return reading


def test_all_statistics_of_a_minute() -> None:
    found = mapped(
        "DataTime=20260318103000;a21026-Min=1.1,a21026-Avg=2.2,a21026-Max=3.3,a21026-Cou=0.4,"
        "a21026-ZsMin=1.5,a21026-ZsAvg=2.5,a21026-ZsMax=3.5,a21026-Flag=N"
    )

    reading = only(found)
    assert reading[:3] == ("a21026", Interval.MINUTE, datetime(2026, 3, 18, 2, 30, tzinfo=UTC))
    assert reading[3:10] == (2.2, 1.1, 3.3, 0.4, 2.5, 1.5, 3.5)
    assert (reading.flag, found.problems) == ("N", ())


@pytest.mark.parametrize(
    ("cn", "label", "start"),
    [
        ("2011", "20260318103007", datetime(2026, 3, 18, 2, 30, 7, tzinfo=UTC)),
        ("2051", "20260318103000", datetime(2026, 3, 18, 2, 30, tzinfo=UTC)),
        ("2061", "20260318100000", datetime(2026, 3, 18, 2, 0, tzinfo=UTC)),
        ("2031", "20260318000000", datetime(2026, 3, 17, 16, 0, tzinfo=UTC)),
    ],
)
def test_datatime_marks_the_start_of_the_period(cn: str, label: str, start: datetime) -> None:
    assert mapped(f"DataTime={label};a21026-Avg=1", cn=cn).time == start


@pytest.mark.parametrize(
    ("cn", "label", "start"),
    [
        ("2051", "20260318104000", datetime(2026, 3, 18, 2, 30, tzinfo=UTC)),
        ("2061", "20260318110000", datetime(2026, 3, 18, 2, 0, tzinfo=UTC)),
        ("2031", "20260319000000", datetime(2026, 3, 17, 16, 0, tzinfo=UTC)),
    ],
)
def test_logger_that_labels_the_end_is_set_back_by_one_period(cn: str, label: str, start: datetime) -> None:
    dialect = Dialect(label_end=True, minute_interval_min=10)

    assert mapped(f"DataTime={label};a21026-Avg=1", cn=cn, dialect=dialect).time == start


def test_real_time_instant_is_never_set_back() -> None:
    found = mapped("DataTime=20260318103000;a21026-Rtd=1", cn="2011", dialect=Dialect(label_end=True))

    assert found.time == datetime(2026, 3, 18, 2, 30, tzinfo=UTC)


def test_seconds_off_the_grid_are_cut_and_reported() -> None:
    found = mapped("DataTime=20260318103007;a21026-Avg=1")

    assert (found.time, found.problems) == (datetime(2026, 3, 18, 2, 30, tzinfo=UTC), ("datatime.off_grid",))


@pytest.mark.parametrize(
    "text", ["20260318103000", "20260318103000000", "202603181030", "2026-03-18 10:30:00", " 20260318103000 "]
)
def test_forms_of_datatime_in_the_field(text: str) -> None:
    assert mapped(f"DataTime={text};a21026-Avg=1").time == datetime(2026, 3, 18, 2, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "datatime.missing"), ("soon", "datatime.unreadable"), ("20261318103000", "datatime.unreadable"), ("20260230000000", "datatime.unreadable"), ("２０２６０３１８１０３０００", "datatime.unreadable")],
)  # fmt: skip
def test_impossible_datatime_gives_no_reading_and_a_reason(text: str, code: str) -> None:
    found = mapped(f"DataTime={text};a21026-Avg=1")

    assert (found.readings, found.problems) == ([], (code,))


def test_commas_semicolons_and_blanks_separate_alike() -> None:
    found = mapped("DataTime=20260318103000, a21026-Avg=1 ; a21026-Flag=N,a34013-Avg=2;a34013-Flag=N;", cn="2051")

    assert [(r.factor, r.value, r.flag) for r in found.readings] == [("a21026", 1.0, "N"), ("a34013", 2.0, "N")]


def test_names_are_read_in_any_case() -> None:
    found = mapped("datatime=20260318103000;a21026-AVG=1,a21026-flag=n")

    assert (only(found).value, only(found).flag) == (1.0, "N")


def test_last_of_a_duplicate_counts_and_is_reported() -> None:
    found = mapped("DataTime=20260318103000;a21026-Avg=1;a21026-Avg=2")

    assert (only(found).value, found.problems) == (2.0, ("name.duplicate:a21026-Avg",))


def test_missing_equals_spoils_one_item_and_not_the_rest() -> None:
    found = mapped("DataTime=20260318103000;a21026-Avg 1;a34013-Avg=2")

    assert {r.factor: r.value for r in found.readings if not isnan(r.value)} == {"a34013": 2.0}
    assert found.problems


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "1_000", "1e999", "abc", "1.2.3", "0x1F"])
def test_text_that_is_no_plain_number_is_reported_and_absent(text: str) -> None:
    found = mapped(f"DataTime=20260318103000;a21026-Avg={text},a21026-Max=3;a34013-Avg=2")

    by_factor = {r.factor: r for r in found.readings}
    assert isnan(by_factor["a21026"].value)
    assert by_factor["a21026"].maximum == 3.0
    assert by_factor["a34013"].value == 2.0
    assert found.problems == ("value.unreadable:a21026-value",)


@pytest.mark.parametrize("text", ["", "-", "--", " "])
def test_empty_value_is_absent_without_complaint(text: str) -> None:
    found = mapped(f"DataTime=20260318103000;a21026-Avg={text},a21026-Flag=D")

    assert isnan(only(found).value)
    assert (only(found).flag, found.problems) == ("D", ())


def test_unknown_flag_is_kept_and_reported() -> None:
    found = mapped("DataTime=20260318103000;a21026-Avg=1,a21026-Flag=Z")

    assert (only(found).flag, found.problems) == ("Z", ("flag.unknown:a21026",))


def test_flags_of_2005_are_known_in_2005_only() -> None:
    body = "DataTime=20260318103000;S01-Avg=1,S01-Flag=P"

    assert mapped(body, flag="1").problems == ()
    assert mapped(body, flag="5").problems == ("flag.unknown:S01",)


def test_carried_fields_are_no_readings_and_no_trouble() -> None:
    found = mapped("DataTime=20260318103000;a21026-Avg=1,a21026-EFlag=A01,a21026-SampleTime=20260318102900", cn="2061")

    assert [r.factor for r in found.readings] == ["a21026"]
    assert "a21026" not in str(found.problems)


def test_noise_levels_are_values() -> None:
    assert only(mapped("DataTime=20260318100000;LA-Avg=55.1", cn="2061")).value == 55.1
    assert only(mapped("DataTime=20260318000000;Leq-DayData=55.1", cn="2031")).value == 55.1


@pytest.mark.parametrize("cn", ["2021", "2041", "9015", "3020", "2062", "9014"])
def test_commands_without_measured_values_give_none(cn: str) -> None:
    assert mapped("DataTime=20260318103000;SB1-RS=1", cn=cn) == Mapped([], (), None)


def test_unknown_command_is_reported_and_a_known_request_is_not() -> None:
    assert mapped("", cn="7777").problems == ("cn.unknown",)
    assert mapped("", cn="3011").problems == ()


def test_known_shape_reads_like_a_new_one() -> None:
    body = "DataTime=20260318103000;a25002-Avg={};a25003-Avg=2;a25004-Avg=bad"
    first, again = mapped(body.format(1)), mapped(body.format(7))

    assert [r.value for r in first.readings[:2]] == [1.0, 2.0]
    assert [r.value for r in again.readings[:2]] == [7.0, 2.0]
    assert first.problems == again.problems == ("value.unreadable:a25004-value",)


@pytest.mark.parametrize(
    ("qn", "expected"),
    [
        ("20260318103001234", datetime(2026, 3, 18, 2, 30, 1, 234000, tzinfo=UTC)),
        ("20260318103001", datetime(2026, 3, 18, 2, 30, 1, tzinfo=UTC)),
        ("20261399000000000", None),
        ("", None),
    ],
)
def test_moment_of_a_request_number(qn: str, expected: Any) -> None:
    assert qn_time(qn, CHINA) == expected
