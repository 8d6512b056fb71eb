"""Numbers and units of the European border rules, from the factor library."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from accounting.carbon.domain.methods import CarbonRatio, Method
from accounting.factors.domain.library import Library


class Sector(StrEnum):
    FERTILISER = "fertiliser"
    CEMENT = "cement"
    HYDROGEN = "hydrogen"
    IRON_STEEL = "iron_steel"
    ALUMINIUM = "aluminium"


class Per(StrEnum):
    """What specific emissions are counted per."""

    PRODUCT = "t product"
    NITROGEN = "t N"
    CLINKER = "t clinker"


PER = {Sector.FERTILISER: Per.NITROGEN, Sector.CEMENT: Per.CLINKER}


@dataclass(frozen=True, slots=True)
class Rules:
    """Numbers of the regulation. `indirect`: whether emissions of used power count for a sector's goods."""

    ratio: CarbonRatio
    nitrous: Decimal  # tCO2e/t N2O
    waste_gas: Decimal  # what an exported waste gas takes along of its emissions
    indirect: Mapping[Sector, bool]


def rules_of(*, library: Library, method: Method) -> Rules:
    """Rules of a method over the library.

    Raises:
        UnknownFactor: the library lacks a row.
    """

    def row(variant: str, parameter: str) -> Decimal:
        return library.process(process="cbam", variant=variant, parameter=parameter).value

    indirect = {sector: row(sector.value, "INDIRECT") == 1 for sector in Sector}
    nitrous = library.gwp(gas="N2O", gwp_set=method.gwp_set).value
    return Rules(method.ratio, nitrous, row("waste_gas", "CORRECTION"), indirect)
