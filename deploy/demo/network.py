"""The wastewater network: every discharge runs by gravity and pumps to the treatment plant, and from there to the sea."""

from dataclasses import dataclass, field
from math import pi, sqrt

from deploy.demo.facts import NodePlan, OutletPlan, PipePlan, Plant
from deploy.demo.layout import HEIGHT_M, ROWS, WIDTH_M, distance_m, place

SLOPE = 0.0015
COVER_M, PUMP_BELOW_M = -1.6, -6.5
FULL_M_PER_S = 0.8
EAST_M = WIDTH_M + 14.0


@dataclass
class Network:
    """Nodes and pipes as they are laid; each pipe goes on where the one before ended."""

    nodes: dict[str, NodePlan] = field(default_factory=dict)
    pipes: list[PipePlan] = field(default_factory=list)
    carried: dict[str, float] = field(default_factory=dict)  # m3/d that reaches a node

    def node(self, code: str, x: float, y: float, kind: str = "MANHOLE", outlet: tuple[str, str] | None = None) -> str:
        if code not in self.nodes:
            self.nodes[code] = NodePlan(code, kind, place(x, y), COVER_M, outlet)
        return code

    def lay(self, start: str, end: str, flow: float) -> None:
        """A pipe; the end is lowered to where the water arrives, and becomes a pump when that is too deep."""
        a, b = self.nodes[start], self.nodes[end]
        length = max(distance_m(a.place, b.place), 5.0)
        leaves = COVER_M if a.kind == "PUMP" else a.invert_m
        arrives = min(b.invert_m, leaves - SLOPE * length)
        kind = "PUMP" if b.kind == "MANHOLE" and arrives < PUMP_BELOW_M else b.kind
        self.nodes[end] = NodePlan(b.code, kind, b.place, round(arrives, 2), b.outlet)
        self.carried[end] = self.carried.get(end, 0.0) + flow
        wide = max(0.3, round(sqrt(4.0 * flow / 86_400.0 * 2.0 / (pi * FULL_M_PER_S)), 1))
        code = f"P{len(self.pipes) + 1:03d}"
        self.pipes.append(PipePlan(code, start, end, round(length, 1), wide, round((leaves - arrives) / length, 5)))


def lay_network(plants: list[tuple[int, Plant]], outlets: list[OutletPlan]) -> tuple[list[NodePlan], list[PipePlan]]:
    """Nodes and pipes. `plants` come with their row; water runs east along each row, then south along the fence."""
    network = Network()
    discharges = {o.slug: o for o in outlets if o.medium == "WATER"}
    works = next(plant for _row, plant in plants if plant.slug == "wwtp")
    collector = ""
    for row in range(1, ROWS + 1):
        members = [plant for r, plant in plants if r == row and plant.slug in discharges and plant is not works]
        last = lay_row(network, row, sorted(members, key=lambda p: p.centre.x), discharges)
        y = HEIGHT_M - row * HEIGHT_M / ROWS - 12.0
        corner = network.node(f"C{row}", EAST_M, y)
        if last:
            network.lay(last, corner, network.carried[last])
        if collector:
            network.lay(collector, corner, network.carried[collector])
        collector = corner
    inlet = network.node("WWTP-IN", works.corners[2] - 40.0, works.corners[1] + 60.0, "PLANT")
    network.lay(collector, inlet, network.carried[collector])
    drain = discharges["wwtp"]
    out = network.node("WWTP-OUT", drain.place.x, drain.place.y, "INLET", ("wwtp", drain.code))
    network.lay(inlet, out, network.carried[inlet])
    network.lay(out, network.node("SEA", EAST_M + 900.0, 150.0, "OUTFALL"), network.carried[out])
    return list(network.nodes.values()), network.pipes


def lay_row(network: Network, row: int, members: list[Plant], discharges: dict[str, OutletPlan]) -> str:
    """The main along the road south of a row; returns its last manhole."""
    before = ""
    y = HEIGHT_M - row * HEIGHT_M / ROWS - 12.0
    for number, plant in enumerate(members, start=1):
        outlet = discharges[plant.slug]
        inlet = network.node(
            f"R{row}-{number:02d}-IN", outlet.place.x, outlet.place.y, "INLET", (plant.slug, outlet.code)
        )
        manhole = network.node(f"R{row}-{number:02d}", outlet.place.x, y)
        network.lay(inlet, manhole, plant.water_m3_per_d)
        if before:
            network.lay(before, manhole, network.carried[before])
        before = manhole
    return before
