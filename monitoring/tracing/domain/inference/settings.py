"""What may be chosen about an inversion; the defaults are what the measurements were made with."""

from dataclasses import dataclass

from monitoring.tracing.domain.forward.columns import Air


@dataclass(frozen=True, slots=True)
class Settings:
    """Choices of a run, kept with its answer."""

    seed: int = 1
    block_minutes: int | None = None  # of block means; by the length of the event when absent
    expected_sources: float = 2.0  # registered points active at once, before the data
    unregistered_prior: float = 0.02
    outside_prior: float = 0.05
    # Scatter of ln(rate) that no reading of the event removes, beside what the air and the errors hold; together with them it
    # has to come to no less than the 0.32 measured on the Prairie Grass releases.
    model_scatter: float = 0.25
    chains: int = 32  # in four populations
    rounds: int = 280
    burn: int = 210
    grid: bool = False  # unknown location instead of a register
    grid_step: float = 25.0  # [m]
    grid_heights: tuple[float, ...] = (2.0, 10.0)
    most_sources: int = 4  # of unknown location
    name_from: float = 0.6


FINE = Air((-10.0, -7.5, -5.0, -2.5, 0.0, 2.5, 5.0, 7.5, 10.0), (0.6, 1.0, 1.6, 2.5), (0.45, 0.8, 1.3, 2.2))
COARSE = Air((-9.0, -6.0, -3.0, 0.0, 3.0, 6.0, 9.0), (0.6, 1.1, 2.0), (0.5, 1.0, 2.0))
FIRST = Air((-9.0, -6.0, -3.0, 0.0, 3.0, 6.0, 9.0), (0.8, 1.6), (0.6, 1.2))  # of the first short run
MANY_ROWS = 1_000
FINE_CELLS = 20_000_000  # assumptions x hypotheses x rows up to which the fine grid is affordable


def air_for(*, hypotheses: int, rows: int) -> Air:
    """The finer grid of assumptions where memory and time allow."""
    return FINE if FINE.size * hypotheses * rows <= FINE_CELLS else COARSE


def affordable(*, chains: int, rows: int) -> int:
    """Chains that a case of so many rows is given: all up to a day of eight sensors, half of them from some forty sensors on."""
    return chains if rows <= MANY_ROWS else max(chains // 2, 8)


def block_minutes(*, minutes: float, chosen: int | None) -> int:
    """Length of a block [min]: half an hour for days, less for short events, so that there are at least a dozen."""
    if chosen is not None:
        return chosen
    if minutes >= 6 * 60:
        return 30
    return 15 if minutes >= 3 * 60 else max(int(minutes // 12), 1)
