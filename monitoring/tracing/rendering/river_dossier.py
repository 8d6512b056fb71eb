"""The dossier of a spill in a river: what was asked, what went in, which outfalls are likely and why, what was said; a lead, not proof."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from monitoring.tracing.rendering.water_dossier import FOLDER, POINTS, SHOWN, substance
from parks.portal.typeset import covered, typeset


def river_dossier(*, row: Any, steps: Sequence[Any], words: dict[str, str], reasons: Sequence[str], reach: Any, zone: Any) -> bytes:  # fmt: skip
    """The PDF. The same trace and steps give the same bytes.

    Args:
        row: an answered trace with its incident and network; words: of verdicts, grounds and steps; reasons: in the language of the
            page; reach: the revision's; zone: of the printed times.
    """
    answer, case, incident = row.answer, row.case, row.incident

    def local(moment: datetime) -> str:
        return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"

    def short(text: str) -> str:
        return f"{datetime.fromisoformat(text).astimezone(zone):%m-%d %H:%M}"

    starts = [datetime.fromisoformat(one["start"]) for one in case["stations"]]
    ends = [at + timedelta(seconds=one["interval_s"] * (len(one["values_mg_l"]) - 1)) for at, one in zip(starts, case["stations"], strict=True)]  # fmt: skip
    data = {
        "title": incident.title, "told": incident.told, "substance": substance(incident), "from": local(min(starts)), "to": local(max(ends)),
        "verdict": words[f"river_verdict.{answer['verdict']}"], "named": list(answer["named"]), "reasons": list(reasons),
        "reach": incident.network.name, "reach_digest": incident.network.digest, "source": reach.source, "river": case["river"], "length": reach.length_m,
        "rows": [_candidate(one, short) for one in answer["candidates"][:SHOWN]], "elsewhere": answer["elsewhere_probability"],
        "unregistered": answer["unregistered_probability"], "excluded": [{"id": one["id"], "reason": words.get(f"excluded.{one['reason']}", one["reason"])} for one in answer["excluded"]],
        "release": _release(answer["release"], short), "ridge": [one | {"start": short(one["start"])} for one in (answer["ridge"] or {"places": []})["places"]],
        "minutes": (answer["ridge"] or {}).get("minutes_per_100_m"), "stations": _stations(case=case, sources=row.sources, words=words),
        "curves": _curves(case=case, answer=answer, zone=zone), "mixing": answer["mixing_length_m"], "seed": case["options"]["seed"],
        "ruled_out": case["options"]["ruled_out"], "confirmed": sum(one.get("confirmed_cases", 0) for one in case["outfalls"]),
        "diagnostics": answer["diagnostics"], "digest": row.digest, "code": row.code_version, "number": row.pk, "asked": local(row.asked_at),
        "by": str(row.asked_by or ""), "finished": local(row.finished_at),
        "steps": [
            {"at": local(one.at), "kind": words[f"step.{one.kind}"], "by": str(one.by or ""), "node": one.node, "text": one.text}
            for one in steps
        ],
    }  # fmt: skip
    missing: set[str] = set()
    shown = covered(data, missing=missing)
    shown["missing"] = "".join(sorted(f"U+{ord(c):04X} " for c in missing))
    return typeset(template=FOLDER / "river_dossier.typ", data=shown, stamp=row.finished_at)


def _candidate(one: dict[str, Any], short: Any) -> dict[str, Any]:
    return {
        "id": one["id"], "enterprise": one["enterprise"] or "", "chance": one["probability"], "registered": one["registered"], "at": one["position_m"],
        "start": {name: short(text) for name, text in one["start"].items()}, "mass": one["mass_kg"], "density": one["density"],
        "evidence": [
            {
                "station": each["station"], "for": each["speaks"] == "for", "read": each["read_peak"]["mg_l"], "read_at": short(each["read_peak"]["at"]),
                "given": each["expected_peak"]["mg_l"], "given_at": short(each["expected_peak"]["at"]),
            }
            for each in one["evidence"]
        ],
    }  # fmt: skip


def _release(release: dict[str, Any] | None, short: Any) -> dict[str, Any] | None:
    if release is None:
        return None
    return release | {"start": {name: short(text) for name, text in release["start"].items()}}


def _stations(*, case: dict[str, Any], sources: dict[str, Any], words: dict[str, str]) -> list[dict[str, Any]]:
    """Where it was read: station, how many readings counted, what was left out and why."""
    known = {one["node"]: one for one in sources.get("channels", [])}
    found = []
    for one in case["stations"]:
        read, channel = [value for value in one["values_mg_l"] if value is not None], known.get(one["id"])
        left = channel["left_out"] if channel else {}
        found.append({
            "id": one["id"], "at": one["position_m"], "station": f"{channel['code']} {channel['name']}" if channel else "",
            "count": channel["counted"] if channel else len(read), "level": one.get("background_mg_l"), "peak": max(read), "floor": one["noise_floor_mg_l"],
            "left_out": "，".join(f"{words.get(f'reason.{code}', code)} {n}" for code, n in left.items()),
        })  # fmt: skip
    return found


def _curves(*, case: dict[str, Any], answer: dict[str, Any], zone: Any) -> list[dict[str, Any]]:
    """By station: readings above what is always there, and what the likeliest outfall's release would have given, in a unit box."""
    best = answer["outfall_fits"][0]["stations"] if answer["outfall_fits"] else answer["fits"]
    found = []
    for number, one in enumerate(case["stations"]):
        start, step = datetime.fromisoformat(one["start"]), timedelta(seconds=one["interval_s"])
        level, last = one.get("background_mg_l", 0.0), max(len(one["values_mg_l"]) - 1, 1)
        read = [(k, v - level) for k, v in enumerate(one["values_mg_l"]) if v is not None]
        fit = [(k, v) for (k, _), v in zip(read, best[number]["expected_mg_l"] if best else (), strict=bool(best))]
        top = max(1e-9, *(v for _, v in read), *(v for _, v in fit))
        every = max(len(read) // POINTS, 1)
        found.append({
            "id": one["id"], "top": top, "from": f"{start.astimezone(zone):%m-%d %H:%M}", "to": f"{(start + step * last).astimezone(zone):%m-%d %H:%M}",
            "read": [[k / last, max(v, 0.0) / top] for k, v in read[::every]], "fit": [[k / last, v / top] for k, v in fit[::every]],
        })  # fmt: skip
    return found
