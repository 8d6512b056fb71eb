"""Looking factors up. A lookup finds the factor that was asked for, or says that there is none; it never substitutes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from accounting.factors.domain.factors import (
    Electricity,
    Factor,
    FactorNotInForce,
    Level,
    NoProvincialFactor,
    UnknownFactor,
)

NATION = "CN"
FUEL_PARAMETERS = ("NCV", "CC", "OF", "EF")


@dataclass(frozen=True, slots=True)
class Library:
    """All factors by id."""

    factors: Mapping[str, Factor]

    def get(self, factor_id: str, *, on: date | None = None) -> Factor:
        """A factor by its id.

        Args:
            on: the day it is needed for; None asks for no validity.

        Raises:
            UnknownFactor: no such id.
            FactorNotInForce: it does not hold on that day.
        """
        found = self.factors.get(factor_id)
        if found is None:
            raise UnknownFactor(f"There is no factor {factor_id}.", factor=factor_id)
        if on is not None and not found.holds_on(on):
            raise FactorNotInForce(f"{factor_id} does not hold on {on}.", factor=factor_id, day=on.isoformat())
        return found

    def fuel(self, *, fuel: str, parameter: str, edition: str) -> Factor:
        """Heat content, carbon per heat, oxidation or product of a fuel in one edition of the tables.

        Args:
            parameter: NCV [GJ/t or GJ/1e4 Nm3], CC [tC/GJ], OF [1] or EF [tCO2/t or tCO2/1e4 Nm3].
            edition: A (chemical guide of 2013) or B (ministry template of 2023).

        Raises:
            UnknownFactor: the edition's table has no such value.
        """
        found = self.factors.get(f"fuel.{edition}.{fuel}.{parameter.lower()}")
        if found is None:
            raise UnknownFactor(
                f"Edition {edition} of the fuel tables has no {parameter} of {fuel}; a measured value is needed.",
                fuel=fuel, parameter=parameter, edition=edition,
            )  # fmt: skip
        return found

    def grid(self, *, region: str, year: int, kind: Electricity) -> Factor:
        """Grid factor of a province, a regional grid or the nation [tCO2/MWh] (footprint: tCO2e/MWh).

        Args:
            region: a province ("shandong"), a regional grid ("north") or "CN".
            year: year of the data; for the kind REPORTING, year of the report.

        Raises:
            NoProvincialFactor: no value of that province and year; nothing is put in its place.
            UnknownFactor: no national or regional value of that kind and year.
        """
        for factor in self.factors.values():
            if factor.key("table") != "grid" or factor.key("region") != region or factor.key("kind") != kind.value:
                continue
            if factor.holds_on(date(year, 1, 1)):
                return factor
        details = {"region": region, "year": year, "kind": kind.value}
        if region == NATION or self.is_regional(region):
            raise UnknownFactor(f"There is no {kind.value} grid factor of {region} for {year}.", **details)
        raise NoProvincialFactor(
            f"There is no {kind.value} grid factor of {region} for {year}, and the national one is not put in its place.",
            **details,
        )

    def is_regional(self, region: str) -> bool:
        rows = (f for f in self.factors.values() if f.key("table") == "grid" and f.key("region") == region)
        return any(factor.key("level") == Level.REGIONAL.value for factor in rows)

    def gwp(self, *, gas: str, gwp_set: str) -> Factor:
        """Global warming potential over 100 years [tCO2e/t] in the set SAR, AR4, AR5 or AR6.

        Raises:
            UnknownFactor: the set has no value of that gas.
        """
        return self.get(f"gwp.{gwp_set}.{gas}")

    def process(self, *, process: str, variant: str = "", parameter: str = "EF") -> Factor:
        """Default of a process, for example nitric_acid by technology.

        Raises:
            UnknownFactor: there is no such default.
        """
        return self.get(".".join(part for part in ("process", process, variant, parameter.lower()) if part))

    def carbon_content(self, *, substance: str) -> Factor:
        """Carbon content of a pure substance [tC/t].

        Raises:
            UnknownFactor: not in the table.
        """
        return self.get(f"carbon.{substance}")

    def carbonate(self, *, substance: str) -> Factor:
        """CO2 set free by a carbonate when all of it decomposes [tCO2/t].

        Raises:
            UnknownFactor: not in the table.
        """
        return self.get(f"carbonate.{substance}")
