"""What arrives through a source is inspected before it is published, and held against what is there."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from newswire import words
from recirc.engine import Engine
from recirc.ingest.pipeline import IngestPipeline
from recirc.settings import ProvenanceSettings, Settings, StoreSettings
from recirc.store.ports import PublishOutcome
from recirc.types import Article, Author, Provenance

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def article(
    number: int, *, outlet: str, hours: int = 0, id: str = "", source: str = "", **fields: Any
) -> Article:
    found_at = NOON + timedelta(hours=hours)
    return Article(
        id=id or f"https://{outlet.lower()}.example/{number}",
        headline=f"Story number {number}",
        body=fields.pop("body", f"<p>{words(number, 200)}</p>"),
        published=found_at,
        url=f"https://{outlet.lower()}.example/{number}",
        provenance=Provenance(outlet=outlet, source=source or f"feed of {outlet}", first_seen=found_at),
        **fields,
    )


class Door:
    """An ingest pipeline with an engine of its own."""

    def __init__(self, folder: Path, provenance: ProvenanceSettings) -> None:
        settings = Settings(store=StoreSettings(path=str(folder / "recirc.db")), provenance=provenance)
        self.engine = Engine.open(settings)
        self.pipeline = IngestPipeline(self.engine)

    def found(self, id: str) -> Article:
        stored = self.engine.article(id)
        assert stored is not None
        assert stored.article is not None
        return stored.article


@pytest.fixture
def door(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Door]:
    made = Door(tmp_path, getattr(request, "param", ProvenanceSettings()))
    yield made
    made.engine.close()


ORIGINAL = article(1, outlet="Tide")
COPY = article(1, outlet="Parrot", hours=5, authors=(Author(name="Polly Green"),))


def test_a_copy_says_who_had_it_first(door: Door) -> None:
    door.pipeline.publish([ORIGINAL])
    result = door.pipeline.publish([COPY])
    assert result.outcomes[PublishOutcome.NEW] == 1
    shown = door.found(COPY.id)
    assert [finding.kind for finding in shown.provenance.findings] == ["copied"]
    assert (shown.provenance.first_published_by, shown.provenance.original) == ("Tide", ORIGINAL.id)
    assert shown.provenance.first_published == NOON
    assert shown.authors == ()
    assert door.found(ORIGINAL.id).provenance.findings == ()


def test_a_byline_that_was_shown_before_the_copy_was_found_out_goes(door: Door) -> None:
    door.pipeline.publish([COPY])
    assert door.found(COPY.id).authors == COPY.authors
    door.pipeline.publish([ORIGINAL])
    door.pipeline.publish([msgspec.structs.replace(COPY, headline="Changed")])
    assert door.found(COPY.id).provenance.original == ORIGINAL.id
    assert door.found(COPY.id).authors == ()


@pytest.mark.parametrize("door", [ProvenanceSettings(copies="refuse")], indirect=True)
def test_copies_can_be_refused(door: Door) -> None:
    door.pipeline.publish([ORIGINAL])
    result = door.pipeline.publish([COPY, article(2, outlet="Parrot")])
    assert result.outcomes[PublishOutcome.NEW] == 1
    assert len(result.refused) == 1
    assert result.refused[0].startswith(f"{COPY.id}: a copy")
    assert door.engine.article(COPY.id) is None


@pytest.mark.parametrize("door", [ProvenanceSettings(inspect=False)], indirect=True)
def test_inspection_can_be_switched_off(door: Door) -> None:
    door.pipeline.publish([ORIGINAL])
    door.pipeline.publish([COPY])
    assert door.found(COPY.id).provenance == COPY.provenance
    assert door.found(COPY.id).authors == COPY.authors


def test_an_article_is_no_copy_of_its_own_earlier_version(door: Door) -> None:
    door.pipeline.publish([ORIGINAL])
    again = msgspec.structs.replace(ORIGINAL, headline="Corrected")
    assert door.pipeline.publish([again]).outcomes[PublishOutcome.UPDATED] == 1
    assert door.found(ORIGINAL.id).provenance.findings == ()
    assert door.pipeline.publish([again]).outcomes[PublishOutcome.UNCHANGED] == 1


def test_another_source_changes_nothing_but_that_of_the_articles_own_site_does(door: Door) -> None:
    ours = article(3, outlet="Tide", source="feed https://tide.example/feed")
    longer = f"<p>{words(3, 260)}</p>"
    theirs = article(3, outlet="Tide", source="feed https://rogue.example/feed", hours=1, body=longer)
    assert door.pipeline.publish([ours]).outcomes[PublishOutcome.NEW] == 1
    assert door.pipeline.publish([theirs]).outcomes[PublishOutcome.UNCHANGED] == 1
    assert door.found(ours.id).body == ours.body
    # Also within one call, and the other way round.
    other = [msgspec.structs.replace(each, id="https://tide.example/other") for each in (theirs, ours)]
    assert door.pipeline.publish(other).outcomes == {PublishOutcome.NEW: 1}
    assert door.found(other[0].id).body == ours.body
    assert door.found(other[0].id).provenance.first_seen == NOON


def test_what_the_newsroom_published_is_not_changed_by_a_source(door: Door) -> None:
    polled = article(4, outlet="Tide", source="feed https://tide.example/feed")
    own = msgspec.structs.replace(polled, headline="Ours", provenance=Provenance(source="api"))
    door.engine.publish([own]).result()
    door.engine.catch_up()
    before = door.found(own.id)
    assert door.pipeline.publish([polled]).outcomes[PublishOutcome.UNCHANGED] == 1
    assert (door.found(own.id), before.headline, before.provenance.source) == (before, "Ours", "api")


def test_a_mistake_while_one_is_inspected_keeps_the_others(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: Any, **__: Any) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr("recirc.ingest.pipeline.inspect", failing)
    result = door.pipeline.publish([ORIGINAL])
    assert result.again == [ORIGINAL.id]
    assert result.refused == [f"{ORIGINAL.id}: it could not be inspected: RecursionError: too deep"]
    monkeypatch.undo()
    assert door.pipeline.publish([ORIGINAL]).outcomes[PublishOutcome.NEW] == 1
