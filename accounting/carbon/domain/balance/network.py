"""The park of one month as data: streams in pools, nodes that use and make them, and how shared costs are split."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

KELVIN = 273.15
SURROUNDINGS_C = 25.0  # against which exergy counts


class StreamKind(StrEnum):
    POWER = "POWER"
    HEAT = "HEAT"
    MATERIAL = "MATERIAL"
    SERVICE = "SERVICE"  # disposal of waste or water: flows from the plant that treats to the one that sends


class Rule(StrEnum):
    """How a node's cost is split over its products. Stored with each node and month; nothing is chosen silently."""

    EXPLICIT = "EXPLICIT"  # shares that sum to 1
    WEIGHTED = "WEIGHTED"  # quantity times a weight per unit: mass, energy, carbon, price
    ENERGY = "ENERGY"  # power and heat by energy content
    EFFICIENCY = "EFFICIENCY"  # H/eta_h against P/eta_p, 0.80 and 0.35
    EXERGY = "EXERGY"  # heat by 1 - T0/T, power by 1
    HEAT_SUPPLY_RATIO = "HEAT_SUPPLY_RATIO"  # the share of the boilers' heat that was supplied as heat
    CBAM = "CBAM"  # as EFFICIENCY with 0.55 and 0.25


@dataclass(frozen=True, slots=True)
class Allocation:
    """A rule with its parameters.

    `shares`: for EXPLICIT. `weights`: per unit of each stream, for WEIGHTED. `parameters`: eta_heat, eta_power,
    reference_c (of the surroundings, 25 degC), temperature_c or temperature_c.STREAM, heat_supply_ratio.
    """

    rule: Rule
    shares: Mapping[str, float] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)
    parameters: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stream:
    """A pool. `carbon` is its carbon [tC per unit]; for a service, of the waste that goes the other way."""

    id: str
    kind: StreamKind
    unit: str
    demand: float = 0.0  # sold outside, stock change, own use that is no production
    loss: float = 0.0  # metered
    loss_borne_by: str | None = None  # a node; without one, who takes off bears it
    carbon: float = 0.0
    uncertainty: float = 0.005  # relative, of its meters


@dataclass(frozen=True, slots=True)
class Import:
    """What comes into a pool from outside, with its emissions by gas [t per unit]."""

    stream: str
    quantity: float
    factors: Mapping[str, float]
    factor_id: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A process unit, CHP, hub or treatment. Without outputs it is an end use: its cost goes no further.

    `direct`: emissions by gas [t]. `fuel_carbon`: carbon that comes in beside the streams [tC]. `residues`: carbon that
    """

    id: str
    enterprise: str
    inputs: Mapping[str, float] = field(default_factory=dict)
    outputs: Mapping[str, float] = field(default_factory=dict)
    direct: Mapping[str, float] = field(default_factory=dict)
    allocation: Allocation | None = None
    fuel_carbon: float = 0.0
    residues: float = 0.0
    is_store: bool = False  # one of the two nodes by which a storage is filled and drawn


@dataclass(frozen=True, slots=True)
class Storage:
    """A tank or accumulator of a stream. What is drawn carries the mean of the opening stock and what was charged."""

    id: str
    stream: str
    enterprise: str
    opening: float
    charge: float
    draw: float
    opening_factors: Mapping[str, float] = field(default_factory=dict)
    loss: float = 0.0


@dataclass(frozen=True, slots=True)
class Transfer:
    """One stream metered on both sides."""

    stream: str
    seller: str
    buyer: str
    sold: float
    bought: float
    uncertainty: float = 0.005


@dataclass(frozen=True, slots=True)
class Network:
    """A park in one month."""

    month: str
    streams: tuple[Stream, ...]
    nodes: tuple[Node, ...]
    imports: tuple[Import, ...] = ()
    storages: tuple[Storage, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    # Further gases or classes that must appear even where no number names them.
    gases: tuple[str, ...] = ()
