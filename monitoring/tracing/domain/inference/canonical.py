"""One order of candidates and sensors for every case, so that the order of a list changes nothing in its answer.

Points are ordered by their distance from the middle of the sensors, then by where they stand.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.forward.scene import Sensors
from monitoring.tracing.domain.inference.cases import Case, Companions
from monitoring.tracing.domain.inference.finding import Candidate, Finding

Places = NDArray[np.int_]


def ordered(*, case: Case) -> tuple[Case, Places, Places, Places]:
    """The case in its canonical order, and which candidate, which sensor and which substance of the given order stands where."""
    held, seen = case.sources, case.sensors
    middle = [np.bincount(seen.owner, axis, seen.count) / np.bincount(seen.owner, minlength=seen.count) for axis in
              (seen.east, seen.north, seen.height)]  # fmt: skip
    centre = float(np.sort(middle[0]).mean()), float(np.sort(middle[1]).mean())
    candidates = _order(held.east, held.north, held.height, centre)
    sensors = _order(middle[0], middle[1], middle[2], centre)
    again = replace(
        case, sources=held.only(places=candidates), sensors=_sensors(seen, sensors), values=case.values[:, sensors],
        hidden=case.hidden[:, sensors], prior=None if case.prior is None else case.prior[candidates],
        typical=None if case.typical is None else case.typical[candidates],
        owners=None if case.owners is None else case.owners[candidates],
    )  # fmt: skip
    again, substances = _by_substance(_with_companions(again, candidates, sensors))
    return again, candidates, sensors, substances


def _with_companions(case: Case, candidates: Places, sensors: Places) -> Case:
    held = case.companions
    if held is None:
        return case
    own = Companions(held.values[:, sensors], held.hidden[:, sensors], held.shares[candidates])
    return replace(case, companions=own)


def _by_substance(case: Case) -> tuple[Case, Places]:
    """The substance of which most was read comes first."""
    if case.companions is None:
        return case, np.zeros(1, dtype=int)
    sums = [
        float(np.sort(np.nansum(one, axis=0)).sum())
        for one in (case.values, *np.moveaxis(case.companions.values, 2, 0))
    ]
    order = np.argsort(-np.array(sums), kind="stable")
    held = case.companions
    values, hidden = case.every
    return replace(
        case, values=values[..., order[0]], hidden=hidden[..., order[0]],
        companions=Companions(values[..., order[1:]], hidden[..., order[1:]], held.shares[:, order]),
    ), order  # fmt: skip


def given_back(*, finding: Finding, candidates: Places, sensors: Places, substances: Places) -> Finding:
    """A finding of the canonical order in the order that was given."""

    def rows(side: tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], ...]:
        return tuple(
            (block, int(sensors[sensor]), *(int(substances[j]) for j in kind)) for block, sensor, *kind in side
        )

    back = np.argsort(substances)

    found: list[Candidate] = [
        replace(
            one, place=int(candidates[one.place]), evidence_for=rows(one.evidence_for),
            evidence_against=rows(one.evidence_against),
            composition=None if one.composition is None else one.composition.only(substances=back),
        ) for one in finding.candidates
    ]  # fmt: skip
    named = tuple(int(candidates[place]) for place in finding.named)
    told = _diagnostics(finding.diagnostics, candidates, sensors)
    return replace(finding, candidates=tuple(sorted(found, key=lambda one: one.place)), named=named, diagnostics=told)


def _order(east: Any, north: Any, height: Any, centre: tuple[float, float]) -> Places:
    away = np.round(np.hypot(east - centre[0], north - centre[1]), 3)
    return np.asarray(np.lexsort((height, north, east, away)), dtype=int)


def _sensors(seen: Sensors, order: Places) -> Sensors:
    place = np.argsort(order)[seen.owner]
    points = np.lexsort((seen.height, seen.north, seen.east, place))
    return Sensors(seen.east[points], seen.north[points], seen.height[points], place[points], seen.count)


def _diagnostics(told: dict[str, Any], candidates: Places, sensors: Places) -> dict[str, Any]:
    back = np.argsort(sensors)
    # Of sensors without a row that counts nothing can be said.
    tails = told["predictive_p"] + [1.0] * (len(sensors) - len(told["predictive_p"]))
    return told | {
        "predictive_p": [tails[place] for place in back],
        "left_out": {
            int(sensors[s]): int(candidates[k]) if k >= 0 else -1 for s, k in sorted(told["left_out"].items())
        },
        "fallen": {name: [counts[place] for place in back] for name, counts in told["fallen"].items()},
    }
