"""The life of an article in the archive: held, published when due, taken down, restored, moved, gone."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from poller_desk import NOON, Desk

from newswire import Entry, Newswire, Reply, feed, newswire, page
from recirc.engine import Engine
from recirc.importers.article_files import ArticleFile
from recirc.ingest.bulk_import import import_articles
from recirc.ingest.pipeline import IngestPipeline
from recirc.ingest.rechecks import CONFIRM_SECONDS, Rechecker
from recirc.ingest.releases import Releaser
from recirc.reading.urls import identity_of
from recirc.store.ports import PublishOutcome
from recirc.store.source_registry import SourceTally
from recirc.types import Article, Provenance

TEXT = (
    "The harbour wall was repaired, the council heard, and residents who had waited for two years asked when the "
    "path beside it would be opened again to walkers, since the fence had cut them off from the northern beach."
)


@pytest.fixture
def wire() -> Iterator[Newswire]:
    with newswire() as made:
        yield made


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.close()


def ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def show(wire: Newswire, *items: dict[str, Any]) -> None:
    wire.replies["/n"] = Reply(json.dumps(items).encode(), media_type="application/json")


def ninjs(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "uri": f"urn:x:{number}",
        "type": "text",
        "versionCreated": "2026-11-21T10:00:00Z",
        "headlines": [{"value": f"Budget {number}"}],
        "bodies": [{"contentType": "text/html", "value": f"<p>Number {number}. {TEXT}</p>"}],
        **fields,
    }


def test_a_held_article_appears_by_itself_when_due_also_after_a_restart(desk: Desk, wire: Newswire) -> None:
    show(wire, ninjs(1, embargoed="2026-11-22T13:00:00Z"), ninjs(2, embargoed="tomorrow"))
    address = desk.add(wire.url("/n"), kind="ninjs").address
    desk.turns()
    assert desk.headlines() == set()
    assert desk.health(address).last == SourceTally(held=2)
    assert [text.partition(": ")[0] for text in desk.health(address).pending] == ["urn:x:1", "urn:x:2"]
    assert "at 2026-11-22 13:00:00 UTC" in desk.health(address).pending[0]
    assert [held.until for held in desk.engine.life.held()] == [datetime(2026, 11, 22, 13, tzinfo=UTC), None]
    assert Releaser(desk.engine).release_due(ms(NOON + timedelta(hours=1)) - 1) == 0
    again = Engine.open(desk.settings)  # as after a restart
    try:
        assert Releaser(again).release_due(ms(NOON + timedelta(hours=1))) == 1
        assert [article.headline for article in again.listing(limit=9).articles] == ["Budget 1"]
        assert [held.article.headline for held in again.life.held()] == ["Budget 2"]
    finally:
        again.close()
    desk.later(4000)  # the source has it too now
    assert desk.headlines() == {"Budget 1"}
    assert desk.health(address).total == SourceTally(held=2)


def test_a_live_article_that_is_redated_is_away_until_then(desk: Desk, wire: Newswire) -> None:
    show(wire, ninjs(1))
    desk.add(wire.url("/n"), kind="ninjs")
    desk.turns()
    assert desk.headlines() == {"Budget 1"}
    show(wire, ninjs(1, versionCreated="2026-11-22T11:59:00Z", embargoed="2026-11-22T18:00:00Z"))
    desk.later()
    assert desk.headlines() == set()
    (withdrawal,) = desk.engine.life.withdrawals().values()
    assert "held back until 2026-11-22 18:00:00" in withdrawal.reason
    Releaser(desk.engine).release_due(ms(NOON + timedelta(hours=6)))
    assert desk.headlines() == {"Budget 1"}
    assert desk.engine.life.withdrawals() == {}


def test_a_kill_withdraws_and_the_same_source_may_publish_again(desk: Desk, wire: Newswire) -> None:
    show(wire, ninjs(1), ninjs(2))
    address = desk.add(wire.url("/n"), kind="ninjs").address
    desk.turns()
    show(wire, ninjs(1, pubStatus="canceled"), ninjs(2))
    desk.later()
    assert desk.headlines() == {"Budget 2"}
    assert desk.health(address).last == SourceTally(withdrawn=1)
    ((id_, withdrawal),) = desk.engine.life.withdrawals().items()
    assert withdrawal.source == f"ninjs {address}"
    assert withdrawal.headline == "Budget 1"
    assert "canceled" in withdrawal.reason
    show(wire, ninjs(1, versionCreated="2026-11-22T11:00:00Z"), ninjs(2))
    desk.later()
    assert desk.headlines() == {"Budget 1", "Budget 2"}
    desk.engine.withdraw([id_], reason="libel", holder="ed").result()
    desk.engine.catch_up()
    show(wire, ninjs(1, versionCreated="2026-11-22T11:30:00Z"), ninjs(2))
    desk.later()
    assert desk.headlines() == {"Budget 2"}
    assert "libel" in desk.health(address).refusals[-1]


def live(engine: Engine) -> set[str]:
    engine.catch_up()
    return {article.id for article in engine.listing(limit=100).articles}


def arrived(id_: str, source: str = "feed https://tide.example/rss", **fields: Any) -> Article:
    url = fields.pop("url", id_)
    origin = Provenance(
        source=source, first_seen=NOON, outlet=fields.pop("outlet", "Wren Tide"), **fields.pop("origin", {})
    )
    return Article(
        id=id_,
        headline=fields.pop("headline", "Wall"),
        url=url,
        body=fields.pop("body", f"<p>{TEXT}</p>"),
        provenance=origin,
        **fields,
    )


FIRST = "https://tide.example/a1"


@pytest.mark.parametrize(
    "back",
    [
        arrived(FIRST),
        arrived(FIRST, source="wordpress https://tide.example/"),
        arrived("https://tide.example/a1-corrected"),
        arrived("https://tide.example/a2", headline="Another headline", body=f"<p>Update: {TEXT}</p>"),
        arrived("https://other.example/x", source="sitemap https://other.example/s.xml", outlet=None),
        arrived("x-7", source="file articles.jsonl", url="http://tide.example/a1/?utm_source=x"),
        arrived(
            "https://tide.example/b",
            body="<p>Something else entirely happened today.</p>",
            origin={"sender_id": "https://tide.example/rss#0123456789abcdef0123"},
        ),
    ],
    ids=["id", "other source", "other link", "near-copy", "other site", "address", "sender's id"],
)
def test_withdrawn_stays_withdrawn_until_it_is_restored(desk: Desk, back: Article) -> None:
    engine, pipeline = desk.engine, IngestPipeline(desk.engine)
    first = arrived(FIRST, origin={"sender_id": "https://tide.example/rss#0123456789abcdef0123"})
    pipeline.publish([first])
    engine.withdraw([FIRST], reason="recalled").result()
    engine.catch_up()
    result = pipeline.publish([back])
    assert (sum(result.outcomes.values()), len(result.refused)) == (0, 1)
    assert "withdrawn" in result.refused[0]
    assert (
        engine.publish([back]).result().outcomes
        in ((PublishOutcome.WITHDRAWN,), (PublishOutcome.NEW,))[: 1 + (back.id == "https://tide.example/b")]
    )
    if back.id != "https://tide.example/b":
        assert live(engine) == set()
    engine.publish([first], restore=True).result()
    assert FIRST in live(engine)
    assert sum(pipeline.publish([back]).outcomes.values()) == 1


def test_other_articles_and_other_outlets_are_not_withdrawn_with_it(desk: Desk) -> None:
    engine, pipeline = desk.engine, IngestPipeline(desk.engine)
    pipeline.publish([arrived(FIRST)])
    engine.withdraw([FIRST], reason="recalled").result()
    engine.catch_up()
    other = arrived(
        "https://tide.example/c",
        headline="Fire",
        body="<p>A fire broke out in the old mill by the river.</p>",
    )
    elsewhere = arrived("https://gull.example/w", source="feed https://gull.example/rss", outlet="The Gull")
    assert sum(pipeline.publish([other, elsewhere]).outcomes.values()) == 2


def test_an_import_refuses_what_is_withdrawn_and_holds_what_is_not_due(desk: Desk, tmp_path: Path) -> None:
    rows = [
        {"id": "a", "headline": "A", "body": TEXT},
        {"id": "b", "headline": "B", "body": "Beta.", "embargo": "2999-01-01"},
        {"id": "c", "headline": "C", "body": "Gamma.", "published": "2099-01-01T00:00:00Z"},
        {"id": "d", "headline": "D", "body": "Delta.", "embargoed": True},
    ]
    path = tmp_path / "articles.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    result = import_articles(desk.engine, ArticleFile(path), lambda: None)
    assert (live(desk.engine), result.held, result.refused) == ({"a"}, 3, [])
    desk.engine.withdraw(["a"], reason="libel").result()
    result = import_articles(desk.engine, ArticleFile(path), lambda: None)
    assert (live(desk.engine), result.held) == (set(), 3)
    (refused,) = result.refused
    assert '"a": left out, the newsroom has withdrawn it' in refused.text


def test_an_article_that_moves_keeps_its_id_and_its_former_address(desk: Desk, wire: Newswire) -> None:
    def show_item(path: str, headline: str) -> None:
        xml = (
            f"<item><title>{headline}</title><link>{wire.url(path)}</link><guid isPermaLink='false'>17</guid>"
        )
        body = f"<rss><channel><title>T</title>{xml}<description>{TEXT}</description></item></channel></rss>"
        wire.replies["/feed"] = Reply(body.encode(), media_type="text/xml")

    show_item("/brdige", "New brdige")
    desk.add(wire.url("/feed"), kind="feed", pages=False)
    desk.turns()
    show_item("/bridge", "New bridge")
    desk.later()
    (article,) = desk.engine.listing(limit=9).articles
    assert (article.id, article.headline) == (identity_of(wire.url("/brdige")), "New bridge")
    assert article.url == wire.url("/bridge")
    assert article.provenance.former_urls == (wire.url("/brdige"),)
    for path in ("/bridge", "/brdige"):
        assert desk.engine.locate(wire.url(path)) == article.id
    # With its state lost, as after a change of its settings, the sender's id is still known.
    desk.sources.remove(wire.url("/feed"))
    show_item("/the-bridge", "New bridge")
    desk.add(wire.url("/feed"), kind="feed", pages=False)
    desk.later()
    assert len(live(desk.engine)) == 1
    assert len(desk.engine.life.versions(article.id)) == 2


@pytest.mark.parametrize(("status", "turns"), [(410, 1), (404, 2)])
def test_a_page_that_is_gone_is_withdrawn_until_it_is_back(
    desk: Desk, wire: Newswire, status: int, turns: int
) -> None:
    wire.replies["/feed"] = feed(wire, Entry(1), Entry(2))
    desk.add(wire.url("/feed"))
    desk.turns()
    assert len(live(desk.engine)) == 2
    wire.replies["/story/1"] = Reply(b"", status=status)
    wire.replies["/story/2"] = page(2)
    checks = Rechecker(desk.engine, desk.fetch, 3600.0)
    now, changed = NOON.timestamp(), list[str]()
    for turn in range(turns):
        changed = checks.check_due(now + turn * CONFIRM_SECONDS)
    assert changed == [identity_of(wire.url("/story/1"))]
    assert live(desk.engine) == {identity_of(wire.url("/story/2"))}
    assert checks.check_due(now + 3599) == []
    wire.replies["/story/1"] = page(1)
    assert checks.check_due(now + 8000) == changed
    assert len(live(desk.engine)) == 2


def test_a_page_that_fails_for_the_moment_is_not_gone(desk: Desk, wire: Newswire) -> None:
    wire.replies["/feed"] = feed(wire, Entry(1))
    desk.add(wire.url("/feed"))
    desk.turns()
    checks = Rechecker(desk.engine, desk.fetch, 3600.0)
    for turn, status in enumerate((500, 503, 429, 403, 404, 200)):
        wire.replies["/story/1"] = Reply(b"", status=status)
        assert checks.check_due(NOON.timestamp() + 4000 * turn) == []
    assert len(live(desk.engine)) == 1
