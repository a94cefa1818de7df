"""The one door to numba: hot loops over arrays are compiled once and kept on disk."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile `function` at its first call for the types it is called with, and keep the machine code on disk.

    The loop keeps the interpreter's lock: a reader in another thread sees the arrays before or after, never within.
    """
    return cast(Function, numba.njit(cache=True, error_model="numpy")(function))
