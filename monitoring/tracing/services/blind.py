"""Blind tests: releases with a known truth, opened as ordinary incidents and scored when they are answered."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from monitoring.tracing.models import BlindTest
from monitoring.tracing.selectors.blind import blind_test_of
from monitoring.tracing.services.incidents import open_incident
from monitoring.tracing.services.runs import ask_for_trace
from parks.people.domain import Scope


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
