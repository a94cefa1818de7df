"""What the tests in a real browser share: how it is started, who reads, and a page that may not complain."""

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import BrowserContext, Page, expect

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
READER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"
WIDTHS = (390, 1280)
_readers = itertools.count(1)
SOON = 60.0
"""Seconds within which what takes milliseconds on an idle machine is seen on a busy one."""

expect.set_options(timeout=SOON * 1000)


def another_reader() -> str:
    """The User-Agent header of a reader who was not there yet. Tests open pages faster than one person does, and who
    opens many at once shows no life for a minute.
    """
    return READER.replace("126.0", f"126.0.{next(_readers)}.0")


def wait_until(page: Page, true: Callable[[], object], what: str) -> None:
    """Wait until something is true; the page goes on meanwhile. AssertionError with `what` where it never is."""
    give_up = time.monotonic() + SOON
    while not true():
        assert time.monotonic() < give_up, what
        page.wait_for_timeout(50)


def arrived(page: Page, selector: str = "article h1") -> None:
    """Wait until a page that a press led to is there, to its end: its first lines are shown before the last are read,
    and what `count()` and `all()` find in between is a part.
    """
    expect(page.locator(selector)).to_be_visible()
    page.wait_for_load_state()


@contextmanager
def uncomplaining(context: BrowserContext) -> Iterator[Page]:
    """A page; anything that the browser complains about on it fails the test, and so does a cookie."""
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert complaints == []
    assert context.cookies() == []
    context.close()
