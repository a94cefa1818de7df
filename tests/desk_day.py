"""What the test of an editor's day is made of: the demo with three people before their browsers, and their forms."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from playwright.sync_api import Locator, Page, expect

PASSWORD = "herring ladder violet tide"
AIM = 2.0
"""Seconds within which a reader is to see what was done; what it took is printed."""

LIMIT = 90
"""Seconds after which the test gives up: machines that run tests are busy, and a figure of time decides none."""


class Newspaper(NamedTuple):
    """The demo with the people before their browsers.

    Attributes:
        port, folder, key: of the server; its store is in the folder; an API key.
        una: a publisher at the desk; reader: somebody at home.
        took: seconds until the reader saw what was done, by step.
        known: what later steps need of earlier ones.
    """

    port: int
    folder: Path
    key: str
    una: Page
    reader: Page
    took: dict[str, float]
    known: dict[str, str]

    @property
    def database(self) -> Path:
        return self.folder / "recirc.db"

    def told(self, path: str) -> Any:
        """What the API tells any reader."""
        answer = self.reader.request.get(f"http://127.0.0.1:{self.port}{path}")
        assert answer.ok, answer.text()
        return json.loads(answer.text())

    def sees(self, step: str, path: str, seen: Callable[[Page], bool]) -> None:
        """Wait until a reader who reloads a page sees what was done."""
        began = time.monotonic()
        while time.monotonic() - began < LIMIT:
            self.reader.goto(path, wait_until="domcontentloaded")
            if seen(self.reader):
                self.took[step] = time.monotonic() - began
                return
            self.reader.wait_for_timeout(50)
        raise AssertionError(f"{step}: a reader of {path} never saw it")

    def loses(self, step: str, path: str) -> None:
        """Wait until a page tells a reader that its article is gone (410)."""
        began = time.monotonic()
        while time.monotonic() - began < LIMIT:
            answer = self.reader.goto(path, wait_until="domcontentloaded")
            if answer is not None and answer.status == 410:
                self.took[step] = time.monotonic() - began
                return
            self.reader.wait_for_timeout(50)
        raise AssertionError(f"{step}: a reader of {path} still sees it")

    def learns(self, step: str, seen: Callable[[], bool]) -> None:
        """Wait until the API tells a reader what was done."""
        began = time.monotonic()
        while time.monotonic() - began < LIMIT:
            if seen():
                self.took[step] = time.monotonic() - began
                return
            time.sleep(0.05)  # a worker follows the log in its own time
        raise AssertionError(f"{step}: no reader was told")

    def shown(self, article: str) -> list[str]:
        """The articles on all shelves beside one."""
        slate = self.told(f"/v1/shelves?article={quote(article, safe='')}")
        return [
            item["article"]
            for shelf in ("related", "ranking", "recommendation")
            for item in slate[shelf]["items"]
        ]


def press(form: Locator) -> None:
    form.get_by_role("button").click()


def form(page: Page, name: str) -> Locator:
    """A form beside an article, opened where it is folded."""
    summary = page.locator("details.act summary", has_text=re.compile(f"^{name}"))
    if summary.count():
        summary.click()
    return page.locator(f'form[aria-label="{name}"]')


def article_at(page: Page, id_: str) -> None:
    page.goto(f"/desk/article?id={quote(id_, safe='')}")


def fits(page: Page) -> None:
    size = page.viewport_size
    assert size is not None
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], page.url


def begin(page: Page, link: str, name: str = "") -> None:
    page.goto(link)
    if name:
        page.get_by_label("Your name").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    page.get_by_role("button", name="Begin").click()
    expect(
        page.get_by_role("link", name="Log out").or_(page.get_by_role("button", name="Log out"))
    ).to_be_visible()


def wait_for(page: Page, path: str, found: Locator) -> None:
    """Load a page of the desk until something is on it: a server follows what other processes do in its own time."""
    until = time.monotonic() + LIMIT
    page.goto(path)
    while not found.count():
        assert time.monotonic() < until, f"{path} never showed it: {page.locator('main').inner_text()}"
        page.wait_for_timeout(200)
        page.goto(path)
