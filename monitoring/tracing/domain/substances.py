"""Which outlets can have emitted a substance, from what is said of them. Codes are those of HJ 212 and HJ 524."""

from collections.abc import Collection
from enum import Enum

OPEN_SUMS = ("a24087", "a24088")  # hydrocarbons, non-methane hydrocarbons: any organic gas may be part of them
ORGANIC = ("a23", "a24", "a25", "a26", "a29", "a30", "a31", "a99010")
WHOLES = {
    "a25005": {"a25006", "a25007", "a25008"},  # xylenes
    "a21002": {"a21003", "a21004"},  # nitrogen oxides
    "a34013": {"a34001", "a34002", "a34004", "a34005", "a34017"},  # particles of a stack
    "a34001": {"a34002", "a34004", "a34005", "a34013", "a34017"},  # all particles
    "a34002": {"a34004", "a34005"},
    "a34004": {"a34005"},
}


class Ground(Enum):
    """What the prior of a point rests on."""

    HANDLED = "HANDLED"  # the register says that it may emit it
    PERMITTED = "PERMITTED"  # the register says nothing, its permit sets a limit for it
    NOT_HANDLED = "NOT_HANDLED"  # it emits other substances only
    DOUBTFUL = (
        "DOUBTFUL"  # premises all of whose outlets emit other substances only: leaks of it are rarer, not impossible
    )
    UNKNOWN = "UNKNOWN"


STRONGEST = (Ground.HANDLED, Ground.PERMITTED, Ground.UNKNOWN, Ground.DOUBTFUL, Ground.NOT_HANDLED)


def organic(*, code: str) -> bool:
    return code.startswith(ORGANIC) and code not in OPEN_SUMS


def includes(*, whole: str, part: str) -> bool:
    """Whether one name stands for several substances of which the other is one, or is the same."""
    return whole == part or part in WHOLES.get(whole, ()) or (whole in OPEN_SUMS and organic(code=part))


def counted_twice(*, codes: Collection[str]) -> tuple[str, str] | None:
    """A sum and one of its parts among the codes, whose mass would be counted twice; None where there is no such pair."""
    pairs = ((whole, part) for whole in codes for part in codes if whole != part)
    return next((pair for pair in pairs if includes(whole=pair[0], part=pair[1]) or set(pair) == set(OPEN_SUMS)), None)


def ground_of(*, substance: str, handled: Collection[str], permitted: Collection[str]) -> Ground:
    """Whether an outlet can have emitted a substance.

    Args:
        handled: what the register says it may emit, nothing where nobody has said; permitted: what its permit limits.

    Special cases: a sum such as NMHC leaves its members open, unless some of them are named beside it. A permit rules nothing
    out: it limits what the authority looks at, not what is there.
    """
    known = {*handled, *permitted}
    if _named(known, substance):
        return Ground.HANDLED if _named(set(handled), substance) else Ground.PERMITTED
    if not handled:
        return Ground.UNKNOWN
    open_sum = organic(code=substance) and any(one in OPEN_SUMS for one in known)
    if open_sum and not any(organic(code=one) for one in known):
        return Ground.UNKNOWN
    return Ground.NOT_HANDLED


def best_ground(*, grounds: Collection[Ground]) -> Ground:
    """What the chance of a point rests on where several substances are traced: the strongest reason to look at it."""
    return min(grounds, key=STRONGEST.index)


def ground_of_premises(*, grounds: Collection[Ground]) -> Ground:
    """What the chance of premises rests on, from the grounds of the outlets on them. What leaks need not pass an outlet."""
    if Ground.HANDLED in grounds or Ground.PERMITTED in grounds:
        return Ground.HANDLED
    return Ground.DOUBTFUL if grounds and set(grounds) == {Ground.NOT_HANDLED} else Ground.UNKNOWN


def _named(known: set[str], substance: str) -> bool:
    """Whether the substance, a part of it, or a closed whole that holds it is named."""
    return any(
        includes(whole=substance, part=one) or (one not in OPEN_SUMS and includes(whole=one, part=substance))
        for one in known
    )
