"""Tracing one event, from minute readings to a finding. `trace` is the door to the whole of air tracing."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.forward.columns import AS_READ
from monitoring.tracing.domain.forward.looks import UNIT, Halves, looks
from monitoring.tracing.domain.forward.scene import Sensors, Sources, point_sources
from monitoring.tracing.domain.inference import canonical, composing, free, places, scan, together
from monitoring.tracing.domain.inference.answering import CELLS_KEPT, Traced, finding_of
from monitoring.tracing.domain.inference.cases import Case
from monitoring.tracing.domain.inference.evidence import Evidence
from monitoring.tracing.domain.inference.finding import Finding
from monitoring.tracing.domain.inference.hypotheses import EVERY_STEP, Hypotheses, columns_of, evidence_of, evidences_of
from monitoring.tracing.domain.inference.outside import SECTORS
from monitoring.tracing.domain.inference.places import Place
from monitoring.tracing.domain.inference.prepared import Prepared, prepared
from monitoring.tracing.domain.inference.sampler import Draws, sample
from monitoring.tracing.domain.inference.settings import (
    COARSE,
    FINE,
    FIRST,
    LOOKED,
    MANY_ROWS,
    Settings,
    air_for,
    block_minutes,
    effort_of,
)
from monitoring.tracing.domain.inference.single import Rows
from monitoring.tracing.domain.inference.spans import parts_at, shares_on

Floats = NDArray[np.float64]
Places = NDArray[np.int_]

MOST_USUAL = 0.1  # prior of a registered point of which nothing is known
SAME = 40.0  # [m]
PAIRS, CELLS = 45_000, (1_000, 2_000)  # of cells and sensors in the first grid; fewest and most cells
FEW_STEPS = 10  # of a block in the first run where there are many rows
UNKNOWN = 2  # places beside a register
WORTH = 0.2  # probability from which a place is sought more sharply


@dataclass(frozen=True, slots=True)
class Work:
    """What every stage needs."""

    case: Case
    settings: Settings
    bounds: tuple[float, float, float, float]
    steps: int  # of a block

    @property
    def reach(self) -> float:
        """Typical way from candidates, or from the middle of the site, to sensors [m]."""
        west, south, east, north = self.bounds
        held, seen = self.case.sources, self.case.sensors
        from_east, from_north = (held.east, held.north) if len(held) else ([(west + east) / 2], [(south + north) / 2])
        apart = np.hypot(np.subtract.outer(from_east, seen.east), np.subtract.outer(from_north, seen.north))
        return float(np.median(apart))


def trace(*, case: Case, settings: Settings, progress: Callable[[str], None] | None = None) -> Finding:
    """Who did it.

    Args:
        case: one event, of one substance or of several; settings: choices, with the seed; progress: told the name of each stage as it begins.

    Returns:
        Verdict, probabilities and rates of the register, an unknown place where one is likely, doubts and diagnostics. The
        same case, settings and seed give the same bits.

    Source: tracing notes 2.8 to 2.11 and 3; the mixture over the air instead of its single best is the point.
    """
    return traced(begun=begin(case=case, settings=settings, progress=progress), progress=progress)


@dataclass(frozen=True, slots=True)
class Begun:
    """An event in its canonical order with its background, from which a trace and suppositions about it go on."""

    case: Case
    settings: Settings
    candidates: Places  # which of the given order stands where
    sensors: Places
    substances: Places
    works: tuple[Work, ...]  # by substance
    known: tuple[tuple[Prepared, Places, Sources], ...]  # of each, as from `background_known`


def begin(*, case: Case, settings: Settings, progress: Callable[[str], None] | None = None) -> Begun:
    """Put an event in order and find its background."""
    if progress is not None:
        progress("background")
    same, candidates, sensors, substances = canonical.ordered(case=case)
    works = tuple(work_of(case=one, settings=settings) for one in same.alone)
    known = tuple(background_known(work=one) for one in works)
    return Begun(same, settings, candidates, sensors, substances, works, known)


def traced(*, begun: Begun, progress: Callable[[str], None] | None = None) -> Finding:
    """Go on to the answer; see `trace`."""
    finding = _traced(begun, progress or (lambda stage: None))
    return canonical.given_back(
        finding=finding, candidates=begun.candidates, sensors=begun.sensors, substances=begun.substances
    )


def _traced(begun: Begun, say: Callable[[str], None]) -> Finding:
    case, settings, works, known = begun.case, begun.settings, begun.works, begun.known
    every = together.with_common_span(made=[one[0] for one in known])
    scales = [scale_of(made=one) for one in every]
    # Places that nobody registered are sought by the substance that stands out most.
    lead = together.lead_of(made=every)
    work, made, scale = works[lead], every[lead], sum(scales)
    listed, likely = together.listed_of(lists=[one[1] for one in known]), known[lead][2]
    say("search")
    search = _search(work, made)
    unknown = _unknown(work, made, listed, likely, scales[lead], search) if search else ()
    cells, cell_prior = _cells(settings, unknown, np.column_stack([case.sources.east, case.sources.north]))
    air = air_for(
        choices=(FINE, COARSE), hypotheses=len(listed) + len(cells) + 2 * SECTORS, rows=sum(len(one.rows) for one in every), physics=case.physics,
        reach=work.reach,
    )  # fmt: skip
    held = Hypotheses(
        case.sources.only(places=listed), _prior(case, settings)[listed], rates_of(case=case, listed=listed, scale=scale), cells, cell_prior, scale,
        settings.outside_prior,
    )  # fmt: skip
    parts = evidences_of(held=held, around=case.around, made=every, air=air)
    joint = (
        together.joined(parts=parts, shares=case.companions.shares[listed])
        if case.companions
        else together.Joined(parts[0], np.ones(1))
    )
    evidence = joint.evidence
    say("sampling")
    effort = effort_of(settings=settings, rows=len(made.rows))
    draws = sample(
        evidence=evidence, seed=settings.seed, chains=effort.chains, rounds=effort.rounds, burn=effort.burn, retemper=True,
        populations=effort.populations,
    )  # fmt: skip
    say("places")
    seen, drawn = together.alone(held=joint, draws=draws, number=lead)
    sharper = _sharper(unknown, len(listed), seen, drawn, made, scales[lead], search, settings.grid) if search else ()
    say("answer")
    whole = len(listed) == int((_prior(case, settings) > 0).sum())
    ways = ways_of(sources=case.sources.only(places=listed), sensors=case.sensors)
    finding = finding_of(
        traced=Traced(
            together.shown(evidence=evidence, draws=draws), draws, listed, cells, unknown, sharper, made, case.weather, settings, len(case.sources), air, whole, ways, case.owners
        )
    )  # fmt: skip
    return composing.with_compositions(finding=finding, held=joint, draws=draws, listed=listed, settings=settings)


def ways_of(*, sources: Sources, sensors: Sensors) -> Floats:
    """From each source to each sensor, to the middle of an open path, shape (k, sensors) [m]."""
    count = np.bincount(sensors.owner, minlength=sensors.count)
    east, north = (np.bincount(sensors.owner, axis, sensors.count) / count for axis in (sensors.east, sensors.north))
    return np.asarray(np.hypot(np.subtract.outer(sources.east, east), np.subtract.outer(sources.north, north)))


def work_of(*, case: Case, settings: Settings) -> Work:
    """What every stage needs, from a case."""
    minutes = block_minutes(minutes=len(case.values) * case.weather.step / 60, chosen=settings.block_minutes)
    steps = max(round(minutes * 60 / case.weather.step / case.repeat), 1) * case.repeat
    return Work(case, settings, case.bounds or bounds_of(sources=case.sources, sensors=case.sensors), steps)


def bounds_of(*, sources: Sources, sensors: Sensors, margin: float = 100.0) -> tuple[float, float, float, float]:
    """Box around all points, with a margin [m]."""
    east = np.concatenate([sources.east, sensors.east])
    north = np.concatenate([sources.north, sensors.north])
    return (
        float(east.min() - margin),
        float(north.min() - margin),
        float(east.max() + margin),
        float(north.max() + margin),
    )


def _coarse(work: Work) -> float:
    """Side of the first grid's cells [m]: some 3,000 of them at most, fewer where many sensors see them."""
    west, south, east, north = work.bounds
    most = float(np.clip(PAIRS / max(work.case.sensors.count, 1), *CELLS))
    return max(work.settings.grid_step, float(np.sqrt(max((east - west) * (north - south), 1.0) / most)))


