"""The twelve process lines of petrochemical producers. Flares and recovery have files of their own."""

from accounting.carbon.domain.kinds import Entry, Field, Kind, Setting, built
from accounting.carbon.domain.lines import Category, Line
from accounting.carbon.domain.process import CONTENT, with_contents
from accounting.factors.domain.factors import Factor


def cracking(parameter: str, setting: Setting) -> Factor:
    return setting.library.process(process="catalytic_cracking", parameter=parameter)


BURN = (
    Field("amount", "t"),
    Field("cf", "tC/t", default=lambda s, e: cracking("CF", s), fraction=True),
    Field("of", "1", default=lambda s, e: cracking("OF", s), fraction=True),
)
BATCH = (Field("amount", "t"), Field("cf_before", "1", fraction=True), Field("cf_after", "1", fraction=True))
BALANCE = {"feed": CONTENT, "product": CONTENT, "other": CONTENT}


def line(name: str, equation: str, fields: tuple[Field, ...]) -> Kind:
    return Kind(name, equation, Category.PROCESS, "CO2", fields)


KINDS = {
    one.name: one
    for one in (
        line("catalytic_cracking", "P1", BURN),
        line("reforming_continuous", "P1", BURN),
        line("reforming_batch", "P2", BATCH),
        line("catalyst_batch", "P2", BATCH),
        Kind("hydrogen", "C3", Category.PROCESS, "CO2", (), BALANCE),
        line("fluid_coking", "P1", BURN),
        line("delayed_coking", "EF", (Field("amount", "t"), Field("ef", "tCO2/t", constant="0"))),
        line("calcining", "P4", (
            Field("green", "t"), Field("carbon_green", "tC/t", fraction=True), Field("calcined", "t"),
            Field("dust", "t", constant="0"), Field("carbon_calcined", "tC/t", fraction=True),
        )),
        line("bitumen", "EF", (
            Field("amount", "t"), Field("ef", "tCO2/t", default=lambda s, e: s.library.process(process="bitumen")),
        )),
        line("ethylene_decoking", "P5", (
            Field("flow", "Nm3/h"), Field("hours", "h"), Field("co2_share", "1", fraction=True),
            Field("co_share", "1", fraction=True),
            Field("density", "tCO2/1e4 Nm3", default=lambda s, e: s.library.process(process="co2_density")),
        )),
        line("ethylene_oxide", "P6", (
            Field("ethylene", "t"), Field("oxide", "t"),
            Field("rec", "tC/t", default=lambda s, e: s.library.process(process="eo_eg", parameter="REC")),
            Field("eoc", "tC/t", default=lambda s, e: s.library.process(process="eo_eg", parameter="EOC")),
        )),
        Kind("other_products", "C3", Category.PROCESS, "CO2", (), BALANCE),
    )
}  # fmt: skip


def lines(*, entry: Entry, setting: Setting) -> tuple[Line, ...]:
    """Lines of one petrochemical process.

    Raises:
        MissingValue, NotAFraction, UnknownFactor: see `kinds.built`.
    """
    return (built(kind=KINDS[entry.kind], entry=with_contents(entry=entry, setting=setting), setting=setting),)
