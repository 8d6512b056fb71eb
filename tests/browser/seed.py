"""Fills an empty installation with one park, its people and one logger; prints what the tests need as JSON."""

import json
import os
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings.dev")

CARBON_MONTH = date(2026, 1, 1)
GRID = {"region": "CN", "factor_year": "2023"}


def carbon(*, firm: Any, channel_id: int, now: datetime) -> dict[str, int]:
    """A power station and a works with streams between them, a meter of bought power, and months to compare with."""
    from accounting.activity.services import lines, register
    from accounting.activity.services.derivations import set_derivation

    for code, name, kind, unit in (
        ("power", "电力", "POWER", "MWh"), ("steam", "蒸汽", "HEAT", "GJ"), ("acid", "醋酸", "MATERIAL", "t"),
    ):  # fmt: skip
        register.set_stream(park_id=firm.park_id, code=code, by_id=None, name=name, kind=kind, unit=unit)
    nodes = {
        code: register.set_node(
            park_id=firm.park_id, code=code, by_id=None, enterprise_id=firm.pk, name=name, kind=kind
        ).pk
        for code, name, kind in (("chp", "热电站", "ENERGY"), ("works", "醋酸装置", "PRODUCTION"))
    }
    power = next(one.pk for one in firm.park.streams.all() if one.code == "power")
    meter_hours(channel_id=channel_id, value=500.0)
    set_derivation(
        enterprise_id=firm.pk, code="power", kind="electricity", field="bought", channel_id=channel_id, unit="MWh",
        scale=Decimal("0.001"), choices=GRID, valid_from=CARBON_MONTH, uncertainty=Decimal("0.005"), node_id=nodes["works"],
        stream_id=power,
    )  # fmt: skip
    for month, code, tonnes in ((date(2025, 12, 1), "flare-pilot", "3"), (date(2025, 1, 1), "gas", "50")):
        lines.enter_line(
            enterprise_id=firm.pk, month=month, code=code, kind="combustion", choices={"fuel": "lng"},
            values={"amount": {"value": tonnes, "unit": "t"}}, by_id=None, now=now,
        )  # fmt: skip
    return earlier_month(firm=firm, nodes=nodes, now=now)


def earlier_month(*, firm: Any, nodes: dict[str, int], now: datetime) -> dict[str, int]:
    """A month of the year before, with its balance and two inventories, for pages that need them."""
    from accounting.activity.services import lines
    from accounting.carbon.services.balances import run_balance
    from accounting.carbon.services.inventories import run_inventory

    month, streams = date(2025, 6, 1), {one.code: one.pk for one in firm.park.streams.all()}
    made = {}
    for code, kind, side, value, unit, node, stream, choices in (
        ("gas", "combustion", "amount", "100", "t", "chp", "", {"fuel": "lng"}),
        ("steam-made", "flow", "made", "10000", "GJ", "chp", "steam", {}),
        ("steam-used", "flow", "used", "10000", "GJ", "works", "steam", {}),
        ("acid", "flow", "made", "500", "t", "works", "acid", {}),
        ("acid-sold", "flow", "sold_outside", "500", "t", "", "acid", {}),
    ):
        made[code], _what = lines.enter_line(
            enterprise_id=firm.pk, month=month, code=code, kind=kind, values={side: {"value": value, "unit": unit}}, by_id=None,
            now=now, choices=choices, node_id=nodes.get(node), stream_id=streams.get(stream),
        )  # fmt: skip
    run_balance(park_id=firm.park_id, month=month, by_id=None, now=now)
    runs = [
        run_inventory(
            enterprise_id=firm.pk,
            enterprise=firm.name,
            first=date(2025, 1, 1),
            last=month,
            method_id=method,
            by_id=None,
            now=now,
        )
        for method in ("CN-CHEM-2013", "GBT-32151.10-2023")
    ]
    return {"line": made["gas"].pk, "inventory": runs[-1].pk}


def meter_hours(*, channel_id: int, value: float) -> None:
    """The judged hours of the month, one value throughout, as the roll-up writes them."""
    from django.db import connection

    from monitoring.series.services.partitions import ensure_partitions
    from parks.catalogue.domain.periods import month_bounds, park_zone

    span = month_bounds(CARBON_MONTH, park_zone())
    hours = int((span.end - span.start) / timedelta(hours=1))
    times = [span.start + timedelta(hours=n) for n in range(hours)]
    ensure_partitions(tables=["monitoring_rollup"], times=[times[0], times[-1]])
    with connection.cursor() as cursor:
        cursor.executemany(
            """INSERT INTO monitoring_rollup (channel_id, "interval", time, value, coverage, verdict, reason, rule, basis, computed_at)
               VALUES (%s, 2, %s, %s, 1, 0, 0, 1, 1, now())""",
            [(channel_id, time, value) for time in times],
        )


