"""The archive of a log after a crash, a restoration and a kill, and behind an order: nothing erased is left in it."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from archive_samples import DAYS, FIRST, archived, events, filled, place_of

from recirc.store import backup, history
from recirc.store.archive_files import ArchiveFolder, ArchivePlace, DayName, days_of, mends_digest, open_place
from recirc.store.archiving import Archived, LogArchiver
from recirc.store.commands import Append, EraseEvents, Selection, Void
from recirc.store.database import connect
from recirc.store.decisions import DAY
from recirc.store.log_archive import is_stale, read_archive
from recirc.store.ports import ForkError, StoreError
from recirc.store.sqlite import SqliteStore
from recirc.types import EntryKind


def erase_day(store: SqliteStore, number: int) -> None:
    begin = FIRST + number * DAY
    date = f"2026-09-{4 + number:02d}"
    store.erase(EraseEvents(date, date, begin, begin + DAY, f"control {date}", "desk", "asked for", begin))


def readers_of(folder: Path, number: int) -> set[int]:
    """Readers of a day in all files of a folder, also in those that are no part of the archive."""
    found: set[int] = set()
    for path in folder.iterdir():
        table = pq.read_table(path, columns=["time", "kind", "reader"])
        days = table["time"].cast(pa.int64()).to_numpy() // DAY
        events_ = table["kind"].to_numpy() < EntryKind.PUBLISH
        found |= set(table["reader"].to_numpy()[(days == FIRST // DAY + number) & events_].tolist())
    return found


def test_what_an_end_between_writing_and_removing_left_is_named_and_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, folder = tmp_path / "recirc.db", tmp_path / "archive"
    with filled(path) as store:
        old = archived(path, str(folder)).written[1]
        erase_day(store, 1)
        with monkeypatch.context() as patched:
            patched.setattr(ArchiveFolder, "remove", _refuse)
            with pytest.raises(OSError, match="no current"):
                archived(path, str(folder))
    assert (folder / old).exists(), "the day is there twice"
    (folder / f"{old}.part").write_bytes((folder / old).read_bytes())
    (folder / "notes.txt.part").write_bytes(b"of the newsroom")
    assert {old, f"{old}.part"} <= set(LogArchiver(path, str(folder), 5.0).stale())
    archived(path, str(folder))
    assert LogArchiver(path, str(folder), 5.0).stale() == []
    assert len(list(folder.glob("*.parquet*"))) == DAYS
    (folder / "notes.txt.part").unlink()  # raises where it was removed
    assert readers_of(folder, 1) == {0}


def _refuse(self: ArchiveFolder, name: str) -> None:
    raise OSError(f"{self.address}/{name}: no current")


def test_after_a_restoration_no_erased_reader_is_left_in_the_archive(tmp_path: Path) -> None:
    path, folder, copy = tmp_path / "recirc.db", tmp_path / "archive", tmp_path / "copy.db"
    now = datetime(2026, 11, 1, tzinfo=UTC)
    with filled(path) as store:
        archived(path, str(folder))
        backup.backup(path, copy, now, lambda *_: None)
        for name in ("one", "two"):
            chosen = Selection(since=FIRST, until=FIRST + DAY // 2)
            store._submit(Void(name, chosen, "desk", "test", FIRST + 9 * DAY)).result()
        archived(path, str(folder))
    backup.restore(copy, path, now, lambda *_: None)
    with SqliteStore(path, clock=lambda: FIRST + 9 * DAY) as store:
        assert len(LogArchiver(path, str(folder), 5.0).stale()) == DAYS, "all days are of another epoch"
        erase_day(store, 1)
        erase_day(store, 2)  # as many changes as were lost
        archived(path, str(folder))
        assert LogArchiver(path, str(folder), 5.0).stale() == []
        assert readers_of(folder, 1) == readers_of(folder, 2) == {0}
        assert len(readers_of(folder, 0)) > 1
        assert read_archive(str(folder)).records.tobytes() == store.read(0, 1 << 40).records.tobytes()


def test_days_carry_the_epoch_of_the_store_that_was_restored(tmp_path: Path) -> None:
    path, folder, copy = tmp_path / "recirc.db", tmp_path / "archive", tmp_path / "copy.db"
    now = datetime(2026, 11, 1, tzinfo=UTC)
    filled(path).close()
    archived(path, str(folder))
    backup.backup(path, copy, now, lambda *_: None)
    backup.restore(copy, path, now, lambda *_: None)
    done = archived(path, str(folder))
    assert (len(done.rewritten), done.renamed) == (DAYS, ())
    with closing(connect(path, 5.0, writing=False)) as connection:
        epoch = history.epoch(connection)
    found = pa.concat_tables(pq.read_table(each, columns=["epoch"]) for each in folder.iterdir())
    assert set(found["epoch"].to_pylist()) == {epoch}


def test_names_hold_for_any_number_of_changes_and_entries() -> None:
    many = (1,) * 12_000
    for mends, last in ((9_999, 9), (10_000, 10**12 - 1), (12_000, 10**12)):
        day = DayName("2026-09-04", 1, last, mends, mends_digest("e", many[:mends]))
        assert days_of([day.file]) == [day]
        assert is_stale(day, "e", many) == (mends < 12_000)
        assert is_stale(day, "e", many[:9_000])
        assert is_stale(day, "f", many)


def test_a_name_that_is_not_found_again_ends_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path / "recirc.db", 1).close()
    monkeypatch.setattr(ArchiveFolder, "put", lambda *_: None)
    with pytest.raises(StoreError, match="was written, and is not found there"):
        archived(tmp_path / "recirc.db", str(tmp_path / "archive"))


@pytest.mark.parametrize("kind", ["folder", "bucket"])
def test_a_process_that_is_killed_leaves_no_records(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, temporary = tmp_path / "site" / "recirc.db", tmp_path / "temporary"
    temporary.mkdir()
    filled(path).close()
    before = sorted(path.parent.iterdir())
    with place_of(kind, tmp_path, monkeypatch) as address:
        for moment in ("close", "put", "open"):
            words = [sys.executable, "-c", KILLED, moment, str(path), address]
            environment = os.environ | {"TMPDIR": str(temporary)}
            assert subprocess.run(words, env=environment, check=False).returncode == -signal.SIGKILL
            assert list(temporary.iterdir()) == []
            assert [
                each for each in sorted(path.parent.iterdir()) if each.name[-4:] not in ("-wal", "-shm")
            ] == [each for each in before if each.name[-4:] not in ("-wal", "-shm")]
        archived(path, address)
        assert read_archive(address).end == SqliteStore(path).end()


KILLED = """
import os, signal, sys
from pathlib import Path
from recirc.store import archiving, archive_files, log_archive
moment, path, address = sys.argv[1:]
archiver = archiving.LogArchiver(Path(path), address, 5.0)
die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
if moment == "close":
    log_archive.DayWriter.close = die
