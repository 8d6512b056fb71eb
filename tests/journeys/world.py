"""Two enterprises in one park and one in another, each with one of everything that an address can name."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from accounting.activity.services import derivations
from accounting.activity.services import lines as activity
from accounting.activity.services import register as places
from accounting.carbon.services import balances
from accounting.carbon.services import inventories as carbon
from accounting.factors import services as factors
from accounting.factors.models import Factor
from accounting.reports.models import Report
from monitoring.alarms.models import Problem
from monitoring.intake.domain import Arrival, JobKind, SubmissionKind
from monitoring.intake.models import Quarantine, Receipt, Submission
from monitoring.intake.services import journal
from monitoring.intake.services.journal import Entry
from monitoring.tracing.models import (
    Drive,
    DriveReading,
    DriveTrace,
    FingerprintRun,
    Incident,
    IncidentStep,
    SitingPlan,
    SourceProfile,
    StepFile,
    Trace,
    WaterIncident,
    WaterNetwork,
    WaterStep,
    WaterTrace,
)
from parks.people.domain import Role
from parks.people.models import Membership, User
from parks.people.services import accounts
from tests.factories.people import make_user
from tests.factories.permits import make_permit_limit
from tests.factories.register import make_enterprise, make_logger, make_outlet, make_park, make_station
from tests.factories.series import make_channel, store_values

NOTHING = 2**40


@dataclass
class Things:
    """Numbers that stand in addresses, by the name of the parameter."""

    ids: dict[str, Any]
    enterprise: Any = None
    park: Any = None


@dataclass
class World:
    """`near` belongs to the viewers, `neighbour` to another enterprise of their park, `far` to another park."""

    near: Things
    neighbour: Things
    far: Things
    nothing: Things
    people: dict[str, User] = field(default_factory=dict)


def make_things(*, park: Any, now: datetime, admin: User) -> Things:
    enterprise = make_enterprise(park=park, lon=121.3, lat=30.7)
    outlet = make_outlet(enterprise=enterprise, lon=121.31, lat=30.71)
    logger = make_logger(outlet=outlet)
    channel = make_channel(logger=logger)
    limit = make_permit_limit(outlet=outlet)
    station = make_station(park=park, enterprise=enterprise, kind="FENCE")
    submission = submit(park=park, logger=logger, now=now)
    moment = now - timedelta(minutes=5)
    store_values(channel=channel, times=[moment], values=[12.5], now=now, submission=submission.id)
    problem = Problem.objects.create(
        kind="LIMIT_EXCEEDED", severity="WARNING", park=park, enterprise=enterprise, channel=channel, rule="r", interval=2,
        period_at=now, value=40.0, limit=35.0, times=0.14, worst=40.0, raised_at=now, seen_at=now,
    )  # fmt: skip
    case = Quarantine.objects.create(
        park_id=park.pk, logger_id=logger.pk, mn=logger.mn, code="factor.unmapped", subject="a21002", detail="", first_at=now,
        last_at=now, last_submission_id=submission.id,
    )  # fmt: skip
    incident, trace = make_incident(enterprise=enterprise, by=admin, now=now)
    water = make_water(enterprise=enterprise, by=admin, now=now)
    driven = make_drive(park=park, number=enterprise.pk, by=admin, now=now)
    receipt = Receipt.objects.create(
        park_id=park.pk,
        enterprise=enterprise,
        kind=SubmissionKind.CSV,
        digest="0" * 64,
        by=admin,
        created_at=now,
        state="DONE",
    )
    report = Report.objects.create(
        park=park, kind="DAILY", version="1", day=date(2026, 3, enterprise.pk % 28 + 1), revision=enterprise.pk % 30_000 + 1, issued_at=now,
        content=EMPTY_REPORT, digest="0" * 64, pdf=b"%PDF", xlsx=b"PK",
    )  # fmt: skip
    token, _ = accounts.create_token(
        by=admin, park_id=park.pk, enterprise_id=enterprise.pk, name="k", scopes=["observations:read"], now=now
    )
    colleague = make_user(role=Role.REPORTER, enterprise=enterprise)
    proposed = make_proposal(by=colleague, now=now)
    line, run = make_inventory(enterprise=enterprise, by=colleague, now=now)
    code, balance = make_balance(enterprise=enterprise, month=line.month, by=colleague, now=now)
    ids = {
        "enterprise_id": enterprise.pk, "outlet_id": outlet.pk, "station_id": station.pk, "logger_id": logger.pk,
        "channel_id": channel.pk, "permit_id": limit.permit_id, "submission_id": submission.id, "case_id": case.pk,
        "problem_id": problem.pk, "receipt_id": receipt.pk, "report_id": report.pk, "token_id": token.pk, "user_id": colleague.pk,
        "membership_id": colleague.memberships.get().pk, "park_id": park.pk, "interval": "minute",
        "at": round(moment.timestamp() * 1000), "key": "gwp.AR5.CH4", "factor_id": proposed.pk,
        "line_id": line.pk, "run_id": run.pk, "number": 0, "month": line.month, "form": "combustion",
        "code": code, "stream_code": f"s-{code}", "balance_id": balance.pk,
        "incident_id": incident.pk, "trace_id": trace.pk, "file_id": make_answer(incident=incident, enterprise=enterprise, by=colleague, now=now),
        "plan_id": make_plan(park=park, station=station, by=admin, now=now).pk,
        "analysis_id": make_fingerprints(park=park, station=station, by=admin, now=now).pk,
        "drive_id": driven.drive_id, "drive_trace_id": driven.pk,
        "network_id": water.incident.network_id, "water_id": water.incident_id, "water_trace_id": water.pk,
        "derivation_id": derivations.set_derivation(
            enterprise_id=enterprise.pk, code="heat", kind="heat", field="bought", channel_id=channel.pk, unit="GJ", valid_from=date(2026, 1, 1)
        ).pk,
    }  # fmt: skip
    return Things(ids, enterprise, park)


def make_inventory(*, enterprise: Any, by: User, now: datetime) -> tuple[Any, Any]:
    """A line of activity data with evidence, and the inventory over it."""
    month = date(now.year, 1, 1)
    line, _ = activity.enter_line(
        enterprise_id=enterprise.pk, month=month, code="power", kind="electricity", values={"bought": {"value": "10", "unit": "MWh", "uncertainty": "0.02", "meter": "EM-1"}},
        choices={"region": "CN", "factor_year": "2023"}, by_id=by.pk, now=now, evidence=("invoice.pdf", b"%PDF"),
    )  # fmt: skip
    run = carbon.run_inventory(
        enterprise_id=enterprise.pk,
        enterprise=enterprise.name,
        first=month,
        last=month,
        method_id="GBT-32151.10-2023",
        by_id=by.pk,
        now=now,
    )
    return line, run


def make_balance(*, enterprise: Any, month: date, by: User, now: datetime) -> tuple[str, Any]:
    """A node of its own that uses a stream from outside, and the balance of its park's month."""
    code = f"node-{enterprise.pk}"
    park_id = enterprise.park_id
    stream = places.set_stream(park_id=park_id, code=f"s-{code}", by_id=by.pk, name="电", kind="POWER", unit="MWh")
    node = places.set_node(park_id=park_id, code=code, by_id=by.pk, enterprise_id=enterprise.pk, name="装置")
    for name, side in (("import", "imported"), ("use", "used")):
        activity.enter_line(
            enterprise_id=enterprise.pk, month=month, code=f"{name}-{code}", kind="flow", values={side: {"value": "10", "unit": "MWh"}},
            choices={"region": "CN", "factor_year": "2023"}, by_id=by.pk, now=now, node_id=node.pk, stream_id=stream.pk,
        )  # fmt: skip
    return code, balances.run_balance(park_id=park_id, month=month, by_id=by.pk, now=now)


