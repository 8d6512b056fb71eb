"""A reach of a river as it is entered: its hydraulics in a form, stations, outfalls and decays in a table. Every refusal names row, field, rule."""

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from hashlib import sha256
from itertools import pairwise
from typing import Any

import numpy as np

from monitoring.tracing.domain.river import fischer
from monitoring.tracing.domain.water.sheets import Refused, number_of, rows_of
from parks.catalogue.domain.errors import Invalid

FORMAT = "tongjian-river/1"
FIELDS = ("kind", "id", "chainage_m", "enterprise", "substances", "decay_per_day")
KINDS = ("station", "outfall", "decay")
LONGEST_CODE = 60
FISCHER_WITHIN = 4.0  # Fischer's estimate holds to a factor of about four. Source: Fischer 1979 [memory, verify]
FORM = 0  # row of what stands in the form and not in the table


class BadReach(Invalid):
    """The reach cannot be taken; every reason names row, field and rule."""

    code = "tracing.reach"

    def __init__(self, refused: Collection[Refused]) -> None:
        super().__init__(refused=[asdict(one) for one in refused])
        self.refused = tuple(refused)


@dataclass(frozen=True, slots=True)
class Told:
    """Hydraulics of a reach. Bands hold the truth with 90 %; `None` where an end is not told."""

    name: str
    source: str
    valid_from: date
    valid_to: date | None  # first day on which they no longer hold
    length_m: float
    slope: float
    width_m: float
    depth_m: float
    speed_low: float | None = None  # [m/s]
    speed_high: float | None = None
    flow_low: float | None = None  # [m3/s]
    flow_high: float | None = None
    dispersion_low: float | None = None  # [m2/s]
    dispersion_high: float | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A station, or an outfall with who discharges what there."""

    kind: str  # STATION or OUTFALL
    code: str
    chainage_m: float
    enterprise: str = ""
    substances: tuple[str, ...] | None = None  # anything where it is None


@dataclass(frozen=True, slots=True)
class Decay:
    substance: str
    per_day: float


@dataclass(frozen=True, slots=True)
class Table:
    """What stands along a reach, from the upper end down."""

    places: tuple[Place, ...]
    decays: tuple[Decay, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What the register and the catalogue know."""

    enterprises: frozenset[str]
    substances: frozenset[str]


def checked(*, told: Told) -> list[Refused]:
    """Rules that the hydraulics break; none where they can be taken."""
    wrong = [
        Refused(FORM, name, "number.positive")
        for name in ("length_m", "slope", "width_m", "depth_m") if not getattr(told, name) > 0
    ]  # fmt: skip
    for name in ("speed", "flow", "dispersion"):
        low, high = getattr(told, f"{name}_low"), getattr(told, f"{name}_high")
        if (low is None) != (high is None):
            wrong.append(Refused(FORM, f"{name}_low" if low is None else f"{name}_high", "band.end"))
        elif low is not None and not 0 < low <= high:
            wrong.append(Refused(FORM, f"{name}_high" if low > 0 else f"{name}_low", "band.order" if low > 0 else "number.positive"))  # fmt: skip
    if told.speed_low is None and told.flow_low is None:
        wrong.append(Refused(FORM, "speed_low", "speed.or_flow"))
    if told.valid_to is not None and told.valid_to <= told.valid_from:
        wrong.append(Refused(FORM, "valid_to", "validity.order"))
    if not told.source.strip():
        wrong.append(Refused(FORM, "source", "required"))
    return wrong


def table_of(*, data: bytes, length_m: float, known: Known) -> tuple[Table, list[Refused]]:
    """Rows of a CSV file with kind, id, chainage_m, enterprise, substances, decay_per_day, and the rules that rows break.

    Raises:
        BadTable: the file as a whole cannot be read.
    """
    places, decays, wrong = list[Place](), list[Decay](), list[Refused]()
    seen: set[tuple[bool, str]] = set()
    for number, row in rows_of(data=data, fields=FIELDS):
        kind, code = row.get("kind", "").lower(), row.get("id", "")
        broken = _of_place(number, row, length_m, known) if kind != "decay" else _of_decay(number, row, known)
        if kind not in KINDS:
            broken = [Refused(number, "kind", "kind.unknown")]
        elif not 0 < len(code) <= LONGEST_CODE:
            broken.append(Refused(number, "id", "required" if not code else "too_long"))
        elif (kind == "decay", code) in seen:
            broken.append(Refused(number, "id", "id.duplicate"))
        wrong += broken
        seen.add((kind == "decay", code))
        if broken:
            continue
        if kind == "decay":
            decays.append(Decay(code, float(row["decay_per_day"])))
        else:
            places.append(_place(row))
    wrong += _together(places)
    return Table(tuple(sorted(places, key=lambda one: (one.chainage_m, one.code))), tuple(decays)), wrong


