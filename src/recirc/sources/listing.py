"""From the entries of a source to articles: which are new, where their text is, and what the source claims of them."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple, TypeAlias
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from recirc.extraction.html import read_html
from recirc.extraction.page import Page
from recirc.reading.fields import (
    LONGEST,
    MAX_BYTES,
    MOST,
    article_from,
)
from recirc.reading.holds import Hold, hold_of
from recirc.reading.rejections import RejectedValueError, shown
from recirc.reading.secrets import without_key
from recirc.reading.values import claimed, first_words, one_line, own_id, version_of, when
from recirc.settings import SourceEntry
from recirc.sources.completeness import is_full, looks_like_article
from recirc.sources.documents import absolute
from recirc.sources.page_holds import hold_in
from recirc.sources.page_match import mismatch
from recirc.sources.source import Fetch, FetchedArticle, FetchError, FetchResponse, PickedArticle, Source
from recirc.text.clean import body_html, plain, words_of
from recirc.text.dates import context_of
from recirc.text.pictures import figures_in, pictures_from
from recirc.text.word_count import word_count
from recirc.types import Article, Author, Claims

_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8}){0,4}")
_SAME_SITE: Final = re.compile(r"^(?:www|m|mobile|amp|feeds?|rss)\.")
_PAGES: Final = ("text/html", "application/xhtml+xml", "")


class ListedEntry(Struct, frozen=True, kw_only=True):
    """One article in the listing of a source.

    Attributes:
        key: its name in the state: the source's own id, or its address.
        guid: the source's own id; None: the same as the key.
        version: differs once it has changed.
        revision: number of the version, of which the highest counts; 0: the source has none.
        row: its fields under the first names of `fields.ACCEPTED`, as the source gives them; dates unread.
        url: address of the article; None where it has none.
        when: the date to sort by.
        claims: what the source says of it, verbatim.
        sure: it is certainly an article; False: its page has to look like one.
        whole: its body is the whole text, however short; False: a short one may be a summary.
        page: its page, where that was read already.
        fetched: the address of that page.
        fault: why it is rejected.
        hold: why it may not be published yet.
        takedown: why its source does not publish it any more.
        shared: other entries have the same address, which therefore is not its own.
        picks: the source's own id and the address of what leads Related beside it; None: the source does not say.
        number: its place in the listing, from 1.
    """

    key: str
    guid: str | None = None
    version: str = ""
    revision: float = 0.0
    row: Mapping[str, object] = {}
    url: str | None = None
    when: datetime | None = None
    claims: Claims = Claims()
    sure: bool = True
    whole: bool = False
    page: Page | None = None
    fetched: str | None = None
    fault: str | None = None
    hold: Hold | None = None
    takedown: str | None = None
    shared: bool = False
    picks: tuple[tuple[str, str], ...] | None = None
    number: int = 1

    @property
    def sender(self) -> str:
        """The source's own id of the article, under which the state knows it."""
        return self.guid or self.key


class SourceListing(NamedTuple):
    """What a source lists.

    Attributes:
        entries: the articles, in the source's order.
        wait_seconds: poll interval that it declares; None: it does not.
        hub: address of the hub at which it can be subscribed (WebSub); None: it has none.
        topic: its own address, as the hub knows it; None: the address that was requested.
    """

    entries: Sequence[ListedEntry]
    wait_seconds: float | None = None
    hub: str | None = None
    topic: str | None = None


Read: TypeAlias = Callable[[FetchResponse, datetime], SourceListing]
"""Reads the listing in a response, given the current time; raises RejectedValueError."""


class EntryArticle(NamedTuple):
    """The article of an entry.

    Attributes:
        fetched: the article and its page.
        hold: why it may not be published yet.
        retry: why its page has to be fetched again; None: it was fetched, or is not needed.
        other_page: its address answers with another page.
    """

    fetched: FetchedArticle
    hold: Hold | None = None
    retry: FetchError | None = None
    other_page: str | None = None


class _ReadPage(NamedTuple):
    """The page at an address and the address that answered; or why it is another page; what holds it back."""

    page: Page | None
    fetched: str | None
    other: str | None = None
    hold: Hold | None = None


Identify: TypeAlias = Callable[[str | None], str]
"""The id of an entry's article, given its canonical address."""


