"""Events that were excluded afterwards: which ones, by whom and why; and everything decided anew as if without them."""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from msgspec import Struct

from recirc.store import registry_rows, rows
from recirc.store.commands import Change, Selection, Unvoid, Void
from recirc.store.decider import Decider, tables_before
from recirc.store.decisions import DAY, DecisionTables
from recirc.store.ports import Log, NotThereError, StoreError
from recirc.types import (
    IN_DOUBT,
    RECORD,
    UNKNOWN_AGENT,
    VOIDED,
    BoolArray,
    EntryKind,
    LongArray,
    RecordArray,
    networks,
)

KIND = "voids"
"""Its entries in the registry, by key: who excluded what, when and why. They stay when they are taken back."""


class VoidEntry(Struct, frozen=True, kw_only=True):
    """One exclusion.

    Attributes:
        selection: of which events.
        first, last: log entries between which they lie.
        count: number of events.
        by, reason, time: who, why, and when (ms since 1970, UTC).
        undone_by, undone: who took it back, and when; empty and 0: it stands.
    """

    selection: Selection
    first: int
    last: int
    count: int
    by: str
    reason: str
    time: int
    undone_by: str = ""
    undone: int = 0


def entries(connection: sqlite3.Connection) -> dict[str, VoidEntry]:
    """All exclusions by their keys, the oldest first."""
    found = registry_rows.read(connection, KIND)
    decoded = {key: msgspec.json.decode(entry.value, type=VoidEntry) for key, entry in found.items()}
    return dict(sorted(decoded.items(), key=lambda each: each[1].time))


def void(connection: sqlite3.Connection, command: Void, decider: Decider) -> int:
    """Exclude the events that a command selects; how many there are. Sent again it has no second effect.

    Raises NotThereError when it selects none.
    """
    known = entries(connection).get(command.key)
    if known is not None:
        return known.count
    selection = msgspec.structs.replace(
        command.selection, last=min(command.selection.last or rows.end(connection), rows.end(connection))
    )
    parts = [
        first + np.flatnonzero(matches(selection, first, records))
        for first, records in _appends(connection, selection)
    ]
    hits = np.concatenate([np.zeros(0, np.int64), *parts])
    if not len(hits):
        raise NotThereError("no event of the log is selected; nothing was excluded")
    entry = VoidEntry(
        selection=selection,
        first=int(hits[0]),
        last=int(hits[-1]),
        count=len(hits),
        by=command.by,
        reason=command.reason,
        time=command.time,
    )
    _keep(connection, command.key, entry)
    _mend(connection, entry, decider)
    return entry.count


def unvoid(connection: sqlite3.Connection, command: Unvoid, decider: Decider) -> int:
    """Take an exclusion back; how many events it was of. Raises NotThereError when there is none with this key, and
    StoreError when it was made by an erasure.
    """
    entry = entries(connection).get(command.key)
    if entry is None:
        raise NotThereError(f"nothing was excluded under {command.key!r}; `recirc void list` shows what was")
    if command.key.startswith(ERASURE):
        raise StoreError("these events were erased; nothing is left of them that could count again")
    if not entry.undone:
        entry = msgspec.structs.replace(entry, undone_by=command.by, undone=max(command.time, 1))
        _keep(connection, command.key, entry)
        _mend(connection, entry, decider)
    return entry.count


ERASURE = "erasure-"
"""Begins the keys of the exclusions that erasures make; they are not taken back."""


def matches(selection: Selection, first: int, records: RecordArray) -> BoolArray:
    """Which of the records from log entry `first` on are selected, bool (n,). Only events ever are."""
    found: BoolArray = records["kind"] < EntryKind.PUBLISH
    offset: LongArray = first + np.arange(len(records))
    found &= (offset >= selection.first) & (offset <= (selection.last or offset))
    if selection.since is not None:
        found &= records["time"] >= selection.since
    if selection.until is not None:
        found &= records["time"] < selection.until
    if selection.reader is not None:
        found &= records["reader"] == selection.reader
    if selection.article is not None:
        found &= records["article"] == selection.article
    if selection.network is not None:
        found &= network_is_known(records) & (networks(records) == selection.network)
    if selection.ids:
        found &= np.isin(records["id"], np.array(selection.ids, np.int64))
    return found


def network_is_known(records: RecordArray) -> BoolArray:
    """Which records are views whose network is known, bool (n,)."""
    is_view: BoolArray = (records["kind"] == EntryKind.VIEW) & (records["name"] != UNKNOWN_AGENT)
    return is_view & (networks(records) > 0)


