"""Every address x every role x own, neighbour's, another park's, nothing. An address that is not listed fails."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from parks.people.domain import Role
from tests.journeys.world import World, make_world

ANY = frozenset(r.value for r in Role)
PARK = frozenset({"PARK_ADMIN", "OFFICER", "AUDITOR"})
STAFF = frozenset({"PARK_ADMIN", "OFFICER"})
ADMIN = frozenset({"PARK_ADMIN"})
FIRM = frozenset({"REPORTER", "APPROVER"})
MEMBERS = PARK | FIRM
UPLOADERS = STAFF | {"REPORTER"}
KEYS = ADMIN | {"APPROVER"}


@dataclass(frozen=True)
class Page:
    """Who may call an address. `thing`: it names one thing, which must be the caller's own."""

    roles: frozenset[str]
    post: bool = False
    thing: bool = False
    open: bool = False  # for everybody, logged in or not
    api: bool = False
    park_thing: bool = False  # the thing belongs to the park: the neighbour's is one's own, and firms own none
    query: str = ""
    body: str = ""
    json: bool = False


MATRIX: dict[str, Page] = {
    "healthz": Page(ANY, open=True),
    "readyz": Page(ANY, open=True),
    "login": Page(ANY, open=True),
    "logout": Page(ANY, post=True, open=True),
    "set_language": Page(ANY, post=True, open=True),
    "change_password": Page(ANY),
    "choose_park": Page(MEMBERS, post=True, body="park={park_id}", thing=True),
    "overview": Page(MEMBERS),
    "overview_part": Page(MEMBERS),
    "map_data": Page(MEMBERS),
    "people": Page(ADMIN),
    "person_new": Page(ADMIN),
    "person": Page(ADMIN, thing=True),
    "person_switch": Page(ADMIN, post=True, thing=True),
    "person_password": Page(ADMIN, post=True, thing=True),
    "role_remove": Page(ADMIN, post=True, thing=True),
    "keys": Page(KEYS),
    "key_new": Page(KEYS),
    "key_revoke": Page(KEYS, post=True, thing=True),
    "audit": Page(ADMIN | {"AUDITOR"}),
    "enterprises": Page(MEMBERS),
    "enterprise_new": Page(STAFF),
    "enterprise": Page(MEMBERS, thing=True),
    "enterprise_edit": Page(STAFF, thing=True),
    "unit_new": Page(STAFF, thing=True),
    "outlet_new": Page(STAFF, thing=True),
    "outlets": Page(MEMBERS),
    "outlet": Page(MEMBERS, thing=True),
    "outlet_edit": Page(STAFF, thing=True),
    "station_new": Page(STAFF),
    "station": Page(MEMBERS, thing=True),
    "station_edit": Page(STAFF, thing=True),
    "logger_new": Page(STAFF),
    "logger": Page(MEMBERS, thing=True),
    "logger_edit": Page(STAFF, thing=True),
    "channel_new": Page(STAFF, thing=True),
    "register_export": Page(MEMBERS),
    "register_import": Page(STAFF),
    "catalogue": Page(ANY),
    "limits": Page(ANY),
    "permits": Page(MEMBERS),
    "permit_new": Page(STAFF),
    "special_new": Page(STAFF),
    "permit": Page(MEMBERS, thing=True),
    "limit_new": Page(STAFF, thing=True),
    "quota_new": Page(STAFF, thing=True),
    "problems": Page(MEMBERS),
    "problem": Page(MEMBERS, thing=True),
    "point": Page(MEMBERS, thing=True),
    "receptor": Page(MEMBERS, thing=True),
    "incidents": Page(MEMBERS),
    "incident_new": Page(STAFF),
    "incident_companions": Page(STAFF),
    "incident": Page(MEMBERS, thing=True),
    "incident_step": Page(STAFF, post=True, thing=True, park_thing=True, body="step=NOTE&text=x"),
    "incident_file": Page(MEMBERS, thing=True),
    "incident_trace": Page(STAFF, post=True, thing=True, park_thing=True),
    "siting": Page(PARK),
    "siting_new": Page(ADMIN),
    "siting_plan": Page(PARK, thing=True, park_thing=True),
    "siting_state": Page(PARK, thing=True, park_thing=True),
    "siting_case": Page(PARK, thing=True, park_thing=True),
    "fingerprints": Page(PARK),
    "fingerprint_new": Page(STAFF),
    "fingerprint_run": Page(PARK, thing=True, park_thing=True),
    "fingerprint_state": Page(PARK, thing=True, park_thing=True),
    "fingerprint_case": Page(PARK, thing=True, park_thing=True),
    "fingerprint_again": Page(STAFF, post=True, thing=True, park_thing=True),
    "source_profiles": Page(PARK),
    "source_profile_new": Page(STAFF),
    "drives": Page(PARK),
    "drive_new": Page(STAFF),
    "drive_template": Page(PARK),
    "drive": Page(PARK, thing=True, park_thing=True),
    "drive_file": Page(PARK, thing=True, park_thing=True),
    "drive_trace": Page(STAFF, post=True, thing=True, park_thing=True),
    "drive_state": Page(PARK, thing=True, park_thing=True),
    "drive_case": Page(PARK, thing=True, park_thing=True),
    "water": Page(MEMBERS),
    "water_new": Page(STAFF),
    "water_network_new": Page(STAFF),
    "water_river_new": Page(STAFF),
    "water_network": Page(PARK, thing=True, park_thing=True),
    "water_incident": Page(MEMBERS, thing=True),
    "water_step": Page(STAFF, post=True, thing=True, park_thing=True, body="step=NOTE&text=x"),
    "water_case": Page(PARK, thing=True, park_thing=True),
    "water_stations": Page(STAFF),
    "water_bind": Page(STAFF, post=True, thing=True, park_thing=True),
    "water_trace_again": Page(STAFF, post=True, thing=True, park_thing=True),
    "water_recompute": Page(STAFF, post=True, thing=True, park_thing=True),
    "water_state": Page(PARK, thing=True, park_thing=True),
    "water_dossier": Page(PARK, thing=True, park_thing=True),
    "blind_tests": Page(PARK),
    "blind_trace": Page(STAFF, post=True),
    "trace": Page(PARK, thing=True, park_thing=True),
    "trace_state": Page(PARK, thing=True, park_thing=True),
    "trace_tried": Page(PARK, thing=True, park_thing=True),
    "trace_map": Page(PARK, thing=True, park_thing=True),
    "trace_cell": Page(PARK, thing=True, park_thing=True),
    "trace_again": Page(STAFF, post=True, thing=True, park_thing=True),
    "trace_case": Page(PARK, thing=True, park_thing=True),
    "trace_dossier": Page(PARK, thing=True, park_thing=True),
    "derivation": Page(MEMBERS, thing=True),
    "explorer": Page(MEMBERS, thing=True, query="c={channel_id}"),
    "series_export": Page(MEMBERS, thing=True, query="c={channel_id}"),
    "stream": Page(MEMBERS, thing=True),
    "intake": Page(PARK),
    "frame": Page(MEMBERS, thing=True),
    "frame_download": Page(MEMBERS, thing=True),
    "quarantine": Page(PARK),
    "case": Page(PARK, thing=True, park_thing=True),
    "case_replay": Page(STAFF, post=True, thing=True, park_thing=True),
    "case_dismiss": Page(STAFF, post=True, thing=True, park_thing=True),
    "uploads": Page(MEMBERS),
    "upload_template": Page(MEMBERS),
    "receipt": Page(MEMBERS, thing=True),
    "receipt_errors": Page(MEMBERS, thing=True),
    "carbon": Page(MEMBERS),
    "park_now": Page(PARK),
    "park_slider": Page(PARK),
    "park_month": Page(PARK),
    "park_compute": Page(STAFF, post=True),
    "enterprise_balance": Page(MEMBERS, thing=True),
    "method_new": Page(STAFF, thing=True),
    "park_simulate": Page(STAFF, post=True, thing=True, park_thing=True),
    "park_check": Page(PARK, thing=True, park_thing=True),
    "park_file": Page(PARK, thing=True, park_thing=True),
    "stream_factors": Page(PARK),
    "carbon_stream": Page(PARK, thing=True, park_thing=True),
    "carbon_node": Page(PARK, thing=True, park_thing=True),
    "allocation_new": Page(STAFF, thing=True, park_thing=True),
    "what_if": Page(PARK),
    "balance_register": Page(PARK),
    "stream_new": Page(STAFF),
    "stream_edit": Page(STAFF, thing=True, park_thing=True),
    "node_new": Page(STAFF),
    "node_edit": Page(STAFF, thing=True, park_thing=True),
    "park_year": Page(PARK),
    "fact_new": Page(STAFF),
    "enterprise_carbon": Page(MEMBERS, thing=True),
    "inventory_run": Page(UPLOADERS, post=True, thing=True),
    "activity_month": Page(MEMBERS, thing=True),
    "month_move": Page(STAFF | {"APPROVER"}, post=True, thing=True, body="step=CLOSE"),
    "activity_new": Page(UPLOADERS, thing=True),
    "month_review": Page(MEMBERS, thing=True),
    "sample_enlarge": Page(ADMIN | {"AUDITOR"}, post=True, thing=True, body="percent=100"),
    "line_judge": Page(ADMIN | {"AUDITOR"}, post=True, thing=True, body="line={line_id}&verdict=ACCEPTED"),
    "enterprise_live": Page(MEMBERS, thing=True),
    "enterprise_certificates": Page(MEMBERS, thing=True),
    "activity_derivations": Page(MEMBERS, thing=True),
    "derivation_end": Page(UPLOADERS, post=True, thing=True, body="derivation={derivation_id}"),
    "activity_derive": Page(UPLOADERS, post=True, thing=True),
    "activity_uploads": Page(MEMBERS),
    "activity_template": Page(MEMBERS),
    "activity_line": Page(MEMBERS, thing=True),
    "activity_evidence": Page(MEMBERS, thing=True),
    "activity_remove": Page(UPLOADERS, post=True, thing=True),
    "inventory": Page(MEMBERS, thing=True),
    "inventory_line": Page(MEMBERS, thing=True),
    "inventory_file": Page(MEMBERS, thing=True),
    "inventory_again": Page(MEMBERS, thing=True),
    "inventory_changes": Page(MEMBERS, thing=True),
    "factors": Page(MEMBERS),
    "factor": Page(MEMBERS),
    "factor_propose": Page(STAFF),
    "factor_approve": Page(ADMIN | {"AUDITOR"}, post=True, body="status=SECONDARY"),
    "reports": Page(PARK),
    "report": Page(PARK, thing=True, park_thing=True),
    "report_file": Page(PARK, thing=True, park_thing=True),
    "report_issue": Page(STAFF, post=True, body="day=2026-01-01"),
    "api_schema": Page(ANY, open=True, api=True),
    "api_channels": Page(MEMBERS, api=True),
    "api_latest": Page(MEMBERS, api=True),
    "api_observations": Page(MEMBERS, api=True, thing=True, query="channel={channel_id}&from=2026-01-01T00:00:00Z"),
    "api_files": Page(UPLOADERS, api=True, post=True, thing=True, query="enterprise={enterprise_id}"),
    "api_activity": Page(MEMBERS, api=True, thing=True, query="enterprise={enterprise_id}"),
    "api_activity_files": Page(UPLOADERS, api=True, post=True, thing=True, query="enterprise={enterprise_id}"),
    "api_activity_rows": Page(MEMBERS, api=True, thing=True),
    "api_months": Page(MEMBERS, api=True, thing=True, query="enterprise={enterprise_id}"),
    "api_month_move": Page(
        STAFF | {"APPROVER"}, api=True, post=True, thing=True, json=True, body='{{"step": "CLOSE"}}'
    ),
    "api_inventories": Page(MEMBERS, api=True),
    "api_balances": Page(MEMBERS, api=True),
    "api_balance": Page(MEMBERS, api=True, thing=True, park_thing=True),
    "api_inventory": Page(MEMBERS, api=True, thing=True),
    "api_account": Page(
        MEMBERS, api=True, post=True, json=True, body='{{"format": "tongjian-case/1", "statutory": []}}'
    ),
    "api_factors": Page(MEMBERS, api=True),
    "api_factor": Page(MEMBERS, api=True),
    "api_incidents": Page(MEMBERS, api=True),
    "api_incident_companions": Page(
        STAFF,
        api=True,
        thing=True,
        park_thing=True,
        query="park={park_id}&pollutant=a25002&start=2026-05-11T00:00:00Z&end=2026-05-11T06:00:00Z",
    ),
    "api_traces": Page(MEMBERS, api=True),
    "api_trace": Page(PARK, api=True, thing=True, park_thing=True),
    "api_water_incidents": Page(MEMBERS, api=True),
    "api_water_incident": Page(MEMBERS, api=True, thing=True),
    "api_water_traces": Page(MEMBERS, api=True),
    "api_water_trace": Page(PARK, api=True, thing=True, park_thing=True),
    "api_receipt": Page(MEMBERS, api=True, thing=True),
}
FIXED = {"kind": "xlsx"}


