"""Small documents that once broke a reader or made it slow, and others of their kinds."""

import json

import pytest
from test_kinds_bad_input import NOW, calls, feed, sitemap

from recirc.extraction.page import Page
from recirc.provenance.inspect import inspect
from recirc.sources.jsonlines import entries_of as lines_of
from recirc.text.clean import body_html

ATOM = b'<feed xmlns="http://www.w3.org/2005/Atom">'
RSS = b'<rss version="2.0"><channel><title>T</title>'


@pytest.mark.no_cover  # the tracer takes as much time again
@pytest.mark.parametrize("head", [ATOM, RSS], ids=["Atom", "RSS"])
@pytest.mark.parametrize(
    "unit",
    [
        b"<h2>b</h2>",
        b"<a name=y>",
        b"<item><title>b</title></item>",
        b"<entry><link/></entry>",
        b"<item><guid/><guid/>",
        b"<x:y xmlns:x='u:v'/>",
        b"<title><b>",
    ],
)
def test_many_small_elements_take_time_by_their_number_only(head: bytes, unit: bytes) -> None:
    def read(copies: int) -> int:
        def attempt() -> None:
            try:
                feed(head + unit * copies)
            except ValueError:
                return  # refused, in bounded time

        return calls(attempt)

    read(50)
    assert read(1_600) < 6 * read(400) + 2_000


HALVES = ("\\udc00", "\\ud800", "\\udbff\\ud800", "\\udfff\\udfff")


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("field", ["id", "headline", "body", "url", "topics", "authors", "unheard-of"])
def test_half_a_character_in_a_line_ends_nothing(half: str, field: str) -> None:
    value = {"topics": f'["{half}", "Sea"]', "authors": f'[{{"name": "{half} Beth"}}]'}.get(
        field, f'"x{half}y"'
    )
    row = {"id": '"first"', "headline": '"One"', "body": '"<p>Text.</p>"', field: value}
    line = "{" + ", ".join(f'"{name}": {text}' for name, text in row.items()) + "}"
    whole = json.dumps({"id": "second", "headline": "Two", "body": "<p>Text.</p>"})
    found = lines_of(f"{line}\n{whole}\n".encode(), NOW)
    assert found[-1].row["headline"] == "Two"
    for entry in found:
        str(entry.row).encode("utf-8", "strict")
        entry.key.encode("utf-8", "strict")


PROLOGS = {
    "a brace in a namespace": (b'xmlns:n="u}v{w"', b"<n:news><n:x/></n:news>"),
    "a namespace that is no address": (b'xmlns="http://]bad["', b""),
    "a prefix of nothing": (b"", b"<q:news/>"),
    "a namespace twice": (b'xmlns:n="u" xmlns:n="v"', b"<n:x/>"),
    "an entity of nothing": (b"", b"<x>&nothing;</x>"),
    "an entity without its end": (b"", b"<x>a &am b</x>"),
    "an entity of no character": (b"", b"<x>&#xFFFFFFFF;</x>"),
}


@pytest.mark.parametrize(("attribute", "inside"), PROLOGS.values(), ids=PROLOGS)
def test_an_odd_name_or_entity_hides_no_address(attribute: bytes, inside: bytes) -> None:
    url = b"<url><loc>https://a.example/%d</loc>%s</url>"
    found = sitemap(b"<urlset %s>%s%s</urlset>" % (attribute, url % (1, inside), url % (2, b"")))
    assert [entry.url for entry in found] == ["https://a.example/1", "https://a.example/2"]
    item = b"<item><title>Item %d</title><link>https://a.example/%d</link>%s</item>"
    parts = (attribute, item % (1, 1, inside), item % (2, 2, b""))
    listed = feed(b"<rss %s><channel><title>T</title>%s%s</channel></rss>" % parts)
    assert [entry.row["headline"] for entry in listed] == ["Item 1", "Item 2"]


@pytest.mark.no_cover  # the tracer takes as much time again
@pytest.mark.parametrize("piece", ["E F G H ", "<h2>b</h2>", "b\n", "Q. R. ", "<p>A</p>"])
def test_a_page_of_one_short_piece_takes_time_by_its_length_only(piece: str) -> None:
    def look(copies: int) -> int:
        text = piece * copies
        return calls(lambda: inspect(Page(headline="H", brand="T", text=text, body=body_html(text))))

    look(50)
    assert look(16_000) < 60 * 16_000, "calls for each piece, as many as for few pieces"
