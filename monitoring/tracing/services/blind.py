"""Blind tests: releases with a known truth, opened as ordinary incidents and scored when they are answered."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from monitoring.tracing.models import BlindTest, WaterBlindTest, WaterNetwork, WaterTrace
from monitoring.tracing.selectors.blind import blind_test_of, water_blind_test_of
from monitoring.tracing.services.incidents import open_incident
from monitoring.tracing.services.runs import ask_for_trace
from monitoring.tracing.services.water import ask_again, open_from_channels
from monitoring.tracing.services.water_cases import Asked
from parks.people.domain import Scope

WATER_BEFORE_H = 3.0


def keep(
    *, park_id: int, key: str, kind: str, names: tuple[str, str], pollutant: str, start: datetime, end: datetime,
    truth: Sequence[Mapping[str, Any]],
) -> BlindTest:  # fmt: skip
    """Keep the truth of a release.

    Args:
        names: Chinese and English; truth: places with outlet (or None), lon, lat, kg_per_h, premises.
    """
    return BlindTest.objects.create(
        park_id=park_id, key=key, kind=kind, name=names[0], name_en=names[1], pollutant_id=pollutant, began_at=start, ended_at=end,
        truth=[dict(one) for one in truth],
    )  # fmt: skip


@transaction.atomic
def trace_blind(*, scope: Scope, test_id: int, now: datetime) -> int:
    """Open the incident of a blind test, unless it is open, and freeze its facts. Returns the number of the trace.

    Raises:
        NotFound: the test is not of the viewer's park. NothingToTrace: wind or readings are missing.
    """
    test = BlindTest.objects.select_for_update().get(pk=blind_test_of(scope=scope, test_id=test_id).pk)
    if test.incident_id is None:
        made = open_incident(
            scope=scope, park_id=test.park_id, kind="MANUAL", pollutant=test.pollutant_id, title=f"{test.name}（盲测）", told="",
            start=test.began_at, end=test.ended_at, now=now,
        )  # fmt: skip
        BlindTest.objects.filter(pk=test.pk).update(incident=made)
        incident_id = made.pk
    else:
        incident_id = test.incident_id
    return ask_for_trace(scope=scope, incident_id=incident_id, now=now).pk


def keep_water(
    *, network: WaterNetwork, key: str, kind: str, names: tuple[str, str], pollutant: str, start: datetime, end: datetime,
    truth: Mapping[str, Any],
) -> WaterBlindTest:  # fmt: skip
    """Keep the truth of a release into a sewer.

    Args:
        names: Chinese and English; truth: node, mass_kg, start and end.
    """
    return WaterBlindTest.objects.create(
        park_id=network.park_id, network=network, key=key, kind=kind, name=names[0], name_en=names[1], pollutant_id=pollutant,
        began_at=start, ended_at=end, truth=dict(truth),
    )  # fmt: skip


@transaction.atomic
def trace_water_blind(*, scope: Scope, test_id: int, now: datetime) -> WaterTrace:
    """Open the incident of a blind test in the sewer, unless it is open, and freeze its readings.

    Raises:
        NotFound: the test is not of the viewer's park. NoGauge: nothing was read.
    """
    test = WaterBlindTest.objects.select_for_update().get(pk=water_blind_test_of(scope=scope, test_id=test_id).pk)
    # The stretch begins hours before anything rose, so a release does not begin before it.
    asked = Asked(before_h=WATER_BEFORE_H)
    if test.incident_id is not None:
        return ask_again(scope=scope, incident_id=test.incident_id, asked=asked, now=now)
    made = open_from_channels(
        scope=scope, network=test.network, kind="MANUAL", title=f"{test.name}（盲测）", told="", pollutant=test.pollutant_id,
        start=test.began_at, end=test.ended_at, asked=asked, now=now,
    )  # fmt: skip
    WaterBlindTest.objects.filter(pk=test.pk).update(incident=made.incident_id)
    return made
