"""Our warming potentials against the package globalwarmingpotentials."""

from decimal import Decimal

import pytest

from tests.peers.conftest import Asked
from tests.pure.accounting.making import LIBRARY

# Carbon dioxide is 1 by definition; the package has one methane, fossil methane is the note of AR6.
ONLY_OURS = {"CO2", "CH4-fossil"}


def test_warming_potentials_equal_the_packages_in_all_four_sets(asked: Asked) -> None:
    theirs = asked(script="potentials")
    ours = [f for f in LIBRARY.factors.values() if f.key("table") == "gwp" and f.key("gas") not in ONLY_OURS]

    assert {f.key("set") for f in ours} == {"SAR", "AR4", "AR5", "AR6"}
    for factor in ours:
        given = theirs[factor.key("set")][factor.key("gas").replace("-", "")]
        assert factor.value == pytest.approx(Decimal(given), abs=Decimal("1e-9")), factor.id
