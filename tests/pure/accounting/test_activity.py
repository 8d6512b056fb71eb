"""Activity data without a database: rows to lines, sums of hours, samples, numbers, and what a line may say."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounting.activity.domain.checking import Content, Known, MissingField, Negative, checked
from accounting.activity.domain.declared import DECLARED, WrongUnit
from accounting.activity.domain.derived import Derived, NothingMeasured, Summed, derived
from accounting.activity.domain.plausibility import Limits, Seen, findings
from accounting.activity.domain.quantities import BadNumber, Given, given_of
from accounting.activity.domain.sampling import sampled, seed_of
from accounting.activity.domain.tables import BadRow, Draft, drafts_of_items, drafts_of_rows, header_of, month_of
from accounting.carbon.domain.ledger import KINDS
from accounting.carbon.domain.units import UNITS
from accounting.carbon.rendering.kinds import declared_kinds


@pytest.fixture(autouse=True)
def _handed_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the platform hands the ledger's kinds down when it starts."""
    monkeypatch.setattr(DECLARED, "kinds", {**DECLARED.kinds, **declared_kinds()})
    monkeypatch.setattr(DECLARED, "units", dict(UNITS))


def test_every_kind_of_the_ledger_is_declared() -> None:
    assert set(declared_kinds()) == KINDS


@pytest.mark.parametrize(
    "written",
    ["2026-01", "2026/1", "2026年1月", "202601", "2026-01-15", date(2026, 1, 31), datetime(2026, 1, 1)],  # noqa: DTZ001
)
def test_a_month_is_read_as_people_write_it(written: Any) -> None:
    assert month_of(1, written) == date(2026, 1, 1)


@pytest.mark.parametrize("written", ["2026", "2026-13", "01-2026", "1926-01", "", None])
def test_what_is_no_month_is_refused(written: Any) -> None:
    with pytest.raises(BadRow):
        month_of(1, written)


def test_a_header_is_found_in_both_languages() -> None:
    assert header_of(["月份 (month)", "编号", "Kind", "数值 (value)", "单位"]) == [
        "month",
        "code",
        "kind",
        "value",
        "unit",
    ]
    assert header_of(["月份", "编号"]) is None


def rows(*items: dict[str, Any]) -> list[Draft | BadRow]:
    return list(
        drafts_of_rows(enumerate(({"month": "2026-01", "kind": "combustion", **item} for item in items), start=2))
    )


def test_rows_of_a_code_come_together_and_bad_rows_alone() -> None:
    found = rows(
        {"code": "a", "value": 12.0, "unit": "t", "fuel": "lng"},
        {"code": "a", "field": "ncv", "value": "51.5", "uncertainty": "2"},
        {"code": "b", "value": "1", "month": "later"},
    )

    bad = [one for one in found if isinstance(one, BadRow)]
    (draft,) = [one for one in found if isinstance(one, Draft)]
    assert [(one.row, one.rule) for one in bad] == [(4, "month.form")]
    assert draft.values == {"amount": {"value": "12", "unit": "t"}, "ncv": {"value": "51.5", "uncertainty": "0.02"}}
    assert (draft.choices, draft.rows) == ({"fuel": "lng"}, {2: "amount", 3: "ncv"})


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_no_item_of_a_batch_raises(item: Any) -> None:
    named = item if not isinstance(item, dict) else {"month": "2026-01", "code": "x", "kind": "heat", **item}

    assert all(isinstance(one, Draft | BadRow) for one in drafts_of_items([item, named]))


@pytest.mark.parametrize("text", ["", "x", "NaN", "Infinity", "1e99", "1" * 41, True, [1], None])
def test_what_is_no_number_is_refused(text: Any) -> None:
    with pytest.raises(BadNumber):
        given_of(name="amount", data={"value": text})


def test_a_quarter_of_the_hours_missing_by_hand() -> None:
    """75 of 100 h with 300 kWh: 400 kWh; sqrt(0.03^2 + 0.25^2) = 0.2518."""
    found = derived(sums=[(Summed(Decimal(300), 75, 100), Decimal(1))], meter=Decimal("0.03"))

    assert found == Derived(Decimal(400), Decimal("0.75"), 4, Decimal("0.2518"))


def test_a_channel_without_hours_is_no_zero() -> None:
    with pytest.raises(NothingMeasured):
        derived(sums=[(Summed(Decimal(1), 1, 2), Decimal(1)), (Summed(Decimal(0), 0, 2), Decimal(1))], meter=None)


@given(st.sets(st.integers(1, 10_000), max_size=60), st.integers(0, 2**50))
def test_a_sample_is_of_the_lines_large_enough_and_the_same_again(ids: set[int], seed: int) -> None:
    always = set(sorted(ids)[:2])
    first = sampled(ids=list(ids), seed=seed, share=Decimal("0.2"), least=5, always=always)

    assert first == sampled(ids=sorted(ids, reverse=True), seed=seed, share=Decimal("0.2"), least=5, always=always)
    assert always <= set(first) <= ids
    assert len(first) >= min(len(ids), 5)


def test_a_seed_depends_on_the_text_and_fits_the_column() -> None:
    assert seed_of("a") != seed_of("b")
    assert 0 <= seed_of("a") < 2**63


KNOWN = Known(
    {"fuel.A.lng.cc": "", "fuel.A.lng.ncv": "t", "fuel.B.gas.cc": "", "fuel.B.gas.ncv": "1e4 Nm3"}, frozenset({"CN"})
)


def content(fuel: str, value: str, unit: str, **choices: str) -> Content:
    return Content("x", "combustion", {"amount": Given(Decimal(value), unit)}, {"fuel": fuel, **choices})


def test_the_unit_of_a_fuel_fits_the_basis_of_its_table() -> None:
    checked(content=content("lng", "1", "kg"), known=KNOWN)
    checked(content=content("gas", "1", "Nm3"), known=KNOWN)
    checked(content=content("own-gas", "1", "Nm3", basis="1e4 Nm3"), known=KNOWN)
    with pytest.raises(WrongUnit, match="given in t and is needed in 1e4 Nm3"):
        checked(content=content("gas", "1", "t"), known=KNOWN)
    with pytest.raises(Negative):
        checked(content=content("lng", "-1", "t"), known=KNOWN)
    with pytest.raises(MissingField):
        checked(content=Content("x", "electricity", {"bought": Given(Decimal(1), "MWh")}), known=KNOWN)


LIMITS = Limits(Decimal("0.3"), Decimal("0.5"), Decimal("0.25"), Decimal(1))


def seen(value: str, unit: str = "t", code: str = "a") -> Seen:
    return Seen(code, "combustion", {"amount": Given(Decimal(value), unit)})


def test_another_unit_for_the_same_quantity_is_no_finding() -> None:
    assert findings(lines=[seen("1000", "kg")], month_ago=[seen("1")], year_ago=[seen("1.2")], limits=LIMITS) == []


@pytest.mark.parametrize(
    ("now", "before", "rule"),
    [("1000", "1", "unit_jump"), ("1", "1000", "unit_jump"), ("0", "1", "zero"), ("1", "0", "")],
)
def test_jumps_and_zeros_against_the_month_before(now: str, before: str, rule: str) -> None:
    found = findings(lines=[seen(now)], month_ago=[seen(before)], year_ago=[], limits=LIMITS)
    assert [one.rule for one in found] == [rule] * bool(rule)