def background_known(*, work: Work) -> tuple[Prepared, Places, Sources]:
    """Rows above a background that a short run drew together with the likeliest sources, the short list of the register, and the
    likeliest cells of the site where there is none.
    """
    case, settings = work.case, work.settings
    possible = np.flatnonzero(_prior(case, settings) > 0)
    registered = len(possible) > 0
    first = case.sources.only(places=possible) if registered else point_sources(
        places=places.grid_of(bounds=work.bounds, step=_coarse(work), heights=(2.0,))
    )  # fmt: skip
    made = prepared(
        values=case.values, hidden=case.hidden, sources=first, sensors=case.sensors, weather=case.weather, physics=case.physics,
        minutes=work.steps, repeat=case.repeat,
    )  # fmt: skip
    seen = _looks(work, first, made) if len(first) > scan.LIST else None
    listed = _listed(first, made, seen)
    scale = scale_of(made=made)
    prior = _prior(case, settings)[possible[listed]] if registered else np.full(len(listed), 0.05)
    rates = rates_of(case=case, listed=possible[listed], scale=scale) if registered else np.full(len(listed), scale)
    held = Hypotheses(
        first.only(places=listed), prior, rates, np.zeros((0, 3)), np.zeros(0), scale, settings.outside_prior
    )
    least = FEW_STEPS if len(made.rows) > MANY_ROWS else EVERY_STEP
    air = air_for(
        choices=(FIRST,),
        hypotheses=len(listed) + 2 * SECTORS,
        rows=len(made.rows),
        physics=case.physics,
        reach=work.reach,
    )
    evidence = evidence_of(held=held, around=case.around, made=made, air=air, least=least)
    draws = sample(evidence=evidence, seed=settings.seed, chains=16, rounds=80, burn=60, retemper=True, fewest=1)
    made = made.with_level(added=draws.level, tempering=draws.tempering)
    made = made.fitted(matrix=evidence.columns[int(np.argmax(evidence.log_air)), : len(listed)].astype(float).T)
    listed = _listed(first, made, seen)
    if registered:
        return made, possible[listed], first.only(places=listed[:0])
    return made, np.zeros(0, dtype=int), first.only(places=listed)


