"""The moves of the chains as machine code, each a Metropolis-Hastings or Gibbs step on the exact tempered posterior.

One file although it is long: see `compiled`. Concentrations are in units of the typical noise. The likelihood of a row is
Student's; v its squared scale and r its residual, four rows share one logarithm of the product of v^4 / (4 v + r^2)^5.

Several substances at once: a row belongs to one of them, a hypothesis has a share for each that is drawn with its rate, and rows of
one block and sensor (a cell) are Student's together, because what is wrong with the plume is wrong for all of them alike.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.compiled import compiled, uncounted

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]

FREEDOM = 4.0
KAPPA_MIDDLE, KAPPA_SPREAD = 0.5, 0.4  # prior of the model's relative error, lognormal
SWAY_MIDDLE, SWAY_SPREAD = 0.7, 0.4  # of the sway, in units of `evidence.SWAY_DEG`; blocks average over it
# Relative error from which the sigmas may be as wrong as they ever are, see `evidence.air_priors`, and what a sway of one adds to it.
FIT_USUAL, SWAY_ERROR = 0.5, 0.4
# Least relative error: what a calibrated instrument and a block mean leave in any case.
FLOOR = 0.1
WALK_SPREAD = 0.5  # prior of the logarithm of a walk's step
START = 3.0  # steps of the first block; the constant offset of a sensor is taken off before
OUTSIDE_LEAST = 1e-4  # of the scale of an outside rate, tried when it trades with the regional level
BLIND = 0.15  # share of the switches that try any hypothesis alike
LEAST_PRODUCT = 1e-74  # of a row, so that four of them stay above the least double
OWN = 0.2  # of the square of the model's error, the part that each substance has by itself; an assumption
LEAST_PART = 1e-12  # share of a substance that a point handles
STEEP = -5.0  # deviations below zero from which a truncated Gaussian is drawn by its tail

SWITCH, RATE, SWAP, AIR, ERROR, LEVEL, OUTSIDE, EXCHANGE, SPAN = range(9)
ROUND = np.array([
    SWITCH, RATE, AIR, SWAP, SPAN, SWITCH, LEVEL, RATE, EXCHANGE, AIR, SWITCH, ERROR, SWITCH, SWAP, AIR, RATE, SWITCH, OUTSIDE,
    EXCHANGE, RATE, AIR, SPAN, SWITCH, SWAP,
])  # fmt: skip


class Seen(NamedTuple):
    """What does not change while the chains move. Rows r, hypotheses k, assumptions about the air g."""

    raw: Floats  # readings less the constant part of the background, shape (r,)
    above: Floats  # the part of the excess above zero
    variance: Floats  # of the noise
    hidden: Numbers  # rows below the limit of detection
    columns: Singles  # over rate, shape (g, k, r)
    flanks: Singles  # squared, over squared rate
    place: Numbers  # of each row in blocks x sensors
    sensors: int
    nearest: Numbers  # of each block, the block with rows that stands for it
    log_airs: Floats  # by how well the model fits, shape (fits, g)
    air_shape: Numbers
    norms: Floats  # size of each column, shape (g, k)
    log_odds: Floats  # shape (k,)
    scale: Floats
    alike: Floats  # probability of trying a column in place of another, shape (k, k)
    alike_sums: Floats
    sectors: int
    steps: Floats  # middles of the priors of both walks' steps by substance, shape (j, 2)
    pick_sums: Floats  # cumulated probability of trying each hypothesis first
    kinds: int  # substances j; their blocks lie one behind the other
    kind: Numbers  # substance of each row
    cells: Numbers  # rows of one block and sensor by substance, shape (n, j); -1 where none, or where it is hidden
    shares: Floats  # of the Dirichlet priors, shape (k, j); zero where it is not handled
    shares_norm: Floats  # logarithm of what makes their density one, shape (k,)
    tried: Floats  # of the Dirichlet densities from which half of the shares are tried, shape (k, j)
    tried_norm: Floats
    part: Numbers  # of the event, by row
    part_rows: Numbers  # first row of each part, and how many rows there are; of one substance, whose rows go by time
    parts: int
    span_prior: Floats  # logarithm: throughout, and any other span; shape (k, 2)
    span_tried: Floats  # logarithm of trying each span, shape (k, spans); see `spans`
    span_sums: Floats  # cumulated


class Chains(NamedTuple):
    """States, one row a chain."""

    active: Flags  # shape (c, k)
    rates: Floats
    air: Numbers  # shape (c,)
    kappa: Floats
    sway: Floats
    model: Floats  # shape (c, r)
    flank: Floats  # squared, for a sway of one
    level: Floats
    common: Floats  # shape (c, blocks)
    drift: Floats  # shape (c, blocks, sensors)
    common_step: Floats  # shape (c, j)
    drift_step: Floats
    fit: Floats  # log likelihood before tempering
    shares: Floats  # of the substances in each hypothesis, shape (c, k, j); without meaning where it is not active
    spans: Numbers  # first part of the event in which each is on, and the one after its last, shape (c, k, 2); likewise


class Room(NamedTuple):
    """Scratch of one thread, so that nothing is set aside while it runs."""

    model: Floats  # shape (r,)
    flank: Floats
    product: Floats
    level: Floats
    values: Floats  # shape (blocks, sensors)
    certain: Floats
    rates: Floats  # shape (k,)
    column: Singles  # shape (r,)
    squared: Singles
    share: Floats  # shape (j,)
    span: Numbers  # shape (2,)
    common: Floats  # as in the chains, shape (blocks of all substances,)
    drift: Floats  # shape (blocks of all substances, sensors)
    steps: Floats  # of both walks, shape (2, j)
    mean: Floats  # shape (blocks of all substances,)
    rows: Floats
    middle: Floats  # shape (blocks,), as the next three
    weights: Floats
    path: Floats
    spread: Floats


class Kept(NamedTuple):
    """States of a population, shape (c, rounds) or (c, rounds, k), and sums over chains and rounds by row."""

    active: Flags
    rates: Floats
    air: Numbers
    kappa: Floats
    sway: Floats
    fit: Floats
    model: Floats
    deviation: Floats
    level: Floats
    would_be: Floats  # rates as if they were active, shape (c, some rounds, k)
    shares: Floats  # shape (c, rounds, k, j); no rounds where there is one substance
    spans: NDArray[np.int16]  # shape (c, rounds, k, 2)


@uncounted
def log_ndtr(x: float) -> float:
    """Log of the normal distribution function."""
    if x > -5.0:
        return math.log(0.5 * math.erfc(-x * 0.7071067811865476))
    y = x * x
    return -0.5 * y - math.log(-x * 2.5066282746310002) + math.log1p((-1 + (3 - (15 - 105 / y) / y) / y) / y)


@uncounted
def truncated(rng: np.random.Generator, mean: float, deviation: float) -> float:
    """A Gaussian above zero; far below zero its exponential tail."""
    ratio = mean / deviation
    if ratio < STEEP:
        return max(-deviation * math.log(1.0 - rng.random()) / -ratio, 1e-30)
    if ratio > -0.5:
        while True:
            found = mean + deviation * rng.standard_normal()
            if found > 0:
                return max(found, 1e-30)
    slope = 0.5 * (-ratio + math.sqrt(ratio * ratio + 4.0))
    while True:
        tried = -ratio - math.log(1.0 - rng.random()) / slope
        if rng.random() < math.exp(-0.5 * (tried - slope) ** 2):
            return max(mean + deviation * tried, 1e-30)


@uncounted
def log_tail(value: float, mean: float, deviation: float) -> float:
    """Log density of `truncated`."""
    ratio = mean / deviation
    if ratio < STEEP:
        steep = -ratio / deviation
        return math.log(steep) - steep * value
    apart = (value - mean) / deviation
    return -0.5 * apart * apart - math.log(deviation * 2.5066282746310002) - log_ndtr(ratio)


@uncounted
def likelihood_together(seen: Seen, model: Floats, flank: Floats, level: Floats, kappa: float, sway: float) -> float:
    """The same for several substances: the errors of a cell are one Student vector with a common part and parts of their own."""
    own, common, swayed = OWN * kappa * kappa + FLOOR * FLOOR, (1.0 - OWN) * kappa * kappa, sway * sway
    found = 0.0
    for n in range(len(seen.cells)):
        size, inner, cross, square, count = 1.0, 0.0, 0.0, 0.0, 0
        for j in range(seen.kinds):
            i = seen.cells[n, j]
            if i >= 0:
                v = seen.variance[i] + own * model[i] * model[i]
                shared = common * model[i] * model[i] + swayed * flank[i]
                r = seen.raw[i] - model[i] - level[i]
                size *= v
                square += shared / v
                cross += r * math.sqrt(shared) / v
                inner += r * r / v
                count += 1
        if count:
            inner -= cross * cross / (1.0 + square)
            found -= 0.5 * math.log(size * (1.0 + square))
            found -= 0.5 * (FREEDOM + count) * math.log(1.0 + inner / FREEDOM)
    for i in seen.hidden:
        v = seen.variance[i] + (own + common) * model[i] * model[i] + swayed * flank[i]
        found += log_ndtr((seen.raw[i] - model[i] - level[i]) / math.sqrt(v))
    return found


@uncounted
def likelihood(seen: Seen, model: Floats, flank: Floats, level: Floats, kappa: float, sway: float, room: Room) -> float:
    """Log likelihood of one chain, without constants and before tempering."""
    if seen.kinds > 1:
        return likelihood_together(seen, model, flank, level, kappa, sway)
    relative, swayed, count = kappa * kappa + FLOOR * FLOOR, sway * sway, len(model)
    product = room.product
    for i in range(count):
        v = seen.variance[i] + relative * model[i] * model[i] + swayed * flank[i]
        r = seen.raw[i] - model[i] - level[i]
        d = FREEDOM * v + r * r
        product[i] = max(v * v * v * v / (d * d * d * d * d), LEAST_PRODUCT)
    found = 0.0
    for i in seen.hidden:
        v = seen.variance[i] + relative * model[i] * model[i] + swayed * flank[i]
        found += log_ndtr((seen.raw[i] - model[i] - level[i]) / math.sqrt(v))
        product[i] = 1.0
    whole = count - count % 4
    total = 0.0
    for i in range(0, whole, 4):
        total += math.log((product[i] * product[i + 1]) * (product[i + 2] * product[i + 3]))
    for i in range(whole, count):
        total += math.log(product[i])
    return found + 0.5 * total


@uncounted
def add(model: Floats, flank: Floats, rate: float, column: Singles, squared: Singles) -> None:
    """Add a source in place; a negative rate takes it away, and what rounding leaves below zero with it."""
    square = rate * abs(rate)
    for i in range(len(model)):
        model[i] = max(model[i] + rate * column[i], 0.0)
        flank[i] = max(flank[i] + square * squared[i], 0.0)


@uncounted
def limited(into: Singles, values: Singles, begin: int, end: int) -> None:
    """Some of the rows, zero before and after them."""
    for i in range(begin):
        into[i] = 0.0
    for i in range(begin, end):
        into[i] = values[i]
    for i in range(end, len(into)):
        into[i] = 0.0


@uncounted
def column_of(seen: Seen, share: Floats, span: Numbers, g: int, k: int, room: Room) -> tuple[Singles, Singles]:
    """A column and its squared flank while it is on, each row by the share of its substance; good until the next one is asked for."""
    first, last = span[0], span[1]
    if seen.kinds == 1:
        if first == 0 and last == seen.parts:
            return seen.columns[g, k], seen.flanks[g, k]
        begin, end = seen.part_rows[first], seen.part_rows[last]
        limited(room.column, seen.columns[g, k], begin, end)
        limited(room.squared, seen.flanks[g, k], begin, end)
        return room.column, room.squared
    for i in range(len(room.column)):
        part = share[seen.kind[i]] if first <= seen.part[i] < last else 0.0
        room.column[i] = seen.columns[g, k, i] * part
        room.squared[i] = seen.flanks[g, k, i] * part * part
    return room.column, room.squared


@uncounted
def span_number(parts: int, first: int, last: int) -> int:
    """Number of a span, in the order of `spans.edges_of`."""
    return first * parts - first * (first - 1) // 2 + last - first - 1


@uncounted
def log_span(seen: Seen, k: int, span: Numbers) -> float:
    """Log prior of a span."""
    return float(seen.span_prior[k, 0 if span[0] == 0 and span[1] == seen.parts else 1])


@uncounted
def span_drawn(rng: np.random.Generator, seen: Seen, k: int, span: Numbers) -> None:
    """A span for a hypothesis that is turned on, in place: throughout, any, or what the readings suggest."""
    left, first = picked(rng, seen.span_sums[k]), 0
    while left >= seen.parts - first:
        left -= seen.parts - first
        first += 1
    span[0], span[1] = first, first + left + 1


@uncounted
def span_gained(seen: Seen, k: int, span: Numbers) -> float:
    """Log prior of a span over how often it is tried."""
    return log_span(seen, k, span) - float(seen.span_tried[k, span_number(seen.parts, span[0], span[1])])


@uncounted
def log_dirichlet(given: Floats, norm: float, share: Floats) -> float:
    """Log density; minus infinity where a substance that is not handled has a share, or one that is has none."""
    found = norm
    for j in range(len(share)):
        if (given[j] > 0.0) != (share[j] > 0.0):
            return -math.inf
        if given[j] > 0.0:
            found += (given[j] - 1.0) * math.log(share[j])
    return found


@uncounted
def log_share(seen: Seen, k: int, share: Floats) -> float:
    """Log density of the prior of a share; zero for one substance."""
    return 0.0 if seen.kinds == 1 else log_dirichlet(seen.shares[k], seen.shares_norm[k], share)


@uncounted
def share_drawn(rng: np.random.Generator, seen: Seen, k: int, share: Floats) -> None:
    """A share for a hypothesis that is turned on, in place: from its prior, or from what the readings suggest."""
    if seen.kinds == 1:
        return
    given = seen.shares[k] if rng.random() < 0.5 else seen.tried[k]
    total = 0.0
    for j in range(len(share)):
        share[j] = max(rng.standard_gamma(given[j]), LEAST_PART) if given[j] > 0.0 else 0.0
        total += share[j]
    for j in range(len(share)):
        share[j] /= total


@uncounted
def share_gained(seen: Seen, k: int, share: Floats) -> float:
    """Log density of the prior of a share over that of `share_drawn`."""
    if seen.kinds == 1:
        return 0.0
    prior = log_dirichlet(seen.shares[k], seen.shares_norm[k], share)
    tried = log_dirichlet(seen.tried[k], seen.tried_norm[k], share)
    top = max(prior, tried)
    return prior - top - math.log(0.5 * math.exp(prior - top) + 0.5 * math.exp(tried - top))


@uncounted
def conditional(
    seen: Seen, model: Floats, flank: Floats, level: Floats, sway: float, kappa: float, power: float, column: Singles,
    squared: Singles, scale: float,
) -> tuple[float, float]:  # fmt: skip
    """Gaussian guess of a rate from everything else, the same before and after a switch.

    Rows on the flank of the plume tell little of the rate; where they lie shows once there is a first guess of it.
    """
    relative, swayed = kappa * kappa + FLOOR * FLOOR, sway * sway
    least, middle, precision, guess = 1.0 / (scale * scale), 0.0, 0.0, 0.0
    # Rows of one cell err alike, so that several substances tell little more of the rate than one.
    power = power / seen.kinds
    for _ in range(2):
        inner, precision = 0.0, 0.0
        for i in range(len(model)):
            size = max(model[i], seen.above[i])
            weight = power / (seen.variance[i] + relative * size * size + swayed * flank[i])
            weight = weight / (1.0 + weight * guess * squared[i])
            precision += weight * column[i] * column[i]
            inner += weight * column[i] * (seen.raw[i] - model[i] - level[i])
        precision += least
        middle = inner / precision
        guess = (max(middle, 0.0) * sway) ** 2 / power
    apart = 0.25 * max(middle, 0.0)
    return middle, math.sqrt(1.0 / precision + apart * apart)


@uncounted
def log_slab(rate: float, scale: float) -> float:
    """Log density of the prior of a rate, half-normal."""
    return math.log(0.7978845608028654 / scale) - 0.5 * (rate / scale) ** 2


@uncounted
def taken(rng: np.random.Generator, log_ratio: float) -> bool:
    return bool(math.log(1.0 - rng.random()) < log_ratio)


@uncounted
def picked(rng: np.random.Generator, sums: Floats) -> int:
    """A place by cumulated probabilities."""
    return min(int(np.searchsorted(sums, rng.random() * sums[-1])), len(sums) - 1)


@uncounted
def some_active(rng: np.random.Generator, active: Flags) -> tuple[int, int]:
    """One active hypothesis, and how many there are."""
    number = 0
    for k in range(len(active)):
        number += active[k]
    if number == 0:
        return 0, 0
    left = int(rng.random() * number)
    for k in range(len(active)):
        if active[k]:
            if left == 0:
                return k, number
            left -= 1
    return 0, 0


@uncounted
def put(into: NDArray[Any], values: NDArray[Any]) -> None:
    """Into a slice, one by one: numba's own assignment brings the words of its error along, and with them seconds of compiling."""
    for i in range(len(into)):
        into[i] = values[i]


