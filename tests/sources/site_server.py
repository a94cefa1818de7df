"""A small site on this machine, for the kinds of source to knock at, and the samples of each kind."""

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from recirc.reading.rejections import Rejection
from recirc.settings import SourceEntry, SourcesSettings
from recirc.sources.fetching import Fetcher
from recirc.sources.source import Fetch, FetchedArticle, PollState, Source, SourceNotice
from recirc.types import Article

HOST = "127.0.0.1"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WORDS = (
    "The harbour board met on Tuesday evening to hear what the storm had left of the northern mole . Two of three "
    "engineers said that the outer wall would not stand another winter without new stone , and the treasurer asked "
    "who was to pay for it . Nobody answered at once . Fishermen at the back had brought photographs of the cracks , "
    "and passed them from hand to hand while the minutes were read . A vote was put off ; the "
    "board will meet again in a fortnight , and until then boats over nine metres keep to the inner quay . "
    "The ferry company said that its timetable stays as it is , weather permitting , and that tickets remain valid ."
)

TOO_LONG = "x" * 2_000
"""A headline that is rejected; one that is missing is made of the text."""


@dataclass(frozen=True)
class Story:
    """One article as a sample shows it; `broken` in whatever way its kind of source can be."""

    slug: str
    headline: str
    words: str = WORDS
    day: int = 1
    hour: int = 9
    broken: bool = False

    @property
    def path(self) -> str:
        return f"/2026/11/{self.slug}"

    @property
    def html(self) -> str:
        return f"<p>{escape(self.words)}</p><p>{escape(self.headline)}, {self.slug}.</p>"

    @property
    def published(self) -> str:
        return f"2026-11-{self.day:02}T09:00:00Z"

    @property
    def updated(self) -> str:
        return f"2026-11-{self.day:02}T{self.hour:02}:00:00Z"

    def page(self) -> str:
        return (
            f"<!doctype html><html lang=en><head><title>{escape(self.headline)} | The Tide</title>"
            f'<link rel=canonical href="{self.path}">'
            f'<meta property="og:type" content="article"><meta property="og:title" content="{escape(self.headline)}">'
            f'<meta property="article:published_time" content="{self.published}"></head><body><nav><a href="/">Home</a>'
            f"</nav><article><h1>{escape(self.headline)}</h1>{self.html}</article></body></html>"
        )

    def changed(self) -> "Story":
        return replace(self, words=f"{self.words} The stone has come .", hour=self.hour + 1)


STORIES = (
    Story("storm-breaches-mole", "Storm breaches the northern mole", day=20),
    Story("cup-final-tickets", "Tickets for the cup final are gone", day=19),
    Story("library-stays-open", "Harbour library stays open after all", day=18),
)


@dataclass
class Site:
    """What the server answers: a path to its media type and content."""

    answers: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def put(self, path: str, media: str, content: str | bytes) -> None:
        self.answers[path] = (media, content.encode() if isinstance(content, str) else content)

    def pages(self, stories: tuple[Story, ...]) -> None:
        for story in stories:
            if story.broken:
                self.answers.pop(story.path, None)
            else:
                self.put(story.path, "text/html; charset=utf-8", story.page())


@contextmanager
def serving() -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            found = site.answers.get(self.path) or site.answers.get(self.path.partition("?")[0])
            if found is None:
                self.send_error(404)
                return
            media, content = found
            etag = f'"{sha256(content).hexdigest()[:16]}"'
            fresh = self.headers.get("If-None-Match") == etag
            self.send_response(304 if fresh else 200)
            self.send_header("ETag", etag)
            self.send_header("Content-Type", media)
            self.send_header("Content-Length", "0" if fresh else str(len(content)))
            self.end_headers()
            if not fresh:
                self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """Say nothing of clients that hang up: the fetcher does so when an answer is too long."""

    with Quiet((HOST, 0), Handler) as server:
        server.daemon_threads = True
        site.url = f"http://{HOST}:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def fetching() -> Iterator[Fetcher]:
    """The real fetcher, in no hurry to be polite to this machine."""
    with Fetcher(SourcesSettings(delay_seconds=0.0, robots=False, private_hosts=(HOST,))) as fetcher:
        yield fetcher


Show = Callable[[Site, Path, tuple[Story, ...]], SourceEntry]
"""Makes a site and a folder show these stories, and says where."""


def _rss(site: Site, _folder: Path, stories: tuple[Story, ...]) -> SourceEntry:
    items = "".join(
        f"<item><title>{TOO_LONG if s.broken else escape(s.headline)}</title><link>{site.url}{s.path}</link>"
        f"<pubDate>{s.published}</pubDate><content:encoded><![CDATA[{s.html}]]></content:encoded></item>"
        for s in stories
    )
    content = 'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    site.put(
        "/feed",
        "application/rss+xml",
        f'<rss version="2.0" {content}><channel><title>T</title>{items}</channel></rss>',
    )
    return SourceEntry(address=f"{site.url}/feed")


