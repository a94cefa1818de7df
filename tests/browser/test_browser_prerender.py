"""Pages that the browser itself prerenders (speculation rules), and what the server then counted.

Nobody steers this browser: while a debugger is attached, Chromium prerenders nothing. So the pages say what happens to
them, and wait for the test's word, by requests to a small server of the test.
"""

import json
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import numpy as np
import pytest

from browsing import FLAGS, SOON, another_reader
from guest_pages import SCRIPT, SHELF, page
from guest_site import GuestSite
from recirc.types import Decision, EntryKind, RecordArray

pytestmark = pytest.mark.browser

START, OPENED, UNOPENED = "ferry-strike", "new-ferry", "ferry-history"
SAYS = """<script>
const say = what => fetch("STAGE/said/" + what + "-PAGE", { mode: "no-cors" });
document.addEventListener("recirc:loaded", () => say(document.prerendering ? "prerendered" : "loaded"));
document.addEventListener("prerenderingchange", () => say("activated"));
addEventListener("pageshow", event => { if (event.persisted) say("restored"); });
</script>"""
RULES = """<script type="speculationrules">
{"prerender": [{"urls": ["/opened", "/unopened"], "eagerness": "immediate"}]}
</script>"""
ON_COMMAND = """<script>
fetch("STAGE/wait/shelf").then(answer => document.querySelector("main").insertAdjacentHTML("beforeend", `SHELF`));
fetch("STAGE/wait/open").then(() => { location.href = "/opened"; });
</script>"""
BACK = """<script>fetch("STAGE/wait/back").then(() => history.back());</script>"""


def _of(signals: dict[str, threading.Event], name: str) -> threading.Event:
    """The signal of a name, the same for all threads."""
    return signals.setdefault(name, threading.Event())


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, stage: "Stage", portal: str, *arguments: object) -> None:
        self._stage = stage
        self._portal = portal
        super().__init__(*arguments)  # type: ignore[arg-type]  # as the server calls it

    def do_GET(self) -> None:
        _, verb, name = self.path.split("/", 2) if self.path.count("/") > 1 else ("", "", self.path)
        if verb not in ("said", "wait") and name != "/first":
            self._forward("GET", None)
            return
        if verb == "said":
            _of(self._stage.said, name).set()
        if verb == "wait":
            _of(self._stage.words, name).wait(SOON)
        headers = {"Access-Control-Allow-Origin": "*", "Content-Type": "text/html"}
        self._answer(200, headers, b"" if verb else self._stage.first.encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/v1/events":
            self._stage.reports.append((self.headers.get("Sec-Purpose", ""), json.loads(body)))
        self._forward("POST", body)

    def _forward(self, method: str, body: bytes | None) -> None:
        kept = ("Host", "User-Agent", "Accept", "Content-Type", "Origin", "Cookie")
        headers = {name: self.headers[name] for name in kept if name in self.headers}
        answer = httpx.request(method, self._portal + self.path, content=body, headers=headers, timeout=SOON)
        shown = ("content-type", "content-security-policy", "location")
        found = {name: answer.headers[name] for name in shown if name in answer.headers}
        self._answer(answer.status_code, found, answer.content)
        _of(
            self._stage.said, f"{'prerendered' if 'Sec-Purpose' in self.headers else 'read'} {self.path}"
        ).set()

    def _answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *words: object) -> None:
        """Say nothing."""


class Stage:
    """What pages said, and what they wait for; every other address is the portal's, with one page before it."""

    def __init__(self, portal: str) -> None:
        self.said: dict[str, threading.Event] = {}
        self.words: dict[str, threading.Event] = {}
        self.first = ""
        self.reports: list[tuple[str, list[dict[str, Any]]]] = []
        """The header Sec-Purpose and the events of each report to the portal."""
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, self, portal))
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def heard(self, name: str) -> None:
        assert _of(self.said, name).wait(SOON), f"no page said {name}; said: {sorted(self.said)}"

    def let(self, name: str) -> int:
        """Give the word; the moment before, in ms since 1970."""
        moment = int(time.time() * 1000)
        _of(self.words, name).set()
        return moment


@pytest.fixture
def stage(guests: GuestSite) -> Iterator[Stage]:
    made = Stage(guests.server)
    threading.Thread(target=made.server.serve_forever, daemon=True).start()
    yield made
    for word in list(made.words.values()):
        word.set()
    made.server.shutdown()
    made.server.server_close()


@contextmanager
def reader(chromium: str, folder: Path, address: str) -> Iterator[None]:
    """A browser at an address, as a reader has it: with nobody attached."""
    with (folder / "chromium.log").open("wb") as log:
        process = subprocess.Popen(
            [
                *(chromium, "--headless=new", *FLAGS, f"--user-data-dir={folder / 'profile'}"),
                *(f"--user-agent={another_reader()}", "--window-size=1280,900", address),
            ],
            stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)


