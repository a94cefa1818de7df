"""Backups of a store that is being written to, restoring them, and finding damage."""

import sqlite3
import threading
import zlib
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from store_samples import publication, records

from recirc.store import api_keys
from recirc.store.backup import backup, restore, verify
from recirc.store.ports import StoreError
from recirc.store.sqlite import SqliteStore
from recirc.types import RECORD, Decision

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
NONE = np.zeros(0, RECORD)


def silent(_step: str, _done: int, _total: int) -> None:
    """Nobody looks at the progress."""


def filled(path: Path, entries: int = 50) -> None:
    api_keys.create(path, "desk")
    with SqliteStore(path) as store:
        store.append(NONE, [publication("a"), publication("b")]).result()
        store.intern(["named only"])
        for first in range(1, entries - 1, 10):
            store.append(records(range(first, min(first + 10, entries - 1)))).result()


def test_a_backup_of_a_store_that_is_written_to_has_what_was_acknowledged_before_it(tmp_path: Path) -> None:
    path, target = tmp_path / "recirc.db", tmp_path / "copy.db"
    filled(path)
    done = threading.Event()
    with SqliteStore(path) as store:
        acknowledged = [store.end()]

        def write() -> None:
            number = 1000
            while not done.is_set():
                acknowledged.append(store.append(records(range(number, number + 5))).result().offset)
                number += 5

        writer = threading.Thread(target=write)
        writer.start()
        try:
            before = acknowledged[-1]
            made, holdings = backup(path, target, NOW, silent)
        finally:
            done.set()
            writer.join()
        after = acknowledged[-1]
    assert made == target
    assert before <= holdings.entries <= after
    assert (holdings.articles, holdings.names, holdings.withdrawn, holdings.registry) == (2, 1, 0, 1)
    assert not target.with_name("copy.db-wal").exists(), "a backup is one file"
    with SqliteStore(target) as copy, SqliteStore(path) as store:
        assert copy.end() == holdings.entries
        ours, theirs = copy.read(0, 1 << 40).records, store.read(0, 1 << 40).records
        assert np.array_equal(ours, theirs[: len(ours)])


def test_a_backup_into_a_folder_has_the_moment_in_its_name(tmp_path: Path) -> None:
    path, folder = tmp_path / "recirc.db", tmp_path / "backups"
    folder.mkdir()
    filled(path)
    made, _ = backup(path, folder, NOW, silent)
    assert made == folder / "recirc-20261129T120000Z.db"
    assert list(folder.iterdir()) == [made]


@pytest.mark.parametrize("name", ["backups", "for/ever"])
def test_a_name_without_an_ending_becomes_a_folder(tmp_path: Path, name: str) -> None:
    path = tmp_path / "recirc.db"
    filled(path)
    later = NOW.replace(hour=13)
    made = [backup(path, tmp_path / name, now, silent)[0].name for now in (NOW, later)]
    assert made == ["recirc-20261129T120000Z.db", "recirc-20261129T130000Z.db"]
    assert sorted(each.name for each in (tmp_path / name).iterdir()) == made


def test_a_file_that_is_there_is_replaced_only_when_told_so(tmp_path: Path) -> None:
    path, other = tmp_path / "recirc.db", tmp_path / "diary"
    filled(path)
    other.write_text("dear diary")
    with pytest.raises(StoreError, match=r"a file is there already.*--overwrite"):
        backup(path, other, NOW, silent)
    assert other.read_text() == "dear diary"
    assert backup(path, other, NOW, silent, overwrite=True)[0] == other
    with pytest.raises(StoreError, match=r"diary/x: this folder for backups cannot be made"):
        backup(path, other / "x", NOW, silent)


def test_what_is_restored_is_the_backup_and_the_store_before_it_is_kept(tmp_path: Path) -> None:
    path, copy = tmp_path / "recirc.db", tmp_path / "copy.db"
    filled(path)
    backup(path, copy, NOW, silent)
    with SqliteStore(path) as store:
        store.append(records(range(500, 520))).result()
        later = store.end()
        with pytest.raises(StoreError, match="stop it, then restore"):
            restore(copy, path, NOW, silent)
    kept, holdings = restore(copy, path, NOW, silent)
    with SqliteStore(path) as store:
        assert store.end() == holdings.entries == 50
    assert kept is not None
    with SqliteStore(kept) as store:
        assert store.end() == later
    assert api_keys.ApiKeys(path).names() == ["desk"]
    assert not list(tmp_path.glob("*.restoring*"))


def test_readers_of_a_restored_store_do_not_wait_for_a_writer(tmp_path: Path) -> None:
    path, copy = tmp_path / "recirc.db", tmp_path / "copy.db"
    filled(path)
    backup(path, copy, NOW, silent)
    restore(copy, path, NOW, silent)
    with SqliteStore(path, busy_seconds=0.1) as store, closing(sqlite3.connect(path)) as writer:
        writer.execute("PRAGMA cache_spill = 1")  # a writer whose cache is full holds the file itself
        writer.execute("PRAGMA cache_size = 1")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE log SET checksum = checksum || zeroblob(10000)")
        assert store.end() == 50
        assert len(store.read(0, 100).records) == 50
        writer.execute("ROLLBACK")