@dataclass(frozen=True, slots=True)
class ListingReader:
    """Makes articles of the entries of `source`.

    Attributes:
        texts: by the hash of a page's text, the address of the page, of the pages read so far.
    """

    source: Source
    fetch: Fetch
    now: datetime
    texts: dict[str, str] = field(default_factory=dict)

    @property
    def entry(self) -> SourceEntry:
        """The settings of the source."""
        return self.source.entry

    @property
    def name(self) -> str:
        """The origin of the articles: the kind and the address, without any key in it."""
        return f"{self.source.kind} {without_key(self.entry.address)}"

    def named(self, item: ListedEntry, text: str) -> str:
        """A text on an entry, which it begins with."""
        called = item.url or item.row.get("headline")
        return f"{shown(called)}: {text}" if called else text

    @property
    def place(self) -> str:
        """The address of the source, without any key in it."""
        return without_key(self.entry.address)

    def article(self, item: ListedEntry, identify: Identify) -> EntryArticle:
        """The article of an entry, with the text of its page where the entry has none, and that page.

        Raises:
            RejectedValueError: it is rejected.
            FetchError: it has no text, and its page cannot be fetched.
        """
        if item.fault is not None:
            raise RejectedValueError("", item.fault)
        row = dict(item.row)
        html = row.get("body_html")
        figures = figures_in(html, item.url) if isinstance(html, str) else ()
        row["pictures"] = pictures_from([*pictures_from(row.get("pictures")), *figures])
        own = _own_body(row, item.url)
        page, fetched, other, held = item.page, item.fetched, None, None
        retry: FetchError | None = None
        if page is None and item.url and not item.shared and self._wants_page(item, own):
            try:
                page, fetched, other, held = self._page(item.url, row.get("headline"), own)
            except FetchError as error:
                retry = error
                if not own:
                    raise
            except RejectedValueError:
                if not own:
                    raise
        if page is not None:
            if not item.sure and not looks_like_article(page):
                raise RejectedValueError(
                    "body", f"this page has no article, only {word_count(page.text)} words"
                )
            if word_count(page.text) >= word_count(words_of(own)):
                own = page.body
            row = _merged(row, page)
        if not own and (self.entry.pages is not False or other):
            text = (
                f"its page is not the article: {other}"
                if other
                else "neither the source nor the page has a text"
            )
            raise RejectedValueError("body", text)
        hold = item.hold or held or hold_of({"published": row.get("published")}, self.now)
        article = self._article(item, row, own, page, fetched, identify)
        return EntryArticle(FetchedArticle(article, page, self._picks(item)), hold, retry, other)

    def _picks(self, item: ListedEntry) -> tuple[PickedArticle, ...] | None:
        if item.picks is None:
            return None
        return tuple(PickedArticle(own_id(self.entry.address, guid), url) for guid, url in item.picks)

    def _wants_page(self, item: ListedEntry, own: str) -> bool:
        if not item.sure:
            return True
        if self.entry.pages is not None:
            return self.entry.pages
        return not (own and item.whole) and not is_full(own)

    def _page(self, url: str, headline: object, own: str) -> "_ReadPage":
        answer = self.fetch(url)
        if answer.media_type not in _PAGES:
            raise RejectedValueError("body", f"its address is not a page but {answer.media_type}")
        page = read_html(answer.body, url=answer.url, charset=answer.charset)
        other = mismatch(page, url, answer.url, headline, words_of(own))
        first = self.texts.setdefault(version_of(page.text), url) if page.text else url
        if other is None and first != url and _canonical(first, first, page) == first:
            other = f"it has the text of {first}"
        if other is not None:
            return _ReadPage(None, None, other)
        return _ReadPage(page, answer.url, None, hold_in(answer.body, self.now))

    def _article(
        self,
        item: ListedEntry,
        row: dict[str, object],
        body: str,
        page: Page | None,
        fetched: str | None,
        identify: Identify,
    ) -> Article:
        entry = self.entry
        claims = _claims(item.claims, page)
        canonical = _canonical(item.url, fetched, page)
        context = context_of(
            (row.get("published"), row.get("updated")), entry.language or row.get("language")
        )
        published = when(row.get("published"), self.now, context)
        updated = when(row.get("updated"), self.now, context)
        row |= {
            "id": identify(canonical),
            "headline": (one_line(row.get("headline")) and row["headline"]) or first_words(words_of(body)),
            "body_html": body,
            "published": published and published.isoformat(),
            "updated": updated and updated.isoformat(),
            "section": entry.section or row.get("section"),
            "language": entry.language or row.get("language"),
            "outlet": entry.outlet or row.get("outlet"),
            "url": canonical,
            "canonical_url": canonical,
        }
        row = _tidy(row)
        if row["summary"] == plain(words_of(body)):
            row["summary"] = None  # it is the body
        article, _ = article_from(row, source=self.name)
        provenance = msgspec.structs.replace(
            article.provenance,
            claims=claims,
            fetched_url=fetched,
            first_seen=self.now,
            sender_id=own_id(entry.address, item.guid) if item.guid else None,
        )
        return msgspec.structs.replace(article, provenance=provenance)