def addresses(patterns: list[Any], prefix: str = "") -> Iterator[URLPattern]:
    for entry in patterns:
        if isinstance(entry, URLResolver):
            yield from addresses(entry.url_patterns)
        else:
            yield entry


def test_every_address_stands_in_the_matrix() -> None:
    found = {entry.name for entry in addresses(get_resolver().url_patterns)}

    assert found == set(MATRIX), f"missing: {found - set(MATRIX)}; gone: {set(MATRIX) - found}"


def call(client: Client, name: str, page: Page, ids: dict[str, Any]) -> int:
    """Status of the answer; what the call did is undone."""
    wanted = next(e for e in addresses(get_resolver().url_patterns) if e.name == name).pattern.converters
    kinds = {"kind": "xlsx"} if name != "report_file" else {"kind": "pdf"}
    if name in ("carbon_stream", "stream_edit"):
        kinds["code"] = ids["stream_code"]
    address = reverse(name, kwargs={key: (ids | kinds)[key] for key in wanted})
    if page.query:
        address += "?" + page.query.format(**ids)
    with transaction.atomic():
        if name in ("api_files", "api_activity_files"):
            from tests.journeys.world import small_file

            answer = client.post(address, {"file": small_file()})
        elif page.post:
            kind = "application/json" if page.json else "application/x-www-form-urlencoded"
            answer = client.post(address, page.body.format(**ids), content_type=kind)
        else:
            answer = client.get(address)
        transaction.set_rollback(True)
    return int(answer.status_code)


