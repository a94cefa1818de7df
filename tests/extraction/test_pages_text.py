"""A page as plain text: which line is what."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from recirc.extraction.around import surroundings
from recirc.extraction.biographies import biography_of
from recirc.extraction.brands import around
from recirc.extraction.labels import count_in, list_title
from recirc.extraction.outlets import outlet_in, same
from recirc.extraction.page import LinkList, Page, PageCount
from recirc.extraction.text import read_text

PAGE = """Home > World > Europe
The ferry stays in port | The Tide
The ferry stays in port
By Ann Roe and Jon Skaar
Published: May 4, 2026 at 5:30 PM
Updated: May 5, 2026
The ferry to Farrow stayed in port for a third day because its captain has a cold.
Passengers were given soup.
- the soup was leek
The captain asked for patience, and then for another blanket.
Topics: Ferry, Farrow
Ann Roe is a reporter at The Tide.
Facebook Twitter
Likes (1,204)
Related
1. A cold captain, a colder sea
2. Soup on the quay at Farrow
Most read
Nothing happened in Holm
Everything happened in Delm
© 2026 The Tide. All rights reserved."""


def test_every_part_has_its_place() -> None:
    page = read_text(PAGE)
    assert page.breadcrumb == ("World", "Europe")
    assert page.section == "Europe"
    assert (page.headline, page.brand) == ("The ferry stays in port", "The Tide")
    assert [author.name for author in page.authors] == ["Ann Roe", "Jon Skaar"]
    assert page.published is not None
    assert page.published.isoformat() == "2026-05-04T17:30:00+00:00"
    assert page.updated is not None
    assert page.text.split("\n")[1:3] == ["Passengers were given soup.", "the soup was leek"]
    assert page.body.count("<p>") == 4
    assert page.topics == ("Ferry", "Farrow")
    assert page.biography == "Ann Roe is a reporter at The Tide."
    assert page.counts == (PageCount("Likes", 1204),)
    assert page.links == (
        LinkList("Related", ("A cold captain, a colder sea", "Soup on the quay at Farrow")),
        LinkList("Most read", ("Nothing happened in Holm", "Everything happened in Delm")),
    )
    assert page.outlet == "The Tide"


@pytest.mark.parametrize("text", ["", "\n \n", "One line", "Date: soon", "Home >"])
def test_little_text_has_few_parts(text: str) -> None:
    page = read_text(text)
    assert page.text == ""
    assert page.published is None


def test_a_date_that_cannot_be_read_is_kept_as_it_stands() -> None:
    page = read_text(
        "The ferry stays\nDate: some time in May\nThe ferry to Farrow stayed in port for the third day."
    )
    assert (page.date_text, page.published) == ("some time in May", None)


@given(st.text(max_size=2_000))
@settings(max_examples=150, deadline=None)
def test_nothing_is_raised_and_nothing_invented(text: str) -> None:
    page = read_text(text)
    assert len(page.text) <= 2 * len(text) + 10
    assert "<script" not in page.body


@pytest.mark.no_cover  # the tracer takes as much time again
@pytest.mark.parametrize(
    "piece",
    [
        "a word\n",
        "Related\n- x y\n",
        "word " * 12 + "\n",
        "A",
        "Home > ",
        "| ",
        "Ann Roe is a ",
        "(1) ",
        "\r\n",
    ],
)
def test_a_long_page_takes_time_by_its_length_only(piece: str) -> None:
    begin = time.process_time()
    read_text(piece * (400_000 // len(piece)))
    assert time.process_time() - begin < 5


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("TwitterveryGood! (76311)", PageCount("veryGood!", 76311)),
        ("Likes: 4.5K", PageCount("Likes", 4500)),
        ("1,234 comments", PageCount("comments", 1234)),
        ("12 readers this hour", PageCount("readers this hour", 12)),
        ("Chapter 7", None),
        ("He was born in Delm (1911)  and lived there until the flood took the house and all the cups", None),
        ("Twitter (7)", None),
    ],
)
def test_counts(line: str, count: PageCount | None) -> None:
    assert count_in(line) == count


def test_titles_of_lists_are_whole_lines() -> None:
    assert list_title("More from The Tide") == "More from The Tide"
    assert list_title("Related stories:") == "Related stories"
    assert list_title("Related to a king") is None


@pytest.mark.parametrize(
    ("text", "outlet"),
    [
        ("Ann Roe has been CBS News' correspondent since 1993.", "CBS News"),
        ("Ann Roe is a senior White House reporter for Bloomberg.", "Bloomberg"),
        ("Ann Roe covers the sea for The Wrenmouth Tide.", "The Wrenmouth Tide"),
        ("Ann Roe is The Eastern Courier's critic.", "The Eastern Courier"),
        ("Ann Roe is a writer who lives in Delm.", None),
    ],
)
def test_biographies_name_a_person_and_perhaps_an_outlet(text: str, outlet: str | None) -> None:
    found = biography_of(text)
    assert found is not None
    assert (found.name, found.outlet) == ("Ann Roe", outlet)


@pytest.mark.parametrize(
    "text",
    ["The reporter is late for the Times.", "President Roe is a former editor of The Tide.", "Ann Roe sang."],
)
def test_other_sentences_are_no_biographies(text: str) -> None:
    assert biography_of(text) is None


def test_names_of_outlets() -> None:
    assert outlet_in("Reuters") == "Reuters"
    assert outlet_in("Prime Minister Ansel Brandt") is None
    assert outlet_in("Fox News Sunday") == "Fox News"
    assert same("The Tide", "tide")
    assert not same("The Tide", "The Time")


def test_titles_are_taken_apart_only_where_a_brand_is_certain() -> None:
    assert around("A whale | The Tide").headline == "A whale | The Tide"  # which is the headline?
    assert around("A whale swims on - what now").after == ""


HTML = """<html><body><nav class="breadcrumbs"><a href="/">Home</a><a href="/w">World</a></nav>
<article><h1>H</h1><p>Text.</p><div class="tags"><a>Ferry</a></div>
<div class="author-bio"><p>Ann Roe is a reporter at The Tide.</p></div><span class="like-count">Likes (7)</span>
</article>
<aside><div><h3>Related</h3></div><ul><li><a href="1">A cold captain and sea</a></li>
<li><a href="2">Soup on the quay again</a></li><li><a>More</a></li></ul></aside>
<script class="tags">x</script></body></html>"""


def test_surroundings_of_html() -> None:
    page = surroundings(html.document_fromstring(HTML), Page(headline="H"))
    assert page.breadcrumb == ("World",)
    assert page.topics == ("Ferry",)
    assert page.biography == "Ann Roe is a reporter at The Tide."
    assert page.counts == (PageCount("Likes", 7),)
    assert page.links == (LinkList("Related", ("A cold captain and sea", "Soup on the quay again")),)
    assert surroundings(html.document_fromstring(HTML), Page(topics=("Sea",))).topics == ("Sea",)


@pytest.mark.no_cover  # the tracer takes as much time again
def test_surroundings_of_a_huge_page_are_found_in_bounded_time() -> None:
    tree = html.document_fromstring(
        "<html><body>" + "<div class='tags like-count author-bio'>" * 250 + "<h3>Related</h3>" * 20_000
    )
    begin = time.process_time()
    surroundings(tree, Page())
    assert time.process_time() - begin < 60  # a busy machine or a tracer must not decide
