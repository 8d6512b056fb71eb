"""Months of an enterprise: their states and who may move them."""

from datetime import date
from enum import Enum

from parks.catalogue.domain.errors import Conflict, Invalid


class MonthState(Enum):
    OPEN = "OPEN"
    CLOSED = "CLOSED"
    VERIFIED = "VERIFIED"


class Step(Enum):
    CLOSE = "CLOSE"
    REOPEN = "REOPEN"
    VERIFY = "VERIFY"


STEPS: dict[tuple[MonthState, Step], MonthState] = {
    (MonthState.OPEN, Step.CLOSE): MonthState.CLOSED,
    (MonthState.CLOSED, Step.REOPEN): MonthState.OPEN,
    (MonthState.CLOSED, Step.VERIFY): MonthState.VERIFIED,
    (MonthState.VERIFIED, Step.REOPEN): MonthState.OPEN,
}


class WrongStep(Conflict):
    """The state of the month does not allow this step."""

    code = "month.step"


class NeedsReason(Invalid):
    """A month is reopened with a reason."""

    code = "month.reason"


class OwnWork(Conflict):
    """Who closed a month does not verify it."""

    code = "month.own_work"


class MonthClosed(Conflict):
    """The month is closed; reopen it with a reason before its data are changed."""

    code = "month.closed"


def stepped(*, state: MonthState, step: Step, reason: str, by_id: int, closed_by_id: int | None) -> MonthState:
    """State of a month after a step.

    Raises:
        WrongStep: the state does not allow the step.
        NeedsReason: a month is reopened without one.
        OwnWork: the person who closed the month would verify it.
    """
    after = STEPS.get((state, step))
    if after is None:
        raise WrongStep(state=state.value, step=step.value)
    if step is Step.REOPEN and not reason.strip():
        raise NeedsReason
    if step is Step.VERIFY and by_id == closed_by_id:
        raise OwnWork
    return after


def months_between(*, first: date, last: date) -> list[date]:
    """First days of the months from one to another, both included."""
    found, month = [], first.replace(day=1)
    while month <= last:
        found.append(month)
        month = (month.replace(day=28) + (date(2000, 1, 5) - date(2000, 1, 1))).replace(day=1)
    return found
