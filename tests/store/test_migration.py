"""A file that an older version really made is migrated whole: `old_files/make_format_1.txt` says how it was made."""

import gzip
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from recirc.engine import Engine
from recirc.settings import Settings, SourcesSettings, StoreSettings
from recirc.store.api_keys import ApiKeys
from recirc.store.pins import Pins
from recirc.store.ports import FORMAT
from recirc.store.site_keys import SiteKeys
from recirc.store.source_registry import SourceRegistry
from recirc.text.query import parse_query
from recirc.types import Decision, EntryKind

OLD = Path(__file__).parent / "old_files" / "format-1.db.gz"
KEY = "rk_69TWRKuQ-8Ney-yh3jtlfmIAmW4aYZ4Z10fNkGBd9Xw"  # opens nothing but this file
SITE_KEY = "sk_RL0szWPldK1vgdRyo8woIkhW"
NOON = round(datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp() * 1000)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "recirc.db"
    made.write_bytes(gzip.decompress(OLD.read_bytes()))
    return made


@pytest.fixture
def engine(path: Path) -> Iterator[Engine]:
    opened = Engine.open(replace(Settings(), store=StoreSettings(path=str(path))))
    yield opened
    opened.close()


def test_articles_views_and_reactions_are_what_they_were(engine: Engine) -> None:
    ferry, otter, gone = (engine.article(id_) for id_ in ("ferry", "otter", "gone"))
    assert ferry is not None
    assert ferry.article is not None
    assert ferry.article.headline == "Night ferry ends"
    assert "Ferries" in ferry.article.topics
    assert otter is not None
    assert otter.article is not None
    assert otter.article.headline == "Otters below the fish market"
    assert engine.locate("https://tide.example/otters") == "otter"
    assert gone is not None
    assert gone.withdrawn
    assert {each.id for each in engine.listing(limit=9).articles} == {"ferry", "otter", "strike"}
    # Reader 7 came three times, within the half hour and two days later; reader 8 once.
    counts = engine.counts("ferry", NOON)
    assert (counts.raw, counts.repeated, counts.views, counts.readers) == (4, 1, 3, 3)
    assert engine.reactions("ferry")["well-told"] == 1
    assert engine.counts("unknown", NOON).readers == 1


def test_what_events_mean_is_decided_and_their_ids_are_known(engine: Engine) -> None:
    batch = engine._store.read(0, 99)
    assert (batch.records["decision"] & Decision.DECIDED).all()
    assert (batch.records["kind"] == EntryKind.PUBLISH).sum() == 5
    events = batch.records[batch.records["kind"] < EntryKind.PUBLISH]
    assert len(events) == 8
    assert engine.append(events).result().duplicates == 8


def test_the_words_of_old_articles_are_found(engine: Engine) -> None:
    found = engine._store.search(parse_query("ferry passengers"), NOON, 9)
    assert [stored.id for stored in engine._store.get(found) if stored] == ["ferry"]


@pytest.mark.usefixtures("engine")
def test_keys_pins_and_sources_are_entries_of_the_registry(path: Path) -> None:
    found = ApiKeys(path).find(KEY)
    assert found is not None
    assert found.name == "old desk"
    site_key = SiteKeys(path).read()[SITE_KEY]
    assert (site_key.name, site_key.origins) == ("partner", ("https://partner.example",))
    assert [(pin.place, pin.article, pin.holder) for pin in Pins(path).all(NOON)] == [
        (1, "ferry", "old desk")
    ]
    entries = SourceRegistry(path, SourcesSettings()).entries()
    assert [entry.address for entry in entries] == ["https://wire.example/rss"]


@pytest.mark.usefixtures("engine")
def test_a_copy_of_the_old_file_is_kept(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT value FROM meta WHERE key = 'format'").fetchone() == (str(FORMAT),)
    with closing(sqlite3.connect(path.with_name(f"{path.name}.format-1"))) as kept:
        assert kept.execute("SELECT value FROM meta WHERE key = 'format'").fetchone() == ("1",)
        assert kept.execute("SELECT count(*) FROM keys").fetchone() == (1,)
