"""Indicators of a zero-carbon park over a calendar year, from the months that were balanced."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounting.activity.domain.quantities import FLOW, given_of
from accounting.activity.selectors import lines_of_year
from accounting.carbon.domain.indicators import Carrier, EnergyUse, Indicator, Year, coal_equivalent, indicators
from accounting.carbon.domain.methods import method_of
from accounting.carbon.domain.units import converted
from accounting.carbon.models import ParkBalance, YearFact
from accounting.carbon.selectors.balances import methods_on
from accounting.carbon.selectors.years import balances_of_year, newest_inputs, year_facts
from accounting.carbon.services.balances import DEFAULT_METHOD
from accounting.factors.selectors.library import library_on
from parks.catalogue.domain.errors import Invalid, PlatformError

FACTS = {
    "waste_used": "t", "waste_made": "t", "waste_from_stock": "t", "heat_recovered": "GJ", "heat_recoverable": "GJ",
    "water_reused": "m3", "water_fresh": "m3",
}  # fmt: skip
CARRIERS = {"POWER": (Carrier.POWER, "MWh"), "HEAT": (Carrier.HEAT, "GJ")}


class UnknownFact(Invalid):
    """There is no such fact of a year."""

    code = "year.unknown_fact"


@dataclass(frozen=True, slots=True)
class Shown:
    """A park's year for people: indicators, uses in tce, facts, and which months it rests on."""

    indicators: tuple[Indicator, ...]
    uses: tuple[tuple[EnergyUse, Decimal | None], ...]
    co2: Decimal | None
    months: tuple[date, ...]
    facts: dict[str, YearFact]


def shown_year(*, park_id: int, year: int) -> Shown:
    """Indicators of a year. Twelve months are needed for a year's judgement; fewer are shown as what they are."""
    balances = balances_of_year(park_id=park_id, year=year)
    months = tuple(one.month for one in balances)
    library = library_on(day=max(months, default=date(year, 12, 1)))
    facts = year_facts(park_id=park_id, year=year)
    uses = tuple(energy_uses(park_id=park_id, year=year, months=frozenset(months)))
    co2 = sum((energy_co2_of(one.result, one.inputs["lines"]) for one in balances), Decimal(0)) if balances else None
    entered: dict[str, Any] = {name: row.value for name, row in facts.items()}
    given = Year(uses=uses, co2=co2, **entered)
    found = indicators(year=given, library=library)
    return Shown(found, tuple((use, coal_equivalent(use=use, library=library)) for use in uses), co2, months, facts)


def month_core(*, balance: ParkBalance) -> Decimal | None:
    """Energy-related CO2 over energy used in one month [tCO2/tce]; None where an energy use has no equivalent."""
    uses = tuple(energy_uses(park_id=balance.park_id, year=balance.month.year, months=frozenset([balance.month])))
    lines = newest_inputs(balance_id=balance.pk)
    given = Year(uses=uses, co2=energy_co2_of(balance.result, lines))
    return indicators(year=given, library=library_on(day=balance.month))[0].value


def energy_co2_of(result: dict[str, Any], lines: Sequence[dict[str, Any]]) -> Decimal:
    """CO2 of energy in a balanced month [t]: what was burnt and what came with power and heat, less what was sold of it."""
    burnt = sum(
        e["tonnes"]
        for one in lines
        if one["kind"].startswith("combustion")
        for e in one["emissions"]
        if e["gas"] == "CO2"
    )
    park = result["park"]
    return Decimal(str(burnt)) + Decimal(str(park["energy_in"])) - Decimal(str(park["energy_out"]))


def energy_uses(*, park_id: int, year: int, months: frozenset[date]) -> list[EnergyUse]:
    """What the park used of energy from outside: power and heat net of sales, and fuels that are no stream of the park."""
    sums: defaultdict[tuple[Carrier, str, str, Decimal | None], Decimal] = defaultdict(Decimal)
    chosen = methods_on(park_id=park_id, month=date(year, 12, 1))
    for line in lines_of_year(park_id=park_id, year=year, kinds=(FLOW, "combustion")):
        if line.month not in months:
            continue
        values = {name: given_of(name=name, data=data) for name, data in line.values.items()}
        if line.kind == "combustion" and line.stream_id is None and "amount" in values:
            edition = method_of(method_id=chosen.get(line.enterprise_id, DEFAULT_METHOD)).fuel_edition
            ncv = values["ncv"].value if "ncv" in values else None
            sums[Carrier.FUEL, str(line.choices.get("fuel", "")), edition, ncv] += values["amount"].value
        elif line.stream is not None and line.stream.kind in CARRIERS:
            carrier, unit = CARRIERS[line.stream.kind]
            for side, sign in (("imported", 1), ("sold_outside", -1)):
                if side in values:
                    sums[carrier, "", "", None] += sign * converted(
                        value=values[side].value, given=values[side].unit, needed=unit
                    )
    return [
        EnergyUse(id=fuel or carrier.value, carrier=carrier, amount=amount, clean=False if fuel else None, fuel=fuel, edition=edition, ncv=ncv)
        for (carrier, fuel, edition, ncv), amount in sorted(sums.items(), key=lambda pair: (pair[0][0].value, pair[0][1], str(pair[0][3])))
    ]  # fmt: skip


@transaction.atomic
def enter_fact(
    *, park_id: int, year: int, name: str, value: Decimal, source: str, by_id: int | None, now: datetime
) -> YearFact:
    """Enter a number of a park's year with its source.

    Raises:
        UnknownFact: no such fact. Invalid: no source, or the indicators that it feeds become impossible.
    """
    if name not in FACTS:
        raise UnknownFact(f"There is no fact {name}.", field="name")
    if not source.strip():
        raise Invalid("Say where the number comes from.", field="source")
    row = YearFact.objects.create(
        park_id=park_id,
        year=year,
        name=name,
        value=value,
        source=source.strip()[:300],
        entered_by_id=by_id,
        entered_at=now,
    )
    try:
        shown_year(park_id=park_id, year=year)
    except PlatformError as error:
        raise Invalid(str(error), field="value") from error
    return row
