"""Where a release into a network came from. Responses here are plain delays and exponentials, worked out in the test."""

import numpy as np
import pytest

from monitoring.tracing.domain.inference.finding import Verdict
from monitoring.tracing.domain.releases.fitting import Noise
from monitoring.tracing.domain.releases.library import Library, WrongLibrary, revision_of
from monitoring.tracing.domain.releases.posterior import located

STEP, INTERVAL, READINGS, STEPS = 3600.0, 600.0, 145, 20
NOISE = Noise(floor=1e-6, relative=0.05)
# Node: delay to each of two sensors [h] and share of its water that gets there.
PATHS = {
    "A": ((2.0, 1.0), (5.0, 0.5)),
    "B": ((4.0, 1.0), (3.0, 0.8)),
    "C": ((1.0, 0.3), (6.0, 1.0)),
    "far": ((30.0, 0.0), (30.0, 0.0)),
}


def response(delay: float, share: float, first: int, steps: int) -> np.ndarray:
    """Block of a stirred reach: 1 - exp(-t/T) while it lasts, then its decay; T is an hour, flow 0.1 m3/s."""
    hours = np.arange(READINGS) * INTERVAL / 3600 - delay
    rise = lambda t: np.where(t > 0, 1 - np.exp(-np.maximum(t, 0)), 0.0)  # noqa: E731
    return share / 0.1 * (rise(hours - first) - rise(hours - first - steps))


def library(paths: dict = PATHS) -> Library:
    blocks = [[[response(*leg, step, 1) for leg in legs] for step in range(STEPS)] for legs in paths.values()]
    return Library("r1", tuple(paths), ("s1", "s2"), STEP, INTERVAL, np.array(blocks, dtype=np.float32))


def read(node: str, first: int, steps: int, rate: float, seed: int = 1, relative: float = 0.05) -> np.ndarray:
    clean = rate * np.array([response(*leg, first, steps) for leg in PATHS[node]])
    rng = np.random.default_rng(seed)
    return clean * np.exp(relative * rng.standard_normal(clean.shape)) + 1e-6 * rng.standard_normal(clean.shape)


@pytest.mark.parametrize(("node", "first", "steps"), [("A", 3, 2), ("B", 5, 4), ("C", 8, 1)])
def test_node_start_duration_and_mass_of_a_release_are_found(node: str, first: int, steps: int) -> None:
    found = located(library=library(), values=read(node, first, steps, 2e-4), noise=NOISE)

    best = found.origins[0]
    assert (found.verdict, found.named) == (Verdict.NAMED, (node,))
    assert best.best[:2] == (first * 3600.0, steps * 3600.0)
    assert best.mass[2] == pytest.approx(2e-4 * steps * 3600, rel=0.05)
    assert best.mass[0] <= best.mass[2] <= best.mass[4]


def test_twice_the_readings_are_twice_the_mass() -> None:
    once = located(library=library(), values=read("A", 3, 2, 2e-4), noise=NOISE)
    twice = located(library=library(), values=2 * read("A", 3, 2, 2e-4), noise=Noise(2e-6, 0.05))

    assert twice.origins[0].mass[2] == pytest.approx(2 * once.origins[0].mass[2], rel=1e-6)


def test_two_nodes_with_the_same_paths_are_listed_as_a_tie_and_share_the_probability() -> None:
    paths = {**PATHS, "twin": PATHS["A"]}
    found = located(library=library(paths), values=read("A", 3, 2, 2e-4), noise=NOISE)

    assert (found.verdict, set(found.named)) == (Verdict.SEVERAL, {"A", "twin"})
    assert found.origins[0].probability == pytest.approx(0.5, abs=0.01)
    assert "cannot be told apart" in found.reasons[0]


def test_a_node_that_cannot_hold_the_substance_is_never_named() -> None:
    found = located(library=library(), values=read("A", 3, 2, 2e-4), noise=NOISE, prior={"A": 0.0})

    assert "A" not in [one.node for one in found.origins]
    assert found.verdict is not Verdict.NAMED or found.explained < 1


def test_silence_and_a_curve_that_no_node_can_make_name_nobody() -> None:
    rng = np.random.default_rng(3)
    silent = located(library=library(), values=1e-6 * rng.standard_normal((2, READINGS)), noise=NOISE)
    odd = np.zeros((2, READINGS))
    odd[:, ::12] = 1e-3  # lone spikes every two hours
    strange = located(library=library(), values=odd, noise=NOISE)

    assert silent.verdict is Verdict.CANNOT_TELL
    assert silent.reasons
    assert (strange.verdict, strange.named) == (Verdict.CANNOT_TELL, ())


def test_gaps_change_the_band_and_not_the_answer() -> None:
    values = read("B", 5, 4, 2e-4)
    values[0, 30:60] = np.nan
    found = located(library=library(), values=values, noise=NOISE)

    assert found.named == ("B",)
    assert found.origins[0].mass[2] == pytest.approx(2e-4 * 4 * 3600, rel=0.1)


def test_a_library_belongs_to_one_revision_and_one_shape() -> None:
    text = "[JUNCTIONS]\n A 10 \n"
    with pytest.raises(WrongLibrary):
        library().of(network=text)
    with pytest.raises(WrongLibrary):
        located(library=library(), values=np.zeros((3, READINGS)), noise=NOISE)
    assert revision_of(network=text) == revision_of(network="[JUNCTIONS]\r\n A 10\r\n\r\n")
    assert revision_of(network=text) != revision_of(network=text.replace("10", "11"))
