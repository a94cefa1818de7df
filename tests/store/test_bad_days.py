"""Full disks, locks, damage and strangers: each a clear StoreError, and nothing acknowledged is lost."""

import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import numpy as np
import pytest
from store_samples import all_ids, publication, records

from recirc.store.database import APPLICATION
from recirc.store.ports import Receipt, StoreError
from recirc.store.snapshots import Snapshots
from recirc.store.sqlite import SqliteStore
from recirc.types import RECORD

HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
connection.execute("ROLLBACK")
"""
NONE = np.zeros(0, RECORD)


@contextmanager
def held_by_another_process(path: Path) -> Iterator[None]:
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield
    assert process.returncode == 0


def filled(path: Path, appends: int = 40) -> None:
    """A closed store with 200 records an append, and one article."""
    with SqliteStore(path) as store:
        store.append(NONE, [publication("a")]).result()
        for first in range(appends):
            store.append(records(range(first * 200, first * 200 + 200))).result()


def read_all(path: Path) -> None:
    with SqliteStore(path) as store:
        store.read(0, 1 << 40)


def in_one_group(path: Path, store: SqliteStore, appends: list[range]) -> list["Future[Receipt]"]:
    """Appends that the writer finds waiting all at once."""
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        store.append(NONE)  # for this one the writer waits
        time.sleep(0.05)
        futures = [store.append(records(ids)) for ids in appends]
        holder.execute("ROLLBACK")
    return futures


# A full disk


@pytest.fixture
def small_disk() -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    with tempfile.TemporaryDirectory() as folder:
        mount = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", folder]
        if subprocess.run(mount, capture_output=True, check=False).returncode:
            pytest.skip("mounting is not allowed here")
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", folder], check=True)


def check_full_and_free_again(store: SqliteStore, path: Path, free: Callable[[], None]) -> None:
    """Fill it up, then make room: the acknowledged appends are there, the refused ones are not."""
    kept: list[int] = []
    for first in range(0, 10_000_000, 2_000):
        refusal = store.append(records(range(first, first + 2_000))).exception()
        if refusal:
            break
        kept += range(first, first + 2_000)
    assert isinstance(refusal, StoreError)
    assert "recirc.db: the disk is full; free some space and send again" in str(refusal)
    assert kept
    assert all_ids(store) == kept
    with pytest.raises(StoreError, match="full"):
        store.append(records(range(-40_000, -1)), [publication("late")]).result()
    assert store.find(["late"]).tolist() == [-1]
    free()
    small, large, other = in_one_group(path, store, [range(-3, -1), range(-90_000, -4), range(-1, 0)])
    kept += [-3, -2]
    assert small.result().offset == len(kept)
    assert isinstance(large.exception(), StoreError)
    kept += [-1]
    assert other.result().offset == len(kept)
    assert all_ids(store) == kept
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("SELECT sum(count) FROM log").fetchone() == (len(kept),)


def test_a_full_disk(small_disk: Path) -> None:
    path = small_disk / "recirc.db"
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(1 << 20))
    with SqliteStore(path) as store:
        store.intern(["a"])
        check_full_and_free_again(store, path, ballast.unlink)


def test_a_file_that_may_not_grow(tmp_path: Path) -> None:
    path = tmp_path / "recirc.db"
    with SqliteStore(path) as store:
        store.intern(["a"])
        limit_pages(store, 400)
        check_full_and_free_again(store, path, lambda: limit_pages(store, 600))


def limit_pages(store: SqliteStore, pages: int) -> None:
    """SQLite keeps this limit with the connection, so it must be set on the sequencer's own."""
    sequencer = store._port._sequencer
    assert sequencer is not None
    assert sequencer._connection is not None  # it has written before
    sequencer._connection.execute(f"PRAGMA max_page_count = {pages}")


def test_a_snapshot_on_a_full_disk(small_disk: Path) -> None:
    snapshots = Snapshots(small_disk)
    kept = snapshots.save(1, "f", {"a": np.arange(10)})
    with pytest.raises(StoreError, match="cannot be saved; free space"):
        snapshots.save(2, "f", {"a": np.zeros(1 << 20)})
    assert list(small_disk.iterdir()) == [kept]


# A lock


def test_locked_by_another_process(tmp_path: Path) -> None:
    path = tmp_path / "recirc.db"
    with SqliteStore(path, busy_seconds=0.2) as store:
        store.intern(["a"])
        store.append(records([1])).result()
        with held_by_another_process(path):
            started = time.monotonic()
            futures = [store.append(records([2, number]), [publication("b")]) for number in range(50)]
            assert all_ids(store) == [1]  # reading goes on meanwhile
            for future in futures:
                with pytest.raises(
                    StoreError,
                    match=r"recirc\.db: another process kept the file locked for longer than 0\.2 s",
                ):
                    future.result()
            with pytest.raises(StoreError, match="locked"):
                store.intern(["c"])
            # Those who wait together are refused together, not one after the other.
            assert time.monotonic() - started < 2
            with SqliteStore(path, busy_seconds=0.2) as other:
                assert all_ids(other) == [1]
        assert store.find(["b", "c"]).tolist() == [-1, -1]
        assert store.append(records([2])).result().offset == 2
        assert all_ids(store) == [1, 2]


