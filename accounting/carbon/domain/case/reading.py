"""From the text of a case to entries and networks. What the schema refuses is named by its path in the file."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from accounting.carbon.domain.balance.network import (
    Allocation,
    Import,
    Network,
    Node,
    Rule,
    Storage,
    Stream,
    StreamKind,
    Transfer,
)
from accounting.carbon.domain.energy import Certificate
from accounting.carbon.domain.kinds import Entry
from accounting.carbon.domain.lines import Quantity
from accounting.factors.domain.library import Library
from parks.catalogue.domain.errors import Invalid, PlatformError

LARGEST = Decimal(10) ** 18
LARGEST_UNCERTAINTY = 10


class NotACase(Invalid):
    """The text is not JSON."""

    code = "case.not_json"


class BreaksSchema(Invalid):
    """A value at a path of the file is not what the schema asks for."""

    code = "case.schema"


class OutOfRange(Invalid):
    """A number is larger than anything a park can measure, or an uncertainty is none."""

    code = "case.number_out_of_range"


@dataclass(frozen=True, slots=True)
class Problem:
    """An error with its place in the file, such as /statutory/0/lines/3."""

    path: str
    error: PlatformError


def parsed(*, text: str) -> Any:
    """JSON with every number as a decimal, so that no digit is lost before the ledger.

    Raises:
        NotACase: with line and column.
    """

    def refuse(name: str) -> Any:
        raise NotACase(f"{name} is no number.")

    try:
        return json.loads(text, parse_float=Decimal, parse_int=Decimal, parse_constant=refuse)
    except json.JSONDecodeError as error:
        raise NotACase(f"Not JSON: {error.msg} at line {error.lineno}, column {error.colno}.") from error


def schema_problems(*, case: Any, schema: Mapping[str, Any]) -> tuple[Problem, ...]:
    """Everything that the schema refuses, by path."""
    found = sorted(
        Draft202012Validator(schema).iter_errors(plain(case)), key=lambda e: [str(p) for p in e.absolute_path]
    )
    return tuple(problem_of(error) for error in found)


def plain(value: Any) -> Any:
    """The same data with whole decimals as integers, as the schema knows them."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, Decimal):
        whole = value == value.to_integral_value() and abs(value.adjusted()) < 30
        return int(value) if whole else float(value)
    return value


def problem_of(error: ValidationError) -> Problem:
    deepest = best_match([error]) or error
    path = "/" + "/".join(str(part) for part in deepest.absolute_path)
    message = deepest.message if len(deepest.message) <= 200 else deepest.message[:197] + "..."
    return Problem(path, BreaksSchema(f"{path}: {message}", path=path))


def sane(given: Any) -> Decimal:
    """A number in the range of things that exist.

    Raises:
        OutOfRange: beyond 1e18 on either side.
    """
    value = Decimal(given)
    if not abs(value) <= LARGEST:
        raise OutOfRange(f"{given} is out of range.", value=str(given))
    return value


def quantity(given: Any, library: Library) -> Quantity:
    """A number, a number with unit, or a factor of the library.

    Raises:
        UnknownFactor: no factor of that id.
    """
    if not isinstance(given, dict):
        return Quantity(sane(given))
    uncertainty = sane(given["uncertainty"]) if "uncertainty" in given else None
    if uncertainty is not None and not 0 <= uncertainty <= LARGEST_UNCERTAINTY:
        raise OutOfRange(f"{uncertainty} is no relative uncertainty.", value=str(uncertainty))
    if "factor" in given:
        found = library.get(given["factor"])
        return Quantity(
            found.value, found.unit, found.uncertainty if uncertainty is None else uncertainty, factor=found.id
        )
    return Quantity(sane(given["value"]), given.get("unit", ""), uncertainty, given.get("meter", ""))


def entry(given: Mapping[str, Any], library: Library) -> Entry:
    """One statutory line as it came in."""
    rows = {
        name: tuple({part: of_row(part, value, library) for part, value in row.items()} for row in listed)
        for name, listed in given.get("rows", {}).items()
    }
    values = {name: quantity(value, library) for name, value in given.get("values", {}).items()}
    return Entry(given["id"], given["kind"], values, given.get("choices", {}), rows, given.get("biogenic", False))


def of_row(part: str, value: Any, library: Library) -> Quantity:
    # A pure substance travels as a name; its carbon content is looked up when the line is built.
    return Quantity(Decimal(0), factor=value) if part == "substance" else quantity(value, library)


def certificates(given: Mapping[str, Any]) -> Sequence[Certificate]:
    return [
        Certificate(c["id"], sane(c["mwh"]), c.get("acquisition", ""), c.get("attribute", ""), c.get("proof", ""))
        for c in given.get("certificates", ())
    ]


def network(given: Mapping[str, Any], library: Library) -> Network:
    """The park of one month.

    Raises:
        UnknownFactor: an import names a factor that is not there.
    """
    return Network(
        month=given["month"],
        streams=tuple(
            Stream(
                s["id"], StreamKind(s["kind"]), s["unit"], number(s, "demand"), number(s, "loss"), s.get("loss_borne_by"),
                number(s, "carbon"), number(s, "uncertainty", 0.005),
            )
            for s in given["streams"]
        ),
        nodes=tuple(
            Node(
                n["id"], n["enterprise"], flows(n, "inputs"), flows(n, "outputs"), flows(n, "direct"), allocation(n.get("allocation")),
                number(n, "fuel_carbon"), number(n, "residues"),
            )
            for n in given["nodes"]
        ),
        imports=tuple(imported(one, library) for one in given.get("imports", ())),
        storages=tuple(
            Storage(
                s["id"], s["stream"], s["enterprise"], number(s, "opening"), number(s, "charge"), number(s, "draw"),
                flows(s, "opening_factors"), number(s, "loss"),
            )
            for s in given.get("storages", ())
        ),
        transfers=tuple(
            Transfer(t["stream"], t["seller"], t["buyer"], number(t, "sold"), number(t, "bought"), number(t, "uncertainty", 0.005))
            for t in given.get("transfers", ())
        ),
    )  # fmt: skip


def number(given: Mapping[str, Any], name: str, default: float = 0.0) -> float:
    return float(sane(given[name])) if name in given else default


def flows(given: Mapping[str, Any], name: str) -> dict[str, float]:
    return {key: float(sane(value)) for key, value in given.get(name, {}).items()}


def allocation(given: Mapping[str, Any] | None) -> Allocation | None:
    if given is None:
        return None
    return Allocation(Rule(given["rule"]), flows(given, "shares"), flows(given, "weights"), flows(given, "parameters"))


def imported(given: Mapping[str, Any], library: Library) -> Import:
    if "factor" in given:
        found = library.get(given["factor"])
        return Import(given["stream"], number(given, "quantity"), {"CO2": float(found.value)}, found.id)
    return Import(given["stream"], number(given, "quantity"), flows(given, "factors"), given.get("factor_id", ""))
