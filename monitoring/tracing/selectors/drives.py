"""Reading drives and their traces: the park sees its own."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db.models import Max, QuerySet
from numpy.typing import NDArray

from monitoring.tracing.models import Drive, DriveReading, DriveTrace
from parks.catalogue.domain.errors import NotFound
from parks.people.domain import Scope

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Readings:
    """All readings of a drive in order; arrays of shape (n,)."""

    at: tuple[datetime, ...]
    row: NDArray[np.int64]
    lon: Floats
    lat: Floats
    height: Floats  # [m]
    value: Floats  # [ug/m3]

    @property
    def seconds(self) -> Floats:
        """Since the first."""
        return np.array([(one - self.at[0]).total_seconds() for one in self.at])


def visible_drives(*, scope: Scope) -> QuerySet[Drive]:
    """Drives of the viewer's parks as a whole, newest first, without their files: they pass everybody's fence."""
    return (
        Drive.objects.filter(park__in=scope.park_ids)
        .defer("content")
        .select_related("pollutant", "sent_by")
        .annotate(highest=Max("readings__value"))
        .order_by("-began_at", "-pk")
    )


def drive_of(*, scope: Scope, drive_id: int) -> Drive:
    """One drive. Raises NotFound outside the viewer's reach."""
    found = visible_drives(scope=scope).filter(pk=drive_id).first()
    if found is None:
        raise NotFound
    return found


def file_of(*, drive_id: int) -> bytes:
    """The file as it was sent."""
    return bytes(Drive.objects.values_list("content", flat=True).get(pk=drive_id))


def readings_of(*, drive_id: int) -> Readings:
    rows = list(
        DriveReading.objects.filter(drive=drive_id)
        .order_by("time")
        .values_list("time", "row", "lon", "lat", "height_m", "value")
    )
    at, row, *parts = zip(*rows, strict=True) if rows else [()] * 6
    lon, lat, height, value = (np.array(part, dtype=np.float64) for part in parts)
    return Readings(tuple(at), np.array(row, dtype=np.int64), lon, lat, height, value)


def newest_drive_trace(*, drive_id: int) -> DriveTrace | None:
    return DriveTrace.objects.filter(drive=drive_id).select_related("asked_by").order_by("-pk").first()


def drive_trace_of(*, scope: Scope, trace_id: int) -> DriveTrace:
    """One trace. Raises NotFound outside the viewer's reach."""
    found = DriveTrace.objects.filter(drive__park__in=scope.park_ids, pk=trace_id).select_related("drive").first()
    if found is None:
        raise NotFound
    return found


def waiting_drive_traces() -> list[int]:
    """Traces that are not over, for the clock."""
    return list(
        DriveTrace.objects.filter(state__in=["WAITING", "RUNNING"]).order_by("pk").values_list("pk", flat=True)[:10]
    )
