"""All shelves: those of the files in this package, and those of other packages (entry points `recirc.shelves`)."""

import re
from typing import Final, TypeVar

from recirc import plugins
from recirc.shelves.shelf import ShelfStrategy
from recirc.types import RESERVED_NAMES, SHELF_NUMBERS

GROUP: Final = "recirc.shelves"
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,31}")
_registered: Final[dict[str, type[ShelfStrategy]]] = {}
_Strategy = TypeVar("_Strategy", bound=type[ShelfStrategy])


def register(strategy: _Strategy) -> _Strategy:
    """Add a shelf; a decorator of its class. Engines that are created afterwards fill it.

    Raises:
        ValueError: its name or number is not valid, or belongs to another shelf.
    """
    name, number = strategy.name, strategy.number
    if not _NAME.fullmatch(name) or name in RESERVED_NAMES:
        raise ValueError(
            f"shelf {name!r}: a name is up to 32 of a-z, 0-9 and -, beginning with a letter, and none of "
            f"{', '.join(RESERVED_NAMES)}"
        )
    if not 1 <= number <= 255:
        raise ValueError(f"shelf {name!r}: its number is {number}; numbers are 1 to 255")
    for other in _registered.values():
        if other.name == name or other.number == number:
            raise ValueError(
                f"shelf {name!r} ({number}): {other.__module__} has a shelf {other.name!r} ({other.number})"
            )
    _registered[name] = strategy
    SHELF_NUMBERS[name] = number
    return strategy


def unregister(name: str) -> None:
    """Remove a shelf; engines that exist keep it. Raises KeyError if there is none of this name."""
    del _registered[name], SHELF_NUMBERS[name]


def registered(name: str) -> type[ShelfStrategy] | None:
    """The shelf that has a name at the moment; None: there is none."""
    return _registered.get(name)


def strategies() -> tuple[type[ShelfStrategy], ...]:
    """Every shelf, in the order in which pages show them. Raises ImportError if a plug-in cannot be imported."""
    plugins.load(GROUP)
    return tuple(sorted(_registered.values(), key=lambda strategy: (strategy.place, strategy.number)))


def strategy(name: str) -> type[ShelfStrategy]:
    """The shelf of a name. Raises KeyError if there is none."""
    plugins.load(GROUP)
    return _registered[name]