elif moment == "put":
    type(archiver._place).put = die
else:
    archiver.run(1 << 50)
    log_archive.pq.ParquetFile = die
    log_archive.day_in(archiver._place, archiver._place.names()[0])
archiver.run(1 << 50)
"""


def test_an_erasure_cleans_the_file_while_a_day_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, busy = tmp_path / "recirc.db", list[int]()

    def checkpoint(*_: object) -> None:
        with closing(connect(path, 0.1, writing=True)) as connection:
            busy.append(connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0])

    with filled(path, 2):
        monkeypatch.setattr(ArchiveFolder, "put", checkpoint)
        with pytest.raises(StoreError, match="is not found there"):
            archived(path, str(tmp_path / "archive"), 2)
    assert busy == [0]


def test_nothing_is_fetched_where_nothing_is_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, folder = tmp_path / "recirc.db", str(tmp_path / "archive")
    filled(path).close()
    archived(path, folder, 2)
    with monkeypatch.context() as patched:
        patched.delattr(ArchiveFolder, "open")
        assert archived(path, folder, 2) == Archived()
    assert len(archived(path, folder, 3).written) == 1


def test_a_machine_that_is_behind_waits(tmp_path: Path) -> None:
    path, late, folder = tmp_path / "recirc.db", tmp_path / "late.db", tmp_path / "archive"
    with filled(path) as store, closing(connect(path, 5.0, writing=True)) as connection:
        history.follow(connection, "tide")
        _copy(path, late)
        now = FIRST + DAYS * DAY
        store._submit(Append(events(DAYS).tobytes(), (), now, now)).result()
        archived(path, str(folder), 2)
        before = {each.name: each.read_bytes() for each in folder.iterdir()}
        waits = archived(late, str(folder))
        assert waits.is_behind
        assert "caught up" in waits.in_words()
        assert before == {each.name: each.read_bytes() for each in folder.iterdir()}
        late.unlink()
        _copy(path, late)
        assert len(archived(late, str(folder)).written) == DAYS - 2
        _copy(path, tmp_path / "later.db")
        erase_day(store, 1)
        archived(path, str(folder))
        assert archived(tmp_path / "later.db", str(folder)).is_behind, "a day was erased that it still has"
        assert readers_of(folder, 1) == {0}


def _copy(path: Path, copy: Path) -> None:
    with closing(connect(path, 5.0, writing=False)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)


def test_the_way_on_after_the_restoration_of_a_store_that_is_older_than_the_newest_day(
    tmp_path: Path,
) -> None:
    path, folder, copy = tmp_path / "recirc.db", tmp_path / "archive", tmp_path / "copy.db"
    now = datetime(2026, 11, 1, tzinfo=UTC)
    with filled(path) as store:
        archived(path, str(folder), 2)
        backup.backup(path, copy, now, lambda *_: None)
        store._submit(Void("v", Selection(since=FIRST), "desk", "test", FIRST + 9 * DAY)).result()
        archived(path, str(folder))
    backup.restore(copy, path, now, lambda *_: None)
    lost = days_of([each.name for each in folder.iterdir()])[2:]
    with pytest.raises(ForkError, match=f"the days from {lost[0].file} on .* remove these 2 files"):
        archived(path, str(folder))
    for day in lost:
        (folder / day.file).unlink()
    done = archived(path, str(folder))
    assert (len(done.written), len(done.rewritten)) == (2, 2)
    with SqliteStore(path) as store:
        assert read_archive(str(folder)).records.tobytes() == store.read(0, 1 << 40).records.tobytes()


@pytest.mark.parametrize("kind", ["folder", "bucket"])
def test_a_day_whose_entries_are_as_they_were_only_gets_another_name(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "recirc.db"
    with filled(path) as store, place_of(kind, tmp_path, monkeypatch) as address:
        last = events(DAYS)
        last["reader"] += 1_000  # nothing of them depends on readers of the days before
        now = FIRST + DAYS * DAY
        store._submit(Append(last.tobytes(), (), now, now)).result()
        place, before = open_place(address), archived(path, address, DAYS + 1).written
        content = [_content(place, name) for name in before]
        erase_day(store, 1)
        done = archived(path, address)
        assert done.rewritten[0].startswith("2026-09-05")
        assert done.renamed[-1].startswith("2026-09-08")
        assert len(done.rewritten) + len(done.renamed) == DAYS
        assert done.in_words().endswith(f"{len(done.renamed)} are as they were")
        assert content[-1] == _content(place, done.renamed[-1])
        assert not {*done.rewritten, *done.renamed} & {*before}
        assert sorted(place.names()) == sorted((before[0], *done.rewritten, *done.renamed))
        assert archived(path, address) == Archived()
        assert read_archive(address).records.tobytes() == store.read(0, 1 << 40).records.tobytes()


def _content(place: ArchivePlace, name: str) -> bytes:
    with place.open(name) as file:
        return file.read()