def same_sender(log: Log, entry: int, selection: Selection, *, network: bool) -> Selection:
    """The selection, of the reader alone from whom log entry `entry` came; `network`: of everybody's views from the
    network of that view, on its day (UTC), because on another day it has another hash.

    Raises NotThereError when the log has no such entry, or its reader or network is not known.
    """
    records = log.read(entry - 1, 1).records[:1] if entry > 0 else log.read(0, 1).records[:0]
    if not len(records) or records["kind"][0] >= EntryKind.PUBLISH:
        raise NotThereError(f"log entry {entry:,} is no event")
    if not network:
        if not records["reader"][0]:
            raise NotThereError(f"the reader of log entry {entry:,} is not known")
        return msgspec.structs.replace(selection, reader=int(records["reader"][0]))
    if not network_is_known(records)[0]:
        raise NotThereError(f"log entry {entry:,} is no view whose network is known")
    since = int(records["time"][0]) // DAY * DAY
    until = since + DAY
    return msgspec.structs.replace(
        selection,
        network=int(networks(records)[0]),
        since=since if selection.since is None else max(since, selection.since),
        until=until if selection.until is None else min(until, selection.until),
    )


def _keep(connection: sqlite3.Connection, key: str, entry: VoidEntry) -> None:
    registry_rows.change(connection, [Change(KIND, key, msgspec.json.encode(entry))])


def _appends(connection: sqlite3.Connection, selection: Selection) -> Iterator[tuple[int, RecordArray]]:
    found = connection.execute(
        "SELECT first, records FROM log WHERE first + count > ? AND first <= ? ORDER BY first",
        (selection.first, selection.last),
    )
    for first, records in found:
        yield first, np.frombuffer(records, RECORD)


class _Append(NamedTuple):
    """A row of the log as it is."""

    first: int
    clock: int
    records: RecordArray
    understandings: bytes | None


def _mend(connection: sqlite3.Connection, changed: VoidEntry, decider: Decider) -> None:
    """Mark what stands excluded from the first changed append on, and decide all anew that depends on it."""
    standing = [entry.selection for entry in entries(connection).values() if not entry.undone]
    (begin,) = connection.execute("SELECT max(first) FROM log WHERE first <= ?", (changed.first,)).fetchone()
    tables = tables_before(connection, begin)
    latest = 0  # time of the latest event that means something else now
    first_changed = None
    for append in _from(connection, begin):
        records = append.records.copy()
        _mark(records, append.first, standing)
        tables.decide(records)
        different = (records["decision"] != append.records["decision"]) | (
            records["excluded"] != append.records["excluded"]
        )
        if different.any():
            latest = max(latest, int(records["time"][different].max()))
            if first_changed is None:
                first_changed = append.first
        if different.any() or tables.clock != append.clock:
            _replace(connection, append, records, tables)
        elif append.first > changed.last and tables.horizon_at(tables.clock) > latest:
            break  # nothing from here on can depend on what has changed
    if first_changed is not None:
        rows.note_mend(connection, first_changed)
    decider.forget()


def _from(connection: sqlite3.Connection, begin: int) -> Iterator[_Append]:
    """The appends from one on, read a thousand at a time: they are changed meanwhile."""
    while True:
        found = connection.execute(
            "SELECT first, clock, records, understandings FROM log WHERE first >= ? ORDER BY first LIMIT 1000",
            (begin,),
        ).fetchall()
        if not found:
            return
        for first, clock, records, noted in found:
            yield _Append(first, clock, np.frombuffer(records, RECORD), noted)
            begin = first + 1


def _mark(records: RecordArray, first: int, standing: Sequence[Selection]) -> None:
    marked = np.zeros(len(records), bool)
    for selection in standing:
        marked |= matches(selection, first, records)
    own = records["excluded"] & (VOIDED - 1)
    own[np.isin(own, [int(each) for each in IN_DOUBT])] = 0  # which is decided again
    records["excluded"] = np.where(marked, own | VOIDED, own)


def _replace(
    connection: sqlite3.Connection, append: _Append, records: RecordArray, tables: DecisionTables
) -> None:
    blob = records.tobytes()
    connection.execute(
        "UPDATE log SET records = ?, clock = ?, checksum = ? WHERE first = ?",
        (blob, tables.clock, rows.checksum(blob, append.understandings), append.first),
    )
