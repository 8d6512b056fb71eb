"""The river of the demonstration park as a reach for tracing, with what stands along it and the spills of the past."""

from datetime import date, datetime, timedelta

from deploy.demo.facts import Story
from deploy.demo.river import DEPTH_M, LENGTH_M, OUTFALLS, POUR_S, SLOPE, STATIONS, WIDTH_M, RiverSpill
from deploy.demo.series import moment_of
from deploy.demo.writing import Written
from monitoring.tracing.domain.river_reach import Told
from monitoring.tracing.services import blind
from monitoring.tracing.services.rivers import keep_river
from parks.people.domain import Scope

TOLD = Told(
    "盐河园区段", "演示：断面测量与全年水文测验", date(2020, 1, 1), None, LENGTH_M, SLOPE, WIDTH_M, DEPTH_M, speed_low=0.26, speed_high=0.45,
    flow_low=11.5, flow_high=15.5,
)  # fmt: skip


def write_river(story: Story, spills: tuple[RiverSpill, ...], written: Written, *, now: datetime) -> None:
    """The reach with what stands along it, and its spills as blind tests; nothing but the page of scores reads their truth."""
    names = {plant.slug: plant.name for plant in story.plants}
    rows = [f"station,{code},{chainage:g},,," for code, _, _, chainage in STATIONS]
    rows += [f"outfall,{code},{chainage:g},{names[slug]},{holds}," for code, slug, chainage, holds in OUTFALLS]
    table = "kind,id,chainage_m,enterprise,substances,decay_per_day\n" + "\n".join(rows)
    # Whoever loads the demonstration sees its park whole.
    scope = Scope(park_ids=frozenset({written.park.pk}))
    network = keep_river(scope=scope, park_id=written.park.pk, told=TOLD, table=table.encode(), like=None, now=now)
    for one in spills:
        first = moment_of(one.first)
        blind.keep_water(
            network=network, key=one.key, kind="STEADY", names=(one.name, one.name_en), pollutant=one.factor, start=moment_of(one.start),
            end=moment_of(one.end),
            truth={
                "node": one.outfall, "mass_kg": one.mass_kg, "start": first.isoformat(), "end": (first + timedelta(seconds=POUR_S)).isoformat(),
            },
        )  # fmt: skip
