"""Whether a line can be entered: its kind, fields, units, choices and names. What is wrong is refused where it is typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from accounting.activity.domain.declared import DECLARED, DeclaredChoice, DeclaredField, DeclaredKind, WrongUnit
from accounting.activity.domain.quantities import FLOW, Given
from parks.catalogue.domain.errors import Invalid


class UnknownField(Invalid):
    """The kind of line has no such field."""

    code = "activity.unknown_field"


class MissingField(Invalid):
    """A field is needed and is not given."""

    code = "activity.missing"


class Negative(Invalid):
    """A quantity that cannot be negative is negative."""

    code = "activity.negative"


class NotAFraction(Invalid):
    """A share lies outside 0 to 1."""

    code = "activity.fraction"


class UnknownChoice(Invalid):
    """A choice is none of those that there are."""

    code = "activity.unknown_choice"


class UnknownFuel(UnknownChoice):
    """The library has no such fuel; for another fuel say its basis and give its own values."""

    code = "activity.unknown_fuel"


class UnknownFactor(Invalid):
    """The library has no such factor."""

    code = "activity.unknown_factor"


@dataclass(frozen=True, slots=True)
class Content:
    """What a line says."""

    code: str
    kind: str
    values: Mapping[str, Given]
    choices: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, Sequence[Mapping[str, Given | str]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """Names that choices and quantities may use: factors with their basis, and regions that have grid factors."""

    factors: Mapping[str, str]
    regions: frozenset[str] = frozenset()

    def options(self, choice: DeclaredChoice) -> list[str]:
        """What may be chosen; empty where anything may."""
        if choice.options:
            return list(choice.options)
        if choice.name == "region":
            return sorted(self.regions)
        found = set()
        for pattern in choice.patterns:
            head, _, tail = pattern.partition("{}")
            for key in self.factors:
                if key.startswith(head) and key.endswith(tail) and len(key) > len(head) + len(tail):
                    name = key[len(head) : len(key) - len(tail)]
                    # Substances are written with dots and brackets; processes and fuels are single words.
                    found |= {name} if "." not in name or not tail else set()
        return sorted(found)


def checked(*, content: Content, known: Known, stream_unit: str | None = None) -> None:
    """Refuse a line that can never be computed.

    Args:
        known: names of the factor library.
        stream_unit: unit of the stream that the line names; a line that only says what flows is in that unit.

    Raises:
        UnknownKind, UnknownField, MissingField, WrongUnit, Negative, NotAFraction, UnknownChoice, UnknownFactor.
    """
    kind = DECLARED.kind(content.kind)
    check_names(kind=kind, content=content)
    check_choices(kind=kind, content=content, known=known)
    basis = basis_of(content=content, known=known)
    for one in kind.fields:
        given = content.values.get(one.name)
        needed = (stream_unit or "") if content.kind == FLOW else one.unit(basis)
        if given is not None:
            check_quantity(one=one, given=given, needed=needed, name=one.name, known=known)
        elif one.required:
            raise MissingField(f"{one.name} is missing.", field=one.name)
    for name, rows in content.groups.items():
        for number, row in enumerate(rows, start=1):
            check_row(parts=kind.groups[name], row=row, name=f"{name}.{number}", known=known)
    if not content.values and not content.groups:
        raise MissingField("The line holds no quantity.", field=kind.main)


def check_names(*, kind: DeclaredKind, content: Content) -> None:
    wrong = set(content.values) - {one.name for one in kind.fields}
    wrong |= set(content.groups) - set(kind.groups)
    wrong |= set(content.choices) - {one.name for one in kind.choices}
    if wrong:
        name = sorted(wrong)[0]
        raise UnknownField(f"Lines of kind {kind.name} have no {name}.", field=name)


def check_choices(*, kind: DeclaredKind, content: Content, known: Known) -> None:
    for one in kind.choices:
        value = content.choices.get(one.name, "")
        if not value:
            replaced = one.unless and (one.unless in content.values or one.unless in content.choices)
            if one.required and not replaced:
                raise MissingField(f"{one.name} is missing.", field=one.name)
            continue
        if one.name == "fuel" and "basis" in content.choices:
            continue  # a fuel outside the tables brings its own values
        options = known.options(one)
        if options and value not in options:
            error = UnknownFuel if one.name == "fuel" else UnknownChoice
            raise error(f"There is no {one.name} {value}.", field=one.name, value=value)
        if one.name == "factor_year" and not (value.isascii() and value.isdigit() and 1990 <= int(value) <= 2100):
            raise UnknownChoice(f"{value} is no year.", field=one.name, value=value)


def basis_of(*, content: Content, known: Known) -> str:
    """Whether a fuel is measured in tonnes or in ten thousand normal cubic metres; its table says so."""
    fuel = content.choices.get("fuel")
    if fuel is None:
        return ""
    for edition in ("B", "A"):
        found = known.factors.get(f"fuel.{edition}.{fuel}.ncv")
        if found:
            return found
    return content.choices.get("basis", "t")


def check_row(
    *, parts: tuple[DeclaredField, ...], row: Mapping[str, Given | str], name: str, known: Known
) -> None:  # fmt: skip
    by_name = {one.name: one for one in parts}
    for part, given in row.items():
        if part == "substance" and isinstance(given, str):
            if f"carbon.{given}" not in known.factors:
                raise UnknownFactor(f"{name}: there is no substance {given}.", field=f"{name}.substance", value=given)
        elif part not in by_name or isinstance(given, str):
            raise UnknownField(f"{name} has no {part}.", field=f"{name}.{part}")
        else:
            one = by_name[part]
            check_quantity(one=one, given=given, needed=one.unit(), name=f"{name}.{part}", known=known)
    for one in parts:
        if one.required and one.name not in row and not (one.name == "carbon" and "substance" in row):
            raise MissingField(f"{name}.{one.name} is missing.", field=f"{name}.{one.name}")


def check_quantity(*, one: DeclaredField, given: Given, needed: str, name: str, known: Known) -> None:
    """One quantity: its factor, its unit, its range."""
    if given.factor and given.factor not in known.factors:
        raise UnknownFactor(f"{name}: there is no factor {given.factor}.", field=name, value=given.factor)
    value = DECLARED.converted(given.value, given.unit, needed) if needed else given.value
    if value is None:
        units = " / ".join(DECLARED.alternatives(needed)[:4])
        raise WrongUnit(
            f"{name} is given in {given.unit} and is needed in {needed} ({units}).",
            field=name, given=given.unit, needed=needed,
        )  # fmt: skip
    if one.fraction and not 0 <= value <= 1:
        raise NotAFraction(f"{name} is {value}; it must lie between 0 and 1.", field=name, value=str(value))
    if value < 0 and not one.signed:
        raise Negative(f"{name} is {value}; it cannot be negative.", field=name, value=str(value))
    if given.uncertainty is not None and not Decimal(0) <= given.uncertainty <= 10:
        raise NotAFraction(
            f"The uncertainty of {name} is {given.uncertainty}.", field=name, value=str(given.uncertainty)
        )
