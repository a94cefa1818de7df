"""Documents made to break a reader: time and memory stay bounded, and nothing outside is read."""

import gzip
import json
import sys
import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from recirc.reading.rejections import RejectedValueError
from recirc.settings import SourceEntry
from recirc.sources.documents import MOST_UNPACKED, text_of, unpacked, xml_of
from recirc.sources.feed import read_feed
from recirc.sources.finder import find
from recirc.sources.jsonlines import entries_of as lines_of
from recirc.sources.listing import ListedEntry
from recirc.sources.ninjs import items_of
from recirc.sources.page import links_of
from recirc.sources.sitemap import read_sitemap
from recirc.sources.source import Fetch, FetchResponse, PollState

NOW = datetime(2026, 11, 22, tzinfo=UTC)
RSS = b"<rss version='2.0'><channel><title>T</title>"
ITEM = b"<item><title>Headline number %d</title><link>https://a.example/%d</link></item>"


def feed(content: bytes) -> list[ListedEntry]:
    return list(read_feed(content, url="https://a.example/feed", charset=None, now=NOW).entries)


def sitemap(content: bytes) -> list[ListedEntry]:
    return read_sitemap(content, url="https://a.example/sitemap.xml", charset=None, now=NOW).entries


def seconds(read: Callable[[], object]) -> float:
    begun = time.process_time()
    with suppress(RejectedValueError):
        read()
    return time.process_time() - begun


def calls(read: Callable[[], object]) -> int:
    """Function calls, ours and those of libraries: the same on every machine, however busy it is."""
    counted = 0

    def count(_: object, event: str, __: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        read()
    finally:
        sys.setprofile(None)
    return counted


LAUGHS = b"<!DOCTYPE rss [<!ENTITY a0 'ha'>%s]>" % b"".join(
    b"<!ENTITY a%d '%s'>" % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10)
)
OUTSIDE = b"<!DOCTYPE rss [<!ENTITY a9 SYSTEM 'file:///etc/hostname'><!ENTITY % b SYSTEM 'http://127.0.0.1:9/b'> %b;]>"


@pytest.mark.parametrize("prolog", [LAUGHS, OUTSIDE], ids=["laughs", "outside"])
@pytest.mark.parametrize("declaration", [b"", b"<?xml version='1.0' encoding='utf-8'?>"])
def test_entities_are_never_expanded(prolog: bytes, declaration: bytes) -> None:
    (entry,) = feed(declaration + prolog + RSS + b"<item><title>x &a9; y</title></item></channel></rss>")
    assert entry.row["headline"] == "x &a9; y"
    url = b"<url><loc>https://a.example/&a9;</loc></url>"
    (entry,) = sitemap(declaration + prolog.replace(b"rss", b"urlset") + b"<urlset>" + url + b"</urlset>")
    assert entry.url == "https://a.example/&a9"


@pytest.mark.no_cover  # the tracer takes as much time again
@pytest.mark.parametrize(
    "unit",
    [
        b"\n",
        b"<",
        b"&",
        b"&nbsp;",
        b"<![CDATA[",
        b"<a ",
        b"<!--",
        b"<a b='",
        b"<!DOCTYPE",
        b"<b>",
        b"<item>",
        b"]]>",
        b"<?",
    ],
)
def test_time_grows_no_faster_than_the_document(unit: bytes) -> None:
    def least(copies: int) -> float:
        return min(seconds(lambda: feed(RSS + unit * copies)) for _ in range(3))

    least(100)
    short, long = least(4_000), least(16_000)
    assert long < 12 * short + 0.1


def test_many_items_are_read_in_linear_time() -> None:
    def document(items: int) -> bytes:
        return RSS + b"".join(ITEM % (n, n) for n in range(items)) + b"</channel></rss>"

    assert len(feed(document(1_000))) == 1_000
    assert calls(lambda: feed(document(2_000))) < 5 * calls(lambda: feed(document(500)))


def test_a_deep_document_is_refused() -> None:
    for content in (
        b"<item>" + b"<b>" * 1_000 + b"</b>" * 1_000 + b"</item></channel></rss>",
        b"<b>" * 100_000,
    ):
        with pytest.raises(RejectedValueError, match="nested more than 250 deep"):
            feed(RSS + content)
    with pytest.raises(RejectedValueError, match="more than 3 elements"):
        xml_of(b"<rss><a/><a/><a/></rss>", None, "rss", ("item",), 3)


