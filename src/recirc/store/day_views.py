"""The views of one day of the log, and what is known of readers before its first one."""

import sqlite3
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from recirc.hashing import hex_digest, key63
from recirc.store import rows
from recirc.store.decision_columns import clocks_of
from recirc.store.decisions import DecisionTables
from recirc.types import (
    IN_DOUBT,
    RECORD,
    VOIDED,
    BoolArray,
    Decision,
    EntryKind,
    IntArray,
    LongArray,
    RecordArray,
)

SEAL = np.dtype([("entry", "<i8"), ("time", "<i8"), ("article", "<i8"), ("received", "<i8")])
"""What the seal of a day is made of: one row a view, in the order of the log."""


class DayViews(NamedTuple):
    """Entries of the log, in order.

    Attributes:
        entry: int64 (n,), their places in the log.
        records: RECORD (n,): views, signs of life (`article` is that of the page), and the entries that moved the log's
            clock between them.
        context: number of the first of them that came in appends before the one with the day's first view.
        within: bool (n,): the day's views, and its signs of life by which a reader counts.
    """

    entry: LongArray
    records: RecordArray
    context: int
    within: BoolArray


def day_views(connection: sqlite3.Connection, since: int, until: int, repeat: int) -> DayViews | None:
    """The views from `since` to `until` (ms, the second not included), with all that their counting depends on; None:
    there are none. `repeat`: ms after which a view by the same reader counts again.
    """
    found = [
        (first, len(records))
        for first, records in appends(connection, received_from(connection, since))
        if _within(records, since, until).any()
    ]
    if not found:
        return None
    begin, (last, count) = found[0][0], found[-1]
    before = connection.execute(
        "SELECT clock FROM log WHERE first < ? ORDER BY first DESC LIMIT 1", (begin,)
    ).fetchone()
    start = begin
    if before is not None:
        horizon = DecisionTables(repeat).horizon_at(before[0])
        for first, clock in connection.execute(
            "SELECT first, clock FROM log WHERE first < ? ORDER BY first DESC", (begin,)
        ):
            if clock < horizon:
                break
            start = first
    parts = [(first, records) for first, records in appends(connection, start) if first <= last]
    entry = np.concatenate([first + np.arange(len(records)) for first, records in parts])
    records = np.concatenate([records for _, records in parts])
    kept = deciding(records)
    kept |= _moves_clock(records, kept)
    kept &= entry < last + count
    entry, records = entry[kept], records[kept].copy()
    records["article"] = pages(records)
    return DayViews(entry, records, int(np.searchsorted(entry, begin)), _within(records, since, until))


def signs(records: RecordArray) -> BoolArray:
    """Which records are signs of life, bool (n,): of readers whom the holder of a key sent only the first, of those who
    opened too many pages at once none.
    """
    found: BoolArray = (records["kind"] == EntryKind.READ) | (records["kind"] == EntryKind.IMPRESSION)
    decision = records["decision"]
    found &= (
        (records["excluded"] == 0)
        & (((decision & Decision.KEYED) == 0) | ((decision & Decision.ALIVE) != 0))
        & ((decision & (Decision.HASTY | Decision.NEW_READER)) != Decision.HASTY)
    )
    return found


def deciding(records: RecordArray) -> BoolArray:
    """Which records decide how views count, bool (n,)."""
    found: BoolArray = (records["kind"] == EntryKind.VIEW) | signs(records)
    return found


def pages(records: RecordArray) -> IntArray:
    """The articles on whose pages something happened, int32 (n,): of an impression the one beside the shelf."""
    beside = (records["kind"] == EntryKind.IMPRESSION) & (records["source"] >= 0)
    found: IntArray = np.where(beside, records["source"], records["article"])
    return found


def received_from(connection: sqlite3.Connection, time: int) -> int:
    """The first log entry that came at `time` (ms) or later; an event is never from after its arrival."""
    start = rows.end(connection) + 1
    for first, received in connection.execute("SELECT first, time FROM log ORDER BY first DESC"):
        if received < time:
            break
        start = first
    return start


def appends(connection: sqlite3.Connection, start: int) -> Iterator[tuple[int, RecordArray]]:
    """First entry and records, RECORD (n,), of each append from entry `start` on, which begins one."""
    found = connection.execute("SELECT first, records FROM log WHERE first >= ? ORDER BY first", (start,))
    for first, blob in found:
        yield first, np.frombuffer(blob, RECORD)


def received(records: RecordArray) -> LongArray:
    """What was known of each event when it arrived, int64 (n,): its exclusion, 256 if sent with an API key or imported,
    512 if its reader had asked for the page. Nothing that is decided or excluded later changes it.
    """
    exclusion = (records["excluded"] & (VOIDED - 1)).astype(np.int64)
    exclusion[np.isin(exclusion, [int(each) for each in IN_DOUBT])] = 0
    decision = records["decision"]
    keyed = (decision & Decision.KEYED) != 0
    confirmed = (decision & Decision.CONFIRMED) != 0
    known: LongArray = exclusion + 256 * keyed + 512 * confirmed
    return known


def seal(entry: LongArray, records: RecordArray, names: Callable[[list[int]], dict[int, str]]) -> str:
    """Hash of a day's views as they arrived, in hexadecimal. `names` returns the ids of article indices."""
    table = np.zeros(len(records), SEAL)
    articles, place = np.unique(records["article"], return_inverse=True)
    ids = names(articles.tolist())
    keys = np.array([key63(ids[index].encode()) for index in articles.tolist()], np.int64)
    table["entry"], table["time"], table["received"] = entry, records["time"], received(records)
    table["article"] = keys[place] if len(keys) else 0
    return hex_digest(table.tobytes(), 16)


def names_of(connection: sqlite3.Connection, indices: list[int]) -> dict[int, str]:
    """The ids of articles by their indices."""
    found: dict[int, str] = {}
    for marks, part in rows.parts(indices):
        found.update(connection.execute(f"SELECT idx, id FROM articles WHERE idx IN ({marks})", part))
    return found


def _within(records: RecordArray, since: int, until: int) -> BoolArray:
    time = records["time"]
    counts = signs(records) & ((records["decision"] & Decision.NEW_READER) != 0)
    found: BoolArray = ((records["kind"] == EntryKind.VIEW) | counts) & (time >= since) & (time < until)
    return found


def _moves_clock(records: RecordArray, kept: BoolArray) -> BoolArray:
    """Of the entries between kept ones, those that set the log's clock to where it is at the next kept one."""
    now = clocks_of(records, 0)
    raises = (np.diff(now, prepend=0) > 0) & ~kept
    gap = np.cumsum(kept)
    found: BoolArray = np.zeros(len(records), bool)
    places = np.flatnonzero(raises)
    found[places[np.flatnonzero(np.diff(gap[places], append=-1) != 0)]] = True
    return found
