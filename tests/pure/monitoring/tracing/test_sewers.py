"""Sewers of a park: check values by hand, and releases simulated in another way than they are traced."""

from math import pi

import numpy as np
import pytest

from monitoring.tracing.domain.inference.finding import Verdict
from monitoring.tracing.domain.releases.fitting import Noise
from monitoring.tracing.domain.sewers.channel import NoPipe, capacity, carried, manning, section
from monitoring.tracing.domain.sewers.network import (
    Manhole,
    Pipe,
    Sewer,
    WrongSewer,
    flows,
    legs_to,
    passing,
    reaches,
    sewer_of,
)
from monitoring.tracing.domain.sewers.responding import assumptions, passed
from monitoring.tracing.domain.sewers.tracing import Question, traced

NOISE = Noise(floor=2e-5, relative=0.05)


def park(substances: dict[str, frozenset[str]] | None = None) -> Sewer:
    """Two branches that meet: A - B - C - M and D - E - C; F is a plain manhole on A's branch, Z lies below M."""
    held = substances or {}

    def outlet(name: str, inflow: float) -> Manhole:
        return Manhole(name, inflow, f"plant {name}", held.get(name))

    manholes = (
        outlet("A", 0.010), outlet("B", 0.004), outlet("D", 0.012), outlet("E", 0.006), Manhole("C"), Manhole("F", 0.001),
        Manhole("M"), outlet("Z", 0.003), Manhole("end"),
    )  # fmt: skip
    pipes = (
        pipe("A", "F", 300), pipe("F", "B", 250), pipe("B", "C", 500), pipe("D", "E", 900), pipe("E", "C", 1400), pipe("C", "M", 600),
        pipe("M", "Z", 200), pipe("Z", "end", 200),
    )  # fmt: skip
    return sewer_of(manholes=manholes, pipes=pipes)


def pipe(upper: str, lower: str, length: float, share: float = 1.0) -> Pipe:
    return Pipe(f"{upper}-{lower}", upper, lower, length, 0.5, 0.003, 0.013, share)


def test_a_full_pipe_follows_manning_by_hand() -> None:
    """d 0.6 m, slope 0.002, n 0.013: R 0.15 m, v = 0.15^(2/3) x 0.002^0.5 / 0.013 = 0.9712 m/s, Q 0.2746 m3/s."""
    assert manning(filling=1.0, diameter=0.6, slope=0.002, roughness=0.013) == pytest.approx(0.9712, abs=5e-4)
    assert capacity(diameter=0.6, slope=0.002, roughness=0.013) == pytest.approx(0.2746, abs=3e-4)


def test_a_half_full_pipe_has_the_speed_of_a_full_one_and_half_its_flow() -> None:
    half = section(filling=0.5, diameter=0.6)
    full = capacity(diameter=0.6, slope=0.002, roughness=0.013)
    state = carried(flow=full / 2, diameter=0.6, slope=0.002, roughness=0.013)

    assert (half.area, half.radius, half.width) == (
        pytest.approx(pi * 0.36 / 8),
        pytest.approx(0.15),
        pytest.approx(0.6),
    )
    assert (state.filling, state.speed) == (pytest.approx(0.5, abs=1e-6), pytest.approx(0.9712, abs=5e-4))


def test_most_flows_at_938_thousandths_and_more_flows_under_pressure() -> None:
    """A round pipe carries 1.076 times its full flow at a filling of 0.938 (Chow 1959, from memory; checked by scanning)."""
    fillings = np.linspace(0.5, 1, 501)
    carriedby = [
        manning(filling=f, diameter=1, slope=0.001, roughness=0.013) * section(filling=f, diameter=1).area
        for f in fillings
    ]
    full = capacity(diameter=1, slope=0.001, roughness=0.013)

    assert fillings[int(np.argmax(carriedby))] == pytest.approx(0.938, abs=0.002)
    assert max(carriedby) / full == pytest.approx(1.076, abs=0.001)
    pressed = carried(flow=2 * full, diameter=1, slope=0.001, roughness=0.013)
    assert (pressed.surcharged, pressed.speed) == (True, pytest.approx(2 * full / (pi / 4)))
    with pytest.raises(NoPipe):
        carried(flow=0.1, diameter=1, slope=0.0, roughness=0.013)


