"""All that may have made the readings, as columns with priors: registered points, cells of unknown places, sectors outside."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.forward.columns import Air, columns
from monitoring.tracing.domain.forward.scene import Physics, Sensors, Sources, Weather, point_sources, thinner
from monitoring.tracing.domain.inference.evidence import Evidence, air_prior, air_priors, flank_of
from monitoring.tracing.domain.inference.outside import SECTORS, outside_columns, works_of
from monitoring.tracing.domain.inference.prepared import Prepared

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

LEAST_PRIOR, MOST_PRIOR = 1e-9, 0.9
EVERY_STEP = 1_000_000  # more steps than any block has


@dataclass(frozen=True, slots=True)
class Hypotheses:
    """What may be active, in the order of the columns; sectors outside follow of themselves."""

    points: Sources  # registered or otherwise given
    prior: Floats  # of the points, shape (k,)
    scale: Floats  # of their rates [kg/s]
    cells: Floats  # of unknown places, shape (n, 3) [m]
    cell_prior: Floats
    typical: float  # scale of a rate nobody knows [kg/s]
    outside: float  # probability of pollution from outside


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where and in what wind."""

    sensors: Sensors
    weather: Weather
    physics: Physics


def columns_of(
    *, sources: Sources, around: Surroundings, made: Prepared, air: Air, into: Singles | None = None, least: int = EVERY_STEP
) -> Singles:  # fmt: skip
    """Columns in the rows that count, shape (air.size, k, rows) [s/m3].

    Args:
        into: filled and returned; least: steps that a block keeps if not all are looked at.
    """
    thin = thinner(steps=int((made.blocks.of_minute == 0).sum()), least=least)
    return columns(
        sources=sources, sensors=around.sensors, weather=around.weather.every(steps=thin), physics=around.physics,
        blocks=made.blocks.every(steps=thin), air=air, rows=made.rows, into=into,
    )  # fmt: skip


def evidence_of(
    *, held: Hypotheses, around: Surroundings, made: Prepared, air: Air, least: int = EVERY_STEP, like: Evidence | None = None
) -> Evidence:  # fmt: skip
    """Rows and columns for the sampler; `least` as in `columns_of`.

    Args:
        like: evidence of another substance that was read in the same minutes, whose columns are the same.
    """
    every = like.columns if like is not None else _every_column(held, around, made, air, least)
    prior = np.concatenate([held.prior, held.cell_prior, np.full(2 * SECTORS, held.outside / SECTORS / 2)])
    # A line two kilometres out and as long as its sector is wide needs more for the same reading.
    scale = np.concatenate([
        held.scale, np.full(len(held.cells), held.typical), np.full(2 * SECTORS, held.typical * 30),
    ])  # fmt: skip
    offsets = np.array(air.offsets)
    assumed: dict[str, Any] = {
        "offsets": offsets, "widths": np.array(air.widths), "depths": np.array(air.depths), "curves": air.shape[3],
    }  # fmt: skip
    return Evidence(
        excess=made.excess, noise=made.noise, sensor=made.rows % around.sensors.count, block=made.rows // around.sensors.count,
        censored=made.censored, columns=every, air_shape=air.shape, prior=np.clip(prior, LEAST_PRIOR, MOST_PRIOR), scale=scale,
        log_air=air_prior(**assumed), log_airs=air_priors(**assumed), tempering=made.tempering,
        steps=made.background.steps, grain=made.grain,
        level=made.by_row(values=made.background.level - made.background.constant), sectors=SECTORS,
        flank=like.flank if like is not None else flank_of(columns=every, offsets=offsets, shape=air.shape), event=made.span,
    )  # fmt: skip


def evidences_of(*, held: Hypotheses, around: Surroundings, made: list[Prepared], air: Air) -> list[Evidence]:
    """Evidence of each substance; those that were read in the same minutes share their columns."""
    found: list[Evidence] = []
    for number, one in enumerate(made):
        alike = [k for k in range(number) if _read_alike(made[k], one)]
        found.append(evidence_of(held=held, around=around, made=one, air=air, like=found[alike[0]] if alike else None))
    return found


def _read_alike(one: Prepared, other: Prepared) -> bool:
    return (
        np.array_equal(one.rows, other.rows)
        and np.array_equal(one.blocks.used, other.blocks.used)
        and np.array_equal(one.alive, other.alive)
    )


def _every_column(held: Hypotheses, around: Surroundings, made: Prepared, air: Air, least: int) -> Singles:
    """Columns of points, cells, works and sectors outside, shape (air.size, hypotheses, rows)."""
    points = held.points
    if len(held.cells):
        points = points.joined(other=point_sources(places=held.cells))
    known, works = len(points), len(points) + SECTORS
    every = np.empty((air.size, works + SECTORS, len(made.rows)), dtype=np.float32)
    if known:
        columns_of(sources=points, around=around, made=made, air=air, into=every[:, :known], least=least)
        every[:, :known, ~made.alive] = 0.0
    # Plumes of works outside are broader than what single minutes of the wind change.
    columns_of(
        sources=works_of(sensors=around.sensors), around=around, made=made, air=air, into=every[:, known:works], least=1
    )
    every[:, works:] = outside_columns(
        weather=around.weather, physics=around.physics, blocks=made.blocks, air=air, rows=made.rows
    )
    return every
