"""Functions compiled to machine code on first use, kept beside their source. The calling thread lets others run meanwhile.

A kept function is made anew when its own file changes, not when a file that it calls into does. Hence one rule: a compiled
function calls only compiled functions of its own file.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., object])

# Sums may be reordered, so that several rows are added at a time; infinities keep their meaning.
LOOSE = {"reassoc", "contract", "nsz", "arcp"}
KEPT: list[Any] = []  # every such function of the modules that are imported


def compiled(function: Function) -> Function:
    """The same function as machine code."""
    made = numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=LOOSE)(function)
    KEPT.append(made)
    return cast(Function, made)


def folder_of(function: Callable[..., object]) -> Path:
    """Where the machine code of a function is kept."""
    return Path(cast(Any, function).stats.cache_path)


def stamp() -> str:
    """What kept machine code depends on, by which numba tells whether it still holds: the sources, its own version, the processor."""
    files = sorted({Path(one.py_func.__code__.co_filename) for one in KEPT})
    sources = [(file.name, file.stat().st_mtime_ns, file.stat().st_size) for file in files]
    return json.dumps([sources, numba.__version__, KEPT[0].targetctx.codegen().magic_tuple()])