def test_flows_add_up_on_the_way_down_and_split_by_their_shares() -> None:
    sewer = park()
    assert flows(sewer=sewer)["B-C"] == pytest.approx(0.015)
    assert passing(sewer=sewer, manhole="M") == pytest.approx(0.033)
    split = sewer_of(
        manholes=(Manhole("a", 0.01), Manhole("b"), Manhole("c"), Manhole("d")),
        pipes=(pipe("a", "b", 100, 0.7), pipe("a", "c", 100, 0.3), pipe("b", "d", 100), pipe("c", "d", 400)),
    )
    assert passing(sewer=split, manhole="d") == pytest.approx(0.01)
    assert sorted(leg.share for leg in legs_to(sewer=split, alarm="d")["a"]) == [pytest.approx(0.3), pytest.approx(0.7)]


def test_upstream_is_what_flows_there_and_travel_times_add_up_pipe_by_pipe() -> None:
    sewer = park()
    legs = legs_to(sewer=sewer, alarm="M")
    by_hand = sum(
        length / carried(flow=flow, diameter=0.5, slope=0.003, roughness=0.013).speed
        for length, flow in ((300, 0.010), (250, 0.011), (500, 0.015), (600, 0.033))
    )

    assert set(legs) == {"A", "B", "C", "D", "E", "F", "M"}
    assert legs["A"][0].time == pytest.approx(by_hand)
    assert legs["A"][0].pipes == ("A-F", "F-B", "B-C", "C-M")


def test_rings_strange_ends_and_unfair_shares_are_refused() -> None:
    ends = (Manhole("a", 0.01), Manhole("b"))
    for pipes in ((pipe("a", "b", 10), pipe("b", "a", 10)), (pipe("a", "x", 10),), (pipe("a", "b", 10, 0.5),)):
        with pytest.raises(WrongSewer):
            sewer_of(manholes=ends, pipes=pipes)


def test_the_passing_of_a_release_has_the_mean_and_variance_of_its_leg() -> None:
    leg = legs_to(sewer=park(), alarm="M")["A"][0]
    time = np.linspace(0, leg.time * 8, 200_001)
    share = passed(time=time, mean=leg.time, spread=leg.spread)
    density = np.gradient(share, time)
    mean = np.trapezoid(time * density, time)

    assert share[-1] == pytest.approx(1.0, abs=1e-6)
    assert mean == pytest.approx(leg.time, rel=1e-3)
    assert np.trapezoid((time - mean) ** 2 * density, time) == pytest.approx(leg.spread, rel=1e-2)


def test_each_pipe_has_its_own_pace_and_a_shared_pipe_the_same_on_every_way() -> None:
    sewer = park()
    many, by_pipe = assumptions(pipes=[pipe.id for pipe in sewer.pipes]), reaches(sewer=sewer)
    paces = np.array([[one.paces[pipe.id] for pipe in sewer.pipes] for one in many])
    upper = legs_to(sewer=sewer, alarm="M")["B"][0]
    below = legs_to(sewer=sewer, alarm="M")["C"][0]

    assert np.log(paces).std() == pytest.approx(np.hypot(0.15, 0.12), rel=0.15)
    assert np.log(paces[:, 0] / paces[:, 4]).std() > 0.02, "two pipes do not run at one pace"
    for one in many:
        rest = one.of(leg=upper, reaches=by_pipe)[0] - one.of(leg=below, reaches=by_pipe)[0]
        assert rest == pytest.approx(one.paces["B-C"] * by_pipe["B-C"].time)
    again = assumptions(pipes=[pipe.id for pipe in sewer.pipes[::-1]])
    assert [one.paces["B-C"] for one in again] == [one.paces["B-C"] for one in many]


