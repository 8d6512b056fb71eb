"""What the stations in the sewer measure: what is always there, and what was spilled above them."""

import numpy as np

from deploy.demo.facts import LoggerPlan, StationPlan
from deploy.demo.loggers import CYANIDE, PH, PHENOLS
from deploy.demo.noise import Floats, key_of, smooth
from deploy.demo.signals import Signals, ragged
from deploy.demo.spills import Seeping, measured

USUAL = {PHENOLS: 0.09, CYANIDE: 0.02}  # in the sewer [mg/L]


def gauge(seed: int, logger: LoggerPlan, plan: StationPlan, sewer: Seeping | None, t: Floats, *, fine: bool) -> Signals:
    """Clean signals of a station in the sewer, in the order of the logger's factors."""
    key = key_of(seed, "sewer", plan.code)
    came = sewer.at(plan.node, t, fine=fine) if sewer is not None else {}
    values = {PH: 7.3 + 0.2 * smooth(key, t, 15.0, 5) + (0.05 * smooth(key, t, 0.3, 6) if fine else 0.0)}
    for factor, usual in USUAL.items():
        there = usual * ragged(key_of(key, factor), t, slow=0.15, fast=0.06, fine=fine) + came.get(factor, 0.0)
        values[factor] = np.maximum(measured(seed, plan.code, there, t), 0.0)
    value = np.stack([values[f.code] for f in logger.factors])
    return Signals(value, np.full_like(value, np.nan))
