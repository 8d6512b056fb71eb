"""The sewer of the demonstration park as a revision for tracing, with the stations that stand in it and the spills of the past."""

import json
from datetime import datetime, timedelta

from deploy.demo.facts import Story
from deploy.demo.series import moment_of
from deploy.demo.spills import Spill
from deploy.demo.tables import story_rows
from deploy.demo.writing import Written
from monitoring.tracing.services import blind, water

NAME, FILE = "东屿园区污水管网", "dongyu-sewer.json"
BEHIND = ("WWTP-OUT", "SEA")  # behind the basins nothing is told apart any more


def write_sewer(story: Story, spills: tuple[Spill, ...], written: Written, *, now: datetime) -> None:
    """The revision, its gauges, and the spills as blind tests; nothing but the page of scores reads their truth."""
    network = water.keep_network(
        park_id=written.park.pk, by_id=None, name=NAME, file_name=FILE, text=sewer_file(story), now=now
    )
    for plan in story.stations:
        if plan.kind == "SEWER":
            water.bind(
                network=network, node=plan.node, station_id=written.stations[plan.code].pk, outlet_id=None, by_id=None, now=now
            )  # fmt: skip
    for one in spills:
        first = moment_of(one.first)
        truth = {
            "node": one.node, "mass_kg": one.mass_kg, "start": first.isoformat(), "end": (first + timedelta(hours=one.duration_h)).isoformat()
        }  # fmt: skip
        blind.keep_water(
            network=network, key=one.key, kind=one.kind, names=(one.name, one.name_en), pollutant=one.factor, start=moment_of(one.start),
            end=moment_of(one.end), truth=truth,
        )  # fmt: skip


def sewer_file(story: Story) -> str:
    """The network as an operator would hand it in: design flows, not those of a day."""
    plants = {plant.slug: plant for plant in story.plants}
    handled = {row["slug"]: row["factors"].split() for row in story_rows("substances.csv")}
    manholes = []
    for node in story.nodes:
        if node.code in BEHIND:
            continue
        row: dict[str, object] = {"id": node.code, "lon": node.place.lon, "lat": node.place.lat}
        if node.outlet is not None:
            plant = plants[node.outlet[0]]
            row |= {
                "enterprise": plant.name, "inflow_m3_h": round(plant.water_m3_per_d / 24.0, 2), "substances": handled.get(plant.slug, [])
            }  # fmt: skip
        manholes.append(row)
    pipes = [
        {
            "id": pipe.code, "from": pipe.start, "to": pipe.end, "length_m": pipe.length_m, "diameter_mm": round(pipe.diameter_m * 1000),
            "slope": pipe.slope,
        }
        for pipe in story.pipes if pipe.end not in BEHIND
    ]  # fmt: skip
    return json.dumps({"format": "tongjian-trace-water/1", "manholes": manholes, "pipes": pipes}, ensure_ascii=False)