def refused_trace(*, firm: Any, by: Any, now: datetime) -> tuple[int, int]:
    """An incident whose trace was refused; its maps can be looked at all the same, and no worker takes it up."""
    from tests.journeys.world import make_incident

    incident, trace = make_incident(enterprise=firm, by=by, now=now)
    trace.state, trace.error, trace.finished_at = "FAILED", "wind and readings share fewer than three steps", now
    trace.save(update_fields=["state", "error", "finished_at"])
    return incident.pk, trace.pk


def looked_at(*, firm: Any, by: Any, now: datetime) -> dict[str, int]:
    """A drive with its trace, a plan for sensors and factors, answered, so that no worker takes them up."""
    from monitoring.tracing.domain.drives.tracing import answered as traced
    from monitoring.tracing.domain.fingerprints.answer import answered as factored
    from monitoring.tracing.domain.sites.answer import answered as planned
    from monitoring.tracing.models import DriveTrace, FingerprintRun, SitingPlan
    from tests.factories.register import make_station
    from tests.factories.tracing import drive_case, fingerprint_case, siting_case
    from tests.journeys.world import make_drive, make_fingerprints, make_plan

    station = make_station(park=firm.park, kind="WEATHER", lon=121.25, lat=30.75)
    waiting = make_drive(park=firm.park, number=firm.pk, by=by, now=now)
    unsolved = make_plan(park=firm.park, station=station, by=by, now=now)
    over = {"state": "DONE", "finished_at": now}
    case = drive_case(owner=firm.pk)
    DriveTrace.objects.filter(pk=waiting.pk).update(state="FAILED", error="x", error_code="tracing.broke_off")
    DriveTrace.objects.create(
        drive=waiting.drive, case=case, digest="0" * 64, asked_at=now, answer=traced(case=case), **over
    )
    SitingPlan.objects.filter(pk=unsolved.pk).update(state="FAILED", error="x", error_code="tracing.broke_off")
    wish = siting_case(owner=firm.pk)
    fields = {
        name: getattr(unsolved, name)
        for name in ("park", "pollutant_id", "station", "channels", "title", "began_at", "ended_at", "most")
    }
    plan = SitingPlan.objects.create(
        case=wish, digest="0" * 64, asked_at=now, answer=planned(case=wish), **fields, **over
    )
    asked = make_fingerprints(park=firm.park, station=station, by=by, now=now)
    FingerprintRun.objects.filter(pk=asked.pk).update(state="FAILED", error="x", error_code="tracing.broke_off")
    mixed = fingerprint_case(hours=120, profiles=("east", "west"))
    for one in mixed["stations"]:
        one["station"] = station.pk
    fields = {
        name: getattr(asked, name)
        for name in ("park", "title", "began_at", "ended_at", "stations", "substances", "samples")
    }
    run = FingerprintRun.objects.create(
        case=mixed, digest="1" * 64, asked_at=now, answer=factored(case=mixed), **fields, **over
    )
    return {"drive": waiting.drive_id, "plan": plan.pk, "fingerprints": run.pk, "fingerprints_failed": asked.pk}


def refused_water(*, firm: Any, by: Any, now: datetime) -> tuple[int, int]:
    """A water incident whose trace was refused, and its network."""
    from tests.journeys.world import make_water

    trace = make_water(enterprise=firm, by=by, now=now)
    trace.state, trace.error, trace.finished_at = "FAILED", "the readings do not make a series", now
    trace.save(update_fields=["state", "error", "finished_at"])
    return trace.incident_id, trace.incident.network_id


