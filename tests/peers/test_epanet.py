"""EPANET's own runs against the unit-response library, and the injections into Net3 that others simulated with it."""

import json
from pathlib import Path

import numpy as np
import pytest

from deploy.bench.net3 import DATA, given_incidents
from deploy.hydraulics import epanet
from deploy.hydraulics.responses import library_of
from monitoring.tracing.domain.releases.fitting import Noise
from monitoring.tracing.domain.releases.posterior import located

needs_network = pytest.mark.skipif(not DATA.is_dir(), reason=f"the network Net3 is not at hand under {DATA}")


@pytest.fixture(scope="module")
def given() -> dict:
    try:
        epanet.shared_library(say=print)
    except epanet.NoEpanet as error:
        pytest.skip(f"no EPANET: {error}")
    return json.loads((DATA / "net3_incidents.json").read_text())


@needs_network
def test_hours_of_the_library_add_up_to_a_run_of_epanet_with_a_long_release(given: dict) -> None:
    path, sensors = Path(DATA / "Net1.inp"), ["22", "32"]
    library = library_of(path=path, sensors=sensors, say=print, hours=24, interval=3600)
    with epanet.opened(path=path, say=print) as network:
        network.solve(hours=24, interval=3600)
        places = [network.place(node=name) for name in sensors]
        rows = network.released(
            place=network.place(node="11"), first=2, steps=5, rate=0.5, sensors=places, hours=24, interval=3600
        )

    summed = 0.5 * library.responses[library.nodes.index("11"), 2:7].sum(axis=0)
    assert np.array(rows).max() > 0
    np.testing.assert_allclose(summed, np.array(rows).T, rtol=0.01, atol=0.002 * np.array(rows).max())


@needs_network
def test_at_least_nineteen_of_twenty_injections_into_net3_are_traced_to_their_node(given: dict) -> None:
    # tracing notes 7: non-negative least squares alone gets 17 first, 19 among five, mass ratio .99, start hour 20.
    library = library_of(path=DATA / "Net3.inp", sensors=given["sensors"], say=print)
    incidents = given_incidents(given)
    findings = [located(library=library, values=one.values, noise=Noise(2e-6, 0.05)) for one in incidents]

    firsts = [found.origins[0] for found in findings]
    right = [first.node == one.node for first, one in zip(firsts, incidents, strict=True)]
    ratios = [
        first.mass[2] / (one.rate * one.duration) for first, one, ok in zip(firsts, incidents, right, strict=True) if ok
    ]
    assert sum(right) >= 19
    assert np.median(ratios) == pytest.approx(1.0, abs=0.02)
    assert sum(first.best[0] == one.start for first, one in zip(firsts, incidents, strict=True)) >= 19
