"""Monte Carlo over a frozen balance, with a stored seed."""

from dataclasses import asdict
from datetime import datetime
from time import perf_counter

from django.db import IntegrityError, transaction

from accounting.carbon.domain.balance.park import park
from accounting.carbon.domain.case.frozen import network_of
from accounting.carbon.models import BalanceSimulation, ParkBalance
from parks.catalogue.domain.errors import Invalid, NotFound

DRAWS = 10_000


class NothingToSimulate(Invalid):
    """The month could not be balanced, so there is nothing to draw."""

    code = "balance.not_solved"


def simulate(*, balance_id: int, seed: int, by_id: int | None, now: datetime, draws: int = DRAWS) -> BalanceSimulation:
    """Draw the month many times with the uncertainties that its case states. What was drawn before is not drawn again.

    Raises:
        NotFound: no such balance. NothingToSimulate: it has no solution.
    """
    balance = ParkBalance.objects.filter(pk=balance_id).first()
    if balance is None:
        raise NotFound
    if balance.total is None:
        raise NothingToSimulate
    known = BalanceSimulation.objects.filter(balance=balance, draws=draws, seed=seed).first()
    if known is not None:
        return known
    began = perf_counter()
    solved = park(network=network_of(balance.case))
    weights = {gas: float(value) for gas, value in balance.case["weights"].items()}
    grounds = balance.case["grounds"]
    stated = {**grounds["factors"], **grounds["uncertainty"]}
    ranges = solved.simulated(weights=weights, draws=draws, seed=seed, stated=stated)
    try:
        with transaction.atomic():
            return BalanceSimulation.objects.create(
                balance=balance, draws=draws, seed=seed, ranges={s: asdict(r) for s, r in sorted(ranges.items())},
                seconds=round(perf_counter() - began, 2), computed_at=now, computed_by_id=by_id,
            )  # fmt: skip
    except IntegrityError:
        return BalanceSimulation.objects.get(balance=balance, draws=draws, seed=seed)  # another worker was faster
