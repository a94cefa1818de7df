"""Sitemaps, news sitemaps and indexes of them, plain or gzipped."""

import io
import re
from collections.abc import Generator, Iterator
from datetime import datetime
from typing import Final, NamedTuple

import msgspec
from lxml import etree
from typing_extensions import override

from recirc.reading.rejections import RejectedValueError, Rejection
from recirc.reading.urls import identity_of
from recirc.reading.values import claimed, version_of, when
from recirc.sources.documents import beginning, joined, unpacked, xml_of
from recirc.sources.listing import ListedEntry, ListingReader, taken
from recirc.sources.source import Fetch, FetchedArticle, FetchError, FetchResponse, PollState, Source
from recirc.types import Claims

ROOTS: Final = "urlset|sitemapindex"
"""Names of a sitemap's root element, without prefix."""

MOST: Final = 200_000  # addresses of one sitemap that are read; the protocol allows 50,000
MOST_ELEMENTS: Final = 5_000_000  # with pictures and translations of each address
MOST_PARTS: Final = 5  # sitemaps of an index that are fetched at once
MOST_KEPT: Final = 100_000  # addresses that the notebook of an index keeps

_IS: Final = re.compile(rf"<(?:\w{{1,20}}:)?(?:{ROOTS})[\s>]", re.IGNORECASE)
_PACKED: Final = b"\x1f\x8b"


class SitemapSource(Source):
    """A sitemap of the protocol of sitemaps.org, with Google's news extension; or an index of such."""

    kind = "sitemap"
    order = 20

    @classmethod
    @override
    def recognises(cls, address: str, answer: FetchResponse | None) -> bool:
        """Whether its root is `urlset` or `sitemapindex`."""
        return answer is not None and is_sitemap(answer.body)

    @override
    def poll(self, fetch: Fetch, notebook: PollState, now: datetime) -> Iterator[FetchedArticle | Rejection]:
        """See `Source.poll`. Of an index, the parts that changed are read, `MOST_PARTS` at once."""
        answer = fetch(self.entry.address, etag=notebook.etag, last_modified=notebook.last_modified)
        if answer.status == 304:
            return
        sitemap = _checked(answer, now)
        taker = ListingReader(self, fetch, now)
        if sitemap.parts:
            finished = yield from _parts(sitemap.parts, taker, notebook)
        else:
            finished = (yield from taken(sitemap.listed, taker, notebook)).finished
        notebook.etag = answer.etag if finished else None
        notebook.last_modified = answer.last_modified if finished else None


class SitemapPart(NamedTuple):
    """A sitemap that an index names; `changed` is what it says of the last change, empty where it says nothing."""

    url: str
    changed: str


class SitemapContent(NamedTuple):
    """What a sitemap lists: articles, or further sitemaps."""

    listed: list[ListedEntry]
    parts: list[SitemapPart]


def is_sitemap(content: bytes) -> bool:
    """Whether a document begins as a sitemap does, gzipped or not."""
    if content.startswith(_PACKED):
        try:
            content = unpacked(content)
        except RejectedValueError:
            return False
    text = beginning(content)
    return text.startswith("<") and bool(_IS.search(text))