@uncounted
def copied(room: Room, chains: Chains, c: int) -> None:
    put(room.model, chains.model[c])
    put(room.flank, chains.flank[c])


@uncounted
def keep(chains: Chains, c: int, model: Floats, flank: Floats, fit: float) -> None:
    put(chains.model[c], model)
    put(chains.flank[c], flank)
    chains.fit[c] = fit


@uncounted
def switch(
    rng: np.random.Generator, seen: Seen, chains: Chains, c: int, power: float, pick: Floats, room: Room
) -> None:
    """Turn one hypothesis on or off."""
    k, g = picked(rng, pick), chains.air[c]
    was_on = chains.active[c, k]
    put(room.share, chains.shares[c, k])
    put(room.span, chains.spans[c, k])
    if not was_on:
        share_drawn(rng, seen, k, room.share)
        span_drawn(rng, seen, k, room.span)
    column, squared = column_of(seen, room.share, room.span, g, k, room)
    copied(room, chains, c)
    if was_on:
        add(room.model, room.flank, -chains.rates[c, k], column, squared)
    middle, deviation = conditional(
        seen, room.model, room.flank, chains.level[c], chains.sway[c], chains.kappa[c], power, column, squared, seen.scale[k]
    )  # fmt: skip
    rate = chains.rates[c, k] if was_on else truncated(rng, middle, deviation)
    if not was_on:
        add(room.model, room.flank, rate, column, squared)
    fit = likelihood(seen, room.model, room.flank, chains.level[c], chains.kappa[c], chains.sway[c], room)
    gained = seen.log_odds[k] + log_slab(rate, seen.scale[k]) - log_tail(rate, middle, deviation)
    gained += share_gained(seen, k, room.share) + span_gained(seen, k, room.span)
    if taken(rng, power * (fit - chains.fit[c]) + (-gained if was_on else gained)):
        keep(chains, c, room.model, room.flank, fit)
        chains.active[c, k] = not was_on
        chains.rates[c, k] = rate
        put(chains.shares[c, k], room.share)
        put(chains.spans[c, k], room.span)


