"""Factors next to source profiles, and what known sources would add up to: cosine and chemical mass balance."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.case.reading import Frame
from monitoring.tracing.domain.fingerprints.balance import LEAST_R2, MASS, MOST_CHI2, Balance, balanced
from monitoring.tracing.domain.fingerprints.matching import cosine, matched
from monitoring.tracing.domain.fingerprints.samples import Samples

Floats = NDArray[np.float64]
LEAST_SHARE = 0.01  # of its sum that a profile must have in the substances that were taken


def known_profiles(*, case: Mapping[str, Any], codes: Sequence[str]) -> tuple[list[Mapping[str, Any]], Floats, Floats]:
    """Profiles that hold any of the substances, their shares made to sum to 1 over these, and the deviations of the shares."""
    rows, shares, errors = [], [], []
    for one in case["profiles"]:
        part = np.array([float(one["shares"].get(code, 0.0)) for code in codes])
        whole = part.sum()
        if whole < LEAST_SHARE * sum(one["shares"].values()) or whole <= 0:
            continue
        rows.append(one)
        shares.append(part / whole)
        errors.append(np.array([float(one["deviations"].get(code, 0.0)) for code in codes]) / whole)
    shape = (len(rows), len(codes))
    return rows, np.array(shares).reshape(shape), np.array(errors).reshape(shape)


def matches_of(*, case: Mapping[str, Any], codes: Sequence[str], factors: Floats) -> list[dict[str, Any]]:
    """By factor: the closest profile, whether it may give its name, and every cosine."""
    rows, shares, _ = known_profiles(case=case, codes=codes)
    by_id = {str(one["id"]): share for one, share in zip(rows, shares, strict=True)}
    found = matched(factors=factors, profiles=by_id)
    return [
        {
            "named": None if one.profile is None else int(one.profile), "cosine": round(one.cosine, 4), "rivals": [int(name) for name in one.others],
            "all": sorted(
                ([row["id"], round(cosine(factor, share), 4)] for row, share in zip(rows, shares, strict=True)),
                key=lambda pair: -pair[1],
            ),
        }
        for one, factor in zip(found, factors, strict=True)
    ]  # fmt: skip


def balance_of(*, case: Mapping[str, Any], samples: Samples) -> dict[str, Any] | None:
    """Balance of the mean of all samples, and how many single samples balance; None without profiles.

    The mean is taken to be as uncertain as a sample typically is: calibration and profile errors do not average out.
    """
    rows, shares, deviations = known_profiles(case=case, codes=samples.codes)
    if not rows:
        return None
    if len(rows) >= len(samples.codes):
        return {"refused": "too_many", "profiles": len(rows), "substances": len(samples.codes)}
    error = np.sqrt((samples.errors**2).mean(axis=0))
    mean = balanced(sample=samples.values.mean(axis=0), errors=error, profiles=shares, profile_errors=deviations)
    single = [
        balanced(sample=value, errors=doubt, profiles=shares, profile_errors=deviations)
        for value, doubt in zip(samples.values, samples.errors, strict=True)
        if value.sum() > 0
    ]
    good = [one for one in single if holds(one)]
    return {
        "r2": round(mean.r2, 4), "chi2": round(mean.chi2, 3), "mass": round(mean.mass, 2), "holds": holds(mean),
        "condition": round(min(mean.condition, 1e9), 2), "collinear": [[rows[k]["id"] for k in group] for group in mean.collinear],
        "total": round(float(samples.values.mean(axis=0).sum()), 4), "samples": len(single), "good": len(good),
        "sources": [
            {
                "id": row["id"], "contribution": round(float(mean.contributions[k]), 5), "error": round(float(mean.errors[k]), 5), "t": round(float(mean.t[k]), 3),
                "good_mean": round(float(np.mean([one.contributions[k] for one in good])), 5) if good else None,
            }
            for k, row in enumerate(rows)
        ],
    }  # fmt: skip


def bearing_to(*, station: Mapping[str, Any], place: Mapping[str, Any]) -> float | None:
    """Bearing of a place from a station, deg from north; None where either has no coordinates."""
    if None in (station["latitude"], station["longitude"], place.get("latitude"), place.get("longitude")):
        return None
    frame = Frame(station["latitude"], station["longitude"])
    east, north = frame.metres(latitude=place["latitude"], longitude=place["longitude"])
    return float(np.degrees(np.arctan2(east, north)) % 360)


def in_wind(*, bearing: float, directions: Sequence[float], width: float) -> bool:
    """Whether a bearing lies in one of the sectors, or in one beside it: an hour's wind sways as much."""
    return any(abs((bearing - one + 180) % 360 - 180) <= 1.5 * width for one in directions)


def holds(one: Balance) -> bool:
    """Whether a balance passes the bars of R2, chi-squared and explained mass."""
    return one.r2 >= LEAST_R2 and one.chi2 <= MOST_CHI2 and MASS[0] <= one.mass <= MASS[1]
