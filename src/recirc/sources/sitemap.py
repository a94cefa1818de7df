"""Sitemaps, news sitemaps and indexes of them, plain or gzipped; sitemaps as plain text."""

import io
import re
from collections.abc import Generator, Iterator
from datetime import datetime
from typing import Final, NamedTuple

from lxml import etree
from typing_extensions import override

from recirc.reading.holds import hold_of
from recirc.reading.rejections import RejectedValueError, Rejection
from recirc.reading.urls import identity_of
from recirc.reading.values import claimed, version_of, when
from recirc.sources.detection import root_of
from recirc.sources.documents import joined, unpacked, xml_of
from recirc.sources.feed import is_feed, read_feed
from recirc.sources.listing import ListedEntry, ListingReader
from recirc.sources.polls import poll_entries
from recirc.sources.sitemap_index import PartNote, SitemapPart, due, note_of, notes_of
from recirc.sources.source import Fetch, FetchError, FetchResponse, PollItem, PollState, Source
from recirc.types import Claims

ROOTS: Final = "urlset|sitemapindex"
"""Names of a sitemap's root element, without prefix."""

MOST: Final = 200_000  # addresses of one sitemap that are read; the protocol allows 50,000
MOST_ELEMENTS: Final = 5_000_000  # with pictures and translations of each address
MOST_PARTS: Final = 5  # sitemaps of an index that are fetched in one poll
MOST_INDEXES: Final = 10  # indexes within an index that are fetched in one poll
DEEPEST: Final = 4  # indexes within each other
MOST_KEPT: Final = 100_000  # addresses in the state of an index

LIST_BEGINNING: Final = 4_096  # bytes of a list by which it is recognised

_ADDRESS: Final = re.compile(rb"https?://[^\s<>\"]{1,2000}", re.IGNORECASE)
_TEXTS: Final = ("loc", "title", "name", "keywords", "language", "lastmod")


class SitemapSource(Source):
    """A sitemap of the protocol of sitemaps.org, with Google's news extension; or an index of such."""

    kind = "sitemap"
    order = 20

    @classmethod
    @override
    def recognises(cls, address: str, answer: FetchResponse | None) -> bool:
        """Whether its root is `urlset` or `sitemapindex`, or each line an address."""
        return answer is not None and is_sitemap(answer.body)

    @override
    def poll(self, fetch: Fetch, state: PollState, now: datetime) -> Iterator[PollItem]:
        """See `Source.poll`. Of an index, the parts that changed are read, `MOST_PARTS` in one poll."""
        answer = fetch(self.entry.address, etag=state.etag, last_modified=state.last_modified)
        if answer.status == 304:
            return
        sitemap = _sitemap(answer, now)
        reader = ListingReader(self, fetch, now)
        if sitemap.parts:
            finished = yield from _parts(sitemap.parts, reader, state)
        else:
            finished = (yield from poll_entries(sitemap.entries, reader, state)).finished
        state.etag = answer.etag if finished else None
        state.last_modified = answer.last_modified if finished else None


class SitemapContent(NamedTuple):
    """The content of a sitemap: articles, or further sitemaps."""

    entries: list[ListedEntry]
    parts: list[SitemapPart]


def is_sitemap(content: bytes) -> bool:
    """Whether a document, gzipped or not, has the root of a sitemap, or is a list of addresses."""
    return root_of(content, ROOTS) is not None or is_list(content)


def is_list(content: bytes) -> bool:
    """Whether a document, gzipped or not, is a sitemap as plain text: each line an address (sitemaps.org).

    >>> is_list(b"https://paper.example/a\\r\\n\\nhttps://paper.example/b"), is_list(b"https://paper.example is new")
    (True, False)
    """
    try:
        lines = unpacked(content)[:LIST_BEGINNING].removeprefix(b"\xef\xbb\xbf").split(b"\n")
    except RejectedValueError:
        return False
    # The last one may be cut off.
    found = [line.strip() for line in (lines[:-1] or lines) if line.strip()]
    return bool(found) and all(map(_ADDRESS.fullmatch, found))


def read_list(content: bytes, now: datetime) -> SitemapContent:
    """The content of a sitemap as plain text. Raises RejectedValueError: it is too large."""
    lines = unpacked(content).decode("utf-8-sig", "replace").split("\n")
    addresses = [line.strip() for line in lines if _ADDRESS.fullmatch(line.strip().encode())][:MOST]
    return SitemapContent([_entry({}, address, n, now) for n, address in enumerate(addresses, 1)], [])