def _of_place(number: int, row: Mapping[str, str], length_m: float, known: Known) -> list[Refused]:
    wrong, at = [], number_of(row.get("chainage_m", ""))
    if at is None:
        wrong.append(Refused(number, "chainage_m", "number"))
    elif not 0 <= at <= length_m:
        wrong.append(Refused(number, "chainage_m", "chainage.outside"))
    discharges = row.get("enterprise", "") or row.get("substances", "")
    if row.get("kind", "").lower() == "station" and discharges:
        wrong.append(Refused(number, "enterprise" if row.get("enterprise") else "substances", "station.discharges"))
    elif row.get("enterprise") and row["enterprise"] not in known.enterprises:
        wrong.append(Refused(number, "enterprise", "enterprise.unknown"))
    elif set(row.get("substances", "").split()) - known.substances:
        wrong.append(Refused(number, "substances", "substance.unknown"))
    return wrong


def _of_decay(number: int, row: Mapping[str, str], known: Known) -> list[Refused]:
    wrong, rate = [], number_of(row.get("decay_per_day", ""))
    if row.get("id", "") not in known.substances:
        wrong.append(Refused(number, "id", "substance.unknown"))
    if rate is None or rate < 0:
        wrong.append(Refused(number, "decay_per_day", "number" if rate is None else "number.negative"))
    return wrong


def _place(row: Mapping[str, str]) -> Place:
    substances = tuple(sorted(set(row.get("substances", "").split()))) or None
    return Place(
        row["kind"].upper(), row["id"], float(row["chainage_m"]), row.get("enterprise", ""), substances
    )  # fmt: skip


def _together(places: Collection[Place]) -> list[Refused]:
    stations = sorted(one.chainage_m for one in places if one.kind == "STATION")
    if not stations:
        return [Refused(FORM, "file", "station.none")]
    if any(one == other for one, other in pairwise(stations)):
        return [Refused(FORM, "file", "station.same_place")]
    return []


def text_of(*, told: Told, table: Table) -> str:
    """A revision in one text, of which the digest is taken: equal texts are the same revision."""
    row: dict[str, Any] = {"format": FORMAT} | asdict(told) | asdict(table)
    row["valid_from"], row["valid_to"] = told.valid_from.isoformat(), told.valid_to and told.valid_to.isoformat()
    return json.dumps(row, ensure_ascii=False, sort_keys=True)


def digest_of(*, text: str) -> str:
    return sha256(text.encode()).hexdigest()


def layout_of(*, table: Table) -> dict[str, Any]:
    """Places as nodes of a line, in the shape in which networks are drawn."""
    nodes = [
        {
            "id": one.code, "x": one.chainage_m, "y": 0.0, "kind": "station" if one.kind == "STATION" else "outfall",
            "enterprise": one.enterprise or None,
        }
        for one in table.places
    ]  # fmt: skip
    return {"nodes": nodes, "links": [[a.code, b.code] for a, b in pairwise(table.places)]}


def bands_of(*, told: Told) -> dict[str, dict[str, float]]:
    """Speed, dispersion and flow as a case takes them: what is not told follows from the cross-section and from Fischer's estimate."""
    area = told.width_m * told.depth_m
    speed, flow = (told.speed_low, told.speed_high), (told.flow_low, told.flow_high)
    if speed[0] is None or speed[1] is None:
        told = replace(told, speed_low=(flow[0] or 0.0) / area, speed_high=(flow[1] or 0.0) / area)
    elif flow[0] is None or flow[1] is None:
        told = replace(told, flow_low=speed[0] * area, flow_high=speed[1] * area)
    if told.dispersion_low is None or told.dispersion_high is None:
        estimate = estimated_dispersion(told=told)
        told = replace(told, dispersion_low=estimate / FISCHER_WITHIN, dispersion_high=estimate * FISCHER_WITHIN)
    ends = {"speed_m_s": "speed", "dispersion_m2_s": "dispersion", "flow_m3_s": "flow"}
    return {
        key: {end: float(f"{getattr(told, f'{name}_{end}'):.6g}") for end in ("low", "high")} for key, name in ends.items()
    }  # fmt: skip


def estimated_dispersion(*, told: Told) -> float:
    """Fischer's estimate at the middle of the band of speeds [m2/s]."""
    low, high = told.speed_low, told.speed_high
    if low is None or high is None:
        area = told.width_m * told.depth_m
        low, high = (told.flow_low or 0.0) / area, (told.flow_high or 0.0) / area
    return fischer(speed=float(np.sqrt(low * high)), width=told.width_m, depth=told.depth_m, slope=told.slope)
