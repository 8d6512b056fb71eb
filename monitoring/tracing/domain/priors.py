"""What is believed of a registered point before the readings: handled substances, operation, confirmed cases, permits."""

from dataclasses import dataclass

NOT_RUNNING = 0.1  # factor on the odds; leaks of a plant at rest are rarer, not impossible
NOT_NAMED = 0.1  # likewise where every outlet of the same premises emits other substances only
CONFIRMED, MOST_CONFIRMED = 0.5, 4  # added to the odds' factor for each confirmed case, up to so many


@dataclass(frozen=True, slots=True)
class Known:
    """What the register says of one point."""

    substances: tuple[str, ...] | None = None  # handled; nothing is known where None
    operating: bool | None = None
    confirmed_cases: int = 0
    probability: float | None = None  # given outright
    doubtful: bool = False  # all that is known of the place speaks of other substances


def favoured(*, confirmed: int) -> float:
    """Factor on the odds of a place where an inspection found the source so many times before."""
    return 1 + CONFIRMED * min(confirmed, MOST_CONFIRMED)


def prior_probability(*, known: Known, substance: str, usual: float) -> float:
    """Probability of being active.

    Args:
        known: of the point; substance: that was measured; usual: of a point nothing is known of.

    Returns:
        Zero where the point does not handle the substance; what was given outright otherwise; else the usual odds with factors.
    """
    if known.substances is not None and substance.lower() not in {name.lower() for name in known.substances}:
        return 0.0
    if known.probability is not None:
        return known.probability
    odds = usual / (1 - usual) * favoured(confirmed=known.confirmed_cases)
    if known.operating is False:
        odds *= NOT_RUNNING
    if known.doubtful:
        odds *= NOT_NAMED
    return odds / (1 + odds)
