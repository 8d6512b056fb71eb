"""Wastewater and rainwater: flows of the plants reach the treatment works, whose effluent follows from them."""

import numpy as np

from deploy.demo import plants
from deploy.demo.facts import Limit, LoggerPlan, OutletPlan, Plant
from deploy.demo.loggers import AMMONIA, COD, PH, SS, TN, TP, WATER_FLOW
from deploy.demo.noise import Floats, key_of, local_hour, smooth, spells
from deploy.demo.signals import Signals, ragged
from deploy.demo.weather import weather

LITRES_PER_S = 1.0 / 86.4  # of one cubic metre a day
TRAVEL_H, HOLD_H = 3.0, 20.0  # in the sewer, in the works
LOST = 0.03  # water that leaves with the sludge
EXCESS_BLOCK_H = 45 * 24.0


def water(seed: int, plants_: tuple[Plant, ...], logger: LoggerPlan, outlet: OutletPlan, t: Floats, *, fine: bool) -> Signals:  # fmt: skip
    """Clean signals of a water outlet, in the order of the logger's factors."""
    plant = next(p for p in plants_ if p.slug == outlet.slug)
    if outlet.medium == "RAIN":
        values = rainwater(seed, plant, t, fine=fine)
    elif outlet.profile == "effluent":
        values = effluent(seed, plants_, t, fine=fine)
    else:
        values = sewage(seed, plant, t, fine=fine)
    for limit in outlet.limits:
        if limit.factor in values and limit.minimum is None:
            values[limit.factor] = np.maximum(values[limit.factor], excess(seed, outlet, limit, t))
    value = np.stack([values[f.code] for f in logger.factors])
    return Signals(value, np.full_like(value, np.nan), values[WATER_FLOW] * 3.6)


def excess(seed: int, outlet: OutletPlan, limit: Limit, t: Floats) -> Floats:
    """Water limits hold for days, so what exceeds them lasts for days."""
    key = key_of(seed, "excess", outlet.key, limit.factor, limit.period)
    spell = spells(key, t, block_h=EXCESS_BLOCK_H, chance=0.14, shortest_h=30.0, longest_h=70.0)
    shape = np.clip(3.0 * np.sin(spell.share(t) * np.pi), 0.0, 1.0)
    return np.where(spell.inside, limit.maximum * (0.6 + (0.48 + 0.35 * spell.draw) * shape), 0.0)


def discharge_l_per_s(seed: int, plant: Plant, t: Floats, *, fine: bool = False) -> Floats:
    """Wastewater flow of a plant; small works pump in batches and stand still between them."""
    key = key_of(seed, "drain", plant.slug)
    load = plants.load(seed, plant.slug, "CONTINUOUS" if plant.rhythm == "POWER" else plant.rhythm, t)
    flow = plant.water_m3_per_d * LITRES_PER_S * (0.30 + 0.70 * load) * ragged(key, t, slow=0.06, fast=0.05, fine=fine)
    flow *= 1.0 + 0.06 * np.sin((local_hour(t) - 9.0) / 12.0 * np.pi)
    if plant.water_m3_per_d < 1_000.0:
        pause = spells(key, t, block_h=12.0, chance=0.75, shortest_h=2.0, longest_h=6.0)
        flow = np.where(pause.inside, 0.0, flow * 1.35)
    return np.asarray(flow)


def sewage(seed: int, plant: Plant, t: Floats, *, fine: bool) -> dict[str, Floats]:
    key = key_of(seed, "sewage", plant.slug)
    load = plants.load(seed, plant.slug, "CONTINUOUS" if plant.rhythm == "POWER" else plant.rhythm, t)
    strength = (0.55 + 0.45 * load) * ragged(key, t, slow=0.08, fast=0.03, fine=fine, slow_h=40.0)
    ammonia = plant.nh3n * strength * ragged(key_of(key, AMMONIA), t, slow=0.08, fast=0.03, fine=fine, slow_h=32.0)
    return {
        WATER_FLOW: discharge_l_per_s(seed, plant, t, fine=fine),
        PH: 7.35 + 0.28 * smooth(key, t, 15.0, 5) + (0.05 * smooth(key, t, 0.3, 6) if fine else 0.0),
        COD: plant.cod * strength,
        AMMONIA: ammonia,
        TN: ammonia * 1.25 + 4.0 + 0.4 * smooth(key, t, 20.0, 7),
        TP: (0.6 + 0.004 * plant.cod) * strength,
    }


def effluent(seed: int, plants_: tuple[Plant, ...], t: Floats, *, fine: bool) -> dict[str, Floats]:
    """What leaves the works: what came in some hours before, less the sludge, treated worse when cold and overloaded."""
    key = key_of(seed, "works")
    senders = [plant for plant in plants_ if plant.water_m3_per_d > 0]
    design = sum(plant.water_m3_per_d for plant in senders) * LITRES_PER_S
    # The basins even the batches out: the mean of several hours of inflow.
    past = [
        np.sum([discharge_l_per_s(seed, p, t - TRAVEL_H - h) for p in senders], axis=0) for h in (6.0, 13.0, HOLD_H)
    ]
    flow = np.mean(past, axis=0) * (1.0 - LOST) * ragged(key, t, slow=0.005, fast=0.01, fine=fine)
    pressed = np.clip(flow / design, 0.3, 1.4)
    cold = np.clip((14.0 - weather(seed, t).temperature) / 20.0, 0.0, 0.8)
    ammonia = 1.6 * pressed * (1.0 + 1.5 * cold) * ragged(key_of(key, AMMONIA), t, slow=0.18, fast=0.05, fine=fine)
    return {
        WATER_FLOW: flow,
        PH: 7.5 + 0.14 * smooth(key, t, 20.0, 5) + (0.04 * smooth(key, t, 0.3, 6) if fine else 0.0),
        COD: 38.0 * pressed**0.5 * (1.0 + 0.15 * cold) * ragged(key, t, slow=0.07, fast=0.02, fine=fine, slow_h=45.0),
        AMMONIA: ammonia,
        TN: ammonia + 16.0 * ragged(key_of(key, TN), t, slow=0.09, fast=0.02, fine=fine),
        TP: 0.34 * ragged(key_of(key, TP), t, slow=0.12, fast=0.04, fine=fine),
        SS: 17.0 * ragged(key_of(key, SS), t, slow=0.15, fast=0.04, fine=fine),
    }


def rainwater(seed: int, plant: Plant, t: Floats, *, fine: bool) -> dict[str, Floats]:
    """Runs only after rain; the first flush is the dirtiest."""
    key = key_of(seed, "rain", plant.slug)
    west, south, east, north = plant.corners
    hectares = (east - west) * (north - south) / 10_000.0
    falling = np.mean([weather(seed, t - lag).rain for lag in (0.2, 0.8, 1.6)], axis=0)
    flow = np.where(falling > 0.15, falling * hectares * 0.75 * 10_000.0 / 3600.0, 0.0)
    return {
        WATER_FLOW: flow,
        PH: 7.1 + 0.2 * smooth(key, t, 12.0, 5) + (0.05 * smooth(key, t, 0.3, 6) if fine else 0.0),
        COD: (22.0 + 14.0 * np.exp(-falling)) * ragged(key, t, slow=0.1, fast=0.04, fine=fine),
    }
