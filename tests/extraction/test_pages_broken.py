"""Pages of HTML that are broken, huge, nested, or no pages at all: bounded time, and always an answer."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recirc.extraction.html import read_html
from recirc.extraction.page import Page
from recirc.text.charset import MOST_READ
from recirc.text.clean import body_html, words_of

ADDRESS = "https://www.harbourpost.example/local/mill.html"
PARAGRAPHS = (
    "The old flour mill at the mouth of the Wren opened its doors again on Tuesday, eleven years after a fire "
    "took its roof, and some four hundred people came to see the wheel turn.",
    "The trust that bought the ruin for a pound spent six years on the timber alone. Its carpenters found oak of "
    "the right length in a barn two valleys away, and carried it over the pass by night.",
    "“Nobody believed that the stones would ever run true,” said Ines Marchetti, who led the work, “and on Monday "
    "evening I was not sure of it myself.” The first sack of flour went to the school.",
    "Flour will be ground on two days a week. The bakery next door, which had closed in the spring, has taken on "
    "three people and means to open before the end of the month.",
)

HEADLINE = "Mill wheel turns again after eleven years"
PLAIN = f"""<!DOCTYPE html><html lang="en-GB"><head><meta charset="utf-8"><title>{HEADLINE} | Harbour Post</title>
</head><body><main><article><h1>{HEADLINE}</h1><p class="byline">By Ada Hartley and Tom Reid</p>
<p>{PARAGRAPHS[0]}</p><p>{PARAGRAPHS[1]}</p><p>{PARAGRAPHS[2]}</p><p>{PARAGRAPHS[3]}</p></article></main></body></html>"""


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"   ",
        b"\x00\x00",
        b"\xff\xfe",
        b"%PDF-1.7 \x93\x8c",
        "",
        "plain words",
        "<",
        "<html>",
        "<!-- x",
        "<script>",
    ],
)
def test_what_is_hardly_a_page(content: bytes | str) -> None:
    page = read_html(content, url=ADDRESS)
    assert isinstance(page, Page)
    assert page.url == ADDRESS
    assert page.published is None
    assert page.authors == ()


@pytest.mark.parametrize("cut", [300, 1_700, 2_500, 3_300])
def test_a_page_that_breaks_off(cut: int) -> None:
    page = read_html(PLAIN[:cut], url=ADDRESS)
    assert page.title is not None
    assert page.title.startswith("Mill wheel turns again")


HARD = {
    "deep": "<html><body><h1>Wheel turns</h1>"
    + "<div>" * 200_000
    + f"<p>{PARAGRAPHS[0]}</p><p>{PARAGRAPHS[1]}</p>",
    "deep emphasis": "<html><body><h1>Wheel turns</h1><p>" + "<b><i>" * 100_000 + PARAGRAPHS[0],
    "deep lists": "<html><body><h1>Wheel turns</h1>" + "<ul><li>x" * 60_000,
    "deep tables": "<html><body><h1>Wheel turns</h1>" + "<table><tr><td>x" * 60_000,
    "open tags": "<html><body><h1>Wheel turns</h1>" + "<" * 2_000_000,
    "open comments": "<html><body><h1>Wheel turns</h1>" + "<!--" * 500_000,
    "open scripts": "<html><body><h1>Wheel turns</h1>" + "<script>" * 300_000,
    "one word": "<html><body><h1>Wheel turns</h1><p>" + "a" * 5_000_000,
    "one line of words": "<html><body><h1>Wheel turns</h1><p>" + "wheel, " * 600_000,
    "paragraphs": "<html><body><h1>Wheel turns</h1>" + f"<p>{PARAGRAPHS[0]}</p>" * 22_000,
    "short paragraphs": "<html><body><h1>Wheel turns</h1>" + "<p>Yes.</p>" * 400_000,
    "paragraphs that are just few enough": "<html><body><h1>Wheel turns</h1>"
    + "<p>Yes, it turns.</p>" * 4_900,
    "line breaks": "<html><body><h1>Wheel turns</h1><div>" + "Yes, it turns.<br>" * 250_000,
    "links": "<html><body><h1>Wheel turns</h1>" + '<a href="/x">one more link</a> ' * 150_000,
    "attributes": "<html><body><h1>Wheel turns</h1><p " + "a=b " * 1_000_000 + ">x</p>",
    "entities": "<html><body><h1>Wheel turns</h1><p>" + "&nbsp;&amp;" * 400_000,
    "headings": "<html><body>" + "<h1>Wheel turns</h1>" * 200_000,
    "meta tags": "<html><head>"
    + '<meta name="author" content="Ada Hartley">' * 100_000
    + "</head><body><h1>Wheel turns</h1>",
    "dashes": "<html><head><title>" + " - " * 1_000_000 + "</title></head><body><h1>Wheel turns</h1>",
    "spans with marks": "<html><body><h1>Wheel turns</h1>" + '<span class="date byline">x 1</span>' * 120_000,
    "times": "<html><body><h1>Wheel turns</h1>" + "<time>soon</time>" * 250_000,
}


@pytest.mark.no_cover  # the tracer takes as much time again
@pytest.mark.parametrize("name", HARD)
def test_hard_pages_take_bounded_time(name: str) -> None:
    started = time.process_time()
    page = read_html(HARD[name].encode())
    assert time.process_time() - started < 10
    assert page.headline in ("Wheel turns", None)
    if name == "deep":
        assert PARAGRAPHS[1] in page.text


def test_of_a_page_of_fifty_megabytes_the_beginning_is_read() -> None:
    page = read_html(
        PLAIN.replace("</article>", "</article><!--").encode() + b"x" * (10 * MOST_READ), url=ADDRESS
    )
    assert page.headline == "Mill wheel turns again after eleven years"
    assert PARAGRAPHS[3] in page.text


TAGS = st.sampled_from(
    [
        "p",
        "div",
        "article",
        "main",
        "section",
        "aside",
        "h1",
        "h2",
        "ul",
        "li",
        "a",
        "b",
        "i",
        "br",
        "table",
        "tr",
        "td",
        "span",
        "time",
        "title",
        "meta",
        "script",
        "style",
        "header",
        "footer",
        "blockquote",
        "figure",
        "figcaption",
        "html",
        "head",
        "body",
        "link",
        "base",
        "form",
        "pre",
    ]
)
PIECES = st.one_of(
    TAGS.map("<{}>".format),
    TAGS.map("</{}>".format),
    st.builds(
        '<{} class="{}" datetime="{}" content="{}" name="author" rel="author">'.format,
        TAGS,
        *[st.text(max_size=12)] * 3,
    ),
    st.sampled_from(PARAGRAPHS),
    st.text(max_size=40),
    st.sampled_from(
        [
            '<script type=\'application/ld+json\'>{"@type": "NewsArticle", "author": ',
            "<!--",
            "-->",
            "<![CDATA[",
            "&#0;",
            "&#xD800;",
        ]
    ),
)


@settings(max_examples=60)
@given(st.lists(PIECES, max_size=60), st.sampled_from(["utf-8", "utf-16", "cp1252", "latin-1"]))
def test_any_page_gives_a_clean_body(pieces: list[str], codec: str) -> None:
    page = read_html("".join(pieces).encode(codec, "ignore"), url=ADDRESS)
    assert page.body == body_html(page.body, "html")
    assert page.text == words_of(page.body)
    assert page.headline is None or (page.headline == page.headline.strip() != "")
    assert page == read_html("".join(pieces).encode(codec, "ignore"), url=ADDRESS)


@settings(max_examples=60)
@given(st.binary(max_size=400), st.none() | st.text(max_size=10))
def test_any_bytes_give_a_page(content: bytes, charset: str | None) -> None:
    assert read_html(content, charset=charset).url is None
