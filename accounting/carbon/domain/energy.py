"""Bought and sold power and heat: C8 to C11, and the market view of bought power beside them.

Bought and sold stand on lines of their own: the statutory total takes both with their signs and may be negative, the
GHG Protocol takes what was bought.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from accounting.carbon.domain import steam
from accounting.carbon.domain.kinds import Entry, Field, Kind, Setting, built, choice
from accounting.carbon.domain.lines import BadChoice, Category, Line, MissingValue, Quantity, UnknownField
from accounting.carbon.domain.units import converted
from accounting.factors.domain.factors import Electricity, Factor, UnknownFactor
from accounting.factors.domain.library import NATION
from parks.catalogue.domain.errors import Invalid


class CertificateTwice(Invalid):
    """A certificate is used a second time."""

    code = "energy.certificate_twice"


class CertificateWithoutProof(Invalid):
    """Non-fossil power counts as zero only with its acquisition, attribute and proof on file."""

    code = "energy.certificate_without_proof"


class MoreCertifiedThanBought(Invalid):
    """The certificates cover more power than was bought."""

    code = "energy.more_certified_than_bought"


@dataclass(frozen=True, slots=True)
class Certificate:
    """A green certificate or a direct line with its proof [MWh]."""

    id: str
    mwh: Decimal
    acquisition: str
    attribute: str
    proof: str


def electricity_kind(setting: Setting, entry: Entry) -> Electricity:
    name = entry.choices.get("number", setting.method.electricity.value)
    if name not in Electricity.__members__:
        raise BadChoice(f"Line {entry.id}: there is no electricity number {name}.", line=entry.id, number=name)
    return Electricity(name)


def factor_year(setting: Setting, entry: Entry) -> int:
    """Year of the data of the grid factor, by default the year of the period."""
    given = entry.choices.get("factor_year", str(setting.year))
    if not (given.isascii() and given.isdigit() and 1900 <= int(given) <= 9998):
        raise BadChoice(f"Line {entry.id}: {given} is no year.", line=entry.id, factor_year=given)
    return int(given)


def grid_factor(setting: Setting, entry: Entry) -> Factor:
    kind = electricity_kind(setting, entry)
    return setting.library.grid(region=choice(entry, "region"), year=factor_year(setting, entry), kind=kind)


def rest_factor(setting: Setting, entry: Entry) -> Factor:
    return setting.library.grid(region=NATION, year=factor_year(setting, entry), kind=setting.method.market_rest)


def heat_factor(setting: Setting, entry: Entry) -> Factor:
    return setting.library.process(process="heat")


POWER_CHOICES = ("region", "factor_year", "number")
POWER = (Field("amount", "MWh"), Field("ef", "tCO2/MWh", default=grid_factor))
HEAT_EF = Field("ef", "tCO2/GJ", default=heat_factor)
HEAT = (Field("amount", "GJ"), HEAT_EF)
BOUGHT = Kind("electricity", "C8", Category.ELECTRICITY_BOUGHT, "CO2", POWER, choices=POWER_CHOICES)
SOLD = Kind("electricity", "C8.sold", Category.ELECTRICITY_SOLD, "CO2", POWER, choices=POWER_CHOICES)
MARKET = Kind(
    "electricity", "C8", Category.ELECTRICITY_MARKET, "CO2",
    (Field("amount", "MWh"), Field("ef", "tCO2/MWh", default=rest_factor)), choices=POWER_CHOICES,
)  # fmt: skip
HEAT_BOUGHT = Kind("heat", "C9", Category.HEAT_BOUGHT, "CO2", HEAT)
HEAT_SOLD = Kind("heat", "C9.sold", Category.HEAT_SOLD, "CO2", HEAT)
HOT_WATER = Kind(
    "hot_water", "C10", Category.HEAT_BOUGHT, "CO2",
    (Field("mass", "t"), Field("temperature", "degC", signed=True), HEAT_EF),
)  # fmt: skip
KINDS = {"electricity": BOUGHT, "heat": HEAT_BOUGHT, "hot_water": HOT_WATER, "steam": steam.BY_ENTHALPY}


def lines(
    *, entry: Entry, setting: Setting, certificates: Sequence[Certificate] = (), retired: set[str] | None = None
) -> tuple[Line, ...]:
    """Lines of bought and sold energy.

    Args:
        entry: electricity and heat with `bought` and `sold`; steam and hot water by mass and state.
        certificates: what covers the bought power in the market view.
        retired: ids of certificates that were used already; the ones used here are added.

    Returns:
        One line for what was bought, one for what was sold, and for electricity one in the market view, unless the year
        has no residual number and nothing is certified.

    Raises:
        MissingValue: neither bought nor sold is given.
        UnknownField: sold energy under a method that does not subtract it.
        NoProvincialFactor, UnknownFactor: there is no factor of that region and year.
        CertificateTwice, CertificateWithoutProof, MoreCertifiedThanBought: see there.
        NoSteam: pressure and temperature are no state of steam.
    """
    if entry.kind == "steam":
        return (steam.line(entry=entry, setting=setting),)
    if entry.kind not in ("electricity", "heat"):
        return (built(kind=KINDS[entry.kind], entry=entry, setting=setting),)
    bought, sold = entry.values.get("bought"), entry.values.get("sold")
    if bought is None and sold is None:
        raise MissingValue(f"Line {entry.id}: neither bought nor sold is given.", line=entry.id, field="bought")
    if sold is not None and not setting.method.subtracts_sold:
        raise UnknownField(
            f"Line {entry.id}: method {setting.method.id} does not subtract sold energy.",
            line=entry.id,
            fields=["sold"],
        )
    buying, selling = (BOUGHT, SOLD) if entry.kind == "electricity" else (HEAT_BOUGHT, HEAT_SOLD)
    found = []
    if bought is not None:
        found.append(built(kind=buying, entry=part(entry=entry, amount=bought, suffix="bought"), setting=setting))
    if sold is not None:
        found.append(built(kind=selling, entry=part(entry=entry, amount=sold, suffix="sold"), setting=setting))
    if entry.kind == "electricity" and bought is not None:
        used = retired if retired is not None else set()
        try:
            found.append(market(entry=entry, bought=bought, setting=setting, certificates=certificates, retired=used))
        except UnknownFactor:
            if certificates:
                raise
    return tuple(found)


def part(*, entry: Entry, amount: Quantity, suffix: str) -> Entry:
    rest: Mapping[str, Quantity] = {k: v for k, v in entry.values.items() if k not in ("bought", "sold")}
    return Entry(f"{entry.id}.{suffix}", entry.kind, {**rest, "amount": amount}, entry.choices, entry.groups)


def market(
    *, entry: Entry, bought: Quantity, setting: Setting, certificates: Sequence[Certificate], retired: set[str]
) -> Line:
    """What bought power counts by contracts: zero for what certificates prove, the residual number for the rest."""
    total = converted(value=bought.value, given=bought.unit, needed="MWh", name=f"{entry.id}.bought")
    # Nothing is retired before all of them are found good: a refused line may come again.
    used: set[str] = set()
    for one in certificates:
        if one.id in retired or one.id in used:
            raise CertificateTwice(
                f"Line {entry.id}: certificate {one.id} is used already.", line=entry.id, certificate=one.id
            )
        if not (one.acquisition and one.attribute and one.proof):
            raise CertificateWithoutProof(
                f"Line {entry.id}: certificate {one.id} lacks acquisition, attribute or proof.", line=entry.id, certificate=one.id
            )  # fmt: skip
        used.add(one.id)
    covered = sum((one.mwh for one in certificates), Decimal(0))
    if covered > total:
        raise MoreCertifiedThanBought(
            f"Line {entry.id}: {covered} MWh are certified and {total} MWh were bought.",
            line=entry.id, certified=str(covered), bought=str(total),
        )  # fmt: skip
    rest = Entry(
        f"{entry.id}.market",
        entry.kind,
        {"amount": Quantity(total - covered, "MWh", bought.uncertainty, bought.meter)},
        entry.choices,
    )
    line = built(kind=MARKET, entry=rest, setting=setting)
    retired |= used
    return line
