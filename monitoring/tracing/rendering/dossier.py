"""The dossier of a trace: what was asked, what went in, who is likely and why, what was said; a lead, not proof."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import cos, radians
from pathlib import Path
from typing import Any

from monitoring.tracing.domain.inference.judging import PLANT, PLANTS
from monitoring.tracing.rendering.dossier_profiles import together
from parks.portal.typeset import covered, typeset

FOLDER = Path(__file__).resolve().parent
WORTH = 0.05  # probability of a point whose hours are worth a line
SHOWN = 10
REASONS = {
    "A lead, not proof.": "本结果是线索，不是证据。",
    "No sensor rose above its background.": "没有站点高于背景。",
    "The air was calm nearly throughout; calm air points nowhere.": "几乎全程静风，静风不指向任何方位。",
    "No candidate and no place explains the readings; the wind or the widths are not as assumed.": "没有点位能解释读数；风或扩散与假设不符。",
    "A point that is not in the register explains the readings best.": "登记册以外的点位最能解释读数。",
    "All sensors rose together with wind from one sector.": "各站点同时升高，风来自同一方位。",
    "Several candidates explain the readings equally well; together they are likely.": "若干点位对读数的解释同样好，合起来可能性大。",
    "No sensor stood where it could have seen any candidate.": "没有站点位于能看到任何点位的位置。",
    "The chains do not agree on who it was; more rounds may tell.": "各组链对来源不一致，更长的计算或可判断。",
    PLANT: "有一家企业整体可能性大，但无法区分是其中哪个点位，见企业表。",
    PLANTS: "有企业整体可能性大，但无法区分是其中哪个点位，见企业表。",
    "Of many points only the likeliest were looked at, and the model errs too much to be sure that the true one is among them.": "点位众多，只考察了其中最可能的一部分；模型误差较大，不能确定真正的点位在其中。",
    "No candidate reaches a probability of 0.6.": "没有点位的概率达到 60 %。",
}  # fmt: skip


CURVES = {
    False: "GB/T 3840-91 扩散参数",
    True: "GB/T 3840-91 扩散参数（路径超过约 1.5 km，另以 Briggs 乡村参数及其级间差减半者并行假设）",
}


def dossier(
    *, row: Any, steps: Sequence[Any], words: dict[str, str], zone: Any, names: dict[str, str] | None = None
) -> bytes:
    """The PDF. The same trace and steps give the same bytes.

    Args:
        row: an answered trace with its incident; words: of verdicts and steps; zone: of the printed times; names: of
            substances that were traced together.
    """
    answer, case, incident = row.answer, row.case, row.incident
    known = {one["id"]: one for one in case["candidates"]}
    start = datetime.fromisoformat(answer["diagnostics"]["start"])

    def local(moment: datetime) -> str:
        return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"

    def readings(items: list[dict[str, Any]]) -> str:
        minutes = answer["diagnostics"]["block_minutes"]
        times = [(one, start + timedelta(minutes=minutes * one["block"])) for one in items]
        return "，".join(f"{one['sensor']} {at.astimezone(zone):%H:%M}{named(one)}" for one, at in times) or "—"

    def named(item: dict[str, Any]) -> str:
        return f" {(names or {}).get(item['substance'], item['substance'])}" if "substance" in item else ""

    def told(when: dict[str, Any]) -> dict[str, Any]:
        sides = {
            side: [local(datetime.fromisoformat(when[side][key])) for key in ("p50", "p5", "p95")]
            for side in ("from", "to")
        }
        return sides | {"hours": when["hours"], "throughout": when["throughout"]}

    data = {
        "title": incident.title, "pollutant": f"{incident.pollutant.name}（{incident.pollutant_id}）",
        "together": together(row=row, names=names or {}, words=words, most=SHOWN), "told": incident.told,
        "from": local(incident.began_at), "to": local(incident.ended_at), "verdict": words[f"verdict.{answer['verdict']}"],
        "reasons": [REASONS.get(one, one) for one in answer["reasons"]],
        "unregistered": answer["unregistered_probability"], "outside": answer["outside_probability"], "sector": answer["outside_sector"],
        "rows": [
            {
                "name": known[one["id"]].get("name", one["id"]), "enterprise": one.get("enterprise") or "", "chance": one["probability"],
                "rate": one["rate"], "least": one["smallest_rate_seen"], "pro": readings(one["evidence_for"]),
                "contra": readings(one["evidence_against"]),
            }
            for one in answer["candidates"][:SHOWN]
        ],
        "plants": [
            {"name": one["enterprise"], "chance": one["probability"], "rate": one["rate"], "mass": one["mass"], "points": len(one["points"]), "whole": one.get("likely_as_a_whole", False)}
            for one in answer.get("enterprises", ())[:SHOWN]
        ],
        "times": [
            {"name": f"{known[one['id']].get('enterprise', '')} {known[one['id']].get('name', one['id'])}".strip(), **told(one["when"])}
            for one in answer["candidates"] if one.get("when") and one["probability"] >= WORTH
        ],
        "on": [local(datetime.fromisoformat(answer["taken_active"][end])) for end in ("from", "to")] if answer.get("taken_active") else None,
        "alone": [
            {"name": f"{known[one['id']].get('enterprise', '')} {known[one['id']].get('name', one['id'])}".strip(), "evidence": one["log_evidence"], "rate": one["rate"], "substance": named(one).strip()}
            for one in answer["supposed"]
        ],
        "sensors": [one["id"] for one in case["sensors"]], "points": len(case["candidates"]), "options": case["options"],
        "curves": CURVES[bool(answer["diagnostics"].get("curves", 1) > 1)],
        "diagnostics": {
            key: answer["diagnostics"].get(key)
            for key in ("r_hat", "chains", "tempering", "kappa", "sway", "wind_offset_deg", "sigma_y_factor", "sigma_z_factor", "block_minutes")
        },
        "map": plan(case=case, answer=answer), "digest": row.digest, "code": row.code_version, "number": row.pk,
        "asked": local(row.asked_at), "by": str(row.asked_by or ""), "finished": local(row.finished_at),
        "steps": [
            {"at": local(one.at), "kind": words[f"step.{one.kind}"], "by": str(one.by or ""), "text": one.text} for one in steps
        ],
    }  # fmt: skip
    missing: set[str] = set()
    shown = covered(data, missing=missing)
    shown["missing"] = "".join(sorted(f"U+{ord(c):04X} " for c in missing))
    return typeset(template=FOLDER / "dossier.typ", data=shown, stamp=row.finished_at)


def plan(*, case: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """Points and stations in a unit square, north up, both axes to the same scale."""
    places = [*case["candidates"], *case["sensors"]]
    lat = [one["latitude"] for one in places]
    lon = [one["longitude"] for one in places]
    squeeze = cos(radians((min(lat) + max(lat)) / 2))
    middle = (min(lon) + max(lon)) / 2, (min(lat) + max(lat)) / 2
    span = max((max(lon) - min(lon)) * squeeze, max(lat) - min(lat), 1e-6) * 1.1

    def at(one: dict[str, Any]) -> list[float]:
        return [
            round(0.5 + (one["longitude"] - middle[0]) * squeeze / span, 4),
            round(0.5 - (one["latitude"] - middle[1]) / span, 4),
        ]

    chance = {one["id"]: one["probability"] for one in answer["candidates"]}
    named = set(answer["named"])
    return {
        "points": [
            {"at": at(one), "chance": chance.get(one["id"], 0.0), "name": one.get("name", "") if one["id"] in named else ""}
            for one in case["candidates"]
        ],
        "stations": [{"at": at(one), "name": one["id"]} for one in case["sensors"]],
        "metres": round(span * 111_195, -1),
    }  # fmt: skip
