"""Stages of a trace, in the order in which they are gone through."""

from enum import Enum

COMPILING = "compiling"  # before the first stage, the first time on a machine


class Stage(Enum):
    """What a worker has begun."""

    BACKGROUND = "background"
    SEARCH = "search"
    SAMPLING = "sampling"
    PLACES = "places"
    ANSWER = "answer"
    ALONE = "alone"  # the likely points, each tried alone


class WaterStage(Enum):
    """What a worker has begun of a water trace."""

    UPSTREAM = "upstream"  # which nodes lie upstream and in time
    RESPONSES = "responses"  # what a release from each of them gives where it was read
    SEARCH = "search"
    ANSWER = "answer"


class RiverStage(Enum):
    """What a worker has begun of a trace in a river."""

    ROUGH = "rough"  # a first population of guesses, that tells the errors
    FIRST = "first"
    SECOND = "second"  # another population, to compare with
    OUTFALLS = "outfalls"


class SitingStage(Enum):
    """Stages of a plan for sensors."""

    SIGNALS = "signals"
    PLAN = "plan"
    CURVE = "curve"
    MAP = "map"


class DriveStage(Enum):
    """Stages of the trace of a drive."""

    BACKGROUND = "background"
    ROWS = "rows"
    SAMPLING = "sampling"
    ANSWER = "answer"


class FingerprintStage(Enum):
    """Stages of the factors of several substances."""

    STARTS = "starts"
    BOOTSTRAP = "bootstrap"
    DISPLACED = "displaced"
    FACTOR_WIND = "factor_wind"
    BALANCE = "balance"


def standing(*, stage: str, stages: type[Enum] = Stage) -> tuple[tuple[str, str], ...]:
    """Every stage with how it stands: done, now or ahead. All lie ahead of a stage that is not known."""
    names = [one.value for one in stages]
    at = names.index(stage) if stage in names else -1
    return tuple((name, "done" if n < at else "now" if n == at else "ahead") for n, name in enumerate(names))