def _looks(work: Work, sources: Sources, made: Prepared) -> Halves:
    """The whole register under a few offsets of the wind, shape (offsets, rows, k), in units of `UNIT`."""
    case = work.case
    return looks(
        sources=sources, sensors=case.sensors, weather=case.weather, physics=case.physics, minutes=work.steps, offsets=LOOKED,
        rows=made.rows,
    )  # fmt: skip


def _listed(sources: Sources, made: Prepared, seen: Halves | None) -> Places:
    if seen is None:
        return np.arange(len(sources))
    weights = scan.weights_of(excess=made.excess, noise=made.noise)
    return scan.short_list(matrices=seen, excess=made.excess, weights=weights, tempering=made.tempering, unit=UNIT)


def scale_of(*, made: Prepared) -> float:
    """Scale of a rate nobody knows beforehand [kg/s]: what the largest single explanation or the best placed candidate would need,
    doubled. The quick fit alone is too low where one candidate explains little and clean readings hold it down.
    """
    needed = [2.0 * float(np.max(made.fit.rates))] if len(made.fit.rates) else []
    if len(made.excess) and made.excess.max() > 3 * np.median(made.noise):
        needed.append(2.0 * made.peak_rate)
    if not needed:
        return max(
            float(np.median(made.noise)) / 1e-6, 1e-9
        )  # a microsecond per cubic metre: a few hundred metres away
    return max(needed)


