"""Stacks: the load of the plant drives gas flow and combustion, those drive concentrations; oxygen ties raw and converted."""

import numpy as np

from deploy.demo import plants
from deploy.demo.facts import Limit, LoggerPlan, OutletPlan
from deploy.demo.noise import Floats, key_of, smooth, spells
from deploy.demo.profiles import (
    CO2,
    FLOW,
    FURNACE,
    MOISTURE,
    NMHC,
    O2,
    PRESSURE,
    PROFILES,
    TEMPERATURE,
    VELOCITY,
    Profile,
)
from deploy.demo.signals import Signals, ragged
from monitoring.series.domain.corrections import to_reference_o2

IDLE_LOAD = 0.12
AIR_O2 = 20.9
MOST_OF_NMHC = 0.94  # what all named species together may make up
EXCEED_BLOCK_H = 21 * 24.0


def stack_load(seed: int, outlet: OutletPlan, rhythm: str, t: Floats) -> Floats:
    """Load behind a stack. Boilers of the power station are stopped one by one, the lines of other plants together."""
    if rhythm == "POWER":
        return plants.power_load(seed, t) * plants.on_stream(key_of(seed, "load", outlet.key), t)
    return plants.load(seed, outlet.slug, rhythm, t)


def design_flow_m3_per_s(outlet: OutletPlan) -> float:
    """Dry flow at standard state of the design data."""
    profile = PROFILES[outlet.profile]
    area = np.pi * (outlet.diameter_m or 1.0) ** 2 / 4.0
    warm = 273.0 / (273.0 + (outlet.temperature_c or 20.0))
    return float((outlet.velocity_m_per_s or 8.0) * area * warm * (1.0 - profile.moisture_percent / 100.0))


def stack(seed: int, logger: LoggerPlan, outlet: OutletPlan, load: Floats, ambient_c: Floats, t: Floats, *, fine: bool) -> Signals:  # fmt: skip
    """Clean signals of a stack, in the order of the logger's factors."""
    profile = PROFILES[outlet.profile]
    key = key_of(seed, "stack", outlet.key)
    running = np.clip((load - IDLE_LOAD / 2.0) / IDLE_LOAD, 0.0, 1.0)
    flow = design_flow_m3_per_s(outlet) * (0.02 + running * (0.30 + 0.68 * load))
    flow *= ragged(key, t, slow=0.012, fast=0.02, fine=fine)
    oxygen = oxygen_of(key, profile, load, running, t, fine=fine)
    found = concentrations(key, outlet, profile, load, running, t, fine=fine)
    exceed(seed, outlet, found, running, t)
    cap_species(outlet, found)
    values = found if oxygen is None else as_measured(found, profile, oxygen)
    conditions = gas_conditions(key, outlet, profile, flow, running, ambient_c, t, fine=fine)
    if oxygen is not None:
        conditions[O2] = oxygen
    if FURNACE in profile.extra:
        conditions[FURNACE] = 240.0 + running * (890.0 + 22.0 * smooth(key, t, 5.0, 31) + (6.0 * smooth(key, t, 0.3, 32) if fine else 0.0))  # fmt: skip
    return arranged(logger, values | conditions, oxygen, profile.reference_o2, flow * 3600.0)


def oxygen_of(key: int, profile: Profile, load: Floats, running: Floats, t: Floats, *, fine: bool) -> Floats | None:
    """More excess air at part load; air when the plant stands."""
    if profile.o2_percent is None:
        return None
    swing = 0.35 * smooth(key, t, 3.0, 21) + (0.12 * smooth(key, t, 0.1, 22) if fine else 0.0)
    burning = np.clip(profile.o2_percent + 3.0 * np.clip(0.92 - load, 0.0, 1.0) + swing, 1.0, 18.0)
    return np.asarray(running * burning + (1.0 - running) * AIR_O2)


def concentrations(
    key: int, outlet: OutletPlan, profile: Profile, load: Floats, running: Floats, t: Floats, *, fine: bool
) -> dict[str, Floats]:
    """Concentrations at reference oxygen, or as they are where none applies."""
    age = (
        0.75 + 0.55 * ((t / 24.0 + key % 97) % profile.sorbent_days) / profile.sorbent_days
        if profile.sorbent_days
        else 1.0
    )
    common = ragged(key, t, slow=0.07, fast=0.05, fine=fine) * (0.45 + 0.55 * load) * age
    found = {}
    for factor, typical in profile.typical.items():
        own = key_of(key, factor)
        if factor == CO2:
            # At one oxygen content the carbon of the fuel alone decides.
            found[factor] = typical * (
                1.0 + 0.012 * smooth(own, t, 30.0) + (0.004 * smooth(own, t, 0.2, 3) if fine else 0.0)
            )
            continue
        level = typical * (0.85 + 0.35 * (own % 1000) / 1000.0)
        busy = level * common * ragged(own, t, slow=0.09, fast=0.06, fine=fine)
        found[factor] = busy * running + 0.03 * level * (1.0 - running)
    for factor, share in outlet.species.items():
        own = key_of(key, factor)
        found[factor] = found[NMHC] * share * ragged(own, t, slow=0.10, fast=0.05, fine=fine)
    return found


