"""The number by which the log names each shelf."""

from typing import Final

SHELF_NUMBERS: Final[dict[str, int]] = {}
"""Number of each shelf, 1 to 255, by its name. `shelves.registry.register` fills it in from the strategies.

A number that is in a log belongs to its shelf for good.
"""
