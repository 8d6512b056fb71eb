"""Activity data of the chemical producers, month by month from how hard they ran, and the inventories of the year.

The power station and the treatment plants are left out: the methods delivered so far are those of chemical producers.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from accounting.activity.domain.months import Step, months_between
from accounting.activity.selectors import lines_in_force
from accounting.activity.services import lines as activity
from accounting.activity.services import months as month_steps
from accounting.activity.services import review
from accounting.carbon.services import inventories as carbon
from deploy.demo.facts import Story
from deploy.demo.plants import load
from deploy.demo.series import hours_of
from deploy.demo.tables import Row, story_rows
from deploy.demo.writing import Written
from parks.catalogue.domain.periods import month_bounds, park_zone

METHOD = "GBT-32151.10-2023"
GRID_YEAR = "2023"  # newest year of the delivered averages
CLOSED = "ethyl"  # the company whose people close their months; the others are still entering


def write_activity(*, story: Story, written: Written, people: Mapping[str, int], now: datetime) -> None:
    """Lines of the whole months of a year, their states, and one inventory a company. `people` are ids by user name."""
    last = (now.astimezone(park_zone()).date().replace(day=1) - timedelta(days=1)).replace(day=1)
    months = months_between(first=date(last.year, 1, 1), last=last)
    rhythms = {plant.slug: plant.rhythm for plant in story.plants}
    slugs = list(dict.fromkeys(row["slug"] for row in story_rows("activity.csv")))
    for slug in slugs:
        enterprise = written.enterprises[slug]
        lines = [row for row in story_rows("activity.csv") if row["slug"] == slug]
        for month in months:
            hours = full_load_hours(story.seed, slug, rhythms[slug], month)
            for row in lines:
                enter(row, enterprise, month, hours, by_id=people["reporter"] if slug == CLOSED else None, now=now)
            if slug == CLOSED:
                settle(enterprise, month, last, people, now=now)
        carbon.run_inventory(
            enterprise_id=enterprise.pk, enterprise=enterprise.name, first=months[0], last=last, method_id=METHOD, by_id=None, now=now
        )  # fmt: skip


def full_load_hours(seed: int, slug: str, rhythm: str, month: date) -> float:
    bounds = month_bounds(month, park_zone())
    t = np.arange(hours_of(bounds.start) + 0.5, hours_of(bounds.end), 1.0, dtype=np.float64)
    return float(load(seed, slug, rhythm, t).sum())


def enter(row: Row, enterprise: Any, month: date, hours: float, *, by_id: int | None, now: datetime) -> None:
    """One line, entered on the third day after its month, or now where that is still to come."""
    amount = Decimal(f"{float(row['full_load_per_h']) * hours:.5g}")
    value = {
        "value": format(amount, "f"),
        "unit": row["unit"],
        "uncertainty": row["uncertainty"],
        "meter": row["meter"],
    }
    activity.enter_line(
        enterprise_id=enterprise.pk, month=month, code=row["code"], kind=row["kind"], values={row["side"]: value}, choices=choices(row),
        by_id=by_id, now=min(after(month, days=3), now), quality=int(row["quality"]),
    )  # fmt: skip


def choices(row: Row) -> dict[str, str]:
    if row["kind"] == "combustion":
        return {"fuel": row["choice"]}
    return {"region": row["choice"], "factor_year": GRID_YEAR} if row["kind"] == "electricity" else {}


def settle(enterprise: Any, month: date, last: date, people: Mapping[str, int], *, now: datetime) -> None:
    """Close a month, and verify it unless it is the newest, as far as the days for that have come."""
    steps = [(Step.CLOSE, "approver", 6)] + ([(Step.VERIFY, "auditor", 16)] if month != last else [])
    for step, who, days in steps:
        at = after(month, days=days)
        if at <= now:
            if step is Step.VERIFY:
                accept(enterprise, month, by_id=people[who], now=at)
            month_steps.move_month(enterprise_id=enterprise.pk, month=month, step=step, by_id=people[who], now=at)


def accept(enterprise: Any, month: date, *, by_id: int, now: datetime) -> None:
    """The verifier looks at every line and accepts it."""
    for line in lines_in_force(enterprise_id=enterprise.pk, first=month, last=month):
        review.judge(
            enterprise_id=enterprise.pk, month=month, line_id=line.pk, accepted=True, remark="", by_id=by_id, now=now
        )


def after(month: date, *, days: int) -> datetime:
    end = month_bounds(month, park_zone()).end
    return end.astimezone(UTC) + timedelta(days=days, hours=-6)
