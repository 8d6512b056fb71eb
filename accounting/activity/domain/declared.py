"""Which kinds of lines may be entered, with which fields, units and choices.

The wing of carbon computes them and stands above this one; it hands their description down when the platform starts, as the
wings hand their menu entries to the portal.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from accounting.activity.domain.quantities import FLOW, FLOW_SIDES
from accounting.factors.domain.factors import Electricity
from parks.catalogue.domain.errors import Invalid


class UnknownKind(Invalid):
    """There is no such kind of line."""

    code = "activity.unknown_kind"


class WrongUnit(Invalid):
    """The unit is unknown, or of another dimension than the quantity needs."""

    code = "activity.unit"


@dataclass(frozen=True, slots=True)
class DeclaredField:
    """A quantity of a kind. `units` are those of its equation by basis; the basis is empty where the kind has none."""

    name: str
    units: Mapping[str, str]
    required: bool = False
    fraction: bool = False
    signed: bool = False

    def unit(self, basis: str = "") -> str:
        return self.units.get(basis) or next(iter(self.units.values()), "")


@dataclass(frozen=True, slots=True)
class DeclaredChoice:
    """A choice of a kind: one of `options`, or the part of a factor's name that `patterns` leave open."""

    name: str
    options: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    required: bool = False
    unless: str = ""  # a field or choice that makes it superfluous


@dataclass(frozen=True, slots=True)
class DeclaredKind:
    """A kind of line as it is entered."""

    name: str
    family: str  # under which people look for it
    fields: tuple[DeclaredField, ...] = ()
    groups: Mapping[str, tuple[DeclaredField, ...]] = field(default_factory=dict)
    choices: tuple[DeclaredChoice, ...] = ()

    @property
    def main(self) -> str:
        """The field that a row without a field's name means."""
        return self.fields[0].name if self.fields else ""


# What an import came with: the grid by region and year, a factor of the library, or a zero that is stated; and who
# stands on the other side where both meter.
FLOW_CHOICES = (
    DeclaredChoice("region"),
    DeclaredChoice("factor_year"),
    DeclaredChoice("number", tuple(one.value for one in Electricity)),
    DeclaredChoice("factor"),
    DeclaredChoice("partner"),
)
FLOW_KIND = DeclaredKind(FLOW, "flow", tuple(DeclaredField(side, {}) for side in FLOW_SIDES), choices=FLOW_CHOICES)


@dataclass(slots=True)
class Declared:
    """Everything that was handed down."""

    kinds: dict[str, DeclaredKind] = field(default_factory=lambda: {FLOW: FLOW_KIND})
    units: dict[str, tuple[str, Decimal]] = field(default_factory=dict)  # unit -> dimension, how many base units it is

    def kind(self, name: str) -> DeclaredKind:
        """A kind by name.

        Raises:
            UnknownKind: no such kind.
        """
        found = self.kinds.get(name)
        if found is None:
            raise UnknownKind(f"There is no kind of line {name}.", field="kind", value=name)
        return found

    def alternatives(self, unit: str) -> tuple[str, ...]:
        """Units of the same dimension, the unit itself first."""
        dimension = self.units.get(unit, ("", Decimal(1)))[0]
        others = tuple(name for name, (other, _scale) in self.units.items() if other == dimension and name != unit)
        return (unit, *others) if dimension else (unit,)

    def converted(self, value: Decimal, given: str, needed: str) -> Decimal | None:
        """A value in another unit of the same dimension; None where there is no way."""
        if given == needed or not given:
            return value
        one, other = self.units.get(given), self.units.get(needed)
        return value * one[1] / other[1] if one and other and one[0] == other[0] else None


DECLARED = Declared()
