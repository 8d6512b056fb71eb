"""What is said and decided about a water incident. Every step stays, with who, when, and of which node."""

from datetime import datetime

from django.db import transaction

from monitoring.tracing.models import DECIDED, WaterIncident, WaterStep
from monitoring.tracing.selectors.water import water_incident_of
from monitoring.tracing.services.incidents import Decided, NotDecided, NoWords
from parks.catalogue.domain.errors import NotFound
from parks.people.domain import Scope
from parks.register.selectors.places import enterprise_of, visible_enterprises


@transaction.atomic
def water_step(
    *,
    scope: Scope,
    incident_id: int,
    kind: str,
    text: str,
    now: datetime,
    enterprise_id: int | None = None,
    node: str = "",
) -> None:
    """Note, ask, answer, confirm, reject or reopen. A confirmed node counts in the prior of later traces.

    Raises:
        NotFound: incident, enterprise or node is out of reach. NoWords: nothing is said. Decided, NotDecided: it is so already.
    """
    found = water_incident_of(scope=scope, incident_id=incident_id)
    own_park = found.park_id in scope.park_ids
    if own_park == (kind == "ANSWER"):
        raise NotFound
    if not text.strip():
        raise NoWords(text=text)
    row = WaterIncident.objects.select_for_update().get(pk=found.pk)
    if kind in DECIDED and row.state in DECIDED:
        raise Decided
    if kind == "REOPENED" and row.state not in DECIDED:
        raise NotDecided
    owners = {one["id"]: one["enterprise"] for one in found.network.layout["nodes"]}
    if node and node not in owners:
        raise NotFound
    named = _named(scope, row, kind, enterprise_id, owners.get(node))
    if kind in (*DECIDED, "REOPENED"):
        confirmed = kind == "CONFIRMED"
        row.state = "OPEN" if kind == "REOPENED" else kind
        row.enterprise_id, row.node = (named, node) if confirmed else (None, "")
        row.save(update_fields=["state", "enterprise", "node"])
    WaterStep.objects.create(
        incident=row, kind=kind, at=now, by_id=scope.user_id, text=text.strip(), enterprise_id=named, node=node
    )


def _named(scope: Scope, row: WaterIncident, kind: str, enterprise_id: int | None, owner: str | None) -> int | None:
    """The enterprise that a step names: asked, answering, or confirmed by itself or by its node."""
    if kind == "ANSWER":
        asked = row.steps.filter(kind="ASKED", enterprise__in=scope.enterprise_ids)
        number = asked.values_list("enterprise", flat=True).first()
        if number is None:
            raise NotFound
        return int(number)
    if kind == "ASKED" or (kind == "CONFIRMED" and enterprise_id):
        asked_for = enterprise_of(scope=scope, enterprise_id=enterprise_id or 0)
        if asked_for.park_id != row.park_id:
            raise NotFound
        return asked_for.pk
    if kind == "CONFIRMED" and owner:
        return (
            visible_enterprises(scope=scope).filter(park=row.park_id, name=owner).values_list("pk", flat=True).first()
        )
    return None
