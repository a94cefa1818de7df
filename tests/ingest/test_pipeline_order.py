"""A copy is found out in whatever order it and its original come."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path

import pytest
from msgspec.structs import replace

from newswire import words
from recirc.engine import Engine
from recirc.ingest.pipeline import IngestPipeline
from recirc.settings import ProvenanceSettings, Settings, StoreSettings
from recirc.types import Article, Author, Claims, Provenance

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def article(outlet: str, hours: int, body: str = "") -> Article:
    address = f"https://{outlet.lower()}.example/1"
    return Article(
        id=address,
        headline=f"{outlet}'s story",
        body=body or f"<p>{words(1, 200)}</p>",
        published=NOON + timedelta(hours=hours),
        authors=(Author(name=f"{outlet} Writer"),),
        url=address,
        provenance=Provenance(
            outlet=outlet,
            source=f"feed https://{outlet.lower()}.example/rss",
            first_seen=NOON + timedelta(hours=9),
            claims=Claims(headline=f"{outlet}'s story", byline=f"{outlet} Writer"),
        ),
    )


ORIGINAL, EARLY, LATE = article("Tide", 0), article("Parrot", 2), article("Magpie", 5)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = Engine.open(Settings(store=StoreSettings(path=str(tmp_path / "recirc.db"))))
    yield engine
    engine.close()


def found(engine: Engine, article: Article) -> Article:
    stored = engine.article(article.id)
    assert stored is not None
    assert stored.article is not None
    return stored.article


@pytest.mark.parametrize("order", list(permutations([ORIGINAL, EARLY, LATE])))
@pytest.mark.parametrize("together", [True, False])
def test_no_copy_is_shown_under_the_copiers_byline_whatever_came_first(
    engine: Engine, order: tuple[Article, ...], *, together: bool
) -> None:
    pipeline = IngestPipeline(engine)
    for batch in [order] if together else [[each] for each in order]:
        pipeline.publish(batch)
    for copy in (EARLY, LATE):
        shown = found(engine, copy)
        assert shown.authors == ()
        assert [each.kind for each in shown.provenance.findings if each.stands] == ["copied"]
        assert shown.provenance.first_published_by in ("Tide", "Parrot")
        assert shown.provenance.first_published_by != copy.provenance.outlet
    assert found(engine, ORIGINAL).authors == ORIGINAL.authors
    assert found(engine, ORIGINAL).provenance.findings == ()


def test_what_was_found_out_later_can_be_overruled_and_stays_so(engine: Engine) -> None:
    pipeline = IngestPipeline(engine)
    pipeline.publish([EARLY, ORIGINAL])
    assert pipeline.overrule(EARLY.id, "copied", overruled=True).authors == EARLY.authors
    for again in (ORIGINAL, replace(ORIGINAL, summary="More."), EARLY, replace(EARLY, headline="New")):
        pipeline.publish([again])
        assert found(engine, EARLY).authors == EARLY.authors
    assert pipeline.overrule(EARLY.id, "copied", overruled=False).authors == ()


def test_copies_that_credit_link_or_came_through_no_source_are_left(engine: Engine) -> None:
    credited = article("Parrot", 2, f"<p>First published by The Tide.</p><p>{words(1, 200)}</p>")
    linked = article("Magpie", 2, f'<p>{words(1, 200)}</p><p><a href="{ORIGINAL.url}">First here</a></p>')
    canonical = article("Crow", 2)
    claims = Claims(canonical_url=ORIGINAL.url)
    canonical = replace(canonical, provenance=replace(canonical.provenance, claims=claims))
    own = article("Wave", 2)
    own = replace(own, provenance=Provenance(outlet="Wave", source="api"))
    engine.publish([own]).result()
    engine.catch_up()
    honest = [credited, linked, canonical]
    IngestPipeline(engine).publish(honest)
    before = [found(engine, each) for each in (*honest, own)]
    IngestPipeline(engine).publish([ORIGINAL])
    after = [found(engine, each) for each in (*honest, own)]
    assert [each.authors for each in after] == [each.authors for each in before]
    assert not [each.kind for article in after for each in article.provenance.findings]


def test_a_backdated_copy_accuses_nobody(engine: Engine) -> None:
    pipeline = IngestPipeline(engine)
    pipeline.publish([ORIGINAL])
    backdated = article("Parrot", -3)
    later = replace(backdated.provenance, first_seen=NOON + timedelta(hours=12))
    pipeline.publish([replace(backdated, provenance=later)])
    assert found(engine, ORIGINAL).authors == ORIGINAL.authors
    assert found(engine, ORIGINAL).provenance.findings == ()
    # Nor when the honest original comes again, later than that.
    again = replace(ORIGINAL.provenance, first_seen=NOON + timedelta(hours=20))
    pipeline.publish([replace(ORIGINAL, headline="Corrected", provenance=again)])
    assert found(engine, ORIGINAL).provenance.findings == ()


def test_a_copy_that_was_there_first_goes_where_copies_are_refused(tmp_path: Path) -> None:
    settings = Settings(
        store=StoreSettings(path=str(tmp_path / "recirc.db")), provenance=ProvenanceSettings(copies="refuse")
    )
    engine = Engine.open(settings)
    try:
        landed = IngestPipeline(engine).publish([EARLY, ORIGINAL])
        assert [text.split(":")[1] for text in landed.refused] == EARLY.id.split(":")[1:]
        stored = engine.article(EARLY.id)
        assert stored is not None
        assert stored.withdrawn
        assert found(engine, ORIGINAL).authors == ORIGINAL.authors
    finally:
        engine.close()


def test_a_body_that_was_not_published_comes_back_when_the_finding_is_overruled(tmp_path: Path) -> None:
    settings = Settings(
        store=StoreSettings(path=str(tmp_path / "recirc.db")), provenance=ProvenanceSettings(copies="list")
    )
    engine = Engine.open(settings)
    try:
        pipeline = IngestPipeline(engine)
        pipeline.publish([ORIGINAL, EARLY])
        assert found(engine, EARLY).body == ""
        assert pipeline.overrule(EARLY.id, "copied", overruled=True).body == EARLY.body
        assert found(engine, EARLY).body == EARLY.body
        assert pipeline.overrule(EARLY.id, "copied", overruled=False).body == ""
    finally:
        engine.close()
