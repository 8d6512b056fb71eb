"""A method is an object with a version: which lines it knows, with which tables, constants, warming potentials, rounding.

A new edition is a new object here. Where it has an equation of its own, that equation gets a new name in `equations.py`
and stands in `equations` of the method; results of the older edition do not move.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_EVEN, Decimal

from accounting.carbon.domain.lines import LEDGER
from accounting.factors.domain.factors import Electricity, Status
from parks.catalogue.domain.errors import Invalid

GWP_SETS = ("SAR", "AR4", "AR5", "AR6")


class UnknownMethod(Invalid):
    """There is no such method or set of warming potentials."""

    code = "method.unknown"


@dataclass(frozen=True, slots=True)
class CarbonRatio:
    """CO2 per carbon, kept as two numbers so that the division comes last."""

    co2: Decimal
    c: Decimal


GUIDE_RATIO = CarbonRatio(Decimal(44), Decimal(12))
CBAM_RATIO = CarbonRatio(Decimal("3.664"), Decimal(1))


@dataclass(frozen=True, slots=True)
class Method:
    """Everything that turns the same activity into another number, in one place."""

    id: str
    version: str
    title: str
    sector: str
    fuel_edition: str  # of the fuel tables
    gwp_set: str
    ratio: CarbonRatio
    kinds: frozenset[str]
    combustion_gases: tuple[str, ...] = ("CO2",)
    equations: Mapping[str, str] = field(default_factory=dict)  # kind -> equation, where it differs from the kind's own
    electricity: Electricity = Electricity.AVERAGE
    market_rest: Electricity = Electricity.EXCLUDING_MARKET  # what uncontracted power counts in the market view
    subtracts_sold: bool = True  # whether sold power and heat are taken off the total
    decimals: int = 2  # places of a printed total [t]; nothing is rounded before
    rounding: str = ROUND_HALF_EVEN
    source: str = ""
    status: Status = Status.UNVERIFIED

    @property
    def key(self) -> str:
        """The name under which a result is filed: method, version and set of warming potentials."""
        return f"{self.id}@{self.version}+{self.gwp_set}"

    def with_gwp(self, gwp_set: str) -> "Method":
        """The same method under another set of warming potentials; its key differs.

        Raises:
            UnknownMethod: no such set.
        """
        if gwp_set not in GWP_SETS:
            raise UnknownMethod(f"There is no set of warming potentials {gwp_set}.", gwp_set=gwp_set)
        return replace(self, gwp_set=gwp_set)

    def printed(self, tonnes: Decimal) -> Decimal:
        """A total as it is printed; only here a number is rounded."""
        return tonnes.quantize(Decimal(1).scaleb(-self.decimals), rounding=self.rounding, context=LEDGER)


COMMON = frozenset(
    [
        "combustion",
        "combustion_gas",
        "carbonate",
        "recovery",
        "electricity",
        "heat",
        "hot_water",
        "steam",
        "flare",
        "flare_accident",
        "measured_mass",
        "measured_share",
        "measured_load",
        "wastewater_methane",
        "wastewater_nitrous",
        "incineration",
        "incineration_gas",
        "feedstock",
    ]
)
CHEMICAL = COMMON | frozenset(["nitric_acid", "adipic_acid", "nitrous_other", "hcfc22", "process_factor"])
PETROCHEMICAL = COMMON | frozenset(
    [
        "catalytic_cracking",
        "reforming_continuous",
        "reforming_batch",
        "catalyst_batch",
        "hydrogen",
        "fluid_coking",
        "delayed_coking",
        "calcining",
        "bitumen",
        "ethylene_decoking",
        "ethylene_oxide",
        "other_products",
        "process_factor",
    ]
)

POWER = frozenset(["combustion", "electricity", "measured_mass", "measured_share", "measured_load"])
INCINERATION = frozenset(
    [
        "incineration",
        "incineration_gas",
        "combustion",
        "carbonate",
        "electricity",
        "heat",
        "hot_water",
        "steam",
        "measured_mass",
        "measured_share",
        "measured_load",
    ]
)

METHODS: dict[str, Method] = {
    one.id: one
    for one in (
        Method(
            "CN-CHEM-2013", "2013", "Chemical producers, trial guide of 2013", "chemical", "A", "SAR", GUIDE_RATIO, CHEMICAL,
            source="NDRC trial guide of 2013 by way of public constants and a filed report of 2020", status=Status.SECONDARY,
        ),
        Method(
            "GBT-32151.10-2015", "2015", "Chemical producers, GB/T 32151.10-2015", "chemical", "A", "SAR", GUIDE_RATIO, CHEMICAL,
            source="from memory: tables as in the guide of 2013; to be checked against the printed text",
        ),
        Method(
            "GBT-32151.10-2023", "2023", "Chemical producers, GB/T 32151.10-2023", "chemical", "B", "AR5", GUIDE_RATIO, CHEMICAL,
            source="public table C.1; clause on N2O and warming potentials not seen, AR5 assumed",
        ),
        Method(
            "CN-PETRO-2014", "2014", "Petrochemical producers, trial guide of 2014", "petrochemical", "A", "SAR", GUIDE_RATIO, PETROCHEMICAL,
            source="NDRC trial guide of 2014 by way of public source tables", status=Status.SECONDARY,
        ),
        Method(
            "CN-POWER-2022", "2022", "Power stations, ministry guide of 2022", "power", "B", "AR5", GUIDE_RATIO, POWER,
            electricity=Electricity.REPORTING, subtracts_sold=False,
            source="from memory: CO2 of fuels and bought power only, so no set of warming potentials acts; default carbon of coal to be checked",
        ),
        Method(
            "CN-INCINERATION", "1", "Waste incineration plants", "waste", "B", "AR5", GUIDE_RATIO, INCINERATION,
            source="from memory: provincial inventory guideline and IPCC volume 5 in the frame of GB/T 32150; no sector part seen, AR5 assumed",
        ),
        Method(
            "GHGP-CHEM", "1", "GHG Protocol profile of a chemical site", "chemical", "B", "AR6", GUIDE_RATIO, CHEMICAL | PETROCHEMICAL,
            combustion_gases=("CO2", "CH4", "N2O"), source="profile of this platform over the Chinese tables",
        ),
        Method(
            "CBAM-2025", "2025/2547", "CBAM, definitive period", "cbam", "B", "AR5", CBAM_RATIO, CHEMICAL,
            source="public package opencbam 0.1.0; fuel factors must be given, the tables are Chinese", status=Status.SECONDARY,
        ),
    )
}  # fmt: skip


def method_of(*, method_id: str, gwp_set: str | None = None) -> Method:
    """A method by id, under its own or another set of warming potentials.

    Raises:
        UnknownMethod: no such method or set.
    """
    found = METHODS.get(method_id)
    if found is None:
        raise UnknownMethod(f"There is no method {method_id}.", method=method_id)
    return found if gwp_set is None else found.with_gwp(gwp_set)
