"""A reach as it is entered: what follows from a cross-section, and what is refused by row, field and rule."""

from dataclasses import replace
from datetime import date

import pytest

from monitoring.tracing.domain.river_reach import (
    FORM,
    Known,
    Told,
    bands_of,
    checked,
    digest_of,
    estimated_dispersion,
    table_of,
    text_of,
)
from monitoring.tracing.domain.water.sheets import BadTable

TOLD = Told("r", "survey", date(2026, 5, 1), None, 5000.0, 0.0003, 30.0, 1.5, speed_low=0.4, speed_high=0.625)
KNOWN = Known(frozenset({"Plant"}), frozenset({"w23002"}))
HEAD = b"kind,id,chainage_m,enterprise,substances,decay_per_day\n"


def test_flow_follows_from_speed_speed_from_flow_and_dispersion_from_fischer() -> None:
    """45 m2 at 0.4 to 0.625 m/s. Fischer by hand: 0.011 x 0.5^2 x 30^2 / (1.5 x sqrt(9.81 x 1.5 x 0.0003)) = 24.83 m2/s at 0.5 m/s."""
    by_speed = bands_of(told=TOLD)
    by_flow = bands_of(told=replace(TOLD, speed_low=None, speed_high=None, flow_low=18.0, flow_high=28.125))

    assert by_speed["flow_m3_s"] == {"low": 18.0, "high": 28.125}
    assert by_flow["speed_m_s"] == {"low": 0.4, "high": 0.625}
    assert estimated_dispersion(told=TOLD) == pytest.approx(24.83, rel=0.001)
    assert by_speed["dispersion_m2_s"] == {"low": pytest.approx(24.83 / 4, rel=0.001), "high": pytest.approx(24.83 * 4, rel=0.001)}  # fmt: skip


def test_a_dispersion_that_is_told_is_taken_as_it_is() -> None:
    told = replace(TOLD, dispersion_low=2.0, dispersion_high=9.0)

    assert bands_of(told=told)["dispersion_m2_s"] == {"low": 2.0, "high": 9.0}


def test_hydraulics_that_break_a_rule_are_named_by_field() -> None:
    wrong = replace(TOLD, slope=0.0, speed_high=0.1, flow_low=1.0, valid_to=date(2026, 4, 1), source=" ")

    assert {(one.row, one.field, one.rule) for one in checked(told=wrong)} == {
        (FORM, "slope", "number.positive"), (FORM, "speed_high", "band.order"), (FORM, "flow_high", "band.end"), (FORM, "valid_to", "validity.order"),
        (FORM, "source", "required"),
    }  # fmt: skip
    assert checked(told=TOLD) == []


def test_rows_are_sorted_downstream_and_several_broken_rules_of_a_row_are_all_named() -> None:
    rows = b"station,A,3000,,,\noutfall,X,120.5,Plant,w23002,\ndecay,w23002,,,,0.2\n"
    table, wrong = table_of(data=HEAD + rows, length_m=5000.0, known=KNOWN)
    _, broken = table_of(data=HEAD + rows + b"outfall,,9000,Nobody,,\n", length_m=5000.0, known=KNOWN)

    assert wrong == []
    assert [(one.kind, one.code, one.chainage_m) for one in table.places] == [("OUTFALL", "X", 120.5), ("STATION", "A", 3000.0)]  # fmt: skip
    assert [(one.substance, one.per_day) for one in table.decays] == [("w23002", 0.2)]
    assert [(one.row, one.field, one.rule) for one in broken] == [
        (5, "chainage_m", "chainage.outside"), (5, "enterprise", "enterprise.unknown"), (5, "id", "required"),
    ]  # fmt: skip
    with pytest.raises(BadTable):
        table_of(data=b"a,b\n1,2\n", length_m=5000.0, known=KNOWN)


def test_equal_numbers_have_equal_digests_and_another_number_another_one() -> None:
    table, _ = table_of(data=HEAD + b"station,A,3000,,,\n", length_m=5000.0, known=KNOWN)
    same, other = text_of(told=TOLD, table=table), text_of(told=replace(TOLD, slope=0.0004), table=table)

    assert digest_of(text=same) == digest_of(text=text_of(told=replace(TOLD), table=table))
    assert digest_of(text=same) != digest_of(text=other)
