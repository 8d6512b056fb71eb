"""The dossier of a water trace: what was asked, what went in, which nodes are likely and why, what was said; a lead, not proof."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from parks.portal.typeset import covered, typeset

FOLDER = Path(__file__).resolve().parent
SHOWN = 12
NAMED = 6  # nodes whose names stand on the plan
LIKELY = 0.05  # from which a node is drawn as possible
POINTS = 240  # of a curve in print


def water_dossier(*, row: Any, steps: Sequence[Any], words: dict[str, str], reasons: Sequence[str], zone: Any) -> bytes:
    """The PDF. The same trace and steps give the same bytes.

    Args:
        row: an answered trace with its incident and network; words: of verdicts, kinds and steps; reasons: in the language of the
            page; zone: of the printed times.
    """
    answer, case, incident = row.answer, row.case, row.incident
    network = incident.network

    def local(moment: datetime) -> str:
        return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"

    def short(text: str) -> str:
        return f"{datetime.fromisoformat(text).astimezone(zone):%m-%d %H:%M}"

    start = datetime.fromisoformat(case["readings"]["start"])
    count = max(len(one["values_mg_l"]) for one in case["readings"]["manholes"])
    step = timedelta(seconds=case["readings"]["interval_s"])
    data = {
        "title": incident.title, "told": incident.told, "substance": substance(incident), "from": local(start), "to": local(start + step * (count - 1)),
        "verdict": words[f"water_verdict.{answer['verdict']}"], "named": list(answer["named"]), "reasons": list(reasons),
        "kind": words[f"water_kind.{network.kind}"], "network": network.name, "network_digest": network.digest, "pressure": network.kind == "PRESSURE",
        "rows": [
            {
                "node": one["id"], "enterprise": one.get("enterprise") or "", "chance": one["probability"], "registered": one["registered"],
                "start": {name: short(text) for name, text in one["start"].items()}, "duration": one["duration_h"], "mass": one["mass_kg"],
                "travel": one["travel_time_h"], "tied": len(one["tied_with"]),
            }
            for one in answer["candidates"][:SHOWN]
        ],
        "others": max(len(answer["candidates"]) - SHOWN, 0), "unregistered": answer["unregistered_probability"],
        "excluded": [{"node": one["id"], "reason": words.get(f"excluded.{one['reason']}", one["reason"])} for one in answer["excluded"]],
        "gauges": gauges(case=case, sources=row.sources, words=words), "curves": curves(case=case, answer=answer, zone=zone),
        "map": plan(layout=network.layout, case=case, answer=answer), "options": options(case), "floor": case["readings"]["noise_floor_mg_l"],
        "interval": case["readings"]["interval_s"] / 60, "diagnostics": answer["diagnostics"], "digest": row.digest, "code": row.code_version,
        "number": row.pk, "asked": local(row.asked_at), "by": str(row.asked_by or ""), "finished": local(row.finished_at),
        "steps": [
            {"at": local(one.at), "kind": words[f"step.{one.kind}"], "by": str(one.by or ""), "node": one.node, "text": one.text}
            for one in steps
        ],
    }  # fmt: skip
    missing: set[str] = set()
    shown = covered(data, missing=missing)
    shown["missing"] = "".join(sorted(f"U+{ord(c):04X} " for c in missing))
    return typeset(template=FOLDER / "water_dossier.typ", data=shown, stamp=row.finished_at)


def substance(incident: Any) -> str:
    return f"{incident.pollutant.name}（{incident.pollutant_id}）" if incident.pollutant else str(incident.substance)


def options(case: dict[str, Any]) -> dict[str, Any]:
    """Choices of the trace, None where the kind of network has none."""
    given = case.get("options", {})
    names = ("before_h", "longest_h", "decay_per_h", "demands_known")
    confirmed = sum(one.get("confirmed_cases", 0) for one in case.get("manholes", [])) or sum(
        given.get("confirmed", {}).values()
    )
    return {name: given.get(name) for name in names} | {"ruled_out": given.get("ruled_out", []), "confirmed": confirmed}


def gauges(*, case: dict[str, Any], sources: dict[str, Any], words: dict[str, str]) -> list[dict[str, Any]]:
    """Where it was read: station, node, how many readings counted, what was left out and why."""
    known = {one["node"]: one for one in sources.get("channels", [])}
    found = []
    for one in case["readings"]["manholes"]:
        read = [value for value in one["values_mg_l"] if value is not None]
        channel = known.get(one["manhole"])
        left = channel["left_out"] if channel else {}
        found.append({
            "node": one["manhole"], "station": f"{channel['code']} {channel['name']}" if channel else "", "count": len(read),
            "level": one.get("background_mg_l"), "peak": max(read), "left_out": "，".join(f"{words.get(f'reason.{code}', code)} {n}" for code, n in left.items()),
        })  # fmt: skip
    return found


def curves(*, case: dict[str, Any], answer: dict[str, Any], zone: Any) -> list[dict[str, Any]]:
    """By node that was read: readings above what is always there and what the likeliest release would have given, in a unit box."""
    given = case["readings"]
    start, step = datetime.fromisoformat(given["start"]), timedelta(seconds=given["interval_s"])
    found = []
    for number, one in enumerate(given["manholes"]):
        read = [None if v is None else v - one.get("background_mg_l", 0.0) for v in one["values_mg_l"]]
        fits = [[v or 0.0 for v in fit["sensors"][number]["expected_mg_l"]] for fit in answer["fits"][:1]]
        top = max(1e-9, *(v for v in read if v is not None), *(v for fit in fits for v in fit))
        every = max(len(read) // POINTS, 1)
        last = max(len(read) - 1, 1)
        found.append({
            "node": one["manhole"], "top": top, "from": f"{start.astimezone(zone):%m-%d %H:%M}", "to": f"{(start + step * last).astimezone(zone):%m-%d %H:%M}",
            "read": [[k / last, max(v, 0.0) / top] for k, v in enumerate(read) if v is not None and k % every == 0],
            "fit": [[k / last, v / top] for fit in fits for k, v in enumerate(fit) if k % every == 0],
        })  # fmt: skip
    return found


def plan(*, layout: dict[str, Any], case: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """Nodes and links in a unit square, north up, as wide as the network needs."""
    xs, ys = ([one[axis] for one in layout["nodes"]] for axis in ("x", "y"))
    wide, high = max(max(xs) - min(xs), 1e-9), max(max(ys) - min(ys), 1e-9)
    at = {
        one["id"]: [round(0.04 + 0.92 * (one["x"] - min(xs)) / wide, 4), round(0.96 - 0.92 * (one["y"] - min(ys)) / high, 4)]
        for one in layout["nodes"]
    }  # fmt: skip
    chance = {one["id"]: one["probability"] for one in answer["candidates"]}
    first = {one["id"] for one in answer["candidates"][:NAMED] if one["probability"] >= LIKELY}
    return {
        "links": [[at[a], at[b]] for a, b in layout["links"]],
        "nodes": [
            {"at": at[one["id"]], "chance": chance.get(one["id"], 0.0), "name": one["id"] if one["id"] in first else ""}
            for one in layout["nodes"]
        ],
        "read": [{"at": at[one["manhole"]], "name": one["manhole"]} for one in case["readings"]["manholes"]],
    }  # fmt: skip
