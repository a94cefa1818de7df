"""The engine on a real store: what goes in comes out, once, also after a restart."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from lively_room import learned, lively, unequal

from newsroom import HOUR, MINUTE, NOW, Newsroom, article, every_item, names, visit
from recirc.engine import REACTIONS, Observation, UnknownReactionError
from recirc.importers.event_files import open_events
from recirc.ingest.bulk_import import import_articles, import_events
from recirc.store.ports import PublishOutcome, StoreError
from recirc.types import (
    Author,
    Counts,
    Event,
    EventKind,
    Exclusion,
    Picture,
    Window,
)

# In and out


def test_published_articles_are_new_then_unchanged_then_updated(room: Newsroom) -> None:
    publish = room.engine.publish
    assert publish([article("a"), article("b")]).result().outcomes == (PublishOutcome.NEW, PublishOutcome.NEW)
    assert publish([article("a"), article("b", "chess")]).result().outcomes == (
        PublishOutcome.UNCHANGED,
        PublishOutcome.UPDATED,
    )
    room.engine.catch_up()
    kept = room.engine.article("b")
    assert kept is not None
    assert kept.article is not None
    assert (kept.article.headline, kept.article.body) == (
        article("b", "chess").headline,
        article("b", "chess").body,
    )
    assert room.engine.article("c") is None


def test_an_update_is_seen_although_the_article_was_asked_for_before(room: Newsroom) -> None:
    room.publish(article("a", headline="Before"), article("b", number=1))
    assert room.engine.article("a") is not None
    assert room.ask("b", slots=5).shelves["related"].items[0].headline == "Before"
    room.publish(article("a", headline="After"))
    assert room.ask("b", slots=5).shelves["related"].items[0].headline == "After"


def test_listings_by_section_topic_and_author(room: Newsroom) -> None:
    day = datetime(2026, 9, 1, tzinfo=UTC)
    room.publish(
        article("old", section="town", topics=("Harbour",), published=day),
        article("new", section="town", topics=("Harbour", "Fuel"), published=day.replace(day=2)),
        article("other", section="sport", authors=(Author(name="Ana Brás"),), published=day),
        article("gone", section="town", published=day),
    )
    room.withdraw("gone", "never-heard-of")

    def ids(**by: Any) -> tuple[list[str], int]:
        page = room.engine.listing(**{"limit": 10, **by})
        return [found.id for found in page.articles], page.total

    assert ids(section="town") == (["new", "old"], 2)
    assert ids(topic="harbour") == (["new", "old"], 2)
    assert ids(topic="fuel") == (["new"], 1)
    assert ids(author="ana-bras") == (["other"], 1)
    assert ids(limit=1) == (["new"], 3)
    assert ids(limit=1, offset=2)[1] == 3
    assert ids(section="nowhere") == ([], 0)
    assert room.engine.sections() == (("town", 2), ("sport", 1))
    withdrawn = room.engine.article("gone")
    assert withdrawn is not None
    assert withdrawn.withdrawn


def test_counts_tell_everything_that_was_sent(room: Newsroom) -> None:
    room.publish(article("a"))
    room.read(["a", "a"], 1, 50 * MINUTE)
    room.read(["a"], 1, 10 * MINUTE)
    room.read(["a"], 2, 3 * HOUR)
    room.read(["a"], 3, bot=True)
    assert room.engine.counts("a", NOW) == Counts(
        raw=5, excluded=1, repeated=1, views=3, readers=2, window_readers=1
    )
    assert room.engine.counts("unknown", NOW) == Counts(raw=0, excluded=0, repeated=0, views=0, readers=0)


def test_reactions_are_distinct_readers(room: Newsroom) -> None:
    room.publish(article("a"))
    for reader in (1, 1, 2):
        room.observe(*visit(["a"], reader, reader * MINUTE, kind=EventKind.REACTION))
    none = dict.fromkeys(REACTIONS, 0)
    assert room.engine.reactions("a") == none | {"well-told": 2}
    assert room.engine.reactions("unknown") == none
    wrong = Event(kind=EventKind.REACTION, article="a", name="bored")
    with pytest.raises(UnknownReactionError, match=r"'bored' is not a reaction; known are well-told"):
        room.engine.observe([Observation(wrong, NOW, 1, 0, Exclusion.NONE)])


def test_a_story_is_the_other_live_copies(room: Newsroom) -> None:
    room.publish(article("a"), article("copy"), article("b", "chess"), article("gone"))
    room.withdraw("gone")
    assert [found.id for found in room.engine.story("a")] == ["copy"]
    assert room.engine.story("b") == ()
    assert room.engine.story("unknown") == ()


def test_an_article_that_nobody_published_is_served_by_its_id(room: Newsroom) -> None:
    for reader in (1, 2, 3):
        room.read(["known-elsewhere", "also-elsewhere"], reader)
    (item, *_) = room.ask("known-elsewhere").shelves["ranking"].items
    assert (item.article, item.headline, item.published) == ("also-elsewhere", None, None)
    kept = room.engine.article("known-elsewhere")
    assert kept is not None
    assert kept.article is None
    room.publish(article("known-elsewhere"))
    assert room.engine.counts("known-elsewhere", NOW).readers == 3, "what was learned before stays"


# Once


def test_the_same_events_again_change_nothing(room: Newsroom, tmp_path: Path) -> None:
    observations = [o for reader in range(1, 9) for o in visit(["a", "b", "c"], reader, reader * HOUR)]
    sent = [
        Observation(msgspec.structs.replace(o.event, id=f"e{n}" if n % 2 else None), *o[1:])
        for n, o in enumerate(observations)
    ]
    once = Newsroom(tmp_path / "once")
    try:
        once.observe(*sent)
        for start in range(0, len(sent), 3):  # overlapping batches, and each event twice in one of them
            part = sent[max(0, start - 4) : start + 3]
            receipt = room.engine.observe([*part, *part]).result()
            assert receipt.accepted + receipt.duplicates == 2 * len(part)
            room.engine.catch_up()
        room.observe(*sent)
        assert room.engine.offset == once.engine.offset == len(sent)
        assert unequal(learned(room.engine), learned(once.engine)) == []
    finally:
        once.engine.close()


def test_a_closed_engine_says_so(room: Newsroom) -> None:
    room.publish(article("a"))
    room.engine.close()
    with pytest.raises(StoreError, match="is closed"):
        room.engine.article("a")
    with pytest.raises(StoreError, match="is closed"):
        room.engine.publish([article("b")])


# Imports


EVENTS = [
    {
        "kind": ("view", "view", "read", "reaction")[n % 4],
        "article": f"article-{n % 5}",
        "time": f"2026-08-0{1 + n % 7}T10:{n % 60:02}:00Z",
        "reader": f"reader-{n % 11}",
        "visit": f"visit-{n % 11}",
        **({"name": "well-told"} if n % 4 == 3 else {}),
        **({"id": f"event-{n}"} if n % 3 else {}),
    }
    for n in range(120)
]


def json_lines(path: Path) -> Path:
    with gzip.open(path, "wt") as file:
        file.writelines(json.dumps(event) + "\n" for event in EVENTS)
    return path


def parquet(path: Path) -> Path:
    fields = ("kind", "article", "reader", "visit", "name", "id")
    columns: dict[str, Any] = {name: [event.get(name) for event in EVENTS] for name in fields}
    columns["time"] = [datetime.fromisoformat(event["time"]) for event in EVENTS]
    pq.write_table(pa.table(columns), path)
    return path


@pytest.mark.parametrize("write", [json_lines, parquet])
def test_a_file_of_events_imported_twice_is_in_the_log_once(
    room: Newsroom, tmp_path: Path, write: Any
) -> None:
    path = write(tmp_path / "events")
    told: list[tuple[int, int]] = []
    results = [
        import_events(
            room.engine, open_events(path, now=NOW, salt=b"s"), lambda: None, lambda d, t: told.append((d, t))
        )
        for _ in range(2)
    ]
    assert [(r.accepted, r.duplicates, r.refused) for r in results] == [(120, 0, []), (0, 120, [])]
    assert told[-1] == (120, 120)
    assert room.engine.offset == room.engine.log_end() == 120
    views = sum(event["kind"] == "view" for event in EVENTS)
    assert sum(room.engine.counts(f"article-{n}", NOW).raw for n in range(5)) == views


def test_imported_articles_are_published(room: Newsroom) -> None:
    told: list[int] = []
    imported = import_articles(
        room.engine, [article(f"a{n}", number=n) for n in range(450)], lambda: told.append(1)
    )
    again = import_articles(room.engine, [article(f"a{n}", number=n) for n in range(450)], lambda: None)
    assert imported.outcomes == {PublishOutcome.NEW: 450}
    assert again.outcomes == {PublishOutcome.UNCHANGED: 450}
    assert len(told) == 3
    assert room.engine.listing(limit=1).total == room.engine.offset == 450
    assert len(room.ask("a1").shelves["related"].items) == 10
    assert (imported.pictures, imported.undescribed) == (0, 0)


def test_an_import_counts_pictures_without_a_description(room: Newsroom) -> None:
    pictures = tuple(
        Picture(address=f"https://tide.example/{alt}.jpg", alt=alt) for alt in (None, "", "A mole")
    )
    imported = import_articles(
        room.engine, [msgspec.structs.replace(article("a0", number=0), pictures=pictures)], lambda: None
    )
    assert (imported.pictures, imported.undescribed) == (3, 1)


def test_every_shelf_tells_how_and_when_it_was_made(room: Newsroom) -> None:
    lively(room)
    slate = room.ask("ferry-1", history=("chess-1",))
    assert slate.offset == room.engine.offset
    assert slate.as_of == datetime.fromtimestamp(NOW / 1000, UTC)
    assert [s.kind for s in slate.shelves.values()] == ["related", "ranking", "recommendation"]
    for shelf in slate.shelves.values():
        assert shelf.method
        assert shelf.as_of == slate.as_of
        assert shelf.serve_id == slate.shelves["ranking"].serve_id
        assert len(shelf.serve_id) == 16
    assert room.ask("ferry-1").shelves["ranking"].serve_id != slate.shelves["ranking"].serve_id
    assert len({item.article for item in every_item(slate)}) == len(every_item(slate))


def test_a_ranking_can_be_recounted(room: Newsroom) -> None:
    lively(room)
    ranking = room.engine.ranking(section=None, window=Window.EVER, slots=50, now=NOW)
    assert names(ranking)
    for item in ranking.items:
        counts = room.engine.counts(item.article, NOW)
        assert item.counts is not None
        assert item.counts.raw == counts.raw
        assert item.counts.readers == item.score == counts.readers
        assert counts.views == counts.raw - counts.excluded - counts.repeated
    totals = room.engine._log_consumer.state.audience.totals
    assert np.array_equal(totals, totals.clip(min=0))