def make_incident(*, enterprise: Any, by: User, now: datetime) -> tuple[Incident, Trace]:
    """An incident about which the enterprise was asked, with a trace that nobody has computed."""
    made = Incident.objects.create(
        park_id=enterprise.park_id, kind="COMPLAINT", pollutant_id="a25002", title="t", began_at=now - timedelta(hours=2), ended_at=now,
        opened_at=now, opened_by=by,
    )  # fmt: skip
    IncidentStep.objects.create(incident=made, kind="ASKED", at=now, by=by, text="x", enterprise=enterprise)
    digest = f"{enterprise.pk:064x}"
    return made, Trace.objects.create(incident=made, case=small_case(), places={}, digest=digest, asked_at=now)


def make_answer(*, incident: Incident, enterprise: Any, by: User, now: datetime) -> int:
    """The enterprise's answer with a file; returns the number of the file."""
    step = IncidentStep.objects.create(incident=incident, kind="ANSWER", at=now, by=by, text="y", enterprise=enterprise)
    return StepFile.objects.create(
        step=step, name="a.pdf", media_type="application/pdf", digest="0" * 64, size=5, content=b"%PDF-"
    ).pk


def small_case() -> dict[str, Any]:
    """Two stations, an hour, one point."""
    minutes = 60
    places = {"F1": (121.30, 30.70), "F2": (121.31, 30.70)}
    return {
        "format": "tongjian-trace/1", "sensors": [{"id": name, "longitude": lon, "latitude": lat} for name, (lon, lat) in places.items()],
        "candidates": [{"id": "1", "longitude": 121.305, "latitude": 30.705}],
        "wind": {"start": "2026-05-11T00:00:00+08:00", "speed_m_s": [3.0] * minutes, "from_deg": [20.0] * minutes},
        "observations": [
            {"sensor": name, "substance": "a25002", "unit": "ug/m3", "values": [1.0 + n % 7 for n in range(minutes)]} for name in places
        ],
    }  # fmt: skip