def spilled_river(*, park: Any, firm: Any, by: Any, now: datetime) -> dict[str, int]:
    """A reach of a river, and an answered incident in it."""
    from monitoring.tracing.domain.river_reach import Told
    from monitoring.tracing.services.rivers import keep_river
    from monitoring.tracing.services.water import open_from_table
    from monitoring.tracing.services.water_cases import Asked
    from monitoring.tracing.services.water_runs import run_water_trace
    from parks.people.access import build_scope
    from tests.factories.rivers import river_case

    told = Told("东河", "实测", date(2026, 5, 1), None, 5000.0, 0.0003, 30.0, 1.5, 0.4, 0.62, None, None, 1.5, 15.0)
    table = (
        "kind,id,chainage_m,enterprise,substances,decay_per_day\nstation,A,3000,,,\nstation,B,4200,,,\noutfall,DW-1,400,,,\n"
        f"outfall,DW-2,1200,{firm.name},w23002,\n"
    )
    reach = keep_river(scope=build_scope(user_id=by.pk), park_id=park.pk, told=told, table=table.encode(), like=None, now=now)  # fmt: skip
    rows = [
        f"{datetime.fromisoformat(one['start']) + timedelta(seconds=one['interval_s'] * k):%Y-%m-%d %H:%M},{one['id']},{value},mg/L"
        for one in river_case()["stations"] for k, value in enumerate(one["values_mg_l"])
    ]  # fmt: skip
    trace = open_from_table(
        network=reach, by_id=by.pk, kind="MANUAL", title="河水挥发酚升高", told="", substance="w23002", asked=Asked(), now=now,
        table=("time,node,value,unit\n" + "\n".join(rows)).encode(),
    )  # fmt: skip
    run_water_trace(trace_id=trace.pk, clock=lambda: now)
    return {"reach": reach.pk, "river": trace.incident_id}


def main() -> None:
    import django

    django.setup()
    from monitoring.series.services.channels import create_channel
    from parks.people.domain import Role
    from parks.people.services import accounts
    from parks.register.services import register
    from tests.factories.permits import make_permit_limit
    from tests.factories.register import credit_code

    now = datetime.now(UTC)
    square = {
        "type": "Polygon",
        "coordinates": [[[121.2, 30.7], [121.3, 30.7], [121.3, 30.8], [121.2, 30.8], [121.2, 30.7]]],
    }
    names = {"name": "测试化工园区", "name_en": "Test Park", "province": "上海市"}
    park = register.create_park(by_id=None, now=now, code="test", boundary=square, **names)
    admin, password = accounts.create_user(by_id=None, username="admin", display_name="管理员")
    accounts.add_membership(by_id=None, user=admin, role=Role.PARK_ADMIN, park_id=park.pk)
    firm = register.create_enterprise(
        by_id=None,
        park_id=park.pk,
        name="测试化工有限公司",
        uscc=credit_code(7),
        industry_code="2614",
        lon=121.25,
        lat=30.75,
    )
    outlet = register.create_outlet(
        by_id=None, enterprise_id=firm.pk, code="DA001", name="工艺废气排放口", medium="AIR", lon=121.25, lat=30.75
    )
    place = {"enterprise_id": firm.pk, "outlet_id": outlet.pk}
    logger = register.create_logger(by_id=None, park_id=park.pk, mn="TESTMN0001", password="123456", **place)
    channel = create_channel(logger=logger, factor="a21026", by_id=None, now=now)
    make_permit_limit(outlet=outlet)
    reporter, reporter_password = accounts.create_user(by_id=None, username="reporter")
    accounts.add_membership(by_id=None, user=reporter, role=Role.REPORTER, park_id=park.pk, enterprise_id=firm.pk)
    people = {"admin": password, "reporter": reporter_password}
    incident, trace = refused_trace(firm=firm, by=admin, now=now)
    water, network = refused_water(firm=firm, by=admin, now=now)
    of_river = spilled_river(park=park, firm=firm, by=admin, now=now)
    for name, role in (("approver", Role.APPROVER), ("auditor", Role.AUDITOR), ("officer", Role.OFFICER)):
        _user, people[name] = accounts.invite(
            by_id=admin.pk,
            park_id=park.pk,
            username=name,
            role=role,
            enterprise_id=firm.pk if role.of_enterprise else None,
        )
    of_tracing = looked_at(firm=firm, by=admin, now=now)
    of_carbon = carbon(firm=firm, channel_id=channel.pk, now=now)
    _, secret = accounts.create_token(
        by=admin,
        park_id=park.pk,
        enterprise_id=firm.pk,
        name="test",
        scopes=["observations:write", "observations:read"],
        now=now,
    )
    print(
        json.dumps(
            {
                "incident": incident, "trace": trace, "water": water, "network": network, "park": park.pk, "enterprise": firm.pk, "outlet": outlet.pk, "logger": logger.pk, "channel": channel.pk,
                "mn": logger.mn, "secret": secret, "people": people, **of_carbon, **of_tracing, **of_river,
            }
        )
    )  # fmt: skip


if __name__ == "__main__":
    main()
