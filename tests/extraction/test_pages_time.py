"""The time to read a page grows no faster than the page, whatever it is made of."""

import time
from collections.abc import Callable

import pytest

from recirc.extraction.html import read_html
from recirc.extraction.text import read_text

UNITS = [
    "<h1>a</h1>",
    "<h2>Related</h2>",
    "<p>Some words, and more of them here today.</p>",
    '<span class="author">By Ada Brook</span>',
    "<time>2026-11-28</time>",
    '<li><a href="/x">A link to click here</a></li>',
    "a<br>",
    "<b>a",
    "<a href=x>",
    "A B C D ",
    "“a” ",
    "12/11/2026 ",
    "<table><tr><td>a</td></tr></table>",
]


def ratio(read: Callable[[str], object], unit: str, short: int) -> float:
    def seconds(copies: int) -> float:
        started = time.thread_time()  # the processor time: others may want the machine, too
        read(unit * copies)
        return time.thread_time() - started

    seconds(100)
    return (min(seconds(4 * short) for _ in range(2)) - 0.1) / min(seconds(short) for _ in range(2))


@pytest.mark.parametrize("unit", UNITS)
def test_pages(unit: str) -> None:
    assert ratio(lambda text: read_html(f"<html><body><h1>T</h1>{text}"), unit, 2_000) < 12


@pytest.mark.parametrize(
    "unit", ["a\n", "By Ada Brook\n", "Home > ", "2026-11-28\n", "風暴沖毀了", "A B C D ", "Tags: a, b\n"]
)
def test_texts(unit: str) -> None:
    assert ratio(read_text, unit, 10_000) < 12
