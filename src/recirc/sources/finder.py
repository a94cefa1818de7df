"""The kind of source at an address: the one its entry names, or the one that recognises its response."""

import difflib
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import msgspec
from lxml import html as lxml_html
from lxml.etree import ParserError

from recirc.reading.rejections import RejectedValueError, shown
from recirc.reading.secrets import without_key
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
_API: Final = "https://api.w.org/"
_POSTS: Final = "wp/v2/posts"


def find(entry: SourceEntry, fetch: Fetch) -> Source:
    """The source that an entry means.

    The entry may name its kind; with a `key` it is Ghost. Else the kind is the first that recognises the response of
    the address; a page is the site's own API, if that is open, else the feed that it advertises, under the address of
    that. `Source.reason` says why.

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
        found = _of_site(entry, answer, fetch)
        if found is not None:
            return found
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


def _of_site(entry: SourceEntry, answer: FetchResponse, fetch: Fetch) -> Source | None:
    """The API of the site whose home page this is, else the first feed that the page names and that is one."""
    links = links_in(answer.body, url=answer.url, charset=answer.charset)
    api, why = _wordpress(entry, answer, links, fetch)
    if api is not None:
        return api
    for address in links.feeds[:MAX_ADVERTISED]:
        try:
            if not kind_named(_FEED).recognises(address, fetch(address)):
                continue
        except FetchError:
            continue
        found = kind_named(_FEED)(msgspec.structs.replace(entry, address=address))
        found.reason = why or "the page advertises it"
        if links.generator.startswith("ghost"):
            found.reason = "this is Ghost, whose Content API says more: recirc sources add … --key KEY"
        return found
    return None


def _wordpress(
    entry: SourceEntry, answer: FetchResponse, links: "SiteLinks", fetch: Fetch
) -> tuple[Source | None, str]:
    """WordPress by its REST API, or why it is not."""
    root = links.api or answer.links.get(_API)
    if root is None:
        return None, ""
    home = urlsplit(root).path.partition("/wp-json")[0].removesuffix("/index.php").strip("/")
    if urlsplit(answer.url).path.strip("/") != home or urlsplit(answer.url).query:
        return None, "the page is a part of a WordPress site, whose REST API would bring the whole site"
    address = f"{root.rstrip('/')}/{_POSTS}"
    kind = kind_named("wordpress")
    try:
        if not kind.recognises(address, fetch(f"{address}{'&' if '?' in address else '?'}per_page=1")):
            return None, "the site's REST API of WordPress gives no posts"
    except FetchError as error:
        return None, f"the site's REST API of WordPress is closed ({error})"
    found = kind(msgspec.structs.replace(entry, address=address))
    found.reason = "the site's own REST API, which tells of changes and takedowns as its feed does not"
    return found, ""


class SiteLinks(NamedTuple):
    """What a page says of its site.

    Attributes:
        feeds: addresses of the feeds that it advertises, in its order, without those of comments.
        api: address of the REST API of WordPress; None: it names none.
        generator: the program that made it, in lower case, such as "ghost 5.130"; may be empty.
    """

    feeds: list[str]
    api: str | None
    generator: str


def links_in(content: bytes, *, url: str, charset: str | None) -> SiteLinks:
    """What a page says of its site.

    >>> page = b'<link rel=alternate type="application/rss+xml" href="/feed"><p>Text'
    >>> links_in(page, url="https://a.example/", charset=None).feeds
    ['https://a.example/feed']
    """
    parser = lxml_html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False)
    try:
        tree = lxml_html.document_fromstring(
            decoded(content, charset).encode("utf-8", "replace"), parser=parser
        )
    except (ParserError, ValueError):
        return SiteLinks([], None, "")
    feeds: dict[str, None] = {}
    api = None
    for link in tree.iter("link"):
        form = (link.get("type") or "").partition(";")[0].strip().lower()
        relations = (link.get("rel") or "").lower().split()
        address = joined(url, link.get("href") or "")
        named = f"{link.get('title') or ''} {address}".lower()
        if address is None:
            continue
        if "alternate" in relations and form in _FEEDS and "comment" not in named:
            feeds.setdefault(address)
        elif _API in relations and api is None:
            api = address
    metas = (meta for meta in tree.iter("meta") if (meta.get("name") or "").lower() == "generator")
    generator = next((meta.get("content") or "" for meta in metas), "")
    return SiteLinks(list(feeds), api, generator.strip().lower())


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
