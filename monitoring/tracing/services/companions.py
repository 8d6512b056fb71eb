"""Which substances may be traced together: what the stations measured in that time, none counted twice."""

from collections.abc import Sequence
from datetime import datetime

from monitoring.series.selectors.measured import Measured, measured_at_stations
from monitoring.tracing.domain.substances import counted_twice
from monitoring.tracing.services.gathering import AIR_UNITS, NotMeasured
from parks.catalogue.domain.errors import Invalid
from parks.people.domain import Scope

MOST = 12  # together, as `trace_case.schema.json` has it


class CountedTwice(Invalid):
    """One of the substances is a part of another; traced together its mass would count twice."""

    code = "tracing.counted_twice"


class TooManyTogether(Invalid):
    """Twelve substances at most are traced together."""

    code = "tracing.too_many_together"


def offered(*, scope: Scope, park_id: int, pollutant: str, start: datetime, end: datetime) -> list[Measured]:
    """What can be traced together with a substance: measured in that time, neither a part of it nor a sum that holds it."""
    found = measured_at_stations(scope=scope, park_id=park_id, units=AIR_UNITS, start=start, end=end)
    return [
        one for one in found if one.pollutant != pollutant and counted_twice(codes=(pollutant, one.pollutant)) is None
    ]


def checked(
    *, scope: Scope, park_id: int, pollutant: str, companions: Sequence[str], start: datetime, end: datetime
) -> tuple[str, ...]:
    """Companions of a substance, each once and in the order given; the substance itself is none.

    Raises:
        NotMeasured: no station of the map has minutes of one of them in this time. CountedTwice, TooManyTogether.
    """
    found = tuple(code for code in dict.fromkeys(companions) if code != pollutant)
    if len(found) >= MOST:
        raise TooManyTogether(substances=len(found) + 1, most=MOST)
    twice = counted_twice(codes=(pollutant, *found))
    if twice is not None:
        raise CountedTwice(whole=twice[0], part=twice[1])
    if found:
        there = measured_at_stations(scope=scope, park_id=park_id, units=AIR_UNITS, start=start, end=end)
        lacking = [code for code in found if code not in {one.pollutant for one in there}]
        if lacking:
            raise NotMeasured(substance=", ".join(lacking))
    return found
