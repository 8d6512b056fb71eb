"""Reading frozen inventories."""

from collections.abc import Iterable, Iterator
from datetime import date

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from accounting.carbon.models import InventoryRun
from parks.catalogue.domain.errors import NotFound
from parks.people.domain import Scope


def visible_runs(*, scope: Scope) -> QuerySet[InventoryRun]:
    """Runs the viewer may see, newest first, without their long parts."""
    rows = InventoryRun.objects.filter(Q(park__in=scope.park_ids) | Q(enterprise__in=scope.enterprise_ids))
    return rows.select_related("enterprise", "computed_by").defer("inputs", "factors").order_by("-pk")


def run_of(*, scope: Scope, run_id: int) -> InventoryRun:
    """One run. Raises NotFound outside the viewer's scope."""
    found = visible_runs(scope=scope).filter(pk=run_id).first()
    if found is None:
        raise NotFound
    return found


def newest_runs(*, scope: Scope, park_id: int, year: int) -> list[InventoryRun]:
    """Of each enterprise, the run from January of a year that reaches furthest; the newest of equals."""
    rows = visible_runs(scope=scope).filter(park=park_id, first_month=date(year, 1, 1), last_month__year=year)
    return list(rows.order_by("enterprise_id", "-last_month", "-pk").distinct("enterprise_id"))


def runs_of_enterprise(*, scope: Scope, enterprise_id: int, limit: int = 20) -> list[InventoryRun]:
    return list(visible_runs(scope=scope).filter(enterprise=enterprise_id)[:limit])


def runs_with_factor(*, scope: Scope, key: str) -> QuerySet[InventoryRun]:
    """Runs the viewer may see that rest on a factor, newest first, with the version they took."""
    rows = visible_runs(scope=scope).filter(factors__contains=[{"id": key}])
    return rows.annotate(version=RawSQL("(SELECT f ->> 'version' FROM jsonb_array_elements(factors) f WHERE f ->> 'id' = %s LIMIT 1)", [key]))  # fmt: skip


def known_run(*, enterprise_id: int, digest: str) -> InventoryRun | None:
    return InventoryRun.objects.filter(enterprise=enterprise_id, digest=digest).first()


def enterprises_with_runs(*, park_ids: Iterable[int]) -> set[int]:
    return set(InventoryRun.objects.filter(park__in=list(park_ids)).values_list("enterprise", flat=True))


def run_with_month(*, enterprise_id: int, month: date) -> InventoryRun | None:
    """The newest run of an enterprise that holds a month."""
    rows = InventoryRun.objects.filter(enterprise=enterprise_id, first_month__lte=month, last_month__gte=month)
    return rows.order_by("-pk").first()


def frozen_runs(*, run_id: int | None = None) -> Iterator[InventoryRun]:
    """All runs, or one, whoever asks."""
    rows = InventoryRun.objects.select_related("enterprise").order_by("pk")
    return (rows if run_id is None else rows.filter(pk=run_id)).iterator(chunk_size=20)


def run_before(*, run: InventoryRun) -> InventoryRun | None:
    """The run before one of the same enterprise from the same month on."""
    rows = InventoryRun.objects.filter(enterprise=run.enterprise_id, first_month=run.first_month, pk__lt=run.pk)
    return rows.order_by("-pk").first()