@uncounted
def change_rate(rng: np.random.Generator, seen: Seen, chains: Chains, c: int, power: float, room: Room) -> None:
    """A step of one rate."""
    k, number = some_active(rng, chains.active[c])
    if number == 0:
        return
    step = (0.08 if rng.random() < 0.5 else 0.3) * rng.standard_normal()
    old, g = chains.rates[c, k], chains.air[c]
    new = old * math.exp(step)
    copied(room, chains, c)
    column, squared = column_of(seen, chains.shares[c, k], chains.spans[c, k], g, k, room)
    add(room.model, room.flank, -old, column, squared)
    add(room.model, room.flank, new, column, squared)
    fit = likelihood(seen, room.model, room.flank, chains.level[c], chains.kappa[c], chains.sway[c], room)
    slab = log_slab(new, seen.scale[k]) - log_slab(old, seen.scale[k])
    if taken(rng, power * (fit - chains.fit[c]) + slab + step):
        keep(chains, c, room.model, room.flank, fit)
        chains.rates[c, k] = new


@uncounted
def swap(rng: np.random.Generator, seen: Seen, chains: Chains, c: int, power: float, room: Room) -> None:
    """One look-alike for another, of about the same size and with the same share of each substance."""
    k, number = some_active(rng, chains.active[c])
    if number == 0:
        return
    other, g = picked(rng, seen.alike_sums[k]), chains.air[c]
    if chains.active[c, other] or other == k:
        return
    stretch = seen.norms[g, k] / seen.norms[g, other] * math.exp(0.2 * rng.standard_normal())
    share = chains.shares[c, k]
    span = chains.spans[c, k]
    changed = log_share(seen, other, share) - log_share(seen, k, share)
    changed += log_span(seen, other, span) - log_span(seen, k, span)
    if changed == -math.inf:
        return
    old = chains.rates[c, k]
    new = old * stretch
    copied(room, chains, c)
    column, squared = column_of(seen, share, span, g, k, room)
    add(room.model, room.flank, -old, column, squared)
    column, squared = column_of(seen, share, span, g, other, room)
    add(room.model, room.flank, new, column, squared)
    fit = likelihood(seen, room.model, room.flank, chains.level[c], chains.kappa[c], chains.sway[c], room)
    odds = seen.log_odds[other] - seen.log_odds[k] + log_slab(new, seen.scale[other]) - log_slab(old, seen.scale[k])
    odds += math.log(stretch) + math.log(seen.alike[other, k]) - math.log(seen.alike[k, other])
    if taken(rng, power * (fit - chains.fit[c]) + odds + changed):
        keep(chains, c, room.model, room.flank, fit)
        chains.active[c, k], chains.active[c, other], chains.rates[c, other] = False, True, new
        put(chains.shares[c, other], share)
        put(chains.spans[c, other], span)