def owns(role: str, page: Page, place: str) -> bool:
    """Whether the thing at `place` is in the reach of a role."""
    if place in ("far", "nothing"):
        return False
    return place == "near" or role not in FIRM or page.park_thing


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.mark.parametrize("role", sorted(ANY))
def test_a_role_reaches_its_own_and_nothing_else(role: str, world: World) -> None:
    wrong = []

    for name, page in MATRIX.items():
        for place in ("near", "neighbour", "far", "nothing") if page.thing else ("near",):
            if name in ("choose_park", "stream") and place == "neighbour":
                continue  # these name a park, and the neighbour's is the same one
            client = Client()  # a new one, because one of the addresses logs out
            client.force_login(world.people[role], backend="django.contrib.auth.backends.ModelBackend")
            status = call(client, name, page, getattr(world, place).ids)
            allowed = role in page.roles and (not page.thing or owns(role, page, place))
            good = status in (200, 202, 302) if allowed else status in (403, 404)
            if not good:
                wrong.append(f"{name} {place}: {status}, {'allowed' if allowed else 'not allowed'}")

    assert not wrong, "\n".join(wrong)


def test_a_stranger_reaches_nothing(world: World) -> None:
    wrong = []

    for name, page in MATRIX.items():
        status = call(Client(), name, page, world.near.ids)
        good = status in (200, 302) if page.open else status == 401 if page.api or name == "stream" else status == 302
        if not good:
            wrong.append(f"{name}: {status}")

    assert not wrong, "\n".join(wrong)


