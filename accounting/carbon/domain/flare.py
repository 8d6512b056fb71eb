"""Flares: F1 in normal operation by gas composition, F2 in an accident by flow and duration."""

from decimal import Decimal

from accounting.carbon.domain.kinds import Entry, Field, Kind, Setting, built, choice
from accounting.carbon.domain.lines import Category, Line
from accounting.factors.domain.factors import Factor
from parks.catalogue.domain.errors import Invalid


class MoreThanTheGas(Invalid):
    """The shares of a gas sum to more than 1."""

    code = "line.shares"


def oxidation(setting: Setting, entry: Entry) -> Factor:
    return setting.library.process(process="flare", parameter="OF")


NORMAL = Kind(
    "flare", "F1", Category.FUGITIVE, "CO2",
    (
        Field("volume", "1e4 Nm3"),
        Field("of", "1", default=oxidation, fraction=True),
        Field("co2_share", "1", constant="0", fraction=True),
        Field("density", "tCO2/1e4 Nm3", default=lambda s, e: s.library.process(process="co2_density")),
    ),
    {"part": (Field("share", "1", fraction=True), Field("atoms", "molC/mol"))},
)  # fmt: skip
ACCIDENT = Kind(
    "flare_accident", "F2", Category.FUGITIVE, "CO2",
    (
        Field("flow", "1e4 Nm3/h"),
        Field("hours", "h"),
        Field(
            "atoms",
            "molC/mol",
            default=lambda s, e: s.library.process(process="flare_accident", variant=choice(e, "plant"), parameter="CN"),
        ),
        Field("of", "1", default=oxidation, fraction=True),
    ),
    choices=("plant",),
)  # fmt: skip
KINDS = {one.name: one for one in (NORMAL, ACCIDENT)}


def lines(*, entry: Entry, setting: Setting) -> tuple[Line, ...]:
    """Lines of one flare [t CO2].

    Raises:
        MissingValue, NotAFraction: see `kinds.built`.
        MoreThanTheGas: the shares of the gas sum to more than 1.
    """
    line = built(kind=KINDS[entry.kind], entry=entry, setting=setting)
    refuse_overfull(line=line)
    return (line,)


def refuse_overfull(*, line: Line) -> None:
    """Add the shares row by row and stop where they pass 1."""
    total, places = Decimal(0), ("co2_share", *(f"part.{number}.share" for number in range(len(line.inputs))))
    values = line.values()
    for name in places:
        total += values.get(name, Decimal(0))
        if total > 1:
            raise MoreThanTheGas(
                f"Line {line.id}: with {name} the shares of the gas sum to {total}.",
                line=line.id,
                field=name,
                sum=str(total),
            )
