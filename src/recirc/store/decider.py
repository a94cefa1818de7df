"""What the sequencer decides once of every event: whether it was sent before, and what it means."""

import math
import sqlite3
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import msgspec
import numpy as np
from msgspec import Struct

from recirc.store import registry_rows
from recirc.store.commands import Change
from recirc.store.decisions import DAY, DecisionTables
from recirc.store.id_window import ROOM, IdWindow
from recirc.types import RECORD, BoolArray, Decision, EntryKind, LongArray, RecordArray

KIND, KEY = "rules", "events"
"""The entry of the registry that has the rules: they belong to the order, not to a process."""

NEVER = 2**62
"""Later than any time, and beyond any log entry."""

AT_ONCE = 65_536
"""Records that are recalled at a time, about."""


class DecisionRules(Struct, frozen=True, omit_defaults=False):
    """How events are decided from now on. A change has effect on later events.

    Attributes:
        repeat: ms after which a view of the same article by the same reader counts again.
        keyed, browsers: ms for which the ids of events are remembered that came with an API key or by an import, and
            from readers' browsers.
    """

    repeat: int = 1_800_000
    keyed: int = 30 * DAY
    browsers: int = 2 * DAY

    def change(self) -> Change:
        """The change of the registry that brings these rules into force."""
        return Change(KIND, KEY, msgspec.json.encode(self))


def rules_in(connection: sqlite3.Connection) -> DecisionRules | None:
    """The rules in force; None: nobody has set any."""
    entry = registry_rows.read(connection, KIND).get(KEY)
    return None if entry is None else msgspec.json.decode(entry.value, type=DecisionRules)


def tables_before(connection: sqlite3.Connection, first: int) -> DecisionTables:
    """The tables as they were before the append that begins with log entry `first`, by the rules in force now."""
    tables = DecisionTables((rules_in(connection) or DecisionRules()).repeat)
    row = connection.execute(
        "SELECT clock FROM log WHERE first < ? ORDER BY first DESC LIMIT 1", (first,)
    ).fetchone()
    if row is not None:
        for part in _tail(connection, NEVER, tables.horizon_at(row[0]), before=first):
            tables.recall(part.records)
    return tables


