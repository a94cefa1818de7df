"""Pages made to be slow, or to break the inspection."""

import json
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from recirc.extraction.html import read_html
from recirc.extraction.page import LinkList, Page, PageCount
from recirc.extraction.text import read_text
from recirc.provenance.inspect import inspect
from recirc.provenance.report import as_json, as_text
from recirc.text.clean import body_html

LONG = 300_000  # characters
DAY = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.mark.no_cover  # the tracer takes as much time again
@pytest.mark.parametrize(
    "piece",
    [
        "told The Tide ",
        "earlier this month, on May 13 ",
        "was on May 13, 2030 ",
        "The ",
        "a",
        "LONDON, ",
        "reprinted ",
        "Brightfeedword ",
        '"',
        "wordBrightfeed.",
        "A.",
        "A-",
        "Ab of ",
        "L’A’",
    ],
)
def test_a_long_text_takes_time_by_its_length_only(piece: str) -> None:
    text = piece * (LONG // len(piece))
    page = Page(
        headline="H",
        title="H | Brightfeed",
        brand="Brightfeed",
        text=text,
        body=body_html(text),
        published=DAY,
    )
    begin = time.process_time()
    inspect(page)
    assert time.process_time() - begin < 5


NO_ADDRESSES = [
    "http://[bad",
    "http://[::1",
    "https://a]b/",
    "//[x",
    "http://a.example:port/",
    "http://\u2100.example/",
]


@pytest.mark.parametrize("address", NO_ADDRESSES)
def test_what_is_no_address_is_no_host_wherever_it_stands(address: str) -> None:
    """As the address of a page that somebody asks about, and wherever a page names one."""
    text = "<p>" + "The council voted on Thursday to rebuild the market hall by the river. " * 20 + "</p>"
    linked = json.dumps({"@type": "NewsArticle", "headline": "H", "url": address, "isBasedOn": address})
    html = (
        f'<html lang="en"><head><title>Market | Post</title><link rel="canonical" href="{address}"><meta '
        f'property="og:url" content="{address}"><script type="application/ld+json">{linked}</script></head><body>'
        f'<h1>Market</h1>{text}<p>See <a rel="author" href="{address}">the Gazette</a>.</p></body></html>'
    )
    for url in (address, "https://post.example/market"):
        found = inspect(read_html(html.encode(), url=url))
        assert found.text.startswith("The council voted")
        assert inspect(replace(read_text(f"Market\n{text}\nSource: {address}\n"), url=url)).text


@pytest.mark.no_cover  # the tracer takes as much time again
def test_many_different_injected_words_take_bounded_time() -> None:
    words = [f"{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}{chr(97 + n // 676)}x" for n in range(15_000)]
    text = " ".join(f"Brightfeed{word} {word}" for word in words)
    begin = time.process_time()
    found = inspect(Page(headline="H", brand="Brightfeed", text=text, body=body_html(text)))
    assert found.has("injected")
    assert time.process_time() - begin < 5


@given(
    st.builds(
        Page,
        headline=st.none() | st.text(max_size=50),
        title=st.none() | st.text(max_size=80),
        brand=st.none() | st.text(max_size=20),
        byline=st.none() | st.text(max_size=20),
        biography=st.none() | st.text(max_size=80),
        text=st.text(max_size=500),
        body=st.text(max_size=50),
        section=st.none() | st.sampled_from(["Finance", "", "x"]),
        published=st.none() | st.just(DAY),
        url=st.none() | st.sampled_from(["https://a.example/b", "", "://", "x"]),
        counts=st.just((PageCount("", 0), PageCount("views", 10**30))),
        links=st.just((LinkList(None, ()), LinkList("Related", ("", "", "", "")))),
    )
)
@settings(max_examples=150, deadline=None)
def test_nothing_is_raised_whatever_stands_on_a_page(page: Page) -> None:
    found = inspect(page)
    assert as_text(found)
    assert as_json(found)["headline"] is None or page.headline is not None
    assert found == inspect(page)  # a pure function


def test_a_page_that_names_nobody_accuses_nobody() -> None:
    page = read_text("A ferry\nMellow Page\nThe ferry stayed in port.\nAnn Roe is a reporter at The Tide.")
    assert inspect(page).findings == ()
