"""Reading plans for sensors: the park sees its own."""

from django.db.models import QuerySet

from monitoring.tracing.models import SitingPlan
from parks.catalogue.domain.errors import NotFound
from parks.people.domain import Scope


def visible_plans(*, scope: Scope) -> QuerySet[SitingPlan]:
    """Plans of the viewer's parks as a whole, newest first: they say what every enterprise may emit."""
    return (
        SitingPlan.objects.filter(park__in=scope.park_ids)
        .select_related("pollutant", "station", "asked_by")
        .order_by("-pk")
    )


def plan_of(*, scope: Scope, plan_id: int) -> SitingPlan:
    """One plan. Raises NotFound outside the viewer's reach."""
    found = visible_plans(scope=scope).filter(pk=plan_id).first()
    if found is None:
        raise NotFound
    return found


def waiting_plans() -> list[int]:
    """Plans that are not over, for the clock."""
    return list(
        SitingPlan.objects.filter(state__in=["WAITING", "RUNNING"]).order_by("pk").values_list("pk", flat=True)[:10]
    )
