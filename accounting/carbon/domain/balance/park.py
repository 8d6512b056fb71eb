"""The park of a month from data to ledgers, and a year as the sum of its months."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from accounting.carbon.domain.balance import exact as exactly
from accounting.carbon.domain.balance.assembly import Assembled, assembled, expanded
from accounting.carbon.domain.balance.checks import check
from accounting.carbon.domain.balance.elements import CarbonOfPark, carbon
from accounting.carbon.domain.balance.ledgers import Ledgers, ledgers
from accounting.carbon.domain.balance.network import Network
from accounting.carbon.domain.balance.sensitivity import Sensitivity, sensitivities
from accounting.carbon.domain.balance.simulation import Range, simulated
from accounting.carbon.domain.balance.solving import Floats, Matrix, Solved, matrix_of, solve


@dataclass(frozen=True, slots=True)
class Park:
    """A solved month."""

    month: str
    network: Network  # expanded
    system: Assembled[float]
    matrix: Matrix
    solved: Solved
    ledgers: Ledgers[float]
    carbon: CarbonOfPark
    exact: Ledgers[Fraction] | None  # where it was asked for

    def sensitivities(
        self, *, stream: str, weights: Mapping[str, float], price: Floats | None = None
    ) -> tuple[Sensitivity, ...]:
        """See `sensitivity.sensitivities`."""
        return sensitivities(
            network=self.network,
            system=self.system,
            matrix=self.matrix,
            phi=self.solved.phi,
            stream=stream,
            weights=weights,
            price=price,
        )

    def simulated(
        self, *, weights: Mapping[str, float], draws: int, seed: int, stated: Mapping[str, float] | None = None
    ) -> dict[str, Range]:
        """See `simulation.simulated`."""
        return simulated(
            network=self.network, system=self.system, weights=weights, draws=draws, seed=seed, stated=stated
        )


@dataclass(frozen=True, slots=True)
class Year:
    """Twelve months or fewer. A missing month is named and never counted as zero."""

    months: tuple[str, ...]
    missing: tuple[str, ...]
    gases: tuple[str, ...]
    park_direct: Mapping[str, float]
    imports: Mapping[str, float]
    exports: Mapping[str, float]
    factors: Mapping[str, Mapping[str, float]]  # of each stream, weighted by what was delivered


def park(*, network: Network, exact: bool = False) -> Park:
    """Check, solve and book a month.

    Args:
        network: as it came in.
        exact: also solve in fractions (up to 80 pools).

    Raises:
        PlatformError: of `checks`, `solving.ClosedLoop`, `solving.NotProven`, `exact.TooLargeForExact`.
    """
    check(network=network)
    whole = expanded(network=network)
    system = assembled(network=whole, number=float)
    matrix = matrix_of(system=system)
    solved = solve(matrix=matrix)
    books = ledgers(network=whole, system=system, phi=solved.phi.tolist(), number=float)
    return Park(
        network.month,
        whole,
        system,
        matrix,
        solved,
        books,
        carbon(network=whole),
        in_fractions(whole) if exact else None,
    )


def in_fractions(network: Network) -> Ledgers[Fraction]:
    system = assembled(network=network, number=exactly.as_fraction)
    phi = exactly.solved(system=system)
    return ledgers(network=network, system=system, phi=phi, number=exactly.as_fraction)


def year(*, parks: Sequence[Park], expected: Sequence[str]) -> Year:
    """Sum solved months.

    Args:
        parks: solved months, each once.
        expected: months that the year should have.

    Returns:
        Totals by gas [t]; the factor of a stream is its mean weighted by what was delivered each month.
    """
    gases = tuple(sorted({gas for one in parks for gas in one.ledgers.gases}))

    def summed(name: str) -> dict[str, float]:
        total = dict.fromkeys(gases, 0.0)
        for one in parks:
            for gas, amount in zip(one.ledgers.gases, getattr(one.ledgers, name), strict=True):
                total[gas] += amount
        return total

    worth: dict[str, dict[str, float]] = {}
    quantity: dict[str, float] = {}
    for one in parks:
        for stream, factor in one.ledgers.factors.items():
            delivered = one.ledgers.delivered[stream]
            quantity[stream] = quantity.get(stream, 0.0) + delivered
            row = worth.setdefault(stream, dict.fromkeys(gases, 0.0))
            for gas, value in zip(one.ledgers.gases, factor, strict=True):
                row[gas] += value * delivered
    months = tuple(sorted(one.month for one in parks))
    return Year(
        months, tuple(m for m in expected if m not in months), gases, summed("park_direct"), summed("imports"), summed("exports"),
        {s: {gas: value / quantity[s] for gas, value in row.items()} for s, row in worth.items()},
    )  # fmt: skip
