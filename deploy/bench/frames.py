"""Frames of the measurement park."""

from __future__ import annotations

from datetime import datetime, timedelta

from deploy.bench.names import FACTORS, PASSWORD, mn_of
from monitoring.hj212.codes import Version
from monitoring.hj212.encode import data_segment, wrap


def value_of(*, number: int, time: datetime, place: int) -> float:
    """What a logger measures at a moment, differing from frame to frame and from factor to factor."""
    return round(5 + ((int(time.timestamp()) * 7 + number * 13 + place * 31) % 997) / 37, 3)


def record(
    *, number: int, time: datetime, version: Version = Version.V2017, key: bytes = b"", mn: str = "", password: str = PASSWORD
) -> bytes:  # fmt: skip
    """A real-time record of twelve factors."""
    factors: dict[str, dict[str, float | str]] = {
        factor: {"Rtd": value_of(number=number, time=time, place=place), "Flag": "N"}
        for place, factor in enumerate(FACTORS)
    }
    qn = time + timedelta(milliseconds=number % 1000)
    return wrap(
        data_segment(
            cn="2011", mn=mn or mn_of(number), password=password, time=time, factors=factors, qn=qn, version=version
        ),
        key=key,
    )