@pytest.mark.parametrize("damage", ["cut", "log row", "gap", "not a store"])
def test_what_is_not_sound_is_neither_backed_up_nor_restored(tmp_path: Path, damage: str) -> None:
    path, bad = tmp_path / "recirc.db", tmp_path / "bad.db"
    filled(path)
    backup(path, bad, NOW, silent)
    if damage == "cut":
        bad.write_bytes(bad.read_bytes()[:-8192])
    elif damage == "not a store":
        bad.unlink()
        with closing(sqlite3.connect(bad)) as other:
            other.execute("CREATE TABLE notes (text)")
    else:
        change = (
            "UPDATE log SET records = zeroblob(length(records)) WHERE first = 13"
            if damage == "log row"
            else "DELETE FROM log WHERE first = 13"
        )
        with closing(sqlite3.connect(bad)) as connection:
            connection.execute(change)
            connection.commit()
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"bad|damaged"):
        verify(bad, silent)
    with pytest.raises(StoreError):
        restore(bad, path, NOW, silent)
    with pytest.raises(StoreError):
        backup(bad, tmp_path / "copy.db", NOW, silent)
    assert path.read_bytes() == before
    assert sorted(
        each.name for each in tmp_path.iterdir() if "lock" not in each.name and "-" not in each.name
    ) == [
        "bad.db",
        "recirc.db",
    ]


def test_a_file_of_the_format_before_is_migrated_and_a_copy_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "recirc.db"
    filled(path)
    key = "aa" * 32
    with closing(sqlite3.connect(path)) as connection:  # as the version before left it
        connection.executescript(
            "DROP TABLE registry; DROP TABLE commands; UPDATE meta SET value = '1' WHERE key = 'format';"
            "CREATE TABLE keys (hash BLOB PRIMARY KEY, name TEXT NOT NULL, created INTEGER NOT NULL) WITHOUT ROWID;"
            f"INSERT INTO keys VALUES (x'{key}', 'old desk', 1);"
            "CREATE TABLE pins (place INTEGER PRIMARY KEY, article TEXT NOT NULL, until INTEGER NOT NULL,"
            " holder TEXT NOT NULL); INSERT INTO pins VALUES (1, 'a', 99, 'old desk');"
        )
    with SqliteStore(path) as store:
        assert store.end() == 50
    assert api_keys.ApiKeys(path).names() == ["old desk"]
    from recirc.store.pins import Pins

    assert [(pin.place, pin.article) for pin in Pins(path).all(0)] == [(1, "a")]
    with closing(sqlite3.connect(tmp_path / "recirc.db.format-1")) as kept:
        assert kept.execute("SELECT value FROM meta WHERE key = 'format'").fetchone() == ("1",)


def test_events_of_the_format_before_are_decided_once(tmp_path: Path) -> None:
    """A file as the version before left it: other columns, a table of all ids, and records without decisions."""
    path = tmp_path / "recirc.db"
    views = np.repeat(records([1]), 6)
    views["id"], views["reader"] = 1 + np.arange(6), [1, 1, 2, 1, 2, 1]
    day, minute = 86_400_000, 60_000
    views["time"] = 20_000 * day + np.array([0, minute, 0, 40 * minute, 29 * minute, day])
    with SqliteStore(path) as store:
        store.intern(["a"])
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "DROP TABLE log; DROP TABLE commands; UPDATE meta SET value = '2' WHERE key = 'format';"
            "CREATE TABLE log (first INTEGER PRIMARY KEY, count INTEGER NOT NULL, checksum INTEGER NOT NULL,"
            " records BLOB NOT NULL, understandings BLOB); CREATE TABLE seen (id INTEGER PRIMARY KEY);"
        )
        for start in (0, 2):
            part = views[start : start + 2 + start].tobytes()
            row = (1 + start, 2 + start, zlib.crc32(part), part)
            connection.execute("INSERT INTO log VALUES (?, ?, ?, ?, NULL)", row)
        connection.executemany("INSERT INTO seen VALUES (?)", [(key,) for key in views["id"].tolist()])
        connection.commit()
    with SqliteStore(path) as store:
        decision = store.read(0, 9).records["decision"]
        assert ((decision & Decision.COUNTED) != 0).tolist() == [True, False, True, True, False, True]
        assert ((decision & Decision.NEW_READER) != 0).tolist() == [True, False, True, False, False, True]
        views["decision"] = Decision.KEYED
        assert store.append(views).result().duplicates == 6
        views["id"] += 6
        views["time"] += day
        assert store.append(views).result().accepted == 6
        assert (store.read(6, 9).records["decision"] & Decision.COUNTED).tolist() == [0, 0, 1, 1, 0, 1]
    with closing(sqlite3.connect(tmp_path / "recirc.db.format-2")) as kept:
        assert kept.execute("SELECT count(*) FROM seen").fetchone() == (6,)
