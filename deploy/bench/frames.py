"""Frames of the measurement park."""

from __future__ import annotations

from datetime import datetime, timedelta

from deploy.bench.names import FACTORS, mn_of
from monitoring.hj212.codes import Version
from monitoring.hj212.encode import data_segment, wrap


def record(*, number: int, time: datetime, version: Version = Version.V2017, key: bytes = b"") -> bytes:
    """A real-time record of twelve factors, with values that differ from frame to frame."""
    seconds = int(time.timestamp())
    factors = {
        factor: {"Rtd": round(5 + ((seconds * 7 + number * 13 + place * 31) % 997) / 37, 3), "Flag": "N"}
        for place, factor in enumerate(FACTORS)
    }
    qn = time + timedelta(milliseconds=number % 1000)
    return wrap(data_segment(cn="2011", mn=mn_of(number), time=time, factors=factors, qn=qn, version=version), key=key)
