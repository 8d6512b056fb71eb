"""Forward matrices of the sites seen last: what no wind changes is kept from event to event, by the points themselves.

A changed register or a moved sensor is another site. Nothing is ever out of date, so nothing has to be thrown away but for room.
"""

import hashlib
from collections import OrderedDict
from threading import Lock

import numpy as np

from monitoring.tracing.domain.forward.geometry import geometry_of
from monitoring.tracing.domain.forward.matrix import Forward
from monitoring.tracing.domain.forward.scene import Physics, Sensors, Sources

# Pairs of all sites together, some twenty megabytes for 100,000; larger sites are made anew for each event.
MOST_SITES, MOST_PAIRS = 4, 200_000

_sites: OrderedDict[bytes, Forward] = OrderedDict()
_one_at_a_time = Lock()


def forward_of(*, sources: Sources, sensors: Sensors, physics: Physics) -> Forward:
    """The forward matrix of a site, kept if it has been asked for lately."""
    key = _fingerprint(sources, sensors, physics)
    with _one_at_a_time:
        found = _sites.pop(key, None) or Forward(
            geometry=geometry_of(sources=sources, sensors=sensors), physics=physics
        )
        if len(found.geometry.reach) <= MOST_PAIRS:
            _sites[key] = found
        while len(_sites) > MOST_SITES or sum(len(one.geometry.reach) for one in _sites.values()) > MOST_PAIRS:
            _sites.popitem(last=False)
    return found


def _fingerprint(sources: Sources, sensors: Sensors, physics: Physics) -> bytes:
    digest = hashlib.sha256(repr((physics, sources.exits, sensors.count)).encode())
    for part in (
        *(sources.east, sources.north, sources.height, sources.width, sources.depth),
        *(sensors.east, sensors.north, sensors.height, sensors.owner),
    ):
        values = np.ascontiguousarray(part, dtype=float)
        digest.update(len(values).to_bytes(8, "big") + values.tobytes())
    return digest.digest()
