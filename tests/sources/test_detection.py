"""A document is what its content is, whatever stands before it, around it and in its headers."""

import gzip
import json
from datetime import UTC, datetime

import pytest

from recirc.settings import SourceEntry
from recirc.sources.detection import root_of
from recirc.sources.documents import json_of
from recirc.sources.feed import is_feed, read_feed
from recirc.sources.finder import find
from recirc.sources.jsonlines import entries_of
from recirc.sources.sitemap import is_sitemap, read_sitemap
from recirc.sources.source import Fetch, FetchResponse

NOW = datetime(2026, 11, 29, tzinfo=UTC)
ITEM = "<item><title>Storm at the quay</title><link>https://a.example/1</link></item>"
RSS = f'<rss version="2.0"><channel><title>Tide</title>{ITEM}</channel></rss>'
SITEMAP = "<urlset><url><loc>https://a.example/1</loc></url></urlset>"
JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Tide",
    "items": [{"id": str(n), "url": f"https://a.example/{n}", "title": f"Storm {n}"} for n in range(40)],
}
DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'


def answering(body: bytes, media_type: str) -> Fetch:
    return lambda url, **_: FetchResponse(url=url, status=200, media_type=media_type, body=body)


@pytest.mark.parametrize(
    "before",
    [
        f"{DECLARATION}<!-- {'licence ' * 20_000}-->",
        f"{DECLARATION}<!-- <html><body> is not used -->",
        f"<!-- <urlset> or <rss> -->\n{DECLARATION}",
        f"\ufeff\ufeff{DECLARATION}",
        f"\ufeff\n\n  {DECLARATION}",
        f"\u00ef\u00bb\u00bf{DECLARATION}",
        f"Warning: include(x.php) failed in /srv on line 3\n{DECLARATION}",
        f"<br />\n<b>Notice</b>: Undefined index in <b>/srv/x.php</b> on line <b>3</b><br />\n{DECLARATION}",
        f"{DECLARATION}<?xml-stylesheet type='text/xsl' href='a?b>c'?>",
        f'{DECLARATION}<!DOCTYPE rss [ <!ENTITY a "<html>"> ]>',
        f'{DECLARATION}<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://a.example/rss.dtd">',
        "\r\n" * 5_000,
    ],
)
@pytest.mark.parametrize("media_type", ["application/rss+xml", "text/html", "text/plain", ""])
def test_what_stands_before_the_root_changes_nothing(before: str, media_type: str) -> None:
    for document, kind in ((RSS, "feed"), (SITEMAP, "sitemap")):
        body = (before + document).encode()
        assert find(SourceEntry(address="https://a.example/x"), answering(body, media_type)).kind == kind
    feed = read_feed((before + RSS).encode(), url="https://a.example/x", charset=None, now=NOW)
    assert [entry.row["headline"] for entry in feed.entries] == ["Storm at the quay"]
    sitemap = read_sitemap((before + SITEMAP).encode(), url="https://a.example/x", charset=None, now=NOW)
    assert [entry.url for entry in sitemap.entries] == ["https://a.example/1"]


@pytest.mark.parametrize("sort", [True, False])
@pytest.mark.parametrize("mark", ["", "\ufeff", "\ufeff\ufeff", "\n\t "])
@pytest.mark.parametrize("media_type", ["application/feed+json", "application/json", "text/html"])
def test_json_feeds_in_any_order_of_keys(sort: bool, mark: str, media_type: str) -> None:
    body = (mark + json.dumps(JSON_FEED, sort_keys=sort, indent=1)).encode()
    assert find(SourceEntry(address="https://a.example/x"), answering(body, media_type)).kind == "feed"
    assert len(read_feed(body, url="https://a.example/x", charset=None, now=NOW).entries) == 40
    body = body.replace(b"https://jsonfeed.org/version/1.1", rb"https:\/\/jsonfeed.org\/version\/1.1")
    assert is_feed(body)


@pytest.mark.parametrize(
    "document",
    [
        "<URLSET><URL><LOC>https://a.example/1</LOC><LASTMOD>2026-11-28</LASTMOD></URL></URLSET>",
        "<UrlSet xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><Url><Loc>https://a.example/1</Loc></Url></UrlSet>",
        "<s:urlset xmlns:s='http://[bad'><s:url><s:loc>https://a.example/1</s:loc></s:url></s:urlset>",
        "<urlset xmlns:n='a}b'><url><loc>https://a.example/1</loc><n:news/></url></urlset>",
        "<urlset><url><loc>https://a.example/1</loc><lastmod>2026-01-01</las&#xd800;tmod></url></urlset>",
    ],
)
def test_sitemaps_in_capitals_and_with_broken_names(document: str) -> None:
    for content in (document.encode(), gzip.compress(document.encode())):
        assert is_sitemap(content)
        found = read_sitemap(content, url="https://a.example/s", charset=None, now=NOW)
        assert [entry.url for entry in found.entries] == ["https://a.example/1"]


def test_a_feed_in_capitals() -> None:
    feed = read_feed(RSS.upper().encode(), url="https://a.example/x", charset=None, now=NOW)
    assert [entry.row["headline"] for entry in feed.entries] == ["STORM AT THE QUAY"]


@pytest.mark.parametrize(
    "reference", ["&#xd800;", "&#xDFFF;", "&#0;", "&#11;", "&#xFFFF;", "&#x110000;", "&#9999999;"]
)
@pytest.mark.parametrize("more", ["", "<x", "&nope;", "</wrong>"])
def test_a_character_that_xml_does_not_allow_costs_itself(reference: str, more: str) -> None:
    broken = f"<item><title>Bad {reference}{more}</title><link>https://a.example/2</link></item>"
    document = RSS.replace("<item>", f"{broken}<item>", 1)
    feed = read_feed(document.encode(), url="https://a.example/x", charset=None, now=NOW)
    assert "Storm at the quay" in [entry.row["headline"] for entry in feed.entries]
    if more != "</wrong>":  # which ends its item early
        assert "https://a.example/2" in [entry.url for entry in feed.entries]
    sitemap = f"<urlset><url><loc>https://a.example/{reference}{more}</loc></url>{SITEMAP[8:]}"
    found = read_sitemap(sitemap.encode(), url="https://a.example/s", charset=None, now=NOW)
    assert "https://a.example/1" in [entry.url for entry in found.entries]


def test_half_of_a_pair_in_json_costs_itself() -> None:
    assert json_of(rb'{"a": "x \ud83d y", "\udc00": ["\ud83d\ude00"]}') == {
        "a": "x \ufffd y",
        "\ufffd": ["\U0001f600"],
    }
    lines = rb'{"id":"\ud83d","headline":"bad id"}' + b"\n" + rb'{"id":"b","headline":"x \udc00 y"}'
    first, second = entries_of(lines, NOW)
    assert first.fault is not None
    assert (second.fault, second.row["headline"]) == (None, "x \ufffd y")


def test_html_is_no_feed() -> None:
    page = b"<!doctype html><html><body><pre>&lt;rss&gt;</pre><rss></rss></body></html>"
    assert root_of(page, "rss") is None
    assert not is_feed(page)
    assert not is_sitemap(page)
