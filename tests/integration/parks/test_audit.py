"""Every change is written down by the database: who, when, before, after."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from parks.people.domain import Role
from parks.people.models import AuditEntry
from parks.people.services.audit import acting
from parks.register.models import Instrument, Outlet
from parks.register.services import register
from tests.factories.people import make_user
from tests.factories.permits import make_permit_limit
from tests.factories.register import make_logger, make_outlet
from tests.factories.series import make_channel

pytestmark = pytest.mark.django_db


def last() -> AuditEntry:
    entry = AuditEntry.objects.order_by("-pk").first()
    assert entry is not None
    return entry


def test_change_names_actor_action_before_and_after() -> None:
    user, outlet = make_user(), make_outlet(name="old")

    with acting(user_id=user.pk, action="outlet.rename"):
        outlet.name = "new"
        outlet.save()

    entry = last()
    assert (entry.actor_id, entry.action, entry.table_name, entry.row_key) == (
        user.pk,
        "outlet.rename",
        "parks_outlet",
        str(outlet.pk),
    )
    assert (entry.before["name"], entry.after["name"]) == ("old", "new")
    assert entry.enterprise_id == outlet.enterprise_id


def test_change_of_a_row_that_does_not_name_its_park_is_told_to_the_park() -> None:
    outlet = make_outlet()
    limit = make_permit_limit(outlet=outlet)
    enterprise = outlet.enterprise
    instrument = Instrument.objects.create(logger=make_logger(outlet=outlet), name="analyser")

    for row in (outlet, limit, instrument):
        entry = AuditEntry.objects.filter(table_name=row._meta.db_table, row_key=str(row.pk)).get()
        assert (entry.park_id, entry.enterprise_id) == (enterprise.park_id, enterprise.pk), row


def test_trail_of_a_park_shows_its_outlets_and_the_accounts_of_its_members_only(client: Any) -> None:
    outlet, foreign = make_outlet(), make_outlet()
    auditor = make_user(role=Role.AUDITOR, park=outlet.enterprise.park)
    stranger = make_user(role=Role.OFFICER, park=foreign.enterprise.park)
    client.force_login(auditor, backend="django.contrib.auth.backends.ModelBackend")

    told = {(e["entry"].table_name, e["entry"].row_key) for e in client.get(reverse("audit")).context["entries"]}

    assert {("parks_outlet", str(outlet.pk)), ("parks_user", str(auditor.pk))} <= told
    assert not {("parks_outlet", str(foreign.pk)), ("parks_user", str(stranger.pk))} & told


def test_actor_is_forgotten_afterwards() -> None:
    user, outlet = make_user(), make_outlet()
    with acting(user_id=user.pk, action="x"):
        pass

    outlet.name = "by nobody"
    outlet.save()

    assert (last().actor_id, last().action) == (None, "update")


def test_bulk_and_plain_sql_changes_are_written_down_too() -> None:
    outlet = make_outlet(name="old")

    Outlet.objects.filter(pk=outlet.pk).update(name="bulk")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE parks_outlet SET name = 'sql' WHERE id = %s", [outlet.pk])
    outlet.delete()

    names = [
        (e.action, (e.before or {}).get("name"))
        for e in AuditEntry.objects.filter(table_name="parks_outlet").order_by("pk")
    ]
    assert names == [("insert", None), ("update", "old"), ("update", "bulk"), ("delete", "sql")]


def test_save_without_a_change_is_no_entry() -> None:
    outlet = make_outlet()
    before = AuditEntry.objects.count()

    outlet.save()

    assert AuditEntry.objects.count() == before


def test_password_of_a_user_never_stands_in_the_trail() -> None:
    user = make_user()
    user.set_password("another secret phrase")
    user.save()

    entry = last()
    assert entry.after["password"] == "(new secret)"
    assert "md5" not in str(list(AuditEntry.objects.values_list("before", "after")))


@pytest.mark.parametrize("statement", ["UPDATE parks_auditentry SET action = 'x'", "DELETE FROM parks_auditentry"])
def test_trail_is_never_changed(statement: str) -> None:
    make_outlet()

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_links_between_units_and_outlets_are_audited_with_their_park() -> None:
    outlet = make_outlet()
    actor = make_user()
    unit = register.create_unit(
        by_id=actor.pk, enterprise_id=outlet.enterprise_id, kind="PROCESS", code="PU01", name="电解"
    )

    register.update_outlet(outlet_id=outlet.pk, by_id=actor.pk, unit_ids=[unit.pk])
    register.update_outlet(outlet_id=outlet.pk, by_id=actor.pk, unit_ids=[])

    made, gone = AuditEntry.objects.filter(table_name="parks_outlet_units").order_by("pk")
    assert (made.actor_id, made.park_id, made.before) == (actor.pk, outlet.enterprise.park_id, None)
    assert (made.after["outlet_id"], made.after["unit_id"]) == (outlet.pk, unit.pk)
    assert (gone.before["unit_id"], gone.after) == (unit.pk, None)


def test_a_new_channel_is_audited() -> None:
    channel = make_channel()

    entry = AuditEntry.objects.get(table_name="monitoring_channel", row_key=str(channel.pk))

    assert (entry.park_id, entry.enterprise_id) == (channel.park_id, channel.enterprise_id)
    assert entry.after["pollutant_id"] == channel.pollutant_id


def test_what_an_outlet_may_emit_is_audited_with_its_park() -> None:
    outlet, actor = make_outlet(medium="AIR"), make_user()

    register.update_outlet(outlet_id=outlet.pk, by_id=actor.pk, handled_codes=["a25002"])
    register.update_outlet(outlet_id=outlet.pk, by_id=actor.pk, handled_codes=["a25002"])
    register.update_outlet(outlet_id=outlet.pk, by_id=actor.pk, handled_codes=[])

    made, gone = AuditEntry.objects.filter(table_name="parks_outlet_handled").order_by("pk")
    assert (made.actor_id, made.park_id, made.enterprise_id) == (
        actor.pk,
        outlet.enterprise.park_id,
        outlet.enterprise_id,
    )
    assert (made.after["outlet_id"], made.after["pollutant_id"]) == (outlet.pk, "a25002")
    assert (gone.before["pollutant_id"], gone.after) == ("a25002", None)
