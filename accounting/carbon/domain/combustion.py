"""Fuel that is burnt: C2 of the guides, by default tables or by a measured carbon content."""

from accounting.carbon.domain.kinds import Entry, Field, Kind, Setting, built, choice
from accounting.carbon.domain.lines import Category, Line, Quantity
from accounting.carbon.domain.units import WrongDimension
from accounting.factors.domain.factors import Factor
from parks.catalogue.domain.errors import Invalid

BASES = ("t", "1e4 Nm3")


class FuelDoesNotSplit(Invalid):
    """What was burnt and what was used as feed do not sum to the meter."""

    code = "combustion.split"


def default(parameter: str, setting: Setting, entry: Entry) -> Factor:
    return setting.library.fuel(fuel=choice(entry, "fuel"), parameter=parameter, edition=setting.method.fuel_edition)


def basis(setting: Setting, entry: Entry) -> str:
    """Tonnes or ten thousand normal cubic metres: as the table of this fuel has it, for other fuels as the choice says.

    Raises:
        WrongDimension: the choice is neither, or not what the table of the fuel counts in.
    """
    chosen, fuel = entry.choices.get("basis"), entry.choices.get("fuel", "")
    stem = f"fuel.{setting.method.fuel_edition}.{fuel}"
    found = setting.library.factors.get(f"{stem}.ncv") or setting.library.factors.get(f"{stem}.cc")
    counted = found.key("basis") if found is not None else chosen or BASES[0]
    if chosen not in (None, counted) or counted not in BASES:
        expected = counted if counted in BASES else " or ".join(BASES)
        raise WrongDimension(
            f"Line {entry.id}: {fuel or 'the fuel'} is counted in {expected}, not in {chosen}.",
            line=entry.id,
            given=chosen,
            needed=expected,
        )
    return counted


AMOUNT = Field("amount", basis)
NCV = Field("ncv", lambda s, e: f"GJ/{basis(s, e)}", default=lambda s, e: default("NCV", s, e))
OXIDATION = Field("of", "1", default=lambda s, e: default("OF", s, e), fraction=True)
BY_HEAT = Kind(
    "combustion", "C2", Category.COMBUSTION, "CO2",
    (AMOUNT, NCV, Field("cc", "tC/GJ", default=lambda s, e: default("CC", s, e)), OXIDATION), choices=("fuel", "basis"),
)  # fmt: skip
BY_CARBON = Kind(
    "combustion", "C2.carbon", Category.COMBUSTION, "CO2",
    (AMOUNT, Field("carbon", lambda s, e: f"tC/{basis(s, e)}"), OXIDATION), choices=("fuel", "basis"),
)  # fmt: skip
# CH4 and N2O of combustion, for methods that count them; the Chinese chemical guides do not.
OTHER_GAS = Kind(
    "combustion_gas", "C2.gas", Category.COMBUSTION, "CH4", (AMOUNT, NCV, Field("ef", "kg/GJ")),
    choices=("fuel", "basis", "gas"),
)  # fmt: skip


def lines(*, entry: Entry, setting: Setting) -> tuple[Line, ...]:
    """Lines of one fuel. A given carbon content of the fuel goes before heat content and default carbon.

    Raises:
        FuelDoesNotSplit: `metered` is not the sum of `amount` and `feed`.
        UnknownFactor: the edition has no value of this fuel and none was given.
    """
    entry = split(entry=entry)
    if entry.kind == OTHER_GAS.name:
        gas = choice(entry, "gas")
        if gas not in setting.method.combustion_gases:
            return ()
        return (built(kind=OTHER_GAS, entry=entry, setting=setting, gas=gas),)
    return (built(kind=BY_CARBON if "carbon" in entry.values else BY_HEAT, entry=entry, setting=setting),)


def split(*, entry: Entry) -> Entry:
    """Check the meter of a fuel that is burnt and fed: both parts must sum to what was metered."""
    values = dict(entry.values)
    metered, feed = values.pop("metered", None), values.pop("feed", None)
    amount = values.get("amount")
    if metered is not None and amount is not None:
        fed = feed or Quantity(value=amount.value * 0, unit=amount.unit)
        if len({metered.unit, amount.unit, fed.unit}) > 1 or amount.value + fed.value != metered.value:
            raise FuelDoesNotSplit(
                f"Line {entry.id}: {amount.value} burnt and {fed.value} fed do not make {metered.value} {metered.unit}.",
                line=entry.id, burnt=str(amount.value), fed=str(fed.value), metered=str(metered.value),
            )  # fmt: skip
    return Entry(entry.id, entry.kind, values, entry.choices, entry.groups, entry.biogenic)
