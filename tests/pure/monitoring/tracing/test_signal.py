"""Checks of instruments, background and events."""

import numpy as np
import pytest

from monitoring.tracing.domain.signal.background import background
from monitoring.tracing.domain.signal.events import detected
from monitoring.tracing.domain.signal.quality import checked


def test_stuck_values_and_lone_spikes_fall_and_zeros_stay() -> None:
    rng = np.random.default_rng(1)
    values = np.abs(rng.normal(10, 1, (600, 3)))
    values[100:160, 0] = 25.0
    values[300, 1] = 5000.0
    values[:, 2] = 0.0
    values[400, 0] = np.nan

    found = checked(values=values)

    assert not found.used[102:158, 0].any()
    assert not found.used[300, 1]
    assert found.used[:, 2].all()
    assert found.used[:100, :2].all()
    assert found.noise[0] == pytest.approx(1.0, rel=0.3)


def test_background_follows_the_drift_and_not_the_plume() -> None:
    rng = np.random.default_rng(2)
    blocks, sensors = 48, 5
    drift = np.linspace(0, 0.6, blocks)[:, None] * np.array([0, 1, -1, 0, 0])
    means = 100 + np.arange(sensors) + drift + rng.normal(0, 0.18, (blocks, sensors))
    means[20:26, 2] += 40  # no source explains it yet

    found = background(
        means=means,
        readings=np.full(means.shape, 30.0),
        signal=np.zeros(means.shape),
        noise=np.ones(sensors),
        hours=0.5,
    )

    truth = 100 + np.arange(sensors) + drift
    assert np.abs(found.level - truth).max() < 0.6


def test_noise_raises_hardly_an_event_and_a_plume_does() -> None:
    rng = np.random.default_rng(3)
    quiet = rng.normal(size=(1440, 20))

    false = len(detected(deviations=quiet))
    quiet[700:760, 4] += 4.0
    found = detected(deviations=quiet)

    assert false <= 1
    assert any(e.sensor == 4 and abs(e.start - 700) < 10 and abs(e.end - 760) < 15 for e in found)


def test_events_merge_over_short_gaps() -> None:
    series = np.zeros((300, 1))
    series[50:80] = series[95:120] = 6.0

    found = detected(deviations=series)

    assert len(found) == 1
    assert (found[0].start, found[0].end) == (50, 120)
