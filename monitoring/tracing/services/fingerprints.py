"""Factors of several substances: hours, limits, winds and profiles are frozen with the wish, a worker computes them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from django.db import transaction

from monitoring.tracing.domain.fingerprints.answer import answered
from monitoring.tracing.domain.fingerprints.samples import (
    DROP,
    FORMAT,
    METHOD,
    BadFingerprints,
    NoLimit,
    samples_of,
    weighed,
)
from monitoring.tracing.models import FingerprintRun
from monitoring.tracing.selectors.fingerprints import profiles_in_force, run_of, speciated, table_of
from monitoring.tracing.selectors.winds import DIRECTION, SPEED, series, wind_of
from monitoring.tracing.services.computing import compute
from monitoring.tracing.services.runs import digest_of
from parks.catalogue.domain.errors import NotFound
from parks.people.domain import Scope
from parks.register.selectors.places import visible_stations

HOUR = timedelta(hours=1)
LONGEST = timedelta(days=92)


class BadFingerprintPeriod(BadFingerprints):
    """The hours begin before they end, end in the past and are not more than ninety-two days."""

    code = "tracing.fingerprint_period"


@dataclass(frozen=True, slots=True)
class Options:
    """What whoever asks decides; all of it stands beside the answer."""

    least_factors: int = 2
    most_factors: int = 6
    starts: int = 20
    seed: int = 1
    block_h: int = 24  # samples in a row that are drawn together; a day, because hours in a row are alike
    bootstrap_runs: int = 50
    bootstrap_steps: int = 600
    most_steps: int = 2000  # of one start
    high_percentile: float = 75.0  # from which a contribution counts as high in a wind
    missing: str = DROP

    def written(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Stated:
    """Detection limit [ug/m3] and error fraction of a substance, as somebody stated them."""

    limit: float
    fraction: float


@transaction.atomic
def ask_for_fingerprints(
    *, scope: Scope, park_id: int, title: str, station_ids: Sequence[int], start: datetime, end: datetime, stated: Mapping[str, Stated],
    errors_source: str, profile_ids: Collection[int] | None, options: Options, zone: Any, now: datetime,
) -> FingerprintRun:  # fmt: skip
    """Freeze hours, uncertainties, winds and profiles of now.

    Args:
        stated: by substance, in the order in which they are shown; profile_ids: to balance with; None takes all that are in force.

    Raises:
        BadFingerprintPeriod, BadFingerprints and its kind: nothing is written. NotFound: a station is not the viewer's park's.
    """
    begin, over = _period(start, end, now)
    if not errors_source.strip():
        raise NoLimit(substance="")
    known = speciated(scope=scope, park_id=park_id)
    names = {code: point for measured in known.values() for code, point in measured.items()}
    if not station_ids or any(code not in names for code in stated):
        raise NotFound
    stations = [_station(scope, park_id, known, pk, stated, options.missing, begin, over) for pk in station_ids]
    case = {
        "format": FORMAT, "method": METHOD, "title": title, "start": begin.isoformat(), "end": over.isoformat(), "step_s": 3600,
        "species": [
            {"code": code, "name": names[code].pollutant_name, "name_en": names[code].pollutant_name_en, "limit_ug_m3": one.limit, "fraction": one.fraction}
            for code, one in stated.items()
        ],
        "errors_source": errors_source.strip(), "stations": stations,
        "profiles": _profiles(scope, park_id, begin.astimezone(zone).date(), (over - HOUR).astimezone(zone).date(), profile_ids),
        "options": options.written(),
    }  # fmt: skip
    samples = samples_of(case=case)  # refuses what cannot be factorised before anybody waits for it
    return _waiting(
        case, scope.user_id, park_id, title, begin, over, list(station_ids), list(stated), len(samples.values), now
    )


def _period(start: datetime, end: datetime, now: datetime) -> tuple[datetime, datetime]:
    begin, over = (one.replace(minute=0, second=0, microsecond=0) for one in (start, end))
    if not begin < over <= now or over - begin > LONGEST:
        raise BadFingerprintPeriod
    return begin, over


def _station(
    scope: Scope, park_id: int, known: Mapping[int, Any], pk: int, stated: Mapping[str, Stated], missing: str, begin: datetime, over: datetime
) -> dict[str, Any]:  # fmt: skip
    """Hours of one station with their uncertainties and its wind."""
    row = visible_stations(scope=scope).filter(pk=pk, park=park_id).first()
    if row is None or pk not in known:
        raise NotFound
    table = table_of(channels=known[pk], substances=list(stated), start=begin, end=over)
    limits, fractions = (np.array([getattr(one, name) for one in stated.values()]) for name in ("limit", "fraction"))
    found = weighed(values=table.values, limits=limits, fractions=fractions, missing=missing)
    measured = np.isfinite(table.values)
    return {
        "id": row.code, "name": row.name, "station": pk, "latitude": row.lat, "longitude": row.lon, "channels": table.channels,
        "used": found.used.tolist(), "filled": int((found.used[:, None] & ~measured).sum()),
        "ug_m3": _columns(found.values, stated), "uncertainty_ug_m3": _columns(found.errors, stated),
        "wind": _wind(scope, park_id, pk, begin, over),
    }  # fmt: skip


def _columns(values: Any, stated: Mapping[str, Stated]) -> dict[str, list[float | None]]:
    return {code: _plain(values[:, n], 6) for n, code in enumerate(stated)}


def _plain(values: Any, digits: int) -> list[float | None]:
    return [None if np.isnan(v) else float(f"{float(v):.{digits}g}") for v in values]


def _wind(scope: Scope, park_id: int, pk: int, begin: datetime, over: datetime) -> dict[str, Any] | None:
    """Judged hours of the station's own wind, else of the park's first mast; None where the park measures none."""
    pair = wind_of(scope=scope, park_id=park_id, station_id=pk)
    if pair is None:
        return None
    times = [begin + n * HOUR for n in range(int((over - begin) / HOUR))]
    speed, bearing = (series(one.id, times, over) for one in pair)
    return {
        "station": pair[0].code, "channels": {SPEED: pair[0].id, DIRECTION: pair[1].id}, "speed_m_s": _plain(speed, 4), "from_deg": _plain(bearing, 4),
    }  # fmt: skip


def _profiles(
    scope: Scope, park_id: int, first: date, last: date, wanted: Collection[int] | None
) -> list[dict[str, Any]]:
    return [
        {
            "id": one.pk, "name": one.name, "version": one.version, "status": one.status, "source": one.source, "outlet": one.outlet_id,
            "outlet_code": one.outlet.code if one.outlet else "", "enterprise": one.outlet.enterprise.name if one.outlet else "",
            "latitude": one.outlet.lat if one.outlet else None, "longitude": one.outlet.lon if one.outlet else None,
            "shares": one.shares, "deviations": one.deviations,
        }
        for one in profiles_in_force(scope=scope, park_id=park_id, first=first, last=last)
        if wanted is None or one.pk in wanted
    ]  # fmt: skip


def _waiting(
    case: dict[str, Any], by_id: int | None, park_id: int, title: str, begin: datetime, over: datetime, stations: list[int], substances: list[str],
    samples: int, now: datetime,
) -> FingerprintRun:  # fmt: skip
    return FingerprintRun.objects.create(
        park_id=park_id, title=title, began_at=begin, ended_at=over, stations=stations, substances=substances, samples=samples, case=case,
        digest=digest_of(case=case), asked_at=now, asked_by_id=by_id,
    )  # fmt: skip


@transaction.atomic
def ask_again(*, scope: Scope, run_id: int, now: datetime) -> FingerprintRun:
    """The same frozen inputs once more: equal code gives equal answers.

    Raises:
        NotFound: the run is not the viewer's park's.
    """
    row = run_of(scope=scope, run_id=run_id)
    return _waiting(
        row.case, scope.user_id, row.park_id, row.title, row.began_at, row.ended_at, row.stations, row.substances, row.samples, now
    )  # fmt: skip


def run_fingerprints(*, run_id: int, clock: Callable[[], datetime]) -> None:
    """Compute a waiting run; twice is the same as once."""
    compute(
        rows=FingerprintRun.objects.all(), pk=run_id, clock=clock,
        answer=lambda case, progress: answered(case=case, progress=progress),
    )  # fmt: skip
