"""A process killed at any moment loses nothing that it acknowledged, and the file stays whole."""

import random
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from recirc.store.sqlite import SqliteStore
from recirc.types import EntryKind

APPENDER = Path(__file__).parent / "appender.py"
KILLS = 20


def acknowledged(told: bytes) -> list[int]:
    """Ids in what an appender wrote; an answer cut by the kill says nothing."""
    numbers = np.frombuffer(told[: len(told) // 8 * 8], np.int64).tolist()
    ids: list[int] = []
    while numbers and len(numbers) > numbers[0]:
        ids += numbers[1 : numbers[0] + 1]
        numbers = numbers[numbers[0] + 1 :]
    return ids


def append_until_killed(path: Path, seed: int, seconds: float) -> bytes:
    """What an appender told until it was killed, so many seconds after its first word."""
    command = [sys.executable, str(APPENDER), str(path), str(seed), "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        told = [process.stdout.read(8)]
        assert told[0], "the appender ended by itself"
        stream = process.stdout
        reader = threading.Thread(target=lambda: told.append(stream.read()))
        reader.start()
        time.sleep(seconds)
        process.kill()
        reader.join()
    assert process.returncode == -9
    return b"".join(told)


def log_ids(store: SqliteStore) -> list[int]:
    """Ids of the reader events in the log."""
    entries = store.read(0, 1 << 40).records
    ids: list[int] = entries["id"][entries["kind"] == EntryKind.VIEW].tolist()
    return ids


def check_whole(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        (logged,) = connection.execute("SELECT sum(count) FROM log").fetchone()
    with SqliteStore(path) as store:
        entries = store.read(0, 1 << 40).records
        assert len(entries) == store.end() == logged
        views = entries[entries["kind"] == EntryKind.VIEW]
        assert len(np.unique(views["id"])) == len(views)
        published = np.unique(entries["article"][entries["kind"] == EntryKind.PUBLISH]).tolist()
        assert all(kept is not None and kept.article is not None for kept in store.get(published))


def test_twenty_kills_at_random_moments(tmp_path: Path) -> None:
    path = tmp_path / "recirc.db"
    moments = random.Random(1851)
    told: set[int] = set()
    for kill in range(KILLS):
        told.update(acknowledged(append_until_killed(path, kill, moments.uniform(0, 0.25))))
        with SqliteStore(path) as store:
            ids = log_ids(store)
        assert len(ids) == len(set(ids)), "an event is in the log twice"
        assert told <= set(ids), "an acknowledged event is lost"
    check_whole(path)
    assert len(told) > KILLS


@pytest.mark.parametrize("processes", [2])
def test_processes_that_append_at_once_share_one_order(tmp_path: Path, processes: int) -> None:
    path = tmp_path / "recirc.db"
    commands = [[sys.executable, str(APPENDER), str(path), str(seed), "150"] for seed in range(processes)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE) for command in commands]
    followed: list[int] = []
    told: list[bytes] = []
    with SqliteStore(path, busy_seconds=30) as store:
        readers = [
            threading.Thread(target=lambda each=each: told.append(each.communicate()[0])) for each in running
        ]
        for reader in readers:
            reader.start()
        after = 0
        while any(reader.is_alive() for reader in readers) or after < store.end():
            batch = store.read(after, 100)
            followed += batch.records["id"].tolist()
            after = batch.end
        assert [each.returncode for each in running] == [0] * processes
        assert followed == store.read(0, 1 << 40).records["id"].tolist()
        ids = log_ids(store)
    assert len(ids) == len(set(ids))
    assert set().union(*map(acknowledged, told)) == set(ids)
    check_whole(path)