def test_a_stranger_is_sent_to_the_log_in(world: World) -> None:
    answer = Client().get(reverse("enterprises"))

    assert answer.headers["Location"].startswith("/login/?next=")


def test_the_key_of_an_enterprise_reads_that_enterprise_only(world: World) -> None:
    from datetime import UTC, datetime

    from parks.people.services import accounts

    _, secret = accounts.create_token(
        by=world.people["PARK_ADMIN"], park_id=world.near.park.pk, enterprise_id=world.near.enterprise.pk, name="t",
        scopes=["observations:read"], now=datetime.now(UTC),
    )  # fmt: skip
    client = Client(headers={"Authorization": f"Bearer {secret}"})

    listed = client.get(reverse("api_channels")).json()
    foreign = call(client, "api_observations", MATRIX["api_observations"], world.neighbour.ids)
    upload = call(client, "api_files", MATRIX["api_files"], world.near.ids)

    assert {row["id"] for row in listed} == {world.near.ids["channel_id"]}
    assert foreign == 404
    assert upload == 403, "the key may read and not write"


def test_a_revoked_key_is_refused_at_once(world: World) -> None:
    from datetime import UTC, datetime

    from parks.people.services import accounts

    admin = world.people["PARK_ADMIN"]
    token, secret = accounts.create_token(
        by=admin, park_id=world.near.park.pk, enterprise_id=world.near.enterprise.pk, name="t", scopes=["observations:read"],
        now=datetime.now(UTC),
    )  # fmt: skip
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    before = client.get(reverse("api_channels")).status_code

    accounts.revoke_token(by=admin, token_id=token.pk, now=datetime.now(UTC))

    assert before == 200
    assert client.get(reverse("api_channels")).status_code == 401
