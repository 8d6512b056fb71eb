"""Permits with limits and quotas, a special period, and the people of the park."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from deploy.demo.facts import Story
from deploy.demo.noise import key_of, one
from deploy.demo.series import Generator, hours_of
from deploy.demo.writing import CODE, Written
from parks.people.domain import Role
from parks.people.services import accounts
from parks.permits import services as permits

QUOTA_FACTORS = ("a34013", "a21026", "a21002", "a24088", "w01018", "w21003", "w21001", "w21011")
SPECIAL_FACTOR, SPECIAL_SHARE = "a24088", 0.7
TIGHT = "dyest"  # the company that will come close to its quota
AUTHORITY = "海澜市生态环境局"
SAMPLE_H = 31.0
YEAR_H = 8_760.0


def write_permits(*, story: Story, generator: Generator, written: Written, now: datetime) -> None:
    """One permit a company, its limits from the standards, its quotas from what it emits in a year."""
    expected = yearly_tonnes(story, generator, now)
    first = date(now.year - 2, 1, 1)
    for plant in story.plants:
        limits = [
            {
                "outlet": written.outlets[outlet.key], "pollutant_id": limit.factor, "period": limit.period,
                "maximum": limit.maximum, "minimum": limit.minimum, "unit": limit.unit,
                "reference_o2": limit.reference_o2, "source": limit.source,
            }
            for outlet in story.outlets if outlet.slug == plant.slug for limit in outlet.limits
        ]  # fmt: skip
        quotas = [
            {"pollutant_id": code, "year": year, "tonnes": quota(story.seed, plant.slug, code, tonnes)}
            for (slug, code), tonnes in expected.items()
            if slug == plant.slug and tonnes > 0.0005
            for year in range(now.year - 1, now.year + 2)
        ]
        if limits or quotas:
            permits.create_permit(
                by_id=None, park=written.park, enterprise=written.enterprises[plant.slug], number=f"{plant.uscc}001P",
                authority=AUTHORITY, valid_from=first, valid_to=date(first.year + 5, 1, 1), limits=limits, quotas=quotas,
            )  # fmt: skip
    start = (now - timedelta(days=12)).replace(hour=4, minute=0, second=0, microsecond=0)
    permits.create_special_period(
        by_id=None, park=written.park, name="臭氧污染天气橙色预警", starts_at=start, ends_at=start + timedelta(days=4),
        pollutant_id=SPECIAL_FACTOR, share=SPECIAL_SHARE, order_number=f"海澜应急〔{now.year}〕{start.month + 11}号",
    )  # fmt: skip


def yearly_tonnes(story: Story, generator: Generator, now: datetime) -> dict[tuple[str, str], float]:
    """What each company emits in a year, from a sample of hours of the last one."""
    t = hours_of(now) - np.arange(0.5, YEAR_H, SAMPLE_H, dtype=np.float64)
    found: dict[tuple[str, str], float] = {}
    for plan in story.loggers:
        if plan.outlet is None or plan.outlet.medium == "RAIN":
            continue
        records = generator.records(plan, t, length_h=1.0)
        for row, factor in enumerate(plan.factors):
            if factor.code in QUOTA_FACTORS:
                key = (plan.slug, factor.code)
                found[key] = found.get(key, 0.0) + float(np.nanmean(records.total[row])) * YEAR_H / 1000.0
    return found


def quota(seed: int, slug: str, code: str, tonnes: float) -> Decimal:
    share = 1.02 if slug == TIGHT else 1.15 + 0.6 * one(key_of(seed, "quota", slug, code))
    return Decimal(f"{tonnes * share:.3g}")


@dataclass(frozen=True, slots=True)
class Account:
    username: str
    display_name: str
    role: Role
    slug: str = ""


ACCOUNTS = (
    Account("admin", "园区管理员", Role.PARK_ADMIN),
    Account("officer", "环保专员", Role.OFFICER),
    Account("reporter", "瀚澜乙烯 填报员", Role.REPORTER, "ethyl"),
    Account("approver", "瀚澜乙烯 审核员", Role.APPROVER, "ethyl"),
    Account("reporter2", "净屿环保 填报员", Role.REPORTER, "incin"),
    Account("approver2", "净屿环保 审核员", Role.APPROVER, "incin"),
    Account("auditor", "监管审计员", Role.AUDITOR),
)


def passwords() -> dict[str, tuple[str, str]]:
    """A new password for each account, and what is kept of it."""
    made = {account.username: accounts.first_password() for account in ACCOUNTS}
    return {username: (password, accounts.encoded_password(password)) for username, password in made.items()}


def write_people(*, written: Written, passwords: Mapping[str, tuple[str, str]]) -> list[tuple[Account, str]]:
    """One person a role, and two of two companies. Returns them with their passwords."""
    made: list[tuple[Account, str]] = []
    for account in ACCOUNTS:
        password, encoded = passwords[account.username]
        user, _password = accounts.create_user(
            by_id=None, username=account.username, display_name=account.display_name, password=password, encoded=encoded
        )
        enterprise: Any = written.enterprises.get(account.slug)
        accounts.add_membership(
            by_id=None, user=user, role=account.role, park_id=written.park.pk,
            enterprise_id=enterprise.pk if enterprise else None,
        )  # fmt: skip
        written.people[account.username] = user.pk
        made.append((account, password))
    return made


def login_text(made: list[tuple[Account, str]]) -> str:
    """What `up` prints."""
    lines = [f"Demonstration park: {CODE} (all companies and values are invented)"]
    lines += [f"Log-in:           {a.username:<10} {password:<14} {a.role.value.lower()}" for a, password in made]
    return "\n".join(lines) + "\n"
