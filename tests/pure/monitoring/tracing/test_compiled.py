"""Machine code: what nobody counts must not reach those who count."""

import ast
import inspect
import sys
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest

from monitoring.tracing.domain.compiled import KEPT, uncounted
from monitoring.tracing.domain.forward import looks, minutes, rows, slices
from monitoring.tracing.domain.inference import evidence, kernels, single
from monitoring.tracing.domain.inference.ahead import compile_moves

MODULES = (looks, minutes, rows, slices, evidence, kernels, single)


def is_uncounted(made: Any) -> bool:
    return made.targetoptions.get("_nrt") is False


def name_of(made: Any) -> tuple[str, str]:
    code = made.py_func.__code__
    return code.co_filename, made.py_func.__name__


def calls_of(made: Any) -> set[str]:
    tree = ast.parse(inspect.getsource(made.py_func))
    return {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}


def gives_arrays(made: Any) -> bool:
    return "ndarray" in str(inspect.signature(made.py_func).return_annotation)


def test_no_counting_function_is_given_an_array_by_one_that_does_not_count() -> None:
    # It would let go of what it never held: memory is freed that is still in use, and a trace answers nonsense or dies.
    assert {Path(name_of(made)[0]).stem for made in KEPT} >= {one.__name__.split(".")[-1] for one in MODULES}
    lending = {name_of(made) for made in KEPT if is_uncounted(made) and gives_arrays(made)}
    assert lending, "column_of gives arrays; if none does any more, this test has nothing to look for"
    for made in KEPT:
        if not is_uncounted(made):
            file = name_of(made)[0]
            assert not {(file, called) for called in calls_of(made)} & lending, name_of(made)


def test_moves_leave_the_counts_of_arrays_alone() -> None:
    compile_moves()
    held = np.zeros(7)
    before = sys.getrefcount(held)
    for _ in range(50):
        kernels.put(held, held)
    assert sys.getrefcount(held) == before


def test_a_function_that_makes_an_array_cannot_do_without_counting() -> None:
    def makes(count: int) -> Any:
        return np.zeros(count)

    with pytest.raises(numba.core.errors.NumbaError):
        uncounted(makes)(3)
    KEPT.pop()
