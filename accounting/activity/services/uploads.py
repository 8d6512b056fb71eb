"""Tables and batches of activity data: accepted against a receipt, then worked through line by line."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from accounting.activity.domain.checking import Known
from accounting.activity.domain.quantities import number_of
from accounting.activity.domain.tables import NEEDED, BadRow, Draft, drafts_of_items, drafts_of_rows, header_of
from accounting.activity.models import ActivityLine, TakenRow
from accounting.activity.selectors import known_names, nodes_of_park, streams_of_park, taken_rows
from accounting.activity.services import certificates, lines
from monitoring.intake.domain import JobKind, SubmissionKind
from monitoring.intake.services import spreadsheets
from monitoring.intake.services import uploads as intake
from monitoring.intake.services.upload_rows import Refused
from parks.catalogue.domain.errors import Invalid, PlatformError

MOST_LINES = 5_000
MOST_ROWS = 20_000
USUAL_QUALITY = 3
UNKNOWN = {"node": "activity.unknown_node", "stream": "activity.unknown_stream"}


def kind_of(*, name: str, data: bytes) -> SubmissionKind:
    """Kind of a file by name and content. Raises UnsafeFile for anything but XLSX, CSV and JSON."""
    if name.lower().endswith(".json") and data[:2] != b"PK":
        return SubmissionKind.JSON
    return spreadsheets.kind_of(name=name, data=data)


def accept(
    *, sender: intake.Sender, kind: SubmissionKind, data: bytes, name: str, key: str, peer: str, now: datetime
) -> tuple[Any, bool]:  # fmt: skip
    """Journal an upload and give a receipt, see the intake: safe when this returns."""
    return intake.accept(
        sender=sender, kind=kind, data=data, name=name, key=key, peer=peer, now=now, job_kind=JobKind.ACTIVITY
    )


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the lines of one upload may name."""

    enterprise_id: int
    by_id: int | None
    names: Known
    nodes: dict[str, int]
    streams: dict[str, int]


def process(*, job_id: int, now: datetime) -> None:
    """Enter the lines of one upload. May run again after a crash: what a row came to is kept with its line."""
    receipt, raw, _submission_id, _received_at = intake.begin(job_id=job_id)
    around = Surroundings(
        receipt.enterprise_id, receipt.by_id, known_names(),
        {node.code: node.pk for node in nodes_of_park(park_id=receipt.park_id)},
        {stream.code: stream.pk for stream in streams_of_park(park_id=receipt.park_id)},
    )  # fmt: skip
    tally = intake.Tally(receipt_id=receipt.pk)
    done = {row.row: row.outcome for row in taken_rows(receipt_id=receipt.pk)}
    try:
        for found in drafts(kind=SubmissionKind(receipt.kind), data=raw):
            if isinstance(found, BadRow):
                refuse(tally, found)
            else:
                take(found, around=around, receipt_id=receipt.pk, done=done, tally=tally, now=now)
    except Invalid as error:
        tally.error = str(error)
    tally.close(job_id=job_id, now=now)


def drafts(*, kind: SubmissionKind, data: bytes) -> Iterator[Draft | BadRow]:
    """Lines of an upload, and rows that belong to none.

    Raises:
        UnreadableFile: the file as a whole cannot be read.
    """
    if kind is SubmissionKind.JSON:
        return drafts_of_items(listed(spreadsheets.gunzip(data) if data[:2] == spreadsheets.GZIP else data))
    return drafts_of_rows(
        rows_of(spreadsheets.csv_rows(data) if kind is SubmissionKind.CSV else spreadsheets.sheet_rows(data))
    )


def listed(body: bytes) -> list[Any]:
    """The lines of a JSON batch."""
    try:
        found = json.loads(body, parse_float=str)["lines"]  # every digit as it was written
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise spreadsheets.UnreadableFile('The body is not JSON of the form {"lines": [...]}.') from error
    if not isinstance(found, list):
        raise spreadsheets.UnreadableFile("`lines` is not a list.")
    if len(found) > MOST_LINES:
        raise spreadsheets.UnreadableFile(f"A batch holds at most {MOST_LINES} lines; send several.")
    return found


