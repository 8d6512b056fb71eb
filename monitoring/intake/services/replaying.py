"""Working through quarantined frames again after the repair."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from monitoring.hj212.frames import FrameSplitter
from monitoring.hj212.packets import peek
from monitoring.intake.domain import Arrival, QuarantineState
from monitoring.intake.models import Quarantine
from monitoring.intake.services import processing
from monitoring.intake.services.door import judge
from monitoring.intake.services.gathering import ARRIVAL_CODES, Line, Trouble, gather, judged
from monitoring.series.services import storing
from monitoring.series.services.storing import Stored
from parks.catalogue.domain.errors import Conflict, NotFound
from parks.people.services.audit import acting
from parks.register.selectors.loggers import known_loggers

PORTION = 2_000
ARRIVAL_OF = {code: arrival for arrival, code in ARRIVAL_CODES.items()}


class CaseSettled(Conflict):
    """The case is settled already."""

    code = "quarantine.settled"


class StillRefused(Conflict):
    """The frames are still refused for the same reason; repair the register first."""

    code = "quarantine.still_refused"


def frames_of(*, case: Quarantine, after: int = 0, limit: int = PORTION) -> list[Line]:
    """Journalled frames that a case is about, oldest first."""
    # A case about what a frame says may hold frames that were let in only later, by the replay of another case.
    arrival = ARRIVAL_OF.get(case.code)
    arrivals = list(Arrival) if arrival is None else [arrival]
    by_sender = "mn = %s" if case.mn and case.mn.count(".") != 3 else "peer LIKE %s || ':%%' AND mn = ''"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT id, received_at, logger_id, park_id, mn, peer, arrival, raw FROM monitoring_submission
                WHERE {by_sender} AND received_at BETWEEN %s AND %s AND arrival = ANY(%s) AND id > %s ORDER BY id LIMIT %s""",
            [case.mn, case.first_at, case.last_at, [a.value for a in arrivals], after, limit],
        )
        return [Line(*row) for row in cursor.fetchall()]


def admitted(*, lines: Sequence[Line]) -> list[Line]:
    """Frames as the door would meet them now, with the logger they belong to now."""
    known = known_loggers()
    again = []
    for line in lines:
        splitter = FrameSplitter()
        frames = [f for f in splitter.feed(line.raw) + splitter.close() if not f.is_noise]
        if not frames:
            again.append(line._replace(arrival=Arrival.NOISE))
            continue
        header = peek(frames[0].segment)
        logger = known.get(header.mn)
        arrival = judge(frame=frames[0], header=header, logger=logger)
        again.append(
            line._replace(
                arrival=arrival, logger_id=logger.id if logger else None, park_id=logger.park_id if logger else None
            )
        )
    return again


def replay(*, case_id: int, by_id: int, now: datetime) -> Stored:
    """Work through all frames of a case again; the case closes when none is refused for its reason any more.

    Raises:
        StillRefused: nothing was repaired; the case stays open.
    """
    case = Quarantine.objects.filter(pk=case_id).first()
    if case is None:
        raise NotFound
    if case.state != QuarantineState.OPEN:
        raise CaseSettled
    new = same = changed = still = 0
    after = 0
    channels: frozenset[int] = frozenset()
    others: list[Trouble] = []
    while lines := frames_of(case=case, after=after):
        after = lines[-1].id
        gathered = gather(lines=admitted(lines=lines))
        still += sum(1 for t in gathered.troubles if t.code == case.code and t.subject == case.subject)
        if case.code in ARRIVAL_OF:  # let in for the first time: what else is wrong with them becomes a case of its own
            others += [t for t in gathered.troubles if t.code != case.code]
        rows = judged(gathered)
        storing.ensure_months(rows=rows)
        done = storing.store(rows=rows, now=now)
        new, same, changed = new + done.new, same + done.same, changed + done.changed
        channels |= done.channel_ids
    if still:
        raise StillRefused(
            f"{still} frames are still refused for the same reason ({case.code}). Repair the register first."
        )
    processing.quarantine(troubles=others, now=now)
    settle(
        case_id=case_id,
        state=QuarantineState.REPLAYED,
        by_id=by_id,
        note=f"new {new}, same {same}, changed {changed}",
        now=now,
    )
    return Stored(new, same, changed, channels)


@transaction.atomic
def settle(*, case_id: int, state: QuarantineState, by_id: int, note: str, now: datetime) -> Quarantine:
    """Close a case."""
    with acting(user_id=by_id, action=f"quarantine.{state.name.lower()}"):
        case = Quarantine.objects.select_for_update().filter(pk=case_id).first()
        if case is None:
            raise NotFound
        if case.state != QuarantineState.OPEN:
            raise CaseSettled
        case.state, case.settled_at, case.settled_by_id, case.note = state.value, now, by_id, note[:300]
        case.save(update_fields=["state", "settled_at", "settled_by", "note"])
    return case


def dismiss(*, case_id: int, by_id: int, note: str, now: datetime) -> Quarantine:
    """Close a case without using its frames; they stay in the journal."""
    return settle(case_id=case_id, state=QuarantineState.DISMISSED, by_id=by_id, note=note, now=now)
