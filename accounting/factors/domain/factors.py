"""One factor with its pedigree, and the errors of looking for one."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from parks.catalogue.domain.errors import Invalid


class Status(StrEnum):
    """How sure a value is: seen in the official print, taken from a public secondary source, or neither."""

    OFFICIAL = "OFFICIAL"
    SECONDARY = "SECONDARY"
    UNVERIFIED = "UNVERIFIED"


class Electricity(StrEnum):
    """The numbers of one year that must not be mixed, and the one that a notice prescribes for reports of a year."""

    AVERAGE = "AVERAGE"
    EXCLUDING_MARKET = "EXCLUDING_MARKET"  # average without non-fossil power that was traded on the market
    FOSSIL_ONLY = "FOSSIL_ONLY"
    FOOTPRINT = "FOOTPRINT"  # life cycle
    REPORTING = "REPORTING"


class Level(StrEnum):
    NATIONAL = "NATIONAL"
    REGIONAL = "REGIONAL"
    PROVINCIAL = "PROVINCIAL"


class UnknownFactor(Invalid):
    """The library has no such factor."""

    code = "factor.unknown"


class NoProvincialFactor(UnknownFactor):
    """There is no grid factor of this province and year; the national one is not put in its place."""

    code = "factor.no_provincial_value"


class FactorNotInForce(Invalid):
    """The factor is not valid on the day it is asked for."""

    code = "factor.not_in_force"


class BrokenRow(Invalid):
    """A row of the reference data cannot be read, or is there twice."""

    code = "factor.broken_row"


class WrongChecksum(Invalid):
    """A printed product differs from the product of its parts: a row or a column has slipped."""

    code = "factor.checksum"


@dataclass(frozen=True, slots=True)
class Factor:
    """A value with unit, source and standing. `keys` are the columns by which its table is looked up."""

    id: str
    value: Decimal
    unit: str
    source: str
    clause: str
    year: int | None
    valid_from: date | None
    valid_to: date | None  # first day on which it no longer holds
    uncertainty: Decimal | None  # half of the 95 % interval, relative, as a fraction
    status: Status
    version: str
    approved_by: str
    note: str
    keys: tuple[tuple[str, str], ...] = ()

    def key(self, name: str) -> str:
        return dict(self.keys).get(name, "")

    def holds_on(self, day: date) -> bool:
        """Whether the day lies in the half-open validity; an open end holds for ever."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day < self.valid_to)
