"""A web page: one with links to articles, a plain text list of addresses, or one article."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from lxml import html as lxml_html
from lxml.etree import ParserError
from typing_extensions import override

from recirc.extraction.html import read_html
from recirc.reading.rejections import RejectedValueError, shown
from recirc.reading.urls import identity_of
from recirc.reading.values import version_of
from recirc.sources.completeness import looks_like_article
from recirc.sources.detection import beginning, is_html_document, is_json, root_of
from recirc.sources.documents import joined, text_of
from recirc.sources.feed import ROOTS as FEED_ROOTS
from recirc.sources.listing import ListedEntry, SourceListing
from recirc.sources.page_holds import hold_in
from recirc.sources.polls import poll_listing
from recirc.sources.sitemap import ROOTS as SITEMAP_ROOTS
from recirc.sources.source import Fetch, FetchResponse, PollItem, PollState, Source
from recirc.text.charset import decoded
from recirc.text.clean import plain
from recirc.text.word_count import word_count

MOST: Final = 2_000  # links of a page that are followed
WORDS: Final = 4
"""Words from which on a link's text looks like a headline; those of menus have one to three."""

_ADDRESS: Final = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_ARE_HTML: Final = ("text/html", "application/xhtml+xml")
_MAY_BE_HTML: Final = (*_ARE_HTML, "", "text/plain", "text/xml", "application/xml")
_OTHER_ROOTS: Final = f"{FEED_ROOTS}|{SITEMAP_ROOTS}"
_AROUND: Final = re.compile(
    r"(?:^|/)(?:tags?|topics?|categor(?:y|ies)|authors?|people|search|login|signin|register|subscribe|subscriptions?|about"
    r"|contact|privacy|terms|cookies?|account|newsletters?|advertis\w*|jobs|help|feeds?|rss|wp-login\.php|cart|shop)(?:/|$)",
    re.IGNORECASE,
)
_FILE: Final = re.compile(r"\.(?:jpe?g|png|gif|webp|svg|pdf|mp[34]|zip|css|js|xml|json|ico)$", re.IGNORECASE)
_DATED: Final = re.compile(r"/(?:19|20)\d\d[/-](?:0?[1-9]|1[0-2]|[a-z]{3})[/-]|\d{6,}", re.IGNORECASE)
_MOST_LINES: Final = 100_000


class PageSource(Source):
    """A page whose links to articles are followed, a list of addresses one a line, or the page of one article."""

    kind = "page"
    order = 90

    @classmethod
    @override
    def recognises(cls, address: str, answer: FetchResponse | None) -> bool:
        """Whether it is HTML, or text whose first line is an address; of addresses alone, it is a sitemap first."""
        return answer is not None and (is_html(answer) or _is_list(answer))

    @override
    def poll(self, fetch: Fetch, state: PollState, now: datetime) -> Iterator[PollItem]:
        """See `Source.poll`. A linked page is read once, the page of one article whenever it has changed."""
        return poll_listing(self, _read, fetch, state, now)


def is_html(answer: FetchResponse) -> bool:
    """Whether an answer is a page of HTML, which feeds and JSON that come with its media type are not."""
    if answer.media_type not in _MAY_BE_HTML or is_json(answer.body):
        return False
    if answer.media_type in _ARE_HTML:
        return root_of(answer.body, _OTHER_ROOTS) is None
    return is_html_document(answer.body)


def links_of(content: bytes, *, url: str, charset: str | None) -> list[str]:
    """Addresses of probable articles on a page: on its own site, with a headline as their text or in their path.

    Each comes once, in the page's order.

    >>> page = b'<a href="/tags/fish">All about the fish market</a> <a href="/a">Fish market opens on quay</a>'
    >>> links_of(page, url="https://tide.example/", charset=None)
    ['https://tide.example/a']
    """
    try:
        tree = lxml_html.document_fromstring(decoded(content, charset).encode(), parser=_parser())
    except (ParserError, ValueError):
        return []
    base = next((joined(url, str(found)) for found in tree.xpath("//base/@href")), None) or url
    found: dict[str, str] = {}
    for link in tree.iter("a"):
        address = joined(base, link.get("href") or "")
        if address is None or not _on_site(address, url) or identity_of(address) == identity_of(url):
            continue
        parts = urlsplit(address)
        if _AROUND.search(parts.path) or _FILE.search(parts.path):
            continue
        words = word_count(plain(link.text_content()[:400]))
        if (
            words >= WORDS
            or _has_slug(parts.path)
            or any(value.isdigit() for _, value in parse_qsl(parts.query))
        ):
            found.setdefault(identity_of(address), address.partition("#")[0])
        if len(found) >= MOST:
            break
    return list(found.values())


def _parser() -> lxml_html.HTMLParser:
    return lxml_html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False)


def _on_site(address: str, url: str) -> bool:
    def host(of: str) -> str:
        return (urlsplit(of).hostname or "").lower().removeprefix("www.")

    try:
        own, other = host(url), host(address)
    except ValueError:
        return False
    return address.lower().startswith("http") and (other == own or other.endswith(f".{own}"))


def _has_slug(path: str) -> bool:
    """Whether a path has a date, a long number or a slug of four words."""
    return bool(_DATED.search(path)) or path.rstrip("/").rpartition("/")[2].count("-") >= WORDS - 1


def _is_list(answer: FetchResponse) -> bool:
    if answer.media_type not in ("text/plain", ""):
        return False
    lines = (line.strip() for line in beginning(answer.body).splitlines())
    first = next((line for line in lines if line and not line.startswith("#")), "")
    return bool(_ADDRESS.fullmatch(first))


def _read(answer: FetchResponse, now: datetime) -> SourceListing:
    if is_html(answer):
        return SourceListing(_of_page(answer, now))
    if _is_list(answer):
        return SourceListing(list(_of_list(text_of(answer.body, answer.charset))))
    raise RejectedValueError("", "this is neither a page of HTML nor a list of addresses, one a line")


def _of_page(answer: FetchResponse, now: datetime) -> list[ListedEntry]:
    links = links_of(answer.body, url=answer.url, charset=answer.charset)
    page = read_html(answer.body, url=answer.url, charset=answer.charset)
    # Teasers add up to a long text as well: an article differs from a list by its date, or by few links.
    if looks_like_article(page) and (page.published is not None or len(links) < WORDS):
        version = version_of(page.headline, page.text)
        key = identity_of(answer.url)
        return [
            ListedEntry(
                key=key,
                version=version,
                url=answer.url,
                page=page,
                fetched=answer.url,
                hold=hold_in(answer.body, now),
                sure=False,
            )
        ]
    if not links:
        raise RejectedValueError("", "this page has neither an article nor links to articles")
    return [
        ListedEntry(key=identity_of(link), version="page", url=link, sure=False, number=number)
        for number, link in enumerate(links, 1)
    ]


def _of_list(text: str) -> Iterator[ListedEntry]:
    for number, line in enumerate(text.splitlines()[:_MOST_LINES], 1):
        address = line.strip()
        if not address or address.startswith("#"):
            continue
        if _ADDRESS.fullmatch(address):
            yield ListedEntry(
                key=identity_of(address), version="page", url=address, sure=False, number=number
            )
        else:
            yield ListedEntry(
                key=version_of(address),
                version="line",
                fault=f"this line is not an address that begins with http:// or https://: {shown(address)}",
                number=number,
            )
