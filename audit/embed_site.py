"""A site of somebody else with our shelves in it: the pages of `examples/`, and a portal that knows their articles.

`python audit/embed_site.py FOLDER PORT ORIGIN` is the portal's own process; `EmbedSite` starts it and the site.
"""

import argparse
import re
import threading
from datetime import timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

import msgspec
import numpy as np

from paper_site import EVENING, Site, frozen, still
from recirc.engine import Engine
from recirc.engine.observations import with_ids
from recirc.importers.article_files import ArticleFile
from recirc.ingest.bulk_import import import_articles
from recirc.settings import ServerSettings, Settings, StoreSettings
from recirc.store import site_keys
from recirc.types import NO_POSITION, RECORD, EntryKind

EXAMPLES: Final = Path(__file__).resolve().parents[1] / "examples"
PAGES: Final = {"static": "static/index.html", "wordpress": "wordpress/page.html", "ghost": "ghost/page.html"}
"""The examples' pages, by their path on the site."""

WITHOUT: Final = "/without"
"""After a page's path: the same page as it was before our shelves were put into it."""
OURS: Final = re.compile(
    r"<script[^>]*news\.example[^>]*></script>\s*|<recirc-shelf\b.*?</recirc-shelf>\s*", re.DOTALL
)
"""What has to be put into a page."""

STYLE: Final = "static/style.css"
MOST_READ: Final = 40
"""Readers of the first article; each further one has one in six less."""


def serve(folder: Path, port: int, origin: str) -> None:
    """Publish the examples' articles in an empty folder as those of `origin`, let some people read them, and serve
    their shelves until a signal comes; the site's key is left in the folder.
    """
    settings = Settings(server=ServerSettings(port=port), store=StoreSettings(path=str(folder / "recirc.db")))
    articles = folder / "articles.jsonl"
    text = (EXAMPLES / "articles.jsonl").read_text("utf-8").replace("https://www.harbour.example", origin)
    articles.write_text(text, "utf-8")
    with still():
        engine = Engine.open(settings)
        try:
            import_articles(engine, ArticleFile(articles), lambda: None)
            _read(engine, [msgspec.json.decode(line)["id"] for line in text.splitlines()])
        finally:
            engine.close()
    (folder / "key").write_text(site_keys.create(Path(settings.store.path), "the examples", [origin]))
    frozen(settings)


def _read(engine: Engine, ids: list[str]) -> None:
    """Views of the last hour, so that Ranking has something to say."""
    readers = [round(MOST_READ * (5 / 6) ** place) for place in range(len(ids))]
    records = np.zeros(sum(readers), RECORD)
    records["kind"], records["position"], records["source"] = EntryKind.VIEW, NO_POSITION, -1
    records["article"] = np.repeat(engine.intern(ids), readers)
    records["reader"] = np.concatenate([np.arange(1, count + 1) for count in readers])
    spread = np.linspace(0, timedelta(minutes=50).total_seconds(), len(records))
    records["time"] = ((EVENING.timestamp() - spread) * 1000).astype(np.int64)
    engine.append(with_ids(records)).result()
    engine.catch_up()


class _Page(BaseHTTPRequestHandler):
    """The examples' pages, with the addresses that the two servers have."""

    def __init__(self, words: dict[str, str], *arguments: object) -> None:
        self._words = words
        super().__init__(*arguments)  # type: ignore[arg-type]  # as the server calls it

    def do_GET(self) -> None:
        path = urlsplit(self.path).path.strip("/")
        path, bare = path.removesuffix(WITHOUT), path.endswith(WITHOUT)
        if path.rpartition("/")[2] == "style.css":
            path = "style.css"
        if path not in (*PAGES, "style.css"):
            self.send_error(404)
            return
        text = (EXAMPLES / PAGES.get(path, STYLE)).read_text("utf-8")
        text = OURS.sub("", text) if bare else text
        for name, meant in self._words.items():
            text = text.replace(name, meant)
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8" if path in PAGES else "text/css")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *words: object) -> None:
        """Say nothing."""


class EmbedSite:
    """The site with the examples' pages, and the portal whose shelves they show.

    Attributes:
        origin: the site's address, without a slash at the end.
        portal: the portal's.
    """

    def __init__(self) -> None:
        self._words: dict[str, str] = {}
        self._pages = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Page, self._words))
        self.origin = f"http://127.0.0.1:{self._pages.server_port}"
        self._site = Site(Path(__file__).resolve(), self.origin)
        self.portal = self._site.base

    def __enter__(self) -> Self:
        self._site.__enter__()
        self._words |= {
            "https://news.example": self.portal,
            "https://www.harbour.example": self.origin,
            "sk_example": (self._site.files / "key").read_text(),
        }
        threading.Thread(target=self._pages.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._pages.shutdown()
        self._site.__exit__()
        self._pages.server_close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="The portal whose shelves the examples' pages show.")
    parser.add_argument("folder", type=Path, help="an empty folder")
    parser.add_argument("port", type=int)
    parser.add_argument("origin", help="where the examples' pages are")
    given = parser.parse_args()
    serve(given.folder, given.port, given.origin)
