"""What a line of activity data comes to, before any inventory is frozen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from accounting.activity.domain.quantities import FLOW
from accounting.carbon.domain.equations import EQUATIONS
from accounting.carbon.domain.kinds import Setting
from accounting.carbon.domain.ledger import computed
from accounting.carbon.domain.lines import Bounds
from accounting.carbon.domain.methods import METHODS, Method, method_of
from accounting.carbon.rendering.runs import line_as_data
from accounting.carbon.selectors.inventories import run_with_month
from accounting.carbon.services.inventories import entry_of
from accounting.factors.domain.library import Library
from accounting.factors.selectors.library import library_on
from parks.catalogue.domain.errors import PlatformError

DEFAULT_METHOD = "GBT-32151.10-2023"


@dataclass(frozen=True, slots=True)
class LineResult:
    """One line computed by a method."""

    method: str
    parts: tuple[Mapping[str, Any], ...]  # lines of the ledger as plain data, with the text of their equation
    bounds: Bounds | None
    error: PlatformError | None

    @property
    def co2e(self) -> Decimal:
        """What it adds to the statutory total [t]."""
        return sum((Decimal(part["co2e"]) for part in self.parts if part["counted"]), Decimal(0))


def method_for(*, enterprise_id: int, month: date, kind: str) -> Method:
    """The method of the newest inventory over this month, else the usual one; another where that does not know the kind."""
    run = run_with_month(enterprise_id=enterprise_id, month=month)
    usual = METHODS.get(run.method.partition("@")[0] if run else DEFAULT_METHOD, METHODS[DEFAULT_METHOD])
    if kind in usual.kinds or kind == FLOW:
        return usual
    return next((method for method in METHODS.values() if kind in method.kinds), usual)


def method_of_key(key: str) -> Method:
    """The method under which a run is filed: id@version+set."""
    name, _, rest = key.partition("@")
    return method_of(method_id=name, gwp_set=rest.rpartition("+")[2] or None)


def result_of(*, line: Any, method: Method, library: Library) -> LineResult:
    """Compute one line."""
    setting = Setting(library, method, "", f"{line.month:%Y-%m}")
    ledger = computed(entries=[entry_of(line)], setting=setting)
    try:
        potentials = {one.gas: library.gwp(gas=one.gas, gwp_set=method.gwp_set).value for one in ledger.lines}
    except PlatformError as error:
        return LineResult(method.key, (), None, error)
    parts = tuple(
        {**line_as_data(one, potentials=potentials), "text": EQUATIONS[one.equation].text} for one in ledger.lines
    )
    return LineResult(
        method.key,
        parts,
        ledger.bounds[0] if ledger.bounds else None,
        ledger.refused[0].error if ledger.refused else None,
    )


def result_of_line(*, line: Any) -> LineResult | None:
    """What a line comes to by the method of its enterprise; None for lines that stand in no statutory total."""
    if line.kind == FLOW or line.removed:
        return None
    method = method_for(enterprise_id=line.enterprise_id, month=line.month, kind=line.kind)
    return result_of(line=line, method=method, library=library_on(day=line.month))


@dataclass(frozen=True, slots=True)
class Recomputed:
    """A line as an inventory holds it, and as it computes now."""

    stored: Decimal | None  # t CO2e; None where no inventory holds this version of the line
    again: LineResult | None

    @property
    def same(self) -> bool | None:
        if self.stored is None or self.again is None:
            return None
        return self.stored == self.again.co2e


def recomputed(*, enterprise_id: int, month: date, lines: Iterable[Any]) -> dict[int, Recomputed]:
    """Each line of a month once more, against the newest inventory over it."""
    run = run_with_month(enterprise_id=enterprise_id, month=month)
    method = method_of_key(run.method) if run else METHODS[DEFAULT_METHOD]
    library = library_on(day=run.last_month if run else month)
    held = {one["id"] for one in run.inputs} if run else set()
    stored = stored_totals(result=run.result, month=month) if run else {}
    found = {}
    for line in lines:
        again = None if line.kind == FLOW else result_of(line=line, method=method, library=library)
        kept = stored.get(line.code, Decimal(0)) if line.pk in held else None
        found[line.pk] = Recomputed(kept, again)
    return found


def stored_totals(*, result: Mapping[str, Any], month: date) -> dict[str, Decimal]:
    """t CO2e of each source of a month in a frozen result; bought and sold parts of one source add up."""
    totals: dict[str, Decimal] = {}
    for part in result["lines"]:
        if part["period"] == f"{month:%Y-%m}" and part["counted"]:
            for code in {part["id"], part["id"].rpartition(".")[0]} - {""}:
                totals[code] = totals.get(code, Decimal(0)) + Decimal(part["co2e"])
    return totals
