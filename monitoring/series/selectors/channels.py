"""Reading channels: what workers need to know of them, and who may see which."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from django.db import connection
from django.db.models import Q, QuerySet
from numpy.typing import NDArray

from monitoring.series.domain.rollups import ARITHMETIC, DIRECTION, HYDROGEN_ION
from monitoring.series.domain.validity import RuleSet
from monitoring.series.models import Channel, ValidityRule
from parks.people.domain import Scope

AIR_FLOW, WATER_FLOW, OXYGEN = "a00000", "w00000", "a19001"
KINDS = {"a01008": DIRECTION, "w01001": HYDROGEN_ION}


@dataclass(frozen=True, slots=True)
class Target:
    """Where a factor of a logger goes."""

    channel_id: int
    scale: float
    low: float
    high: float
    rule: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What the roll-up knows of channels, as columns sorted by channel id."""

    ids: NDArray[np.int64]
    outlet: NDArray[np.int64]  # 0 where the channel belongs to no outlet
    kind: NDArray[np.int8]
    rule: NDArray[np.int16]
    minutes: NDArray[np.float64]  # what one minute record stands for
    realtime: NDArray[np.float64]  # what one real-time record stands for [min]
    kg_factor: NDArray[np.float64]  # mg -> kg by the unit of the channel; 0 where it is no concentration
    is_air_flow: NDArray[np.bool_]
    is_water_flow: NDArray[np.bool_]
    is_oxygen: NDArray[np.bool_]
    reference_o2: NDArray[np.float64]
    flow_weighted: NDArray[np.bool_]
    zone: NDArray[np.str_]  # time zone of the park, by name

    def index(self, channel_ids: NDArray[np.int64]) -> NDArray[np.intp]:
        return np.searchsorted(self.ids, channel_ids)


TARGETS = """
SELECT c.logger_id, c.pollutant_id, c.id, c.scale, c.low, c.high, r.number
FROM monitoring_channel c
JOIN parks_pollutant p ON p.code = c.pollutant_id
LEFT JOIN parks_station s ON s.id = c.station_id
JOIN monitoring_validityrule r ON r.valid_to IS NULL AND r.medium =
    CASE WHEN s.id IS NOT NULL THEN 'AMBIENT' WHEN p.medium IN ('AIR', 'WATER') THEN p.medium ELSE 'OTHER' END
WHERE c.is_active AND c.logger_id = ANY(%s)"""


def targets_of(*, logger_ids: Iterable[int]) -> dict[tuple[int, str], Target]:
    """Active channels of loggers, by logger and factor code."""
    nan = float("nan")
    with connection.cursor() as cursor:
        cursor.execute(TARGETS, [sorted(logger_ids)])
        return {
            (logger, factor): Target(channel, scale, nan if low is None else low, nan if high is None else high, rule)
            for logger, factor, channel, scale, low, high, rule in cursor.fetchall()
        }


FACTS = """
SELECT c.id, COALESCE(c.outlet_id, 0), c.pollutant_id, p.unit, COALESCE(l.minute_interval_min, 1),
       COALESCE(l.realtime_interval_s, 60), c.reference_o2, r.number, r.flow_weighted, k.time_zone
FROM monitoring_channel c
JOIN parks_park k ON k.id = c.park_id
JOIN parks_pollutant p ON p.code = c.pollutant_id
LEFT JOIN parks_logger l ON l.id = c.logger_id
LEFT JOIN parks_station s ON s.id = c.station_id
JOIN monitoring_validityrule r ON r.valid_to IS NULL AND r.medium =
    CASE WHEN s.id IS NOT NULL THEN 'AMBIENT' WHEN p.medium IN ('AIR', 'WATER') THEN p.medium ELSE 'OTHER' END
WHERE c.id = ANY(%s) OR c.outlet_id IN (SELECT outlet_id FROM monitoring_channel WHERE id = ANY(%s))
ORDER BY c.id"""
KG = {"mg/m3": 1e-6, "ug/m3": 1e-9, "ng/m3": 1e-12, "mg/L": 1e-3, "ug/L": 1e-6, "ng/L": 1e-9}


def facts_of(*, channel_ids: Iterable[int]) -> Facts:
    """Facts of channels and of all channels at the same outlets (loads need the flow, conversion needs oxygen)."""
    ids = sorted(channel_ids)
    with connection.cursor() as cursor:
        cursor.execute(FACTS, [ids, ids])
        rows = cursor.fetchall()
    factor = np.array([row[2] for row in rows], dtype="U16")
    weighted = [row[2] in row[8].split() for row in rows]
    return Facts(
        ids=np.array([row[0] for row in rows], dtype=np.int64),
        outlet=np.array([row[1] for row in rows], dtype=np.int64),
        kind=np.array([KINDS.get(row[2], ARITHMETIC) for row in rows], dtype=np.int8),
        rule=np.array([row[7] for row in rows], dtype=np.int16),
        minutes=np.array([row[4] for row in rows], dtype=float),
        realtime=np.array([max(row[5] / 60.0, 1.0 / 60.0) for row in rows], dtype=float),
        kg_factor=np.array([KG.get(row[3], 0.0) for row in rows], dtype=float),
        is_air_flow=factor == AIR_FLOW,
        is_water_flow=factor == WATER_FLOW,
        is_oxygen=factor == OXYGEN,
        reference_o2=np.array([np.nan if row[6] is None else row[6] for row in rows], dtype=float),
        flow_weighted=np.array(weighted, dtype=bool),
        zone=np.array([row[9] for row in rows], dtype="U40"),
    )


def rule_sets() -> dict[int, RuleSet]:
    """All validity rules by number."""
    return {
        rule.number: RuleSet(
            number=rule.number, code=rule.code, medium=rule.medium, min_minutes=rule.min_minutes, min_hours=rule.min_hours,
            min_days=rule.min_days, min_days_february=rule.min_days_february, share=rule.share,
            flow_weighted=frozenset(rule.flow_weighted.split()),
            highest_o2=float("inf") if rule.highest_o2 is None else rule.highest_o2,
        )
        for rule in ValidityRule.objects.all()
    }  # fmt: skip


def visible_channels(*, scope: Scope) -> QuerySet[Channel]:
    """Channels the viewer may see: those of whole parks, and those of their own enterprises."""
    return Channel.objects.filter(Q(park__in=scope.park_ids) | Q(enterprise__in=scope.enterprise_ids))


def owner_of_channel(*, channel_id: int) -> tuple[int, int | None] | None:
    """Park and enterprise of a channel, whoever asks; None where there is no such channel."""
    return Channel.objects.filter(pk=channel_id).values_list("park", "enterprise").first()
