"""A case of a network under pressure, from plain data and its library to plain data."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from monitoring.tracing.domain.case.reading import moment
from monitoring.tracing.domain.priors import favoured
from monitoring.tracing.domain.releases.fitting import Noise
from monitoring.tracing.domain.releases.library import Library
from monitoring.tracing.domain.releases.posterior import Origin, located
from monitoring.tracing.domain.sewers.case import CAUTION, FORMAT, LISTED, PER_MG_L, banded, fits, rounded
from monitoring.tracing.domain.stages import WaterStage


def answered(
    *, document: Mapping[str, Any], library: Library, progress: Callable[[str], None] = lambda stage: None
) -> dict[str, Any]:
    """Trace readings on the clock of a library.

    Args:
        document: `readings` as in `trace_water_case.schema.json`, with as many values as the library has, from the time at which its
            simulation begins; `options.demands_known` whether its demands are those of the day;
            `options.confirmed` how often a source was found at a node, `options.ruled_out` nodes that an inspection has cleared.
        progress: told the name of each stage as it begins.

    Raises:
        WrongLibrary: readings and library do not fit.
    """
    given = document["readings"]
    values = np.array(
        [
            [np.nan if v is None else (v - one.get("background_mg_l", 0.0)) * PER_MG_L for v in one["values_mg_l"]]
            for one in given["manholes"]
        ]
    )
    noise = Noise(given["noise_floor_mg_l"] * PER_MG_L, given.get("noise_relative", 0.05))
    options = document.get("options", {})
    known, ruled_out = bool(options.get("demands_known", False)), options.get("ruled_out", [])
    progress(WaterStage.SEARCH.value)
    found = located(library=library, values=values, noise=noise, demands_known=known, prior=_prior(options))
    progress(WaterStage.ANSWER.value)
    start = moment(text=given["start"], path="/readings/start")
    return {
        "format": FORMAT, "title": document.get("title", ""), "substance": document.get("substance"), "verdict": found.verdict.value,
        "named": list(found.named), "reasons": list(found.reasons), "caution": CAUTION,
        "candidates": [_candidate(one, start) for one in found.origins if one.probability >= LISTED],
        "excluded": [{"id": name, "reason": "An inspection has ruled it out."} for name in ruled_out],
        "unregistered_probability": None, "fits": fits(finding=found, document=document),
        "diagnostics": {"explained": rounded(found.explained), "tempering": rounded(found.tempering), "readings_above_floor": found.heard},
    }  # fmt: skip


def _prior(options: Mapping[str, Any]) -> dict[str, float]:
    """Weights of the nodes of which something is known before the readings; all others weigh one."""
    known = {name: favoured(confirmed=count) for name, count in options.get("confirmed", {}).items()}
    return known | dict.fromkeys(options.get("ruled_out", []), 0.0)


def _candidate(one: Origin, start: datetime) -> dict[str, Any]:
    return {
        "id": one.node, "enterprise": None, "probability": rounded(one.probability), "registered": True,
        "start": banded([(start + timedelta(seconds=value)).isoformat() for value in one.start]),
        "duration_h": banded([rounded(value / 3600) for value in one.duration]),
        "rate": {"unit": "kg/h"} | banded([rounded(value * 3600) for value in one.rate]),
        "mass_kg": banded([rounded(value) for value in one.mass]), "travel_time_h": None, "tied_with": list(one.tied),
    }  # fmt: skip
