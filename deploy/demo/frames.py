"""From the generator's records to HJ 212 frames, in the dialect of each logger."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from deploy.demo.facts import LoggerPlan
from deploy.demo.noise import Flags, Floats
from deploy.demo.series import Generator, Records, hours_of
from monitoring.hj212.codes import Version
from monitoring.hj212.crc import crc16, modbus16
from monitoring.hj212.encode import Statistics, data_frames
from monitoring.series.domain.rollups import ARITHMETIC, means
from monitoring.series.selectors.channels import KINDS

SAMPLES = 12  # of an hour
GOOD_SAMPLES = 9  # 75 %, for the logger to call an hour normal
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Sender:
    """A logger with its secrets."""

    plan: LoggerPlan
    password: str
    key: bytes

    def frames(
        self, *, cn: str, time: datetime, factors: Mapping[str, Statistics], qn: datetime, backfill: bool
    ) -> Iterable[bytes]:
        return data_frames(
            factors=factors, key=self.key, qn=qn, checksum=modbus16 if self.plan.crc_variant == "MODBUS" else crc16,
            cn=cn, mn=self.plan.mn, time=time, st=self.plan.st, password=self.password,
            version=Version(self.plan.edition), backfill=backfill,
        )  # fmt: skip

    def label(self, start: datetime, length: timedelta) -> datetime:
        """DataTime of a period: its start by the standard, its end by the habit of some loggers."""
        return start + length if self.plan.label_end else start


def realtime(generator: Generator, sender: Sender, now: datetime) -> list[bytes]:
    """A 2011 record of this moment."""
    records = generator.records(sender.plan, np.array([hours_of(now)]), length_h=0.0, fine=True)
    factors = {}
    for row, name, scale in named(sender.plan):
        statistics: dict[str, float | str] = {"Rtd": records.value[row, 0] / scale}
        if not np.isnan(records.converted[row, 0]):
            statistics["ZsRtd"] = records.converted[row, 0] / scale
        factors[name] = statistics | {"Flag": str(records.flag[row, 0])}
    return list(sender.frames(cn="2011", time=now.replace(microsecond=0), factors=factors, qn=now, backfill=False))


def minute(generator: Generator, sender: Sender, start: datetime, now: datetime, *, backfill: bool) -> list[bytes]:
    """A 2051 record of the period that began at `start`."""
    length = timedelta(minutes=sender.plan.minute_interval_min)
    middle = np.array([hours_of(start + length / 2)])
    records = generator.records(sender.plan, middle, length_h=length / HOUR, fine=True)
    factors = {
        name: statistics_of(records, row, 0, scale, str(records.flag[row, 0]))
        for row, name, scale in named(sender.plan)
    }
    time = sender.label(start, length)
    return list(sender.frames(cn="2051", time=time, factors=factors, qn=now, backfill=backfill))


def hour(generator: Generator, sender: Sender, start: datetime, now: datetime, *, backfill: bool) -> list[bytes]:
    """A 2061 record of the hour that began at `start`."""
    t = hours_of(start) + (np.arange(SAMPLES) + 0.5) / SAMPLES
    records = generator.records(sender.plan, t, length_h=1.0 / SAMPLES, fine=True)
    whole = hour_of_samples(sender.plan, records)
    factors = {
        name: statistics_of(whole, row, 0, scale, str(whole.flag[row, 0])) for row, name, scale in named(sender.plan)
    }
    return list(sender.frames(cn="2061", time=sender.label(start, HOUR), factors=factors, qn=now, backfill=backfill))


def named(plan: LoggerPlan) -> Iterator[tuple[int, str, float]]:
    for row, factor in enumerate(plan.factors):
        yield row, factor.old_code or factor.code, factor.scale


def statistics_of(records: Records, row: int, column: int, scale: float, flag: str) -> dict[str, float | str]:
    """Min, Avg, Max, sum and converted values of one factor; what there is none of is left out."""
    value, low, high = (a[row, column] for a in (records.value, records.minimum, records.maximum))
    found: dict[str, float | str] = {"Min": low / scale, "Avg": value / scale, "Max": high / scale}
    if not np.isnan(records.total[row, column]):
        found["Cou"] = float(records.total[row, column])
    converted = records.converted[row, column]
    if not np.isnan(converted):
        near, far = (low / value, high / value) if value > 0 else (1.0, 1.0)
        found |= {"ZsMin": converted * near / scale, "ZsAvg": converted / scale, "ZsMax": converted * far / scale}
    return found | {"Flag": flag}


def hour_of_samples(plan: LoggerPlan, records: Records) -> Records:
    """One hour of its samples, as a logger averages them."""
    good = records.flag == "N"
    enough = good.sum(axis=1) >= GOOD_SAMPLES
    counted = np.where(good.any(axis=1)[:, None], good, True)
    low = np.where(counted, records.minimum, np.inf).min(axis=1)
    high = np.where(counted, records.maximum, -np.inf).max(axis=1)
    usual = np.array([commonest(flags) for flags in records.flag], dtype="U1")
    there = ~np.isnan(records.total)
    total = np.where(there.any(axis=1), np.where(there, records.total, 0.0).sum(axis=1), np.nan)
    return Records(
        value=averaged(plan, records.value, counted)[:, None], minimum=low[:, None], maximum=high[:, None],
        total=total[:, None], converted=averaged(plan, records.converted, counted)[:, None],
        flag=np.where(enough, "N", usual)[:, None], silence=records.silence,
    )  # fmt: skip


def commonest(flags: NDArray[np.str_]) -> str:
    """The flag that spoils most of the hour."""
    bad, counts = np.unique(flags[flags != "N"], return_counts=True)
    return str(bad[counts.argmax()]) if len(bad) else "N"


def averaged(plan: LoggerPlan, values: Floats, counted: Flags) -> Floats:
    kind = np.array([KINDS.get(f.code, ARITHMETIC) for f in plan.factors], dtype=np.int8)
    starts = np.arange(len(plan.factors)) * SAMPLES
    return np.asarray(means(values.ravel(), counted.ravel(), starts, kind))
