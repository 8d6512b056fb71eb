"""Setting up channels."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q

from monitoring.series.models import Channel
from parks.catalogue.domain.errors import Invalid
from parks.catalogue.domain.units import scale_between
from parks.catalogue.selectors import pollutants
from parks.people.services.audit import acting


def create_channels(*, by_id: int | None, now: datetime, rows: Sequence[dict[str, Any]]) -> list[Channel]:
    """Create channels; each row names park, point, logger, pollutant, reported unit and ranges."""
    with acting(user_id=by_id, action="channel.create"):
        return Channel.objects.bulk_create([Channel(created_at=now, **row) for row in rows])


class BrokenChannel(Invalid):
    """A channel breaks a rule."""

    code = "channel.rule"


class NoSuchFactor(Invalid):
    """The catalogue has no such factor."""

    code = "channel.factor"


def create_channel(
    *, logger: Any, factor: str, by_id: int | None, now: datetime, reported_unit: str = "", low: float | None = None,
    high: float | None = None, reference_o2: float | None = None,
) -> Channel:  # fmt: skip
    """Create the channel of one factor of a logger, at the logger's outlet or station.

    Raises:
        NoSuchFactor: the catalogue has neither this code nor a factor with this 2005 code.
        WrongUnit: the reported unit has another dimension than the factor's.
        BrokenChannel: the channel exists, the logger stands nowhere, or the range is upside down.
    """
    pollutant = pollutants().filter(Q(code=factor) | Q(code_2005=factor)).first()
    if pollutant is None:
        raise NoSuchFactor(factor=factor)
    scale = scale_between(
        reported=reported_unit or pollutant.unit, kept=pollutant.unit, molar_mass=pollutant.molar_mass
    )
    channel = Channel(
        park_id=logger.park_id, enterprise_id=logger.enterprise_id, outlet_id=logger.outlet_id, station_id=logger.station_id,
        logger_id=logger.pk, pollutant_id=pollutant.pk, reported_unit=reported_unit or pollutant.unit, scale=scale, low=low, high=high,
        reference_o2=reference_o2, created_at=now,
    )  # fmt: skip
    try:
        channel.validate_constraints()
    except ValidationError as error:
        raise BrokenChannel("; ".join(error.messages)) from error
    with acting(user_id=by_id, action="channel.create"):
        channel.save()
    return channel
