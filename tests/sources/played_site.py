"""Plays a small web site to a source, poll by poll."""

import http.server
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from recirc.reading.rejections import Rejection
from recirc.settings import SourceEntry, SourcesSettings
from recirc.sources.fetching import Fetcher
from recirc.sources.finder import find
from recirc.sources.source import FetchedArticle, PollItem, PollState
from recirc.types import Article

NOW = datetime(2026, 11, 29, 8, tzinfo=UTC)
HOST = "127.0.0.1"
TEXT = " ".join(
    f"Sentence {number} says what happened at the quay and who was there." for number in range(12)
)

Answer = tuple[int, Mapping[str, str], str | bytes]
"""Status, headers, and body; in a text, {BASE} is the address of the server."""


@dataclass
class PlayedSite:
    """A site; `answers` by path with query, else by path."""

    base: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    state: PollState = field(default_factory=PollState)

    def show(self, **paths: Answer | str) -> None:
        """Set what some paths answer, by name of the path without slash; a text is HTML."""
        for name, answer in paths.items():
            self.put(f"/{name}", answer)

    def put(self, path: str, answer: Answer | str | Sequence[Any] | Mapping[str, Any]) -> None:
        """Set what a path answers: HTML, JSON, or a whole answer."""
        if isinstance(answer, str):
            answer = (200, {"Content-Type": "text/html; charset=utf-8"}, answer)
        elif not isinstance(answer, tuple):
            answer = (200, {"Content-Type": "application/json"}, json.dumps(answer))
        self.answers[path] = answer

    def poll(self, path: str, *, days: float = 0, seconds: float = 0, **entry: Any) -> list[PollItem]:
        """Poll the source at a path, some time after NOW."""
        self.asked.clear()
        settings = SourcesSettings(private_hosts=(HOST,), delay_seconds=0.0, timeout_seconds=5.0)
        wanted = SourceEntry(address=self.base + path, **entry)
        with Fetcher(settings) as fetcher:
            fetch = fetcher.for_source(wanted.address)
            now = NOW + timedelta(days=days, seconds=seconds)
            return list(find(wanted, fetch).poll(fetch, self.state, now))


def articles(found: Sequence[PollItem]) -> list[Article]:
    return [each.article for each in found if isinstance(each, FetchedArticle)]


def rejected(found: Sequence[PollItem], kind: type[Rejection] = Rejection) -> list[Rejection]:
    return [each for each in found if type(each) is kind]


def rss(*items: str) -> Answer:
    content = 'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    text = f"<rss version='2.0' {content}><channel><title>Wren Tide</title>{''.join(items)}</channel></rss>"
    return (200, {"Content-Type": "application/rss+xml; charset=utf-8"}, text)


def item(
    title: str,
    link: str,
    guid: str | None = None,
    text: str = TEXT,
    *,
    summary: bool = False,
    extra: str = "",
) -> str:
    body = f"<description>{text}</description>" if summary else f"<content:encoded>{text}</content:encoded>"
    own = f'<guid isPermaLink="false">{guid}</guid>' if guid else ""
    date = "" if "pubDate" in extra else "<pubDate>Sat, 28 Nov 2026 10:00:00 GMT</pubDate>"
    return f"<item><title>{title}</title><link>{{BASE}}{link}</link>{own}{date}{body}{extra}</item>"


def page(title: str, text: str = TEXT, head: str = "") -> str:
    return (
        f"<!doctype html><html lang=en><head><title>{title}</title>{head}"
        '<meta property="article:published_time" content="2026-11-28T10:00:00Z"></head>'
        f"<body><article><h1>{title}</h1><p>{text}</p></article></body></html>"
    )


@contextmanager
def playing() -> Iterator[PlayedSite]:
    site = PlayedSite()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            found = site.answers.get(self.path) or site.answers.get(self.path.partition("?")[0])
            status, headers, text = found or (404, {}, "")
            body = text if isinstance(text, bytes) else text.replace("{BASE}", site.base).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value.replace("{BASE}", site.base))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer((HOST, 0), Handler) as server:
        server.daemon_threads = True
        site.base = f"http://{HOST}:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()
