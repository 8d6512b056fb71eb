"""What the daily report says of the facts of one day; expected numbers are worked out by hand."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounting.reports.domain.daily import (
    Allowance,
    Limit,
    LimitAt,
    Measured,
    Place,
    content,
    digest_of,
    exceedances,
    quotas,
    silent,
    validity,
)
from monitoring.series.domain.verdicts import Reason, Verdict

START = datetime(2026, 3, 17, 16, tzinfo=UTC)  # the 18th begins in Shanghai


def place(channel: int = 1, **overrides: Any) -> Place:
    fields = {
        "channel": channel, "enterprise_id": 7, "enterprise": "甲公司", "outlet_id": 3, "code": "DA001", "point": "锅炉烟囱",
        "pollutant": "a21026", "pollutant_name": "二氧化硫", "unit": "mg/m3", "logger_id": 9, "logger": "L9",
    }  # fmt: skip
    return Place(**(fields | overrides))


def hour(n: int, value: float | None, **overrides: Any) -> Measured:
    fields = {
        "channel": 1, "time": START + timedelta(hours=n), "value": value, "converted": None, "verdict": int(Verdict.VALID),
        "reason": int(Reason.OK), "load_kg": None,
    }  # fmt: skip
    return Measured(**(fields | overrides))


def always(limit: Limit) -> LimitAt:
    return lambda outlet, pollutant, period, time: limit


def over(
    measured: list[Measured], limit_at: LimitAt, *, period: str = "HOUR", **overrides: Any
) -> list[dict[str, Any]]:
    return exceedances(places={1: place(**overrides)}, measured=measured, period=period, limit_at=limit_at)


LIMIT = Limit(maximum=35.0, minimum=None, reference_o2=None, rule="GB 13223-2011")


def test_value_over_the_limit_is_told_with_its_multiple() -> None:
    (row,) = over([hour(0, 35.0), hour(1, 52.5)], always(LIMIT))

    # times over = value / limit - 1 = 52.5 / 35 - 1; the limit itself is kept, not exceeded
    assert (row["value"], row["limit"], row["times"], row["rule"]) == (52.5, 35.0, 0.5, "GB 13223-2011")


def test_limit_with_reference_oxygen_judges_the_converted_value() -> None:
    at_o2 = Limit(maximum=35.0, minimum=None, reference_o2=6.0, rule="r")

    # 28 mg/m3 measured at 9 % oxygen is 28 x (21-6)/(21-9) = 35 at 6 %; at 10 % it is 38.18
    kept, broken = hour(0, 28.0, converted=35.0), hour(1, 28.0, converted=28.0 * 15 / 11)

    (row,) = over([kept, broken], always(at_o2))
    assert row["value"] == pytest.approx(38.1818, abs=1e-4)


def test_limit_without_reference_oxygen_judges_the_value_as_measured() -> None:
    assert over([hour(0, 28.0, converted=90.0)], always(LIMIT)) == []


def test_special_period_tightens_the_limit_only_while_it_lasts() -> None:
    from_noon = START + timedelta(hours=12)

    def limit_at(outlet: int, pollutant: str, period: str, time: datetime) -> Limit:
        return LIMIT if time < from_noon else Limit(24.5, None, None, "GB 13223-2011 · 橙色预警")  # 70 % of 35

    (row,) = over([hour(11, 30.0), hour(12, 30.0)], limit_at)

    assert (row["time"], row["limit"], row["rule"]) == (from_noon.isoformat(), 24.5, "GB 13223-2011 · 橙色预警")


def test_hours_and_days_have_limits_of_their_own() -> None:
    asked = []

    def limit_at(outlet: int, pollutant: str, period: str, time: datetime) -> Limit | None:
        asked.append((outlet, pollutant, period))
        return Limit(10.0, None, None, "day") if period == "DAY" else None

    assert over([hour(0, 12.0)], limit_at) == []
    (row,) = over([hour(0, 12.0)], limit_at, period="DAY")
    assert (row["period"], row["limit"], row["times"]) == ("DAY", 10.0, pytest.approx(0.2))
    assert asked == [(3, "a21026", "HOUR"), (3, "a21026", "DAY")]


def test_value_below_a_minimum_names_the_minimum_and_no_multiple() -> None:
    ph = Limit(maximum=9.0, minimum=6.0, reference_o2=None, rule="GB 8978-1996")

    (row,) = over([hour(0, 5.5), hour(1, 6.0), hour(2, 9.0)], always(ph))

    assert (row["value"], row["limit"], row["times"]) == (5.5, 6.0, None)


@pytest.mark.parametrize("verdict", [Verdict.INVALID, Verdict.SUSPECT, Verdict.MISSING])
def test_only_valid_values_are_held_against_a_plant(verdict: Verdict) -> None:
    assert over([hour(0, 900.0, verdict=int(verdict))], always(LIMIT)) == []


def test_stations_have_no_limits() -> None:
    assert over([hour(0, 900.0)], always(LIMIT), outlet_id=None) == []


def test_worst_exceedance_of_an_outlet_stands_first() -> None:
    rows = over([hour(0, 40.0), hour(1, 70.0), hour(2, 50.0)], always(LIMIT))

    assert [row["value"] for row in rows] == [70.0, 50.0, 40.0]


def test_valid_data_rate_does_not_count_hours_that_were_not_due() -> None:
    bad, none = int(Verdict.INVALID), int(Verdict.MISSING)
    hours = [
        *(hour(n, 1.0) for n in range(18)),
        hour(18, None, verdict=bad, reason=int(Reason.FLAG_FAULT)),
        hour(19, None, verdict=bad, reason=int(Reason.FLAG_CALIBRATION)),
        hour(20, None, verdict=bad, reason=int(Reason.NOT_RUNNING)),
        hour(21, None, verdict=bad, reason=int(Reason.SOURCE_STOPPED)),
        hour(22, None, verdict=bad, reason=int(Reason.ZERO_FLOW)),
        hour(23, None, verdict=none, reason=int(Reason.NO_DATA)),
    ]

    (row,) = validity(places={1: place()}, hours=hours, due_hours=24)

    # 24 hours less 3 in which nothing could be measured are due, 18 of them are valid
    assert (row["valid"], row["due"], row["rate"]) == (18, 21, pytest.approx(18 / 21))


def test_valid_data_rate_of_a_point_joins_its_channels_and_knows_silent_ones() -> None:
    places = {1: place(1), 2: place(2, pollutant="a21002"), 3: place(3, code="DA002", point="未联网")}

    told = validity(places=places, hours=[hour(n, 1.0) for n in range(24)], due_hours=24)

    assert [(row["code"], row["channels"], row["valid"], row["due"]) for row in told] == [
        ("DA001", [1, 2], 24, 48), ("DA002", [3], 0, 24),
    ]  # fmt: skip


def test_point_that_stood_still_all_day_has_no_rate() -> None:
    still = [hour(n, None, verdict=int(Verdict.INVALID), reason=int(Reason.ZERO_FLOW)) for n in range(24)]

    (row,) = validity(places={1: place()}, hours=still, due_hours=24)

    assert (row["due"], row["rate"]) == (0, None)


def test_logger_is_silent_in_hours_in_which_none_of_its_channels_spoke() -> None:
    places = {1: place(1), 2: place(2, pollutant="a21002"), 3: place(3, logger_id=10, logger="L10", code="DA002")}
    missing = int(Verdict.MISSING)
    hours = [
        *(hour(n, 1.0) for n in range(20)),
        *(hour(n, None, verdict=missing) for n in range(20, 24)),
        # the other analyser of the same logger was broken, but the logger said so
        *(hour(n, None, channel=2, verdict=int(Verdict.INVALID)) for n in range(20, 22)),
    ]

    told = silent(places=places, hours=hours, due_hours=24)

    assert [(row["logger"], row["missing"], row["due"]) for row in told] == [("L10", 24, 24), ("L9", 2, 24)]


def test_logger_that_spoke_in_every_hour_and_manual_channels_are_not_silent() -> None:
    places = {1: place(1), 2: place(2, logger_id=None, logger="")}

    assert silent(places=places, hours=[hour(n, 1.0) for n in range(24)], due_hours=24) == []


def allowance(**overrides: Any) -> Allowance:
    fields = {
        "enterprise": "甲公司", "pollutant": "a21002", "pollutant_name": "氮氧化物", "quota_t": Decimal(120),
        "emitted_t": Decimal("30.5"), "day_kg": Decimal("81.5"), "channels": (1, 2),
    }  # fmt: skip
    return Allowance(**(fields | overrides))


def test_quotas_are_exact_and_the_most_used_stands_first() -> None:
    rows = quotas(
        allowances=[allowance(), allowance(pollutant="a34013", quota_t=Decimal("4.2"), emitted_t=Decimal("4.41"))]
    )

    assert [(row["pollutant"], row["used"]) for row in rows] == [
        ("a34013", pytest.approx(1.05)), ("a21002", pytest.approx(30.5 / 120)),
    ]  # fmt: skip
    assert (Decimal(rows[1]["quota_t"]), Decimal(rows[1]["emitted_t"]), Decimal(rows[1]["day_kg"])) == (
        Decimal(120), Decimal("30.5"), Decimal("81.5"),
    )  # fmt: skip


def test_quota_is_written_as_people_write_numbers() -> None:
    assert quotas(allowances=[allowance(quota_t=Decimal("100.0000"))])[0]["quota_t"] == "100"


def test_quota_of_nothing_has_no_share() -> None:
    assert quotas(allowances=[allowance(quota_t=Decimal(0))])[0]["used"] is None


def said(**overrides: Any) -> dict[str, Any]:
    fields = {
        "park": "p", "day": date(2026, 3, 18), "zone_name": "Asia/Shanghai", "version": "1", "due_hours": 24,
        "places": {1: place(1), 2: place(2, pollutant="a21002")}, "hours": [hour(0, 40.0), hour(0, 1.0, channel=2)], "days": [hour(0, 37.0)],
        "limit_at": always(LIMIT), "allowances": [allowance()], "rules": ["b", "a"],
    }  # fmt: skip
    return content(**(fields | overrides))


def test_content_joins_hours_and_days() -> None:
    told = said()

    assert [row["period"] for row in told["exceedances"]] == ["HOUR", "DAY"]
    assert (told["points"], told["channels"], told["hours_due"], told["hours_valid"]) == (1, 2, 48, 2)
    assert told["valid_rate"] == pytest.approx(2 / 48)


def test_order_of_the_facts_does_not_change_the_fingerprint_and_a_value_does() -> None:
    first = digest_of(said())
    again = said(
        places={2: place(2, pollutant="a21002"), 1: place(1)},
        hours=[hour(0, 1.0, channel=2), hour(0, 40.0)],
        rules=["a", "b"],
    )

    assert digest_of(again) == first
    assert digest_of(said(hours=[hour(0, 40.1), hour(0, 1.0, channel=2)])) != first
