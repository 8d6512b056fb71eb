"""The statutory part of a case: lines, totals and uncertainty as JSON, every decimal as text."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Context, Decimal
from typing import Any

from accounting.carbon.domain.case import reading
from accounting.carbon.domain.case.reading import Problem
from accounting.carbon.domain.equations import EQUATIONS
from accounting.carbon.domain.inventory import Inventory, inventory, is_counted
from accounting.carbon.domain.kinds import Entry, Setting
from accounting.carbon.domain.ledger import Ledger, computed
from accounting.carbon.domain.lines import Bounds, Line
from accounting.carbon.domain.methods import Method
from accounting.carbon.domain.uncertainty import propagated, simulated
from accounting.factors.domain.library import Library
from parks.catalogue.domain.errors import PlatformError

SHOWN = Context(prec=28)  # digits of a printed division; products of factors are shorter and stay exact


@dataclass(frozen=True, slots=True)
class Reports:
    """All lines of a case and what was wrong."""

    lines: tuple[Line, ...]
    bounds: tuple[Bounds, ...]
    problems: tuple[Problem, ...]
    total: Inventory | None


def reports(*, case: Mapping[str, Any], method: Method, library: Library) -> Reports:
    """Compute every line that can be computed; the others become problems with their path."""
    problems: list[Problem] = []
    whole = Ledger((), ())
    for number, report in enumerate(case.get("statutory", ())):
        setting = Setting(library, method, report["enterprise"], report["period"])
        entries: dict[str, tuple[int, Entry]] = {}
        covers = {}
        for place, given in enumerate(report["lines"]):
            path = f"/statutory/{number}/lines/{place}"
            try:
                one = reading.entry(given, library)
                if one.id in entries:
                    raise reading.BreaksSchema(f"Line {one.id} is there twice.", line=one.id)
                entries[one.id] = (place, one)
                covers[one.id] = reading.certificates(given)
            except PlatformError as error:
                problems.append(Problem(path, error))
        found = computed(
            entries=[one for _, one in entries.values()], setting=setting, certificates=covers, retired=whole.retired
        )
        problems += [Problem(f"/statutory/{number}/lines/{entries[r.entry][0]}", r.error) for r in found.refused]
        whole = Ledger(whole.lines + found.lines, whole.bounds + found.bounds, (), found.retired)
    total = None
    try:
        total = inventory(lines=whole.lines, method=method, library=library)
    except PlatformError as error:
        problems.append(Problem("/statutory", error))
    return Reports(whole.lines, whole.bounds, tuple(problems), total)


def rendered(
    *, found: Reports, method: Method, library: Library, monte_carlo: Mapping[str, Any] | None
) -> tuple[dict[str, Any], list[Problem]]:
    """The statutory part of the answer, and what went wrong while it was made."""
    answer: dict[str, Any] = {
        "complete": not found.problems and not found.bounds,
        "lines": [line_json(line) for line in found.lines],
        "bounds": [bounds_json(one) for one in found.bounds],
    }
    if found.total is None:
        return answer, []
    answer["totals"] = totals_json(found.total, method)
    try:
        answer |= ranges_json(found=found, method=method, library=library, monte_carlo=monte_carlo)
    except PlatformError as error:
        # The total stands; only its range does not.
        answer["complete"] = False
        return answer, [Problem("/statutory", error)]
    return answer, []


def ranges_json(
    *, found: Reports, method: Method, library: Library, monte_carlo: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Uncertainty of the total, and its range by Monte Carlo where the case asks for it.

    Raises:
        ConflictingInput: one meter comes with two uncertainties.
    """
    counted = [line for line in found.lines if is_counted(line)]
    weights = {line.gas: library.gwp(gas=line.gas, gwp_set=method.gwp_set).value for line in found.lines}
    interval = propagated(lines=counted, weights=weights)
    answer: dict[str, Any] = {
        "uncertainty": {
            "half_t": interval.half, "relative": interval.relative, "unstated": list(interval.unknown),
            "contributions": [{"input": c.identity, "t": c.amount, "share": c.share} for c in interval.contributions],
        }
    }  # fmt: skip
    if monte_carlo is not None:
        draw = simulated(lines=counted, weights=weights, draws=int(monte_carlo["draws"]), seed=int(monte_carlo["seed"]))
        answer["monte_carlo"] = {
            "mean_t": draw.mean,
            "low_t": draw.low,
            "high_t": draw.high,
            "draws": draw.draws,
            "seed": draw.seed,
        }
    return answer


def text(value: Decimal) -> str:
    """A decimal without exponent or trailing zeros, at most 28 digits."""
    shown = SHOWN.plus(value)
    return f"{shown.normalize(SHOWN):f}"


def line_json(line: Line) -> dict[str, Any]:
    inputs = [
        {
            "name": one.name, "value": text(one.value), "unit": one.unit, "factor": one.factor or None, "status": one.status or None,
            "uncertainty": None if one.uncertainty is None else text(one.uncertainty),
        }
        for one in line.inputs
    ]  # fmt: skip
    return {
        "id": line.id, "enterprise": line.enterprise, "period": line.period, "kind": line.kind, "category": line.category.value,
        "gas": line.gas, "equation": line.equation, "formula": EQUATIONS[line.equation].text, "inputs": inputs,
        "t": text(line.tonnes), "biogenic": line.biogenic,
    }  # fmt: skip


def bounds_json(one: Bounds) -> dict[str, Any]:
    return {
        "id": one.id, "enterprise": one.enterprise, "period": one.period, "gas": one.gas, "low_t": text(one.low),
        "high_t": text(one.high), "reason": one.reason, "routes": [line_json(replace(line)) for line in one.lines],
    }  # fmt: skip


def totals_json(total: Inventory, method: Method) -> dict[str, Any]:
    def row(values: Mapping[str, Decimal]) -> dict[str, str]:
        return {key: text(value) for key, value in sorted(values.items())}

    return {
        "method": total.method, "co2e_t": text(total.total), "printed_t": str(method.printed(total.total)),
        "by_gas_t": row(total.by_gas), "by_gas_co2e_t": row(total.by_gas_co2e), "by_category": row(total.by_category),
        "by_enterprise": row(total.by_enterprise), "by_period": row(total.by_period), "ghg_scopes": row(total.ghg_scopes),
        "iso_categories": row(total.iso_categories), "biogenic_co2_t": text(total.biogenic_co2),
        "gwp_factors": dict(sorted(total.factors.items())), "inputs_by_status": dict(sorted(total.statuses.items())),
    }  # fmt: skip