class Decider:
    """Tables of the ids and readers of the newest days, beside the log that they are made from.

    It follows one file: when its tables do not end where the log ends (the transaction of the last append was rolled
    back, or another process wrote), they are made anew from the log's tail. Decisions depend on the appends and their
    order alone, so that they are the same wherever the same commands are applied.
    """

    def __init__(self) -> None:
        self._end = -1
        self._time = 0
        self._turned = False
        self._tables: DecisionTables
        self._windows: tuple[IdWindow, IdWindow]

    def forget(self) -> None:
        """Make the tables anew before they are used again: the rules or earlier entries have changed."""
        self._end = -1

    def prepare(self, connection: sqlite3.Connection) -> None:
        """Make the tables, and load the machine code of the loops, before an event waits for them.

        Must be called outside of a transaction, by who alone writes. Without effect when all is there.
        """
        if self._end >= 0:
            return
        load_loops()
        self._recall(connection)
        row = connection.execute("SELECT first + count - 1 FROM log ORDER BY first DESC LIMIT 1").fetchone()
        (self._end,) = row or (0,)

    def receive(
        self, connection: sqlite3.Connection, records: RecordArray, end: int, received: int
    ) -> tuple[int, BoolArray]:
        """The order's clock (ms) at a command that was `received` (ms) after log entry `end`, the last one; it never
        goes back. And which of its events did not come before, of several with one id the first, bool (n,); other
        entries are False. `decide` must follow.
        """
        if self._end != end:
            self._recall(connection)
        self._end = -1  # until they are decided, the ids are ahead of the log
        now = max(received, self._time)
        before = [window.generation for window in self._windows]
        fresh = self._remember(records, now)
        self._turned = before != [window.generation for window in self._windows]
        return now, fresh

    def decide(self, entries: RecordArray, end: int, now: int) -> int:
        """Write the decisions into the entries that follow log entry `end`; the newest time (ms) of an entry so far."""
        if len(entries):
            self._tables.decide(entries)
            self._time = now
        if (
            len(entries) or not self._turned
        ):  # else the log will not tell that ids were forgotten at this moment
            self._end = end + len(entries)
        return self._tables.clock

    def _recall(self, connection: sqlite3.Connection) -> None:
        """Make the tables from the log's tail."""
        rules = rules_in(connection) or DecisionRules()
        self._tables = DecisionTables(rules.repeat)
        self._windows = IdWindow(rules.keyed), IdWindow(rules.browsers)
        row = connection.execute("SELECT time, clock FROM log ORDER BY first DESC LIMIT 1").fetchone()
        self._time, clock = row or (0, 0)
        horizon = self._tables.horizon_at(clock)
        ids_from = min(window.start_at(self._time) for window in self._windows)
        # No part may reach beyond the moment at which one of the windows turns.
        width = math.gcd(*(window.width for window in self._windows))
        for part in _tail(connection, ids_from, horizon, width):
            if part.time >= ids_from:
                self._remember(part.records, part.time)
            if part.clock >= horizon:
                self._tables.recall(part.records)

    def same_readers(self, records: RecordArray, yesterday: LongArray) -> RecordArray:
        """The records, with yesterday's hash where the reader is known by it; see `midnight.same_readers`."""
        return self._tables.same_readers(records, yesterday)

    def _remember(self, records: RecordArray, now: int) -> BoolArray:
        is_event = records["kind"] < EntryKind.PUBLISH
        keyed = (records["decision"] & Decision.KEYED) != 0
        ids: LongArray = np.ascontiguousarray(records["id"])
        fresh: BoolArray = np.zeros(len(records), bool)
        for window, chosen in zip(self._windows, (is_event & keyed, is_event & ~keyed), strict=True):
            window.remember(ids, chosen, now, fresh)
        return fresh


def warm_up_decisions() -> None:
    """Run all loops once, so that their machine code is cached on disk."""
    records = np.zeros(2 * ROOM, RECORD)
    records["id"] = np.arange(len(records))
    tables = DecisionTables(0)
    tables.decide(records)
    tables.recall(records)
    tables.same_readers(records, np.ones(len(records), np.int64))
    chosen: BoolArray = np.ones(len(records), bool)
    IdWindow(1).remember(np.ascontiguousarray(records["id"]), chosen, 0, ~chosen)


load_loops = cache(warm_up_decisions)
"""Has the machine code in this process. From the disk it takes as long as a second."""


class _Part(NamedTuple):
    """Successive log entries; `time` of the order and `clock` as in the last of their rows."""

    records: RecordArray
    time: int
    clock: int


def _tail(
    connection: sqlite3.Connection, time: int, clock: int, width: int = NEVER, before: int = NEVER
) -> Iterator[_Part]:
    """The appends from the first on that came at `time` or later, or with which the log's clock was at least `clock`,
    up to the one that begins with log entry `before`.

    Both only grow from row to row. All appends of one part came between the same two multiples of `width` (ms).
    """
    start = None
    for first, its_time, its_clock in connection.execute(
        "SELECT first, time, clock FROM log WHERE first < ? ORDER BY first DESC", (before,)
    ):
        if its_time < time and its_clock < clock:
            break
        start = first
    if start is None:
        return
    blobs: list[bytes] = []
    size = its_time = its_clock = 0
    found = connection.execute(
        "SELECT time, clock, records FROM log WHERE first >= ? AND first < ? ORDER BY first", (start, before)
    )
    for next_time, next_clock, records in found:
        if blobs and (next_time // width != its_time // width or size >= AT_ONCE):
            yield _Part(_joined(blobs), its_time, its_clock)
            blobs, size = [], 0
        blobs.append(records)
        size += len(records) // RECORD.itemsize
        its_time, its_clock = next_time, next_clock
    yield _Part(_joined(blobs), its_time, its_clock)


def _joined(blobs: list[bytes]) -> RecordArray:
    return np.frombuffer(b"".join(blobs), RECORD)
