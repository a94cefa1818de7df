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
from recirc.sources.source import Fetch, FetchError, FetchResponse

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
        "<urlset xmlns='http://www.s<x>:n='y'><url><loc>https://a.example/1</loc><n:t>t</n:t></url></urlset>",
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


HOME = (
    '<!doctype html><html><head>{api}<link rel="alternate" type="application/rss+xml" href="/feed/">'
    '<meta name="generator" content="{generator}"></head><body><p>Home</p></body></html>'
)
API = '<link rel="https://api.w.org/" href="{0}">'
POST = [
    {
        "id": 1,
        "link": "https://a.example/1",
        "title": {"rendered": "Storm"},
        "content": {"rendered": "<p>x</p>"},
    }
]


def site(pages: dict[str, tuple[str, bytes]]) -> Fetch:
    def fetch(url: str, **_: object) -> FetchResponse:
        if url not in pages:
            raise FetchError(url, "the server answers 404 Not Found", gone=True)
        return FetchResponse(url=url, status=200, media_type=pages[url][0], body=pages[url][1])

    return fetch


@pytest.mark.parametrize(
    ("root", "asked"),
    [
        ("https://a.example/wp-json/", "https://a.example/wp-json/wp/v2/posts?per_page=1"),
        ("https://a.example/?rest_route=/", "https://a.example/?rest_route=/wp/v2/posts&per_page=1"),
        (
            "https://a.example/index.php?rest_route=/",
            "https://a.example/index.php?rest_route=/wp/v2/posts&per_page=1",
        ),
    ],
)
def test_the_api_of_wordpress_is_preferred_to_its_feed(root: str, asked: str) -> None:
    home = HOME.format(api=API.format(root), generator="WordPress 6.5").encode()
    pages = {
        "https://a.example/": ("text/html", home),
        "https://a.example/feed/": ("application/rss+xml", RSS.encode()),
        asked: ("application/json", json.dumps(POST).encode()),
    }
    found = find(SourceEntry(address="https://a.example/"), site(pages))
    assert (found.kind, found.entry.address) == ("wordpress", asked.removesuffix("per_page=1").rstrip("&?"))
    assert "REST API" in found.reason
    del pages[asked]
    found = find(SourceEntry(address="https://a.example/"), site(pages))
    assert (found.kind, found.entry.address) == ("feed", "https://a.example/feed/")
    assert "closed" in found.reason


def test_a_part_of_a_site_is_its_feed() -> None:
    page = HOME.format(api=API.format("https://a.example/wp-json/"), generator="WordPress").encode()
    pages = {
        "https://a.example/sport/": ("text/html", page),
        "https://a.example/feed/": ("application/rss+xml", RSS.encode()),
    }
    found = find(SourceEntry(address="https://a.example/sport/"), site(pages))
    assert found.kind == "feed"
    assert "whole site" in found.reason


def test_ghost_is_its_feed_until_its_key_is_given() -> None:
    page = HOME.format(api="", generator="Ghost 5.130").encode()
    pages = {
        "https://a.example/": ("text/html", page),
        "https://a.example/feed/": ("application/rss+xml", RSS.encode()),
    }
    found = find(SourceEntry(address="https://a.example/"), site(pages))
    assert found.kind == "feed"
    assert "--key" in found.reason
    assert find(SourceEntry(address="https://a.example/", key="22"), site(pages)).kind == "ghost"