def make_water(*, enterprise: Any, by: User, now: datetime) -> WaterTrace:
    """A water incident about which the enterprise was asked, with a trace that nobody has computed."""
    network = WaterNetwork.objects.create(
        park_id=enterprise.park_id, kind="SEWER", name="n", text="{}", digest=f"{enterprise.pk:064d}", layout={"nodes": [], "links": []}, made_at=now
    )  # fmt: skip
    made = WaterIncident.objects.create(
        park_id=enterprise.park_id, network=network, title="t", substance="x", opened_at=now, opened_by=by
    )
    WaterStep.objects.create(incident=made, kind="ASKED", at=now, by=by, text="x", enterprise=enterprise)
    readings = {"start": now.isoformat(), "interval_s": 600.0, "noise_floor_mg_l": 0.05, "manholes": []}
    return WaterTrace.objects.create(incident=made, case={"readings": readings}, digest="0" * 64, asked_at=now)


def make_drive(*, park: Any, number: int, by: User | None, now: datetime) -> DriveTrace:
    """A drive of two readings with a trace that nobody has computed."""
    made = Drive.objects.create(
        park=park, pollutant_id="a25002", title="t", began_at=now - timedelta(minutes=9), ended_at=now, count=2, file_name="t.csv", content=b"t",
        digest=f"{number:064x}", sent_at=now, sent_by=by,
    )  # fmt: skip
    for at in (made.began_at, made.ended_at):
        DriveReading.objects.create(drive=made, time=at, row=2, lon=121.3, lat=30.7, height_m=2.0, value=5.0)
    case = {"candidates": [], "wind": {"channels": []}}
    return DriveTrace.objects.create(drive=made, case=case, digest="0" * 64, asked_at=now, asked_by=by)


def make_plan(*, park: Any, station: Any, by: User, now: datetime) -> SitingPlan:
    """A plan for sensors that nobody has solved."""
    return SitingPlan.objects.create(
        park=park, pollutant_id="a25002", station=station, channels=[1, 2], title="t", began_at=now - timedelta(days=9), ended_at=now, most=1,
        case={"candidates": [], "sites": [], "standing": [], "left_out": [], "assumed": {}}, digest="0" * 64, asked_at=now, asked_by=by,
    )  # fmt: skip


def make_fingerprints(*, park: Any, station: Any, by: User | None, now: datetime) -> FingerprintRun:
    """Factors that nobody has computed, and a source profile beside them."""
    SourceProfile.objects.create(
        park=park, name=f"n{SourceProfile.objects.count()}", version=1, shares={"a25002": 0.5}, deviations={"a25002": 0.1}, status="UNVERIFIED",
        valid_from=date(2026, 1, 1), entered_at=now, entered_by=by,
    )  # fmt: skip
    case = {"species": [], "errors_source": "", "stations": [], "profiles": [], "options": {"missing": "DROP"}}
    return FingerprintRun.objects.create(
        park=park, title="t", began_at=now - timedelta(days=9), ended_at=now, stations=[station.pk], substances=["a25002"], samples=1, case=case,
        digest="0" * 64, asked_at=now, asked_by=by,
    )  # fmt: skip


def make_proposal(*, by: User, now: datetime) -> Factor:
    begin = date(2030, 1, 1) + timedelta(days=Factor.objects.count())
    return factors.propose(key="gwp.AR5.CH4", value=Decimal(29), source="test", valid_from=begin, by_id=by.pk, now=now)


EMPTY_REPORT = {
    "park": "p", "day": "2026-03-01", "zone": "Asia/Shanghai", "version": "1", "rules": [], "points": 0, "channels": 0,
    "hours_due": 0, "hours_valid": 0, "valid_rate": None, "exceedances": [], "validity": [], "silent": [], "quotas": [],
}  # fmt: skip


def submit(*, park: Any, logger: Any, now: datetime) -> Submission:
    raw = b"##0006ST=31;0000\r\n"
    entry = Entry(
        raw=raw, received_at=now, kind=SubmissionKind.FRAME, arrival=Arrival.ACCEPTED, peer="127.0.0.1:5", mn=logger.mn,
        park_id=park.pk, logger_id=logger.pk,
    )  # fmt: skip
    journal.ensure_months(moment=now)
    job_id = journal.write(entries=[entry], kind=JobKind.FRAMES, now=now)
    return Submission.objects.get(job_id=job_id)


def make_world() -> World:
    now = datetime.now(UTC).replace(microsecond=0)
    home, away = make_park(), make_park()
    admin = make_user(role=Role.PARK_ADMIN, park=home)
    near, neighbour = (make_things(park=home, now=now, admin=admin) for _ in range(2))
    far = make_things(park=away, now=now, admin=admin)
    nothing = Things(
        {name: NOTHING if isinstance(value, int) else value for name, value in near.ids.items()}
        | {"at": near.ids["at"], "code": "nothing", "stream_code": "nothing"}
    )
    world = World(near, neighbour, far, nothing)
    for role in Role:
        person = admin
        if role is not Role.PARK_ADMIN:
            person = make_user()
            own = near.enterprise if role.of_enterprise else None
            Membership.objects.create(user=person, role=role.value, park=home, enterprise=own)
        world.people[role.value] = person
    return world


def small_file() -> SimpleUploadedFile:
    return SimpleUploadedFile("x.csv", b"outlet,factor,interval,time,value\nDA001,a21026,hour,2026-03-01 08:00,1\n")
