"""Sites of static generators by feed, by JSON and with shelves: the examples, built by the real programs."""

import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from newspaper import Newspaper

import cms_packages
from guest_site import EXAMPLES
from served import recirc

pytestmark = pytest.mark.cms


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *words: object) -> None:
        """Say nothing."""


class Site(NamedTuple):
    """Where a built site is served, the folder of its files, and the server and key that its pages name."""

    origin: str
    files: Path
    server: str
    key: str


def _hugo(source: Path, site: Site) -> None:
    program = shutil.which("hugo")
    if program is None:
        pytest.skip("Hugo is not installed (Debian: apt-get install hugo)")
    config = source / "config.toml"
    text = config.read_text("utf-8").replace("https://news.example", site.server)
    config.write_text(text.replace("sk_example", site.key), "utf-8")
    _run(
        [
            program,
            "--quiet",
            "--source",
            str(source),
            "--destination",
            str(site.files),
            "--baseURL",
            site.origin,
        ]
    )


def _eleventy(source: Path, site: Site) -> None:
    try:
        program = cms_packages.eleventy() / "node_modules" / ".bin" / "eleventy"
    except cms_packages.NotInstalledError as error:
        pytest.skip(str(error))
    words = [str(program), "--quiet", f"--output={site.files}"]
    _run(words, cwd=source, SITE_URL=site.origin, RECIRC_SERVER=site.server, RECIRC_KEY=site.key)


def _run(words: list[str], cwd: Path | None = None, **environment: str) -> None:
    done = subprocess.run(
        words, cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, timeout=300, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


GENERATORS = {
    "hugo": (_hugo, "content/posts", "tags", "index.xml"),
    "eleventy": (_eleventy, "posts", "topics", "feed.xml"),
}
"""How it builds, where its posts are, what they call topics, and its feed."""


def _write_posts(folder: Path, topics: str) -> list[str]:
    """The articles of `examples/` as posts beside the example's own; their slugs."""
    slugs = []
    for number, line in enumerate((EXAMPLES / "articles.jsonl").read_text("utf-8").splitlines()):
        row = json.loads(line)
        slugs.append(f"post-{number}")
        about = {
            "title": row["headline"],
            "date": row["published"],
            "section": row["section"],
            topics: row["topics"],
        }
        head = "\n".join(f"{name}: {json.dumps(value)}" for name, value in about.items())
        body = re.sub(r"<[^>]+>", "\n\n", row["body"])
        (folder / f"{slugs[-1]}.md").write_text(f"---\n{head}\n---\n\n{body}\n", "utf-8")
    return slugs


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("name", sorted(GENERATORS))
def test_a_static_site_is_read_by_feed_and_by_json_and_shows_shelves(
    name: str, newspaper: Newspaper, tmp_path: Path
) -> None:
    build, posts, topics, feed = GENERATORS[name]
    source, files = tmp_path / "source", tmp_path / "built"
    shutil.copytree(EXAMPLES / name, source)
    slugs = _write_posts(source / posts, topics)
    files.mkdir()
    with _served(files) as origin:
        command = recirc("key", "create", name, "--site", origin, "--db", str(newspaper.database))
        key = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout.strip()
        build(source, Site(origin, files, newspaper.address, key))
        newspaper.add(f"{origin}/{feed}")
        pages = [f"{origin}/posts/{slug}/" for slug in (*slugs, "ferry-strike")]
        assert [newspaper.status(page) for page in pages] == [200] * len(pages)
        # The archive as JSON is the same articles.
        done = subprocess.run(
            recirc("import", "articles", str(files / "articles.jsonl"), "--db", str(newspaper.database)),
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        assert len((files / "articles.jsonl").read_text("utf-8").split("\n{")) == len(pages)
        text = httpx.get(pages[0], timeout=120.0).text
        assert f'<script src="{newspaper.address}/embed.js" async></script>' in text
        assert f'<recirc-shelf kind="related" key="{key}"></recirc-shelf>' in text
        asked = {"url": pages[0], "shelf": ["related"]}
        answer = httpx.post(
            f"{newspaper.address}/v1/embed",
            params={"key": key},
            json=asked,
            headers={"Origin": origin},
            timeout=120.0,
        )
        items = answer.json()["shelves"]["related"]["items"]
        assert items
        assert {item["url"].rstrip("/") for item in items} <= {page.rstrip("/") for page in pages}
        assert answer.json()["counted"] is True
