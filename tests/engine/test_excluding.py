"""Exclusions afterwards reach the shelves of a running engine, and no snapshot brings the excluded back."""

import time
from pathlib import Path

import pytest

from newsroom import MINUTE, NOW, Newsroom, article, visit
from recirc.engine import Engine
from recirc.store.commands import Selection
from recirc.store.sqlite import SqliteStore
from recirc.types import Window


def top(engine: Engine) -> list[tuple[str, float]]:
    shelf = engine.ranking(section=None, window=Window.DAY, slots=3, now=NOW)
    return [(item.article, item.score) for item in shelf.items]


def filled(folder: Path) -> Newsroom:
    room = Newsroom(folder)
    room.publish(article("honest"), article("pushed", "chess"))
    for reader in range(1, 11):
        room.read(["honest"], reader)
    for reader in range(100, 160):
        room.observe(*visit(["pushed"], reader, 20 * MINUTE))
    return room


def test_running_shelves_follow_without_a_restart(tmp_path: Path) -> None:
    room = filled(tmp_path)
    path = Path(room.settings.store.path)
    room.engine.start()
    try:
        assert top(room.engine) == [("pushed", 60), ("honest", 10)]
        with SqliteStore(path) as store:
            pushed = int(store.find(["pushed"])[0])
            assert store.void("k", Selection(article=pushed), "ann", "a script") == 60
        followed(room.engine, [("honest", 10)])
        assert room.engine.counts("pushed", NOW).excluded == 60
        room.read(["pushed"], 500)
        followed(room.engine, [("honest", 10), ("pushed", 1)])
        with SqliteStore(path) as store:
            store.unvoid("k", "ann")
        followed(room.engine, [("pushed", 61), ("honest", 10)])
    finally:
        room.engine.close()


def followed(engine: Engine, expected: list[tuple[str, float]]) -> None:
    deadline = time.monotonic() + 60
    while top(engine) != expected and time.monotonic() < deadline:
        time.sleep(0.02)  # nothing tells when another thread is done
    assert top(engine) == expected


def test_a_snapshot_from_before_is_not_used(tmp_path: Path) -> None:
    room = filled(tmp_path)
    room.engine.snapshot()
    offset = room.engine.offset
    room.engine.close()
    with SqliteStore(Path(room.settings.store.path)) as store:
        store.void("k", Selection(first=offset - 59), "ann", "a script")
    with_open = Engine.open(room.settings)
    try:
        assert top(with_open) == [("honest", 10)]
    finally:
        with_open.close()


def test_a_snapshot_of_earlier_entries_is_still_right(tmp_path: Path) -> None:
    room = filled(tmp_path)
    room.engine.snapshot()
    offset = room.engine.offset
    room.read(["pushed"], 900)
    room.engine.close()
    with SqliteStore(Path(room.settings.store.path)) as store:
        store.void("k", Selection(first=offset + 1), "ann", "a script")
    engine = Engine(room.settings, SqliteStore(Path(room.settings.store.path)))
    try:
        assert engine.offset == offset
        engine.catch_up()
        assert top(engine) == [("pushed", 60), ("honest", 10)]
    finally:
        engine.close()


def test_what_came_before_the_change_is_not_folded_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    room = filled(tmp_path)
    room.engine.snapshot()
    offset = room.engine.offset
    room.engine.start()
    try:
        for reader in range(900, 930):
            room.observe(*visit(["honest"], reader, 10 * MINUTE))
        followed(room.engine, [("pushed", 60), ("honest", 40)])
        with caplog.at_level("INFO", "recirc.engine"), SqliteStore(Path(room.settings.store.path)) as store:
            store.void("k", Selection(first=offset + 1), "ann", "a script")
            followed(room.engine, [("pushed", 60), ("honest", 10)])
        assert f"folded anew from {offset + 1} on" in caplog.text
    finally:
        room.engine.close()
