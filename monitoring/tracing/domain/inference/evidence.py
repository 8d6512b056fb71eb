"""What the sampler sees: rows of readings above the background, columns of hypotheses, and their priors."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.compiled import compiled

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

SWAY_DEG = 5.0  # between the mast and the plume
FEW = 40  # rows as many as what is usual counts for
LEAST_SHARE = 0.1  # of rows that count, however alike neighbours are
FITS = 10  # steps of the relative error by which the prior of the sigmas goes
PIECE = 1024  # columns and rows that are looked at together
UNKNOWN = 0.4  # tempering where too few neighbours carry a signal to tell; 0.3 to 0.5 is usual


@dataclass(frozen=True, slots=True)
class Evidence:
    """One event in rows (block and sensor) and columns (hypotheses). Concentrations [kg/m3], rates [kg/s]."""

    excess: Floats  # reading minus background, shape (rows,)
    noise: Floats  # standard deviation of it without the model's error, shape (rows,)
    sensor: NDArray[np.int_]  # by row
    block: NDArray[np.int_]  # by row
    censored: NDArray[np.bool_]  # the whole block lies below the detection limit; then `excess` is the limit
    columns: Singles  # concentration over rate, shape (assumptions, hypotheses, rows)
    log_air: Floats  # log prior of the assumptions, shape (assumptions,)
    air_shape: tuple[int, ...]  # offsets, widths, depths
    prior: Floats  # probability of being active, shape (hypotheses,)
    scale: Floats  # of the half-normal prior of the rate [kg/s], shape (hypotheses,)
    tempering: float = 1.0  # power of the likelihood
    steps: tuple[float, float] | Floats = (
        1e-12,
        1e-12,
    )  # of the regional walk and of a sensor's drift from block to block [kg/m3]; of several substances shape (substances, 2)
    grain: Floats | None = (
        None  # the part of the noise that is no doubt about the background, shape (rows,); all of it where None
    )
    level: Floats | None = None  # first estimate of the background less each sensor's constant part, shape (rows,)
    sectors: int = 0  # how many of the hypotheses, the last, lie outside and reach all sensors alike
    flank: Singles | None = (
        None  # square of what a sway of the wind by `SWAY_DEG` changes, shape of `columns`; nothing where None
    )

    kind: NDArray[np.int_] | None = None  # substance of each row; all of one where None
    shares: Floats | None = (
        None  # of the Dirichlet priors of the profiles, shape (hypotheses, substances); see `together`
    )

    log_airs: Floats | None = (
        None  # log prior of the assumptions by how well the model fits, shape (fits, assumptions), see `air_priors`; `log_air` where None
    )

    event: tuple[int, int] | None = (
        None  # first block in which hypotheses may be turned on and off, and the one after the last; see `spans`
    )

    @property
    def kinds(self) -> int:
        """How many substances."""
        return 1 if self.shares is None else self.shares.shape[1]

    @property
    def unit(self) -> float:
        """Typical noise [kg/m3]."""
        return float(np.median(self.noise))

    @property
    def grained(self) -> Floats:
        """Noise without the doubt about the background, shape (rows,)."""
        return self.noise if self.grain is None else self.grain


def by_cell(
    *, values: Floats, evidence: Evidence, heard: NDArray[np.bool_]
) -> tuple[Floats, NDArray[np.int_], NDArray[np.int_]]:
    """Mean over the substances that are heard, by block and sensor: what is wrong with a plume is wrong for all of them alike.

    Returns:
        Means, sensors and blocks of the cells with any, shape (cells,) each.
    """
    sensors = int(evidence.sensor.max()) + 1
    cells, place = np.unique((evidence.block * sensors + evidence.sensor)[heard], return_inverse=True)
    means = np.bincount(place, values[heard], len(cells)) / np.bincount(place, minlength=len(cells))
    return means, cells % sensors, cells // sensors


def air_prior(
    *, offsets: Floats, widths: Floats, depths: Floats, curves: int = 1, sure: float = 1.0
) -> Floats:  # fmt: skip
    """Log prior of every assumption, in the order of `forward.columns.Air`, normalised.

    Args:
        offsets: [deg], sd 5; widths, depths: factors of the sigmas, sd of their logarithms 0.4 and 0.5; curves: all alike.
        sure: of these two deviations, the part that holds.
    """
    parts = [
        -0.5 * (np.asarray(offsets) / 5.0) ** 2, -0.5 * (np.log(widths) / 0.4 / sure) ** 2, -0.5 * (np.log(depths) / 0.5 / sure) ** 2,
    ]  # fmt: skip
    joint = parts[0][:, None, None] + parts[1][None, :, None] + parts[2][None, None, :]
    flat = np.repeat(joint.ravel(), curves)
    return np.asarray(flat - np.log(np.exp(flat).sum()))


def air_priors(*, offsets: Floats, widths: Floats, depths: Floats, curves: int = 1) -> Floats:
    """`air_prior` by how well the model fits the readings, shape (FITS, assumptions), the last where it fits as badly as plumes of
    unknown air do.

    The sigmas of a plume are wrong for the reasons for which its single readings are wrong. A model whose readings err by a tenth
    does not have a plume twice as deep as the true one, even where depth and rate could make up for each other. The part that
    holds grows as the relative error does, up to `kernels.FIT_USUAL`: that of single readings and what the sway of the wind makes of
    them together.
    """
    given: dict[str, Any] = {"offsets": offsets, "widths": widths, "depths": depths, "curves": curves}
    return np.stack([air_prior(**given, sure=(step + 1) / FITS) for step in range(FITS)])


def flank_of(*, columns: Singles, offsets: Floats, shape: tuple[int, ...]) -> Singles:
    """Mean square change of each column when the wind sways by `SWAY_DEG` around an assumption.

    Args:
        columns: shape (assumptions, hypotheses, rows), ordered by offset first; offsets: [deg]; shape: of the assumptions.

    Returns:
        The same shape, the unit squared. At the ends of the offsets only the sway towards the middle is known.
    """
    apart = offsets[:, None] - offsets[None, :]
    weights = np.exp(-0.5 * (apart / SWAY_DEG) ** 2)
    weights = np.where(np.abs(apart) <= 3 * SWAY_DEG, weights / weights.sum(axis=1, keepdims=True), 0.0)
    found = np.zeros_like(columns)
    _sway(found.reshape(shape[0], -1), columns.reshape(shape[0], -1), weights.astype(np.float32))
    return found


@compiled
def _sway(found: Singles, by_offset: Singles, weights: Singles) -> None:
    """Add weighted squares of the changes from each offset to the others, a piece of the rows at a time that stays near."""
    count = by_offset.shape[1]
    for start in range(0, count, PIECE):
        end = min(start + PIECE, count)
        for here in range(len(by_offset)):
            total, own = found[here, start:end], by_offset[here, start:end]
            for other in range(len(by_offset)):
                weight = weights[here, other]
                if weight == 0.0 or other == here:
                    continue
                there = by_offset[other, start:end]
                for k in range(len(own)):
                    change = there[k] - own[k]
                    total[k] += weight * (change * change)


def tempering(
    *, residual: Floats, sensor: NDArray[np.int_], block: NDArray[np.int_], heard: NDArray[np.bool_]
) -> float:
    """Effective over counted rows, from how alike neighbouring residuals are; between 0.1 and 1, and near
    what is usual where few rows tell.

    Args:
        residual: standardised, shape (rows,); sensor, block: of the rows; heard: rows with a signal.

    Source: tracing notes 2.9: n over 1 + 2 sum of autocorrelations, and the correlation of sensors in a block.
    """
    if heard.sum() < 8:
        return UNKNOWN
    clipped = np.clip(residual, -3.0, 3.0)
    count = int(block.max()) + 1
    grid = np.full((count, int(sensor.max()) + 1), np.nan)
    grid[block[heard], sensor[heard]] = clipped[heard]
    variance = float(np.nanmean(grid**2))
    total = 0.0
    for lag in range(1, min(8, count // 3)):
        products = grid[lag:] * grid[:-lag]
        known = np.isfinite(products)
        if known.sum() < 8:
            if lag == 1:
                return UNKNOWN
            break
        rho = float(products[known].mean()) / variance
        if rho < max(0.05, 1.0 / np.sqrt(known.sum())):
            break
        total += rho
    share = float(np.clip(1 / (1 + 2 * total), LEAST_SHARE, 1.0))
    # A few rows tell little of how alike neighbours are.
    count_heard = int(heard.sum())
    return (count_heard * share + FEW * UNKNOWN) / (count_heard + FEW)