def simulated(source: str, start: float, length: float, rate: float, pace: float = 1.0, seed: int = 5) -> np.ndarray:
    """Particles with skewed travel times (a gamma, not the engine's first passage), counted in bins of ten minutes."""
    sewer, rng, interval, count = park(), np.random.default_rng(seed), 600.0, 72
    leg = legs_to(sewer=sewer, alarm="M")[source][0]
    many = 40_000
    begin = rng.uniform(start, start + length, many)
    arrival = begin + pace * leg.time + np.sqrt(leg.spread) * rng.gamma(4.0, 0.5, many) - np.sqrt(leg.spread) * 2.0
    edges = (np.arange(count + 1) - 0.5) * interval
    mass = np.histogram(arrival, edges)[0] * rate * length / many
    clean = mass / interval / passing(sewer=sewer, manhole="M")
    return clean * np.exp(0.05 * rng.standard_normal(count)) + 2e-5 * rng.standard_normal(count)


def question(values: np.ndarray, **more: object) -> Question:
    return Question(readings={"M": values}, interval=600.0, noise=NOISE, substance="phenol", **more)  # type: ignore[arg-type]


def test_when_only_one_plant_handles_the_substance_it_is_named_with_its_mass() -> None:
    sewer = park({"A": frozenset({"phenol"}), "B": frozenset(), "D": frozenset({"salt"}), "E": frozenset({"salt"})})
    found = traced(sewer=sewer, question=question(simulated("A", 7200.0, 5400.0, 2e-4)))

    first = found.finding.origins[0]
    assert (found.finding.verdict, first.node) == (Verdict.NAMED, "A")
    assert first.mass[0] <= 2e-4 * 5400 <= first.mass[4]
    assert first.start[0] - 600 <= 7200.0 <= first.start[4] + 600


def test_one_manhole_alone_cannot_tell_plants_whose_curves_differ_in_time_only() -> None:
    """Speed and start are not known, so A and B give the same curve at M: a tie, and no single name."""
    found = traced(sewer=park(), question=question(simulated("A", 7200.0, 5400.0, 2e-4)))

    assert found.finding.verdict in (Verdict.SEVERAL, Verdict.CANNOT_TELL)
    assert len(found.finding.origins[0].tied) >= 1


def test_a_second_manhole_halfway_tells_the_branches_apart() -> None:
    sewer = park()
    values = simulated("A", 7200.0, 5400.0, 2e-4)
    quiet = 2e-5 * np.random.default_rng(8).standard_normal(len(values))
    asked = Question(readings={"M": values, "E": quiet}, interval=600.0, noise=NOISE)
    found = traced(sewer=sewer, question=asked).finding

    east = sum(one.probability for one in found.origins if one.node in ("D", "E"))
    assert east < 0.01


def test_what_nobody_is_registered_for_is_said_to_be_unregistered() -> None:
    nobody = dict.fromkeys("ABDE", frozenset({"salt"}))
    found = traced(sewer=park(nobody), question=question(simulated("A", 7200.0, 5400.0, 2e-4)))

    assert found.unregistered == pytest.approx(1.0)
    assert found.finding.verdict in (Verdict.UNREGISTERED, Verdict.CANNOT_TELL)


def test_a_trickle_cannot_have_carried_the_load_and_silence_names_nobody() -> None:
    huge = simulated("A", 7200.0, 5400.0, 5.0)
    found = traced(sewer=park(), question=question(huge))
    silent = traced(sewer=park(), question=question(2e-5 * np.random.default_rng(2).standard_normal(72)))

    assert {one.manhole for one in found.excluded} <= {"A", "B", "D", "E"}
    assert "B" in {one.manhole for one in found.excluded}
    assert silent.finding.verdict is Verdict.CANNOT_TELL
    assert not silent.finding.named
