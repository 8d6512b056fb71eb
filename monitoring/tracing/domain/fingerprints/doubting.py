"""What speaks against a factorisation, as codes with their particulars; pages have the words."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.fingerprints.factors import Factorised
from monitoring.tracing.domain.fingerprints.samples import Samples
from monitoring.tracing.domain.fingerprints.stability import Bootstrap, Displacement

Floats = NDArray[np.float64]
FEW = 100  # samples below which EPA's guide calls a factorisation uncertain, from memory
NEAR, MOST_NEAR = 1.01, 0.5  # Q of a start next to the best; share of the starts that must come so near
FITS = (0.5, 1.5)  # Q over Qexp; outside of it the stated uncertainties or the number of factors are not right; assumed
MAIN = 0.1  # share of a profile that counts as one of its marks
WIDE = 0.5  # width of an interval over the share it belongs to, from which it is wide; assumed
ALIKE = 0.6  # correlation of two factors' contributions, as for the mapping
OFTEN = 0.05  # share of residuals beyond three uncertainties
HALF = 0.5


def doubts_of(
    *, case: Mapping[str, Any], samples: Samples, found: Factorised, boot: Bootstrap, moved: Displacement, scaled: Floats
) -> list[dict[str, Any]]:  # fmt: skip
    """Doubts in order of weight; factors are numbered from 1."""
    best = found.best
    doubts: list[dict[str, Any]] = []

    def add(code: str, **details: Any) -> None:
        doubts.append({"code": code, "details": details})

    unstable = [n + 1 for n in np.flatnonzero(~boot.stable)]
    if unstable:
        add("unstable", factors=_listed(unstable))
    near = int((found.q <= NEAR * best.q).sum())
    if near < MOST_NEAR * len(found.q):
        add("starts", near=near, starts=len(found.q), spread=f"{found.spread:.2f}")
    if not best.converged:
        add("not_converged", steps=best.steps)
    ratio = best.q / found.expected
    if not FITS[0] <= ratio <= FITS[1]:
        add("ratio_high" if ratio > 1 else "ratio_low", ratio=f"{ratio:.2f}")
    turned = _turned(best.profiles, moved)
    if turned:
        add("turned", factors=_listed(turned))
    pairs = _pairs(best.contributions)
    if pairs:
        add("alike", pairs="; ".join(f"{a} + {b}" for a, b in pairs))
    if len(samples.values) < FEW:
        add("few", samples=len(samples.values), wanted=FEW)
    _of_substances(case, samples, scaled, add)
    return doubts


def _turned(profiles: Floats, moved: Displacement) -> list[int]:
    """Factors with a main share that can be moved by more than half of itself at hardly any cost: they may be turned into each other."""
    width = np.minimum(moved.high[0], 1.0) - moved.low[0]
    wide = (profiles >= MAIN) & (width > WIDE * profiles)
    return [int(n) + 1 for n in np.flatnonzero(wide.any(axis=1))]


def _pairs(contributions: Floats) -> list[tuple[int, int]]:
    alike = np.atleast_2d(np.corrcoef(contributions.T))
    return [(int(a) + 1, int(b) + 1) for a, b in np.argwhere(np.triu(alike, 1) > ALIKE)]


def _of_substances(case: Mapping[str, Any], samples: Samples, scaled: Floats, add: Any) -> None:
    limits = np.array([one["limit_ug_m3"] for one in case["species"]])
    names = [one["name"] for one in case["species"]]
    faint = (samples.values <= limits).mean(axis=0) > HALF
    if faint.any():
        add("faint", substances=_listed([n for n, flag in zip(names, faint, strict=True) if flag]))
    missed = (np.abs(scaled) > 3).mean(axis=0) > OFTEN
    if missed.any():
        add("missed", substances=_listed([n for n, flag in zip(names, missed, strict=True) if flag]))


def _listed(items: list[Any]) -> str:
    return ", ".join(map(str, items))
