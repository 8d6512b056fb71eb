"""A park with stations and stacks, one of which gave off something, for tests of incidents and traces."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from django.test import Client

from deploy.bench.releases import Kind, Release, release
from monitoring.tracing.models import Incident
from monitoring.tracing.services import incidents
from parks.people.access import build_scope
from parks.people.domain import Role
from tests.factories.people import make_user
from tests.factories.register import make_enterprise, make_logger, make_outlet, make_park, make_station
from tests.factories.series import make_channel, store_values

START = datetime(2026, 5, 11, 16, 0, tzinfo=UTC)  # midnight in Beijing, as the generator has it
GENTLE = Kind(offset=1.0, meander=2.0, widths=0.1, flicker=0.1, drift=5e-9, gain=0.02, gaps=0.02)
LAT, LON = 30.7, 121.3
METRE_NORTH, METRE_EAST = 1 / 111_195, 1 / (111_195 * np.cos(np.radians(LAT)))
BENZENE = "a25002"


def place(point: Any) -> dict[str, float]:
    return {"lat": LAT + point[1] * METRE_NORTH, "lon": LON + point[0] * METRE_EAST}


class Scene:
    """A park whose stations read what one of six stacks gave off, by physics that the engine does not have."""

    def __init__(self) -> None:
        self.made: Release = release(
            seed=9003, kind=GENTLE, candidates=6, sensors=6, side=700.0, rates_kg_h=(20.0,), minutes=720
        )
        self.park = make_park(lat=LAT, lon=LON)
        self.firms = [make_enterprise(park=self.park) for _ in range(2)]
        self.outlets = [
            make_outlet(enterprise=self.firms[k % 2], stack_height_m=float(point[2]), **place(point))
            for k, point in enumerate(self.made.candidates)
        ]
        mast = make_station(park=self.park, kind="WEATHER", height_m=10.0, **place((0.0, 0.0)))
        self.stored(mast, "a01007", "m/s", self.made.speed)
        self.stored(mast, "a01008", "deg", self.made.from_deg)
        for number, point in enumerate(self.made.sensors):
            fence = make_station(park=self.park, kind="FENCE", height_m=3.0, **place(point))
            self.stored(fence, BENZENE, "mg/m3", self.made.values[:, number] * 1e6)
        self.officer = make_user(role=Role.OFFICER, park=self.park)
        self.scope = build_scope(user_id=self.officer.pk)

    def stored(self, station: Any, pollutant: str, unit: str, values: Any) -> None:
        channel = make_channel(
            logger=make_logger(outlet=None, station=station, park=self.park), pollutant=pollutant, reported_unit=unit
        )
        known = [(START + timedelta(minutes=n), float(v)) for n, v in enumerate(values) if np.isfinite(v)]
        store_values(
            channel=channel, times=[t for t, _ in known], values=[v for _, v in known], now=START + timedelta(hours=13)
        )

    @property
    def guilty(self) -> Any:
        return self.outlets[self.made.active[0]]

    def opened(self, hours: float = 12.0) -> Incident:
        return incidents.open_incident(
            scope=self.scope, park_id=self.park.pk, kind="COMPLAINT", pollutant=BENZENE, title="气味投诉", told="北门有溶剂味",
            start=START, end=START + timedelta(hours=hours), now=START + timedelta(hours=13),
        )  # fmt: skip

    def client(self, user: Any) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client
