"""Uploads: accepted against a receipt, then checked row by row; what is right is kept, what is wrong is named."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db import IntegrityError, connection, transaction

from monitoring.intake.domain import Arrival, JobKind, JobState, SubmissionKind
from monitoring.intake.models import Receipt, RefusedRow
from monitoring.intake.services import journal, spreadsheets
from monitoring.intake.services.journal import Entry
from monitoring.intake.services.upload_rows import Refused, key_of, places_of, row_of
from monitoring.series.domain.validity import judge
from monitoring.series.services import storing
from monitoring.series.services.storing import Rows, Stored, microseconds
from parks.catalogue.domain.errors import Conflict, Invalid
from parks.catalogue.domain.periods import park_zone

PORTION = 5_000


class KeyReused(Conflict):
    """This Idempotency-Key was used for another body."""

    code = "upload.key_reused"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who uploads, and for which enterprise."""

    park_id: int
    enterprise_id: int
    user_id: int | None = None
    token_id: int | None = None


def accept(
    *, sender: Sender, kind: SubmissionKind, data: bytes, name: str, key: str, peer: str, now: datetime,
    job_kind: JobKind = JobKind.UPLOAD,
) -> tuple[Receipt, bool]:  # fmt: skip
    """Journal an upload and give a receipt. Safe when this returns.

    Args:
        job_kind: which work it makes.

    Returns:
        The receipt, and whether it is new. The same key with the same body gives the receipt that exists.

    Raises:
        KeyReused: the key exists with another body.
        UnsafeFile: the file is refused before anything is parsed.
    """
    spreadsheets.check_safe(kind=kind, data=data)
    digest = hashlib.sha256(data).hexdigest()
    known = find_by_key(sender=sender, key=key, digest=digest)
    if known is not None:
        return known, False
    entry = Entry(
        raw=data,
        received_at=now,
        kind=kind,
        arrival=Arrival.ACCEPTED,
        peer=peer,
        park_id=sender.park_id,
        mn=f"upload:{sender.enterprise_id}",
    )
    journal.ensure_months(moment=now)
    try:
        with transaction.atomic():
            receipt = Receipt.objects.create(
                park_id=sender.park_id, enterprise_id=sender.enterprise_id, kind=kind.value, key=key, digest=digest,
                name=name[:200], by_id=sender.user_id, token_id=sender.token_id, created_at=now,
            )  # fmt: skip
            receipt.job_id = journal.write(entries=[entry], kind=job_kind, now=now)
            receipt.save(update_fields=["job"])
    except IntegrityError:
        # Another request with the same key was faster.
        known = find_by_key(sender=sender, key=key, digest=digest)
        if known is None:
            raise
        return known, False
    return receipt, True


def find_by_key(*, sender: Sender, key: str, digest: str) -> Receipt | None:
    known = Receipt.objects.filter(enterprise=sender.enterprise_id, key=key).first() if key else None
    if known is not None and known.digest != digest:
        raise KeyReused(f"The key {key!r} was used for another body; take a new key for new data.")
    return known


def begin(*, job_id: int) -> tuple[Receipt, bytes, int, datetime]:
    """Receipt, bytes, submission and arrival of an upload that is worked through from the start."""
    receipt = Receipt.objects.get(job=job_id)
    RefusedRow.objects.filter(receipt=receipt).delete()
    Receipt.objects.filter(pk=receipt.pk).update(state="RUNNING", done_rows=0)
    return receipt, *load(job_id=job_id)


def process(*, job_id: int, now: datetime) -> Stored:
    """Check and store the rows of one upload. May run again after a crash: rows stored before count as the same."""
    receipt, raw, submission_id, received_at = begin(job_id=job_id)
    tally = Tally(receipt_id=receipt.pk)
    try:
        portion: list[tuple[Any, ...]] = []
        for row in good_rows(receipt=receipt, raw=raw, received_at=received_at, tally=tally):
            portion.append(row)
            if len(portion) >= PORTION:
                tally.add(store_portion(portion, submission_id, received_at, now))
                portion = []
                Receipt.objects.filter(pk=receipt.pk).update(done_rows=tally.received)
        tally.add(store_portion(portion, submission_id, received_at, now))
    except Invalid as error:
        tally.error = str(error)
    tally.close(job_id=job_id, now=now)
    return Stored(tally.new, tally.same, tally.changed, frozenset(tally.channel_ids))


