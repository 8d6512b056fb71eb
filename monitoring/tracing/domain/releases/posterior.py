"""Which node, from when, how long and how much: a posterior over releases of one rate, with ties said as ties."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from monitoring.tracing.domain.inference.finding import Verdict
from monitoring.tracing.domain.releases import fitting
from monitoring.tracing.domain.releases.fitting import Columns, Noise, Windows
from monitoring.tracing.domain.releases.library import Library, WrongLibrary

Floats = NDArray[np.float64]
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
DEVIATES = np.array([-1.645, -0.674, 0.0, 0.674, 1.645])  # of a normal distribution, at the quantiles
NAMED = 0.6  # least probability of a name
FITS = 0.85  # least share of the signal's squares that the best release explains; below it the model is not of that day
HEARD = 5.0  # floors that a reading exceeds to count as signal
ALIKE = 9.0  # squared deviations between two best fits, below which readings cannot tell them apart
WORTH = 0.1  # probability over that of the node it is tied with, below which its prior tells them apart
NODES, OF_A_NODE, MOST_VARIANTS = 25, 5, 6
ROUGH, PIECES, DOUBTED_PIECES = (
    0.12,
    0.5,
    0.2,
)  # relative error above which a passage at a sensor counts as so many independent readings
# Where the demands of the day are not known: power of the probabilities, share that any node of the network may have, and the error of
# the logarithm of the mass. Chosen on the seeds that `bench net3` calls chosen.
FLAT, ANY, MASS_ERROR = 0.3, 0.4, 1.2
MOST_SEVERAL = 10  # nodes that an answer lists as several
LEAST = 1e-12  # probability below which a node is not listed
# Smallest error as a share of the highest reading: what mixing and numbers smear into the tails.
PEAK_SHARES = (0.0, 0.003, 0.01, 0.03)
# Relative errors and errors of arrival [s] of a network's model, of which the likeliest is taken.
MODEL_ERRORS = ((0.0, 0.0), (0.1, 0.0), (0.1, 300.0), (0.2, 900.0), (0.3, 1800.0), (0.5, 3600.0))


@dataclass(frozen=True, slots=True)
class Origin:
    """A node with what the readings say about it. Quantiles are 5, 25, 50, 75 and 95 %, if this is the node."""

    node: str
    probability: float
    start: tuple[float, ...]  # [s] on the clock of the readings
    duration: tuple[float, ...]  # [s]
    rate: tuple[float, ...]  # [kg/s]
    mass: tuple[float, ...]  # [kg]
    best: tuple[float, float, float]  # start [s], duration [s], rate [kg/s] of the likeliest window
    tied: tuple[str, ...]  # nodes whose best release gives readings that these cannot tell apart
    expected: tuple[tuple[float, ...], ...] = ()  # by sensor, what the likeliest release would have given [kg/m3]


@dataclass(frozen=True, slots=True)
class ReleaseFinding:
    verdict: Verdict
    named: tuple[str, ...]
    reasons: tuple[str, ...]
    origins: tuple[Origin, ...]  # the likeliest first
    explained: float  # share of the signal's squares that the best release explains
    tempering: float  # power of the likelihood, 1 where residuals are independent
    heard: int  # readings above the floor


def located(
    *,
    library: Library,
    values: Floats,
    noise: Noise,
    longest: int = 24,
    prior: Mapping[str, float] | None = None,
    flow_error: float = 0.02,
    demands_known: bool = True,
) -> ReleaseFinding:
    """One release of constant rate from one node of the library.

    Args:
        values: readings above the background [kg/m3], shape (sensors, readings), NaN where missing. Zeros are evidence.
        noise: of a reading. Where the fit is worse than that, the relative part grows until it is not.
        longest: duration [steps of the library].
        flow_error: relative, of the flows that the library's responses were divided by; it widens rate and mass.
        demands_known: whether the hydraulics are those of the day; else probabilities are flattened and no single node is named.
        prior: weight by node, 1 where not given, 0 for one that cannot hold the substance.

    Raises:
        WrongLibrary: readings and library have different shapes.

    Special cases: no reading above the floor, or a best release that explains too little, is "cannot tell"; candidates are listed.
    Source: tracing notes 2.9 and 2.16; the running sums are our own.
    """
    if values.shape != library.responses.shape[2:]:
        raise WrongLibrary(readings=values.shape, library=library.responses.shape[2:])
    heard = int(np.nansum(values > HEARD * noise.floor))
    if heard < 3:
        return _silent("No sensor read clearly above its floor.", heard)
    every = fitting.screened(library=library, values=values, noise=noise, longest=longest)
    allowed = _allowed(library, prior)
    variants = len(library.nodes) // len(set(library.nodes))
    each = OF_A_NODE * min(variants, MOST_VARIANTS)
    windows = _shortlisted(library, every, allowed, each)
    if not len(windows.node):
        return _silent("No node of the network can have caused what was read.", heard)
    found = _weighed(
        library, values, noise, windows, allowed, heard, pieces=PIECES if demands_known else DOUBTED_PIECES
    )
    if not demands_known:
        found, flow_error = _doubted(found, len(set(library.nodes))), MASS_ERROR
    wider = [replace(o, rate=_widened(o.rate, flow_error), mass=_widened(o.mass, flow_error)) for o in found.origins]
    return replace(found, origins=tuple(wider))


def _shortlisted(library: Library, every: Windows, allowed: Floats, each: int) -> Windows:
    """The windows that fit best, half of the list kept for nodes that are likelier than most before the readings.

    By fit alone a long list of manholes nobody is registered for would push out the few that hold the substance.
    """
    likely = allowed > allowed[allowed > 0].mean() * (1 + 1e-9) if (allowed > 0).any() else allowed > 0
    first = fitting.shortlisted(
        windows=every.only(places=np.flatnonzero(likely[every.node])), names=library.nodes, nodes=NODES // 2, each=each
    )
    kept = {library.nodes[number] for number in first.node}
    others = (allowed > 0) & np.array([name not in kept for name in library.nodes])
    second = fitting.shortlisted(
        windows=every.only(places=np.flatnonzero(others[every.node])), names=library.nodes, nodes=NODES - len(kept), each=each
    )  # fmt: skip
    return first.joined(second)


def _allowed(library: Library, prior: Mapping[str, float] | None) -> Floats:
    given = np.array([1.0 if prior is None else prior.get(node, 1.0) for node in library.nodes])
    return given * np.array(library.weight) if library.weight else given


def _silent(reason: str, heard: int) -> ReleaseFinding:
    return ReleaseFinding(Verdict.CANNOT_TELL, (), (reason,), (), 0.0, 1.0, heard)


def _weighed(
    library: Library, values: Floats, noise: Noise, windows: Windows, allowed: Floats, heard: int, *, pieces: float
) -> ReleaseFinding:
    y = values.ravel()
    known = np.isfinite(y)
    every = fitting.columns_of(library=library, windows=windows)
    # Rows that no release of the list reaches tell nothing between them.
    seen = known & (every.units > 0).any(axis=0)
    columns, read = every.rows(places=seen), y[seen]
    noise = _fitting_noise(columns, read, windows, noise)
    rate, deviation = fitting.refitted(columns=columns, values=read, rate=windows.rate, noise=noise)
    best = int(np.argmax(fitting.log_likelihood(columns=columns, values=read, rate=rate, noise=noise)))
    expected = rate[:, None] * columns.units
    sd = np.sqrt(noise.floor**2 + rate[:, None] ** 2 * columns.spread(noise=noise))
    power = _tempering(read, expected[best], sd[best], noise.floor)
    if noise.relative > ROUGH:
        # Then residuals are errors of the network's model, the same ones through the whole passage at a sensor.
        sensors = int((np.nan_to_num(values) > HEARD * noise.floor).any(axis=1).sum())
        felt = int((expected[best] > noise.floor).sum())
        power = min(power, pieces * max(sensors, 1) / max(felt, 1))
    logs, rates = fitting.evidences(
        columns=columns, values=read, rate=rate, deviation=deviation, noise=noise, power=power
    )
    weight = fitting.normalised(logs + np.log(allowed[windows.node])[:, None])
    explained = _explained(y[known], read, expected[best])
    origins = _origins(library, windows, weight, rates, expected, sd)
    verdict, named, reasons = _judged(origins, explained)
    return ReleaseFinding(verdict, named, reasons, origins, explained, power, heard)


def _fitting_noise(columns: Columns, read: Floats, windows: Windows, noise: Noise) -> Noise:
    """Noise under which the best release is likeliest: a network's model is never exact. One window of each node decides."""
    _, heads = np.unique(windows.node, return_index=True)
    few, rate = columns.windows(places=heads), windows.rate[heads]
    peak = float(read.max())
    tried = []
    for share in PEAK_SHARES:
        for relative, timing in MODEL_ERRORS:
            one = Noise(max(noise.floor, share * peak), max(noise.relative, relative), max(noise.timing, timing))
            found, _ = fitting.refitted(columns=few, values=read, rate=rate, noise=one, rounds=3)
            top = fitting.log_likelihood(columns=few, values=read, rate=found, noise=one).max()
            tried.append((float(top), one))
    return max(tried, key=lambda entry: entry[0])[1]


