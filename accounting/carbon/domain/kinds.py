"""What a kind of line is: its equation, its fields with units, its defaults; and how a line is built from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from accounting.carbon.domain.equations import EQUATIONS
from accounting.carbon.domain.lines import (
    CannotCompute,
    Category,
    Input,
    Line,
    MissingValue,
    NegativeQuantity,
    NotAFraction,
    Quantity,
    UnknownField,
    UnknownKind,
    in_ledger,
)
from accounting.carbon.domain.methods import Method
from accounting.carbon.domain.units import converted
from accounting.factors.domain.factors import Factor
from accounting.factors.domain.library import Library


@dataclass(frozen=True, slots=True)
class Setting:
    """Under what a line is computed."""

    library: Library
    method: Method
    enterprise: str
    period: str  # "2025" or "2025-03"

    @property
    def year(self) -> int:
        return int(self.period[:4])


@dataclass(frozen=True, slots=True)
class Entry:
    """One line as it came in: quantities by field, choices such as the fuel, rows of repeated fields."""

    id: str
    kind: str
    values: Mapping[str, Quantity]
    choices: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, tuple[Mapping[str, Quantity], ...]] = field(default_factory=dict)
    biogenic: bool = False


Default = Callable[[Setting, Entry], Factor]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a kind. `constant` and `default` fill it when it is not given; `unit` may depend on the entry."""

    name: str
    unit: str | Callable[[Setting, Entry], str]
    default: Default | None = None
    constant: str | None = None
    fraction: bool = False
    signed: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of line. `groups` are repeated rows, each a name with its fields."""

    name: str
    equation: str
    category: Category
    gas: str
    fields: tuple[Field, ...]
    groups: Mapping[str, tuple[Field, ...]] = field(default_factory=dict)
    choices: tuple[str, ...] = ()


def choice(entry: Entry, name: str) -> str:
    """A choice that the kind needs.

    Raises:
        MissingValue: it was not made.
    """
    if name not in entry.choices:
        raise MissingValue(f"Line {entry.id}: {name} is not given.", line=entry.id, field=name)
    return entry.choices[name]


@in_ledger
def built(*, kind: Kind, entry: Entry, setting: Setting, category: Category | None = None, gas: str | None = None,
          equation: str | None = None) -> Line:  # fmt: skip
    """Compute one line.

    Args:
        kind: what the line is; `category`, `gas` and `equation` override its own where one kind has variants.
        entry: what came in.
        setting: library, method, enterprise, period.

    Returns:
        The line [t of its gas] with every input, its unit, factor id and standing.

    Raises:
        UnknownKind: the method does not cover this kind.
        UnknownField, MissingValue: a field is not of this kind, or is missing and has no default.
        NotAFraction, NegativeQuantity, WrongDimension, UnknownFactor, CannotCompute: what is given cannot be used.
    """
    if kind.name not in setting.method.kinds:
        raise UnknownKind(
            f"Line {entry.id}: method {setting.method.id} has no lines of kind {kind.name}.",
            line=entry.id,
            kind=kind.name,
        )
    check_fields(kind=kind, entry=entry)
    ratio = setting.method.ratio
    inputs = [input_of(one=one, entry=entry, given=entry.values, prefix="", setting=setting) for one in kind.fields]
    for name, parts in kind.groups.items():
        for number, row in enumerate(entry.groups.get(name, ())):
            prefix = f"{name}.{number}."
            inputs += [input_of(one=one, entry=entry, given=row, prefix=prefix, setting=setting) for one in parts]
    inputs += [Input("co2", ratio.co2, "1", "method.co2"), Input("c", ratio.c, "1", "method.c")]
    used = equation or setting.method.equations.get(kind.name, kind.equation)
    try:
        tonnes = EQUATIONS[used].function({one.name: one.value for one in inputs})
    except ArithmeticError as error:
        raise CannotCompute(f"Line {entry.id}: {EQUATIONS[used].text} has no result here.", line=entry.id) from error
    return Line(
        id=entry.id, enterprise=setting.enterprise, period=setting.period, kind=kind.name, category=category or kind.category,
        gas=gas or kind.gas, equation=used, inputs=tuple(inputs), tonnes=tonnes, biogenic=entry.biogenic,
    )  # fmt: skip


def check_fields(*, kind: Kind, entry: Entry) -> None:
    known = {one.name for one in kind.fields}
    wrong = sorted(
        (set(entry.values) - known) | (set(entry.groups) - set(kind.groups)) | (set(entry.choices) - set(kind.choices))
    )
    for name, rows in entry.groups.items():
        parts = {one.name for one in kind.groups.get(name, ())}
        wrong += sorted(f"{name}.{part}" for row in rows for part in set(row) - parts - {"substance"})
    if wrong:
        raise UnknownField(
            f"Line {entry.id}: kind {kind.name} has no field {', '.join(wrong)}.", line=entry.id, fields=wrong
        )


def input_of(*, one: Field, entry: Entry, given: Mapping[str, Quantity], prefix: str, setting: Setting) -> Input:
    name = prefix + one.name
    needed = one.unit if isinstance(one.unit, str) else one.unit(setting, entry)
    quantity = given.get(one.name)
    if quantity is not None:
        value = converted(value=quantity.value, given=quantity.unit, needed=needed, name=f"{entry.id}.{name}")
        check_range(one=one, value=value, name=f"{entry.id}.{name}")
        own = f"{setting.enterprise}/{setting.period}/{entry.id}/{name}"
        return Input(
            name,
            value,
            needed,
            quantity.factor or quantity.meter or own,
            quantity.factor,
            "",
            quantity.uncertainty,
            one.fraction,
        )
    if one.default is not None:
        factor = one.default(setting, entry)
        return Input(
            name, factor.value, factor.unit, factor.id, factor.id, factor.status.value, factor.uncertainty, one.fraction
        )
    if one.constant is not None:
        return Input(name, Decimal(one.constant), needed, f"constant {one.name}", fraction=one.fraction)
    raise MissingValue(f"Line {entry.id}: {name} is missing and has no default.", line=entry.id, field=name)


def check_range(*, one: Field, value: Decimal, name: str) -> None:
    if one.fraction and not 0 <= value <= 1:
        raise NotAFraction(f"{name} is {value}; it must lie between 0 and 1.", field=name, value=str(value))
    if value < 0 and not one.signed:
        raise NegativeQuantity(f"{name} is {value}; it cannot be negative.", field=name, value=str(value))