def good_rows(*, receipt: Receipt, raw: bytes, received_at: datetime, tally: "Tally") -> Iterator[tuple[Any, ...]]:
    """Rows that can be stored; the others go to the tally with the reason."""
    places = places_of(enterprise_id=receipt.enterprise_id)
    zone = park_zone(zone_name(park_id=receipt.park_id))
    seen: set[tuple[int, int, datetime]] = set()
    for number, item in spreadsheets.rows_of(kind=SubmissionKind(receipt.kind), data=raw):
        tally.received += 1
        try:
            row = row_of(item=item, places=places, zone=zone, now=received_at)
            if key_of(row) in seen:
                raise Refused("time", "row.duplicate", item["time"], "an earlier row has the same point and time")
        except Refused as why:
            tally.refuse(number, why)
            continue
        seen.add(key_of(row))
        yield row


def fail(*, job_id: int, error: str, now: datetime) -> None:
    """Close the receipt of a job that was given up, so that nobody waits for it."""
    given_up = Receipt.objects.filter(job=job_id, job__state=JobState.FAILED.value)
    given_up.update(state="FAILED", finished_at=now, error=error[:300])


class Tally:
    """Counts of one upload while it runs."""

    def __init__(self, *, receipt_id: int) -> None:
        self.receipt_id = receipt_id
        self.received = self.new = self.same = self.changed = self.refused = 0
        self.channel_ids: set[int] = set()
        self.error = ""
        self._refused: list[RefusedRow] = []

    def refuse(self, number: int, why: Refused) -> None:
        self.refused += 1
        self._refused.append(
            RefusedRow(
                receipt_id=self.receipt_id,
                row=number,
                field=why.field,
                rule=why.rule,
                value=why.value,
                message=why.message,
            )
        )

    def add(self, stored: Stored) -> None:
        self.new, self.same, self.changed = (
            self.new + stored.new,
            self.same + stored.same,
            self.changed + stored.changed,
        )
        self.channel_ids |= stored.channel_ids

    @transaction.atomic
    def close(self, *, job_id: int, now: datetime) -> None:
        RefusedRow.objects.bulk_create(self._refused, batch_size=1_000)
        Receipt.objects.filter(pk=self.receipt_id).update(
            state="FAILED" if self.error else "DONE", finished_at=now, done_rows=self.received, received=self.received,
            new=self.new, same=self.same, changed=self.changed, refused=self.refused, error=self.error[:300],
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE monitoring_job SET state = %s, done_at = %s, lease_until = NULL, new = %s, same = %s, changed = %s, "
                "refused = %s WHERE id = %s",
                [JobState.DONE.value, now, self.new, self.same, self.changed, self.refused, job_id],
            )


def load(*, job_id: int) -> tuple[bytes, int, datetime]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT raw, id, received_at FROM monitoring_submission WHERE job_id = %s", [job_id])
        raw, submission_id, received_at = cursor.fetchone()
    return bytes(raw), submission_id, received_at


def zone_name(*, park_id: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT time_zone FROM parks_park WHERE id = %s", [park_id])
        return str(cursor.fetchone()[0])


def store_portion(
    portion: Sequence[tuple[Any, ...]], submission_id: int, asserted_at: datetime, now: datetime
) -> Stored:
    if not portion:
        return Stored(0, 0, 0, frozenset())
    size = len(portion)
    places = [row[0] for row in portion]
    scale = np.array([place.scale for place in places])
    given = np.array([row[3] for row in portion], dtype=np.float64).T
    numbers = np.full((7, size), np.nan)
    numbers[:5] = given
    numbers[[0, 1, 2, 4]] *= scale
    flag = np.array([row[4].encode() for row in portion], dtype="S1")
    verdict, reason = judge(
        value=np.where(np.isnan(numbers[0]), numbers[4], numbers[0]), flag=flag, of_2005=np.zeros(size, dtype=bool),
        low=np.array([place.low for place in places]), high=np.array([place.high for place in places]),
    )  # fmt: skip
    rows = Rows(
        channel_id=np.array([place.channel_id for place in places], dtype=np.int64),
        interval=np.array([int(row[1]) for row in portion], dtype=np.int16),
        time=np.array([microseconds(row[2]) for row in portion], dtype=np.int64), numbers=numbers, flag=flag,
        verdict=verdict, reason=reason, rule=np.array([place.rule for place in places], dtype=np.int16),
        submission_id=np.full(size, submission_id, dtype=np.int64),
        asserted_at=np.full(size, microseconds(asserted_at), dtype=np.int64),
    )  # fmt: skip
    storing.ensure_months(rows=rows)
    return storing.store(rows=rows, now=now)
