"""Activity data of thirteen months, from how hard the plants ran; what flows between them; inventories and park balances."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np

from accounting.activity.domain.derived import Measure
from accounting.activity.domain.months import Step, months_between
from accounting.activity.selectors import months_of as months_of_enterprise
from accounting.activity.selectors import nodes_of, sample_of
from accounting.activity.services import derivations, review
from accounting.activity.services import lines as activity
from accounting.activity.services import months as month_steps
from accounting.activity.services import register as places
from accounting.carbon.services import balances, choosing
from accounting.carbon.services import inventories as carbon
from accounting.factors.selectors.library import library_on
from deploy.demo.facts import Story
from deploy.demo.flows import amount_of, derived, terms
from deploy.demo.plants import load
from deploy.demo.profiles import CO2
from deploy.demo.series import hours_of
from deploy.demo.tables import Row, story_rows
from deploy.demo.writing import Written
from parks.catalogue.domain.periods import day_of, month_bounds, park_zone

METHOD = "GBT-32151.10-2023"
OTHER_METHODS = {"power": "CN-POWER-2022", "incin": "CN-INCINERATION"}
MONTHS = 13
OWN_PEOPLE = {"ethyl": ("reporter", "approver"), "incin": ("reporter2", "approver2")}
ENTERING = ("power", "hecrop", "dyest", "paint", "recyc")  # companies that have not closed the newest month
WALKED = 3  # newest months that every company closes and the auditor reviews; older ones were closed before the platform came
TAKEN_OVER = "随园区上年度核算报告一并关账，平台上线时导入"
STACK_UNCERTAINTY = Decimal("0.06")  # of a stack flow by pitot tube, most of it swirl
EXPLANATION = "装置负荷变化，已与生产日报核对"
OFFICE = ("officer", "officer")  # who enters and closes for companies without people of their own


@dataclass(frozen=True, slots=True)
class Register:
    """Numbers of what was registered."""

    nodes: Mapping[str, int]
    streams: Mapping[str, int]


def write_activity(
    *, story: Story, written: Written, people: Mapping[str, int], now: datetime, step: Callable[[str], None] = lambda _what: None
) -> None:  # fmt: skip
    """Streams, nodes, lines of the whole months, their states, inventories and balances. `people` are ids by user name."""
    months = months_of(now)
    placed = register(written, months[0], people, now=now)
    hours = running_hours(story)
    for month in months:
        step(f"activity data {month:%Y-%m}")
        values = derived(seed=story.seed, month=month, hours=lambda slug, month=month: hours(slug, month))  # type: ignore[misc]
        numbers = {slug: written.enterprises[slug].pk for slug, _rows in by_company()}
        activity.enter_new_lines(
            month=month, now=min(after(month, days=3), now),
            lines={numbers[slug]: [line_of(row, hours(slug, month), values, placed) for row in rows] for slug, rows in by_company()},
            by_ids={number: people.get(OWN_PEOPLE.get(slug, OFFICE)[0]) for slug, number in numbers.items()},
        )  # fmt: skip
        for slug in numbers:
            if slug in OWN_PEOPLE or month in months[-WALKED:]:
                settle(slug, written.enterprises[slug], month, months[-1], people, now=now)
        if month in months[:-WALKED]:
            others = [one.pk for slug, one in written.enterprises.items() if slug not in OWN_PEOPLE]
            month_steps.take_over(
                enterprise_ids=others, month=month, by_id=people["officer"], now=min(after(month, days=6), now), reason=TAKEN_OVER
            )  # fmt: skip
        balances.run_balance(park_id=written.park.pk, month=month, by_id=people.get("officer"), now=now)
    step("inventories")
    write_inventories(written, months, people, now=now)


def months_of(now: datetime) -> list[date]:
    """The last thirteen whole months."""
    last = (now.astimezone(park_zone()).date().replace(day=1) - timedelta(days=1)).replace(day=1)
    return months_between(first=date(last.year - 1, last.month, 1), last=last)[-MONTHS:]


def by_company() -> Iterator[tuple[str, list[Row]]]:
    rows: dict[str, list[Row]] = {}
    for row in story_rows("activity.csv"):
        rows.setdefault(row["slug"], []).append(row)
    yield from rows.items()


def running_hours(story: Story) -> Callable[[str, date], float]:
    rhythms = {plant.slug: plant.rhythm for plant in story.plants}

    @cache
    def of(slug: str, month: date) -> float:
        bounds = month_bounds(month, park_zone())
        t = np.arange(hours_of(bounds.start) + 0.5, hours_of(bounds.end), 1.0, dtype=np.float64)
        return float(load(story.seed, slug, rhythms[slug], t).sum())

    return of


def register(written: Written, first: date, people: Mapping[str, int], *, now: datetime) -> Register:
    """Streams, nodes and allocations of the park."""
    park, by_id = written.park.pk, people.get("officer")
    streams = {
        row["code"]: places.set_stream(
            park_id=park, code=row["code"], by_id=by_id, name=row["name"], name_en=row["name_en"], kind=row["kind"], unit=row["unit"],
            carbon=row["carbon"] or None, carbon_source=row["carbon_source"], uncertainty=row["uncertainty"],
            is_product=row["product"] == "1", cbam_good=row["cbam"],
        ).pk
        for row in story_rows("streams.csv")
    }  # fmt: skip
    nodes = {
        row["code"]: places.set_node(
            park_id=park, code=row["code"], by_id=by_id, enterprise_id=written.enterprises[row["slug"]].pk, name=row["name"],
            name_en=row["name_en"], kind=row["kind"],
        ).pk
        for row in story_rows("nodes.csv")
    }  # fmt: skip
    owners = {row["code"]: row["slug"] for row in story_rows("nodes.csv")}
    for row in story_rows("allocations.csv"):
        choosing.choose_allocation(
            park_id=park, node_id=nodes[row["node"]], enterprise_id=written.enterprises[owners[row["node"]]].pk, valid_from=first,
            rule=row["rule"], shares=pairs(row["shares"]), weights=pairs(row["weights"]), parameters=pairs(row["parameters"]),
            reason=row["reason"], by_id=by_id, now=now,
        )  # fmt: skip
    for slug, method in OTHER_METHODS.items():
        choosing.choose_method(
            park_id=park, enterprise_id=written.enterprises[slug].pk, valid_from=first, method_id=method,
            reason="按所属行业选择填报方法", by_id=by_id, now=now,
        )  # fmt: skip
    return Register(nodes, streams)


def pairs(text: str) -> dict[str, str]:
    """ "a=1 b=2" as a mapping."""
    return dict(part.split("=", 1) for part in text.split())


def line_of(row: Row, hours: float, values: Mapping[str, float], placed: Register) -> dict[str, Any]:
    """One line of a month as the service takes it."""
    return {
        "code": row["code"], "kind": row["kind"], "choices": pairs(row["choices"]), "quality": int(row["quality"]),
        "biogenic": row["biogenic"] == "1", "node_id": placed.nodes[row["node"]],
        "stream_id": placed.streams[row["stream"]] if row["stream"] else None,
        "values": quantities(row["values"], row, hours, values), "groups": groups(row, hours, values),
    }  # fmt: skip


def quantities(text: str, row: Row, hours: float, values: Mapping[str, float]) -> dict[str, dict[str, str]]:
    found = {}
    for term in terms(text):
        data = {"value": f"{amount_of(term, hours=hours, values=values):.7g}", "unit": term.unit}
        if term.scales or term.amount.startswith("{"):
            data |= {"meter": row["meter"]} if row["meter"] else {}
            data |= {"uncertainty": row["uncertainty"]} if row["uncertainty"] else {}
        found[term.name] = data
    return found


def groups(row: Row, hours: float, values: Mapping[str, float]) -> dict[str, list[dict[str, Any]]]:
    """Repeated rows: "feed: amount*8.1[t] carbon=0.735[tC/t] | product: amount*22[t] substance=ethylene"."""
    found: dict[str, list[dict[str, Any]]] = {}
    for part in filter(None, row["rows"].split(" | ")):
        name, _, text = part.partition(": ")
        one: dict[str, Any] = dict(quantities(text, row, hours, values))
        named = re.search(r"substance=(\S+)", text)
        one |= {"substance": named[1]} if named else {}
        found.setdefault(name, []).append(one)
    return found


def settle(slug: str, enterprise: Any, month: date, last: date, people: Mapping[str, int], *, now: datetime) -> None:
    """Close a month, and verify it unless it is the newest, as far as the days for that have come."""
    if month == last and slug in ENTERING:
        return
    _reporter, closer = OWN_PEOPLE.get(slug, OFFICE)
    steps = [(Step.CLOSE, closer, 6)] + ([(Step.VERIFY, "auditor", 16)] if month != last else [])
    for step, who, days in steps:
        at = after(month, days=days)
        if at <= now:
            if step is Step.VERIFY:
                accept(enterprise, month, by_id=people[who], now=at)
            month_steps.move_month(
                enterprise_id=enterprise.pk, month=month, step=step, by_id=people[who], now=at,
                comment=EXPLANATION,
            )  # fmt: skip


def accept(enterprise: Any, month: date, *, by_id: int, now: datetime) -> None:
    """The verifier looks at the lines that were drawn and accepts them."""
    row = months_of_enterprise(enterprise_id=enterprise.pk)[month]
    sample = sample_of(month=row)
    if sample is not None:
        review.accept_lines(enterprise_id=enterprise.pk, month=month, line_ids=sample.line_ids, by_id=by_id, now=now)


def write_measured(written: Written, people: Mapping[str, int], *, now: datetime) -> None:
    """CO2 that the power station's stacks measured, in the open months, and the newest balance with this check."""
    enterprise, months = written.enterprises["power"], months_of(now)
    node = next(one for one in nodes_of(park_id=written.park.pk) if one.code == "chp")
    channels = [pk for (_mn, code), pk in written.channels.items() if code == CO2]
    for channel_id in channels:
        derivations.set_derivation(
            enterprise_id=enterprise.pk, code="stack-co2", kind="measured_load", field="mass", channel_id=channel_id, unit="t",
            valid_from=months[-1], by_id=people.get("officer"), measure=Measure.LOAD, scale=Decimal("0.001"),
            uncertainty=STACK_UNCERTAINTY, node_id=node.pk,
        )  # fmt: skip
    for month in (months[-1], day_of(now, park_zone()).replace(day=1)):
        derivations.derive_month(enterprise_id=enterprise.pk, month=month, now=now)
    balances.run_balance(park_id=written.park.pk, month=months[-1], by_id=people.get("officer"), now=now)


def write_inventories(written: Written, months: list[date], people: Mapping[str, int], *, now: datetime) -> None:
    """One inventory a company over the months of the newest year."""
    first, library = max(months[0], date(months[-1].year, 1, 1)), library_on(day=months[-1])
    for slug, _rows in by_company():
        enterprise = written.enterprises[slug]
        carbon.run_inventory(
            enterprise_id=enterprise.pk, enterprise=enterprise.name, first=first, last=months[-1],
            method_id=OTHER_METHODS.get(slug, METHOD), library=library, by_id=people.get("officer"), now=now,
        )  # fmt: skip


def after(month: date, *, days: int) -> datetime:
    end = month_bounds(month, park_zone()).end
    return end.astimezone(UTC) + timedelta(days=days, hours=-6)
