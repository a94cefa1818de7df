"""The one door to numba: hot loops over arrays are compiled once and kept on disk.

Machine code on disk has its callees compiled into it, and the constants of other modules. numba looks only at the file
of the function itself, so what is kept here is named by all that went in: `digest` of the function.

It is kept in the first folder that this user may write: the one that `NUMBA_CACHE_DIR` names, the package's own, the
user's. A service user may have none of them: what another user compiled into the package is then read there, and the
rest is compiled by each process anew.
"""

import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from types import CodeType, ModuleType
from typing import Any, TypeVar, cast

import numba
import numpy as np
from llvmlite import ir
from numba.core import types
from numba.core.caching import CompileResultCacheImpl, FunctionCache, InTreeCacheLocator
from numba.core.dispatcher import Dispatcher
from numba.extending import intrinsic, overload
from numpy.typing import NDArray

from recirc.hashing import hasher, hex_digest

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile `function` at its first call for the types it is called with, and keep the machine code on disk.

    The loop keeps the interpreter's lock: a reader in another thread sees the arrays before or after, never within.
    """
    return _compiled(function)


def compiled_in_place(function: Function) -> Function:
    """As `compiled`, for a loop that makes no arrays (numba refuses to compile it otherwise), and so takes no
    references to those that it is given, however often it takes them out of a tuple.
    """
    return _compiled(function, makes_arrays=False)


def compiled_unlocked(function: Function) -> Function:
    """As `compiled_in_place`, but the loop releases the interpreter's lock: only for arrays that one thread uses.

    Counting references took as long as all that a loop with many arrays does (`benchmarks/deciding.py`).
    """
    return _compiled(function, nogil=True, makes_arrays=False)


def _compiled(function: Function, *, nogil: bool = False, makes_arrays: bool = True) -> Function:
    manner: dict[str, Any] = {"nogil": nogil, "_nrt": makes_arrays}
    dispatcher: Any = numba.njit(error_model="numpy", **manner)(function)
    _functions.add(function)
    # numba has no public way to name what is kept
    dispatcher._cache = _MachineCode(function, "unlocked" if nogil else "" if makes_arrays else "in place")
    return cast(Function, dispatcher)


class _PackageLocator(InTreeCacheLocator):
    """The package's own folder, whether or not it can be written."""

    def ensure_cache_path(self) -> None:
        """Nothing to ensure: who cannot write there finds out when saving."""


class _CacheFiles(CompileResultCacheImpl):
    _locator_classes = [  # noqa: RUF012  # numba declares it so
        *CompileResultCacheImpl._locator_classes,
        _PackageLocator,
    ]


class _MachineCode(FunctionCache):
    """numba's cache of a function. An entry also names the sources that it was compiled from.

    A folder that cannot be read or written costs time, and is no error.
    """

    _impl_class = _CacheFiles

    def __init__(self, py_func: Callable[..., Any], manner: str) -> None:
        """`manner`: how it is compiled, which its source does not say."""
        super().__init__(py_func)  # type: ignore[no-untyped-call]
        self._manner = manner
        load = self._cache_file._load_index

        def loaded() -> Any:
            try:
                return load()  # type: ignore[no-untyped-call]
            except (AttributeError, ImportError, EOFError, TypeError, pickle.UnpicklingError):
                return {}  # cut short, or kept by a version that had other classes in this file

        self._cache_file._load_index = loaded  # type: ignore[method-assign]

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            found = super().load_overload(sig, target_context)  # type: ignore[no-untyped-call]
        except (OSError, EOFError, pickle.UnpicklingError):  # not readable for this user, or cut short
            found = None
        if found is not None:
            _ready.add(self._py_func)
        elif _watchers:
            _tell()
        return found

    def save_overload(self, sig: Any, data: Any) -> None:
        try:
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]
        except OSError:
            _unsaved.add(self._py_func)
        _ready.add(self._py_func)
        _tell()

    def _index_key(self, sig: Any, codegen: Any) -> tuple[object, ...]:
        # The type of a NamedTuple does not say in which order its fields lie.
        fields = tuple(getattr(argument, "fields", ()) for argument in sig)
        key = super()._index_key(sig, codegen)  # type: ignore[no-untyped-call]
        return (*key, self._manner, fields, digest(self._py_func))


Watcher = Callable[[int, int], None]
"""Receives the number of functions that have machine code, and of all, whenever one is compiled."""

_functions: set[Callable[..., Any]] = set()
_ready: set[Callable[..., Any]] = set()
_unsaved: set[Callable[..., Any]] = set()
_watchers: list[Watcher] = []


def _tell() -> None:
    for watcher in _watchers:
        watcher(len(_ready), len(_functions))


@contextmanager
def watched(watcher: Watcher) -> Iterator[None]:
    """Call `watcher` whenever a function is compiled because its machine code is not on disk."""
    _watchers.append(watcher)
    try:
        yield
    finally:
        _watchers.remove(watcher)


def is_kept() -> bool:
    """Whether all that this process compiled could be kept on disk."""
    return not _unsaved


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


def prefetch(array: NDArray[Any], at: int) -> None:
    """Fetch the memory of element `at` of an array, in its order in memory, while a compiled loop goes on.

    A loop over entries whose rows lie anywhere waits for memory most of the time, and knows some entries ahead which
    rows it will need. Has no other effect, and none at all outside of compiled functions.
    """


@intrinsic
def _prefetch(_: Any, array: Any, __: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        address = builder.bitcast(builder.gep(data, [arguments[1]]), ir.IntType(8).as_pointer())
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [address.type, number, number, number])
        function = builder.module.declare_intrinsic("llvm.prefetch", (address.type,), kind)
        # To be written to, and to be kept in all levels of the cache of data.
        builder.call(function, [address, number(1), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(array, types.intp), generate


@overload(prefetch, inline="always")
def _compiled_prefetch(array: Any, at: Any) -> Any:  # noqa: ARG001  # numba asks by these names
    # Annotated as the function around it: numba compares the two signatures whole.
    def implementation(array: Any, at: Any) -> Any:
        return _prefetch(array, at)  # type: ignore[call-arg]  # numba gives the context

    return implementation
