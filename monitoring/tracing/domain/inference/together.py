"""Several substances of one event traced as one: the same points in the same air, each point with a share for every substance.

Rows of all substances stand one behind the other, in units of their own noise times that of the first, so that one noise is typical of
all. The background is a walk of each substance. Shares are Dirichlet about the profile that is registered; where nobody registered
one, and for places and works that no register holds, any shares are equally likely. Source: tracing notes 2.14.

A profile tells neighbours apart that a plume cannot, because what is wrong with the plume is wrong for all substances alike; the
likelihood in `kernels` holds that error in common.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.inference.evidence import Evidence
from monitoring.tracing.domain.inference.prepared import Prepared
from monitoring.tracing.domain.inference.sampler import Draws
from monitoring.tracing.domain.inference.scan import LIST

Floats = NDArray[np.float64]
Places = NDArray[np.int_]

CLEAR = 3.0  # deviations from which a row counts for choosing the substance that is looked at first
ENOUGH = 150  # active draws for a mean of their own


@dataclass(frozen=True, slots=True)
class Joined:
    """Evidence of all substances, and by how much rows and columns of each were multiplied, shape (substances,)."""

    evidence: Evidence
    lifts: Floats


def with_common_span(*, made: list[Prepared]) -> list[Prepared]:
    """Sources are on from the first clear rise of any substance to the last of any."""
    spans = [one.span for one in made if one.span is not None]
    if len(made) == 1 or not spans:
        return made
    common = min(span[0] for span in spans), max(span[1] for span in spans)
    return [replace(one, common=common) for one in made]


def lead_of(*, made: list[Prepared]) -> int:
    """The substance that stands out in most rows, by which places that nobody registered are sought."""
    return int(np.argmax([float((one.excess > CLEAR * one.noise).sum()) for one in made]))


def listed_of(*, lists: list[Places]) -> Places:
    """Candidates that are worth sampling for any substance: the best of each in turn."""
    if len(lists) == 1:
        return lists[0]
    longest = max(len(one) for one in lists)
    ranked = dict.fromkeys(int(one[rank]) for rank in range(longest) for one in lists if rank < len(one))
    return np.array(sorted(list(ranked)[: max(LIST, longest)]), dtype=int)


def joined(*, parts: list[Evidence], shares: Floats) -> Joined:
    """One evidence from that of each substance.

    Args:
        parts: the same hypotheses under the same assumptions about the air; shares: Dirichlet priors of the listed hypotheses, shape
            (k, substances), zero where a substance is not handled. The hypotheses after them may have any shares.
    """
    first = parts[0]
    lifts = np.array([first.unit / one.unit for one in parts])
    any_share = np.ones((len(first.prior) - len(shares), len(parts)))

    def stacked(name: str) -> Floats:
        return np.concatenate([getattr(one, name) * lift for one, lift in zip(parts, lifts, strict=True)])

    size = (*first.columns.shape[:2], sum(len(one.excess) for one in parts))
    columns, flank, start = np.empty(size, dtype=np.float32), np.zeros(size, dtype=np.float32), 0
    for one, lift in zip(parts, lifts, strict=True):
        own = slice(start, start := start + len(one.excess))
        np.multiply(one.columns, np.float32(lift), out=columns[:, :, own])
        if one.flank is not None:
            np.multiply(one.flank, np.float32(lift**2), out=flank[:, :, own])
    evidence = replace(
        first, excess=stacked("excess"), noise=stacked("noise"), grain=stacked("grained"), level=stacked("level"), columns=columns, flank=flank,
        sensor=np.concatenate([one.sensor for one in parts]), block=np.concatenate([one.block for one in parts]),
        censored=np.concatenate([one.censored for one in parts]), tempering=float(np.mean([one.tempering for one in parts])),
        steps=np.array([one.steps for one in parts]) * lifts[:, None], shares=np.concatenate([shares, any_share]),
        kind=np.repeat(np.arange(len(parts)), [len(one.excess) for one in parts]),
    )  # fmt: skip
    return Joined(evidence, lifts)


def alone(*, held: Joined, draws: Draws, number: int) -> tuple[Evidence, Draws]:
    """Evidence and draws of one substance: its rows, its part of every rate, in [kg/m3] and [kg/s]."""
    evidence, lift = held.evidence, held.lifts[number]
    if evidence.kind is None or draws.profiles is None:
        return evidence, draws
    own = evidence.kind == number
    rows = {name: getattr(draws, name)[own] / lift for name in ("model", "deviation", "level")}
    columns = evidence.columns[:, :, own] / np.float32(lift)
    return replace(evidence, columns=columns), replace(draws, rates=draws.rates * draws.profiles[..., number], **rows)


def profiles_of(*, evidence: Evidence, draws: Draws) -> Floats:
    """Mean shares of each hypothesis while active, those of its prior where it hardly ever was; shape (hypotheses, substances)."""
    shares, profiles = evidence.shares, draws.profiles
    if shares is None or profiles is None:
        return np.ones((len(evidence.prior), 1))
    count = draws.active.sum(axis=(0, 1))[:, None]
    sums = np.einsum("cnk,cnkj->kj", draws.active, profiles)
    return np.where(count >= ENOUGH, sums / np.maximum(count, 1), shares / shares.sum(axis=1, keepdims=True))


def shown(*, evidence: Evidence, draws: Draws) -> Evidence:
    """Evidence for the answer: the likeliest air alone, every row of a column by the mean share of its substance."""
    if evidence.kind is None:
        return evidence
    part = profiles_of(evidence=evidence, draws=draws)[:, evidence.kind].astype(np.float32)
    best = slice(place := int(np.argmax(evidence.log_air)), place + 1)
    return replace(evidence, columns=evidence.columns[best] * part, log_air=np.zeros(1), log_airs=None, flank=None)
