"""One line of the statutory ledger: which equation, which inputs from where, what result. A line can be recomputed."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from enum import StrEnum
from functools import wraps
from typing import ParamSpec, TypeVar

from parks.catalogue.domain.errors import Invalid

# Wide enough that no product of printed factors is ever rounded and a division leaves 49 good digits.
LEDGER = Context(prec=50)

P = ParamSpec("P")
R = TypeVar("R")


def in_ledger(function: Callable[P, R]) -> Callable[P, R]:
    """Run a function in the decimal context of the ledger, whatever the caller's is."""

    @wraps(function)
    def inner(*args: P.args, **kwargs: P.kwargs) -> R:
        with localcontext(LEDGER):
            return function(*args, **kwargs)

    return inner


class Category(StrEnum):
    """Where a line stands in the statutory total, and by way of `inventory.CROSSWALK` in the others."""

    COMBUSTION = "COMBUSTION"
    PROCESS = "PROCESS"
    WASTE = "WASTE"  # treated on the own site
    FUGITIVE = "FUGITIVE"
    MEASURED = "MEASURED"  # in the place of a calculation
    MEASURED_CHECK = "MEASURED_CHECK"  # beside a calculation, never added to it
    RECOVERY = "RECOVERY"
    ELECTRICITY_BOUGHT = "ELECTRICITY_BOUGHT"
    ELECTRICITY_SOLD = "ELECTRICITY_SOLD"
    HEAT_BOUGHT = "HEAT_BOUGHT"
    HEAT_SOLD = "HEAT_SOLD"
    ELECTRICITY_MARKET = "ELECTRICITY_MARKET"  # the same purchase by contracts; beside the total, never in it


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as it came in."""

    value: Decimal
    unit: str = ""
    uncertainty: Decimal | None = None  # half of the 95 % interval, relative, as a fraction
    meter: str = ""  # two lines that name one meter share its error
    factor: str = ""  # id, when the value was chosen from the library


@dataclass(frozen=True, slots=True)
class Input:
    """A number as it went into an equation."""

    name: str
    value: Decimal
    unit: str
    identity: str  # what it shares its error with: a factor id, a meter, or nothing but itself
    factor: str = ""
    status: str = ""  # of the factor; empty for what was given
    uncertainty: Decimal | None = None
    fraction: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A result [t of the gas] with all that it was computed from."""

    id: str
    enterprise: str
    period: str
    kind: str
    category: Category
    gas: str
    equation: str
    inputs: tuple[Input, ...]
    tonnes: Decimal
    biogenic: bool = False

    def values(self) -> dict[str, Decimal]:
        return {one.name: one.value for one in self.inputs}


@dataclass(frozen=True, slots=True)
class Bounds:
    """Two routes that differ so much that neither may be a default: shown, not counted [t of the gas]."""

    id: str
    enterprise: str
    period: str
    gas: str
    lines: tuple[Line, ...]
    reason: str

    @property
    def low(self) -> Decimal:
        return min(line.tonnes for line in self.lines)

    @property
    def high(self) -> Decimal:
        return max(line.tonnes for line in self.lines)


class NotAFraction(Invalid):
    """A share lies outside 0 to 1."""

    code = "line.fraction"


class NegativeQuantity(Invalid):
    """A quantity that cannot be negative is negative."""

    code = "line.negative"


class MissingValue(Invalid):
    """A value is missing and the method has no default for it."""

    code = "line.missing_value"


class BadChoice(Invalid):
    """A choice is none of those that there are."""

    code = "line.bad_choice"


class CannotCompute(Invalid):
    """The equation has no result for these values."""

    code = "line.cannot_compute"


class UnknownKind(Invalid):
    """There is no such kind of line, or the method does not cover it."""

    code = "line.unknown_kind"


class UnknownField(Invalid):
    """The line carries a field that its kind does not have."""

    code = "line.unknown_field"
