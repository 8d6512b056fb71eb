"""Activity data from measurements: which channel fills which quantity, and filling the lines of a month."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q

from accounting.activity.domain.checking import Known, UnknownField
from accounting.activity.domain.declared import DECLARED
from accounting.activity.domain.derived import Derived, Measure, NothingMeasured, Summed, derived
from accounting.activity.domain.months import MonthClosed
from accounting.activity.models import ActivityLine, Derivation
from accounting.activity.selectors import derivations_of, known_names
from accounting.activity.services.lines import enter_line
from monitoring.series.selectors.channels import owner_of_channel
from monitoring.series.selectors.sums import HourSums, hour_sums
from parks.catalogue.domain.errors import Invalid, NotFound, PlatformError
from parks.catalogue.domain.periods import month_bounds, park_zone
from parks.people.services.audit import acting
from parks.register.selectors.places import park_of_enterprise


class ForeignChannel(Invalid):
    """The channel belongs to another enterprise, or there is none."""

    code = "derivation.channel"


@transaction.atomic
def set_derivation(
    *, enterprise_id: int, code: str, kind: str, field: str, channel_id: int, unit: str, valid_from: date, by_id: int | None = None,
    measure: Measure = Measure.MEAN, scale: Decimal = Decimal(1), choices: dict[str, str] | None = None,
    uncertainty: Decimal | None = None, node_id: int | None = None, stream_id: int | None = None,
) -> Derivation:  # fmt: skip
    """From a month on, fill a quantity of a line from a channel. Several channels of one quantity add up.

    Args:
        measure: what is summed: hourly means, load [kg] or volume [m3].
        scale: measure x scale = unit; kW summed over hours are kWh, so 0.001 gives MWh.
        uncertainty: of the meter, relative (95 %).

    Raises:
        ForeignChannel: the channel is not the enterprise's.
        UnknownKind, UnknownField: the ledger has no such kind or field.
    """
    park_id = park_of_enterprise(enterprise_id=enterprise_id)
    if park_id is None:
        raise NotFound
    owner = owner_of_channel(channel_id=channel_id)
    if owner is None or owner[0] != park_id or owner[1] not in (None, enterprise_id):
        raise ForeignChannel(channel=channel_id)
    if field not in {one.name for one in DECLARED.kind(kind).fields}:
        raise UnknownField(f"Lines of kind {kind} have no {field}.", field="field", value=field)
    first = valid_from.replace(day=1)
    with acting(user_id=by_id, action="derivation.set"):
        end_before(enterprise_id=enterprise_id, code=code, field=field, channel_id=channel_id, first=first)
        row, _new = Derivation.objects.update_or_create(
            enterprise_id=enterprise_id, code=code, field=field, channel_id=channel_id, valid_from=first,
            defaults={
                "park_id": park_id, "kind": kind, "choices": choices or {}, "measure": measure.value, "scale": scale, "unit": unit,
                "uncertainty": uncertainty, "node_id": node_id, "stream_id": stream_id, "valid_to": None,
            },
        )  # fmt: skip
    return row


def end_before(*, enterprise_id: int, code: str, field: str, channel_id: int, first: date) -> None:
    """End what holds in a month and began before it."""
    rows = Derivation.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=first), enterprise=enterprise_id, code=code, field=field, channel=channel_id,
        valid_from__lt=first,
    )  # fmt: skip
    for row in rows:
        row.valid_to = first
        row.save(update_fields=["valid_to"])


def end_derivation(*, derivation_id: int, enterprise_id: int, month: date, by_id: int | None) -> None:
    """Let a derivation no longer hold from a month on."""
    row = Derivation.objects.filter(pk=derivation_id, enterprise=enterprise_id).first()
    if row is None:
        raise NotFound
    with acting(user_id=by_id, action="derivation.end"):
        if row.valid_from >= month:
            row.delete()
        else:
            row.valid_to = month
            row.save(update_fields=["valid_to"])


def derive_month(*, enterprise_id: int, month: date, now: datetime, by_id: int | None = None) -> dict[str, str]:
    """Fill the lines of a month from the judged hours, as far as the month has run.

    Returns:
        By code of the line "new", "changed" or "same", or the code of what stood in the way. A line that a person
        entered is left alone ("typed"): who corrected a derived quantity by hand has a reason.
    """
    found: dict[str, str] = {}
    names = known_names()
    groups: dict[str, list[Derivation]] = {}
    for row in derivations_of(enterprise_id=enterprise_id, month=month):
        groups.setdefault(row.code, []).append(row)
    for code, rows in sorted(groups.items()):
        try:
            found[code] = derive_line(
                enterprise_id=enterprise_id, month=month, code=code, rows=rows, now=now, by_id=by_id, names=names
            )
        except PlatformError as error:
            found[code] = error.code
            if isinstance(error, MonthClosed):
                break
    return found


def derive_line(
    *, enterprise_id: int, month: date, code: str, rows: Sequence[Derivation], now: datetime, by_id: int | None,
    names: Known,
) -> str:  # fmt: skip
    known = ActivityLine.objects.filter(enterprise=enterprise_id, month=month, code=code, replaced_at=None).first()
    if known is not None and (known.source != "DERIVED" or known.removed):
        return "typed"
    start, end, hours = span(month=month, now=now)
    sums = hour_sums(channel_ids=[row.channel_id for row in rows], start=start, end=end)
    by_field: dict[str, list[Derivation]] = {}
    for row in rows:
        by_field.setdefault(row.field, []).append(row)
    quantities = {field: quantity(parts, sums, hours) for field, parts in by_field.items()}
    worst = min(quantities.values(), key=lambda one: one.share)
    line = rows[0]
    _line, outcome = enter_line(
        enterprise_id=enterprise_id, month=month, code=code, kind=line.kind, choices=line.choices, by_id=by_id, now=now, source="DERIVED",
        values={field: given(one, by_field[field]) for field, one in quantities.items()},
        quality=max(one.quality for one in quantities.values()), note=f"{round(worst.share * hours)} / {hours} h",
        node_id=line.node_id, stream_id=line.stream_id, names=names,
    )  # fmt: skip
    return outcome


def span(*, month: date, now: datetime) -> tuple[datetime, datetime, int]:
    """Start and end of a month as far as its hours are over, and how many they are.

    Raises:
        NothingMeasured: the month has not begun.
    """
    whole = month_bounds(month, park_zone())
    over = min(whole.end, now.replace(minute=0, second=0, microsecond=0))
    hours = (over - whole.start) // timedelta(hours=1)
    if hours <= 0:
        raise NothingMeasured
    return whole.start, over, hours


def quantity(rows: Sequence[Derivation], sums: dict[int, HourSums], hours: int) -> Derived:
    meters = [row.uncertainty for row in rows if row.uncertainty is not None]
    return derived(
        sums=[(summed(sums[row.channel_id], Measure(row.measure), hours), row.scale) for row in rows],
        meter=max(meters) if meters else None,
    )


def summed(sums: HourSums, measure: Measure, hours: int) -> Summed:
    if measure is Measure.LOAD:
        return Summed(sums.load_kg, sums.load_hours, hours)
    if measure is Measure.VOLUME:
        return Summed(sums.volume_m3, sums.volume_hours, hours)
    return Summed(sums.mean, sums.mean_hours, hours)


def given(one: Derived, rows: Sequence[Derivation]) -> dict[str, Any]:
    meter = "+".join(f"channel-{row.channel_id}" for row in rows)
    return {
        "value": format(one.value.normalize(), "f"), "unit": rows[0].unit, "uncertainty": format(one.uncertainty, "f"), "meter": meter[:60],
    }  # fmt: skip