@uncounted
def exchange(rng: np.random.Generator, seen: Seen, chains: Chains, c: int, power: float, room: Room) -> None:
    """One look-alike for another at a rate that the readings suggest."""
    k, number = some_active(rng, chains.active[c])
    if number == 0:
        return
    other, g = picked(rng, seen.alike_sums[k]), chains.air[c]
    if chains.active[c, other] or other == k:
        return
    old, sway, kappa, level = chains.rates[c, k], chains.sway[c], chains.kappa[c], chains.level[c]
    span = chains.spans[c, k]
    changed = log_span(seen, other, span) - log_span(seen, k, span)
    if changed == -math.inf:
        return
    copied(room, chains, c)
    column, squared = column_of(seen, chains.shares[c, k], span, g, k, room)
    add(room.model, room.flank, -old, column, squared)
    back = conditional(seen, room.model, room.flank, level, sway, kappa, power, column, squared, seen.scale[k])
    put(room.share, chains.shares[c, other])
    share_drawn(rng, seen, other, room.share)
    column, squared = column_of(seen, room.share, span, g, other, room)
    there = conditional(seen, room.model, room.flank, level, sway, kappa, power, column, squared, seen.scale[other])
    new = truncated(rng, there[0], there[1])
    add(room.model, room.flank, new, column, squared)
    fit = likelihood(seen, room.model, room.flank, level, kappa, sway, room)
    odds = seen.log_odds[other] - seen.log_odds[k] + log_slab(new, seen.scale[other]) - log_slab(old, seen.scale[k])
    odds += log_tail(old, back[0], back[1]) - log_tail(new, there[0], there[1])
    odds += math.log(seen.alike[other, k]) - math.log(seen.alike[k, other])
    odds += share_gained(seen, other, room.share) - share_gained(seen, k, chains.shares[c, k]) + changed
    if taken(rng, power * (fit - chains.fit[c]) + odds):
        keep(chains, c, room.model, room.flank, fit)
        chains.active[c, k], chains.active[c, other], chains.rates[c, other] = False, True, new
        put(chains.shares[c, other], room.share)
        put(chains.spans[c, other], span)


