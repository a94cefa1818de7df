"""Feeds that name a hub are subscribed there, once, and again before the subscription ends."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import msgspec
import pytest
from poller_desk import HOSTS

from newswire import Reply, newswire
from recirc.ingest.subscribing import LEASE_SECONDS, RENEW_SECONDS, Subscriber
from recirc.settings import SourceEntry, SourcesSettings
from recirc.sources.feed import FeedSource
from recirc.sources.fetching import Fetcher
from recirc.sources.source import FetchError, PollState
from recirc.store.source_registry import hook_of
from recirc.store.subscriptions import Subscriptions

SETTINGS = SourcesSettings(private_hosts=HOSTS, delay_seconds=0.0, robots=False)


class Hub:
    """Keeps the forms that it receives."""

    def __init__(self) -> None:
        self.forms: list[dict[str, str]] = []
        self.status = 202

    def post_form(self, source: str, url: str, form: Mapping[str, str]) -> int:
        assert source
        assert url
        self.forms.append(dict(form))
        if self.status == 0:
            raise FetchError(url, "no connection", cause="unreachable")
        return self.status


ENTRY = SourceEntry(address="https://tide.example/feed", kind="feed")
POLLED = PollState(hub="https://hub.example/", topic="https://tide.example/feed.xml")


def test_a_feed_is_subscribed_once_and_renewed_in_time(tmp_path: Path) -> None:
    hub, kept = Hub(), Subscriptions(tmp_path / "recirc.db")
    subscriber = Subscriber(kept, hub, "https://news.example/")
    subscriber.follow(ENTRY, POLLED, 1000.0)
    subscriber.follow(ENTRY, POLLED, 2000.0)
    (form,) = hub.forms
    assert form["hub.mode"] == "subscribe"
    assert form["hub.topic"] == "https://tide.example/feed.xml"
    assert form["hub.callback"] == f"https://news.example/v1/hooks/{hook_of(ENTRY.address)}"
    found = kept.find(ENTRY.address)
    assert found is not None
    assert found.secret == form["hub.secret"]
    confirmed = msgspec.structs.replace(found, until=1000.0 + LEASE_SECONDS)
    kept.put(ENTRY.address, confirmed)
    subscriber.follow(ENTRY, POLLED, 1000.0 + LEASE_SECONDS - RENEW_SECONDS - 1)
    assert len(hub.forms) == 1
    subscriber.follow(ENTRY, POLLED, 1000.0 + LEASE_SECONDS - RENEW_SECONDS + 1)
    assert [form["hub.secret"] for form in hub.forms] == [found.secret] * 2
    moved = PollState(hub="https://other-hub.example/", topic=POLLED.topic)
    subscriber.follow(ENTRY, moved, 1000.0 + LEASE_SECONDS)
    assert len(hub.forms) == 3


@pytest.mark.parametrize("status", [0, 403, 500])
def test_a_hub_in_trouble_is_asked_again_a_day_later(tmp_path: Path, status: int) -> None:
    hub = Hub()
    hub.status = status
    subscriber = Subscriber(Subscriptions(tmp_path / "recirc.db"), hub, "https://news.example")
    for moment in (0.0, 1000.0, RENEW_SECONDS + 1):
        subscriber.follow(ENTRY, POLLED, moment)
    assert len(hub.forms) == 2


def test_without_a_hub_or_a_public_address_nothing_is_subscribed(tmp_path: Path) -> None:
    hub, kept = Hub(), Subscriptions(tmp_path / "recirc.db")
    Subscriber(kept, hub, "").follow(ENTRY, POLLED, 0.0)
    Subscriber(kept, hub, "https://news.example").follow(ENTRY, PollState(), 0.0)
    assert hub.forms == []


@pytest.mark.parametrize(
    ("links", "headers"),
    [
        (
            '<atom:link rel="hub" href="https://hub.example/"/><atom:link rel="self" href="https://tide.example/f"/>',
            {},
        ),
        ("", {"Link": '<https://hub.example/>; rel="hub", <https://tide.example/f>; rel="self"'}),
    ],
)
def test_a_feed_names_its_hub_in_itself_or_in_a_header(links: str, headers: dict[str, str]) -> None:
    atom = 'xmlns:atom="http://www.w3.org/2005/Atom"'
    with newswire() as wire, Fetcher(SETTINGS) as fetch:
        body = f"<rss version='2.0' {atom}><channel><title>T</title>{links}</channel></rss>"
        wire.replies["/feed"] = Reply(body.encode(), headers=headers)
        state = PollState()
        source = FeedSource(SourceEntry(address=wire.url("/feed")))
        assert list(source.poll(fetch.for_source(wire.url("/feed")), state, _now())) == []
    assert (state.hub, state.topic) == ("https://hub.example/", "https://tide.example/f")


def _now() -> datetime:
    return datetime(2026, 11, 22, 12, tzinfo=UTC)


@contextmanager
def receiving() -> Iterator[tuple[str, list[dict[str, list[str]]]]]:
    """A server that takes forms, and what it took."""
    forms: list[dict[str, list[str]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            forms.append(parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            self.send_response(202)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/", forms
        server.shutdown()


def test_the_fetcher_sends_forms_and_keeps_away_from_private_hosts() -> None:
    with receiving() as (address, forms):
        with Fetcher(SETTINGS) as fetch:
            assert fetch.post_form(address, address, {"hub.mode": "subscribe", "a": "ü&"}) == 202
        assert forms == [{"hub.mode": ["subscribe"], "a": ["ü&"]}]
        with Fetcher(SourcesSettings()) as careful, pytest.raises(FetchError, match="loopback"):
            careful.post_form(address, address, {})
        with Fetcher(SETTINGS) as fetch, pytest.raises(FetchError):
            fetch.post_form("https://tide.example/feed", address, {})
        assert len(forms) == 1
