"""Ghost, by its Content API."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from typing_extensions import override

from recirc.reading.holds import hold_of
from recirc.reading.rejections import RejectedValueError
from recirc.reading.secrets import without_key
from recirc.reading.urls import identity_of
from recirc.reading.values import claimed, objects, one_line, version_of, when
from recirc.settings import SourceEntry
from recirc.sources.detection import json_in
from recirc.sources.documents import joined, json_of
from recirc.sources.listing import ListedEntry, ListingReader
from recirc.sources.paging import MOST_A_PAGE, PostsApi, PostsPage, poll_posts
from recirc.sources.source import Fetch, FetchError, FetchResponse, PollItem, PollState, Source
from recirc.text.pictures import picture_row, pictures_from
from recirc.types import Claims

_PARTS: Final = ("html", "title", "excerpt", "custom_excerpt", "plaintext", "visibility", "tags", "authors")
"""Fields of a post that do not say when it may be published."""
_PLACE: Final = re.compile(r"(.*?)(?:/ghost(?:/.*)?)?/?$")


class GhostSource(Source):
    """The posts of a Ghost site: the site's address, with a Content API key as `key` (or in the address)."""

    kind = "ghost"
    order = 45

    @classmethod
    @override
    def recognises(cls, address: str, answer: FetchResponse | None) -> bool:
        """Whether the response is that of the Content API: posts, and `meta` with the paging."""
        document = None if answer is None else json_in(answer.body, answer.charset)
        return (
            isinstance(document, Mapping)
            and isinstance(document.get("posts"), list)
            and isinstance(document.get("meta"), Mapping)
        )

    @override
    def poll(self, fetch: Fetch, state: PollState, now: datetime) -> Iterator[PollItem]:
        """See `Source.poll` and `paging.poll_posts`."""
        return poll_posts(_Api(self.entry, fetch, now), ListingReader(self, fetch, now), state)


class _Api(PostsApi):
    """The Content API of a Ghost site."""

    def __init__(self, entry: SourceEntry, fetch: Fetch, now: datetime) -> None:
        self._entry = entry
        self._most = min(entry.most, MOST_A_PAGE)
        self._fetch = fetch
        self._now = now

    @override
    def page(self, number: int, since: datetime | None) -> PostsPage:
        query = {"limit": str(self._most), "page": str(number)}
        query["order"] = "updated_at asc" if since else "updated_at desc"
        if since is not None:
            query["filter"] = f"updated_at:>'{_written(since)}'"
        document = self._document({"include": "tags,authors", **query})
        return PostsPage(self._entries(document), _has_next(document))

    @override
    def published_since(self, since: datetime) -> Sequence[ListedEntry]:
        query = {"limit": str(self._most), "page": "1", "order": "published_at desc"}
        query["filter"] = f"published_at:>'{_written(since)}'"
        return self._entries(self._document({"include": "tags,authors", **query}))

    @override
    def published_among(self, ids: Sequence[str]) -> Collection[str] | None:
        query = {"limit": "100", "fields": "id,visibility", "filter": f"id:[{','.join(ids)}]"}
        posts = objects(self._document(query)["posts"])
        found = {str(post.get("id")) for post in posts}
        public = {str(post.get("id")) for post in posts if not _membership(post)}
        return None if found - set(ids) and len(found) >= self._most else public

    @override
    def is_published(self, id: str) -> bool | None:
        try:
            answer = self._fetch(
                api_address(self._entry.address, self._entry.key, {"fields": "id,visibility"}, id)
            )
        except FetchError as error:
            return False if error.status in (404, 410) else None
        return any(
            str(post.get("id")) == id and not _membership(post) for post in objects(_posts(answer)["posts"])
        )

    def _document(self, query: Mapping[str, str]) -> Mapping[str, Any]:
        return _posts(self._fetch(api_address(self._entry.address, self._entry.key, query)))

    def _entries(self, document: Mapping[str, Any]) -> list[ListedEntry]:
        posts = [post if isinstance(post, Mapping) else {} for post in document["posts"]]
        return [entry_of(post, place, self._now) for place, post in enumerate(posts, 1)]


