"""From draws to a finding: probabilities, bands with the scatter no data can remove, verdict and diagnostics."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.forward.columns import Air
from monitoring.tracing.domain.forward.scene import Weather
from monitoring.tracing.domain.inference import checks
from monitoring.tracing.domain.inference.evidence import Evidence
from monitoring.tracing.domain.inference.finding import (
    Candidate,
    Finding,
    Location,
    Owner,
    Rate,
    rate_of,
    scattered,
)
from monitoring.tracing.domain.inference.judging import CALM, EACH, PLANT, PLANTS, SEEN, Grounds, judged
from monitoring.tracing.domain.inference.outside import NAMES, SECTORS
from monitoring.tracing.domain.inference.places import Place
from monitoring.tracing.domain.inference.prepared import Prepared
from monitoring.tracing.domain.inference.sampler import Draws
from monitoring.tracing.domain.inference.settings import Settings
from monitoring.tracing.domain.inference.spans import parts_of
from monitoring.tracing.domain.inference.summing import ENOUGH, agreement_of, band_of
from monitoring.tracing.domain.inference.timing import Clock, clock_of, let_out, when_of

Floats = NDArray[np.float64]

CELLS_KEPT = 16  # as in `engine`


@dataclass(frozen=True, slots=True)
class Traced:
    """Everything that was sampled."""

    evidence: Evidence
    draws: Draws
    listed: NDArray[np.int_]
    cells: Floats
    unknown: tuple[Place, ...]  # as sampled
    sharper: tuple[Place, ...]  # the same, sought once more where likely
    made: Prepared
    weather: Weather
    settings: Settings
    registered: int
    air: Air
    whole: bool  # no point was left out by the short list
    ways: Floats  # from listed points to sensors, shape (listed, sensors) [m]
    owners: NDArray[np.int_] | None = None  # number of the enterprise by registered point


def finding_of(*, traced: Traced) -> Finding:
    """Sum up the draws."""
    draws, listed, cells = traced.draws, traced.listed, traced.cells
    active = draws.active
    chance = active.mean(axis=(0, 1))
    first, last = len(listed), len(listed) + len(cells)
    scatter = np.random.default_rng([traced.settings.seed, 7])
    total = max(float(draws.shares.sum()), 1e-300)
    shares = draws.shares / total
    bands = [band_of(draws=draws, number=n, settings=traced.settings, rng=scatter) for n in range(last)]
    seen = checks.observable(columns=traced.evidence.columns[_middle(traced)][:first], noise=traced.evidence.noise)
    candidates = _candidates(traced, chance, shares, bands, seen)
    unregistered = float(active[:, :, first:last].any(axis=2).mean()) if len(cells) else 0.0
    outside = float(active[:, :, last:].any(axis=2).mean())
    owners = _owners(traced)
    likely = _likely(traced, owners, candidates)
    grounds = replace(_grounds(traced, candidates, chance, shares, unregistered, outside), plants=len(likely))
    verdict, named, reasons = judged(grounds=grounds, name_from=traced.settings.name_from)
    sector = NAMES[int(np.argmax(chance[last:].reshape(2, SECTORS).sum(axis=0)))] if outside > 0.05 else None
    return Finding(
        verdict, named, reasons, candidates, unregistered, outside, sector, _locations(traced, chance, bands), owners,
        likely if {PLANT, PLANTS} & set(reasons) else (), traced.made.span, _diagnostics(traced, grounds),
    )  # fmt: skip


def _middle(traced: Traced) -> int:
    return int(np.argmax(traced.evidence.log_air))


def _clock(traced: Traced) -> Clock | None:
    step = traced.weather.step
    return clock_of(
        evidence=traced.evidence, parts=traced.draws.parts, block_s=traced.made.blocks.of_minute.tolist().count(0) * step,
        end_s=len(traced.weather.speed) * step,
    )  # fmt: skip


def _mass(traced: Traced, numbers: NDArray[np.int_], rate: Rate) -> Rate | None:
    """What hypotheses let out; at their rate throughout the event where they were hardly ever active [kg]."""
    clock = _clock(traced)
    amounts = let_out(draws=traced.draws, numbers=numbers, clock=clock)
    if clock is None or amounts is None:
        return None
    if len(amounts) < ENOUGH:
        return Rate(rate.mean * clock.whole, tuple(q * clock.whole for q in rate.quantiles))
    return _scattered(traced, amounts, np.random.default_rng([traced.settings.seed, 19, int(numbers[0])]))


def _scattered(traced: Traced, draws: Floats, rng: np.random.Generator) -> Rate:
    held = traced.settings
    return rate_of(draws=scattered(draws=draws, scatter=held.model_scatter, least=held.least_spread, rng=rng))


def _candidates(
    traced: Traced, chance: Floats, shares: Floats, bands: list[Rate], seen: Floats
) -> tuple[Candidate, ...]:
    evidence, clock = traced.evidence, _clock(traced)
    found: list[Candidate] = []
    place_of = {int(k): number for number, k in enumerate(traced.listed)}
    for place in range(traced.registered):
        number = place_of.get(place)
        if number is None:
            # Not on the short list: it cannot have emitted this, or sixty others explain the readings better.
            found.append(Candidate(place, 0.0, Rate(0.0, (0.0,) * 5), 0.0, float("nan")))
            continue
        pro, contra = ([], []) if chance[number] < 0.05 else checks.speaking(
            evidence=traced.evidence, draws=traced.draws, place=number, rate=bands[number].quantiles[2]
        )  # fmt: skip
        told = (
            [evidence.block, evidence.sensor]
            if evidence.kind is None
            else [evidence.block, evidence.sensor, evidence.kind]
        )
        sides = [tuple(tuple(int(one[i]) for one in told) for i in side) for side in (pro, contra)]
        own = np.array([number])
        found.append(Candidate(
            place, float(chance[number]), bands[number], float(shares[number]), float(seen[number]), sides[0], sides[1],
            when=when_of(draws=traced.draws, numbers=own, clock=clock), mass=_mass(traced, own, bands[number]),
        ))  # fmt: skip
    return tuple(found)


def _owners(traced: Traced) -> tuple[Owner, ...]:
    """Each enterprise with all its points: neighbours whose stacks cannot be told apart share the probability of each."""
    if traced.owners is None:
        return ()
    by_column = traced.owners[traced.listed]
    rng = np.random.default_rng([traced.settings.seed, 13])
    found = []
    for number in np.unique(by_column[by_column >= 0]):
        own = np.flatnonzero(by_column == number)
        active = traced.draws.active[:, :, own]
        together = np.where(active, traced.draws.released[:, :, own], 0.0).sum(axis=2)[active.any(axis=2)]
        probability = float(active.any(axis=2).mean())
        if len(together):
            rate = _scattered(traced, together, rng)
            found.append(Owner(int(number), probability, rate, _mass(traced, own, rate)))
    return tuple(sorted(found, key=lambda one: (-one.probability, one.number)))


def _likely(traced: Traced, owners: tuple[Owner, ...], candidates: tuple[Candidate, ...]) -> tuple[int, ...]:
    """Enterprises that would be named if a point were: likely with their points together in every population, and seen by sensors."""
    found, draws = [], traced.draws
    for one in owners:
        assert traced.owners is not None
        own = np.flatnonzero(traced.owners[traced.listed] == one.number)
        by_population = draws.active[:, :, own].any(axis=2).reshape(draws.populations, -1).mean(axis=1)
        if one.probability < traced.settings.name_from or by_population.min() < EACH:
            continue
        alone = [candidates[traced.listed[number]].probability for number in own if draws.least[number] >= EACH]
        if max(alone, default=0.0) >= traced.settings.name_from:
            continue
        if max(_seen_in(traced, candidates, int(number)) for number in own) >= SEEN:
            found.append(one.number)
    return tuple(found)


def _seen_in(traced: Traced, candidates: tuple[Candidate, ...], number: int) -> int:
    """Rows to which a listed point, at the middle of its rate, adds more than two deviations."""
    added = (
        traced.evidence.columns[_middle(traced), number].astype(float)
        * candidates[traced.listed[number]].rate.quantiles[2]
    )
    return int((added > 2 * traced.evidence.noise).sum())


def _grounds(
    traced: Traced, candidates: tuple[Candidate, ...], chance: Floats, shares: Floats, unregistered: float, outside: float
) -> Grounds:  # fmt: skip
    evidence, first, last = traced.evidence, len(traced.listed), len(traced.listed) + len(traced.cells)
    rows_of = np.zeros(traced.registered, dtype=int)
    for number, place in enumerate(traced.listed):
        rows_of[place] = _seen_in(traced, candidates, number)
    least = np.zeros(traced.registered)
    least[traced.listed] = traced.draws.least[:first]
    usable = traced.weather.valid
    calm = float((traced.weather.speed[usable] < CALM).mean()) if usable.any() else 1.0
    heard = int((evidence.excess > 3 * evidence.noise).sum())
    return Grounds(
        np.array([c.probability for c in candidates]), np.array([c.share for c in candidates]), unregistered,
        float(shares[first:last].sum()), outside, float(shares[last:].sum()), heard, rows_of, calm,
        float(traced.draws.kappa.mean()), agreement_of(draws=traced.draws, chance=chance), least, traced.whole, _way(traced),
    )  # fmt: skip


def _way(traced: Traced) -> float:
    """Mean way of the signal from registered points [m], each by what it adds to each reading; 0 where there is no signal."""
    count, evidence = len(traced.listed), traced.evidence
    part, _ = parts_of(evidence=evidence)
    signal = evidence.columns[_middle(traced), :count].astype(float) * traced.draws.by_part[:count, part]
    total = float(signal.sum())
    return float((signal * traced.ways[:, evidence.sensor]).sum()) / total if total > 0 else 0.0


def _locations(traced: Traced, chance: Floats, bands: list[Rate]) -> tuple[Location, ...]:
    found, first, clock = [], len(traced.listed), _clock(traced)
    for sampled, place in zip(traced.unknown, traced.sharper, strict=True):
        count = min(len(sampled.cells), CELLS_KEPT)
        own = slice(first, first + count)
        active = traced.draws.active[:, :, own]
        probability, numbers = float(active.any(axis=2).mean()), np.arange(own.start, own.stop)
        best = first + int(np.argmax(chance[own]))
        # Two cells of one place may be active together; its rate is that of both.
        pooled = np.where(active, traced.draws.released[:, :, own], 0.0).sum(axis=2)[active.any(axis=2)]
        rng = np.random.default_rng([traced.settings.seed, first])
        rate = bands[best] if len(pooled) < ENOUGH else _scattered(traced, pooled, rng)
        cells = np.column_stack([place.cells, place.weight])
        height = float((place.weight * place.cells[:, 2]).sum())
        found.append(
            Location(
                place.centre[0], place.centre[1], height, place.area, cells, place.step, probability, rate,
                when_of(draws=traced.draws, numbers=numbers, clock=clock), _mass(traced, numbers, rate),
            )
        )  # fmt: skip
        first += count
    return tuple(sorted(found, key=lambda one: -one.probability))


def _diagnostics(traced: Traced, grounds: Grounds) -> dict[str, Any]:
    draws, evidence = traced.draws, traced.evidence
    places = np.array(np.unravel_index(draws.air, evidence.air_shape))
    return {
        "r_hat": grounds.r_hat, "chains": int(draws.fit.shape[0]), "kept": int(draws.fit.size),
        "tempering": draws.tempering, "kappa": float(draws.kappa.mean()), "sway": float(draws.sway.mean()), "rows": len(evidence.excess), "heard": grounds.heard,
        "calm_share": grounds.calm, "signal_way_m": grounds.way, "curves": traced.air.shape[3], "wind_offset_deg": float(np.array(traced.air.offsets)[places[0]].mean()),
        "sigma_y_factor": float(np.exp(np.log(traced.air.widths)[places[1]].mean())),
        "sigma_z_factor": float(np.exp(np.log(traced.air.depths)[places[2]].mean())),
        "predictive_p": [float(p) for p in checks.predictive(evidence=evidence, draws=draws)],
        "left_out": {s: int(traced.listed[k]) if k >= 0 else -1 for s, k in
                     checks.left_out(evidence=evidence, hypotheses=len(traced.listed)).items()} if len(traced.listed) else {},
        "fallen": {name: [int(n) for n in counts] for name, counts in traced.made.checked.fallen.items()},
        "block_minutes": traced.made.blocks.of_minute.tolist().count(0) * traced.weather.step / 60,
    }  # fmt: skip
