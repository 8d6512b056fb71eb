"""Facts of a park's year."""

from typing import Any

from accounting.carbon.models import ParkBalance, YearFact


def year_facts(*, park_id: int, year: int) -> dict[str, YearFact]:
    """The newest value of each fact."""
    rows = YearFact.objects.filter(park=park_id, year=year).select_related("entered_by")
    return {row.name: row for row in rows.order_by("name", "-pk").distinct("name")}


def balances_of_year(*, park_id: int, year: int) -> list[ParkBalance]:
    """The newest solved run of each month of a year."""
    rows = ParkBalance.objects.filter(park=park_id, month__year=year, total__isnull=False).defer("case")
    return list(rows.order_by("month", "-pk").distinct("month"))


def newest_inputs(*, balance_id: int) -> list[dict[str, Any]]:
    """Lines of activity data behind a balance."""
    found = ParkBalance.objects.filter(pk=balance_id).values_list("inputs__lines", flat=True).first()
    return list(found or [])