def _sitemap(site: Site, _folder: Path, stories: tuple[Story, ...]) -> SourceEntry:
    site.pages(stories)
    entries = "".join(
        f"<url><loc>{site.url}{s.path}</loc><lastmod>{s.updated}</lastmod></url>" for s in stories
    )
    xml = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'
    site.put("/sitemap.xml.gz", "application/gzip", gzip.compress(xml.encode(), mtime=0))
    return SourceEntry(address=f"{site.url}/sitemap.xml.gz")


def _page(site: Site, _folder: Path, stories: tuple[Story, ...]) -> SourceEntry:
    site.pages(stories)
    links = "".join(f'<li><a href="{s.path}">{escape(s.headline)}</a></li>' for s in stories)
    site.put("/news", "text/html", f"<!doctype html><html><body><h1>News</h1><ul>{links}</ul></body></html>")
    return SourceEntry(address=f"{site.url}/news")


def _wordpress(site: Site, _folder: Path, stories: tuple[Story, ...]) -> SourceEntry:
    posts = [
        {
            "id": number,
            "date_gmt": s.published[:-1],
            "modified_gmt": s.updated[:-1],
            "link": f"{site.url}{s.path}",
            "title": {"rendered": TOO_LONG if s.broken else s.headline},
            "content": {"rendered": s.html, "protected": False},
            "excerpt": {"rendered": "<p>Short.</p>"},
        }
        for number, s in enumerate(stories, 1)
    ]
    site.put("/wp-json/wp/v2/posts", "application/json", json.dumps(posts))
    return SourceEntry(address=f"{site.url}/wp-json/wp/v2/posts")


def _ghost(site: Site, _folder: Path, stories: tuple[Story, ...]) -> SourceEntry:
    posts = [
        {
            "id": s.slug,
            "title": TOO_LONG if s.broken else s.headline,
            "html": s.html,
            "url": f"{site.url}{s.path}",
            "published_at": s.published,
            "updated_at": s.updated,
        }
        for s in stories
    ]
    said = {"posts": posts, "meta": {"pagination": {"page": 1, "pages": 1, "next": None}}}
    site.put("/ghost/api/content/posts/", "application/json", json.dumps(said))
    return SourceEntry(address=f"{site.url}/ghost/api/content/posts/?key=22")


def _ninjs(site: Site, _folder: Path, stories: tuple[Story, ...]) -> SourceEntry:
    items = [
        {
            "uri": f"{site.url}{s.path}",
            "type": "text",
            "firstCreated": s.published,
            "versionCreated": s.updated,
            "headlines": [{"value": TOO_LONG if s.broken else s.headline}],
            "bodies": [{"contentType": "text/html", "value": s.html}],
        }
        for s in stories
    ]
    site.put("/wire.json", "application/json", json.dumps(items))
    return SourceEntry(address=f"{site.url}/wire.json")


def _line(site: Site, story: Story) -> str:
    row = {
        "url": f"{site.url}{story.path}",
        "headline": story.headline,
        "body_html": story.html,
        "published": "yesterday" if story.broken else story.published,
    }
    return json.dumps(row)


def _json_lines(site: Site, _folder: Path, stories: tuple[Story, ...]) -> SourceEntry:
    site.put("/news.jsonl", "application/x-ndjson", "\n".join(_line(site, s) for s in stories))
    return SourceEntry(address=f"{site.url}/news.jsonl")


def _watched(site: Site, folder: Path, stories: tuple[Story, ...]) -> SourceEntry:
    (folder / "news.jsonl").write_text("\n".join(_line(site, s) for s in stories))
    return SourceEntry(address=str(folder))


SAMPLES: dict[str, Show] = {
    "feed": _rss,
    "sitemap": _sitemap,
    "page": _page,
    "wordpress": _wordpress,
    "ghost": _ghost,
    "ninjs": _ninjs,
    "jsonlines": _json_lines,
    "folder": _watched,
}
"""For each kind of source a sample; a kind without one fails the shared checks."""


def polled(
    source: Source, fetch: Fetch, state: PollState | None = None, now: datetime = NOW
) -> tuple[list[Article], list[Rejection]]:
    """The articles and the rejections of one poll, without notices."""
    found = list(source.poll(fetch, PollState() if state is None else state, now))
    articles = [each.article for each in found if isinstance(each, FetchedArticle)]
    rejected = (each for each in found if isinstance(each, Rejection))
    return articles, [each for each in rejected if not isinstance(each, SourceNotice)]