@uncounted
def change_span(rng: np.random.Generator, seen: Seen, chains: Chains, c: int, power: float, room: Room) -> None:
    """Turn one source on or off a little earlier or later at the same rate, or at quite other times at a rate that they suggest."""
    k, number = some_active(rng, chains.active[c])
    if number == 0 or seen.span_prior[k, 1] == -math.inf:
        return
    span, g, old = chains.spans[c, k], chains.air[c], chains.rates[c, k]
    put(room.span, span)
    elsewhere = rng.random() < 0.3
    if elsewhere:
        span_drawn(rng, seen, k, room.span)
    else:
        step = 1 + int(rng.random() * 3.0)
        room.span[0 if rng.random() < 0.5 else 1] += step if rng.random() < 0.5 else -step
        if room.span[0] < 0 or room.span[1] > seen.parts or room.span[0] >= room.span[1]:
            return
    sway, kappa, level = chains.sway[c], chains.kappa[c], chains.level[c]
    copied(room, chains, c)
    column, squared = column_of(seen, chains.shares[c, k], span, g, k, room)
    add(room.model, room.flank, -old, column, squared)
    odds, new = log_span(seen, k, room.span) - log_span(seen, k, span), old
    if elsewhere:
        odds = span_gained(seen, k, room.span) - span_gained(seen, k, span)
        back = conditional(seen, room.model, room.flank, level, sway, kappa, power, column, squared, seen.scale[k])
        column, squared = column_of(seen, chains.shares[c, k], room.span, g, k, room)
        there = conditional(seen, room.model, room.flank, level, sway, kappa, power, column, squared, seen.scale[k])
        new = truncated(rng, there[0], there[1])
        odds += log_slab(new, seen.scale[k]) - log_slab(old, seen.scale[k])
        odds += log_tail(old, back[0], back[1]) - log_tail(new, there[0], there[1])
    else:
        column, squared = column_of(seen, chains.shares[c, k], room.span, g, k, room)
    add(room.model, room.flank, new, column, squared)
    fit = likelihood(seen, room.model, room.flank, level, kappa, sway, room)
    if taken(rng, power * (fit - chains.fit[c]) + odds):
        keep(chains, c, room.model, room.flank, fit)
        chains.rates[c, k] = new
        put(chains.spans[c, k], room.span)


@uncounted
def change_share(rng: np.random.Generator, seen: Seen, chains: Chains, c: int, power: float, room: Room) -> None:
    """More or less of one substance from one point, the others as they are."""
    k, number = some_active(rng, chains.active[c])
    j = min(int(rng.random() * seen.kinds), seen.kinds - 1)
    if number == 0 or seen.shares[k, j] == 0.0 or chains.shares[c, k, j] == 1.0:
        return
    step = (0.1 if rng.random() < 0.5 else 0.4) * rng.standard_normal()
    share, old, g, handled = chains.shares[c, k], chains.rates[c, k], chains.air[c], 0
    stretch = 1.0 + share[j] * (math.exp(step) - 1.0)
    for other in range(seen.kinds):
        handled += share[other] > 0.0
        room.share[other] = share[other] / stretch * (math.exp(step) if other == j else 1.0)
        if 0.0 < room.share[other] < LEAST_PART:
            return
    new = old * stretch
    copied(room, chains, c)
    column, squared = column_of(seen, share, chains.spans[c, k], g, k, room)
    add(room.model, room.flank, -old, column, squared)
    column, squared = column_of(seen, room.share, chains.spans[c, k], g, k, room)
    add(room.model, room.flank, new, column, squared)
    fit = likelihood(seen, room.model, room.flank, chains.level[c], chains.kappa[c], chains.sway[c], room)
    odds = log_slab(new, seen.scale[k]) - log_slab(old, seen.scale[k]) + step - (handled - 1) * math.log(stretch)
    odds += log_share(seen, k, room.share) - log_share(seen, k, share)
    if taken(rng, power * (fit - chains.fit[c]) + odds):
        keep(chains, c, room.model, room.flank, fit)
        chains.rates[c, k] = new
        put(chains.shares[c, k], room.share)


@uncounted
def summed(
    seen: Seen, active: Flags, rates: Floats, shares: Floats, spans: Numbers, g: int, model: Floats, flank: Floats, room: Room
) -> None:  # fmt: skip
    """Model and squared flank of all active hypotheses."""
    model[:] = 0.0
    flank[:] = 0.0
    for k in range(len(active)):
        if active[k]:
            column, squared = column_of(seen, shares[k], spans[k], g, k, room)
            add(model, flank, rates[k], column, squared)


