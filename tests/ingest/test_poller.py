"""Sources are polled over real HTTP and published into a real store."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from poller_desk import NOON, Desk

from newswire import Entry, Newswire, feed, newswire, page, words
from recirc.reading.urls import identity_of
from recirc.store.source_registry import SourceTally


@pytest.fixture
def wire() -> Iterator[Newswire]:
    with newswire() as made:
        yield made


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.close()


def test_new_and_changed_articles_are_published_and_what_left_the_feed_stays(
    desk: Desk, wire: Newswire
) -> None:
    wire.replies["/feed"] = feed(wire, Entry(1), Entry(2))
    address = wire.url("/feed")
    desk.add(address, section="coast", outlet="The Tide")
    desk.turns()
    assert desk.headlines() == {"Story number 1", "Story number 2"}
    health = desk.health(address)
    assert (health.kind, health.failures, health.last, health.error) == ("feed", 0, SourceTally(new=2), None)
    stored = desk.engine.article(identity_of(wire.url("/story/1")))
    assert stored is not None
    assert stored.article is not None
    assert (stored.article.section, stored.article.provenance.outlet) == ("coast", "The Tide")
    assert stored.article.provenance.first_seen == NOON

    desk.turns()
    assert len(wire.asked) == 2  # once to tell the kind, once to read; not due again
    desk.later()
    assert desk.health(address).last == SourceTally()
    assert len(desk.published()) == 2

    wire.replies["/feed"] = feed(wire, Entry(3), Entry(2, headline="Corrected"))
    desk.later()
    assert desk.headlines() == {"Story number 1", "Corrected", "Story number 3"}
    assert desk.health(address).last == SourceTally(new=1, changed=1)
    assert desk.health(address).total == SourceTally(new=3, changed=1)
    changed = desk.engine.article(identity_of(wire.url("/story/2")))
    assert changed is not None
    assert changed.article is not None
    assert changed.article.provenance.first_seen == NOON


def test_a_message_during_a_poll_leads_to_another_poll(desk: Desk, wire: Newswire) -> None:
    wire.replies["/feed"] = feed(wire, Entry(1))
    entry = desk.add(wire.url("/feed"))
    desk.turns()
    health = desk.health(entry.address)
    assert health.next is not None
    desk.sources.wake(entry.address)
    # The poll that ends now began before, so it may have read the source before what the message is about.
    desk.sources.keep(entry, None, health)
    assert desk.health(entry.address).next is None
    desk.sources.keep(entry, None, health)
    assert desk.health(entry.address).next == health.next


def test_what_the_newsroom_withdrew_is_not_brought_back(desk: Desk, wire: Newswire) -> None:
    wire.replies["/feed"] = feed(wire, Entry(1), Entry(2))
    desk.add(wire.url("/feed"))
    desk.turns()
    desk.engine.withdraw([identity_of(wire.url("/story/1"))]).result()
    desk.engine.catch_up()
    wire.replies["/feed"] = feed(wire, Entry(1, headline="Again"), Entry(2))
    desk.later()
    assert desk.headlines() == {"Story number 2"}
    health = desk.health(wire.url("/feed"))
    assert health.last == SourceTally(refused=1)
    assert "the newsroom has withdrawn it" in health.refusals[-1]


def test_a_link_to_a_private_host_is_not_asked_for_a_source_of_elsewhere(desk: Desk, wire: Newswire) -> None:
    link = wire.url("/story/1", "localhost")
    wire.replies["/feed"] = feed(wire, Entry(1, text="Read on.", link=link))
    wire.replies["/story/1"] = page(1)
    desk.add(wire.url("/feed"), kind="feed")
    desk.turns()
    assert desk.headlines() == {"Story number 1"}
    assert wire.asked == ["/feed"]


def test_the_same_article_by_three_sources_is_one_article(desk: Desk, wire: Newswire) -> None:
    story, text = wire.url("/story/7"), words(7)
    for name, link in (
        ("a", f"{story}?utm_source=a"),
        ("b", f"{story}#top"),
        ("c", f"{story}?fbclid=1&utm_medium=x"),
    ):
        wire.replies[f"/{name}"] = feed(
            wire, Entry(7, text=text, link=link, guid=f"of {name}"), title=f"Reader {name}"
        )
        desk.add(wire.url(f"/{name}"))
    desk.turns()
    desk.later()
    assert desk.engine.listing(limit=10).total == 1
    assert len(set(desk.published())) == 1
    assert sum(health.total.new for health in desk.sources.health().values()) == 1
