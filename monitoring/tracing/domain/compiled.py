"""Functions compiled to machine code on first use, kept beside their source. The calling thread lets others run meanwhile.

A kept function is made anew when its own file changes, not when a file that it calls into does. Hence one rule: a compiled
function calls only compiled functions of its own file.
"""

from collections.abc import Callable
from typing import TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., object])

# Sums may be reordered, so that several rows are added at a time; infinities keep their meaning.
LOOSE = {"reassoc", "contract", "nsz", "arcp"}


def compiled(function: Function) -> Function:
    """The same function as machine code."""
    return cast(Function, numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=LOOSE)(function))
