"""The ordinary troubles of measuring: gaps, maintenance, calibration, stuck and drifting analysers, broken ones."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deploy.demo.facts import LoggerPlan
from deploy.demo.loggers import COD, PH, WATER_FLOW
from deploy.demo.noise import Flags, Floats, Spell, is_workday, key_of, local_hour, one, spells
from deploy.demo.profiles import FLOW
from deploy.demo.signals import Signals

WEEK_H = 168.0
NEVER_STUCK = (
    FLOW,
    WATER_FLOW,
    "a01007",
    "a01008",
    "a01001",
    "a01002",
    "a01006",
    "a01011",
    "a01012",
    "a01013",
    "a01014",
)
LATE_SHARE = 0.6  # of the gaps, in which only the line was down and the logger kept everything


@dataclass(frozen=True, slots=True)
class Silence:
    """Moments at which nothing arrives; `late` where it will be sent when the line is back."""

    silent: Flags
    late: Flags


def silence(seed: int, logger: LoggerPlan, t: Floats) -> Silence:
    """When the logger does not send."""
    spell = spells(key_of(seed, "gap", logger.mn), t, block_h=2 * WEEK_H, chance=0.22, shortest_h=0.6, longest_h=11.0)
    return Silence(spell.inside, spell.inside & (spell.draw < LATE_SHARE))


@dataclass(frozen=True, slots=True)
class Held:
    """Clean signals at the moments at which analysers got stuck, sorted by moment."""

    starts: Floats
    signals: Signals


@dataclass(frozen=True, slots=True)
class Marks:
    """Shape: factors x moments."""

    flag: NDArray[np.str_]
    stuck: Flags


def stuck_starts(seed: int, logger: LoggerPlan, t: Floats) -> Floats:
    """When the spells in which an analyser is stuck began, for all moments of `t` that lie in one."""
    found = []
    for factor in logger.factors:
        if factor.code not in NEVER_STUCK:
            spell = stuck_spell(trouble_key(seed, logger, factor.code), t)
            found.append(spell.start[spell.inside])
    return np.unique(np.concatenate(found)) if found else np.zeros(0)


def trouble_key(seed: int, logger: LoggerPlan, code: str) -> int:
    return key_of(seed, "trouble", logger.mn, code)


def trouble(seed: int, logger: LoggerPlan, signals: Signals, held: Held | None, t: Floats) -> Marks:
    """Put the troubles into clean signals, in place."""
    marks = Marks(np.full(signals.value.shape, "N", dtype="U1"), np.zeros(signals.value.shape, dtype=bool))
    served = maintenance(seed, logger, t)
    for row, factor in enumerate(logger.factors):
        if factor.code in NEVER_STUCK:
            continue
        key = trouble_key(seed, logger, factor.code)
        drift(key, signals, row, t, sinking=factor.code == PH)
        if held is not None:
            marks.stuck[row] = stick(key, signals, held, row, t)
        broken = spells(key, t, block_h=4 * WEEK_H, chance=0.05, shortest_h=2.0, longest_h=16.0).inside
        signals.value[row, broken], signals.converted[row, broken] = 0.0, np.nan
        marks.flag[row, broken] = "D"
        marks.flag[row, calibration(key, factor.code, t)] = "C"
        marks.flag[row, served] = "M"
    return marks


def drift(key: int, clean: Signals, row: int, t: Floats, *, sinking: bool) -> None:
    """An analyser that wanders off until somebody adjusts it."""
    spell = spells(key, t, block_h=6 * WEEK_H, chance=0.10, shortest_h=60.0, longest_h=200.0)
    wrong = np.where(spell.inside, 1.0 + (-0.05 if sinking else 0.22) * spell.share(t), 1.0)
    clean.value[row] *= wrong
    clean.converted[row] *= wrong


def stuck_spell(key: int, t: Floats) -> Spell:
    return spells(key + 1, t, block_h=5 * WEEK_H, chance=0.045, shortest_h=4.0, longest_h=20.0)


def stick(key: int, signals: Signals, held: Held, row: int, t: Floats) -> Flags:
    """Repeat what was measured when the spell began; the plant goes on behind the analyser's back."""
    spell = stuck_spell(key, t)
    place = np.minimum(np.searchsorted(held.starts, spell.start), len(held.starts) - 1)
    for mine, first in ((signals.value, held.signals.value), (signals.converted, held.signals.converted)):
        mine[row] = np.where(spell.inside, first[row, place], mine[row])
    return spell.inside


def maintenance(seed: int, logger: LoggerPlan, t: Floats) -> Flags:
    """A visit on a working day every few weeks."""
    spell = spells(key_of(seed, "visit", logger.mn), t, block_h=WEEK_H, chance=0.35, shortest_h=1.0, longest_h=4.0)
    hour = local_hour(spell.start)
    return spell.inside & is_workday(t) & (hour > 7.0) & (hour < 17.0)


def calibration(key: int, code: str, t: Floats) -> Flags:
    """Zero and span: gas analysers some minutes every week, water analysers check a standard at night."""
    length = 0.75 if code == COD or code.startswith("w2") else 0.5
    start = 24.0 * np.floor(one(key, 9) * 7.0) + one(key, 10) * 20.0
    return np.asarray(np.abs((t % WEEK_H) - start - length / 2.0) < length / 2.0)
