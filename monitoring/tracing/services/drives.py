"""Drives of a measuring vehicle: kept as they were sent, traced by a worker."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import transaction

from monitoring.tracing.domain.drives.case import FORMAT, driven_of
from monitoring.tracing.domain.drives.tables import BadTrack, Sent, Setting, track_of
from monitoring.tracing.domain.drives.tracing import answered
from monitoring.tracing.models import Drive, DriveReading, DriveTrace
from monitoring.tracing.selectors.drives import drive_of, readings_of
from monitoring.tracing.services.candidates import candidates_of
from monitoring.tracing.services.compiling import compile_first
from monitoring.tracing.services.computing import compute
from monitoring.tracing.services.gathering import minute_wind
from monitoring.tracing.services.runs import digest_of
from parks.catalogue.domain.periods import park_zone
from parks.people.domain import Scope
from parks.register.selectors.places import visible_parks, visible_stations

BEFORE = timedelta(minutes=45)  # of wind before the drive: air that a vehicle meets left its source earlier
AT_ONCE = 5_000  # rows that are written together
LONGEST = timedelta(hours=12)


class NoMiddle(BadTrack):
    """The park has no coordinates, so nobody can say whether a track lies near it."""

    code = "tracing.no_middle"


class TooLongDrive(BadTrack):
    """The rows of the file cover more than a drive."""

    code = "tracing.drive_long"


@dataclass(frozen=True, slots=True)
class Told:
    """What a person says of a file."""

    title: str
    vehicle: str = ""
    inlet_delay_s: float = 0.0
    receiver_lag_s: float = 0.0


def keep_drive(
    *, scope: Scope, park_id: int, pollutant: Any, name: str, data: bytes, said: Told, now: datetime
) -> tuple[Drive, bool]:
    """Keep a file with its readings; the same file once more is the same drive.

    Args:
        pollutant: of the catalogue, with its molar mass; name: of the file.

    Returns:
        The drive, and whether it is new.

    Raises:
        BadTrack and its kind, UnsafeFile, UnreadableFile: nothing is written. Single rows that do not hold are kept with the drive.
    """
    digest = hashlib.sha256(data).hexdigest()
    known = Drive.objects.filter(park=park_id, pollutant=pollutant, digest=digest).first()
    if known is not None:
        return known, False
    setting = Setting(_middle(scope, park_id), pollutant.molar_mass, park_zone(), now)
    sent = track_of(name=name, data=data, setting=setting)
    return _written(park_id, pollutant, name, data, digest, said, sent, scope.user_id, now), True


def _middle(scope: Scope, park_id: int) -> tuple[float, float]:
    """Longitude and latitude of the park, or of the middle of its stations."""
    park = visible_parks(scope=scope).filter(pk=park_id).first()
    if park is not None and park.lon is not None and park.lat is not None:
        return park.lon, park.lat
    rows = [
        (one.lon, one.lat)
        for one in visible_stations(scope=scope).filter(park=park_id)
        if one.lon is not None and one.lat is not None
    ]
    if not rows:
        raise NoMiddle
    return float(np.mean([lon for lon, _ in rows])), float(np.mean([lat for _, lat in rows]))


@transaction.atomic
def _written(
    park_id: int, pollutant: Any, name: str, data: bytes, digest: str, said: Told, sent: Sent, by_id: int | None, now: datetime
) -> Drive:  # fmt: skip
    first, last = sent.points[0].at, sent.points[-1].at
    if last - first > LONGEST:
        raise TooLongDrive(hours=round((last - first) / timedelta(hours=1), 1), most=LONGEST // timedelta(hours=1))
    made, new = Drive.objects.get_or_create(
        park_id=park_id, pollutant=pollutant, digest=digest,
        defaults={
            "title": said.title, "vehicle": said.vehicle, "inlet_delay_s": said.inlet_delay_s, "receiver_lag_s": said.receiver_lag_s,
            "began_at": first, "ended_at": last, "count": len(sent.points), "refused": [[one.row, one.field, one.rule] for one in sent.refused],
            "file_name": name[-120:], "content": data, "sent_at": now, "sent_by_id": by_id,
        },
    )  # fmt: skip
    if new:
        DriveReading.objects.bulk_create(
            [
                DriveReading(drive=made, time=one.at, row=one.row, lon=one.lon, lat=one.lat, height_m=one.height, value=one.value)
                for one in sent.points
            ],
            batch_size=AT_ONCE,
        )  # fmt: skip
    return made


@transaction.atomic
def ask_for_drive_trace(*, scope: Scope, drive_id: int, now: datetime, seed: int = 1) -> DriveTrace:
    """Freeze what is known of a drive now: its readings, the wind of its minutes, the register.

    Raises:
        NoWind: hardly a minute has speed and direction. TooFewReadings: the wind covers too few readings. NotFound.
    """
    found = drive_of(scope=scope, drive_id=drive_id)
    start = (found.began_at - BEFORE).replace(second=0, microsecond=0)
    end = (found.ended_at + timedelta(minutes=1)).replace(second=0, microsecond=0)
    stations = {one.pk: one for one in visible_stations(scope=scope).filter(park=found.park_id, lon__isnull=False)}
    wind, mast, channels = minute_wind(scope, found.park_id, stations, start, end)
    known = candidates_of(scope=scope, park_id=found.park_id, pollutant=found.pollutant_id, at=found.began_at)
    case = {
        "format": FORMAT, "title": found.title, "substance": found.pollutant_id, "wind": wind | {"channels": channels},
        "site": {"latitude": mast[1], "longitude": mast[0], "surroundings": "urban"},
        "candidates": [one | {"owner": known.owners[one["id"]]} for one in known.points], "track": _track(found), "options": {"seed": seed},
    }  # fmt: skip
    driven_of(case=case)  # refuses what cannot be traced before anybody waits for it
    return DriveTrace.objects.create(
        drive=found, case=case, digest=digest_of(case=case), asked_at=now, asked_by_id=scope.user_id
    )


def _track(drive: Drive) -> dict[str, Any]:
    rows = readings_of(drive_id=drive.pk)
    return {
        "start": rows.at[0].isoformat(), "seconds": rows.seconds.tolist(), "longitude": rows.lon.tolist(), "latitude": rows.lat.tolist(),
        "ug_m3": rows.value.tolist(), "height_m": float(np.median(rows.height)), "inlet_delay_s": drive.inlet_delay_s,
        "receiver_lag_s": drive.receiver_lag_s,
    }  # fmt: skip


def run_drive_trace(*, trace_id: int, clock: Callable[[], datetime]) -> None:
    """Compute a waiting trace; twice is the same as once."""

    def answer(case: Any, progress: Callable[[str], None]) -> dict[str, Any]:
        compile_first(tell=progress)
        return answered(case=case, progress=progress)

    compute(rows=DriveTrace.objects.all(), pk=trace_id, clock=clock, answer=answer)