def rows_of(table: Iterable[list[Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Rows below the header with the number that a person sees."""
    fields: list[str] | None = None
    for number, cells in enumerate(table, start=1):
        if fields is None:
            fields = header_of(cells)
            if fields is None and number >= spreadsheets.HEADER_ROWS:
                break
            continue
        if number > MOST_ROWS:
            raise spreadsheets.UnreadableFile(f"The file has more than {MOST_ROWS} rows. Split it.")
        if any(cell not in ("", None) for cell in cells):
            yield number, {f: c for f, c in zip(fields, cells, strict=False) if f and c not in ("", None)}
    if fields is None:
        raise spreadsheets.UnreadableFile(
            "No header row with the columns of the template was found: " + ", ".join(NEEDED)
        )


def take(
    draft: Draft, *, around: Surroundings, receipt_id: int, done: dict[int, str], tally: Any, now: datetime
) -> None:
    """Enter one line; its rows share its outcome. What cannot be used refuses the whole line, never half of it."""
    tally.received += len(draft.rows)
    if draft.rows.keys() <= done.keys():
        for row in draft.rows:
            count(tally, done[row])
        return
    error = draft.error
    if error is None:
        try:
            with transaction.atomic():
                line, outcome = enter(draft, around=around, now=now)
                TakenRow.objects.bulk_create(
                    TakenRow(receipt_id=receipt_id, row=row, outcome=outcome, line=line) for row in draft.rows
                )
        except PlatformError as refused:
            error = bad_row(draft, refused)
    if error is None:
        for _row in draft.rows:
            count(tally, outcome)
        return
    for row, field in draft.rows.items():
        why = (
            error
            if row == error.row
            else BadRow(row, field, "line.incomplete", draft.code, "another row of this line was refused")
        )
        tally.refuse(row, Refused(why.field, why.rule, why.value, why.message))


def count(tally: Any, outcome: str) -> None:
    setattr(tally, outcome, getattr(tally, outcome) + 1)


def refuse(tally: Any, why: BadRow) -> None:
    tally.received += 1
    tally.refuse(why.row, Refused(why.field, why.rule, why.value, why.message))


def bad_row(draft: Draft, error: PlatformError) -> BadRow:
    """Where in the file a refusal belongs."""
    field = str(error.details.get("field", "month" if error.code == "month.closed" else ""))
    value = error.details.get("value", error.details.get("given", f"{draft.month:%Y-%m}" if field == "month" else ""))
    return BadRow(draft.row_of(field), field, error.code, value, str(error))


def enter(draft: Draft, *, around: Surroundings, now: datetime) -> tuple[ActivityLine, str]:
    places: dict[str, int | None] = {}
    for name, text, known in (("node", draft.node, around.nodes), ("stream", draft.stream, around.streams)):
        places[f"{name}_id"] = known.get(text) if text else None
        if text and text not in known:
            raise BadPlace(UNKNOWN[name], name, text)
    line, outcome = lines.enter_line(
        enterprise_id=around.enterprise_id, month=draft.month, code=draft.code, kind=draft.kind, values=draft.values,
        choices=draft.choices, groups=draft.rows_of_groups(), biogenic=draft.biogenic, source="UPLOADED", note=draft.note,
        by_id=around.by_id, now=now, names=around.names, node_id=places["node_id"], stream_id=places["stream_id"],
        quality=draft.quality or USUAL_QUALITY,
    )  # fmt: skip
    fresh = [
        certificates.retire(
            enterprise_id=around.enterprise_id, month=draft.month, line_code=draft.code, number=str(one.get("id", "")),
            mwh=number_of(name="certificate.mwh", text=one.get("mwh")), acquisition=str(one.get("acquisition", "")),
            attribute=str(one.get("attribute", "")), proof=str(one.get("proof", "")), by_id=around.by_id, now=now,
        )
        for one in draft.certificates()
    ]  # fmt: skip
    return line, "changed" if outcome == "same" and any(fresh) else outcome


class BadPlace(Invalid):
    """The park has no node or stream of this code."""

    def __init__(self, code: str, name: str, text: str) -> None:
        super().__init__(f"The park has no {name} {text}.", field=name, value=text)
        self.code = code
