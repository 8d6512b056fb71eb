"""Months of an enterprise: their states and who may move them; and what a line of activity data looks like."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any

from parks.catalogue.domain.errors import Conflict, Invalid

# A line that says only what flows: it stands in the park's balance and in no statutory total.
FLOW = "flow"
FLOW_SIDES = ("used", "made", "imported", "sold_outside", "lost", "opening", "charged", "drawn")


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


class BadNumber(Invalid):
    """A quantity is not a number."""

    code = "activity.number"


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


@dataclass(frozen=True, slots=True)
class Given:
    """One quantity as it was entered."""

    value: Decimal
    unit: str
    uncertainty: Decimal | None = None  # half of the 95 % interval, relative, as a fraction
    meter: str = ""
    factor: str = ""

    def as_json(self) -> dict[str, Any]:
        found = {"value": str(self.value), "unit": self.unit, "meter": self.meter, "factor": self.factor}
        if self.uncertainty is not None:
            found["uncertainty"] = str(self.uncertainty)
        return {name: text for name, text in found.items() if text}


def given_of(*, name: str, data: Any) -> Given:
    """A quantity from JSON: an object with value and unit, or a bare number without unit.

    Raises:
        BadNumber: value or uncertainty is no finite decimal number.
    """
    if not isinstance(data, Mapping):
        data = {"value": data}
    return Given(
        value=number_of(name=name, text=data.get("value")), unit=str(data.get("unit") or ""),
        uncertainty=None if data.get("uncertainty") in (None, "") else number_of(name=name, text=data["uncertainty"]),
        meter=str(data.get("meter") or ""), factor=str(data.get("factor") or ""),
    )  # fmt: skip


def number_of(*, name: str, text: Any) -> Decimal:
    if isinstance(text, float | bool) or text is None:
        text = repr(text)  # a float has lost digits already; numbers come as text or whole numbers
    try:
        found = Decimal(str(text).strip())
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise BadNumber(
            f'{name}: {text!r} is not a number. Write it as text, for example "12.5".', field=name, value=str(text)
        )
    return found


def months_between(*, first: date, last: date) -> list[date]:
    """First days of the months from one to another, both included."""
    found, month = [], first.replace(day=1)
    while month <= last:
        found.append(month)
        month = (month.replace(day=28) + (date(2000, 1, 5) - date(2000, 1, 1))).replace(day=1)
    return found
