"""Injections into Net3: how often the right node comes first, against the fit without a likelihood, on given and on fresh incidents."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
from scipy.optimize import nnls

from deploy import bootstrap
from deploy.bench.incidents import FLOOR, RELATIVE, Incident, fresh
from deploy.bench.sewers import reliability
from deploy.hydraulics.responses import library_of
from monitoring.tracing.domain.releases.fitting import Noise
from monitoring.tracing.domain.releases.library import Library
from monitoring.tracing.domain.releases.posterior import located

DATA = bootstrap.ROOT.parent / "shared" / "data" / "tracing" / "water_networks"
SETS = {
    "chosen_other_demand_10": (1505, 0.1), "chosen_other_demand_20": (1606, 0.2),
    "fresh": (404, 0.0), "fresh_other_demand_10": (2505, 0.1), "fresh_other_demand_20": (2606, 0.2),
}  # fmt: skip
COUNT = 40


def run(*, say: Callable[[str], None]) -> dict[str, Any]:
    """Shares, ratios and seconds by set of incidents; empty with the reason where the network is not at hand."""
    if not DATA.is_dir():
        return {"missing": f"no network under {DATA}"}
    path, given = DATA / "Net3.inp", json.loads((DATA / "net3_incidents.json").read_text())
    sensors = given["sensors"]
    begin = perf_counter()
    library = library_of(path=path, sensors=sensors, say=say)
    found: dict[str, Any] = {"library_s": round(perf_counter() - begin, 1)}
    found |= _scored("given", library, given_incidents(given), say)
    for name, (seed, error) in SETS.items():
        many = fresh(path=path, sensors=sensors, count=COUNT, seed=seed, demand_error=error, say=say)
        found |= _scored(name, library, many, say, demands_known=error == 0)
    return found


def given_incidents(given: dict[str, Any]) -> list[Incident]:
    return [
        Incident(
            one["truth"]["node"], one["truth"]["start_s"], one["truth"]["duration_s"], one["truth"]["mass_kg_per_s"],
            np.array([one["conc_kg_m3"][name] for name in given["sensors"]]),
        )
        for one in given["incidents"]
    ]  # fmt: skip


def _scored(
    name: str,
    library: Library,
    incidents: Sequence[Incident],
    say: Callable[[str], None],
    *,
    demands_known: bool = True,
) -> dict[str, Any]:
    say(f"{len(incidents)} incidents, {name}")
    rows = [_one(library, incident, demands_known) for incident in incidents]
    total = len(rows)
    return {
        f"{name}_count": total,
        f"{name}_first": sum(r["rank"] == 1 for r in rows), f"{name}_first_five": sum(r["rank"] <= 5 for r in rows),
        f"{name}_first_or_tied_with_it": sum(r["tied"] for r in rows),
        f"{name}_start_hour": sum(r["start"] for r in rows), f"{name}_mass_ratio": round(float(np.nanmedian([r["mass"] for r in rows])), 3),
        f"{name}_mass_in_90_band": sum(r["band"] for r in rows),
        f"{name}_named": sum(r["named"] for r in rows), f"{name}_named_wrongly": sum(r["wrong"] for r in rows),
        f"{name}_several": sum(r["several"] for r in rows), f"{name}_log_score": round(float(np.mean([r["log"] for r in rows])), 2),
        f"{name}_reliability": reliability([pair for r in rows for pair in r["listed"]]),
        f"{name}_s": round(median(r["seconds"] for r in rows), 3),
        f"{name}_nnls_first": sum(r["nnls"] == 1 for r in rows), f"{name}_nnls_first_five": sum(r["nnls"] <= 5 for r in rows),
        f"{name}_nnls_s": round(median(r["nnls_seconds"] for r in rows), 3),
    }  # fmt: skip


def _one(library: Library, incident: Incident, demands_known: bool) -> dict[str, Any]:
    begin = perf_counter()
    finding = located(
        library=library, values=incident.values, noise=Noise(FLOOR, RELATIVE), demands_known=demands_known
    )
    seconds = perf_counter() - begin
    nodes = [one.node for one in finding.origins]
    rank = nodes.index(incident.node) + 1 if incident.node in nodes else 999
    begin = perf_counter()
    plain = nnls_rank(library, incident)
    found: dict[str, Any] = {
        "rank": rank, "seconds": seconds, "nnls": plain, "nnls_seconds": perf_counter() - begin,
        "tied": bool(nodes) and incident.node in (nodes[0], *finding.origins[0].tied),
        "named": bool(finding.named), "several": len(finding.named) > 1,
        "listed": [(one.probability, one.node == incident.node) for one in finding.origins],
        "log": float(np.log(max(next((one.probability for one in finding.origins if one.node == incident.node), 0.0), 1e-3))), "wrong": bool(finding.named) and incident.node not in finding.named,
        "start": False, "band": False, "mass": float("nan"),
    }  # fmt: skip
    if rank == 999:
        return found
    mine, mass = finding.origins[rank - 1], incident.rate * incident.duration
    start, band = abs(mine.best[0] - incident.start) < 1, mine.mass[0] <= mass <= mine.mass[4]
    return found | {"start": start, "band": band, "mass": mine.mass[2] / mass}


def nnls_rank(library: Library, incident: Incident) -> int:
    """Rank of the true node by the residual of non-negative least squares over its hours, the plain way."""
    y = incident.values.ravel()
    root = 1 / np.hypot(FLOOR, RELATIVE * y)
    residual = []
    for block in library.responses:
        flat = block.reshape(len(block), -1).astype(float)
        used = flat.any(axis=1)
        residual.append(
            nnls((flat[used] * root).T, y * root)[1] if used.any() else float(np.linalg.norm(y * root))
        )  # fmt: skip
    order = [library.nodes[place] for place in np.argsort(residual)]
    return order.index(incident.node) + 1
