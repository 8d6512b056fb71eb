"""From activity data in force to flows and emissions of a park's month, and to what each enterprise reports of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from accounting.activity.domain.quantities import FLOW, FLOW_SIDES, Given, given_of
from accounting.carbon.domain.balance.gathering import BIOGENIC, Emission, Flow
from accounting.carbon.domain.inventory import CROSSWALK, is_counted
from accounting.carbon.domain.kinds import Setting
from accounting.carbon.domain.ledger import Ledger, computed
from accounting.carbon.domain.lines import Category, Line
from accounting.carbon.domain.methods import Method
from accounting.carbon.domain.units import converted
from accounting.carbon.services.inventories import entry_of
from accounting.factors.domain.factors import Electricity
from accounting.factors.domain.library import Library
from parks.catalogue.domain.errors import Invalid, PlatformError

STATED_ZERO = "none"  # choice `factor` of an import whose emissions upstream are left out on purpose
FROM_CARBON = 12 / 44
ENERGY_CATEGORIES = (Category.ELECTRICITY_BOUGHT, Category.ELECTRICITY_SOLD, Category.HEAT_BOUGHT, Category.HEAT_SOLD)


class NoStream(Invalid):
    """A line says that something flows and not what."""

    code = "flow.no_stream"


@dataclass(frozen=True, slots=True)
class Books:
    """One enterprise of the month: its activity data and what its own method makes of them."""

    enterprise: str
    lines: Mapping[str, Any]  # activity lines in force by code
    ledger: Ledger
    method: Method


def books_of(
    *, lines: Sequence[Any], methods: Mapping[int, Method], names: Mapping[int, str], library: Library, month: date
) -> list[Books]:
    """The ledger of each enterprise by its own method."""
    own: defaultdict[int, dict[str, Any]] = defaultdict(dict)
    for line in lines:
        own[line.enterprise_id][line.code] = line
    return [
        Books(
            str(enterprise), rows,
            computed(
                entries=[entry_of(line) for line in rows.values() if line.kind != FLOW],
                setting=Setting(library, methods[enterprise], names[enterprise], f"{month:%Y-%m}"),
            ),
            methods[enterprise],
        )
        for enterprise, rows in sorted(own.items())
    ]  # fmt: skip


def emissions_of(*, books: Books, carbon_streams: frozenset[str]) -> list[Emission]:
    """Direct emissions with their nodes.

    Args:
        carbon_streams: nodes that take carbon with a stream; what their processes emit came with it.
    """
    found = []
    for line in books.ledger.lines:
        place = CROSSWALK[line.category]
        if not place.statutory or place.ghg_scope != "1":
            continue
        source = source_of(books, line)
        gas = BIOGENIC if line.biogenic and line.gas == "CO2" else line.gas
        node = code_of(source.node)
        fed = source.stream_id is not None or (line.category is not Category.COMBUSTION and node in carbon_streams)
        brought, rest = fuel_carbon(line, fed=fed)
        found.append(Emission(line.id, books.enterprise, node, gas, float(line.tonnes), brought, rest))
    return found


def source_of(books: Books, line: Line) -> Any:
    """The activity line behind a line of the ledger, which may carry a suffix such as .bought."""
    return books.lines.get(line.id) or books.lines[line.id.rpartition(".")[0]]


def code_of(thing: Any) -> str:
    return "" if thing is None else str(thing.code)


def fuel_carbon(line: Line, *, fed: bool) -> tuple[float, float]:
    """Carbon that came with fuel beside the streams, and that stayed unburnt [tC]."""
    if line.gas != "CO2" or line.category is Category.RECOVERY:
        return 0.0, 0.0
    carbon = float(line.tonnes) * FROM_CARBON
    burnt = line.values().get("of") if line.category is Category.COMBUSTION else None
    rest = carbon * (1 / float(burnt) - 1) if burnt else 0.0
    if fed:
        return 0.0, rest
    return carbon + rest, rest


def flows_of(*, books: Books, library: Library, month: date) -> tuple[list[Flow], list[tuple[str, PlatformError]]]:
    """Flows of one enterprise, and what was wrong with others, by line."""
    found: list[Flow] = []
    wrong: list[tuple[str, PlatformError]] = []
    for code, line in books.lines.items():
        try:
            found += flows_of_line(line=line, books=books, library=library, month=month)
        except PlatformError as error:
            wrong.append((code, error))
    return found, wrong


def flows_of_line(*, line: Any, books: Books, library: Library, month: date) -> list[Flow]:
    """Flows of one line.

    Raises:
        NoStream: a line of kind flow, or bought energy, without its stream.
        WrongDimension, UnknownFactor: of its quantity, of its import factor.
    """
    if line.stream is None:
        if line.kind in (FLOW, "electricity", "heat"):
            raise NoStream(f"Line {line.code} names no stream.", line=line.code)
        return []
    given = {name: given_of(name=name, data=data) for name, data in line.values.items()}
    if line.kind in ("steam", "hot_water"):
        return [flow(line, books, "bought", heat_of(books, line.code), given["mass"].uncertainty)]
    sides = (
        {"amount": "used"}
        if line.kind not in (FLOW, "electricity", "heat")
        else dict.fromkeys((*FLOW_SIDES, "bought", "sold"))
    )
    found = []
    for name, quantity in given.items():
        if name in sides:
            found.append(flow(line, books, sides[name] or name, in_unit(quantity, line, name), quantity.uncertainty))
            if found[-1].side == "imported":
                found[-1] = imported(found[-1], line, library, month)
    return found


def heat_of(books: Books, code: str) -> float:
    """Heat of steam or hot water as the ledger computed it [GJ]."""
    for line in books.ledger.lines:
        if line.id == code:
            return float(line.tonnes / line.values()["ef"])
    raise NoStream(f"Line {code} could not be computed, so its heat is not known.", line=code)


def in_unit(quantity: Given, line: Any, name: str) -> float:
    return float(
        converted(value=quantity.value, given=quantity.unit, needed=line.stream.unit, name=f"{line.code}.{name}")
    )


def flow(line: Any, books: Books, side: str, quantity: float, uncertainty: Decimal | None) -> Flow:
    return Flow(
        line.code, books.enterprise, code_of(line.node), line.stream.code, side, quantity,
        None if uncertainty is None else float(uncertainty), str(line.choices.get("partner", "")),
    )  # fmt: skip


def imported(one: Flow, line: Any, library: Library, month: date) -> Flow:
    """An import with its factor: of the grid by region and year, of the library by id, or a zero that was stated."""
    chosen = str(line.choices.get("factor", ""))
    if chosen == STATED_ZERO:
        factors, factor_id = {"CO2": 0.0}, STATED_ZERO
    elif chosen:
        found = library.get(chosen)
        factors, factor_id = {"CO2": float(found.value)}, found.id
    else:
        year = int(line.choices.get("factor_year", month.year))
        # The grid's average is a fact of the park's fence; by which number an enterprise reports is another matter.
        kind = Electricity(line.choices.get("number", Electricity.AVERAGE.value))
        found = library.grid(region=str(line.choices.get("region", "")), year=year, kind=kind)
        factors, factor_id = {"CO2": float(found.value)}, found.id
    return Flow(
        one.line, one.enterprise, one.node, one.stream, one.side, one.quantity, one.uncertainty, one.partner, factors, factor_id
    )  # fmt: skip


def measured_of(*, books: Books) -> list[dict[str, Any]]:
    """CO2 that stacks measured beside the calculation, by node, with the least certain input of each line."""
    found = []
    for line in books.ledger.lines:
        if line.category is Category.MEASURED_CHECK:
            half = max((float(one.uncertainty) for one in line.inputs if one.uncertainty is not None), default=0.0)
            source = source_of(books, line)
            found.append({"node": code_of(source.node), "line": source.pk, "code": line.id, "tonnes": float(line.tonnes), "half": half})  # fmt: skip
    return found


def reported_of(*, books: Books, weights: Mapping[str, Decimal]) -> dict[str, Any]:
    """What an enterprise reports of the month [t CO2e]: total and direct part, and its factors of each energy stream.

    Energy that names no stream is bought past the park's pools and stands apart as `unlinked`.
    """
    total, direct, unlinked = Decimal(0), Decimal(0), Decimal(0)
    tonnes: defaultdict[str, Decimal] = defaultdict(Decimal)
    net: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line in books.ledger.lines:
        if not is_counted(line):
            continue
        amount = line.tonnes * weights[line.gas]
        if line.category not in ENERGY_CATEGORIES:
            total, direct = total + amount, direct + amount
            continue
        source = source_of(books, line)
        if source.stream is None:
            unlinked += amount
            continue
        total += amount
        sign = -1 if line.category in (Category.ELECTRICITY_SOLD, Category.HEAT_SOLD) else 1
        tonnes[source.stream.code] += amount
        net[source.stream.code] += sign * quantity_of(line, source.stream.unit)
    factors = {s: tonnes[s] / net[s] for s in sorted(net) if net[s]}
    return {
        "total": format(total, "f"), "direct": format(direct, "f"), "unlinked": format(unlinked, "f"),
        "energy_factors": {s: format(f, "f") for s, f in factors.items()},
    }  # fmt: skip


def quantity_of(line: Line, unit: str) -> Decimal:
    """Energy of a line of the ledger in the unit of its stream."""
    values = {one.name: one for one in line.inputs}
    if "amount" in values:
        return converted(value=values["amount"].value, given=values["amount"].unit, needed=unit)
    return converted(value=abs(line.tonnes) / values["ef"].value, given="GJ", needed=unit)