def exceed(seed: int, outlet: OutletPlan, found: dict[str, Floats], running: Floats, t: Floats) -> None:
    """Now and then a limit is exceeded for some hours, and everything that hangs on it follows."""
    for limit in outlet.limits:
        if limit.period != "HOUR" or limit.factor not in found:
            continue
        before = found[limit.factor]
        after = np.where(running > 0.9, np.maximum(before, excess(seed, outlet, limit, t)), before)
        if limit.factor == NMHC:
            rise = after / np.maximum(before, 1e-9)
            for species in outlet.species:
                found[species] = found[species] * rise
        found[limit.factor] = after


def excess(seed: int, outlet: OutletPlan, limit: Limit, t: Floats) -> Floats:
    key = key_of(seed, "excess", outlet.key, limit.factor, limit.period)
    spell = spells(key, t, block_h=EXCEED_BLOCK_H, chance=0.08, shortest_h=2.0, longest_h=7.0)
    shape = np.sin(np.clip(spell.share(t), 0.0, 1.0) * np.pi)
    return np.where(spell.inside, limit.maximum * (0.55 + (0.55 + 0.7 * spell.draw) * shape), 0.0)


def cap_species(outlet: OutletPlan, found: dict[str, Floats]) -> None:
    """Species are part of NMHC and cannot be more than it."""
    named = [f for f in found if f in outlet.species or (NMHC in found and f.startswith("a25"))]
    if not named:
        return
    total = np.sum([found[f] for f in named], axis=0)
    share = np.minimum(1.0, MOST_OF_NMHC * found[NMHC] / np.maximum(total, 1e-12))
    for f in named:
        found[f] = found[f] * share


def as_measured(found: dict[str, Floats], profile: Profile, oxygen: Floats) -> dict[str, Floats]:
    """What stands in the stack at its own oxygen when the converted value is as given."""
    dilution = np.clip((21.0 - oxygen) / (21.0 - (profile.reference_o2 or 0.0)), 0.004, None)
    return {factor: value * dilution for factor, value in found.items()}


def gas_conditions(
    key: int,
    outlet: OutletPlan,
    profile: Profile,
    flow: Floats,
    running: Floats,
    ambient_c: Floats,
    t: Floats,
    *,
    fine: bool,
) -> dict[str, Floats]:
    """Temperature, pressure, moisture, and the velocity that follows from flow and duct."""
    warm = (outlet.temperature_c or 25.0) * (
        1.0 + 0.012 * smooth(key, t, 4.0, 41) + (0.003 * smooth(key, t, 0.2, 42) if fine else 0.0)
    )
    temperature = running * np.maximum(warm, ambient_c + 1.0) + (1.0 - running) * (ambient_c + 2.0)
    moisture = (
        running
        * profile.moisture_percent
        * (1.0 + 0.04 * smooth(key, t, 6.0, 43) + (0.01 * smooth(key, t, 0.2, 44) if fine else 0.0))
        + (1.0 - running) * 1.5
    )
    static = profile.static_pa * (
        1.0 + 0.15 * smooth(key, t, 3.0, 45) + (0.05 * smooth(key, t, 0.1, 46) if fine else 0.0)
    )
    area = np.pi * (outlet.diameter_m or 1.0) ** 2 / 4.0
    wet = flow * (273.0 + temperature) / 273.0 * 101_325.0 / (101_325.0 + static) / (1.0 - moisture / 100.0)
    return {FLOW: flow, VELOCITY: wet / area, TEMPERATURE: temperature, PRESSURE: static / 1000.0, MOISTURE: moisture}


def arranged(
    logger: LoggerPlan, values: dict[str, Floats], oxygen: Floats | None, reference: float | None, flow: Floats
) -> Signals:
    """Columns in the order of the logger, converted where it converts."""
    value = np.stack([values[f.code] for f in logger.factors])
    converted = np.full_like(value, np.nan)
    if oxygen is not None and reference is not None:
        for row, f in enumerate(logger.factors):
            if f.reference_o2 is not None:
                converted[row] = to_reference_o2(
                    concentration=value[row], o2=oxygen, reference=np.full_like(oxygen, reference)
                )
    return Signals(value, converted, flow)
