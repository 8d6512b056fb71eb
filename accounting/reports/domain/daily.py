"""The park's daily report: what it says, from the facts of one local day. The same facts give the same content."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from monitoring.alarms.domain import compare
from monitoring.series.domain.verdicts import Reason, Verdict

EXCUSED = frozenset({Reason.ZERO_FLOW, Reason.SOURCE_STOPPED, Reason.NOT_RUNNING})
KG_PER_TONNE = Decimal(1000)


@dataclass(frozen=True, slots=True)
class Measured:
    """One judged hour or day of one channel."""

    channel: int
    time: datetime
    value: float | None
    converted: float | None
    verdict: int
    reason: int
    load_kg: Decimal | None


@dataclass(frozen=True, slots=True)
class Place:
    """A channel with the names that the report prints."""

    channel: int
    enterprise_id: int | None
    enterprise: str
    outlet_id: int | None
    code: str
    point: str
    pollutant: str
    pollutant_name: str
    unit: str
    logger_id: int | None
    logger: str


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit that was in force: of outlet, pollutant and averaging period (HOUR or DAY)."""

    maximum: float
    minimum: float | None
    reference_o2: float | None
    rule: str


@dataclass(frozen=True, slots=True)
class Allowance:
    """A yearly quota and what was emitted so far [t]."""

    enterprise: str
    pollutant: str
    pollutant_name: str
    quota_t: Decimal
    emitted_t: Decimal
    day_kg: Decimal
    channels: tuple[int, ...]  # whose days the load is the sum of


LimitAt = Callable[[int, str, str, datetime], Limit | None]  # outlet, pollutant, period, time


def exceedances(
    *, places: dict[int, Place], measured: Sequence[Measured], period: str, limit_at: LimitAt
) -> list[dict[str, Any]]:
    """Valid means beyond the limit that was in force at their time, worst first within each enterprise."""
    found = []
    for one in measured:
        place = places.get(one.channel)
        if place is None or place.outlet_id is None or one.verdict != Verdict.VALID:
            continue
        limit = limit_at(place.outlet_id, place.pollutant, period, one.time)
        if limit is None:
            continue
        value = one.converted if limit.reference_o2 is not None and one.converted is not None else one.value
        if value is None:
            continue
        judged = compare(value=value, maximum=limit.maximum, minimum=limit.minimum)
        if judged.exceeded:
            bound = limit.maximum if value > limit.maximum else limit.minimum
            found.append(
                {
                    "channel": one.channel, "enterprise": place.enterprise, "code": place.code, "point": place.point,
                    "pollutant": place.pollutant, "pollutant_name": place.pollutant_name, "unit": place.unit, "period": period,
                    "time": one.time.isoformat(), "value": value, "limit": bound, "times": judged.times, "rule": limit.rule,
                }
            )  # fmt: skip
    return sorted(
        found, key=lambda row: (row["enterprise"], row["code"], -(row["times"] or 0.0), row["time"], row["channel"])
    )


def validity(*, places: dict[int, Place], hours: Sequence[Measured], due_hours: int) -> list[dict[str, Any]]:
    """Valid hours over hours due of each point. Hours of zero flow or of a plant that stood still are not due."""
    valid: dict[int, int] = defaultdict(int)
    excused: dict[int, int] = defaultdict(int)
    for one in hours:
        valid[one.channel] += one.verdict == Verdict.VALID
        excused[one.channel] += one.verdict != Verdict.VALID and Reason(one.reason) in EXCUSED
    points: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for place in places.values():
        points[(place.enterprise, place.code, place.point)].append(place.channel)
    rows = []
    for (enterprise, code, point), channels in sorted(points.items()):
        good, due = sum(valid[c] for c in channels), sum(due_hours - excused[c] for c in channels)
        rows.append(
            {
                "enterprise": enterprise, "code": code, "point": point, "channels": sorted(channels), "valid": good, "due": due,
                "rate": good / due if due else None,
            }
        )  # fmt: skip
    return rows


def silent(*, places: dict[int, Place], hours: Sequence[Measured], due_hours: int) -> list[dict[str, Any]]:
    """Loggers with hours in which nothing at all arrived, the longest silence first."""
    logger_of = {place.channel: place.logger_id for place in places.values()}
    heard: dict[int, set[datetime]] = defaultdict(set)
    for one in hours:
        number = logger_of.get(one.channel)
        if number is not None and one.verdict != Verdict.MISSING:
            heard[number].add(one.time)
    names = {p.logger_id: (p.enterprise, p.code, p.logger) for p in places.values() if p.logger_id is not None}
    found = [
        {
            "enterprise": e,
            "code": c,
            "logger": name,
            "logger_id": number,
            "missing": due_hours - len(heard[number]),
            "due": due_hours,
        }
        for number, (e, c, name) in names.items()
        if len(heard[number]) < due_hours
    ]
    return sorted(found, key=lambda row: (-row["missing"], row["enterprise"], row["code"], row["logger"]))


def quotas(*, allowances: Sequence[Allowance]) -> list[dict[str, Any]]:
    """Loads against yearly quotas, the most used first. Exact decimals travel as text."""
    rows = [
        {
            "enterprise": a.enterprise, "pollutant": a.pollutant, "pollutant_name": a.pollutant_name,
            "quota_t": f"{a.quota_t.normalize():f}", "emitted_t": f"{a.emitted_t:.4f}", "day_kg": f"{a.day_kg:.3f}",
            "used": float(a.emitted_t / a.quota_t) if a.quota_t else None, "channels": list(a.channels),
        }
        for a in allowances
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (-(row["used"] or 0.0), row["enterprise"], row["pollutant"]))


def content(
    *, park: str, day: date, zone_name: str, version: str, due_hours: int, places: dict[int, Place], hours: Sequence[Measured],
    days: Sequence[Measured], limit_at: LimitAt, allowances: Sequence[Allowance], rules: Sequence[str],
) -> dict[str, Any]:  # fmt: skip
    """Everything the report says, as plain data that can be frozen and rendered."""
    over = exceedances(places=places, measured=hours, period="HOUR", limit_at=limit_at)
    over += exceedances(places=places, measured=days, period="DAY", limit_at=limit_at)
    rates = validity(places=places, hours=hours, due_hours=due_hours)
    due, valid = sum(row["due"] for row in rates), sum(row["valid"] for row in rates)
    return {
        "park": park, "day": day.isoformat(), "zone": zone_name, "version": version, "rules": sorted(rules),
        "points": len(rates), "channels": len(places), "hours_due": due, "hours_valid": valid,
        "valid_rate": valid / due if due else None, "exceedances": over, "validity": rates,
        "silent": silent(places=places, hours=hours, due_hours=due_hours), "quotas": quotas(allowances=allowances),
    }  # fmt: skip


def digest_of(content: dict[str, Any]) -> str:
    """Fingerprint of a report's content: the same facts give the same digest."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