def wait_for_rows(rows: Callable[[], RecordArray], count: int, what: str) -> RecordArray:
    give_up = time.monotonic() + SOON
    while len(found := rows()) < count:
        assert time.monotonic() < give_up, f"{what}: {len(found)} of {count}"
        time.sleep(0.1)  # nothing else tells when the server wrote
    return found


@pytest.fixture
def pages(guests: GuestSite, stage: Stage) -> GuestSite:
    """The guest site with a page that has two others prerendered, and one to go to and come back from."""
    made = {
        "start": page("<p>Start</p>", SAYS + RULES + SCRIPT + ON_COMMAND.replace("SHELF", SHELF), START),
        "opened": page(
            SHELF,
            SAYS
            + SCRIPT
            + '<script>fetch("STAGE/wait/away").then(() => { location.href = "/away"; });</script>',
            OPENED,
        ),
        "unopened": page(SHELF, SAYS + SCRIPT, UNOPENED),
        "away": page("<p>Away</p>", SAYS + BACK, "away"),
    }
    for name, text in made.items():
        guests.pages[name] = text.replace("PAGE", name).replace("STAGE", stage.address)
    return guests


def test_a_prerendered_page_is_counted_when_it_is_opened(
    chromium: str, tmp_path: Path, pages: GuestSite, stage: Stage
) -> None:
    before = int(time.time() * 1000)
    index = {name: _index(pages, name) for name in (START, OPENED, UNOPENED)}

    def rows(kind: EntryKind, name: str) -> RecordArray:
        found = pages.log(kind)
        place = "article" if kind is EntryKind.VIEW else "source"
        chosen: RecordArray = found[(found["time"] >= before) & (found[place] == index[name])]
        return chosen

    with reader(chromium, tmp_path, f"{pages.origin}/start"):
        stage.heard("prerendered-opened")
        stage.heard("prerendered-unopened")
        stage.let("shelf")
        # The page in front gets its shelf later than the others, and has told of it: so would they have.
        wait_for_rows(lambda: rows(EntryKind.IMPRESSION, START), 3, "impressions of the page in front")
        for name in (OPENED, UNOPENED):
            assert len(rows(EntryKind.VIEW, name)) == len(rows(EntryKind.IMPRESSION, name)) == 0
        opened = stage.let("open")
        stage.heard("activated-opened")
        shown = wait_for_rows(lambda: rows(EntryKind.IMPRESSION, OPENED), 3, "impressions")
        (view,) = wait_for_rows(lambda: rows(EntryKind.VIEW, OPENED), 1, "the view")
        assert view["time"] >= opened
        assert min(shown["time"]) >= opened
        assert view["decision"] & Decision.COUNTED
        # Out of the browser's memory it is opened once more, and its shelf is not.
        stage.let("away")
        stage.let("back")
        stage.heard("restored-opened")
        views = wait_for_rows(lambda: rows(EntryKind.VIEW, OPENED), 2, "the view of the page that came back")
        assert [bool(each["decision"] & Decision.COUNTED) for each in views] == [True, False]
    assert len(rows(EntryKind.VIEW, START)) == 1
    assert len(rows(EntryKind.IMPRESSION, OPENED)) == len(np.unique(shown["article"])) == 3
    assert len(rows(EntryKind.VIEW, UNOPENED)) == len(rows(EntryKind.IMPRESSION, UNOPENED)) == 0


def _index(pages: GuestSite, name: str) -> int:
    """The number of an article in the log."""
    every = np.unique(pages.log(EntryKind.VIEW)["article"])
    return int(next(at for at, id_ in zip(every, pages.ids(every), strict=True) if id_.endswith(name)))


def test_a_prerendered_page_of_the_portal_reports_when_it_is_opened(
    chromium: str, tmp_path: Path, guests: GuestSite, stage: Stage
) -> None:
    index = _index(guests, OPENED)
    (article,) = guests.ids([index])
    answer = httpx.get(
        f"{guests.server}/article/{quote(article, safe='')}", follow_redirects=True, timeout=SOON
    )
    path, script = answer.url.raw_path.decode(), re.search(r'src="([^"]*/measure[^"]*)"', answer.text)
    assert script
    rules = {"prerender": [{"urls": [path], "eagerness": "immediate"}]}
    stage.first = (
        f'<!doctype html><title>First</title><script type="speculationrules">{json.dumps(rules)}</script>'
        f"<script>fetch('/wait/open').then(() => {{ location.href = {json.dumps(path)}; }});</script>"
    )
    before = len(guests.log(EntryKind.VIEW))
    with reader(chromium, tmp_path, f"{stage.address}/first"):
        stage.heard(f"prerendered {path}")
        stage.heard(f"prerendered {script[1]}")
        assert stage.reports == []
        stage.let("open")
        wait_for_rows(lambda: guests.log(EntryKind.VIEW)[before:], 1, "the view")
    assert {purpose for purpose, _ in stage.reports} == {""}
    assert [each["article"] for _, events in stage.reports for each in events if each["kind"] == "view"] == [
        article
    ]
