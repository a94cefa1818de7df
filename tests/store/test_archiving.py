"""Days of a log in Parquet: the same entries, read by others too, refused where they are wrong, erased with the log."""

import subprocess
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from archive_samples import DAYS, FIRST, archived, events, filled, place_of
from typer.testing import CliRunner

from recirc.cli import app
from recirc.server.archiving import ArchiveSchedule
from recirc.settings import Settings, StoreSettings
from recirc.store import archiving
from recirc.store.archive_files import DayName, days_of, open_place
from recirc.store.archiving import Archived, LogArchiver
from recirc.store.commands import Append, EraseEvents, Selection, Void
from recirc.store.decisions import DAY
from recirc.store.log_archive import ArchivedLog, day_in, read_archive
from recirc.store.ports import ForkError, StoreError
from recirc.subprocesses import start_process
from recirc.types import EntryKind
from s3_server import s3_server


@pytest.fixture
def small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archiving, "GROUP", 500)


@pytest.mark.usefixtures("small_groups")
@pytest.mark.parametrize("kind", ["folder", "bucket"])
def test_what_is_read_from_an_archive_is_the_log(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with filled(tmp_path / "recirc.db") as store, place_of(kind, tmp_path, monkeypatch) as address:
        done = archived(tmp_path / "recirc.db", address, DAYS - 1)
        assert [name[:10] for name in done.written] == ["2026-09-04", "2026-09-05", "2026-09-06"]
        assert archived(tmp_path / "recirc.db", address, DAYS - 1) == Archived(), "each day is written once"
        log = ArchivedLog(address)
        kept = store.read(0, log.end())
        copy = read_archive(address)
        assert copy.records.tobytes() == kept.records[: log.end()].tobytes()
        assert copy.features == {at: each for at, each in kept.features.items() if at < log.end()}
        for after in (0, 1, 499, 899, 901, 2_000, log.end() - 1, log.end()):
            batch = log.read(after, 100)
            assert batch.first == after + 1
            assert batch.records.tobytes() == kept.records[after : batch.end].tobytes()
            assert len(batch.records) == 100 or after > 0
        assert archived(tmp_path / "recirc.db", address).written[0].startswith("2026-09-07")
        assert ArchivedLog(address).end() == store.end()


def test_others_read_what_the_columns_say(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed")
    filled(tmp_path / "recirc.db").close()
    archived(tmp_path / "recirc.db", str(tmp_path / "archive"))
    made = np.concatenate([events(day) for day in range(DAYS)])
    views = made[(made["kind"] == EntryKind.VIEW) & (made["article"] == 1)]
    found = duckdb.sql(
        "SELECT count(*), count(DISTINCT reader), epoch_ms(min(time)), count(DISTINCT epoch), count(DISTINCT hash)"
        f" FROM '{tmp_path}/archive/*.parquet' WHERE kind_name = 'view' AND article_id = 'b'"
    ).fetchall()
    assert found == [(len(views), len(np.unique(views["reader"])), int(views["time"].min()), 1, 1)]
    readings = duckdb.sql(f"SELECT count(scroll), min(scroll) FROM '{tmp_path}/archive/*.parquet'").fetchall()
    assert readings == [(int((made["kind"] == EntryKind.READ).sum()), 0.25)]


@pytest.mark.usefixtures("small_groups")
def test_days_whose_events_were_excluded_or_erased_are_written_again(tmp_path: Path) -> None:
    path, folder = tmp_path / "recirc.db", tmp_path / "archive"
    with filled(path) as store:
        archived(path, str(folder))
        before = {name: (folder / name).read_bytes() for name in open_place(str(folder)).names()}
        chosen = Selection(since=FIRST + 2 * DAY, until=FIRST + 2 * DAY + DAY // 2)
        store._submit(Void("v", chosen, "desk", "test", FIRST + 9 * DAY)).result()
        stale = LogArchiver(path, str(folder), 5.0).stale()
        assert {name[:10] for name in stale} >= {"2026-09-06"}
        archived(path, str(folder))
        day = ("2026-09-05", FIRST + DAY, FIRST + 2 * DAY)
        store.erase(EraseEvents("e", *day, "control of it", "desk", "asked for", FIRST + 9 * DAY))
        assert archived(path, str(folder)).rewritten
        assert LogArchiver(path, str(folder), 5.0).stale() == []
        names = open_place(str(folder)).names()
        assert len(names) == DAYS, "nothing is left of what they were"
        assert sum((folder / name).read_bytes() == before.get(name) for name in names) >= 1
        kept = store.read(0, 1 << 40)
        assert read_archive(str(folder)).records.tobytes() == kept.records.tobytes()
        of_day = (kept.records["time"] // DAY == FIRST // DAY + 1) & (
            kept.records["kind"] < EntryKind.PUBLISH
        )
        assert of_day.any()
        assert not kept.records["reader"][of_day].any()


def test_an_archive_of_another_history_is_not_gone_on_with(tmp_path: Path) -> None:
    folder = str(tmp_path / "archive")
    filled(tmp_path / "one" / "recirc.db").close()
    archived(tmp_path / "one" / "recirc.db", folder, 2)
    with filled(tmp_path / "other" / "recirc.db", 1) as store:
        for day in range(1, DAYS):
            now = FIRST + day * DAY
            store._submit(Append(events(day + 9).tobytes(), (), now, now)).result()
        with pytest.raises(ForkError, match="its days were written from another history"):
            archived(tmp_path / "other" / "recirc.db", folder)
        own = str(tmp_path / "own")
        archived(tmp_path / "other" / "recirc.db", own)
    wrong = days_of(open_place(own).names())[-1]
    right = days_of(open_place(folder).names())
    begin = right[-1].last + 1
    strange = DayName(wrong.day, begin, begin + wrong.last - wrong.first, 0, wrong.digest)
    (tmp_path / "archive" / strange.file).write_bytes((tmp_path / "own" / wrong.file).read_bytes())
    with pytest.raises(StoreError, match="holds other entries than its name says"):
        read_archive(folder)


@pytest.mark.usefixtures("small_groups")
@pytest.mark.parametrize("damage", ["missing", "swapped", "changed", "cut", "not ours"])
def test_a_wrong_day_is_refused(tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "archive"
    filled(tmp_path / "recirc.db").close()
    archived(tmp_path / "recirc.db", str(folder))
    days = days_of(open_place(str(folder)).names())
    path = folder / days[1].file
    if damage == "missing":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-100])
    elif damage == "not ours":
        pq.write_table(pq.read_table(path).replace_schema_metadata(None), path)
    else:
        table = pq.read_table(path)
        name = "hash" if damage == "swapped" else "reader"
        field = table.schema.field(name)
        values = ["00" * 16] * len(table) if damage == "swapped" else table[name].to_pylist()[::-1]
        fresh = (
            pa.array(values).cast(field.type) if damage == "changed" else pa.array(values).dictionary_encode()
        )
        table = table.set_column(table.schema.get_field_index(name), name, fresh)
        note = pq.read_metadata(path).metadata or {}
        with pq.ParquetWriter(path, table.schema) as writer:
            writer.write_table(table, 600)
            writer.add_key_value_metadata({"recirc": note[b"recirc"].decode()})
    with pytest.raises(StoreError, match=r"missing|do not match|damaged|not a day|another history"):
        read_archive(str(folder))


def test_files_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    filled(tmp_path / "recirc.db", 1).close()
    (name,) = archived(tmp_path / "recirc.db", str(tmp_path / "archive")).written
    assert (tmp_path / "archive" / name).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "archive").stat().st_mode & 0o777 == 0o700
    assert day_in(open_place(str(tmp_path / "archive")), name).first == 1


def test_a_bucket_that_is_not_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(tmp_path / "recirc.db", 1).close()
    with s3_server(monkeypatch), pytest.raises(OSError, match="nowhere"):
        archived(tmp_path / "recirc.db", "s3://nowhere/archive")


def test_the_process_beside_the_server_archives_and_is_started_after_a_change(tmp_path: Path) -> None:
    path, folder = tmp_path / "recirc.db", tmp_path / "archive"
    settings = Settings(store=StoreSettings(path=str(path), archive=str(folder), archive_after_days=1))
    store = filled(path)
    schedule = ArchiveSchedule(settings)
    assert schedule.is_due()
    assert not schedule.is_due()
    process = start_process("recirc.server.archiving", settings, "archive", subprocess.PIPE)
    assert process.stdout is not None
    with process.stdout as stdout:
        said = stdout.read()
    assert process.wait(120) == 0
    assert said.decode() == f"recirc: {DAYS} days of the log were archived\n"
    assert read_archive(str(folder)).records.tobytes() == store.read(0, 1 << 40).records.tobytes()
    store._submit(Void("v", Selection(since=FIRST), "desk", "test", FIRST)).result()
    assert schedule.is_due()
    assert not ArchiveSchedule(Settings(store=StoreSettings(path=str(path)))).is_due(), "without an archive"
    store.close()


def test_a_search_for_what_was_erased_names_days_that_are_not_written_again_yet(tmp_path: Path) -> None:
    path, folder, receipt = tmp_path / "recirc.db", tmp_path / "archive", tmp_path / "receipt.json"
    filled(path).close()
    archived(path, str(folder))
    config = tmp_path / "recirc.toml"
    config.write_text(f'[store]\npath = "{path}"\narchive = "{folder}"\n')
    run = CliRunner().invoke
    day = ("erase", "day", "2026-09-05", "--receipt", str(receipt), "--config", str(config))
    assert run(app, day).exit_code == 0
    check = ("check", "--erased", str(receipt), "--config", str(config))
    before = run(app, check)
    assert before.exit_code == 1
    assert "2026-09-05-" in before.output
    archived(path, str(folder))
    assert run(app, check).exit_code == 0
