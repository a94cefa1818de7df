"""A real local server that sources are asked of, whose answers a test sets; and feeds to be served."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import NamedTuple
from xml.sax.saxutils import escape

MORNING = datetime(2026, 11, 22, 6, tzinfo=UTC)


class Reply(NamedTuple):
    """What a path answers, after a pause."""

    body: bytes = b""
    status: int = 200
    media_type: str = "application/rss+xml"
    headers: Mapping[str, str] = {}
    seconds: float = 0.0


class Newswire:
    """Answers by path; unknown paths are 404. `asked` are the paths in order, robots.txt left out."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply] = {}
        self.asked: list[str] = []
        wire = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path != "/robots.txt":
                    wire.asked.append(self.path)
                reply = wire.replies.get(self.path, Reply(b"nothing here", 404, "text/plain"))
                time.sleep(reply.seconds)
                try:
                    self.send_response(reply.status)
                    headers = {"Content-Type": reply.media_type, **reply.headers}
                    for name, value in {**headers, "Content-Length": str(len(reply.body))}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(reply.body)
                except OSError:
                    pass  # who asked has gone

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def newswire() -> Iterator[Newswire]:
    wire = Newswire()
    try:
        yield wire
    finally:
        wire.close()


class Entry(NamedTuple):
    """One item of a feed; the text is a whole article, unless another is given."""

    number: int
    headline: str = ""
    text: str = ""
    link: str = ""
    guid: str = ""


def words(number: int, count: int = 150) -> str:
    """As many words, of which no two numbers share a run of four."""
    plain = (
        "harbour",
        "boat",
        "tide",
        "crew",
        "quay",
        "light",
        "rope",
        "sail",
        "anchor",
        "pier",
        "wind",
        "salt",
    )
    return " ".join(
        f"{plain[(number * 7 + place * (number % 5 + 1)) % len(plain)]}{'' if place % 3 else f' n{number}w{place}'}"
        for place in range(count)
    )


def page(number: int) -> Reply:
    """The page of an article."""
    half = 75
    paragraphs = (words(number, 2 * half).split()[:half], words(number, 2 * half).split()[half:])
    text = "".join(f"<p>{' '.join(part)}.</p>" for part in paragraphs)
    head = f"<head><title>Story number {number}</title></head>"
    body = f"<body><article><h1>Story number {number}</h1>{text}</article></body>"
    return Reply(f"<!doctype html><html lang='en'>{head}{body}</html>".encode(), media_type="text/html")


def feed(wire: Newswire, *entries: Entry, title: str = "The Tide") -> Reply:
    """An RSS feed of these, the first the newest."""
    items = "".join(
        f"<item><title>{escape(entry.headline or f'Story number {entry.number}')}</title>"
        f"<link>{escape(entry.link or wire.url(f'/story/{entry.number}'))}</link>"
        f"<guid isPermaLink='false'>{escape(entry.guid or f'g{entry.number}')}</guid>"
        f"<pubDate>{format_datetime(MORNING - timedelta(minutes=entry.number))}</pubDate>"
        f"<content:encoded>{escape(f'<p>{entry.text or words(entry.number)}</p>')}</content:encoded></item>"
        for entry in entries
    )
    space = "xmlns:content='http://purl.org/rss/1.0/modules/content/'"
    channel = f"<channel><title>{escape(title)}</title>{items}</channel>"
    return Reply(f"<?xml version='1.0'?><rss version='2.0' {space}>{channel}</rss>".encode())
