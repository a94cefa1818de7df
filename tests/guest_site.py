"""Another site with shelves in its pages, the real server that it has them from, and what that server counted."""

import json
import subprocess
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import numpy as np

from drawn_pictures import drawn
from recirc.store.sqlite import SqliteStore
from recirc.types import EntryKind, RecordArray
from recirc.web.renderer import HERE
from recirc.web.scripts import minified
from served import free_port, recirc, running

EXAMPLES = Path(__file__).parents[1] / "examples"
HOST = "https://www.harbour.example"
"""The site in the examples' pages and articles; each site of a test takes its place."""
QUIET = {"RECIRC_TRAINING__BACKGROUND": "false"}


class GuestSite(NamedTuple):
    """Another site, the server of its shelves, that server's store, its keys, and the site's pages by path."""

    origin: str
    server: str
    database: Path
    api_key: str
    key: str
    pages: dict[str, str]

    def log(self, *kinds: EntryKind) -> RecordArray:
        """The reader events on disk, of these kinds."""
        with SqliteStore(self.database) as store:
            records = store.read(0, 1_000_000).records
        return records[np.isin(records["kind"], kinds)]

    def ids(self, indices: Any) -> list[str]:
        with SqliteStore(self.database) as store:
            return [kept.id for kept in store.get(list(indices)) if kept]

    def give_picture(self, article: str) -> None:
        """Upload a picture and publish the article with it."""
        headers = {"Authorization": f"Bearer {self.api_key}", "Content-Type": "image/jpeg"}
        asked = urllib.request.Request(f"{self.server}/v1/media", drawn(800, 450), headers)
        with urllib.request.urlopen(asked) as answer:
            address = json.load(answer)["address"]
        for line in (EXAMPLES / "articles.jsonl").read_text("utf-8").splitlines():
            row = json.loads(line.replace(HOST, self.origin))
            if row["id"] == article:
                row["pictures"] = [{"address": address, "alt": "A ferry"}]
                self.ask("POST", "/v1/articles", row)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """What the server answers to a holder of its API key."""
        headers = {"Authorization": f"Bearer {self.api_key}", "Content-Type": "application/json"}
        content = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(f"{self.server}{path}", content, headers, method=method)
        with urllib.request.urlopen(asked) as answer:
            return json.load(answer)


class _Pages(BaseHTTPRequestHandler):
    """Pages by their path, with the addresses and the key that the servers of this test have."""

    def __init__(self, pages: Mapping[str, str], words: Mapping[str, str], *arguments: object) -> None:
        self._pages = pages
        self._words = words
        super().__init__(*arguments)  # type: ignore[arg-type]  # as the server calls it

    def do_GET(self) -> None:
        path = self.path.partition("?")[0].strip("/")
        text = self._pages.get(
            path, "<!doctype html><html lang=en><title>A page</title><h1>A page</h1></html>"
        )
        for name, meant in self._words.items():
            text = text.replace(name, meant)
        body = text.encode()
        kind = {"css": "text/css", "js": "text/javascript"}.get(path.rpartition(".")[2], "text/html")
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *words: object) -> None:
        """Say nothing."""


def _told(*words: str) -> str:
    return subprocess.run(recirc(*words), capture_output=True, text=True, check=True).stdout.strip()


@contextmanager
def guest_site(
    folder: Path, pages: Mapping[str, str], settings: Mapping[str, str] | None = None
) -> Iterator[GuestSite]:
    """A site with these pages by path, and a server in `folder` that knows the articles of `examples/` as the site's.

    In pages `https://news.example` is the server, `ORIGIN` the site, `sk_example` its key.
    """
    database, port = folder / "recirc.db", free_port()
    server = f"http://127.0.0.1:{port}"
    words: dict[str, str] = {}
    script = minified((HERE / "static" / "embed.js").read_text("utf-8"))
    shown = {
        "style.css": (EXAMPLES / "static" / "style.css").read_text("utf-8"),
        "tall.css": "#tall{height:1500px}",
        "all.js": f"/* A combined file. */ {script}",
        **pages,
    }
    site = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Pages, shown, words))
    origin = f"http://127.0.0.1:{site.server_port}"
    articles = folder / "articles.jsonl"
    articles.write_text((EXAMPLES / "articles.jsonl").read_text("utf-8").replace(HOST, origin), "utf-8")
    _told("import", "articles", str(articles), "--db", str(database))
    api_key = _told("key", "create", "test", "--db", str(database))
    key = _told("key", "create", "harbour", "--site", origin, "--db", str(database))
    words.update({"https://news.example": server, "sk_example": key, HOST: origin, "ORIGIN": origin})
    words[quote(HOST, safe="")] = quote(origin, safe="")  # within an address
    threading.Thread(target=site.serve_forever, daemon=True).start()
    try:
        with running(
            folder, "serve", "--db", str(database), port=port, environment={**QUIET, **(settings or {})}
        ):
            made = GuestSite(origin, server, database, api_key, key, shown)
            _read_by_some(made)
            yield made
    finally:
        site.shutdown()
        site.server_close()


def _read_by_some(site: GuestSite) -> None:
    """Something for Ranking to be made of."""
    text = (EXAMPLES / "articles.jsonl").read_text("utf-8").replace(HOST, site.origin)
    ids = [json.loads(line)["id"] for line in text.splitlines()]
    events = [
        {"kind": "view", "article": article, "reader": f"reader {number}"}
        for place, article in enumerate(ids)
        for number in range(9 - place)
    ]
    assert site.ask("POST", "/v1/events", events)["accepted"] == len(events)
