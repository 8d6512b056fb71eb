"""Flares: F1 in normal operation by gas composition, F2 in an accident by flow and duration."""

from accounting.carbon.domain.kinds import Entry, Field, Kind, Setting, built, choice
from accounting.carbon.domain.lines import Category, Line
from accounting.factors.domain.factors import Factor


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
    """
    return (built(kind=KINDS[entry.kind], entry=entry, setting=setting),)