def test_a_sitemap_of_many_addresses_takes_little_memory() -> None:
    url = b"<url><loc>https://a.example/%d</loc><lastmod>2026-11-21</lastmod></url>"
    content = b"<urlset>" + b"".join(url % n for n in range(5_000)) + b"</urlset>"
    tracemalloc.start()
    found = sitemap(content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(found) == 5_000
    assert peak < 40 * len(content)


def test_a_gzip_bomb_is_refused() -> None:
    bomb = gzip.compress(bytes(MOST_UNPACKED + 1), compresslevel=9)
    with pytest.raises(RejectedValueError, match="more than 50,000,000 bytes"):
        unpacked(bomb)
    fetch = answering(bomb)
    with pytest.raises(
        RejectedValueError, match=r"bomb\.gz: the gzip file unpacks to more than 50,000,000 bytes"
    ):
        find(SourceEntry(address="https://a.example/bomb.gz"), fetch)
    with pytest.raises(RejectedValueError, match='beginning with "Nothing of use"'):
        find(SourceEntry(address="https://a.example/"), answering(gzip.compress(b"Nothing of use")))
    with pytest.raises(RejectedValueError, match="damaged"):
        unpacked(b"\x1f\x8b" + b"x" * 100)


@pytest.mark.parametrize(
    ("content", "charset", "text"),
    [
        ("é".encode("utf-16"), None, "é"),
        (b"\xef\xbb\xbf" + "é".encode(), "latin-1", "é"),
        (b"\xe9", "iso-8859-1", "é"),
        (b"\x80", "iso-8859-1", "€"),
        (
            b"<?xml version='1.0' encoding='windows-1251'?>\xe9",
            None,
            "<?xml version='1.0' encoding='windows-1251'?>й",
        ),
        ("é".encode() * 2_000 + b"\xff", None, "é" * 2_000 + "\ufffd"),
        (b"\xe9", "punycode", "é"),
        (b"\xe9", "no such", "é"),
    ],
)
def test_encodings(content: bytes, charset: str | None, text: str) -> None:
    assert text_of(content, charset) == text


PIECES = st.sampled_from(
    b"<rss> <item> </item> <title> </title> <link> http://a/ & &#0; <![CDATA[ ]]> <urlset> <url> <loc> \0 \xff <x:y> "
    b"{ [ ] \"items\": <feed xmlns=' '> <!".split()
)


@given(st.one_of(st.binary(max_size=200), st.lists(PIECES, max_size=20).map(b"".join)))
@example(b"<rss><item><link>http://[</link></item></rss>")
@example(b'{"version": "https://jsonfeed.org/version/1", "items": [{"url": "http://["}, [], null]}')
def test_no_document_raises_anything_but_a_refusal(content: bytes) -> None:
    for read in (feed, sitemap):
        try:
            listed = read(content)
        except RejectedValueError as refused:
            said = [refused.text]
        else:
            said = [entry.key for entry in listed]
        assert all(said)
    assert all(entry.key for entry in lines_of(content, NOW))
    assert all(link.startswith("http") for link in links_of(content, url="https://a.example/", charset=None))


def test_nested_lists_of_items_end() -> None:
    said: object = {"uri": "a", "headline": "A"}
    for _ in range(50):
        said = {"uri": "a", "headline": "A", "associations": [said]}
    assert len(list(items_of(said))) <= 10


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.just("http://["),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "value", "rendered", "x"]), inner)
    ),
    max_leaves=5,
)
DOCUMENTS = ["feed.json", "ghost.json", "ninjs2.json", "ninjs3.json", "wordpress.json", "lines.jsonl"]


def replaced(said: object, draw: st.DrawFn, chance: int) -> object:
    """The same document with some values within it become anything."""
    if draw(st.integers(0, chance)) == 0:
        return draw(ANYTHING)
    if isinstance(said, dict):
        return {name: replaced(value, draw, chance) for name, value in said.items()}
    if isinstance(said, list):
        return [replaced(value, draw, chance) for value in said]
    return said


@pytest.mark.parametrize("name", DOCUMENTS)
@settings(max_examples=100)
@given(data=st.data())
def test_no_value_within_a_document_ends_the_reading(name: str, data: st.DataObject) -> None:
    content = (Path(__file__).parent / "golden" / name).read_bytes()
    source = find(SourceEntry(address=f"https://a.example/{name}?key=1", pages=False), answering(content))
    if name.endswith(".jsonl"):
        rows = [json.loads(line) for line in content.splitlines() if line.endswith(b"}")]
        broken = b"\n".join(json.dumps(data.draw(st.composite(_drawn)(row))).encode() for row in rows)
    else:
        broken = json.dumps(data.draw(st.composite(_drawn)(json.loads(content)))).encode()
    try:
        found = list(source.poll(answering(broken), PollState(), NOW))
    except RejectedValueError:
        found = []
    for each in found:
        assert msgspec.json.encode(each)


def _drawn(draw: st.DrawFn, said: object) -> object:
    return replaced(said, draw, 12)


def answering(content: bytes) -> Fetch:
    def fetch(url: str, *, etag: str | None = None, last_modified: str | None = None) -> FetchResponse:
        assert (etag, last_modified) == (None, None)
        return FetchResponse(url=url, status=200, body=content)

    return fetch
