"""What may be chosen about an inversion; the defaults are what the measurements were made with."""

from dataclasses import dataclass, replace

from monitoring.tracing.domain.forward.columns import Air, Curves
from monitoring.tracing.domain.forward.scene import Physics
from monitoring.tracing.domain.physics.dispersion import Scheme


@dataclass(frozen=True, slots=True)
class Settings:
    """Choices of a run, kept with its answer."""

    seed: int = 1
    block_minutes: int | None = None  # of block means; by the length of the event when absent
    expected_sources: float = 2.0  # registered points active at once, before the data
    unregistered_prior: float = 0.005
    outside_prior: float = 0.05
    # Scatter of ln(rate) that no reading of the event removes, beside what the air and the errors hold, and what all of it comes to
    # at least: 0.32 was measured on the Prairie Grass releases with all that is known there known.
    model_scatter: float = 0.1
    least_spread: float = 0.32
    chains: int = 32  # in populations of eight
    rounds: int = 900
    burn: int = 660
    grid: bool = False  # unknown location instead of a register
    grid_step: float = 25.0  # [m]
    grid_heights: tuple[float, ...] = (2.0, 10.0)
    most_sources: int = 4  # of unknown location
    name_from: float = 0.6


FINE = Air(
    (-15.0, -12.0, -9.0, -6.0, -3.0, 0.0, 3.0, 6.0, 9.0, 12.0, 15.0), (0.6, 1.0, 1.7, 3.0), (0.5, 0.7, 1.0, 1.4, 2.2)
)
COARSE = Air((-12.0, -8.0, -4.0, 0.0, 4.0, 8.0, 12.0), (0.6, 1.0, 1.8), (0.5, 1.0, 2.0))
FIRST = Air((-12.0, -8.0, -4.0, 0.0, 4.0, 8.0, 12.0), (0.8, 1.6, 3.0), (0.6, 1.2))  # of the first short run
LOOKED = (-10.0, -5.0, 0.0, 5.0, 10.0)  # offsets of the wind in the first looks at a long register
MANY_ROWS = 1_000
MOST_CELLS = 20_000_000  # assumptions x hypotheses x rows that are affordable; eight bytes each
FAR = 1_500.0  # [m]; from there the curves of the schemes part by more than the factors of the depth cover


def air_for(*, choices: tuple[Air, ...], hypotheses: int, rows: int, physics: Physics, reach: float) -> Air:
    """The first of the grids of assumptions that memory and time allow, then the last; where the way is long, the last with more curves."""
    every = choices if reach < FAR else (with_curves(air=choices[-1], physics=physics, reach=reach),)
    return next((air for air in every if air.size * hypotheses * rows <= MOST_CELLS), choices[-1])


def with_curves(*, air: Air, physics: Physics, reach: float) -> Air:
    """With a second scheme of curves where the air goes far: powers fitted within a kilometre part beyond it, in class A by ten times.

    Args:
        reach: typical way from candidates to sensors [m].
    """
    if reach < FAR:
        return air
    other = Scheme.GBT if physics.scheme is Scheme.RURAL else Scheme.RURAL
    return replace(air, others=(Curves(other), Curves(Scheme.RURAL, 0.5)))


@dataclass(frozen=True, slots=True)
class Effort:
    """How a case is sampled."""

    chains: int
    rounds: int
    burn: int
    populations: int | None = None  # of eight chains where None


def effort_of(*, settings: Settings, rows: int) -> Effort:
    """Chosen chains and rounds up to a day of eight sensors; from some forty sensors on fewer chains in larger populations: an
    explanation is then parted from the next by hundreds in the likelihood, and eight chains get caught.
    """
    if rows <= MANY_ROWS:
        return Effort(settings.chains, settings.rounds, settings.burn)
    return Effort(max(3 * settings.chains // 4, 8), settings.rounds, settings.burn, 2)


def block_minutes(*, minutes: float, chosen: int | None) -> int:
    """Length of a block [min]: half an hour for days, less for short events, so that there are at least a dozen."""
    if chosen is not None:
        return chosen
    if minutes >= 6 * 60:
        return 30
    return 15 if minutes >= 3 * 60 else max(int(minutes // 12), 1)
