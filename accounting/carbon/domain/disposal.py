"""Wastewater (C13, C14) and incinerated waste (C15, C16). Without measured carbon both incineration routes are shown."""

from accounting.carbon.domain.kinds import Entry, Field, Kind, Setting, built, choice
from accounting.carbon.domain.lines import Bounds, Category, Line
from accounting.factors.domain.factors import Factor


def water(parameter: str, setting: Setting, entry: Entry) -> Factor:
    variant = choice(entry, "treatment") if parameter == "MCF" else ""
    return setting.library.process(process="wastewater", variant=variant, parameter=parameter)


def nitrous(setting: Setting, entry: Entry) -> Factor:
    place = entry.choices.get("place", "plant")
    return setting.library.process(process="wastewater", variant=place, parameter="EF_N2O")


def waste(parameter: str, setting: Setting, entry: Entry, *, provincial: bool = False) -> Factor:
    variant = choice(entry, "waste") + ("_provincial" if provincial else "")
    return setting.library.process(process="incineration", variant=variant, parameter=parameter)


def furnace(setting: Setting, entry: Entry) -> Factor:
    """Methane by furnace; nitrous oxide by furnace for household waste, by waste for what the guidelines list so."""
    gas = choice(entry, "gas")
    by = "waste" if gas == "N2O" and "furnace" not in entry.choices and "waste" in entry.choices else "furnace"
    return setting.library.process(process="incineration", variant=choice(entry, by), parameter=f"EF_{gas}")


METHANE = Kind(
    "wastewater_methane", "C13", Category.WASTE, "CH4",
    (
        Field("water", "m3"), Field("cod_in", "kg/m3"), Field("cod_out", "kg/m3"),
        Field("sludge", "kgCOD", constant="0"),
        Field("b0", "kgCH4/kgCOD", default=lambda s, e: water("B0", s, e)),
        Field("mcf", "1", default=lambda s, e: water("MCF", s, e), fraction=True),
        Field("recovered", "1e4 Nm3", constant="0"), Field("purity", "1", constant="1", fraction=True),
        Field("density", "tCH4/1e4 Nm3", default=lambda s, e: s.library.process(process="ch4_density")),
    ),
    choices=("treatment",),
)  # fmt: skip
NITROUS = Kind(
    "wastewater_nitrous", "C14", Category.WASTE, "N2O",
    (Field("nitrogen", "kgN"), Field("ef", "kgN2O-N/kgN", default=nitrous)), choices=("place",),
)  # fmt: skip
DRY = Kind(
    "incineration", "C15", Category.WASTE, "CO2",
    (
        Field("amount", "t"),
        Field("dm", "1", default=lambda s, e: waste("DM", s, e), fraction=True),
        Field("cf", "tC/t dry", default=lambda s, e: waste("CF", s, e), fraction=True),
        Field("fcf", "1", default=lambda s, e: waste("FCF", s, e), fraction=True),
        Field("of", "1", default=lambda s, e: waste("OF", s, e), fraction=True),
    ),
    choices=("waste",),
)  # fmt: skip
WET = Kind(
    "incineration", "C16", Category.WASTE, "CO2",
    (
        Field("amount", "t"),
        Field("ccw", "tC/t", default=lambda s, e: waste("CCW", s, e, provincial=True), fraction=True),
        Field("fcf", "1", default=lambda s, e: waste("FCF", s, e, provincial=True), fraction=True),
        Field("of", "1", default=lambda s, e: waste("OF", s, e, provincial=True), fraction=True),
    ),
    choices=("waste",),
)  # fmt: skip
OTHER_GAS = Kind(
    "incineration_gas", "C15.gas", Category.WASTE, "CH4",
    (Field("amount", "t"), Field("ef", "kg/Gg wet", default=furnace)), choices=("furnace", "waste", "gas"),
)  # fmt: skip
KINDS = {one.name: one for one in (METHANE, NITROUS, DRY, OTHER_GAS)}
MEASURED_WET, MEASURED_DRY = {"ccw", "fcf"}, {"dm", "cf", "fcf"}


def lines(*, entry: Entry, setting: Setting) -> tuple[tuple[Line, ...], Bounds | None]:
    """Lines of water and waste.

    Returns:
        The lines that count, and for waste whose carbon was not measured no line but both routes as bounds: for
        10,000 t of hazardous waste they are 14,667 t and 320 t, so neither may be a default.

    Raises:
        MissingValue, NotAFraction, UnknownFactor: see `kinds.built`.
    """
    if entry.kind != DRY.name:
        gas = entry.choices.get("gas") if entry.kind == OTHER_GAS.name else None
        return (built(kind=KINDS[entry.kind], entry=entry, setting=setting, gas=gas),), None
    given = set(entry.values)
    if given >= MEASURED_WET:
        return (built(kind=WET, entry=entry, setting=setting),), None
    if given >= MEASURED_DRY:
        return (built(kind=DRY, entry=entry, setting=setting),), None
    kept = {name: value for name, value in entry.values.items() if name == "amount"}
    plain = Entry(entry.id, entry.kind, kept, entry.choices)
    both = tuple(built(kind=kind, entry=plain, setting=setting) for kind in (DRY, WET))
    reason = "The carbon and the fossil fraction of the waste were not measured."
    return (), Bounds(entry.id, setting.enterprise, setting.period, "CO2", both, reason)
