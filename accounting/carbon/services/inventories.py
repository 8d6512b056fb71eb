"""Computing and freezing inventories."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django.db import IntegrityError, transaction

from accounting.activity.domain.months import months_between
from accounting.activity.domain.quantities import FLOW, Given, given_of
from accounting.activity.selectors import certificates_of, lines_in_force, state_of_month
from accounting.carbon.domain.energy import Certificate
from accounting.carbon.domain.inventory import inventory, is_counted
from accounting.carbon.domain.kinds import Entry, Setting
from accounting.carbon.domain.ledger import Ledger, computed
from accounting.carbon.domain.lines import Line, Quantity
from accounting.carbon.domain.methods import Method, method_of
from accounting.carbon.domain.uncertainty import Interval, propagated
from accounting.carbon.models import InventoryRun
from accounting.carbon.rendering.frozen import code_version, factor_as_data, listening
from accounting.carbon.rendering.runs import digest_of, result_as_data
from accounting.carbon.selectors.inventories import known_run
from accounting.factors.domain.library import Library
from accounting.factors.selectors.library import library_on
from parks.catalogue.domain.errors import Invalid, PlatformError
from parks.register.selectors.places import park_of_enterprise

MOST_MONTHS = 24
PLACES_OF_A_TOTAL = 6  # a gram of CO2e; the result keeps every digit


class NothingEntered(Invalid):
    """There is no activity data in these months."""

    code = "inventory.nothing_entered"


def run_inventory(
    *, enterprise_id: int, enterprise: str, first: date, last: date, method_id: str, by_id: int | None, now: datetime,
    gwp_set: str | None = None, library: Library | None = None,
) -> InventoryRun:  # fmt: skip
    """Compute and freeze the inventory of an enterprise. The same inputs, factors and method give the run that exists.

    Args:
        library: factors in force on `last`, for callers that run many.

    Raises:
        NothingEntered: no line in these months.
        UnknownMethod: no such method or set of warming potentials.
    """
    method = method_of(method_id=method_id, gwp_set=gwp_set)
    months = months_between(first=first, last=last)
    if not months or len(months) > MOST_MONTHS:
        raise Invalid(f"An inventory holds 1 to {MOST_MONTHS} months.", field="last")
    inputs = inputs_of(enterprise_id=enterprise_id, first=months[0], last=months[-1])
    if not inputs:
        raise NothingEntered
    library, consulted = listening(library or library_on(day=last))
    result, used = computed_result(inputs=inputs, months=months, method=method, library=library, enterprise=enterprise)
    held = {one["month"] for one in inputs}
    result["months"] = {
        f"{month:%Y-%m}": state_of_month(enterprise_id=enterprise_id, month=month).value if f"{month:%Y-%m}" in held else "MISSING"
        for month in months
    }  # fmt: skip
    names = sorted(used | consulted.asked | regions_of(inputs, library))
    factors = [factor_as_data(library.factors[name]) for name in names]
    return frozen(
        enterprise_id=enterprise_id, months=months, method=method, inputs=inputs, factors=factors, result=result, by_id=by_id, now=now,
    )  # fmt: skip


def inputs_of(*, enterprise_id: int, first: date, last: date) -> list[dict[str, Any]]:
    """Lines of activity data as a run freezes them, with the certificates that cover them."""
    covers: dict[tuple[date, str], list[dict[str, str]]] = {}
    for one in certificates_of(enterprise_id=enterprise_id, first=first, last=last):
        covers.setdefault((one.month, one.line_code), []).append(
            {"id": one.number, "mwh": format(one.mwh.normalize(), "f"), "acquisition": one.acquisition, "attribute": one.attribute,
             "proof": one.proof}
        )  # fmt: skip
    return [
        {"id": line.pk, "month": f"{line.month:%Y-%m}", "code": line.code, "version": line.version, "kind": line.kind, "values": line.values,
         "choices": line.choices, "groups": line.groups, "biogenic": line.biogenic, "evidence": line.evidence_digest}
        | ({"certificates": covers[line.month, line.code]} if (line.month, line.code) in covers else {})
        for line in lines_in_force(enterprise_id=enterprise_id, first=first, last=last)
        if line.kind != FLOW
    ]  # fmt: skip


def computed_result(
    *, inputs: Sequence[Mapping[str, Any]], months: Sequence[date], method: Method, library: Library, enterprise: str
) -> tuple[dict[str, Any], set[str]]:  # fmt: skip
    """Everything that a run keeps but the states of its months, and the factors that went into it.

    Frozen inputs come this way too, so that a run that is computed again takes the very same path.
    """
    ledgers: list[Ledger] = []
    retired: frozenset[str] = frozenset()
    for month in months:
        rows = [one for one in inputs if one["month"] == f"{month:%Y-%m}"]
        ledger = computed(
            entries=[entry_of(SimpleNamespace(**one)) for one in rows],
            setting=Setting(library, method, enterprise, f"{month:%Y-%m}"),
            certificates={one["code"]: certificates(one) for one in rows if "certificates" in one},
            retired=retired,
        )
        retired = ledger.retired
        ledgers.append(ledger)
    lines = [line for ledger in ledgers for line in ledger.lines]
    totals = inventory(lines=lines, method=method, library=library)
    potentials = {gas: library.get(factor).value for gas, factor in totals.factors.items()}
    result = result_as_data(
        lines=lines,
        ledgers=ledgers,
        totals=totals,
        interval=interval_of(lines=lines, potentials=potentials),
        potentials=potentials,
    )
    used = {one.factor for line in lines for one in line.inputs if one.factor} | set(totals.factors.values())
    return result, used


def certificates(frozen_input: Mapping[str, Any]) -> list[Certificate]:
    return [
        Certificate(one["id"], Decimal(one["mwh"]), one["acquisition"], one["attribute"], one["proof"])
        for one in frozen_input["certificates"]
    ]


def regions_of(inputs: Sequence[Mapping[str, Any]], library: Library) -> set[str]:
    """One grid factor of each region that is named: what an error says depends on whether the region is known."""
    regions = {one["choices"].get("region") for one in inputs} - {None}
    found: dict[str, str] = {}
    for factor in library.factors.values():
        if factor.key("table") == "grid" and factor.key("region") in regions:
            found.setdefault(factor.key("region"), factor.id)
    return set(found.values())


def entry_of(line: Any) -> Entry:
    """A line of activity data as the ledger takes it."""
    return Entry(
        id=line.code, kind=line.kind, values={name: quantity(given_of(name=name, data=data)) for name, data in line.values.items()},
        choices=line.choices, biogenic=line.biogenic,
        groups={
            name: tuple({f: of_row(f, d) for f, d in row.items()} for row in rows) for name, rows in line.groups.items()
        },
    )  # fmt: skip


def of_row(name: str, data: Any) -> Quantity:
    # A pure substance travels as a name; its carbon content is looked up when the line is built.
    return Quantity(Decimal(0), factor=str(data)) if name == "substance" else quantity(given_of(name=name, data=data))


def quantity(given: Given) -> Quantity:
    return Quantity(given.value, given.unit, given.uncertainty, given.meter, given.factor)


def frozen(
    *, enterprise_id: int, months: Sequence[date], method: Method, inputs: list[dict[str, Any]], factors: list[dict[str, Any]],
    result: dict[str, Any], by_id: int | None, now: datetime,
) -> InventoryRun:  # fmt: skip
    """Keep a run with everything it rests on."""
    # The code is noted beside the content: the same numbers by newer code are the run that exists.
    digest = digest_of(method.key, inputs, factors, result)
    known = known_run(enterprise_id=enterprise_id, digest=digest)
    if known is not None:
        return known
    try:
        with transaction.atomic():
            return InventoryRun.objects.create(
                park_id=park_of_enterprise(enterprise_id=enterprise_id) or 0, enterprise_id=enterprise_id, first_month=months[0],
                last_month=months[-1], method=method.key, inputs=inputs, factors=factors,
                result={**result, "code_version": code_version()},
                total=round(Decimal(result["totals"]["total"]), PLACES_OF_A_TOTAL),
                digest=digest, computed_at=now, computed_by_id=by_id,
            )  # fmt: skip
    except IntegrityError:
        found = known_run(enterprise_id=enterprise_id, digest=digest)
        if found is None:
            raise
        return found  # another request was faster


def interval_of(*, lines: Sequence[Line], potentials: dict[str, Decimal]) -> Interval | None:
    """Interval of the total; None where lines contradict each other about an uncertainty.

    Over the lines that count: power by contracts stands beside the total, and would widen the interval of something else.
    """
    counted = [line for line in lines if is_counted(line)]
    try:
        return propagated(lines=counted, weights=potentials)
    except PlatformError:
        return None