def api_address(address: str, key: str | None, query: Mapping[str, str], id: str = "") -> str:
    """The address of posts, or of one post, with a query; `address` is that of the site or of its API.

    Raises:
        RejectedValueError: there is no key, neither given nor in the address.

    >>> api_address("https://a.example", "22", {"limit": "20"})
    'https://a.example/ghost/api/content/posts/?key=22&limit=20'
    """
    parts = urlsplit(address)
    key = key or dict(parse_qsl(parts.query)).get("key")
    if not key:
        raise RejectedValueError(
            "key", f"{address}: Ghost needs a Content API key: recirc sources add … --key KEY"
        )
    place = _PLACE.match(parts.path)
    path = f"{place[1] if place else ''}/ghost/api/content/posts/{f'{id}/' if id else ''}"
    return urlunsplit((parts.scheme, parts.netloc, path, urlencode({"key": key, **query}), ""))


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def _membership(post: Mapping[str, Any]) -> str | None:
    """Why a post is not for everybody; None: it is."""
    visibility = post.get("visibility")
    return None if visibility in (None, "", "public") else f"it is for {visibility} readers only"


def _posts(answer: FetchResponse) -> Mapping[str, Any]:
    document = json_of(answer.body, answer.charset)
    if not isinstance(document, Mapping) or not isinstance(document.get("posts"), list):
        raise RejectedValueError(
            "",
            f"{without_key(answer.url)}: the response has no posts of Ghost; is the address that of the site?",
        )
    return document


def _id(post: Mapping[str, Any]) -> str | None:
    found = post.get("id") or post.get("uuid")
    return str(found) if found else None


def _has_next(document: Mapping[str, Any]) -> bool:
    meta = document.get("meta")
    pages = meta.get("pagination") if isinstance(meta, Mapping) else None
    return isinstance(pages, Mapping) and bool(pages.get("next"))


def entry_of(post: Mapping[str, Any], number: int, now: datetime) -> ListedEntry:
    """The entry of a post, as the API has it, at a place in its page."""
    link = joined(post["url"], "") if isinstance(post.get("url"), str) else None
    tags = [tag for tag in objects(post.get("tags")) if tag.get("visibility") != "internal"]
    first = post.get("primary_tag")
    section = first.get("name") if isinstance(first, Mapping) else None
    authors = [a for a in objects(post.get("authors")) if isinstance(a.get("name"), str)]
    row = {
        "headline": post.get("title"),
        "body_html": post.get("html"),
        "summary": post.get("custom_excerpt") or post.get("excerpt"),
        "section": section,
        "topics": [
            tag["name"] for tag in tags if isinstance(tag.get("name"), str) and tag["name"] != section
        ],
        "authors": [{"name": a["name"], "bio": one_line(a.get("bio"))} for a in authors],
        "published": post.get("published_at"),
        "updated": post.get("updated_at"),
        "pictures": pictures_from(
            picture_row(
                post.get("feature_image"),
                alt=post.get("feature_image_alt"),
                caption=post.get("feature_image_caption"),
            ),
            link,
        ),
    }
    canonical = post.get("canonical_url")
    return ListedEntry(
        key=_id(post) or (identity_of(link) if link else version_of(post)),
        guid=_id(post),
        version=version_of(row["headline"], row["body_html"], row["summary"], row["updated"]),
        row=row,
        url=link,
        when=when(post.get("updated_at"), now),
        claims=Claims(
            headline=claimed(post.get("title")),
            byline=claimed(", ".join(a["name"] for a in authors)),
            published=claimed(post.get("published_at")),
            section=claimed(section),
            canonical_url=claimed(canonical or link),
        ),
        whole=True,
        fault=None if post else "this post is not an object",
        hold=hold_of({name: value for name, value in post.items() if name not in _PARTS}, now),
        takedown=_membership(post),
        number=number,
    )
