"""From the text of the reference tables to a library. Every product that can be recomputed is recomputed."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from accounting.factors.domain.factors import BrokenRow, Factor, Status, WrongChecksum
from accounting.factors.domain.library import Library

TABLES = ("fuels", "grid", "gwp", "process", "substances")
COLUMNS = frozenset(
    [
        "id",
        "value",
        "unit",
        "source",
        "clause",
        "year",
        "valid_from",
        "valid_to",
        "uncertainty",
        "status",
        "version",
        "approved_by",
        "note",
    ]
)
# Conventional atomic masses (IUPAC) [g/mol].
ATOMIC_MASS = {
    symbol: Decimal(mass)
    for symbol, mass in (
        ("H", "1.008"), ("Li", "6.94"), ("C", "12.011"), ("N", "14.007"), ("O", "15.999"), ("Na", "22.990"), ("Mg", "24.305"),
        ("Cl", "35.45"), ("K", "39.098"), ("Ca", "40.078"), ("Mn", "54.938"), ("Fe", "55.845"), ("Sr", "87.62"), ("Ba", "137.327"),
    )
}  # fmt: skip
CARBON = ATOMIC_MASS["C"]
CARBON_DIOXIDE = CARBON + 2 * ATOMIC_MASS["O"]


def load(*, tables: Mapping[str, str]) -> Library:
    """Read the reference tables.

    Args:
        tables: text of each CSV by name: fuels, grid, gwp, process, substances.

    Raises:
        BrokenRow: a column is missing, a value is no number, an id is there twice.
        WrongChecksum: a printed product does not follow from its parts.
    """
    factors: dict[str, Factor] = {}
    for table in TABLES:
        for factor in rows_of(table=table, text=tables.get(table, "")):
            if factor.id in factors:
                raise BrokenRow(f"{factor.id} is there twice.", factor=factor.id)
            factors[factor.id] = factor
    check_products(factors)
    check_stoichiometry(factors)
    return Library(factors=factors)


def rows_of(*, table: str, text: str) -> Iterator[Factor]:
    reader = csv.DictReader(io.StringIO(text))
    missing = COLUMNS - set(reader.fieldnames or ())
    if missing:
        raise BrokenRow(f"Table {table} lacks columns: {', '.join(sorted(missing))}.", table=table)
    for row in reader:
        try:
            yield factor_of(table=table, row=row)
        except (InvalidOperation, ValueError, TypeError, AttributeError) as error:
            raise BrokenRow(
                f"Row {row.get('id')} of {table} cannot be read.", table=table, row=row.get("id")
            ) from error


def factor_of(*, table: str, row: Mapping[str, str]) -> Factor:
    keys = (("table", table), *((name, text) for name, text in row.items() if name not in COLUMNS))
    return Factor(
        id=row["id"], value=Decimal(row["value"]), unit=row["unit"], source=row["source"], clause=row["clause"],
        year=int(row["year"]) if row["year"] else None, valid_from=day_of(row["valid_from"]), valid_to=day_of(row["valid_to"]),
        uncertainty=Decimal(row["uncertainty"]) / 100 if row["uncertainty"] else None, status=Status(row["status"]),
        version=row["version"], approved_by=row["approved_by"], note=row["note"], keys=keys,
    )  # fmt: skip


def day_of(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def check_products(factors: Mapping[str, Factor]) -> None:
    """Each printed fuel factor against NCV x CC x OF x 44/12, to half a unit of its last printed digit."""
    for factor in factors.values():
        if factor.key("table") != "fuels" or factor.key("parameter") != "EF":
            continue
        stem = factor.id.rsplit(".", 1)[0]
        try:
            ncv, cc, of = (factors[f"{stem}.{part}"].value for part in ("ncv", "cc", "of"))
        except KeyError as error:
            raise BrokenRow(f"{factor.id} has a product but not all of its parts.", factor=factor.id) from error
        compare(factor=factor, computed=ncv * cc * of * 44 / 12)


def check_stoichiometry(factors: Mapping[str, Factor]) -> None:
    """Carbonate factors and carbon contents against the masses of their atoms."""
    for factor in factors.values():
        kind = factor.key("kind")
        if factor.key("table") != "substances":
            continue
        atoms = atoms_of(factor.key("formula"))
        mass = sum((ATOMIC_MASS[symbol] * count for symbol, count in atoms.items()), Decimal(0))
        carbons = atoms["C"]
        computed = {
            "CARBON": carbons * CARBON / mass,
            "CARBONATE": carbons * CARBON_DIOXIDE / mass,
            "CALCINATION": carbons * CARBON_DIOXIDE / mass / 2,
        }[kind]
        compare(factor=factor, computed=computed)


def compare(*, factor: Factor, computed: Decimal) -> None:
    exponent = factor.value.as_tuple().exponent
    unit = Decimal(1).scaleb(int(exponent))
    if abs(computed - factor.value) > unit / 2:
        raise WrongChecksum(
            f"{factor.id} reads {factor.value}, its parts give {computed:.6f}.",
            factor=factor.id, printed=str(factor.value), computed=f"{computed:.6f}",
        )  # fmt: skip


def atoms_of(formula: str) -> dict[str, int]:
    """Count of each element in a formula such as CaMg(CO3)2 (one level of brackets)."""
    counts: dict[str, int] = {}
    for inner, times, symbol, number in re.findall(r"\(([^)]*)\)(\d*)|([A-Z][a-z]?)(\d*)", formula):
        part = atoms_of(inner) if inner else {symbol: 1}
        for element, count in part.items():
            counts[element] = counts.get(element, 0) + count * int((times if inner else number) or 1)
    return counts
