"""Files of the version before, brought to this version's format: a copy is kept, then each step in one transaction."""

import shutil
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import numpy as np

from recirc.clock import now_ms
from recirc.store import history, registry_rows, rows
from recirc.store.commands import Change
from recirc.store.decider import DecisionRules
from recirc.store.decision_columns import clocks_of
from recirc.store.decisions import DecisionTables
from recirc.store.ports import FORMAT, StoreError
from recirc.types import RECORD, Decision, EntryKind

OLDEST = 1
"""Format of the oldest files that can be migrated."""

REMEMBERED = 10_000_000
"""Entries of an old file, the newest ones, whose ids are remembered as if they had come at the migration."""

AT_ONCE = 1_000
"""Appends that are decided at a time."""


def migrate(connection: sqlite3.Connection, path: Path, found: int, rules: DecisionRules) -> None:
    """Bring the file to FORMAT; `connection` is one for writing, without a transaction.

    `rules`: how events are decided that were not.

    Raises:
        StoreError: the copy cannot be kept, or the log is damaged.
        sqlite3.Error: the file cannot be written; it is as it was.
    """
    kept = _copy(connection, path, found)
    print(
        f"recirc: {path} has format {found}; it is migrated, and a copy is kept as {kept.name}",
        file=sys.stderr,
    )
    connection.execute("BEGIN IMMEDIATE")
    try:
        (now,) = connection.execute("SELECT value FROM meta WHERE key = 'format'").fetchone()
        for step in range(int(now), FORMAT):  # another process may have been first
            _STEPS[step](connection, rules)
        connection.execute("UPDATE meta SET value = ? WHERE key = 'format'", (str(FORMAT),))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _copy(connection: sqlite3.Connection, path: Path, found: int) -> Path:
    """A whole copy of the file as it is now, what the write-ahead log holds included."""
    kept = path.with_name(f"{path.name}.format-{found}")
    if kept.exists():
        return kept
    free, size = shutil.disk_usage(path.parent).free, path.stat().st_size
    if free < 3 * size:
        raise StoreError(
            f"{path}: migrating it needs {3 * size:,} bytes beside it, and the disk has {free:,} free; "
            "free some space"
        )
    part = kept.with_suffix(f"{kept.suffix}.part")
    shown = time.monotonic()

    def progress(_: int, left: int, total: int) -> None:
        nonlocal shown
        if time.monotonic() - shown > 1.0:
            shown = time.monotonic()
            print(f"recirc: copying {path.name}: {100 * (total - left) // max(total, 1)} %", file=sys.stderr)

    with closing(sqlite3.connect(part)) as target:
        connection.backup(target, pages=4096, progress=progress)
    part.replace(kept)
    return kept


def _registry(connection: sqlite3.Connection, _: DecisionRules) -> None:
    """1 to 2: keys, site keys, pins and sources had tables of their own; now they are entries of the registry."""
    connection.execute(registry_rows.TABLE)
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    changes: list[Change] = []
    if "keys" in there:
        for key, name, created in connection.execute("SELECT hash, name, created FROM keys"):
            changes.append(_entry("keys", bytes(key).hex(), {"name": name, "created": created}))
    if "site_keys" in there:
        site_keys = connection.execute("SELECT key, name, origins, created FROM site_keys")
        for key, name, origins, created in site_keys:
            value = {"name": name, "origins": origins.split(), "created": created}
            changes.append(_entry("site keys", key, value))
    if "pins" in there:
        for place, article, until, holder in connection.execute("SELECT * FROM pins"):
            value = {"article": article, "until": until, "holder": holder}
            changes.append(_entry("pins", f"{place:02}", value))
    if "sources" in there:
        for address, entry in connection.execute("SELECT address, entry FROM sources"):
            changes.append(Change("sources", address, bytes(entry)))
        for address, mark, notebook, health in connection.execute("SELECT * FROM polls"):
            value = {"mark": bytes(mark), "state": notebook, "health": msgspec.Raw(bytes(health))}
            changes.append(Change("polls", address, msgspec.json.encode(value)))
    registry_rows.change(connection, changes)
    for name in ("keys", "site_keys", "pins", "sources", "polls"):
        connection.execute(f"DROP TABLE IF EXISTS {name}")


def _entry(kind: str, key: str, value: object) -> Change:
    return Change(kind, key, msgspec.json.encode(value))


def _history(connection: sqlite3.Connection, _: DecisionRules) -> None:
    """2 to 3: the history of commands begins."""
    connection.execute(history.TABLE)
    if not history.epoch(connection):
        history.begin_epoch(connection)


def _decisions(connection: sqlite3.Connection, rules: DecisionRules) -> None:
    """3 to 4: what events mean was decided by each process for itself, and their ids were remembered for ever."""
    now, last, tables = now_ms(), rows.end(connection), DecisionTables(rules.repeat)
    connection.execute("ALTER TABLE log RENAME TO undecided")
    connection.execute(rows.LOG_TABLE)
    found = connection.execute(
        "SELECT first, count, checksum, records, understandings FROM undecided ORDER BY first"
    )
    shown = time.monotonic()
    while part := found.fetchmany(AT_ONCE):
        for first, count, checksum, old, noted in part:
            if len(old) != count * RECORD.itemsize or checksum != rows.checksum(old, noted):
                raise StoreError(
                    f"the log is damaged: the append at offset {first} does not match its checksum; restore a backup"
                )
        records = np.frombuffer(b"".join(row[3] for row in part), RECORD).copy()
        np.minimum(records["time"], now, out=records["time"])  # nothing was sent later than this
        records["decision"] = np.where(records["kind"] < EntryKind.PUBLISH, Decision.KEYED, 0)
        clocks = clocks_of(records, tables.clock)
        tables.decide(records)
        place = 0
        for first, count, _, _, noted in part:
            blob = records[place : place + count].tobytes()
            place += count
            its_time = now if first > last - REMEMBERED else 0
            its_checksum = rows.checksum(blob, noted)
            connection.execute(
                rows.LOG_ROW, (first, count, its_time, int(clocks[place - 1]), its_checksum, blob, noted)
            )
        if time.monotonic() - shown > 1.0:
            shown = time.monotonic()
            print(f"recirc: deciding log entry {first:,} of {last:,}", file=sys.stderr)
    connection.execute("DROP TABLE undecided")
    connection.execute("DROP TABLE IF EXISTS seen")


_STEPS: dict[int, Callable[[sqlite3.Connection, DecisionRules], None]] = {
    1: _registry,
    2: _history,
    3: _decisions,
}
