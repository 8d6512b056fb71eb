"""Functions compiled to machine code on first use, kept in a folder. The calling thread lets others run meanwhile.

A kept function is made anew when its own file changes, not when a file that it calls into does. Hence one rule: a compiled
function calls only compiled functions of its own file.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import config as numbas

Function = TypeVar("Function", bound=Callable[..., object])

config: Any = numbas  # its names are made while it is imported
# Sums may be reordered, so that several rows are added at a time; infinities keep their meaning.
LOOSE = {"reassoc", "contract", "nsz", "arcp"}
KEPT: list[Any] = []  # every such function of the modules that are imported
FILES = "*.nb[ic]"  # index and machine code, as numba names them


def compiled(function: Function) -> Function:
    """The same function as machine code."""
    return _compiled(function)


def uncounted(function: Function) -> Function:
    """Likewise, for a function that makes no array: nobody counts who holds which, which costs more than the work on a short one.

    One that makes an array anyway is not compiled. An array that it returns may only go to another such function: one that counts
    would let go of what it never held, and free it.
    """
    return _compiled(function, _nrt=False)


def _compiled(function: Function, **options: bool) -> Function:
    made: Any = cast(Any, numba).njit(nogil=True, error_model="numpy", fastmath=LOOSE, **options)(function)
    _keep(made)
    KEPT.append(made)
    return cast(Function, made)


def _keep(made: Any) -> None:
    try:
        made.enable_caching()
    except RuntimeError:  # no folder that can be written; whoever computes an answer sees to it
        return


def keep_in(*, folder: Path) -> None:
    """From now on keep machine code there, and look for it there. What this process has compiled already stays as it is."""
    config.CACHE_DIR = str(folder)
    for made in KEPT:
        _keep(made)


def folder_of(function: Callable[..., object]) -> Path | None:
    """Where the machine code of a function is kept; None where no folder can be written."""
    folder = cast(Any, function).stats.cache_path
    return Path(folder) if folder else None


def asked_folder() -> str:
    """The folder for machine code that the environment names; empty where it names none."""
    return str(config.CACHE_DIR)


def files() -> list[str]:
    """Every file of kept machine code."""
    folders = {folder_of(one) for one in KEPT} - {None}
    return sorted(str(file) for folder in folders if folder for file in folder.glob(FILES))


def stamp() -> str:
    """What kept machine code depends on, by which numba tells whether it still holds: the sources, its own version, the processor."""
    files = sorted({Path(one.py_func.__code__.co_filename) for one in KEPT})
    sources = [(file.name, file.stat().st_mtime_ns, file.stat().st_size) for file in files]
    return json.dumps([sources, numba.__version__, KEPT[0].targetctx.codegen().magic_tuple()])
