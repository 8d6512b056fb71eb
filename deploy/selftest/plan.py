"""What the self test sends: a thousand frames of three editions, three in a hundred of them broken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from deploy.bench.frames import record
from deploy.bench.names import SM4_KEY
from monitoring.hj212.codes import Version

LOGGERS = 30
FRAMES = 1_000
STEP = timedelta(seconds=30)
EDITIONS = (Version.V2005, Version.V2017, Version.V2025)
BROKEN = {7: "crc", 40: "mn", 73: "password"}  # places within each hundred


@dataclass(frozen=True, slots=True)
class Planned:
    """One frame: whose it is, of when, and what is wrong with it (nothing, mostly)."""

    number: int
    time: datetime
    wire: bytes
    broken: str


def edition_of(number: int) -> Version:
    return EDITIONS[number % len(EDITIONS)]


def plan(*, begin: datetime) -> list[Planned]:
    """All frames in the order of sending; each logger speaks one edition."""
    return [planned(place=place, begin=begin) for place in range(FRAMES)]


def planned(*, place: int, begin: datetime) -> Planned:
    number, time = place % LOGGERS, begin + STEP * (place // LOGGERS)
    version, broken = edition_of(number), BROKEN.get(place % 100, "")
    key = bytes.fromhex(SM4_KEY) if version is Version.V2025 else b""
    special = {"mn": {"mn": "NOBODYKNOWSTHISSTATION00"}, "password": {"password": "000000"}}.get(broken, {})
    wire = record(number=number, time=time, version=version, key=key, **special)
    if broken == "crc":
        wire = wire[:40] + bytes([wire[40] ^ 1]) + wire[41:]
    return Planned(number, time, wire, broken)