def rates_of(*, case: Case, listed: Places, scale: float) -> Floats:
    """Scale of the rate of each listed point [kg/s]."""
    known = case.typical[listed] if case.typical is not None else np.full(len(listed), np.nan)
    return np.where(np.isnan(known), scale, known)


def _prior(case: Case, settings: Settings) -> Floats:
    given = np.full(len(case.sources), np.nan) if case.prior is None else case.prior
    if case.companions is not None:
        given = np.where(case.companions.shares.sum(axis=1) > 0, given, 0.0)
    possible = int((np.isnan(given) | (given > 0)).sum())
    usual = min(settings.expected_sources / max(possible, 1), MOST_USUAL)
    return np.where(np.isnan(given), usual, given)


def _search(work: Work, made: Prepared) -> places.Search | None:
    """The whole site as a grid, where anything rose above the background."""
    if not (made.excess > 3 * made.noise).any():
        return None
    case, asked = work.case, work.settings.grid_heights
    return places.search_of(
        bounds=work.bounds, step=_coarse(work), heights=places.heights_for(asked=asked, reach=work.reach), sensors=case.sensors, weather=case.weather,
        physics=case.physics, blocks=made.blocks, minutes=work.steps, rows=made.rows,
    )  # fmt: skip


def _sharper(
    unknown: tuple[Place, ...],
    first: int,
    evidence: Evidence,
    draws: Draws,
    made: Prepared,
    scale: float,
    search: places.Search,
    grid: bool,
) -> tuple[Place, ...]:
    """Likely places sought once more, with the background, the other sources and the errors that the draws found."""
    found = []
    part, _ = parts_at(block=made.rows // made.means.shape[1], event=made.span)
    by_part = draws.by_part
    share = np.bincount(draws.air.ravel(), minlength=len(evidence.log_air)) / draws.air.size
    signal = np.einsum("g,gkr->kr", share.astype(np.float32), evidence.columns).astype(float) * by_part[:, part]
    for place in unknown:
        own = slice(first, first + min(len(place.cells), CELLS_KEPT))
        first = own.stop
        if draws.active[:, :, own].any(axis=2).mean() < WORTH:
            found.append(place)
            continue
        others = signal.sum(axis=0) - signal[own].sum(axis=0)
        on = made.alive * shares_on(rates=by_part[own].sum(axis=0))[part]
        rows = Rows(
            made.rows, made.excess - draws.level, others, made.noise, on, draws.tempering, scale, float(draws.kappa.mean())
        )  # fmt: skip
        # Among several, each near where it was sampled; a single one may turn out to lie elsewhere.
        around = (*place.centre, free.REACH) if grid and len(unknown) > 1 else None
        found.append(places.located(rows=rows, search=search, around=around))
    return tuple(found)


def _unknown(
    work: Work, made: Prepared, listed: Places, likely: Sources, scale: float, search: places.Search
) -> tuple[Place, ...]:
    """Places of sources that the register does not hold, the likeliest first."""
    nothing = np.zeros(len(made.rows))
    alone = _left(made, nothing, scale)
    if work.settings.grid:
        several = _several(work, made, likely, listed[:0], scale, search) if len(likely) else ()
        return several or (places.located(rows=alone, search=search),)
    beside = _left(made, _explained(work.case, made, listed), scale)
    seen = [places.seen_from(rows=one, search=search) for one in (alone, beside)]
    if len(made.rows) > MANY_ROWS:
        # Sampling cells beside sixty points would take a fifth of the time and of the memory.
        found: tuple[Place, ...] = (places.located(rows=beside, search=search, log_mass=seen[1]),)
    else:
        cells = [places.scattered(log_mass=one, search=search, most=free.LISTED // len(seen)) for one in seen]
        scattered = point_sources(places=search.cells[np.unique(np.concatenate(cells))])
        found = _several(work, made, scattered, listed, scale, search)
    single = places.located(rows=alone, search=search, log_mass=seen[0])
    return (*found, single) if all(places.apart(one, single) > SAME for one in found) else found


def _left(made: Prepared, other: Floats, scale: float) -> Rows:
    """Rows in which one source more is sought beside what others add, before anything was drawn."""
    return Rows(made.rows, made.excess, other, made.noise, made.alive.astype(float), made.tempering, scale)


def _several(
    work: Work, made: Prepared, likely: Sources, listed: Places, scale: float, search: places.Search
) -> tuple[Place, ...]:
    """Sources at once, from the likeliest cells of the site sampled like points of a register, beside those that are in it."""
    case, settings, count = work.case, work.settings, len(likely)
    usual = np.full(count, min(settings.expected_sources / count, MOST_USUAL))
    rates = rates_of(case=case, listed=listed, scale=scale)
    held = Hypotheses(
        likely.joined(other=case.sources.only(places=listed)), np.concatenate([usual, _prior(case, settings)[listed]]),
        np.concatenate([np.full(count, scale), rates]), np.zeros((0, 3)), np.zeros(0), scale, settings.outside_prior,
    )  # fmt: skip
    # Beside a register the main run decides; here a few assumptions do.
    air = FIRST if not settings.grid else air_for(
        choices=(COARSE,), hypotheses=count + len(listed) + 2 * SECTORS, rows=len(made.rows), physics=case.physics, reach=work.reach
    )  # fmt: skip
    least = EVERY_STEP if settings.grid and len(made.rows) <= MANY_ROWS else FEW_STEPS
    evidence = evidence_of(held=held, around=case.around, made=made, air=air, least=least)
    draws = sample(
        evidence=evidence,
        seed=settings.seed,
        chains=free.CHAINS,
        rounds=free.ROUNDS,
        burn=free.BURN,
        retemper=True,
        fewest=1,
    )
    most = settings.most_sources + free.MORE if settings.grid else UNKNOWN
    return free.places_of(sampled=free.Cells(likely, evidence, draws, made, scale), search=search, most=most)


def _explained(case: Case, made: Prepared, listed: Places) -> Floats:
    one = columns_of(sources=case.sources.only(places=listed), around=case.around, made=made, air=AS_READ)
    matrix = one[0].astype(float).T
    fit = scan.greedy(matrix=matrix, excess=made.excess, weights=scan.weights_of(excess=made.excess, noise=made.noise))
    return np.asarray(matrix[:, list(fit.picks)] @ fit.rates) if fit.picks else np.zeros(len(made.excess))


def _cells(settings: Settings, unknown: tuple[Place, ...], registered: Floats) -> tuple[Floats, Floats]:
    """Cells that stand for the unknown places, and their share of the prior.

    The prior is that of a place whose location the data have found, not of one cell of the whole site among thousands: two
    registered neighbours would otherwise nearly always be the simpler story for one point that nobody registered.
    """
    if not unknown:
        return np.zeros((0, 3)), np.zeros(0)
    total = 0.5 if settings.grid else settings.unregistered_prior / len(unknown)
    kept = [place.cells[:CELLS_KEPT] for place in unknown]
    # A cell beside a registered point is that point, as far as readings from a fence can tell.
    apart = [np.hypot(*(part[:, None, :2] - registered[None, :, :2]).T).min(axis=0, initial=np.inf) for part in kept]
    shares = [np.where(far > SAME, total / len(part), 0.0) for part, far in zip(kept, apart, strict=True)]
    return np.concatenate(kept), np.concatenate(shares)