def _own_body(row: dict[str, object], base: str | None) -> str:
    """The body that an entry has itself, or its summary; as `body_html` makes it."""
    html, text = row.pop("body_html", None), row.pop("body", None)
    summary = row.get("summary")
    given = html if isinstance(html, str) and html.strip() else text
    if isinstance(given, str) and given.strip():
        _check_size(given)
        return body_html(absolute(given, base), "html" if given is html else "auto", base)
    if isinstance(summary, str) and summary.strip():
        _check_size(summary)
        body = body_html(absolute(summary, base), base=base)
        if is_full(body):
            row.pop("summary")
        return body
    return ""


def _check_size(given: str) -> None:
    if len(given) > MAX_BYTES:
        raise RejectedValueError(
            "body", f"the text has {len(given):,} characters; at most {MAX_BYTES:,} are accepted"
        )


def _merged(row: dict[str, object], page: Page) -> dict[str, object]:
    """The fields of the source, completed by those of the page."""
    found: dict[str, object] = {
        "headline": page.headline or page.title,
        "summary": page.summary,
        "section": page.section,
        "topics": list(page.topics),
        "authors": [_author_row(author) for author in page.authors],
        "published": page.published,
        "updated": page.updated,
        "language": page.language,
        "outlet": page.outlet,
        "pictures": page.pictures,
    }
    return {**row, **{name: value for name, value in found.items() if not row.get(name)}}


def _author_row(author: Author) -> dict[str, object]:
    return {"name": author.name, "role": author.role, "bio": author.biography, "outlet": author.outlet}


def _claims(listed: Claims, page: Page | None) -> Claims:
    """The claims of the source, and of the page where the source makes none."""
    if page is None:
        return listed
    return Claims(
        headline=listed.headline or claimed(page.headline or page.title),
        outlet=listed.outlet or claimed(page.outlet or page.brand),
        byline=listed.byline or claimed(page.byline),
        published=listed.published or claimed(page.date_text),
        section=listed.section or claimed(page.section),
        canonical_url=claimed(page.canonical_url) or listed.canonical_url,
    )


def _canonical(url: str | None, fetched: str | None, page: Page | None) -> str | None:
    """The canonical address of an article: the one its page declares, if that is on the page's own site.

    A copy that declares the original's address as canonical must not become the original.
    """
    reached = fetched or url
    declared = page.canonical_url if page is not None else None
    if (
        declared
        and reached
        and _site(declared) == _site(reached) != ""
        and urlsplit(declared).path.strip("/")
    ):
        return declared
    return reached


def _site(url: str) -> str:
    try:
        host = (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""
    return _SAME_SITE.sub("", host)


def _tidy(row: dict[str, object]) -> dict[str, object]:
    """The row without values that are not worth rejecting an article for: too many topics, a wrong language."""
    language = row.get("language")
    if not (isinstance(language, str) and _LANGUAGE.fullmatch(language.strip())):
        row["language"] = None
    summary = row.get("summary")
    line = one_line(summary)
    row["summary"] = line if line is not None and len(line) <= LONGEST["summary"] else None
    for name in ("topics", "authors"):
        row[name] = list(_fitting(row.get(name)))[:MOST]
    for name in ("section", "outlet"):
        value = row.get(name)
        row[name] = one_line(value[: LONGEST["name"]]) if isinstance(value, str) else None
    return row


def _fitting(entries: object) -> Iterator[object]:
    """The entries of a list whose name is not too long."""
    for entry in entries if isinstance(entries, (list, tuple)) else [entries] if entries else []:
        name = entry.get("name") if isinstance(entry, Mapping) else entry
        if isinstance(name, str) and plain(name) and len(plain(name)) <= LONGEST["name"]:
            yield entry
