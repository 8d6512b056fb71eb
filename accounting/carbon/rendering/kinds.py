"""The kinds of the ledger as the wing of activity data takes them: fields, units by basis, choices with where they are found."""

from collections.abc import Iterable, Sequence

from accounting.activity.domain.declared import DeclaredChoice, DeclaredField, DeclaredKind
from accounting.carbon.domain import combustion, disposal, energy, flare, measured, petrochemical, process
from accounting.carbon.domain.kinds import Entry, Field, Kind, Setting
from accounting.carbon.domain.methods import METHODS
from accounting.factors.domain.factors import Electricity
from accounting.factors.domain.library import Library

BASES = ("t", "1e4 Nm3")
# Kinds that have several equations: what is entered decides which one.
VARIANTS: dict[str, tuple[Kind, ...]] = {
    "combustion": (combustion.BY_HEAT, combustion.BY_CARBON),
    "combustion_gas": (combustion.OTHER_GAS,),
    **{name: (kind,) for name, kind in energy.KINDS.items()},
    **{name: (kind,) for name, kind in process.KINDS.items()},
    **{name: (kind,) for name, kind in petrochemical.KINDS.items()},
    **{name: (kind,) for name, kind in flare.KINDS.items()},
    **{name: (kind,) for name, kind in measured.KINDS.items()},
    **{name: (kind,) for name, kind in disposal.KINDS.items()},
    "incineration": (disposal.DRY, disposal.WET),
}
FAMILIES = {
    "combustion": ("combustion", "combustion_gas"),
    "energy": tuple(energy.KINDS),
    "process": tuple(process.KINDS),
    "petrochemical": tuple(petrochemical.KINDS),
    "disposal": (*disposal.KINDS, *flare.KINDS),
    "measured": tuple(measured.KINDS),
}
SIDES = ("bought", "sold")
# Checks of a fuel's meter, which no equation knows.
METER = ("metered", "feed")


def choices_of(name: str, names: Sequence[str]) -> tuple[DeclaredChoice, ...]:
    """Where the options of each choice of a kind stand."""
    treatment = "nitric_abatement" if name == "nitric_acid" else "adipic_abatement"
    known = {
        "fuel": DeclaredChoice("fuel", patterns=("fuel.A.{}.cc", "fuel.B.{}.cc"), required=True),
        "basis": DeclaredChoice("basis", BASES),
        "gas": DeclaredChoice("gas", ("CH4", "N2O"), required=True),
        "substance": DeclaredChoice("substance", patterns=("carbonate.{}",), required=True, unless="ef"),
        "technology": DeclaredChoice("technology", patterns=(f"process.{name}.{{}}.ef",), required=name == "nitric_acid", unless="ef"),
        "abatement": DeclaredChoice("abatement", patterns=(f"process.{treatment}.{{}}.eta",)),
        "product": DeclaredChoice("product", ("caprolactam", "glyoxal", "glyoxylic_acid"), required=True, unless="ef"),
        "region": DeclaredChoice("region", required=True, unless="ef"),
        "factor_year": DeclaredChoice("factor_year"),
        "number": DeclaredChoice("number", tuple(one.value for one in Electricity)),
        "treatment": DeclaredChoice("treatment", patterns=("process.wastewater.{}.mcf",), required=True, unless="mcf"),
        "place": DeclaredChoice("place", patterns=("process.wastewater.{}.ef_n2o",)),
        "waste": DeclaredChoice(
            "waste", ("hazardous", "clinical", "sludge", "municipal"), required=name == disposal.DRY.name, unless="fcf"
        ),
        "furnace": DeclaredChoice("furnace", patterns=("process.incineration.{}.ef_ch4",), required=True, unless="waste"),
        "plant": DeclaredChoice("plant", patterns=("process.flare_accident.{}.cn",), required=True, unless="atoms"),
        "route": DeclaredChoice("route", ("measured", "check")),
        "process": DeclaredChoice("process", required=True, unless="ef"),
        "variant": DeclaredChoice("variant"),
        "parameter": DeclaredChoice("parameter"),
    }  # fmt: skip
    return tuple(known[one] for one in names)


def unit_of(one: Field, basis: str) -> str:
    """Unit of a field whose unit depends on the basis of the fuel."""
    if isinstance(one.unit, str):
        return one.unit
    method = next(iter(METHODS.values()))
    setting = Setting(Library({}), method, "", "2026")
    return one.unit(setting, Entry("", "", {}, {"fuel": "", "basis": basis}))


def declared_field(one: Field, *, name: str = "", required: bool | None = None) -> DeclaredField:
    units = {"": one.unit} if isinstance(one.unit, str) else {basis: unit_of(one, basis) for basis in BASES}
    needed = one.default is None and one.constant is None if required is None else required
    return DeclaredField(name or one.name, units, needed, one.fraction, one.signed)


def declared_fields(name: str, variants: Iterable[Kind]) -> tuple[DeclaredField, ...]:
    """Fields of all variants; needed is what every variant needs."""
    kinds = list(variants)
    found: dict[str, DeclaredField] = {}
    for kind in kinds:
        for one in kind.fields:
            everywhere = all(any(other.name == one.name for other in k.fields) for k in kinds)
            found.setdefault(one.name, declared_field(one, required=None if everywhere else False))
    amount = next((one for one in kinds[0].fields if one.name == "amount"), None)
    if name in ("electricity", "heat") and amount is not None:
        sides = tuple(declared_field(amount, name=side, required=False) for side in SIDES)
        return (*sides, *(one for key, one in found.items() if key != "amount"))
    if name == "combustion" and amount is not None:
        return (*found.values(), *(declared_field(amount, name=part, required=False) for part in METER))
    if name == "process_factor":
        return tuple(one for one in found.values())
    return tuple(found.values())


def declared_kinds() -> dict[str, DeclaredKind]:
    """All kinds by name."""
    families = {name: family for family, names in FAMILIES.items() for name in names}
    return {
        name: DeclaredKind(
            name, families[name], declared_fields(name, variants),
            {group: tuple(declared_field(part) for part in parts) for group, parts in variants[0].groups.items()},
            choices_of(name, variants[0].choices),
        )
        for name, variants in VARIANTS.items()
    }  # fmt: skip
