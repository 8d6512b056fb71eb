"""The environment of the peers: built on first use, skipped with its reason where it cannot be built."""

from functools import partial
from typing import Any, Protocol

import pytest

from deploy.bench.peers import environment


class Asked(Protocol):
    def __call__(self, *, script: str, arguments: list[str] = ..., given: object = ...) -> Any: ...


@pytest.fixture(scope="session")
def asked() -> Asked:
    """Run a script of `deploy/bench/peers` and return what it answers."""
    try:
        interpreter = environment.python(say=print)
    except environment.NoPeers as error:
        pytest.skip(f"no environment of the peers: {error}")
    return partial(environment.asked, interpreter=interpreter)