@uncounted
def neighbour(rng: np.random.Generator, shape: Numbers, g: int) -> int:
    """An assumption one or two steps away along one axis, or -1 beyond the end."""
    axis = min(int(rng.random() * len(shape)), len(shape) - 1)
    shift = 1 if rng.random() < 2.0 / 3.0 else 2
    if rng.random() < 0.5:
        shift = -shift
    stride = 1
    for later in range(axis + 1, len(shape)):
        stride *= shape[later]
    here = (g // stride) % shape[axis] + shift
    return g + shift * stride if 0 <= here < shape[axis] else -1


@uncounted
def log_air(seen: Seen, g: int, kappa: float, sway: float) -> float:
    """Log prior of an assumption where the model has these errors, see `evidence.air_priors`."""
    fits, swayed = len(seen.log_airs), SWAY_ERROR * sway
    return float(seen.log_airs[min(int(math.sqrt(kappa * kappa + swayed * swayed) / FIT_USUAL * fits), fits - 1), g])


@uncounted
def change_air(rng: np.random.Generator, seen: Seen, chains: Chains, c: int, power: float, room: Room) -> None:
    """Another assumption about the air, at rates that keep the size of every signal."""
    old = chains.air[c]
    new = neighbour(rng, seen.air_shape, old)
    if new < 0:
        return
    kappa, sway = chains.kappa[c], chains.sway[c]
    odds = log_air(seen, new, kappa, sway) - log_air(seen, old, kappa, sway)
    for k in range(len(room.rates)):
        if chains.active[c, k]:
            stretch, scale = seen.norms[old, k] / seen.norms[new, k], seen.scale[k]
            room.rates[k] = chains.rates[c, k] * stretch
            odds += math.log(stretch) + log_slab(room.rates[k], scale) - log_slab(chains.rates[c, k], scale)
    summed(seen, chains.active[c], room.rates, chains.shares[c], chains.spans[c], new, room.model, room.flank, room)
    fit = likelihood(seen, room.model, room.flank, chains.level[c], kappa, sway, room)
    if taken(rng, power * (fit - chains.fit[c]) + odds):
        keep(chains, c, room.model, room.flank, fit)
        chains.air[c] = new
        for k in range(len(room.rates)):
            if chains.active[c, k]:
                chains.rates[c, k] = room.rates[k]


@uncounted
def change_errors(rng: np.random.Generator, seen: Seen, chains: Chains, c: int, power: float, room: Room) -> None:
    """Both errors of the model, by their logarithms."""
    kappa, sway = chains.kappa[c], chains.sway[c]
    new_kappa, new_sway = kappa * math.exp(0.25 * rng.standard_normal()), sway * math.exp(0.25 * rng.standard_normal())
    fit = likelihood(seen, chains.model[c], chains.flank[c], chains.level[c], new_kappa, new_sway, room)
    odds = (math.log(kappa / KAPPA_MIDDLE) ** 2 - math.log(new_kappa / KAPPA_MIDDLE) ** 2) / KAPPA_SPREAD**2
    odds += (math.log(sway / SWAY_MIDDLE) ** 2 - math.log(new_sway / SWAY_MIDDLE) ** 2) / SWAY_SPREAD**2
    g = chains.air[c]
    odds = 0.5 * odds + log_air(seen, g, new_kappa, new_sway) - log_air(seen, g, kappa, sway)
    if taken(rng, power * (fit - chains.fit[c]) + odds):
        chains.kappa[c], chains.sway[c], chains.fit[c] = new_kappa, new_sway, fit


@uncounted
def walk_drawn(
    rng: np.random.Generator, values: Floats, precision: Floats, step: float, path: Floats, spread: Floats
) -> None:  # fmt: skip
    """A random walk given what is known of it, shape (blocks,): filtered forward, drawn backward, into `path`; `spread` is scratch."""
    blocks, variance = len(values), step * step
    mean, now = 0.0, START * START * variance
    for t in range(blocks):
        gain = now * precision[t] / (1.0 + now * precision[t])
        mean += gain * (values[t] - mean)
        path[t], spread[t] = mean, now * (1.0 - gain)
        now = spread[t] + variance
    path[blocks - 1] += math.sqrt(spread[blocks - 1]) * rng.standard_normal()
    for t in range(blocks - 2, -1, -1):
        share = spread[t] / (spread[t] + variance)
        path[t] += share * (path[t + 1] - path[t]) + math.sqrt(spread[t] * (1.0 - share)) * rng.standard_normal()


@uncounted
def squares(path: Floats) -> float:
    """Sum of squared steps, the first in units of its own spread, shape (blocks,)."""
    found = float(path[0]) ** 2 / START**2
    for t in range(1, len(path)):
        found += float(path[t] - path[t - 1]) ** 2
    return found


@uncounted
def step_drawn(rng: np.random.Generator, old: float, total: float, count: int, usual: float) -> float:
    """A Metropolis step for the standard deviation of walks with so many steps and such a sum of squares."""
    new = old * math.exp(0.2 * rng.standard_normal())
    ratio = -count * math.log(new / old) - 0.5 * total * (new**-2 - old**-2)
    ratio -= 0.5 * (math.log(new / usual) ** 2 - math.log(old / usual) ** 2) / WALK_SPREAD**2
    return new if taken(rng, ratio) else old


@uncounted
def weighed(rng: np.random.Generator, seen: Seen, chains: Chains, c: int, power: float, room: Room) -> None:
    """What each row says of the background, and how surely, given weights that make Student errors Gaussian."""
    model, flank, level, sensors = chains.model[c], chains.flank[c], chains.level[c], seen.sensors
    relative, swayed = chains.kappa[c] ** 2 + FLOOR * FLOOR, chains.sway[c] ** 2
    values, certain = room.values, room.certain
    for i in range(len(model)):
        v = seen.variance[i] + relative * model[i] * model[i] + swayed * flank[i]
        rest = seen.raw[i] - model[i]
        misfit = 1.0 + (rest - level[i]) ** 2 / (FREEDOM * v)
        weight = rng.standard_gamma(power * (FREEDOM + 1.0) / 2.0) / misfit
        values[seen.place[i] // sensors, seen.place[i] % sensors] = rest
        certain[seen.place[i] // sensors, seen.place[i] % sensors] = 2.0 * weight / (FREEDOM * v)


@uncounted
def weighed_together(rng: np.random.Generator, seen: Seen, chains: Chains, c: int, power: float, room: Room) -> None:
    """The same for several substances: one weight for a cell, and the error that its rows share drawn and taken off."""
    model, flank, level, sensors = chains.model[c], chains.flank[c], chains.level[c], seen.sensors
    kappa, swayed = chains.kappa[c], chains.sway[c] ** 2
    own, common = OWN * kappa * kappa + FLOOR * FLOOR, (1.0 - OWN) * kappa * kappa
    for n in range(len(seen.cells)):
        inner, cross, square, count = 0.0, 0.0, 0.0, 0
        for i in seen.cells[n]:
            if i >= 0:
                v = seen.variance[i] + own * model[i] * model[i]
                shared = common * model[i] * model[i] + swayed * flank[i]
                r = seen.raw[i] - model[i] - level[i]
                square += shared / v
                cross += r * math.sqrt(shared) / v
                inner += r * r / v
                count += 1
        if count == 0:
            continue
        misfit = 1.0 + (inner - cross * cross / (1.0 + square)) / FREEDOM
        sure = 2.0 * rng.standard_gamma(power * (FREEDOM + count) / 2.0) / misfit / FREEDOM
        error = cross / (1.0 + square) + rng.standard_normal() / math.sqrt(sure * (1.0 + square))
        for i in seen.cells[n]:
            if i >= 0:
                shared = common * model[i] * model[i] + swayed * flank[i]
                v = seen.variance[i] + own * model[i] * model[i]
                t, s = seen.place[i] // sensors, seen.place[i] % sensors
                room.values[t, s] = seen.raw[i] - model[i] - error * math.sqrt(shared)
                room.certain[t, s] = sure / v


@uncounted
def change_level(rng: np.random.Generator, seen: Seen, chains: Chains, c: int, power: float, room: Room) -> None:
    """The whole background at once; Student errors are Gaussian given their weights, which are drawn first."""
    model, flank, level, sensors = chains.model[c], chains.flank[c], chains.level[c], seen.sensors
    relative, swayed = chains.kappa[c] ** 2 + FLOOR * FLOOR, chains.sway[c] ** 2
    values, certain = room.values, room.certain
    blocks, every = len(values) // seen.kinds, len(values)
    values[:] = 0.0
    certain[:] = 0.0
    if seen.kinds > 1:
        weighed_together(rng, seen, chains, c, power, room)
    else:
        weighed(rng, seen, chains, c, power, room)
    for i in seen.hidden:
        certain[seen.place[i] // sensors, seen.place[i] % sensors] = 0.0
    common, drift, middle, weights, path, spread = (
        room.common,
        room.drift,
        room.middle,
        room.weights,
        room.path,
        room.spread,
    )
    for j in range(seen.kinds):
        first, last = j * blocks, (j + 1) * blocks
        for t in range(blocks):
            inner, weight = 0.0, 0.0
            for s in range(sensors):
                inner += certain[first + t, s] * (values[first + t, s] - chains.drift[c, first + t, s])
                weight += certain[first + t, s]
            middle[t], weights[t] = (inner / weight if weight > 0 else 0.0), weight
        walk_drawn(rng, middle, weights, chains.common_step[c, j], common[first:last], spread)
        total = 0.0
        for s in range(sensors):
            for t in range(blocks):
                middle[t], weights[t] = values[first + t, s] - common[first + t], certain[first + t, s]
            walk_drawn(rng, middle, weights, chains.drift_step[c, j], path, spread)
            put(drift[first:last, s], path)
            total += squares(path)
        own = squares(common[first:last])
        room.steps[0, j] = step_drawn(rng, chains.common_step[c, j], own, blocks, seen.steps[j, 0])
        room.steps[1, j] = step_drawn(rng, chains.drift_step[c, j], total, blocks * sensors, seen.steps[j, 1])
    for i in range(len(model)):
        room.level[i] = common[seen.place[i] // sensors] + drift[seen.place[i] // sensors, seen.place[i] % sensors]
    if len(seen.hidden):
        odds = 0.0
        for i in seen.hidden:
            deviation = math.sqrt(seen.variance[i] + relative * model[i] * model[i] + swayed * flank[i])
            odds += log_ndtr((seen.raw[i] - model[i] - room.level[i]) / deviation)
            odds -= log_ndtr((seen.raw[i] - model[i] - level[i]) / deviation)
        if not taken(rng, power * odds):
            return
    put(chains.common[c], common)
    for t in range(every):
        put(chains.drift[c, t], drift[t])
    put(chains.common_step[c], room.steps[0])
    put(chains.drift_step[c], room.steps[1])
    put(chains.level[c], room.level)
    chains.fit[c] = likelihood(seen, model, flank, chains.level[c], chains.kappa[c], chains.sway[c], room)


@uncounted
def change_outside(rng: np.random.Generator, seen: Seen, chains: Chains, c: int, power: float, room: Room) -> None:
    """Let a sector outside take over what the regional level explained, or give it back; the sum stays about the same."""
    sectors, count = seen.sectors, chains.active.shape[1]
    if sectors == 0:
        return
    adds, number = rng.random() < 0.5, 0
    for k in range(count - sectors, count):
        number += chains.active[c, k]
    choices = sectors - number if adds else number
    if choices == 0:
        return
    left, place = int(rng.random() * choices), 0
    for k in range(count - sectors, count):
        if chains.active[c, k] != adds:
            if left == 0:
                place = k
            left -= 1
    low, span = math.log(seen.scale[place] * OUTSIDE_LEAST), -math.log(OUTSIDE_LEAST) + 1.0
    rate = math.exp(low + span * rng.random()) if adds else chains.rates[c, place]
    if not low <= math.log(rate) <= low + span:
        return
    g, sign, blocks = chains.air[c], (1.0 if adds else -1.0), chains.common.shape[1]
    put(room.share, chains.shares[c, place])
    if adds:
        share_drawn(rng, seen, place, room.share)
    room.span[0], room.span[1] = 0, seen.parts
    column, squared = column_of(seen, room.share, room.span, g, place, room)
    copied(room, chains, c)
    add(room.model, room.flank, sign * rate, column, squared)
    mean, rows, common = room.mean, room.rows, room.common
    mean[:] = 0.0
    rows[:] = 0.0
    for i in range(len(column)):
        mean[seen.place[i] // seen.sensors] += column[i]
        rows[seen.place[i] // seen.sensors] += 1.0
    for t in range(blocks):
        from_block = seen.nearest[t]
        common[t] = chains.common[c, t] - sign * rate * mean[from_block] / max(rows[from_block], 1.0)
    for i in range(len(column)):
        t = seen.place[i] // seen.sensors
        room.level[i] = chains.level[c, i] + common[t] - chains.common[c, t]
    fit = likelihood(seen, room.model, room.flank, room.level, chains.kappa[c], chains.sway[c], room)
    odds = seen.log_odds[place] + log_slab(rate, seen.scale[place]) + math.log(rate) + math.log(span)
    odds += math.log(sectors - number if adds else sectors - number + 1)
    odds -= math.log(number + 1 if adds else number)
    odds += share_gained(seen, place, room.share)
    walked, each = 0.0, blocks // seen.kinds
    for j in range(seen.kinds):
        own = slice(j * each, (j + 1) * each)
        walked += (squares(chains.common[c, own]) - squares(common[own])) / (2.0 * chains.common_step[c, j] ** 2)
    if taken(rng, power * (fit - chains.fit[c]) + sign * odds + walked):
        keep(chains, c, room.model, room.flank, fit)
        put(chains.level[c], room.level)
        put(chains.common[c], common)
        chains.active[c, place], chains.rates[c, place] = adds, rate
        put(chains.shares[c, place], room.share)
        put(chains.spans[c, place], room.span)


@uncounted
def moved(
    rng: np.random.Generator, seen: Seen, chains: Chains, c: int, power: float, pick: Floats, room: Room, number: int
) -> None:
    """One round of moves of one chain."""
    for move in ROUND:
        if move == SWITCH:
            switch(rng, seen, chains, c, power, pick, room)
        elif move == RATE:
            change_rate(rng, seen, chains, c, power, room)
            if seen.kinds > 1:
                change_share(rng, seen, chains, c, power, room)
                change_share(rng, seen, chains, c, power, room)
        elif move == SPAN:
            change_span(rng, seen, chains, c, power, room)
        elif move == SWAP:
            swap(rng, seen, chains, c, power, room)
        elif move == EXCHANGE:
            exchange(rng, seen, chains, c, power, room)
        elif move == AIR:
            change_air(rng, seen, chains, c, power, room)
        elif move == ERROR:
            change_errors(rng, seen, chains, c, power, room)
        elif move == OUTSIDE:
            change_outside(rng, seen, chains, c, power, room)
        elif number % 2 == 0:
            change_level(rng, seen, chains, c, power, room)


@uncounted
def refreshed(seen: Seen, chains: Chains, room: Room) -> None:
    """Sum the models anew, so that rounding does not add up."""
    for c in range(len(chains.air)):
        summed(
            seen, chains.active[c], chains.rates[c], chains.shares[c], chains.spans[c], chains.air[c], chains.model[c], chains.flank[c],
            room,
        )  # fmt: skip
        chains.fit[c] = likelihood(
            seen, chains.model[c], chains.flank[c], chains.level[c], chains.kappa[c], chains.sway[c], room
        )


@uncounted
def learnt(chains: Chains, often: Floats, pick: Floats) -> None:
    """Try those hypotheses more often that are active in some chains and not in others; `pick` is cumulated in place."""
    count, total, hypotheses = len(chains.air), 0.0, len(often)
    for k in range(hypotheses):
        share = 0.0
        for c in range(count):
            share += chains.active[c, k]
        often[k] = 0.8 * often[k] + 0.2 * share / count
        total += often[k] * (1.0 - often[k]) + 0.002
    sofar = 0.0
    for k in range(hypotheses):
        sofar += BLIND / hypotheses + (1.0 - BLIND) * (often[k] * (1.0 - often[k]) + 0.002) / total
        pick[k] = sofar


@compiled
def rearranged(values: NDArray[Any], index: Numbers) -> None:
    """Rows of shape (c, n) in another order, in place."""
    held = values.copy()
    for c in range(len(index)):
        for i in range(values.shape[1]):
            values[c, i] = held[index[c], i]


@compiled
def drawn_anew(rng: np.random.Generator, chains: Chains, weights: Floats) -> None:
    """Go on from chains in proportion to their weights, evenly spread; weights are logarithms and become zero."""
    count = len(weights)
    sums = np.cumsum(np.exp(weights - weights.max()))
    start = rng.random()
    index = np.empty(count, dtype=np.int64)
    for c in range(count):
        index[c] = min(int(np.searchsorted(sums, (start + c) / count * sums[-1])), count - 1)
    rearranged(chains.active, index)
    rearranged(chains.rates, index)
    rearranged(chains.air.reshape((count, 1)), index)
    rearranged(chains.kappa.reshape((count, 1)), index)
    rearranged(chains.sway.reshape((count, 1)), index)
    rearranged(chains.model, index)
    rearranged(chains.flank, index)
    rearranged(chains.level, index)
    rearranged(chains.common, index)
    rearranged(chains.drift.reshape((count, chains.drift.size // count)), index)
    rearranged(chains.common_step, index)
    rearranged(chains.drift_step, index)
    rearranged(chains.fit.reshape((count, 1)), index)
    rearranged(chains.shares.reshape((count, chains.shares.size // count)), index)
    rearranged(chains.spans.reshape((count, chains.spans.size // count)), index)
    weights[:] = 0.0


@compiled
def log_sum(values: Floats) -> float:
    top = float(values.max())
    return top + math.log(float(np.exp(values - top).sum()))


@compiled
def warmed(
    rng: np.random.Generator, seen: Seen, chains: Chains, powers: Floats, first: int, weights: Floats, often: Floats, pick: Floats,
    room: Room,
) -> float:  # fmt: skip
    """Rounds of a population while the power of the likelihood rises.

    Args:
        powers: before the first round and of each; first: number of the first round; weights: log weights of the chains, in place.
        often, pick: how often each hypothesis was active, and the cumulated probability of trying it, in place.

    Returns:
        Log evidence that the rise gathered.
    """
    gathered = 0.0
    for number in range(first, first + len(powers) - 1):
        power = powers[number - first + 1]
        before = log_sum(weights)
        weights += (power - powers[number - first]) * chains.fit
        gathered += log_sum(weights) - before
        share = np.exp(weights - weights.max())
        if share.sum() ** 2 / (share * share).sum() < 0.5 * len(weights):
            drawn_anew(rng, chains, weights)
        for c in range(len(weights)):
            moved(rng, seen, chains, c, power, pick, room, number)
        if number % 20 == 0:
            refreshed(seen, chains, room)
        if number % 5 == 4:
            learnt(chains, often, pick)
    return gathered


@compiled
def kept_rounds(
    rng: np.random.Generator, seen: Seen, chains: Chains, power: float, first: int, pick: Floats, room: Room, kept: Kept, every: int
) -> None:  # fmt: skip
    """Rounds at the final power; rates as if they were active are drawn `every` so many rounds."""
    for number in range(kept.active.shape[1]):
        if number % 20 == 0:
            refreshed(seen, chains, room)
        for c in range(len(chains.air)):
            moved(rng, seen, chains, c, power, pick, room, first + number)
            put(kept.active[c, number], chains.active[c])
            put(kept.rates[c, number], chains.rates[c])
            kept.air[c, number], kept.fit[c, number] = chains.air[c], chains.fit[c]
            kept.kappa[c, number], kept.sway[c, number] = chains.kappa[c], chains.sway[c]
            for k in range(chains.active.shape[1]):
                put(kept.spans[c, number, k], chains.spans[c, k])
            if seen.kinds > 1:
                for k in range(chains.active.shape[1]):
                    put(kept.shares[c, number, k], chains.shares[c, k])
            relative, swayed = chains.kappa[c] ** 2 + FLOOR * FLOOR, chains.sway[c] ** 2
            for i in range(len(seen.raw)):
                m = chains.model[c, i]
                kept.model[i] += m
                kept.deviation[i] += math.sqrt(seen.variance[i] + relative * m * m + swayed * chains.flank[c, i])
                kept.level[i] += chains.level[c, i]
            if number % every == 0:
                for k in range(chains.active.shape[1]):
                    kept.would_be[c, number // every, k] = _would_be(rng, seen, chains, c, k, power, room)


@uncounted
def _would_be(rng: np.random.Generator, seen: Seen, chains: Chains, c: int, k: int, power: float, room: Room) -> float:
    """A draw of a rate as if it were active."""
    g = chains.air[c]
    put(room.share, chains.shares[c, k])
    put(room.span, chains.spans[c, k])
    if not chains.active[c, k]:
        share_drawn(rng, seen, k, room.share)
        room.span[0], room.span[1] = 0, seen.parts
    column, squared = column_of(seen, room.share, room.span, g, k, room)
    copied(room, chains, c)
    if chains.active[c, k]:
        add(room.model, room.flank, -chains.rates[c, k], column, squared)
    middle, deviation = conditional(
        seen, room.model, room.flank, chains.level[c], chains.sway[c], chains.kappa[c], power, column, squared, seen.scale[k]
    )  # fmt: skip
    return truncated(rng, middle, deviation)
