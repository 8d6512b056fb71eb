"""How hard the plants run: rhythm of day, week and batch, planned stops with run-down and start-up."""

import numpy as np

from deploy.demo.noise import Floats, is_workday, key_of, local_hour, smooth, spells

RAMP_H = 8.0
STOP_BLOCK_H = 60 * 24.0


def load(seed: int, slug: str, rhythm: str, t: Floats) -> Floats:
    """Load of a plant, 0 to about 1.1."""
    key = key_of(seed, "load", slug)
    if rhythm == "BATCH":
        running = 0.72 + 0.20 * smooth(key, t, 7.0) + 0.07 * smooth(key, t, 60.0, 1)
        running *= 0.75 + 0.25 * is_workday(t)
    elif rhythm == "DAY":
        hour = local_hour(t)
        shift = np.clip(np.minimum(hour - 7.0, 20.5 - hour), 0.0, 1.0)
        running = (0.08 + 0.84 * shift) * np.where(is_workday(t), 1.0, 0.35) * (1.0 + 0.12 * smooth(key, t, 5.0))
    else:
        running = 0.91 + 0.05 * smooth(key, t, 80.0) + 0.015 * smooth(key, t, 11.0, 1)
    return np.clip(running, 0.02, 1.12) * on_stream(key, t)


def on_stream(key: int, t: Floats) -> Floats:
    """1 while the plant runs, 0 in a planned stop, and the ramps between."""
    stop = spells(key, t, block_h=STOP_BLOCK_H, chance=0.4, shortest_h=30.0, longest_h=130.0)
    down = np.clip((t - stop.start) / RAMP_H, 0.0, 1.0)
    up = np.clip((stop.start + stop.length - t) / RAMP_H, 0.0, 1.0)
    return np.where(stop.inside, 1.0 - np.minimum(down, up), 1.0)


def power_load(seed: int, t: Floats) -> Floats:
    """Load of the heat and power plant: it follows the steam demand of the park and the season."""
    key = key_of(seed, "load", "power")
    hour = local_hour(t)
    evening = 0.05 * np.exp(-(((hour - 19.0) / 3.0) ** 2)) + 0.04 * np.exp(-(((hour - 10.5) / 3.0) ** 2))
    return 0.80 + evening + 0.06 * smooth(key, t, 90.0) + 0.02 * smooth(key, t, 6.0, 1)
