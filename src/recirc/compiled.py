"""The one door to numba: hot loops over arrays are compiled once and kept on disk.

Machine code on disk has its callees compiled into it, and the constants of other modules. numba looks only at the file
of the function itself, so what is kept here is named by all that went in: `digest` of the function.
"""

from collections.abc import Callable, Iterator
from functools import cache
from types import CodeType, ModuleType
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba.core.caching import FunctionCache
from numba.core.dispatcher import Dispatcher

from recirc.hashing import hasher, hex_digest

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile `function` at its first call for the types it is called with, and keep the machine code on disk.

    The loop keeps the interpreter's lock: a reader in another thread sees the arrays before or after, never within.
    """
    return _compiled(function, nogil=False)


def compiled_unlocked(function: Function) -> Function:
    """As `compiled`, but the loop releases the interpreter's lock: only for arrays that one thread uses."""
    return _compiled(function, nogil=True)


def _compiled(function: Function, *, nogil: bool) -> Function:
    dispatcher: Any = numba.njit(error_model="numpy", nogil=nogil)(function)
    dispatcher._cache = _cache_of(function)  # numba has no public way to name what is kept
    return cast(Function, dispatcher)


def _cache_of(function: Callable[..., Any]) -> Any:
    """numba's cache of a function, in which an entry also names the sources that it was compiled from."""
    kept: Any = FunctionCache(function)  # type: ignore[no-untyped-call]
    key = kept._index_key

    def named(signature: tuple[object, ...], codegen: object) -> tuple[object, ...]:
        # The type of a NamedTuple does not say in which order its fields lie.
        fields = tuple(getattr(argument, "fields", ()) for argument in signature)
        return (*key(signature, codegen), fields, digest(function))

    load = kept._cache_file._load_index

    def loaded() -> Any:
        try:
            return load()
        except (AttributeError, ImportError):  # kept by a version that had other classes in this file
            return {}

    kept._index_key, kept._cache_file._load_index = named, loaded
    return kept


@cache
def digest(function: Callable[..., Any]) -> str:
    """A hash of a function's code, of all compiled functions that it calls, and of the constants that they read."""
    content = hasher(16)
    for part in sorted(set(_parts(function, set()))):
        content.update(part.encode())
    return content.hexdigest()


def _parts(function: Callable[..., Any], seen: set[CodeType]) -> Iterator[str]:
    code: CodeType = function.__code__
    if code in seen:
        return
    seen.add(code)
    names = set[str]()
    for each in _codes(code):
        constants = [value for value in each.co_consts if not isinstance(value, CodeType)]
        yield f"{function.__module__}.{function.__qualname__} {each.co_code.hex()} {constants!r} {each.co_names!r}"
        names.update(each.co_names)
    spaces = [function.__globals__]
    # `decay.weight` of another module of ours: its names are among this function's.
    spaces += [
        vars(value)
        for name, value in function.__globals__.items()
        if name in names and isinstance(value, ModuleType) and value.__name__.startswith("recirc.")
    ]
    for space in spaces:
        for name in names & space.keys():
            value = space[name]
            if isinstance(value, Dispatcher):
                yield from _parts(value.py_func, seen)
            elif isinstance(value, np.ndarray):
                yield f"{name} {value.dtype} {value.shape} {hex_digest(value.tobytes(), 64)}"
            elif isinstance(value, type) and issubclass(value, tuple):
                # A named tuple that the function makes: its fields may have changed places.
                yield f"{name} {getattr(value, '_fields', ())}"
            elif isinstance(value, (bool, int, float, str, tuple, np.generic, np.dtype)):
                yield f"{name} {value!r}"


def _codes(code: CodeType) -> Iterator[CodeType]:
    """A function's code, and that of the comprehensions and functions in it."""
    yield code
    for value in code.co_consts:
        if isinstance(value, CodeType):
            yield from _codes(value)