def read_sitemap(content: bytes, *, url: str, charset: str | None, now: datetime) -> SitemapContent:
    """The content of a sitemap.

    Raises:
        RejectedValueError: it is not one.
    """
    if root_of(content, ROOTS) is None and is_list(content):
        return read_list(content, now)
    xml = xml_of(unpacked(content), charset, ROOTS, ("url", "sitemap"), MOST_ELEMENTS)
    sitemap = SitemapContent([], [])
    elements = etree.iterparse(
        io.BytesIO(xml.text.encode("utf-8", "replace")),
        events=("end",),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=True,  # of namespaces that are no addresses; it is well-formed
    )
    for _, element in elements:
        name = _name(element)
        if name not in ("url", "sitemap"):
            continue
        fields = _fields(element)
        address = joined(url, fields.get("loc", ""))
        if address is not None and name == "sitemap":
            sitemap.parts.append(SitemapPart(address, fields.get("lastmod", "")))
        elif address is not None:
            sitemap.entries.append(_entry(fields, address, len(sitemap.entries) + 1, now))
        # Freed at once, so that a sitemap of 50 MB takes no more memory than its addresses.
        element.clear()
        while element.getprevious() is not None and (parent := element.getparent()) is not None:
            del parent[0]
        if len(sitemap.entries) >= MOST:
            break
    return sitemap


def _fields(element: etree._Element) -> dict[str, str]:
    """The texts within an entry by the names of their elements, without those of pictures and videos."""
    fields: dict[str, str] = {}
    for inner in element.iter(etree.Element):
        namespace = str(inner.tag).rpartition("}")[0]
        if "image" in namespace or "video" in namespace:
            continue
        if inner.text and inner.text.strip():
            fields.setdefault(_name(inner), inner.text.strip())
    return fields


def _name(element: etree._Element) -> str:
    """The name of an element in lower case, without its namespace; not by `QName`, which checks both."""
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def _entry(fields: dict[str, str], url: str, number: int, now: datetime) -> ListedEntry:
    keywords = [word.strip() for word in fields.get("keywords", "").split(",")]
    published, changed = fields.get("publication_date"), fields.get("lastmod")
    row = {
        "headline": fields.get("title"),
        "topics": [word for word in keywords if word],
        "published": published,
        "updated": None,  # a page can change without its text
        "language": fields.get("language"),
        "outlet": fields.get("name"),
    }
    return ListedEntry(
        key=identity_of(url),
        version=version_of(changed, published, fields.get("title")),
        row=row,
        url=url,
        when=when(published, now) or when(changed, now),
        claims=Claims(
            headline=claimed(fields.get("title")),
            outlet=claimed(fields.get("name")),
            published=claimed(published),
            canonical_url=claimed(url),
        ),
        # News sitemaps have nothing but articles.
        sure="title" in fields,
        hold=hold_of({name: value for name, value in fields.items() if name not in _TEXTS}, now),
        number=number,
    )


def _sitemap(answer: FetchResponse, now: datetime) -> SitemapContent:
    if not is_sitemap(answer.body):
        raise RejectedValueError(
            "",
            f"{answer.url}: this is not a sitemap: its root is neither <urlset> nor <sitemapindex>, and it "
            "is no list of addresses",
        )
    try:
        return read_sitemap(answer.body, url=answer.url, charset=answer.charset, now=now)
    except RejectedValueError as error:
        raise RejectedValueError(error.field, f"{answer.url}: {error.text}") from None


def _feed(answer: FetchResponse, now: datetime) -> SitemapContent:
    """A feed in the place of a sitemap, as sitemaps.org allows."""
    try:
        listing = read_feed(answer.body, url=answer.url, charset=answer.charset, now=now)
        return SitemapContent([*listing.entries], [])
    except RejectedValueError as error:
        raise RejectedValueError(error.field, f"{answer.url}: {error.text}") from None


def _parts(
    parts: list[SitemapPart], reader: ListingReader, state: PollState
) -> Generator[PollItem, None, bool]:
    """Read the sitemaps of an index that are due (`sitemap_index.due`), and those of indexes within it.

    Returns whether nothing is left, so that an unchanged index need not be read again.
    """
    notes = notes_of(state.note)
    waiting = [(part, 1) for part in due(parts, notes, reader.now)]
    finished = all(part.changed for part in parts)
    left, read, indexes = reader.entry.most, 0, 0
    asked = {reader.entry.address}
    while waiting and left > 0 and read < MOST_PARTS and indexes < MOST_INDEXES:
        part, depth = waiting.pop(0)
        if part.url in asked:
            continue
        asked.add(part.url)
        note = notes.pop(part.url, PartNote())  # added again, so that the last read comes last
        try:
            answer = reader.fetch(part.url)
            sitemap = _feed(answer, reader.now) if is_feed(answer.body) else _sitemap(answer, reader.now)
        except FetchError as error:
            read, finished = read + 1, False
            notes[part.url] = note
            yield Rejection(read, str(error), "", reader.place)
            continue
        except RejectedValueError as error:
            read += 1
            notes[part.url] = PartNote(part.changed or "read", "rejected", 0, reader.now.timestamp())
            yield Rejection(read, error.text, "", reader.place)
            continue
        if sitemap.parts and depth < DEEPEST:
            indexes, finished = indexes + 1, False
            waiting = [(inner, depth + 1) for inner in due(sitemap.parts, notes, reader.now)] + waiting
            continue
        read += 1
        run = yield from poll_entries(sitemap.entries, reader, state, most=left, keep=True)
        left -= run.tried
        finished = finished and run.finished
        notes[part.url] = note.after(part, answer.body, reader.now, whole=run.finished)
    state.note = note_of(notes)
    for key in list(state.seen)[:-MOST_KEPT]:
        del state.seen[key]
    return finished and not waiting
