"""Reading factors and source profiles: the park sees its own. What can be factorised: which stations measured which substances."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from django.db.models import F, QuerySet
from django.db.models.fields.json import KT

from monitoring.series.selectors.points import Point, points
from monitoring.tracing.domain.fingerprints.samples import Floats
from monitoring.tracing.models import FingerprintRun, SourceProfile
from monitoring.tracing.selectors.winds import series
from parks.catalogue.domain.errors import NotFound
from parks.people.domain import Scope

HOUR = timedelta(hours=1)
MASSES = {"mg/m3": 1000.0, "ug/m3": 1.0}  # ug/m3 of each unit


@dataclass(frozen=True, slots=True)
class Table:
    """Judged hours of one station [ug/m3], shape (hours, substances); NaN where an hour does not count."""

    channels: dict[str, int]  # by substance
    values: Floats


def visible_runs(*, scope: Scope) -> QuerySet[FingerprintRun]:
    """Runs of the viewer's parks as a whole, newest first, without what went in and came out: a list needs neither."""
    return (
        FingerprintRun.objects.filter(park__in=scope.park_ids)
        .select_related("asked_by")
        .annotate(suggested=KT("answer__suggested"))
        .defer("case", "answer")
        .order_by("-pk")
    )


def run_of(*, scope: Scope, run_id: int) -> FingerprintRun:
    """One run with all of it. Raises NotFound outside the viewer's reach."""
    found = FingerprintRun.objects.filter(park__in=scope.park_ids, pk=run_id).select_related("asked_by", "park").first()
    if found is None:
        raise NotFound
    return found


def run_state(*, scope: Scope, run_id: int) -> FingerprintRun:
    """How far a run is, without its inputs and answer: an open page asks every second. Raises NotFound as `run_of`."""
    found = visible_runs(scope=scope).filter(pk=run_id).first()
    if found is None:
        raise NotFound
    return found


def same_inputs(*, run: FingerprintRun) -> QuerySet[FingerprintRun]:
    """Other runs of the same inputs, newest first."""
    return FingerprintRun.objects.filter(park=run.park_id, digest=run.digest).exclude(pk=run.pk).order_by("-pk")


def waiting_runs() -> list[int]:
    """Runs that are not over, for the clock."""
    return list(
        FingerprintRun.objects.filter(state__in=["WAITING", "RUNNING"]).order_by("pk").values_list("pk", flat=True)[:10]
    )


def visible_profiles(*, scope: Scope, park_id: int) -> QuerySet[SourceProfile]:
    """Source profiles of a park, by name, the newest version first."""
    return (
        SourceProfile.objects.filter(park=park_id, park__in=scope.park_ids)
        .select_related("outlet__enterprise", "entered_by")
        .order_by("name", "-version")
    )


def profiles_in_force(*, scope: Scope, park_id: int, first: date, last: date) -> list[SourceProfile]:
    """The newest version of each name that holds on some day of a period."""
    rows = visible_profiles(scope=scope, park_id=park_id).filter(valid_from__lte=last)
    newest: dict[str, SourceProfile] = {}
    for one in rows:
        if one.valid_to is None or one.valid_to >= first:
            newest.setdefault(one.name, one)
    return list(newest.values())


def speciated(*, scope: Scope, park_id: int) -> dict[int, dict[str, Point]]:
    """Channels in mass per volume by station and substance."""
    found: dict[int, dict[str, Point]] = {}
    for one in points(scope=scope, park_id=park_id):
        if one.station_id and one.medium == "AIR" and one.unit in MASSES:
            found.setdefault(one.station_id, {}).setdefault(one.pollutant, one)
    return found


def table_of(
    *, channels: Mapping[str, Point], substances: Collection[str], start: datetime, end: datetime
) -> Table:  # fmt: skip
    """Hours of the substances at one station; a substance it does not measure is missing throughout."""
    times = [start + n * HOUR for n in range(int((end - start) / HOUR))]
    columns = [
        series(channels[code].id, times, end) * MASSES[channels[code].unit] if code in channels else np.full(len(times), np.nan)
        for code in substances
    ]  # fmt: skip
    return Table(
        {code: channels[code].id for code in substances if code in channels}, np.array(columns).T.reshape(len(times), -1)
    )  # fmt: skip


def usual_errors(*, scope: Scope, park_id: int) -> tuple[dict[str, Any], str]:
    """Detection limits and error fractions that were stated last in this park, and their source."""
    newest = (
        FingerprintRun.objects.filter(park=park_id, park__in=scope.park_ids)
        .order_by("-pk")
        .annotate(species=F("case__species"), source=KT("case__errors_source"))
        .values_list("species", "source")
        .first()
    )
    return ({one["code"]: one for one in newest[0]}, newest[1]) if newest else ({}, "")
