"""Process emissions of chemical producers: carbon balance, carbonates, nitrous oxide, HFC-23, recovery."""

from decimal import Decimal

from accounting.carbon.domain.kinds import Entry, Field, Kind, Setting, built, choice
from accounting.carbon.domain.lines import Category, Line, Quantity
from accounting.factors.domain.factors import Factor

CONTENT = (Field("amount", "t"), Field("carbon", "tC/t"))


def nitric(setting: Setting, entry: Entry) -> Factor:
    return setting.library.process(process="nitric_acid", variant=choice(entry, "technology"))


def adipic(setting: Setting, entry: Entry) -> Factor:
    return setting.library.process(process="adipic_acid", variant=entry.choices.get("technology", "nitric_oxidation"))


def nitrous(setting: Setting, entry: Entry) -> Factor:
    return setting.library.process(process=choice(entry, "product"))


def abatement(process: str, parameter: str, setting: Setting, entry: Entry) -> Factor:
    return setting.library.process(process=process, variant=choice(entry, "abatement"), parameter=parameter)


def general(setting: Setting, entry: Entry) -> Factor:
    return setting.library.process(
        process=choice(entry, "process"),
        variant=entry.choices.get("variant", ""),
        parameter=entry.choices.get("parameter", "EF"),
    )


FEEDSTOCK = Kind(
    "feedstock", "C3", Category.PROCESS, "CO2", (), {"feed": CONTENT, "product": CONTENT, "other": CONTENT}
)
CARBONATE = Kind(
    "carbonate", "C4", Category.PROCESS, "CO2",
    (
        Field("amount", "t"),
        Field("ef", "tCO2/t", default=lambda s, e: s.library.carbonate(substance=choice(e, "substance"))),
        Field("purity", "1", constant="1", fraction=True),
    ),
    choices=("substance",),
)  # fmt: skip
HCFC22 = Kind(
    "hcfc22", "C12", Category.PROCESS, "HFC-23",
    (
        Field("amount", "t"),
        Field("ef", "tHFC-23/t", default=lambda s, e: s.library.process(process="hcfc22"), fraction=True),
        Field("destroyed", "t", constant="0"),
    ),
)  # fmt: skip
RECOVERY = Kind(
    "recovery", "C7", Category.RECOVERY, "CO2",
    (
        Field("volume", "1e4 Nm3"),
        Field("purity", "1", fraction=True),
        Field("density", "tCO2/1e4 Nm3", default=lambda s, e: s.library.process(process="co2_density")),
    ),
)  # fmt: skip
GENERAL = Kind(
    "process_factor", "EF", Category.PROCESS, "CO2", (Field("amount", "t"), Field("ef", "t/t", default=general)),
    choices=("process", "variant", "parameter"),
)  # fmt: skip


def abated(name: str, factor: object, treatment: str, choices: tuple[str, ...]) -> Kind:
    assert callable(factor)
    return Kind(
        name, "C5", Category.PROCESS, "N2O",
        (
            Field("amount", "t"),
            Field("ef", "kgN2O/t", default=factor),
            Field("eta", "1", default=lambda s, e: abatement(treatment, "ETA", s, e), fraction=True),
            Field("mu", "1", default=lambda s, e: abatement(treatment, "MU", s, e), fraction=True),
        ),
        choices=(*choices, "abatement"),
    )  # fmt: skip


NITRIC = abated("nitric_acid", nitric, "nitric_abatement", ("technology",))
ADIPIC = abated("adipic_acid", adipic, "adipic_abatement", ("technology",))
NITROUS = abated("nitrous_other", nitrous, "adipic_abatement", ("product",))
KINDS = {one.name: one for one in (FEEDSTOCK, CARBONATE, HCFC22, RECOVERY, GENERAL, NITRIC, ADIPIC, NITROUS)}


def lines(*, entry: Entry, setting: Setting) -> tuple[Line, ...]:
    """Lines of one process.

    Special cases: without abatement eta and mu are 0, because nothing is destroyed by a device that is not there; an
    abatement that is named needs its on-stream share. Pure substances in a carbon balance bring their own carbon content.

    Raises:
        MissingValue: an on-stream share, a technology or a carbon content is not given.
        UnknownFactor: there is no such default.
    """
    kind = KINDS[entry.kind]
    gas: str | None = None
    if kind.equation == "C5" and "abatement" not in entry.choices and "eta" not in entry.values:
        zero = Quantity(Decimal(0), "1")
        entry = Entry(
            entry.id, entry.kind, {**entry.values, "eta": zero, "mu": zero}, entry.choices, {}, entry.biogenic
        )
    if kind is FEEDSTOCK:
        entry = with_contents(entry=entry, setting=setting)
    if kind is GENERAL:
        entry, gas = with_general(entry=entry, setting=setting)
    return (built(kind=kind, entry=entry, setting=setting, gas=gas),)


def with_contents(*, entry: Entry, setting: Setting) -> Entry:
    """Fill in the carbon content of pure substances that are only named."""
    groups = {
        name: tuple(
            row if "carbon" in row or "substance" not in row else {**row, "carbon": content(name=row["substance"].factor, setting=setting)}
            for row in rows
        )
        for name, rows in entry.groups.items()
    }  # fmt: skip
    return Entry(entry.id, entry.kind, entry.values, entry.choices, groups, entry.biogenic)


def content(*, name: str, setting: Setting) -> Quantity:
    found = setting.library.carbon_content(substance=name)
    return Quantity(found.value, found.unit, found.uncertainty, factor=found.id)


def with_general(*, entry: Entry, setting: Setting) -> tuple[Entry, str]:
    """The factor of a line by library name; a factor in kg per tonne is brought to tonnes per tonne."""
    if "ef" in entry.values:
        return entry, "CO2"
    found = general(setting, entry)
    value = found.value / 1000 if found.unit.startswith("kg") else found.value
    values = {**entry.values, "ef": Quantity(value, "", found.uncertainty, factor=found.id)}
    return Entry(entry.id, entry.kind, values, entry.choices, {}, entry.biogenic), found.key("gas") or "CO2"
