"""Which ids of events came before: remembered for a window of time, in tables that are dropped as a whole."""

import secrets
from typing import Final, NamedTuple

import numpy as np

from recirc.compiled import compiled_unlocked
from recirc.hash_table import EMPTY, mix
from recirc.types import BoolArray, LongArray

GENERATIONS: Final = 4
"""A window is cut into so many parts, each with a table of its own; a fifth table fills meanwhile."""

ROOM = 1024
"""Places of a new table."""


class _Tables(NamedTuple):
    """Open hash tables of ids, int64 (a power of two,), the newest first; EMPTY: a free place.

    `zero`: whether the id 0, which looks like a free place, is in each of the tables, bool (5,).
    """

    newest: LongArray
    second: LongArray
    third: LongArray
    fourth: LongArray
    oldest: LongArray
    zero: BoolArray


@compiled_unlocked
def _place(table: LongArray, value: int, hashed: int) -> int:
    mask = len(table) - 1
    at = hashed & mask
    while table[at] != EMPTY and table[at] != value:
        at = (at + 1) & mask
    return at


@compiled_unlocked
def _remember(ids: LongArray, chosen: BoolArray, tables: _Tables, salt: int, fresh: BoolArray) -> int:
    """Note the ids that are in no table as `fresh`, and put them into the newest; how many."""
    count = 0
    for i in range(len(ids)):
        if not chosen[i]:
            continue
        value = ids[i]
        if value == EMPTY:
            fresh[i] = not tables.zero.any()
            tables.zero[0] = True
            continue
        hashed = mix(value, salt) >> 1
        known = False
        for table in (tables.second, tables.third, tables.fourth, tables.oldest):
            known = known or table[_place(table, value, hashed)] == value
        at = _place(tables.newest, value, hashed)
        if known or tables.newest[at] == value:
            continue
        tables.newest[at] = value
        fresh[i] = True
        count += 1
    return count


@compiled_unlocked
def _copy(table: LongArray, into: LongArray, salt: int) -> None:
    for value in table:
        if value != EMPTY:
            into[_place(into, value, mix(value, salt) >> 1)] = value


class IdWindow:
    """The ids of the last `length` milliseconds, and of up to a quarter more, by the order's clock.

    Attributes:
        width: ms in which one table fills.
        generation: number of the table that fills.


    >>> window = IdWindow(4_000)
    >>> def send(*ids, at):
    ...     fresh = np.zeros(len(ids), bool)
    ...     window.remember(np.array(ids), np.ones(len(ids), bool), at, fresh)
    ...     return fresh.tolist()
    >>> send(7, 8, 7, at=0), send(7, 9, at=4_999), send(7, at=5_000)
    ([True, True, False], [False, True], [True])
    """

    def __init__(self, length: int) -> None:
        self.width = max(length // GENERATIONS, 1)
        self.generation = 0
        # Nobody can choose ids that all begin at one place.
        self._salt = secrets.randbits(62)
        self._tables = [np.zeros(ROOM, np.int64) for _ in range(GENERATIONS + 1)]
        self._zero: BoolArray = np.zeros(GENERATIONS + 1, bool)
        self._used = [0] * len(self._tables)

    def start_at(self, now: int) -> int:
        """Time (ms) from which on ids are remembered at `now`."""
        return (now // self.width - GENERATIONS) * self.width

    def remember(self, ids: LongArray, chosen: BoolArray, now: int, fresh: BoolArray) -> None:
        """Note in `fresh` which of the `chosen` ids are new at `now` (ms), of several equal ones the first.

        `now` never falls from one call to the next.
        """
        self._turn(now)
        self._reserve(int(np.count_nonzero(chosen)))
        newest, second, third, fourth, oldest = self._tables
        tables = _Tables(newest, second, third, fourth, oldest, self._zero)
        self._used[0] += int(_remember(ids, chosen, tables, self._salt, fresh))

    def _turn(self, now: int) -> None:
        """Begin a new table in place of the oldest, as often as a part of the window has passed."""
        turns = now // self.width - self.generation
        if turns <= 0:
            return
        for _ in range(min(turns, len(self._tables))):
            self._tables = [np.zeros(ROOM, np.int64), *self._tables[:-1]]
            self._used = [0, *self._used[:-1]]
            self._zero[1:], self._zero[0] = self._zero[:-1].copy(), False
        self.generation += turns

    def _reserve(self, extra: int) -> None:
        # At most two thirds full.
        if 3 * (self._used[0] + extra) > 2 * len(self._tables[0]):
            size = len(self._tables[0])
            while 3 * (self._used[0] + extra) > 2 * size:
                size *= 2
            longer = np.zeros(size, np.int64)
            _copy(self._tables[0], longer, self._salt)
            self._tables[0] = longer
