"""The list of sources and their health, in the store's file."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from recirc.settings import SourceEntry, SourcesSettings
from recirc.store.api_keys import create
from recirc.store.ports import StoreError
from recirc.store.source_registry import (
    SourceHealth,
    SourceListError,
    SourceRegistry,
    SourceTally,
)
from recirc.store.sqlite import SqliteStore

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TIDE = SourceEntry(address="https://tide.example/feed.xml", section="coast")
WIRE = SourceEntry(address="https://wire.example/sitemap.xml", key="abc", pages=False, every_seconds=60.0)
HEALTH = SourceHealth(
    kind="feed",
    asked=NOON,
    succeeded=NOON,
    failed=NOON - timedelta(days=1),
    error="https://tide.example/feed.xml: answered 503",
    next=NOON + timedelta(minutes=15),
    last=SourceTally(1, 2, 3),
    total=SourceTally(10, 20, 30),
    refusals=("no headline",),
)


def listed(folder: Path, *entries: SourceEntry) -> SourceRegistry:
    return SourceRegistry(folder / "recirc.db", SourcesSettings(list=entries))


def test_sources_that_were_added_are_there_in_every_process(tmp_path: Path) -> None:
    sources = listed(tmp_path)
    assert sources.entries() == ()
    assert not (tmp_path / "recirc.db").exists()  # to look makes nothing
    sources.add(WIRE)
    sources.add(TIDE)
    assert listed(tmp_path).entries() == (TIDE, WIRE)
    assert listed(tmp_path).find(WIRE.address) == WIRE
    sources.remove(TIDE.address)
    assert listed(tmp_path).entries() == (WIRE,)


def test_the_settings_come_first_and_win(tmp_path: Path) -> None:
    listed(tmp_path).add(TIDE)
    set_ = msgspec.structs.replace(TIDE, section="town")
    sources = listed(tmp_path, WIRE, set_)
    assert sources.entries() == (WIRE, set_)
    with pytest.raises(
        SourceListError, match=r"stands in the settings, .* take its \[\[sources.list\]\] out"
    ):
        sources.remove(TIDE.address)
    with pytest.raises(SourceListError, match="the settings have this source already"):
        sources.add(TIDE)
    assert listed(tmp_path).entries() == (TIDE,)


def test_an_address_that_is_not_there_suggests_the_nearest(tmp_path: Path) -> None:
    sources = listed(tmp_path)
    with pytest.raises(SourceListError, match="no such source; there are none yet"):
        sources.remove("https://tide.example/feed")
    sources.add(TIDE)
    with pytest.raises(
        SourceListError, match=r"no such source; did you mean https://tide\.example/feed\.xml\?"
    ):
        sources.remove("https://tide.example/feed")
    with pytest.raises(SourceListError, match="no such source; recirc sources list shows"):
        sources.find("gopher")
    with pytest.raises(SourceListError, match=r"is there already; .* recirc sources remove https://tide"):
        sources.add(TIDE)


def test_health_and_notebook_are_kept_together(tmp_path: Path) -> None:
    sources = listed(tmp_path, TIDE)
    assert sources.standing(TIDE) == (None, SourceHealth())
    sources.keep(TIDE, b"remembered", HEALTH)
    assert listed(tmp_path, TIDE).standing(TIDE) == (b"remembered", HEALTH)
    assert sources.health() == {TIDE.address: HEALTH}
    failing = msgspec.structs.replace(HEALTH, failures=1)
    sources.keep(TIDE, None, failing)
    assert sources.standing(TIDE) == (b"remembered", failing)


def test_with_other_settings_a_source_begins_anew_but_its_health_stays(tmp_path: Path) -> None:
    sources = listed(tmp_path, TIDE)
    sources.keep(TIDE, b"remembered", HEALTH)
    more_often = msgspec.structs.replace(TIDE, every_seconds=60.0, most=7)
    assert sources.standing(more_often) == (b"remembered", HEALTH)
    elsewhere = msgspec.structs.replace(TIDE, section="town")
    assert sources.standing(elsewhere) == (None, HEALTH)
    sources.keep(elsewhere, None, HEALTH)  # its first turn failed
    assert sources.standing(elsewhere) == (None, HEALTH)
    assert sources.standing(TIDE) == (None, HEALTH)


def test_a_source_that_is_removed_is_forgotten(tmp_path: Path) -> None:
    sources = listed(tmp_path)
    sources.add(TIDE)
    sources.keep(TIDE, b"remembered", HEALTH)
    sources.remove(TIDE.address)
    assert sources.health() == {}
    sources.keep(TIDE, b"remembered", HEALTH)  # by a turn that was under way
    sources.add(TIDE)
    assert sources.standing(TIDE) == (None, SourceHealth())


def test_sources_share_the_file_with_articles_and_keys(tmp_path: Path) -> None:
    path = tmp_path / "recirc.db"
    with SqliteStore(path) as store:
        store.intern(["a"])
    sources = listed(tmp_path)
    assert (sources.entries(), sources.health()) == ((), {})
    sources.add(TIDE)
    create(path, "desk")
    with SqliteStore(path) as store:
        assert store.find(["a"]).tolist() == [0]
    assert sources.entries() == (TIDE,)


def test_a_file_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    (tmp_path / "recirc.db").write_bytes(b"not a database at all, but long enough for one" * 50)
    with pytest.raises(StoreError, match="not a SQLite database"):
        listed(tmp_path).entries()
    with pytest.raises(StoreError, match="not a SQLite database"):
        listed(tmp_path).add(TIDE)


def test_what_another_version_wrote_is_told_and_health_is_told_anew(tmp_path: Path) -> None:
    sources = listed(tmp_path)
    sources.add(TIDE)
    sources.keep(TIDE, b"remembered", HEALTH)
    with closing(sqlite3.connect(tmp_path / "recirc.db")) as connection:
        poll = b'{"mark": "", "state": null, "health": {"failures": "many"}}'
        connection.execute("UPDATE registry SET value = ? WHERE kind = 'polls'", (poll,))
        connection.commit()
        assert sources.health() == {TIDE.address: SourceHealth()}
        entry = b'{"address": "x", "colour": 1}'
        connection.execute("UPDATE registry SET value = ? WHERE kind = 'sources'", (entry,))
        connection.commit()
    with pytest.raises(StoreError, match="added by another version of Recirc"):
        sources.entries()


def test_a_locked_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "recirc.db"
    listed(tmp_path).add(TIDE)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        sources = SourceRegistry(path, SourcesSettings(), busy_seconds=0.05)
        assert sources.entries() == (TIDE,)  # who reads waits for nobody
        with pytest.raises(StoreError, match="kept the file locked"):
            sources.keep(TIDE, None, HEALTH)
        other.execute("ROLLBACK")