def _tempering(read: Floats, best: Floats, sd: Floats, floor: float) -> float:
    """Effective over counted readings, from the correlation of neighbours among the residuals where something is felt."""
    off = np.clip((read - best) / sd, -4, 4)
    felt = (best > floor) | (read > HEARD * floor)
    both = felt[1:] & felt[:-1]
    if both.sum() < 8:
        return 1.0
    rho = float((off[1:] * off[:-1])[both].mean() / max((off[felt] ** 2).mean(), 1e-9))
    # A first-order chain: 1 + 2 sum rho^k = (1 + rho) / (1 - rho).
    return float(np.clip((1 - rho) / (1 + rho), 0.02, 1.0)) if rho > 2 / np.sqrt(both.sum()) else 1.0


def _explained(y: Floats, read: Floats, best: Floats) -> float:
    """Of all squares of the readings, also of those no release reaches."""
    unreached = float(y @ y) - float(read @ read)
    return 1.0 - (float(np.sum((read - best) ** 2)) + unreached) / float(y @ y)


def _origins(
    library: Library, windows: Windows, weight: Floats, rates: Floats, expected: Floats, sd: Floats
) -> tuple[Origin, ...]:
    by_window = weight.sum(axis=1)
    names = np.array([library.nodes[number] for number in windows.node])
    ranked = sorted(set(names.tolist()), key=lambda name: (-by_window[names == name].sum(), name))
    tops = {name: int(np.argmax(np.where(names == name, by_window, -1.0))) for name in ranked}
    found = []
    for name in ranked:
        mine = np.flatnonzero(names == name)
        if by_window[mine].sum() < LEAST:
            continue
        share, top = weight[mine] / weight[mine].sum(), tops[name]
        start, duration = windows.first[mine] * library.step, windows.steps[mine] * library.step
        tied = [
            other for other in ranked
            if other != name and by_window[names == other].sum() >= WORTH * by_window[mine].sum()
            and _apart(expected[top], expected[tops[other]], sd[top]) < ALIKE
        ]  # fmt: skip
        found.append(Origin(
            name, float(weight[mine].sum()), _quantiles(start, share.sum(axis=1)), _quantiles(duration, share.sum(axis=1)),
            _quantiles(rates[mine], share), _quantiles(rates[mine] * duration[:, None], share),
            (float(windows.first[top] * library.step), float(windows.steps[top] * library.step), float(rates[top, rates.shape[1] // 2])),
            tuple(tied), _given(library, windows, top, float(rates[top, rates.shape[1] // 2])),
        ))  # fmt: skip
    return tuple(found)


def _given(library: Library, windows: Windows, place: int, rate: float) -> tuple[tuple[float, ...], ...]:
    """Readings of one window at a rate, by sensor."""
    node, first = int(windows.node[place]), int(windows.first[place])
    units = library.responses[node, first : first + int(windows.steps[place])].sum(axis=0, dtype=float)
    return tuple(tuple(float(value) for value in row) for row in rate * units)


def _apart(one: Floats, other: Floats, sd: Floats) -> float:
    return float(np.sum((one - other) ** 2 / sd**2))


def _quantiles(values: ArrayLike, weight: ArrayLike) -> tuple[float, ...]:
    flat, share = np.asarray(values, dtype=float).ravel(), np.asarray(weight, dtype=float).ravel()
    order = np.argsort(flat, kind="stable")
    running = np.cumsum(share[order])
    places = np.searchsorted(running / running[-1], QUANTILES)
    return tuple(float(flat[order][min(place, len(flat) - 1)]) for place in places)


def _doubted(found: ReleaseFinding, nodes: int) -> ReleaseFinding:
    """The finding where the water may have flowed otherwise than in the model: nobody is named alone."""
    weight = np.array([one.probability for one in found.origins]) ** FLAT
    flat = (1 - ANY) * weight / weight.sum() + ANY / nodes
    origins = tuple(replace(one, probability=float(p)) for one, p in zip(found.origins, flat, strict=True))
    count = int(np.searchsorted(np.cumsum(flat), NAMED)) + 1
    reason = "The demands of the day are not known, so the water may have flowed otherwise than in the model."
    if count > min(MOST_SEVERAL, len(origins)) or found.explained < FITS:
        return replace(found, origins=origins, verdict=Verdict.CANNOT_TELL, named=(), reasons=(*found.reasons, reason))
    # Nodes that are tied with the first are as likely a place as it is. One alone would be a name, and is none here.
    group = tuple(dict.fromkeys((*(one.node for one in origins[: max(count, 2)]), *origins[0].tied)))
    verdict = Verdict.SEVERAL if len(group) > 1 else Verdict.CANNOT_TELL
    named = group if len(group) > 1 else ()
    return replace(found, origins=origins, verdict=verdict, named=named, reasons=(*found.reasons, reason))


def _widened(quantiles: tuple[float, ...], error: float) -> tuple[float, ...]:
    """Quantiles with a relative error of the flow added: mass is concentration times flow."""
    middle = np.log(quantiles[2])
    both = np.hypot(np.log(quantiles) - middle, error * DEVIATES)
    return tuple(float(value) for value in np.exp(middle + np.sign(DEVIATES) * both))


def _judged(origins: tuple[Origin, ...], explained: float) -> tuple[Verdict, tuple[str, ...], tuple[str, ...]]:
    first = origins[0]
    if explained < FITS:
        reason = f"The best release explains {max(explained, 0.0):.0%} of the readings: there were several, or flows other than the model's."
        return Verdict.CANNOT_TELL, (), (reason,)
    if first.tied:
        group = (first.node, *first.tied)
        held = sum(one.probability for one in origins if one.node in group)
        reason = f"These nodes cannot be told apart by the sensors there are: {', '.join(group)}."
        return (Verdict.SEVERAL, group, (reason,)) if held >= NAMED else (Verdict.CANNOT_TELL, (), (reason,))
    if first.probability < NAMED:
        return Verdict.CANNOT_TELL, (), ("No node reaches the probability a name needs.",)
    return Verdict.NAMED, (first.node,), ()
