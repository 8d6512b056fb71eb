"""Setting up channels."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from monitoring.series.models import Channel
from parks.people.services.audit import acting


def create_channels(*, by_id: int | None, now: datetime, rows: Sequence[dict[str, Any]]) -> list[Channel]:
    """Create channels; each row names park, point, logger, pollutant, reported unit and ranges."""
    with acting(user_id=by_id, action="channel.create"):
        return Channel.objects.bulk_create([Channel(created_at=now, **row) for row in rows])
