"""Border-rule cases by opencbam. Run by the peers' Python: JSON cases on standard input, JSON answers on standard output.

A precursor may name an earlier case by its number, whose answer it then carries. Decimals travel as text.
"""

import json
import sys
from decimal import Decimal
from typing import Any

from opencbam.engine import types
from opencbam.engine.attribution import attribute
from opencbam.engine.see import compute_see

SECTORS = {
    "fertiliser": types.Sector.FERTILISERS, "cement": types.Sector.CEMENT, "hydrogen": types.Sector.HYDROGEN,
    "iron_steel": types.Sector.IRON_STEEL, "aluminium": types.Sector.ALUMINIUM,
}  # fmt: skip


def numbers(rows: list[list[str]]) -> list[list[Decimal]]:
    return [[Decimal(value) for value in row] for row in rows]


def answer_of(case: dict[str, Any], before: list[dict[str, str]]) -> dict[str, str]:
    """Answer to one case: sources and flows in the order of their fields."""
    precursors = []
    for mass, place, union in case.get("precursors", ()):
        made = before[place]
        direct, indirect = Decimal(made["see_direct"]), Decimal(made["see_indirect"])
        precursors.append(types.PrecursorInput(Decimal(mass), direct, indirect, eu_origin=union))
    burnt = [
        types.CombustionStream(q, n, f, oxidation_factor=o, biomass_fraction=b)
        for q, n, f, o, b in numbers(case.get("burnt", []))
    ]
    gas = [
        types.WasteGasFlow(*row, is_export=out)
        for name, out in (("gas_in", False), ("gas_out", True))
        for row in numbers(case.get(name, []))
    ]
    process = types.ProductionProcess(
        sector=SECTORS[case["sector"]], activity_level=Decimal(case["activity"]), combustion=burnt,
        process=[types.ProcessStream(*row) for row in numbers(case.get("converted", []))],
        mass_balance=[types.MassBalanceStream(*row) for row in numbers(case.get("balanced", []))],
        measured=[types.MeasuredEmission(*row) for row in numbers(case.get("measured", []))],
        n2o=[types.N2OStream(*row) for row in numbers(case.get("nitrous", []))], waste_gas=gas, precursors=precursors,
        heat_imported=[types.HeatFlow(*row) for row in numbers(case.get("heat_in", []))],
        heat_exported=[types.HeatFlow(*row) for row in numbers(case.get("heat_out", []))],
        electricity_consumed=[types.ElectricityFlow(*row) for row in numbers(case.get("power_in", []))],
        electricity_produced=[types.ElectricityFlow(*row) for row in numbers(case.get("power_out", []))],
    )  # fmt: skip
    own = attribute(process)
    found = compute_see(process, own)
    return {
        "direct": str(own.direct), "indirect": str(own.indirect), "see_direct": str(found.see_direct),
        "see_indirect": str(found.see_indirect), "from_precursors": str(found.precursor_direct),
    }  # fmt: skip


def main() -> None:
    answers: list[dict[str, str]] = []
    for case in json.load(sys.stdin):
        answers.append(answer_of(case, answers))
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
