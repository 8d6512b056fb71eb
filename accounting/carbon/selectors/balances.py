"""Reading frozen balances, allocations and reporting methods."""

from datetime import date

from django.db.models import QuerySet
from django.db.models.fields.json import KeyTextTransform, KeyTransform

from accounting.carbon.models import BalanceSimulation, NodeAllocation, ParkBalance, ReportingMethod
from parks.catalogue.domain.errors import NotFound
from parks.people.domain import Scope

Balance = ParkBalance  # what interfaces call the rows they get


def balances(*, scope: Scope, park_id: int) -> QuerySet[ParkBalance]:
    """Balances of a park that the viewer sees as a whole, newest month and run first."""
    rows = ParkBalance.objects.filter(park=park_id, park__in=scope.park_ids)
    return rows.select_related("computed_by").order_by("-month", "-pk")


def newest_balances(*, scope: Scope, park_id: int, limit: int = 24) -> list[ParkBalance]:
    """The newest run of each month, newest month first, without the long parts."""
    rows = balances(scope=scope, park_id=park_id).distinct("month").defer("case", "inputs")
    return list(rows[:limit])


def newest_balance(*, scope: Scope, park_id: int, month: date) -> ParkBalance | None:
    """The newest run of a month, if there is one."""
    return balances(scope=scope, park_id=park_id).filter(month=month).first()


def balance_of(*, scope: Scope, balance_id: int) -> ParkBalance:
    """One run. Raises NotFound outside the viewer's scope."""
    found = ParkBalance.objects.filter(park__in=scope.park_ids, pk=balance_id).select_related("computed_by").first()
    if found is None:
        raise NotFound
    return found


def newest_solved(*, park_id: int) -> ParkBalance | None:
    """The newest month of a park that could be balanced."""
    rows = ParkBalance.objects.filter(park=park_id, total__isnull=False).defer("case", "inputs")
    return rows.order_by("-month", "-pk").first()


def balances_in_reach(*, scope: Scope) -> QuerySet[ParkBalance]:
    """The newest run of each month of every park that the viewer sees or belongs to, newest month first."""
    rows = ParkBalance.objects.filter(park__in=scope.all_park_ids).defer("case", "inputs", "result")
    return rows.order_by("park_id", "-month", "-pk").distinct("park_id", "month")


def balances_of_park_in_reach(*, scope: Scope, park_id: int) -> list[ParkBalance]:
    """The newest solved run of each month of a park that the viewer sees or belongs to, newest month first."""
    rows = ParkBalance.objects.filter(park=park_id, park__in=scope.all_park_ids, total__isnull=False).defer(
        "case", "inputs"
    )
    return list(rows.order_by("-month", "-pk").distinct("month")[:24])


def balances_with_factor(*, scope: Scope, key: str) -> QuerySet[ParkBalance]:
    """Balances the viewer sees as a whole that rest on a factor, newest first, with the version they took."""
    rows = ParkBalance.objects.filter(park__in=scope.park_ids, inputs__factors__has_key=key)
    return rows.defer("case", "inputs", "result").annotate(version=KeyTextTransform(key, KeyTransform("factors", "inputs"))).order_by("-month", "-pk")  # fmt: skip


def balance_in_reach(*, scope: Scope, balance_id: int) -> ParkBalance:
    """One run of a park that the viewer sees or belongs to. Raises NotFound outside."""
    found = ParkBalance.objects.filter(park__in=scope.all_park_ids, pk=balance_id).first()
    if found is None:
        raise NotFound
    return found


def simulation_of(*, balance: ParkBalance) -> BalanceSimulation | None:
    """The newest simulation of a balance."""
    return BalanceSimulation.objects.filter(balance=balance).order_by("-pk").first()


def run_before(*, balance: ParkBalance) -> ParkBalance | None:
    """The run of the same month before this one."""
    rows = ParkBalance.objects.filter(park=balance.park_id, month=balance.month, pk__lt=balance.pk)
    return rows.order_by("-pk").first()


def balance_before(*, park_id: int, month: date) -> ParkBalance | None:
    """The newest solved run of the month before."""
    before = date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)
    return ParkBalance.objects.filter(park=park_id, month=before, total__isnull=False).order_by("-pk").first()


def known_balance(*, park_id: int, month: date, digest: str) -> ParkBalance | None:
    return ParkBalance.objects.filter(park=park_id, month=month, digest=digest).first()


def allocations_on(*, park_id: int, month: date) -> list[NodeAllocation]:
    """Of each node the allocation in force in a month."""
    rows = NodeAllocation.objects.filter(park=park_id, valid_from__lte=month).select_related("node", "chosen_by")
    return list(rows.order_by("node_id", "-valid_from", "-pk").distinct("node_id"))


def allocation_history(*, node_id: int) -> QuerySet[NodeAllocation]:
    """All choices for a node, the newest first."""
    return NodeAllocation.objects.filter(node=node_id).select_related("chosen_by").order_by("-valid_from", "-pk")


def methods_on(*, park_id: int, month: date) -> dict[int, str]:
    """Method of each enterprise that chose one, in a month."""
    rows = ReportingMethod.objects.filter(park=park_id, valid_from__lte=month)
    chosen = rows.order_by("enterprise_id", "-valid_from", "-pk").distinct("enterprise_id")
    return dict(chosen.values_list("enterprise_id", "method"))


def method_history(*, enterprise_id: int) -> QuerySet[ReportingMethod]:
    """All choices of an enterprise, the newest first."""
    rows = ReportingMethod.objects.filter(enterprise=enterprise_id).select_related("chosen_by")
    return rows.order_by("-valid_from", "-pk")