def test_a_short_lock_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "recirc.db"
    with SqliteStore(path, busy_seconds=30) as store:
        store.intern(["a"])
        with held_by_another_process(path):
            future = store.append(records([1]))
            time.sleep(0.3)
            assert not future.done()
        assert future.result().offset == 1


# Damage and strangers


def make_text(path: Path) -> None:
    path.write_text("articles and events\n" * 400)


def make_other_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE log (first INTEGER)")


def make_other_format(path: Path) -> None:
    filled(path, 1)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE meta SET value = '99' WHERE key = 'format'")


def make_no_format(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute("CREATE TABLE half (made INTEGER)")


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (make_text, "this is not a SQLite database; name another file"),
        (Path.mkdir, "the file cannot be opened; check that it is a file"),
        (make_other_program, "a SQLite database, but not one of Recirc's; name another"),
        (
            make_other_format,
            "the store's format is 99, and this Recirc reads format 4; use the Recirc that wrote it",
        ),
        (make_no_format, "Recirc's file, but its tables are not whole; restore a copy"),
    ],
)
def test_what_is_no_store_of_ours_is_refused_and_left_alone(
    tmp_path: Path, make: Callable[[Path], None], text: str
) -> None:
    path = tmp_path / "recirc.db"
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(StoreError) as refusal:
        SqliteStore(path)
    assert str(path) in str(refusal.value)
    assert text in str(refusal.value)
    assert before is None or path.read_bytes() == before


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="file/deeper: the folder cannot be made"):
        SqliteStore(tmp_path / "file" / "deeper" / "recirc.db")


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "a" / "b" / "recirc.db") as store:
        assert store.end() == 0


@pytest.mark.parametrize("seed", range(6))
def test_a_damaged_file_never_gives_wrong_entries(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "recirc.db"
    filled(path)
    content = bytearray(path.read_bytes())
    rng = np.random.default_rng(seed)
    for page in rng.choice(np.arange(1, len(content) // 4096), 60, replace=False):
        content[page * 4096 : page * 4096 + 4096] = rng.bytes(4096)
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"recirc\.db: the (file|log) is damaged"):
        read_all(path)


def test_a_file_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "recirc.db"
    filled(path)
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(StoreError, match=r"recirc\.db: the file is damaged; stop Recirc and restore a copy"):
        read_all(path)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            "UPDATE log SET records = zeroblob(length(records)) WHERE first = 202",
            "at offset 202 does not match its checksum",
        ),
        (
            "UPDATE log SET records = substr(records, 2) WHERE first = 202",
            r"at offset 202 has \d+ bytes instead of \d+",
        ),
        ("DELETE FROM log WHERE first = 202", "at offset 402 comes after a gap, entry 202 is missing"),
    ],
)
def test_a_damaged_append_is_named(tmp_path: Path, change: str, text: str) -> None:
    path = tmp_path / "recirc.db"
    filled(path, 3)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(change)
    with SqliteStore(path) as store:
        assert store.read(0, 201).end == 201
        for after in (0, 201, 250):
            with pytest.raises(StoreError, match=f"the log is damaged: the append {text}; restore a copy"):
                store.read(after, 1 << 40)


def test_a_damaged_article_is_named(tmp_path: Path) -> None:
    path = tmp_path / "recirc.db"
    filled(path, 1)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE articles SET document = CAST('{\"id\": 3' AS BLOB)")
    with (
        SqliteStore(path) as store,
        pytest.raises(StoreError, match=r"article .a. is damaged; publish it again"),
    ):
        store.get([0])


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Take from this process the right to write in `folder`; root, who may all, is another user meanwhile."""
    with ExitStack() as undo:
        for path in (*folder.iterdir(), folder):
            undo.callback(path.chmod, path.stat().st_mode)
            path.chmod(0o555 if path.is_dir() else 0o444)
        if os.geteuid() == 0:
            os.seteuid(65534)
            undo.callback(os.seteuid, 0)
        yield


def test_a_read_only_file() -> None:
    # Not in tmp_path, which only its owner may enter.
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "recirc.db"
        filled(path, 1)
        with (
            read_only(path.parent),
            pytest.raises(StoreError, match=r"make both writable|check that it is a file"),
        ):
            SqliteStore(path)
        with SqliteStore(path) as store:
            assert store.end() == 201


def test_a_read_only_folder() -> None:
    with tempfile.TemporaryDirectory() as name, read_only(Path(name)):
        with pytest.raises(StoreError, match="cannot be opened; check that"):
            SqliteStore(Path(name) / "recirc.db")
        with pytest.raises(StoreError, match="the folder cannot be made"):
            SqliteStore(Path(name) / "deeper" / "recirc.db")
        with pytest.raises(StoreError, match="make the folder writable"):
            Snapshots(Path(name)).save(1, "f", {})
