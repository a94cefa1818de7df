"""A source, an editor and the newsroom change one article at the same moment: nobody's word is lost."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from recirc.engine import Engine
from recirc.ingest import pipeline
from recirc.ingest.pipeline import IngestPipeline
from recirc.provenance.settle import SettledArticle, with_overrules
from recirc.settings import Settings, StoreSettings
from recirc.types import Article, Author, Finding, Provenance

BYLINE = Finding(kind="byline", evidence="Ann Roe", confidence=0.9, why="she works elsewhere", stands=True)
STORED = Article(
    id="https://wire.example/1",
    headline="First",
    body="<p>" + " ".join(f"word{n}" for n in range(120)) + ".</p>",
    authors=(Author(name="Ann Roe"),),
    published=datetime(2026, 5, 1, tzinfo=UTC),
    provenance=Provenance(source="feed https://wire.example/rss", findings=(BYLINE,)),
)


@pytest.fixture
def engines(tmp_path: Path) -> Iterator[tuple[Engine, Engine]]:
    """A web worker's engine and the poller's, on one file that has the article."""
    settings = replace(Settings(), store=StoreSettings(path=str(tmp_path / "recirc.db")))
    web, poller = Engine.open(settings), Engine.open(settings)
    web.publish([STORED]).result()
    web.catch_up()
    poller.catch_up()
    yield web, poller
    poller.close()
    web.close()


def meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """`act` once, while the poller has read the version that is there and not decided yet."""
    real, acted = pipeline.settled_of, list[bool]()

    def slow(*arguments: object) -> SettledArticle:
        decided = real(*arguments)  # type: ignore[arg-type]
        if not acted:
            acted.append(True)
            act()
        return decided

    monkeypatch.setattr(pipeline, "settled_of", slow)


def test_an_overrule_outlives_the_poll_that_began_before_it(
    engines: tuple[Engine, Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    web, poller = engines
    desk, feed = IngestPipeline(web), IngestPipeline(poller)
    # Whatever the inspection of a text says: the source's new version has the same finding.
    monkeypatch.setattr(
        pipeline,
        "settle",
        lambda article, _inspection, _vetting, earlier: SettledArticle(
            replace(
                article,
                provenance=replace(
                    article.provenance,
                    findings=with_overrules((BYLINE,), earlier),
                ),
            )
        ),
    )
    meanwhile(monkeypatch, lambda: desk.overrule(STORED.id, "byline", True))
    feed.publish([replace(STORED, headline="Second", provenance=replace(STORED.provenance, findings=()))])
    web.catch_up()
    stored = web.article(STORED.id)
    assert stored is not None
    assert stored.article is not None
    assert stored.article.headline == "Second"
    assert [(each.kind, each.overruled) for each in stored.article.provenance.findings] == [("byline", True)]


def test_a_correction_by_the_newsroom_outlives_the_poll_that_began_before_it(
    engines: tuple[Engine, Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    web, poller = engines
    corrected = replace(STORED, headline="Corrected", provenance=Provenance(source="api"))
    meanwhile(monkeypatch, lambda: web.publish([corrected]).result())
    result = IngestPipeline(poller).publish([replace(STORED, headline="Second")])
    assert result.refused == []
    web.catch_up()
    stored = web.article(STORED.id)
    assert stored is not None
    assert stored.article is not None
    assert stored.article.headline == "Corrected"


def test_an_article_that_never_rests_comes_again(
    engines: tuple[Engine, Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    web, poller = engines
    real, count = pipeline.settled_of, [0]

    def busy(*arguments: object) -> SettledArticle:
        count[0] += 1
        web.publish([replace(STORED, headline=f"Changed {count[0]}")]).result()
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(pipeline, "settled_of", busy)
    result = IngestPipeline(poller).publish([replace(STORED, headline="Second")])
    assert result.again == [STORED.id]
    assert count[0] == pipeline.TRIES
