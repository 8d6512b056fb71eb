"""Frozen runs once more: computed again from what they froze, and one run against another."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from accounting.activity.domain.months import months_between
from accounting.carbon.models import InventoryRun
from accounting.carbon.rendering.frozen import code_version, library_of
from accounting.carbon.rendering.runs import digest_of
from accounting.carbon.services.inventories import computed_result
from accounting.carbon.services.results import method_of_key
from accounting.factors.selectors.library import library_on
from parks.catalogue.domain.errors import PlatformError

Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class LineChange:
    """A line that differs between two results [t CO2e]; None where one of them does not have it."""

    period: str
    line: str
    category: str
    gas: str
    before: Decimal | None
    after: Decimal | None
    inputs: tuple[str, ...]  # which of its inputs differ, as text

    @property
    def difference(self) -> Decimal:
        return (self.after or Decimal(0)) - (self.before or Decimal(0))


@dataclass(frozen=True, slots=True)
class Again:
    """A run computed again."""

    same: bool  # byte for byte
    code_then: str
    code_now: str
    changes: tuple[LineChange, ...] = ()
    parts: tuple[str, ...] = ()  # other parts of the result that differ
    error: PlatformError | None = None


def compute_again(*, run: InventoryRun) -> Again:
    """Compute a run from its own inputs, factors and method. What the library says today does not matter."""
    kept = {name: part for name, part in run.result.items() if name not in ("code_version", "months")}
    then = run.result.get("code_version", "")
    names = {line["enterprise"] for line in kept["lines"]}
    try:
        fresh, _used = computed_result(
            inputs=run.inputs, months=months_between(first=run.first_month, last=run.last_month), method=method_of_key(run.method),
            library=library_of(factors=run.factors, today=library_on(day=run.last_month)),
            enterprise=names.pop() if names else run.enterprise.name,
        )  # fmt: skip
    except PlatformError as error:
        return Again(False, then, code_version(), error=error)
    digest = digest_of(run.method, run.inputs, run.factors, {**fresh, "months": run.result["months"]})
    if digest == run.digest:
        return Again(True, then, code_version())
    parts = tuple(
        name for name in sorted(kept.keys() | fresh.keys()) if digest_of(kept.get(name)) != digest_of(fresh.get(name))
    )
    return Again(False, then, code_version(), changes_between(kept, fresh), parts)


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[LineChange, ...]:
    """Lines of the total that differ between two results, the greatest difference first."""
    one, other = by_key(before), by_key(after)
    found = []
    for key in sorted(one.keys() | other.keys()):
        was, now = one.get(key), other.get(key)
        if was is not None and now is not None and was["tonnes"] == now["tonnes"] and was["co2e"] == now["co2e"]:
            continue
        if not any(line is not None and line["counted"] for line in (was, now)):
            continue  # beside the total
        found.append(LineChange(*key, counted(was), counted(now), changed_inputs(was, now)))
    return tuple(sorted(found, key=lambda change: -abs(change.difference)))


def by_key(result: Mapping[str, Any]) -> dict[Key, Mapping[str, Any]]:
    return {(line["period"], line["id"], line["category"], line["gas"]): line for line in result["lines"]}


def counted(line: Mapping[str, Any] | None) -> Decimal | None:
    """What a line adds to the total; a line beside the total adds nothing."""
    if line is None:
        return None
    return Decimal(line["co2e"]) if line["counted"] else Decimal(0)


def changed_inputs(was: Mapping[str, Any] | None, now: Mapping[str, Any] | None) -> tuple[str, ...]:
    if was is None or now is None:
        return ()
    before = {one["name"]: one for one in was["inputs"]}
    return tuple(
        f"{one['name']} {before[one['name']]['value']} → {one['value']} {one['unit']}".strip()
        for one in now["inputs"]
        if one["name"] in before and before[one["name"]]["value"] != one["value"]
    )
