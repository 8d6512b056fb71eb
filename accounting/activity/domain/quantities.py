"""What a line of activity data says: quantities as they were entered, and lines that say only what flows."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from parks.catalogue.domain.errors import Invalid

# A line that says only what flows: it stands in the park's balance and in no statutory total.
FLOW = "flow"
FLOW_SIDES = ("used", "made", "imported", "sold_outside", "lost", "opening", "charged", "drawn")


MOST_DIGITS = 40  # no meter reads further; longer numbers only stop the machine


class BadNumber(Invalid):
    """A quantity is not a number."""

    code = "activity.number"


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
    if found == 0:
        return Decimal(0)
    if not found.is_finite() or abs(found.adjusted()) > MOST_DIGITS or len(found.as_tuple().digits) > MOST_DIGITS:
        raise BadNumber(
            f'{name}: {text!r} is not a number. Write it as text, for example "12.5".', field=name, value=str(text)
        )
    return found
