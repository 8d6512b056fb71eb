"""Entering activity data: versions of lines, with evidence."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from accounting.activity.domain.checking import Content, Known, MissingField, checked
from accounting.activity.domain.months import MonthClosed, MonthState
from accounting.activity.domain.quantities import FLOW, given_of
from accounting.activity.models import ActivityLine, Month, ProcessNode, Stream
from accounting.activity.selectors import known_names
from parks.catalogue.domain.errors import Conflict, Invalid, NotFound
from parks.register.selectors.places import parks_of_enterprises

LARGEST_EVIDENCE = 10 * 1024**2


class UnknownPlace(Invalid):
    """The park has no such node."""

    code = "activity.unknown_node"


class UnknownStream(Invalid):
    """The park has no such stream."""

    code = "activity.unknown_stream"


@transaction.atomic
def enter_line(
    *, enterprise_id: int, month: date, code: str, kind: str, values: Mapping[str, Any], by_id: int | None, now: datetime,
    choices: Mapping[str, str] | None = None, groups: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    biogenic: bool = False, source: str = "TYPED", quality: int = 3, note: str = "", evidence: tuple[str, bytes] | None = None,
    node_id: int | None = None, stream_id: int | None = None, names: Known | None = None,
) -> tuple[ActivityLine, str]:  # fmt: skip
    """Enter a line, or another version of one.

    Args:
        node_id, stream_id: where it happens and what flows, for the park's balance.
        evidence: name and bytes of a file. A version without a file of its own keeps that of the version before it.
        names: of the factor library, for callers that enter many lines.

    Returns:
        The line in force, and "new", "same" or "changed". The same content again changes nothing.

    Raises:
        MonthClosed: the month is closed or verified.
        BadNumber: a quantity is no number.
        UnknownPlace, UnknownStream: the park has no such node or stream.
        UnknownKind, WrongUnit and others: see `checking.checked`.
    """
    park_id = locked(enterprise_id=enterprise_id, month=month)
    check(
        park_id=park_id, node_id=node_id, stream_id=stream_id, known=names or known_names(),
        content=content_of(code=code, kind=kind, values=values, choices=choices or {}, groups=groups or {}),
    )  # fmt: skip
    content = stored(
        kind=kind, values=values, choices=choices, groups=groups, biogenic=biogenic, source=source, quality=quality, note=note,
        node_id=node_id, stream_id=stream_id,
    )  # fmt: skip
    known = current(enterprise_id=enterprise_id, month=month, code=code)
    if (
        known is not None
        and not known.removed
        and evidence is None
        and all(getattr(known, n) == v for n, v in content.items())
    ):
        return known, "same"
    made = ActivityLine(
        park_id=park_id, enterprise_id=enterprise_id, month=month, code=code, entered_by_id=by_id, entered_at=now, **content,
        **(proven(evidence) or kept(known)),
    )  # fmt: skip
    return succeed(known=known, made=made, now=now), "changed" if known else "new"


@transaction.atomic
def enter_new_lines(
    *, month: date, lines: Mapping[int, Sequence[Mapping[str, Any]]], by_ids: Mapping[int, int | None], now: datetime
) -> int:
    """Enter many lines that nobody entered before, of one or more enterprises, in one step.

    Args:
        lines: by enterprise, arguments of `enter_line` without enterprise, month, person and time; by_ids: who enters, by enterprise.

    Returns:
        How many were entered.

    Raises:
        NotFound, MonthClosed: see `enter_line`; nothing is entered then. Conflict: a code is there already.
    """
    parks = all_locked(enterprise_ids=lines.keys(), month=month)
    codes = [(enterprise, line["code"]) for enterprise, own in lines.items() for line in own]
    there = ActivityLine.objects.filter(enterprise__in=lines, month=month).values_list("enterprise", "code")
    known = set(there) & set(codes)
    if known or len(set(codes)) < len(codes):
        raise Conflict(codes=sorted(code for _, code in known))
    made = [
        ActivityLine(
            park_id=parks[enterprise], enterprise_id=enterprise, month=month, code=line["code"], entered_by_id=by_ids[enterprise],
            entered_at=now, **stored(**{name: value for name, value in line.items() if name != "code"}),
        )
        for enterprise, own in lines.items() for line in own
    ]  # fmt: skip
    return len(ActivityLine.objects.bulk_create(made))


def stored(
    *, kind: str, values: Mapping[str, Any], choices: Mapping[str, str] | None = None,
    groups: Mapping[str, Sequence[Mapping[str, Any]]] | None = None, biogenic: bool = False, source: str = "TYPED", quality: int = 3,
    note: str = "", node_id: int | None = None, stream_id: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    """What a line says, as it is stored. Raises BadNumber."""
    return {
        "kind": kind, "values": {name: given_of(name=name, data=data).as_json() for name, data in values.items()},
        "choices": dict(choices or {}), "biogenic": biogenic,
        "groups": {
            name: [{f: given_of(name=f"{name}.{f}", data=d).as_json() if f != "substance" else d for f, d in row.items()} for row in rows]
            for name, rows in (groups or {}).items()
        },
        "source": source, "quality": quality, "note": note, "node_id": node_id, "stream_id": stream_id,
    }  # fmt: skip


def content_of(
    *, code: str, kind: str, values: Mapping[str, Any], choices: Mapping[str, str], groups: Mapping[str, Sequence[Mapping[str, Any]]]
) -> Content:  # fmt: skip
    """What a line says, with every number read. Raises BadNumber."""
    return Content(
        code, kind, {name: given_of(name=name, data=data) for name, data in values.items()}, choices,
        {
            name: [{f: d if f == "substance" else given_of(name=f"{name}.{f}", data=d) for f, d in row.items()} for row in rows]
            for name, rows in groups.items()
        },
    )  # fmt: skip


def check(*, park_id: int, node_id: int | None, stream_id: int | None, known: Known, content: Content) -> None:
    """Refuse what can never be computed, and places of another park."""
    if node_id is not None and not ProcessNode.objects.filter(pk=node_id, park=park_id).exists():
        raise UnknownPlace(node=node_id)
    unit = None
    if stream_id is not None:
        unit = Stream.objects.filter(pk=stream_id, park=park_id).values_list("unit", flat=True).first()
        if unit is None:
            raise UnknownStream(stream=stream_id)
    if content.kind == FLOW and unit is None:
        raise MissingField("A line that says what flows names its stream.", field="stream")
    checked(content=content, known=known, stream_unit=unit)


def proven(evidence: tuple[str, bytes] | None) -> dict[str, Any]:
    if evidence is None:
        return {}
    name, data = evidence
    if not data or len(data) > LARGEST_EVIDENCE:
        raise Invalid(f"Evidence may have up to {LARGEST_EVIDENCE // 1024**2} MiB, and not be empty.", field="evidence")
    return {"evidence_name": name[:200], "evidence": data, "evidence_digest": hashlib.sha256(data).hexdigest()}


def kept(known: ActivityLine | None) -> dict[str, Any]:
    """Evidence of the version before: a corrected quantity does not lose the invoice it was read from."""
    if known is None or known.removed:
        return {}
    return {
        "evidence_name": known.evidence_name,
        "evidence": known.evidence,
        "evidence_digest": known.evidence_digest,
    }


def locked(*, enterprise_id: int, month: date) -> int:
    """Hold the month against a simultaneous close. Returns the park. Raises NotFound, and MonthClosed unless it is open."""
    return all_locked(enterprise_ids=[enterprise_id], month=month)[enterprise_id]


def all_locked(*, enterprise_ids: Collection[int], month: date) -> dict[int, int]:
    """Hold the month of several enterprises. Returns the park of each. Raises as `locked`."""
    parks = parks_of_enterprises(enterprise_ids=enterprise_ids)
    if set(enterprise_ids) - parks.keys():
        raise NotFound
    if month.day != 1:
        raise Invalid("A month is named by its first day.", field="month")
    hold_month(enterprise_ids=enterprise_ids, month=month)
    rows = Month.objects.select_for_update().filter(enterprise__in=enterprise_ids, month=month).order_by("enterprise")
    if any(row.state != MonthState.OPEN.value for row in rows):
        raise MonthClosed(month=month.isoformat())
    return parks


def hold_month(*, enterprise_ids: Collection[int], month: date, alone: bool = False) -> None:
    """Let nobody close a month while a line of it is entered. A month that nobody moved has no row that could be locked."""
    shared = "" if alone else "_shared"
    with connection.cursor() as cursor:
        # In one order, so that two who hold several never wait for each other.
        cursor.execute(
            f"SELECT pg_advisory_xact_lock{shared}(one, %s) FROM unnest(%s::int[]) AS one",
            [month.year * 100 + month.month, sorted(enterprise_ids)],
        )


def current(*, enterprise_id: int, month: date, code: str) -> ActivityLine | None:
    rows = ActivityLine.objects.select_for_update().filter(enterprise=enterprise_id, month=month, code=code)
    return rows.filter(replaced_at__isnull=True).first()


def succeed(*, known: ActivityLine | None, made: ActivityLine, now: datetime) -> ActivityLine:
    """Put a version in force in place of the one before it."""
    if known is not None:
        made.version = known.version + 1
        ActivityLine.objects.filter(pk=known.pk).update(replaced_at=now)
    made.save()
    return made


@transaction.atomic
def remove_line(*, enterprise_id: int, month: date, code: str, by_id: int, now: datetime) -> None:
    """Say that a line is gone. Its versions stay."""
    locked(enterprise_id=enterprise_id, month=month)
    known = current(enterprise_id=enterprise_id, month=month, code=code)
    if known is None or known.removed:
        raise NotFound
    made = ActivityLine(
        park_id=known.park_id, enterprise_id=enterprise_id, month=month, code=code, kind=known.kind, entered_by_id=by_id, entered_at=now,
        removed=True,
    )  # fmt: skip
    succeed(known=known, made=made, now=now)