def read_sitemap(content: bytes, *, url: str, charset: str | None, now: datetime) -> SitemapContent:
    """What a sitemap lists.

    Raises:
        Refused: it is none.
    """
    xml = xml_of(unpacked(content), charset, ROOTS, ("url", "sitemap"), MOST_ELEMENTS)
    sitemap = SitemapContent([], [])
    elements = etree.iterparse(
        io.BytesIO(xml.text.encode("utf-8", "replace")),
        events=("end",),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    for _, element in elements:
        name = etree.QName(element).localname if isinstance(element.tag, str) else ""
        if name not in ("url", "sitemap"):
            continue
        said = _said(element)
        address = joined(url, said.get("loc", ""))
        if address is not None and name == "sitemap":
            sitemap.parts.append(SitemapPart(address, said.get("lastmod", "")))
        elif address is not None:
            sitemap.listed.append(_listed(said, address, len(sitemap.listed) + 1, now))
        # What is read is forgotten at once: a sitemap of 50 MB takes no more memory than its addresses.
        element.clear()
        while element.getprevious() is not None and (parent := element.getparent()) is not None:
            del parent[0]
        if len(sitemap.listed) >= MOST:
            break
    return sitemap


def _said(element: etree._Element) -> dict[str, str]:
    """The texts within an entry by the names of their elements; names of pictures and videos do not count."""
    said: dict[str, str] = {}
    for inner in element.iter(etree.Element):
        name = etree.QName(inner)
        if "image" in (name.namespace or "") or "video" in (name.namespace or ""):
            continue
        if inner.text and inner.text.strip():
            said.setdefault(name.localname, inner.text.strip())
    return said


def _listed(said: dict[str, str], url: str, number: int, now: datetime) -> ListedEntry:
    keywords = [word.strip() for word in said.get("keywords", "").split(",")]
    published, changed = said.get("publication_date"), said.get("lastmod")
    row = {
        "headline": said.get("title"),
        "topics": [word for word in keywords if word],
        "published": published,
        "updated": None,  # of a page that changed the text need not have
        "language": said.get("language"),
        "outlet": said.get("name"),
    }
    return ListedEntry(
        key=identity_of(url),
        version=version_of(changed, published, said.get("title")),
        row=row,
        url=url,
        when=when(published, now) or when(changed, now),
        claims=Claims(
            headline=claimed(said.get("title")),
            outlet=claimed(said.get("name")),
            published=claimed(published),
            canonical_url=claimed(url),
        ),
        # News sitemaps have articles and nothing else.
        sure="title" in said,
        number=number,
    )


def _checked(answer: FetchResponse, now: datetime) -> SitemapContent:
    if not is_sitemap(answer.body):
        raise RejectedValueError(
            "", f"{answer.url}: this is no sitemap: its root is neither <urlset> nor <sitemapindex>"
        )
    try:
        return read_sitemap(answer.body, url=answer.url, charset=answer.charset, now=now)
    except RejectedValueError as refused:
        raise RejectedValueError(refused.field, f"{answer.url}: {refused.text}") from None


def _parts(
    parts: list[SitemapPart], taker: ListingReader, notebook: PollState
) -> Generator[FetchedArticle | Rejection, None, bool]:
    """Read the parts of an index that changed, the newest first, then those that say nothing, the longest unread first.

    Returns whether nothing is left. The notebook's `note` keeps what each part said when it was read to its end.
    """
    noted = _noted(notebook.note)
    waiting = _in_order(
        [part for part in parts if not part.changed or noted.get(part.url) != part.changed], noted, taker.now
    )
    left = taker.entry.most
    finished = all(part.changed for part in parts) and len(waiting) <= MOST_PARTS
    for number, part in enumerate(waiting[:MOST_PARTS], 1):
        whole = False
        if left <= 0:
            finished = False
            break
        try:
            sitemap = _checked(taker.fetch(part.url), taker.now)
            if sitemap.parts:
                raise RejectedValueError("", f"{part.url}: an index within an index is not read")
        except FetchError as error:
            yield Rejection(number, str(error), "", taker.entry.address)
        except RejectedValueError as refused:
            whole = True
            yield Rejection(number, refused.text, "", taker.entry.address)
        else:
            run = yield from taken(sitemap.listed, taker, notebook, most=left, keep=True)
            left -= run.tried
            whole = run.finished
        finished = finished and whole
        noted.pop(part.url, None)
        noted[part.url] = part.changed if whole else ""
    named = {part.url for part in parts}
    notebook.note = msgspec.json.encode({url: said for url, said in noted.items() if url in named}).decode()
    for key in list(notebook.seen)[:-MOST_KEPT]:
        del notebook.seen[key]
    return finished


def _in_order(parts: list[SitemapPart], noted: dict[str, str], now: datetime) -> list[SitemapPart]:
    read = {url: place for place, url in enumerate(noted)}
    longest_unread = sorted(parts, key=lambda part: read.get(part.url, -1))
    return sorted(longest_unread, key=lambda part: -_seconds(when(part.changed, now)))


def _seconds(moment: datetime | None) -> float:
    return 0.0 if moment is None else moment.timestamp()


def _noted(note: str) -> dict[str, str]:
    try:
        return msgspec.json.decode(note.encode(), type=dict[str, str])
    except msgspec.MsgspecError:
        return {}
