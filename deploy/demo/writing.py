"""Writing the story into the register, through its services."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from deploy.demo.facts import LoggerPlan, OutletPlan, Story
from deploy.demo.loggers import CYANIDE, PHENOLS, WATER_FLOW
from deploy.demo.profiles import FLOW, O2, PROFILES
from monitoring.series.services import channels
from parks.register.services import register

CODE, NAME, NAME_EN, PROVINCE = "dongyu", "东屿化工园区", "Dongyu Chemical Park", "江苏省"
MAKERS = ("澄析仪器", "远测科技", "海衡分析", "量明环境")
MIXTURES = ("wwgas",)  # profiles of which nobody knows all that is in the gas
DONE = Callable[[str], None]


@dataclass
class Written:
    """Rows of the register by the names the story gives them."""

    park: Any
    enterprises: dict[str, Any] = field(default_factory=dict)
    units: dict[tuple[str, str], Any] = field(default_factory=dict)
    outlets: dict[str, Any] = field(default_factory=dict)  # by key
    stations: dict[str, Any] = field(default_factory=dict)
    loggers: dict[str, Any] = field(default_factory=dict)  # by MN
    channels: dict[tuple[str, str], int] = field(default_factory=dict)  # by MN and factor
    people: dict[str, int] = field(default_factory=dict)  # by user name


def write_story(*, story: Story, now: datetime, step: DONE) -> Written:
    """Park, enterprises, units, outlets, stations, network, loggers, instruments, channels."""
    park = register.create_park(
        by_id=None, now=now, code=CODE, name=NAME, name_en=NAME_EN, province=PROVINCE, lon=story.centre.lon,
        lat=story.centre.lat, boundary={"type": "Polygon", "coordinates": [story.boundary]},
    )  # fmt: skip
    written = Written(park)
    step("enterprises")
    write_enterprises(story, written)
    step("outlets")
    write_outlets(story, written)
    step("stations and network")
    write_places(story, written)
    step("loggers")
    for plan in story.loggers:
        write_logger(plan, written, now=now)
    step("channels")
    write_channels(story, written, now=now)
    return written


def write_enterprises(story: Story, written: Written) -> None:
    for plant in story.plants:
        written.enterprises[plant.slug] = register.create_enterprise(
            by_id=None, park=written.park, name=plant.name, name_en=plant.name_en, uscc=plant.uscc,
            industry_code=plant.industry_code, industry_name=plant.industry_name, kind=plant.kind,
            lon=plant.centre.lon, lat=plant.centre.lat, site={"type": "Polygon", "coordinates": [plant.site]},
            contact_name="环保负责人",
        )  # fmt: skip
    for unit in story.units:
        above = written.units.get((unit.slug, unit.upstream))
        written.units[unit.slug, unit.code] = register.create_unit(
            by_id=None, enterprise=written.enterprises[unit.slug], kind=unit.kind, code=unit.code, name=unit.name,
            name_en=unit.name_en, upstream_ids=[above.pk] if above else [],
        )  # fmt: skip


def write_outlets(story: Story, written: Written) -> None:
    for plan in story.outlets:
        written.outlets[plan.key] = register.create_outlet(
            by_id=None, enterprise=written.enterprises[plan.slug], code=plan.code, name=plan.name, name_en=plan.name_en,
            medium=plan.medium, stack_height_m=plan.height_m, diameter_m=plan.diameter_m,
            gas_temperature_c=plan.temperature_c, gas_velocity_m_per_s=plan.velocity_m_per_s, lon=plan.place.lon,
            lat=plan.place.lat, handled_codes=handled_by(plan), unit_ids=[written.units[plan.slug, code].pk for code in plan.unit_codes],
        )  # fmt: skip


def handled_by(plan: OutletPlan) -> list[str]:
    """What the register says a stack may emit: what its process is known for. Mixtures that nobody has taken apart stay unknown."""
    if plan.medium != "AIR" or plan.profile in MIXTURES:
        return []
    typical = [code for code in PROFILES[plan.profile].typical if code != FLOW]
    return sorted({*typical, *plan.species})


def write_places(story: Story, written: Written) -> None:
    for plan in story.stations:
        written.stations[plan.code] = register.create_station(
            by_id=None, park=written.park, code=plan.code, name=plan.name, name_en=plan.name_en, kind=plan.kind,
            lon=plan.place.lon, lat=plan.place.lat, height_m=plan.height_m,
        )  # fmt: skip
    nodes = {}
    for node in story.nodes:
        outlet = written.outlets["/".join(node.outlet)] if node.outlet else None
        nodes[node.code] = register.create_pipe_node(
            by_id=None, park=written.park, code=node.code, kind=node.kind, lon=node.place.lon, lat=node.place.lat,
            invert_m=node.invert_m, outlet=outlet,
        )  # fmt: skip
    for pipe in story.pipes:
        register.create_pipe(
            by_id=None, park=written.park, code=pipe.code, start=nodes[pipe.start], end=nodes[pipe.end],
            length_m=pipe.length_m, diameter_m=pipe.diameter_m, slope=pipe.slope,
        )  # fmt: skip


def write_logger(plan: LoggerPlan, written: Written, *, now: datetime) -> None:
    """A logger with secrets of its own, and its analysers."""
    installed = now.date() - timedelta(days=500 + int(plan.mn[-3:], 16) % 900)
    logger = register.create_logger(
        by_id=None, park=written.park, enterprise=written.enterprises.get(plan.slug), name=plan.name, mn=plan.mn,
        outlet=written.outlets[plan.outlet.key] if plan.outlet else None,
        station=written.stations[plan.station.code] if plan.station else None,
        password=f"{secrets.randbelow(10**6):06d}", sm4_key=secrets.token_hex(16) if plan.edition == 2025 else "",
        crc_variant=plan.crc_variant, label="END" if plan.label_end else "START",
        minute_interval_min=plan.minute_interval_min, realtime_interval_s=30, installed_on=installed,
    )  # fmt: skip
    written.loggers[plan.mn] = logger
    for name, principle, codes in analysers(plan):
        maker = MAKERS[int(plan.mn[-1], 16) % len(MAKERS)]
        register.create_instrument(
            by_id=None, logger=logger, name=name, maker=maker, principle=principle, installed_on=installed,
            serial=f"{plan.mn[-6:]}-{codes[0][-3:]}", pollutant_codes=codes, **range_of(plan, codes),
        )  # fmt: skip


def analysers(plan: LoggerPlan) -> list[tuple[str, str, list[str]]]:
    """Analysers of a logger: name, principle, factors. Water analysers measure one thing each."""
    codes = [f.code for f in plan.factors]
    if plan.st in ("21", "32"):
        names = {WATER_FLOW: ("超声波明渠流量计", "超声波液位法"), "w01001": ("pH计", "玻璃电极法"), "w01018": ("COD在线分析仪", "重铬酸钾法"),
                 "w21003": ("氨氮在线分析仪", "水杨酸分光光度法"), "w21001": ("总氮在线分析仪", "过硫酸钾消解法"),
                 "w21011": ("总磷在线分析仪", "钼酸铵分光光度法"), "w01012": ("悬浮物在线分析仪", "散射光法"),
                 PHENOLS: ("挥发酚在线分析仪", "4-氨基安替比林分光光度法"), CYANIDE: ("氰化物在线分析仪", "异烟酸-吡唑啉酮分光光度法")}  # fmt: skip
        return [(*names[code], [code]) for code in codes]
    wind = [c for c in codes if c.startswith("a010") and c not in ("a01011", "a01012", "a01013", "a01014")]
    gas = [c for c in codes if c not in wind and c not in (FLOW, "a01011", "a01012", "a01013", "a01014")]
    flow = [c for c in codes if c in (FLOW, "a01011", "a01012", "a01013", "a01014")]
    gas_name = (
        ("烟气连续分析仪", "紫外差分吸收与激光散射") if O2 in codes else ("在线气相色谱仪", "气相色谱-氢火焰离子化")
    )
    found = [(*gas_name, gas), ("流速温压一体机", "皮托管差压法", flow), ("自动气象仪", "超声波风速风向", wind)]
    return [(name, principle, members) for name, principle, members in found if members]


def range_of(plan: LoggerPlan, codes: list[str]) -> dict[str, Any]:
    """Measuring range where an analyser measures one thing."""
    if len(codes) != 1:
        return {}
    factor = next(f for f in plan.factors if f.code == codes[0])
    return {"range_low": factor.low, "range_high": factor.high, "unit": factor.reported_unit}


def write_channels(story: Story, written: Written, *, now: datetime) -> None:
    rows: list[dict[str, Any]] = []
    keys = []
    for plan in story.loggers:
        for factor in plan.factors:
            keys.append((plan.mn, factor.code))
            rows.append(
                {
                    "park": written.park, "enterprise": written.enterprises.get(plan.slug),
                    "outlet": written.outlets[plan.outlet.key] if plan.outlet else None,
                    "station": written.stations[plan.station.code] if plan.station else None,
                    "logger": written.loggers[plan.mn], "pollutant_id": factor.code,
                    "reported_unit": factor.reported_unit, "scale": factor.scale, "low": factor.low,
                    "high": factor.high, "reference_o2": factor.reference_o2,
                }
            )  # fmt: skip
    made = channels.create_channels(by_id=None, now=now, rows=rows)
    written.channels = {key: channel.pk for key, channel in zip(keys, made, strict=True)}
