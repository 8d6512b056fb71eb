"""Entering activity data, and moving months through their states."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from accounting.activity.domain import MonthClosed, MonthState, Step, given_of, stepped
from accounting.activity.models import ActivityLine, Month, MonthStep, ProcessNode, Stream
from parks.catalogue.domain.errors import Conflict, Invalid, NotFound
from parks.people.services.audit import acting
from parks.register.selectors.places import park_of_enterprise

LARGEST_EVIDENCE = 10 * 1024**2


@transaction.atomic
def enter_line(
    *, enterprise_id: int, month: date, code: str, kind: str, values: Mapping[str, Any], by_id: int | None, now: datetime,
    choices: Mapping[str, str] | None = None, groups: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    biogenic: bool = False, source: str = "TYPED", quality: int = 3, note: str = "", evidence: tuple[str, bytes] | None = None,
    node_id: int | None = None, stream_id: int | None = None,
) -> tuple[ActivityLine, str]:  # fmt: skip
    """Enter a line, or another version of one.

    Args:
        node_id, stream_id: where it happens and what flows, for the park's balance.
        evidence: name and bytes of a file. A version without a file of its own keeps that of the version before it.

    Returns:
        The line in force, and "new", "same" or "changed". The same content again changes nothing.

    Raises:
        MonthClosed: the month is closed or verified.
        BadNumber: a quantity is no number.
    """
    park_id = locked(enterprise_id=enterprise_id, month=month)
    content = content_of(
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
    *, enterprise_id: int, month: date, lines: Sequence[Mapping[str, Any]], by_id: int | None, now: datetime
) -> int:
    """Enter many lines that nobody entered before, in one step.

    Args:
        lines: arguments of `enter_line` without enterprise, month, person and time.

    Returns:
        How many were entered.

    Raises:
        MonthClosed: see `enter_line`. Conflict: a code is there already.
    """
    park_id = locked(enterprise_id=enterprise_id, month=month)
    codes = [line["code"] for line in lines]
    known = ActivityLine.objects.filter(enterprise=enterprise_id, month=month, code__in=codes)
    if known.exists() or len(set(codes)) < len(codes):
        raise Conflict(codes=sorted(known.values_list("code", flat=True)))
    made = [
        ActivityLine(
            park_id=park_id, enterprise_id=enterprise_id, month=month, code=line["code"], entered_by_id=by_id, entered_at=now,
            **content_of(**{name: value for name, value in line.items() if name != "code"}),
        )
        for line in lines
    ]  # fmt: skip
    return len(ActivityLine.objects.bulk_create(made))


def content_of(
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
    """Hold the month against a simultaneous close. Returns the park. Raises MonthClosed unless it is open."""
    park_id = park_of_enterprise(enterprise_id=enterprise_id)
    if park_id is None:
        raise NotFound
    if month.day != 1:
        raise Invalid("A month is named by its first day.", field="month")
    row = Month.objects.select_for_update().filter(enterprise=enterprise_id, month=month).first()
    if row is not None and row.state != MonthState.OPEN.value:
        raise MonthClosed(month=month.isoformat())
    return park_id


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


@transaction.atomic
def move_month(*, enterprise_id: int, month: date, step: Step, by_id: int, now: datetime, reason: str = "") -> Month:
    """Close, verify or reopen a month.

    Raises:
        WrongStep, NeedsReason, OwnWork: see `stepped`.
    """
    park_id = park_of_enterprise(enterprise_id=enterprise_id)
    if park_id is None:
        raise NotFound
    with acting(user_id=by_id, action=f"month.{step.name.lower()}"):
        Month.objects.get_or_create(enterprise_id=enterprise_id, month=month, defaults={"park_id": park_id})
        row = Month.objects.select_for_update().get(enterprise=enterprise_id, month=month)
        row.state = stepped(
            state=MonthState(row.state), step=step, reason=reason, by_id=by_id, closed_by_id=row.closed_by_id
        ).value
        row.closed_by_id = by_id if step is Step.CLOSE else None if step is Step.REOPEN else row.closed_by_id
        row.verified_by_id = by_id if step is Step.VERIFY else None
        row.save()
        MonthStep.objects.create(month=row, step=step.value, at=now, by_id=by_id, reason=reason[:300])
    return row


@transaction.atomic
def set_stream(*, park_id: int, code: str, by_id: int | None, **fields: Any) -> Stream:
    """Enter a stream of the park or change what is known of it."""
    with acting(user_id=by_id, action="stream.set"):
        row, _made = Stream.objects.update_or_create(park_id=park_id, code=code, defaults=fields)
    return row


@transaction.atomic
def set_node(*, park_id: int, code: str, by_id: int | None, **fields: Any) -> ProcessNode:
    """Enter a node of the park or change what is known of it."""
    with acting(user_id=by_id, action="node.set"):
        row, _made = ProcessNode.objects.update_or_create(park_id=park_id, code=code, defaults=fields)
    return row
