"""Error propagation with shared factors, Monte Carlo with a seed, and the European floor."""

from decimal import Decimal

import pytest

from accounting.carbon.domain.uncertainty import ConflictingInput, propagated, simulated
from tests.pure.accounting.making import Entry, book, entry, line_of, q

ONE = {"CO2": Decimal(1)}


def two_lines(*, shared: bool) -> list[object]:
    """60 + 40 t, activity known to 5 %, the factor to 10 %."""
    return [
        line_of(
            entry(
                "process_factor",
                {"amount": q(a, u="0.05"), "ef": q("1", u="0.10", meter="lab" if shared else "")},
                id=a,
            )
        )
        for a in ("60", "40")
    ]


@pytest.mark.parametrize(("shared", "percent"), [(True, 10.63), (False, 8.06)])
def test_a_shared_factor_adds_up_and_does_not_cancel(shared: bool, percent: float) -> None:
    found = propagated(lines=two_lines(shared=shared), weights=ONE)  # type: ignore[arg-type]

    assert found.total == 100
    assert found.relative is not None
    assert found.relative * 100 == pytest.approx(percent, abs=0.005)
    assert sum(c.share for c in found.contributions) == pytest.approx(1)


def test_what_is_bought_and_sold_at_one_factor_cancels() -> None:
    heat = book(entry("heat", {"bought": q("100"), "sold": q("100"), "ef": q("0.11", u="0.2", meter="ef")})).lines

    assert propagated(lines=heat, weights=ONE).half == pytest.approx(0, abs=1e-12)
    assert propagated(lines=heat, weights=ONE).relative is None


def test_monte_carlo_repeats_and_agrees_with_the_propagation() -> None:
    lines = two_lines(shared=True)
    first, again, other = (simulated(lines=lines, weights=ONE, draws=20_000, seed=s) for s in (7, 7, 8))  # type: ignore[arg-type]

    assert first == again
    assert first != other
    assert (first.high - first.low) / 2 == pytest.approx(10.63, rel=0.03)


def test_fractions_are_cut_and_large_ranges_are_lognormal() -> None:
    values = {"amount": q("100", u="0.5"), "cf": q("1"), "of": q("0.99", u="0.2")}
    line = line_of(entry("catalytic_cracking", values), method="CN-PETRO-2014")

    found = simulated(lines=[line], weights=ONE, draws=20_000, seed=1)

    assert 0 < found.low < found.high
    assert found.high < 100 * 44 / 12 * 1.55


def test_one_meter_with_two_uncertainties_is_refused() -> None:
    lines = [
        line_of(entry("process_factor", {"amount": q("1", u=u, meter="m"), "ef": q("1")}, id=u)) for u in ("0.1", "0.2")
    ]

    with pytest.raises(ConflictingInput):
        propagated(lines=lines, weights=ONE)


def test_inputs_without_uncertainty_are_named() -> None:
    found = propagated(lines=[line_of(Entry("x", "heat", {"bought": q("1")}))], weights=ONE)

    assert found.unknown == ("A/2023/x.bought/amount", "process.heat.ef")
