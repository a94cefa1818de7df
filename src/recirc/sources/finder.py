"""The kind of source at an address: the one its entry names, or the one that recognises its response."""

import difflib
from pathlib import Path
from typing import Final

import msgspec
from lxml import html as lxml_html
from lxml.etree import ParserError

from recirc.reading.rejections import RejectedValueError, shown
from recirc.reading.values import without_key
from recirc.settings import SourceEntry
from recirc.sources.detection import beginning
from recirc.sources.documents import joined, unpacked
from recirc.sources.page import is_html
from recirc.sources.source import Fetch, FetchError, FetchResponse, Source, kinds
from recirc.text.charset import decoded

MAX_ADVERTISED: Final = 3  # feeds of a page that are tried

_FEEDS: Final = (
    "application/rss+xml",
    "application/atom+xml",
    "application/feed+json",
    "application/rdf+xml",
)
_FEED: Final = "feed"


def find(entry: SourceEntry, fetch: Fetch) -> Source:
    """The source that an entry means.

    The entry may name its kind; with a `key` it is Ghost. Else the kind is the first that recognises the response of
    the address; a page that advertises a feed is that feed, under the feed's own address.

    Raises:
        FetchError: the address cannot be fetched.
        RejectedValueError: there is no such kind, or none recognises the response.
    """
    if entry.kind is not None:
        return kind_named(entry.kind)(entry)
    if entry.key is not None:
        return kind_named("ghost")(entry)
    if not entry.address.lower().startswith(("http://", "https://")):
        return _local(entry)
    answer = fetch(entry.address)
    if is_html(answer):
        feed = _advertised(entry, answer, fetch)
        if feed is not None:
            return feed
    return _recognised(entry, answer) or _reject(entry, answer)


def kind_named(name: str) -> type[Source]:
    """The kind of source with a name.

    Raises:
        RejectedValueError: there is none; the text names the most similar.
    """
    known = kinds()
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1)
    hint = f'did you mean "{near[0]}"?' if near else "there are"
    raise RejectedValueError(
        "kind",
        f"{shown(name)} is not a kind of source: {hint} {', '.join(known)}".replace("? ", "? There are "),
    )


def _recognised(entry: SourceEntry, answer: FetchResponse | None) -> Source | None:
    for kind in kinds().values():
        if kind.recognises(entry.address, answer):
            return kind(entry)
    return None


def _local(entry: SourceEntry) -> Source:
    path = Path(entry.address)
    found = _recognised(entry, None)
    if found is not None:
        return found
    if path.is_file():
        text = "files that end with .jsonl or .ndjson are watched; put others in a folder and add that folder"
    elif "://" in entry.address:
        text = "addresses of sources begin with http:// or https://"
    else:
        text = f"there is no such file or folder; is it an address? Then write https://{entry.address}"
    raise RejectedValueError("address", f"{entry.address}: {text}")


def _advertised(entry: SourceEntry, answer: FetchResponse, fetch: Fetch) -> Source | None:
    """The first feed that a page names and whose address gives a feed."""
    for address in feeds_of(answer.body, url=answer.url, charset=answer.charset)[:MAX_ADVERTISED]:
        found = msgspec.structs.replace(entry, address=address)
        try:
            if kind_named(_FEED).recognises(address, fetch(address)):
                return kind_named(_FEED)(found)
        except FetchError:
            continue
    return None


def feeds_of(content: bytes, *, url: str, charset: str | None) -> list[str]:
    """Addresses of the feeds that a page advertises, in its order, without those of comments.

    >>> page = b'<link rel=alternate type="application/rss+xml" href="/feed"><p>Text'
    >>> feeds_of(page, url="https://a.example/", charset=None)
    ['https://a.example/feed']
    """
    parser = lxml_html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False)
    try:
        tree = lxml_html.document_fromstring(
            decoded(content, charset).encode("utf-8", "replace"), parser=parser
        )
    except (ParserError, ValueError):
        return []
    found: dict[str, None] = {}
    for link in tree.iter("link"):
        form = (link.get("type") or "").partition(";")[0].strip().lower()
        relations = (link.get("rel") or "").lower().split()
        address = joined(url, link.get("href") or "")
        named = f"{link.get('title') or ''} {address}".lower()
        if "alternate" in relations and form in _FEEDS and address is not None and "comment" not in named:
            found.setdefault(address)
    return list(found)


def _reject(entry: SourceEntry, answer: FetchResponse) -> Source:
    form = answer.media_type or "no media type"
    try:
        content = unpacked(answer.body)
    except RejectedValueError as error:
        raise RejectedValueError("address", f"{without_key(entry.address)}: {error.text}") from None
    seen = shown(" ".join(beginning(content).split()), 60) if content else "nothing"
    raise RejectedValueError(
        "address",
        f"{without_key(entry.address)}: no kind of source fits the response ({form}, beginning with {seen}); "
        f"kinds are {', '.join(kinds())}; one can be named with --kind",
    )
