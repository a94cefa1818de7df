"""Hash tables whose entries are rows of whole numbers: what is known of one key lies together in memory."""

import numpy as np

from recirc.compiled import compiled_unlocked
from recirc.hash_table import EMPTY
from recirc.types import BoolArray, LongArray

KEY = 0
"""Column of the key."""

SPARE = 4
"""Rows that one log entry may add to a table, at most."""


@compiled_unlocked
def place_of(rows: LongArray, key: int) -> int:
    """Row of `key`, or the empty row where it belongs; as `hash_table.find`."""
    mask = len(rows) - 1
    at = (key >> 1) & mask
    while rows[at, KEY] != EMPTY and rows[at, KEY] != key:
        at = (at + 1) & mask
    return at


@compiled_unlocked
def is_crowded(rows: LongArray, used: int) -> bool:
    """Whether a table with so many keys has to grow before another log entry."""
    # At most half full: linear probing then looks at 1.5 places for a present key, at 2.5 for an absent one.
    return 2 * (used + SPARE) > len(rows)


@compiled_unlocked
def _copy(rows: LongArray, chosen: BoolArray, into: LongArray) -> None:
    for i in range(len(rows)):
        if chosen[i]:
            at = place_of(into, rows[i, KEY])
            for column in range(rows.shape[1]):
                into[at, column] = rows[i, column]


class HashRows:
    """Rows by 63-bit keys, in one array that compiled loops read and write.

    It never removes a single row, which open addressing makes hard: `keep` builds the array anew.

    Attributes:
        rows: int64 (capacity, columns), the key first, EMPTY where there is none; capacity is a power of two.
        used: int64 (1,), number of keys: whoever adds a key adds one.

    >>> table = HashRows(2, np.zeros(1, np.int64))
    >>> for key in (3, 5, 7):
    ...     table.rows[place_of(table.rows, key)] = key, 10 * key
    >>> table.used[0] = 3
    >>> table.keep(table.rows[:, 1] >= 50)
    >>> np.sort(table.rows[table.rows[:, KEY] != EMPTY, 1]).tolist(), table.used.tolist()
    ([50, 70], [2])
    """

    def __init__(self, columns: int, used: LongArray) -> None:
        self.rows: LongArray = np.zeros((1024, columns), np.int64)
        self.used = used

    def grow(self) -> None:
        """Make room for more keys if the table is crowded."""
        if is_crowded(self.rows, int(self.used[0])):
            self._keep(self.rows[:, KEY] != EMPTY, 3 * int(self.used[0]) + 2 * SPARE)

    def keep(self, chosen: BoolArray) -> None:
        """Drop all rows but these, bool (capacity,)."""
        chosen = chosen & (self.rows[:, KEY] != EMPTY)
        self._keep(chosen, 3 * int(np.count_nonzero(chosen)))

    def _keep(self, chosen: BoolArray, least: int) -> None:
        capacity = 1024
        while capacity < least:
            capacity *= 2
        into: LongArray = np.zeros((capacity, self.rows.shape[1]), np.int64)
        _copy(self.rows, chosen, into)
        self.used[0] = np.count_nonzero(chosen)
        self.rows = into
