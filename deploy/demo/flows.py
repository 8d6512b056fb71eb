"""What flows through the demonstration park in a month: rates times full-load hours, and meters that balance as meters do.

One party of each pool is not told by the story but follows from the others: the power station makes the steam that was
taken, the grid brings the power that is missing, a plant sells what nobody in the park took.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from deploy.demo.noise import key_of, smooth
from deploy.demo.tables import Row, story_rows

TERM = re.compile(r"(?P<name>[a-z_0-9]+)(?P<how>[*=])(?P<amount>[-0-9.]+|\{[^}]+\})\[(?P<unit>[^\]]*)\]")
INTO, OUT = ("used", "bought"), ("made", "sold")
METER_ERROR = 0.0012  # of the party that follows, far below what its meter may be off
LOSSES = {"power": 0.014, "steam-lp": 0.035}
LET_DOWN = 1.004  # heat taken for heat given
LIQUEFIED = 0.985
TANK_T, CHARGED_T = 24.0, 60.0
BOILER, TURBINE = 0.89, 0.43  # heat and power from fuel
COAL_GJ_PER_T, TAIL_GAS_GJ_PER_T = 21.35, 47.1


@dataclass(frozen=True, slots=True)
class Term:
    """One quantity of a line: `amount` is a number, times the full-load hours where it `scales`, or a derived value."""

    name: str
    amount: str
    unit: str
    scales: bool


def terms(text: str) -> list[Term]:
    """Quantities as the story writes them: "amount*0.31[1e4 Nm3]; ncv=21.35[GJ/t]"."""
    return [Term(m["name"], m["amount"], m["unit"], m["how"] == "*") for m in TERM.finditer(text)]


@dataclass(slots=True)
class Pools:
    """Sums by stream of what the story tells."""

    into: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    out: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))


def derived(*, seed: int, month: date, hours: Callable[[str], float]) -> dict[str, float]:
    """What follows from the rates of the story, by the names that stand in braces there.

    Args:
        hours: full-load hours of a company in this month.
    """
    rows = story_rows("activity.csv")
    pools = told(rows, hours)
    off = meter_errors(seed, month)
    found: dict[str, float] = {}
    for stream in ("tail-gas", "co2-raw"):
        found[f"made:{stream}"] = pools.out[stream] * off(stream)
    pools.into["tail-gas"], pools.into["co2-raw"] = found["made:tail-gas"], found["made:co2-raw"]
    found["co2-liquid"] = pools.out["co2-liquid"] = found["made:co2-raw"] * LIQUEFIED
    for stream in ("waste-service", "sewage-service"):
        found[f"maker:{stream}"] = pools.into[stream] * off(stream)
    found |= energy(pools, off, hours)
    found |= tank(seed, month)
    pools.into["hydrogen"] += found["charged"]
    pools.out["hydrogen"] += found["drawn"]
    for row in story_rows("streams.csv"):
        if row["balance"].startswith("demand"):
            stream = row["code"]
            found[f"demand:{stream}"] = max(0.0, pools.out[stream] - pools.into[stream]) * off(stream)
    return found


def told(rows: Sequence[Row], hours: Callable[[str], float]) -> Pools:
    """Sums of the quantities that have a rate."""
    pools = Pools()
    for row in rows:
        for term in terms(row["values"]):
            side = "used" if row["stream"] and term.name == "amount" else term.name
            if not row["stream"] or not term.scales:
                continue
            amount = float(term.amount) * hours(row["slug"])
            if side in INTO:
                pools.into[row["stream"]] += amount
            elif side in OUT:
                pools.out[row["stream"]] += amount
    return pools


def meter_errors(seed: int, month: date) -> Callable[[str], float]:
    at = np.array([float(month.toordinal())])

    def of(stream: str) -> float:
        return 1.0 + METER_ERROR * float(smooth(key_of(seed, "meter", stream), at, 3.0)[0])

    return of


def energy(pools: Pools, off: Callable[[str], float], hours: Callable[[str], float]) -> dict[str, float]:
    """Steam by pressure, power, and the fuel of the power station."""
    lp = pools.into["steam-lp"] - pools.out["steam-lp"]
    found = {"loss:steam-lp": LOSSES["steam-lp"] * pools.into["steam-lp"]}
    found["maker:steam-lp"] = (lp + found["loss:steam-lp"]) * off("steam-lp")
    found["letdown"] = found["maker:steam-lp"] * LET_DOWN
    found["maker:steam-hp"] = (pools.into["steam-hp"] + found["letdown"]) * off("steam-hp")
    found["loss:power"] = LOSSES["power"] * pools.into["power"]
    found["import:power"] = (pools.into["power"] + found["loss:power"] - pools.out["power"]) * off("power")
    power_gj = pools.out["power"] * 3.6
    tail_gas = pools.into["tail-gas"] * TAIL_GAS_GJ_PER_T
    fuel = found["maker:steam-hp"] / BOILER + power_gj / TURBINE - tail_gas
    return found | {"coal": fuel / COAL_GJ_PER_T}


def tank(seed: int, month: date) -> dict[str, float]:
    """The hydrogen store: what lies in it at the start is what lay in it at the end of the month before."""

    def stock(day: date) -> float:
        at = np.array([float(day.toordinal())])
        return TANK_T * (1.0 + 0.4 * float(smooth(key_of(seed, "tank"), at, 40.0)[0]))

    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    opening, closing = round(stock(month), 2), round(stock(following), 2)
    return {"opening": opening, "charged": CHARGED_T, "drawn": CHARGED_T + opening - closing}


def amount_of(term: Term, *, hours: float, values: Mapping[str, float]) -> float:
    """A quantity of the month."""
    if term.amount.startswith("{"):
        return values[term.amount[1:-1]]
    return float(term.amount) * (hours if term.scales else 1.0)
