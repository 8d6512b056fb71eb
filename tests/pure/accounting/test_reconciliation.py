"""Meters that contradict each other: least squares by hand, and which meter is blamed."""

import pytest

from accounting.carbon.domain.balance.reconciliation import Meter, reconciled


def test_reconciliation_moves_the_worse_meter_and_finds_the_wrong_one() -> None:
    # One pool: in 100 +- 1, out 60 +- 2 and 36 +- 2; variances 1 : 4 : 4 share the 4 t.
    meters = [Meter("in", "p", 1, 100.0, 1.0), Meter("out1", "p", -1, 60.0, 2.0), Meter("out2", "p", -1, 36.0, 2.0)]
    found = reconciled(meters=meters)

    assert [m.value for m in found.meters] == pytest.approx([100 - 4 / 9, 60 + 16 / 9, 36 + 16 / 9])
    assert found.degrees == 1
    assert found.chi_square == pytest.approx(4**2 / (9 / 1.96**2))
    assert found.probability < 0.05
    assert all(m.suspect for m in found.meters)


def test_reconciliation_with_carbon_points_at_one_meter() -> None:
    # A node turns 100 t with 0.8 C into 78 t and 20 t with 0.8 C; the waste meter reads 30.
    meters = [
        Meter("feed in", "feed", 1, 100.0, 1.0), Meter("feed", "feed", -1, 100.0, 1.0), Meter("made", "good", 1, 78.0, 1.0),
        Meter("sold", "good", -1, 78.0, 1.0), Meter("waste", "waste", 1, 30.0, 1.0), Meter("waste out", "waste", -1, 20.0, 1.0),
    ]  # fmt: skip
    found = reconciled(meters=meters, contents={"node": {"feed": 0.8, "made": -0.8, "waste": -0.8}})
    tests = {m.id: m.test for m in found.meters}

    assert max(tests, key=lambda name: tests[name]) == "waste"
    balance = {m.id: m.value for m in found.meters}
    assert balance["feed"] == pytest.approx(balance["made"] + balance["waste"])


def test_consistent_meters_are_left_alone() -> None:
    found = reconciled(meters=[Meter("in", "p", 1, 10.0, 0.1), Meter("out", "p", -1, 10.0, 0.1)])

    assert [m.value for m in found.meters] == [10.0, 10.0]
    assert found.probability == 1.0
