"""The events of a day that leave the log: of each stay its kind, its article, its day and its id, as excluded."""

import sqlite3
from collections import Counter
from collections.abc import Iterator

import numpy as np

from recirc.store import erasing, rows, voids
from recirc.store.commands import EraseEvents, Selection, Void
from recirc.store.decider import Decider
from recirc.store.erasing import ErasedDay, ErasedThings
from recirc.store.ports import NotThereError
from recirc.types import RECORD, UNKNOWN_AGENT, EntryKind, RecordArray


def erase(connection: sqlite3.Connection, command: EraseEvents, decider: Decider) -> dict[str, int]:
    """Erase what a command selects; the number of rows of each table. Sent again it has no second effect.

    The events count as excluded from then on, so that all that was decided by them is decided anew; then what they
    said of readers is overwritten. Raises NotThereError where there is no event of that time.
    """
    before = erasing.known(connection, command.key)
    if before is not None:
        return before
    removed: Counter[str] = Counter()
    removed["provisional"] = connection.execute(
        "DELETE FROM provisional WHERE time >= ? AND time < ?", (command.since, command.until)
    ).rowcount
    exclusion = Void(
        voids.ERASURE + command.key,
        Selection(since=command.since, until=command.until, last=rows.end(connection)),
        command.by,
        command.reason or "erased",
        command.time,
    )
    try:
        removed["events"] = voids.void(connection, exclusion, decider)
    except NotThereError:
        if not removed["provisional"]:
            raise NotThereError(f"the log has no event of {command.day}; nothing was erased") from None
    first = _overwrite(connection, exclusion.selection)
    if first:
        rows.note_mend(connection, first)
    decider.forget()
    day = ErasedDay(command.day, command.since, command.until)
    return erasing.note(connection, command, ErasedThings(days=(day,)), removed)


def _overwrite(connection: sqlite3.Connection, selection: Selection) -> int:
    """Overwrite what the selected events say; the first append that has changed, 0: none has."""
    changed = 0
    for (first,) in connection.execute("SELECT first FROM log ORDER BY first").fetchall():
        blob, noted = connection.execute(
            "SELECT records, understandings FROM log WHERE first = ?", (first,)
        ).fetchone()
        records = np.frombuffer(blob, RECORD)
        chosen = voids.matches(selection, first, records)
        if not chosen.any():
            continue
        fresh = blank(records[chosen], selection.since or 0)
        kept = records.copy()
        kept[chosen] = fresh
        content = kept.tobytes()
        connection.execute(
            "UPDATE log SET records = ?, checksum = ? WHERE first = ?",
            (content, rows.checksum(content, noted), first),
        )
        changed = changed or first
    return changed


def blank(records: RecordArray, time: int) -> RecordArray:
    """Events of which nothing is left but id, kind, article, what was decided, and `time` (ms) for their own.

    >>> record = np.ones(1, RECORD)
    >>> left = blank(record, 7)[0]
    >>> int(left["id"]), int(left["time"]), int(left["reader"]), int(left["visit"]), int(left["serve_id"])
    (1, 7, 0, 0, 0)
    """
    fresh = np.zeros(len(records), RECORD)
    for field in ("id", "article", "kind", "excluded", "decision", "shelf", "position"):
        fresh[field] = records[field]
    fresh["time"], fresh["source"] = time, -1
    fresh["name"] = np.where(records["kind"] == EntryKind.REACTION, records["name"], UNKNOWN_AGENT)
    return fresh


def events_between(connection: sqlite3.Connection, since: int, until: int) -> Iterator[RecordArray]:
    """The events of a time, by append."""
    selection = Selection(since=since, until=until)
    for first, blob in connection.execute("SELECT first, records FROM log ORDER BY first"):
        records = np.frombuffer(blob, RECORD)
        chosen = voids.matches(selection, first, records)
        if chosen.any():
            yield records[chosen]
