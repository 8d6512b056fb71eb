"""A park where one of two neighbours gave off a mixture, which the plume of one substance does not tell apart."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import numpy as np
from django.db import connection, transaction

from deploy.bench.releases import blend
from monitoring.tracing.models import Incident, Trace
from monitoring.tracing.services import incidents, profiles
from monitoring.tracing.services.runs import ask_for_trace, run_trace
from parks.people.access import build_scope
from parks.people.domain import Role
from parks.permits.models import Quota
from tests.factories.people import make_user
from tests.factories.permits import make_permit
from tests.factories.register import make_enterprise, make_logger, make_outlet, make_park, make_station
from tests.factories.series import make_channel
from tests.integration.monitoring.scene import GENTLE, LAT, LON, START, Scene, place

MIX = ("a25002", "a25003", "a25005")  # benzene, toluene, xylenes
SEED = 8401
NOW = START + timedelta(hours=13)
OWN, OTHER = (0.6, 0.3, 0.1), (0.1, 0.3, 0.6)


class JointScene(Scene):
    """Six points and a neighbour of the guilty one; stations read three substances, by physics that the engine does not have.

    The guilty one and its neighbour have source profiles, the first of which has a report. A third enterprise has a permit with
    annual amounts, and one outlet of a fourth has instruments of its own.
    """

    def __init__(self, seed: int = SEED) -> None:
        mixed = blend(seed=seed, kind=GENTLE, own=OWN, other=OTHER, candidates=6, sensors=6, side=700.0, minutes=480)
        self.made, self.values = mixed.release, mixed.values
        self.park = make_park(lat=LAT, lon=LON)
        self.firms = [make_enterprise(park=self.park) for _ in self.made.candidates]
        self.outlets = [
            make_outlet(enterprise=firm, stack_height_m=float(point[2]), **place(point))
            for firm, point in zip(self.firms, self.made.candidates, strict=True)
        ]
        mast = make_station(park=self.park, kind="WEATHER", height_m=10.0, **place((0.0, 0.0)))
        self.stored(mast, "a01007", "m/s", self.made.speed)
        self.stored(mast, "a01008", "deg", self.made.from_deg)
        self.stations = [
            make_station(park=self.park, kind="FENCE", height_m=3.0, **place(point)) for point in self.made.sensors
        ]
        for number, station in enumerate(self.stations):
            for substance, code in enumerate(MIX):
                self.stored(station, code, "mg/m3", self.values[:, number, substance] * 1e6)
        self.officer = make_user(role=Role.OFFICER, park=self.park)
        self.scope = build_scope(user_id=self.officer.pk)
        rest = [one for one in self.outlets if one not in (self.guilty, self.neighbour)]
        self.permitted, self.monitored, self.silent = rest[0], rest[1], rest[2]
        self.profile = self.entered(self.guilty, OWN, "检测报告 2026-017")
        self.unverified = self.entered(self.neighbour, OTHER, "")
        self.permit = make_permit(enterprise=self.permitted.enterprise)
        for code, tonnes in zip(MIX, (2, 1, 1), strict=True):
            Quota.objects.create(permit=self.permit, pollutant_id=code, year=2026, tonnes=tonnes)
        self.instruments = {code: self.rated(code, kg) for code, kg in zip(MIX, (1.0, 2.0, 5.0), strict=True)}

    @property
    def neighbour(self) -> Any:
        return self.outlets[-1]

    def entered(self, outlet: Any, shares: tuple[float, ...], source: str) -> Any:
        """A source profile as a person enters it, with deviations of a tenth of each share."""
        return profiles.keep_profile(
            scope=self.scope, park_id=self.park.pk, name=f"源 {outlet.code}", outlet_id=outlet.pk, source=source, valid_from=date(2026, 1, 1),
            valid_to=None, now=START, shares={code: profiles.Share(s, 0.1 * s) for code, s in zip(MIX, shares, strict=False)},
        )  # fmt: skip

    def rated(self, code: str, kg_per_h: float) -> Any:
        """A channel of the outlet with instruments, with a hundred judged hours of its mass rate before the event."""
        channel = make_channel(logger=make_logger(outlet=self.monitored), pollutant=code)
        with connection.cursor() as cursor:
            cursor.executemany(
                """INSERT INTO monitoring_rollup (channel_id, "interval", time, value, coverage, verdict, reason, rule, basis, load_kg, computed_at)
                   VALUES (%s, 2, %s, 1, 1, 0, 0, 1, 1, %s, now())""",
                [(channel.pk, START - timedelta(hours=n), kg_per_h) for n in range(1, 101)],
            )
        return channel

    def joint(self, *companions: str, hours: float = 8.0) -> Incident:
        return incidents.open_incident(
            scope=self.scope, park_id=self.park.pk, kind="COMPLAINT", pollutant=MIX[0], title="气味投诉", told="", start=START,
            end=START + timedelta(hours=hours), now=START + timedelta(hours=13), companions=companions or MIX[1:],
        )  # fmt: skip


@contextmanager
def traced_jointly() -> Iterator[tuple[JointScene, Incident, Trace]]:
    """The scene with an incident of three substances, traced once; undone at the end."""
    with transaction.atomic():
        scene = JointScene()
        incident = scene.joint()
        row = ask_for_trace(scope=scene.scope, incident_id=incident.pk, now=NOW)
        run_trace(trace_id=row.pk, now=NOW, clock=lambda: NOW)
        yield scene, incident, Trace.objects.get(pk=row.pk)
        transaction.set_rollback(True)


def mass_of(answer: dict[str, Any], name: str) -> np.ndarray:
    """Median rates by substance of a point in an answer."""
    found = next(one for one in answer["candidates"] if one["id"] == name)
    return np.array([one["rate"]["p50"] for one in found["by_substance"]])
