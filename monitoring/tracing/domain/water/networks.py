"""A network as it is sent: a gravity sewer as JSON or a network under pressure as an EPANET file; what of it can be drawn."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from typing import Any

from monitoring.tracing.domain.sewers.case import sewer_from
from parks.catalogue.domain.errors import Invalid

LARGEST = 4_000_000  # characters
MOST_NODES = 5000
LINKS = ("PIPES", "PUMPS", "VALVES")
KINDS = {"JUNCTIONS": "junction", "RESERVOIRS": "reservoir", "TANKS": "tank"}


class BadNetwork(Invalid):
    """The file is no network that can be traced."""

    code = "tracing.network"


class NetworkKind(Enum):
    SEWER = "SEWER"
    PRESSURE = "PRESSURE"


@dataclass(frozen=True, slots=True)
class Layout:
    """What a plan shows: nodes with their places [degrees or metres, one of both], links between them."""

    nodes: list[dict[str, Any]]  # id, x, y, kind, enterprise
    links: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Sent:
    kind: NetworkKind
    layout: Layout
    digest: str


def network_of(*, text: str) -> Sent:
    """Look a file through.

    Raises:
        BadNetwork, WrongSewer, NoPipe, BadCase: with what does not hold.
    """
    if len(text) > LARGEST:
        raise BadNetwork(f"The file has more than {LARGEST} characters.")
    digest = sha256(text.encode()).hexdigest()
    if text.lstrip().startswith("{"):
        return Sent(NetworkKind.SEWER, _of_sewer(document_of(text=text)), digest)
    return Sent(NetworkKind.PRESSURE, _of_inp(text), digest)


def document_of(*, text: str) -> dict[str, Any]:
    """Manholes and pipes of a sewer's file."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadNetwork("The file is no JSON.") from error
    if found.get("format") != "tongjian-trace-water/1":
        raise BadNetwork("The format of the file is not tongjian-trace-water/1.")
    return {"format": found["format"], "manholes": found.get("manholes", []), "pipes": found.get("pipes", [])}


def _of_sewer(document: Mapping[str, Any]) -> Layout:
    try:
        sewer = sewer_from(document)
    except (KeyError, TypeError, AttributeError) as error:
        raise BadNetwork(f"A manhole or a pipe lacks something: {error}.") from error
    if len(sewer.manholes) > MOST_NODES:
        raise BadNetwork(f"More than {MOST_NODES} manholes.")
    placed = all(_finite(one.get("lon")) and _finite(one.get("lat")) for one in document["manholes"])
    depth = {} if placed else _depths(sewer.order, [(pipe.upper, pipe.lower) for pipe in sewer.pipes])
    nodes = []
    for one in document["manholes"]:
        x, y = (one["lon"], one["lat"]) if placed else depth[one["id"]]
        kind = "outlet" if one.get("enterprise") else "manhole"
        nodes.append({"id": one["id"], "x": x, "y": y, "kind": kind, "enterprise": one.get("enterprise")})
    return Layout(nodes, [(pipe.upper, pipe.lower) for pipe in sewer.pipes])


def _finite(value: Any) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value)


def _depths(order: tuple[str, ...], links: list[tuple[str, str]]) -> dict[str, tuple[float, float]]:
    """Places for a plan without coordinates: how many pipes lie below, and a lane of its own at each depth."""
    below: dict[str, int] = {}
    for name in reversed(order):
        below[name] = max((below[lower] + 1 for upper, lower in links if upper == name), default=0)
    lanes: dict[int, int] = {}
    found = {}
    for name in order:
        lane = lanes.get(below[name], 0)
        lanes[below[name]] = lane + 1
        found[name] = (float(-below[name]), float(lane))
    return found


def _stays_inside(number: int, section: str, row: str) -> None:
    """EPANET reads and writes files that a network names; a network that somebody sent may name none. Raises BadNetwork."""
    word = re.split(r"[\s,\"]+", row.upper().lstrip(' \t,"'))[0]
    if (section.startswith("OPT") and word.startswith(("HYDR", "MAP"))) or (
        section.startswith("REP") and word.startswith("FILE")
    ):
        raise BadNetwork(f"Row {number}: {word} names a file on the computer that computes; take the row out.")


def _of_inp(text: str) -> Layout:
    """Nodes, links and coordinates of an EPANET file; whether it can be computed EPANET says later."""
    parts: dict[str, list[list[str]]] = {}
    here = ""
    for number, line in enumerate(text.splitlines(), start=1):
        bare = line.split(";")[0].strip()
        if bare.startswith("["):
            here = bare.strip("[]").upper()
        elif bare:
            _stays_inside(number, here, bare)
            parts.setdefault(here, []).append(bare.split())
    kinds = {row[0]: kind for section, kind in KINDS.items() for row in parts.get(section, [])}
    if "JUNCTIONS" not in parts or not kinds:
        raise BadNetwork("The file is neither a sewer in JSON nor an EPANET file with [JUNCTIONS].")
    if len(kinds) > MOST_NODES:
        raise BadNetwork(f"More than {MOST_NODES} nodes.")
    links = [(row[1], row[2]) for section in LINKS for row in parts.get(section, []) if len(row) > 2]
    strange = sorted({end for link in links for end in link} - set(kinds))
    if strange:
        raise BadNetwork(f"Links end at nodes that are not there: {', '.join(strange[:5])}.")
    try:
        places = {row[0]: (float(row[1]), float(row[2])) for row in parts.get("COORDINATES", [])}
    except (ValueError, IndexError) as error:
        raise BadNetwork("A row of [COORDINATES] is no pair of numbers.") from error
    missing = [name for name in kinds if name not in places]
    if missing:
        places |= {name: (float(number % 20), float(number // 20)) for number, name in enumerate(missing)}
    nodes = [{"id": name, "x": places[name][0], "y": places[name][1], "kind": kind, "enterprise": None} for name, kind in kinds.items()]  # fmt: skip
    return Layout(nodes, links)
