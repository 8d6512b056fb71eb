"""What a park already knows of the shares in which its points emit several substances, with where it comes from.

In this order, the first that states a share of every traced substance the point may hold: source profiles entered for the point, its
own monitored mass rates, permitted annual amounts of its enterprise. Otherwise a point has none, and any shares are equally likely.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from monitoring.series.selectors.points import points
from monitoring.series.selectors.sums import hour_sums
from monitoring.tracing.domain.case.building import profile_of
from monitoring.tracing.domain.profiles import Origin, Rule, certainty_of, rule_of
from monitoring.tracing.models import SourceProfile
from monitoring.tracing.selectors.fingerprints import profiles_in_force
from parks.catalogue.domain.periods import park_zone
from parks.people.domain import Scope
from parks.permits.selectors import quotas_of_year

FILE = Path(__file__).resolve().parents[2] / "reference" / "profile_rules.csv"


@dataclass(frozen=True, slots=True)
class Profile:
    """Shares of a point, how sure they are, and the numbers of what they come from, for links."""

    shares: dict[str, float]
    certainty: float
    origin: Origin
    rule: int
    source: str  # for whoever reads the case
    behind: dict[str, Any]

    @property
    def frozen(self) -> dict[str, Any]:
        """As the case has it."""
        return {"shares": self.shares, "certainty": self.certainty, "source": self.source}

    @property
    def place(self) -> dict[str, Any]:
        """What stands behind it, beside the case."""
        return {"origin": self.origin.value, "rule": self.rule, **self.behind}


@cache
def rules() -> tuple[Rule, ...]:
    """Rows of the reference file."""
    with FILE.open(encoding="utf-8", newline="") as text:
        return tuple(
            Rule(
                int(row["number"]), Origin(row["origin"]), float(row["certainty"]), float(row["least"]), float(row["most"]), int(row["days"]),
                int(row["least_hours"]), date.fromisoformat(row["valid_from"]), date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
            )
            for row in csv.DictReader(text)
        )  # fmt: skip


def known_profiles(
    *, scope: Scope, park_id: int, outlets: Mapping[int, int], candidates: Iterable[dict[str, Any]], substances: Sequence[str], at: datetime
) -> dict[str, Profile]:  # fmt: skip
    """The profile of each point that has one, by its name in the case.

    Args:
        outlets: enterprise by outlet; candidates: of the case, with the substances that each may hold; at: beginning of the event.
    """
    day = at.astimezone(park_zone()).date()
    ways = [
        _entered(scope, park_id, substances, day), _monitored(scope, park_id, outlets, substances, at, day),
        _permitted(park_id, outlets, day),
    ]  # fmt: skip
    found = {}
    for one in candidates:
        if one["id"].isdigit() and int(one["id"]) in outlets:
            possible = (profile for way in ways for profile in way.get(int(one["id"]), ()))
            held = next((profile for profile in possible if _tells(one, profile, substances)), None)
            if held is not None:
                found[one["id"]] = held
    return found


def _tells(candidate: dict[str, Any], profile: Profile, substances: Sequence[str]) -> bool:
    """Whether a profile states all shares; of a point that may hold one substance there is nothing to state."""
    held = candidate.get("substances", substances)
    if sum(code in held for code in substances) < 2:
        return False
    return profile_of(candidate=candidate | {"profile": profile.frozen}, substances=substances) is not None


def _entered(scope: Scope, park_id: int, substances: Sequence[str], day: date) -> dict[int, list[Profile]]:
    """Source profiles in force by outlet: those with a report first, then the newest."""
    rows = [
        one for one in profiles_in_force(scope=scope, park_id=park_id, first=day, last=day) if one.outlet_id is not None
    ]
    rows.sort(key=lambda one: (one.status == "SOURCED", one.valid_from, one.pk), reverse=True)
    found: dict[int, list[Profile]] = {}
    for one in rows:
        made = _of_row(one, substances, day)
        if made is not None and one.outlet_id is not None:
            found.setdefault(one.outlet_id, []).append(made)
    return found


def _of_row(row: SourceProfile, substances: Sequence[str], day: date) -> Profile | None:
    origin = Origin.MEASURED if row.status == "SOURCED" else Origin.UNVERIFIED
    rule = rule_of(rules=rules(), origin=origin, day=day)
    shares = {code: row.shares[code] for code in substances if code in row.shares}
    if rule is None or not shares:
        return None
    sure = certainty_of(shares=shares, deviations=row.deviations, substances=list(shares), rule=rule)
    said = f"source profile {row.name} v{row.version}: {row.source or 'no source stated'}"
    behind = {"profile": row.pk, "name": row.name, "version": row.version, "said": row.source}
    return Profile(shares, round(sure, 1), origin, rule.number, said, behind)


def _monitored(
    scope: Scope, park_id: int, outlets: Iterable[int], substances: Sequence[str], at: datetime, day: date
) -> dict[int, list[Profile]]:
    """Mean mass rates of judged hours before the event; what happened in it is to be found, not assumed."""
    rule = rule_of(rules=rules(), origin=Origin.MONITORED, day=day)
    if rule is None:
        return {}
    rows = points(scope=scope, park_id=park_id, outlet_ids=outlets)
    channels = {one.id: one for one in rows if one.pollutant in substances and one.outlet_id is not None}
    begin = at - timedelta(days=rule.days)
    rates: dict[int, dict[str, tuple[int, int, float]]] = {}
    for number, sums in hour_sums(channel_ids=channels, start=begin, end=at).items():
        one, hours = channels[number], sums.load_hours
        own = rates.setdefault(one.outlet_id or 0, {})
        if hours >= rule.least_hours and hours > own.get(one.pollutant, (0,))[0]:
            own[one.pollutant] = hours, number, float(sums.load_kg) / hours
    return {
        outlet: [_of_rates(own, rule, begin, at)] for outlet, own in rates.items() if sum(v[2] for v in own.values()) > 0
    }  # fmt: skip


def _of_rates(own: Mapping[str, tuple[int, int, float]], rule: Rule, begin: datetime, end: datetime) -> Profile:
    total = sum(rate for _hours, _number, rate in own.values())
    behind = {
        "channels": {code: number for code, (_hours, number, _rate) in own.items()}, "hours": min(hours for hours, _number, _rate in own.values()),
        "from": begin.isoformat(), "to": end.isoformat(),
    }  # fmt: skip
    said = f"mean mass rates of the outlet over {rule.days} days before the event, {behind['hours']} judged hours or more of each"
    shares = {code: round(rate / total, 6) for code, (_hours, _number, rate) in own.items()}
    return Profile(shares, rule.certainty, rule.origin, rule.number, said, behind)


def _permitted(park_id: int, outlets: Mapping[int, int], day: date) -> dict[int, list[Profile]]:
    """Permitted annual amounts of the year of the event, by outlet of the enterprise that holds the permit."""
    amounts: dict[int, dict[str, float]] = {}
    permits: dict[int, Any] = {}
    rows = quotas_of_year(park_id=park_id, year=day.year).filter(permit__valid_from__lte=day, permit__valid_to__gt=day)
    for one in rows:
        amounts.setdefault(one.permit.enterprise_id, {})[one.pollutant_id] = float(one.tonnes)
        permits[one.permit.enterprise_id] = one.permit
    found = {}
    for outlet, enterprise in outlets.items():
        alone = sum(other == enterprise for other in outlets.values()) == 1
        origin = Origin.PERMITTED if alone else Origin.PERMITTED_WHOLE
        rule, own = rule_of(rules=rules(), origin=origin, day=day), amounts.get(enterprise)
        if rule is None or not own:
            continue
        permit = permits[enterprise]
        said = f"permitted annual amounts {day.year}, permit {permit.number}" + (
            "" if alone else ", all air outlets together"
        )
        behind = {"permit": permit.pk, "number": permit.number, "year": day.year}
        found[outlet] = [Profile(own, rule.certainty, origin, rule.number, said, behind)]
    return found
