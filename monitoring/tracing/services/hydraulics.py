"""Unit responses of networks under pressure: which solver computes them is said from above, how far they are is kept here."""

import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from monitoring.tracing.domain.releases.library import Library
from monitoring.tracing.models import WaterLibrary, WaterNetwork
from monitoring.tracing.services.runs import BROKE_OFF
from parks.catalogue.domain.errors import Invalid

log = logging.getLogger(__name__)
DEAD_AFTER = timedelta(minutes=10)
Progress = Callable[[int, int], None]
# (text of the network, sensors, progress) to its library; computed once and kept, or made again.
Solver = Callable[[str, Sequence[str], Progress], Library]
_solver: list[Solver] = []


class NoSolver(Invalid):
    """No solver of networks under pressure is at hand, or it refuses the network."""

    code = "tracing.no_solver"


class NetworkTooLarge(NoSolver):
    """The unit responses of the network would take longer than is allowed."""

    code = "tracing.network_too_large"


def use(*, solver: Solver) -> None:
    """Said once, when the platform is put together."""
    _solver[:] = [solver]


def library_for(
    *, network: WaterNetwork, sensors: Sequence[str], progress: Progress = lambda done, total: None
) -> Library:
    """Raises NoSolver."""
    if not _solver:
        raise NoSolver("No solver for networks under pressure is installed.")
    return _solver[0](network.text, sensors, progress)


def wanted(*, network: WaterNetwork, sensors: Sequence[str]) -> WaterLibrary:
    """The row of a library, made if it is not there."""
    key = hashlib.sha256(json.dumps(sorted(sensors)).encode()).hexdigest()
    return WaterLibrary.objects.get_or_create(network=network, key=key, defaults={"sensors": sorted(sensors)})[0]


def compute_library(*, library_id: int, clock: Callable[[], datetime]) -> None:
    """Compute one library; twice is the same as once, and one that somebody computes is left alone."""
    row, now = WaterLibrary.objects.select_related("network").get(pk=library_id), clock()
    free = Q(state="WAITING") | Q(state="RUNNING", seen_at__lt=now - DEAD_AFTER)
    if not WaterLibrary.objects.filter(free, pk=library_id).update(state="RUNNING", started_at=now, seen_at=now):
        return

    def progress(done: int, total: int) -> None:
        WaterLibrary.objects.filter(pk=library_id).update(done=done, total=total, seen_at=clock())

    end: dict[str, Any] = {"state": "DONE"}
    try:
        library_for(network=row.network, sensors=row.sensors, progress=progress)
    except NoSolver as error:
        details = {name: str(value) for name, value in error.details.items()}
        end = {"state": "FAILED", "error": error.text, "error_code": error.code, "error_details": details}
    except Exception:
        log.exception("library %s failed", library_id)
        end = {"state": "FAILED", "error": BROKE_OFF, "error_code": "tracing.broke_off"}
    with transaction.atomic():
        WaterLibrary.objects.filter(pk=library_id).update(seen_at=clock(), **end)
