"""WordPress, by its REST API."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from typing_extensions import override

from recirc.reading.holds import hold_of
from recirc.reading.rejections import RejectedValueError
from recirc.reading.urls import identity_of
from recirc.reading.values import (
    claimed,
    objects,
    one_line,
    version_of,
    when,
)
from recirc.settings import SourceEntry
from recirc.sources.detection import json_in
from recirc.sources.documents import joined, json_of
from recirc.sources.listing import ListedEntry, ListingReader
from recirc.sources.paging import MOST_A_PAGE, PostsApi, PostsPage, poll_posts
from recirc.sources.source import Fetch, FetchError, FetchResponse, PollItem, PollState, Source
from recirc.sources.wordpress_terms import categories_of, tags_of
from recirc.text.pictures import picture_row, pictures_from
from recirc.types import Claims, Picture

POSTS: Final = "wp/v2/posts"
ROUTE: Final = "rest_route"
"""The parameter that names the route of the API on a site without permalinks."""
_PARTS: Final = ("_embedded", "_links", "content", "excerpt", "title", "guid", "date", "modified")
"""Fields of a post that do not say when it may be published; `date` is local time, `date_gmt` is not."""
PICKS: Final = "recirc_picks"
MOST_PICKS: Final = 20
"""Picked posts that are read of one post."""
_PLACE: Final = re.compile(r"(.*?)(?:/wp-json(?:/.*)?)?/?$")


class WordPressSource(Source):
    """The posts of a WordPress site: `https://site/wp-json/wp/v2/posts`, or the site itself with kind `wordpress`."""

    kind = "wordpress"
    order = 40

    @classmethod
    @override
    def recognises(cls, address: str, answer: FetchResponse | None) -> bool:
        """Whether the response has posts, or is the index of the API."""
        document = None if answer is None else json_in(answer.body, answer.charset)
        if isinstance(document, Mapping):
            return "wp/v2" in (document.get("namespaces") or ())
        return isinstance(document, list) and bool(document) and all(_is_post(post) for post in document)

    @override
    def poll(self, fetch: Fetch, state: PollState, now: datetime) -> Iterator[PollItem]:
        """See `Source.poll` and `paging.poll_posts`."""
        return poll_posts(_Api(self.entry, fetch, now), ListingReader(self, fetch, now), state)


class _Api(PostsApi):
    """The REST API of a WordPress site; one without `/wp-json/` is asked by `?rest_route=`."""

    def __init__(self, entry: SourceEntry, fetch: Fetch, now: datetime) -> None:
        self._address = entry.address
        self._most = min(entry.most, MOST_A_PAGE)
        self._fetch = fetch
        self._now = now

    @override
    def page(self, number: int, since: datetime | None) -> PostsPage:
        try:
            answer = self._fetch(address_of(self._address, number, since, self._most))
        except FetchError as error:
            if number > 1 and error.status == 400:  # how WordPress answers for a page beyond the last
                return PostsPage((), more=False)
            plain = plain_address(self._address)
            if number > 1 or not error.gone or plain == self._address:
                raise
            self._address = plain
            try:
                answer = self._fetch(address_of(plain, number, since, self._most))
            except FetchError:
                raise error from None
        posts = _posts(answer)
        return PostsPage(self._entries(posts), more="next" in answer.links or len(posts) == self._most)

    @override
    def published_since(self, since: datetime) -> Sequence[ListedEntry]:
        query = {"_embed": "1", "per_page": str(self._most), "orderby": "date", "order": "desc"}
        query["after"] = since.strftime("%Y-%m-%dT%H:%M:%S")
        return self._entries(_posts(self._fetch(api_address(self._address, query))))

    @override
    def published_among(self, ids: Sequence[str]) -> Collection[str] | None:
        query = {"include": ",".join(ids), "per_page": "100", "_fields": "id", "orderby": "include"}
        found = {str(post.get("id")) for post in _posts(self._fetch(api_address(self._address, query)))}
        # With posts that were not asked for, `include` was ignored: then a full page may lack the older ones.
        return None if found - set(ids) and len(found) >= self._most else found

    @override
    def is_published(self, id: str) -> bool | None:
        try:
            answer = self._fetch(api_address(self._address, {"_fields": "id,status"}, id))
        except FetchError as error:
            return False if error.status in (401, 403, 404, 410) else None
        post = json_of(answer.body, answer.charset)
        return (
            isinstance(post, Mapping)
            and str(post.get("id")) == id
            and post.get("status") in (None, "publish")
        )

    def _entries(self, posts: Sequence[Mapping[str, Any]]) -> list[ListedEntry]:
        return [entry_of(post, place, self._now) for place, post in enumerate(posts, 1)]


def address_of(address: str, page: int, since: datetime | None, most: int) -> str:
    """The address of a page of posts; with `since` of those modified after that, the oldest first.

    >>> address_of("https://a.example/", 1, None, 20)
    'https://a.example/wp-json/wp/v2/posts?_embed=1&per_page=20&page=1&orderby=modified&order=desc'
    """
    query = {"_embed": "1", "per_page": str(most), "page": str(page), "orderby": "modified"}
    query["order"] = "asc" if since else "desc"
    if since is not None:
        query["modified_after"] = since.strftime("%Y-%m-%dT%H:%M:%SZ")
    return api_address(address, query)


def api_address(address: str, query: Mapping[str, str], id: str = "") -> str:
    """The address of the posts of a site, or of one post, with a query; `address` is that of the site or of its API.

    >>> api_address("https://a.example/?rest_route=/wp/v2/posts", {"page": "2"}, "7")
    'https://a.example/?rest_route=/wp/v2/posts/7&page=2'
    """
    parts = urlsplit(address)
    own = dict(parse_qsl(parts.query))
    route = own.pop(ROUTE, None)
    end = f"/{id}" if id else ""
    kept = {name: value for name, value in own.items() if name not in ("page", "per_page", "_embed")}
    if route is not None:
        start, path = {ROUTE: f"/{POSTS}{end}"}, parts.path or "/"
    else:
        place = _PLACE.match(parts.path)
        start, path = {}, f"{place[1] if place else ''}/wp-json/{POSTS}{end}"
    return urlunsplit(
        (parts.scheme, parts.netloc, path, urlencode({**start, **kept, **query}, safe="/,:"), "")
    )


def plain_address(address: str) -> str:
    """The address of the API of a site without permalinks.

    >>> plain_address("https://a.example/wp-json/wp/v2/posts")
    'https://a.example/?rest_route=/wp/v2/posts'
    """
    parts = urlsplit(address)
    if ROUTE in dict(parse_qsl(parts.query)):
        return address
    place = _PLACE.match(parts.path)
    query = urlencode({ROUTE: f"/{POSTS}"}, safe="/")
    return urlunsplit((parts.scheme, parts.netloc, f"{place[1] if place else ''}/", query, ""))


def _posts(answer: FetchResponse) -> list[Mapping[str, Any]]:
    document = json_of(answer.body, answer.charset)
    if not isinstance(document, list):
        text = document.get("message") if isinstance(document, Mapping) else None
        raise RejectedValueError(
            "", f"{answer.url}: the response has no list of posts of WordPress{f': {text}' if text else ''}"
        )
    return [post if isinstance(post, Mapping) else {} for post in document]


def _is_post(post: object) -> bool:
    return isinstance(post, Mapping) and _rendered(post, "title") is not None and "link" in post


def _id(post: Mapping[str, Any]) -> str | None:
    return str(post["id"]) if post.get("id") not in (None, "") else None


def _rendered(post: Mapping[str, Any], name: str) -> str | None:
    value = post.get(name)
    value = value.get("rendered") if isinstance(value, Mapping) else value
    return value if isinstance(value, str) else None


def entry_of(post: Mapping[str, Any], number: int, now: datetime) -> ListedEntry:
    """The entry of a post, as the API has it, at a place in its page."""
    link = joined(post["link"], "") if isinstance(post.get("link"), str) else None
    published, updated = post.get("date_gmt"), post.get("modified_gmt")
    content = post.get("content")
    hidden = isinstance(content, Mapping) and content.get("protected") is True
    terms = _embedded(post, "wp:term")
    categories = categories_of(post, terms, link)
    picks = _picks(post)
    authors = [a for a in _embedded(post, "author") if isinstance(a.get("name"), str) and a["name"].strip()]
    row = {
        "headline": one_line(_rendered(post, "title")),
        "body_html": _rendered(post, "content"),
        "summary": _rendered(post, "excerpt"),
        "section": categories[0] if categories else None,
        "topics": [*categories[1:], *tags_of(terms)],
        "authors": [{"name": a["name"], "bio": one_line(a.get("description"))} for a in authors],
        "published": published,
        "updated": updated if updated != published else None,
        "pictures": _pictures(post, link),
    }
    return ListedEntry(
        key=_id(post) or (identity_of(link) if link else version_of(post)),
        guid=_id(post),
        version=version_of(
            row["headline"], row["body_html"], row["summary"], updated, *(guid for guid, _ in picks or ())
        ),
        row=row,
        url=link,
        when=when(updated, now),
        claims=Claims(
            headline=claimed(row["headline"]),
            byline=claimed(", ".join(a["name"] for a in authors)),
            published=claimed(published),
            section=claimed(row["section"]),
            canonical_url=claimed(link),
        ),
        whole=True,
        fault=None if post else "this post is not an object",
        hold=hold_of({name: value for name, value in post.items() if name not in _PARTS}, now),
        takedown="it needs a password" if hidden else None,
        picks=picks,
        number=number,
    )


def _picks(post: Mapping[str, Any]) -> tuple[tuple[str, str], ...] | None:
    """What the plug-in in `plugins/wordpress` says that editors picked for a post; None: there is no plug-in."""
    given = post.get(PICKS)
    if not isinstance(given, list):
        return None
    rows = [
        (_id(each), joined(each["link"], "")) for each in objects(given) if isinstance(each.get("link"), str)
    ]
    return tuple((guid, link) for guid, link in rows if guid and link)[:MOST_PICKS]


def _pictures(post: Mapping[str, Any], link: str | None) -> tuple[Picture, ...]:
    """The featured picture, as it is embedded, else as the plug-ins tell it that name only its address."""
    rows = [
        picture_row(
            media.get("source_url"),
            alt=media.get("alt_text") or None,  # it is empty where nobody wrote one
            caption=_rendered(media, "caption"),
            credit=_credit(media),
        )
        for media in _embedded(post, "wp:featuredmedia")
        if media.get("media_type") in (None, "image")
    ]
    return pictures_from(rows or [post.get("jetpack_featured_media_url")], link)


def _credit(media: Mapping[str, Any]) -> object:
    details = media.get("media_details")
    noted = details.get("image_meta") if isinstance(details, Mapping) else None
    return (noted.get("credit") or noted.get("copyright")) if isinstance(noted, Mapping) else None


def _embedded(post: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The objects embedded under a name, nested lists flattened."""
    embedded = post.get("_embedded")
    found = embedded.get(name) if isinstance(embedded, Mapping) else None
    flat: list[Mapping[str, Any]] = []
    for entry in found if isinstance(found, list) else ():
        flat += objects(entry)
    return flat
