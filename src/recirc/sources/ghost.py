"""Ghost, by its Content API."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from typing_extensions import override

from recirc.reading.rejections import RejectedValueError, Rejection
from recirc.reading.urls import identity_of
from recirc.reading.values import (
    claimed,
    objects,
    one_line,
    version_of,
    when,
    without_key,
)
from recirc.sources.detection import json_in
from recirc.sources.documents import joined, json_of
from recirc.sources.listing import ListedEntry, ListingReader
from recirc.sources.paging import MOST_A_PAGE, PostsPage, poll_pages
from recirc.sources.source import Fetch, FetchedArticle, FetchResponse, PollState, Source
from recirc.types import Claims

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
    def poll(self, fetch: Fetch, state: PollState, now: datetime) -> Iterator[FetchedArticle | Rejection]:
        """See `Source.poll` and `paging.poll_pages`."""
        most = min(self.entry.most, MOST_A_PAGE)

        def get_page(number: int, since: datetime | None) -> PostsPage:
            document = _posts(fetch(address_of(self.entry.address, self.entry.key, number, since, most)))
            posts = [post if isinstance(post, Mapping) else {} for post in document["posts"]]
            return PostsPage(
                [_entry(post, place, now) for place, post in enumerate(posts, 1)], _has_next(document)
            )

        return poll_pages(get_page, ListingReader(self, fetch, now), state)


def address_of(address: str, key: str | None, page: int, since: datetime | None, most: int) -> str:
    """The address of a page of posts; with `since` of those updated after that, the oldest first.

    Raises:
        RejectedValueError: there is no key, neither given nor in the address.

    >>> address_of("https://a.example", "22", 1, None, 20)
    'https://a.example/ghost/api/content/posts/?key=22&include=tags%2Cauthors&limit=20&page=1&order=updated_at+desc'
    """
    parts = urlsplit(address)
    key = key or dict(parse_qsl(parts.query)).get("key")
    if not key:
        raise RejectedValueError(
            "key", f"{address}: Ghost needs a Content API key: recirc sources add … --key KEY"
        )
    query = {"key": key, "include": "tags,authors", "limit": str(most), "page": str(page)}
    query["order"] = "updated_at asc" if since else "updated_at desc"
    if since is not None:
        query["filter"] = f"updated_at:>'{since.strftime('%Y-%m-%d %H:%M:%S')}'"
    place = _PLACE.match(parts.path)
    path = f"{place[1] if place else ''}/ghost/api/content/posts/"
    return urlunsplit((parts.scheme, parts.netloc, path, urlencode(query), ""))


def _posts(answer: FetchResponse) -> Mapping[str, Any]:
    document = json_of(answer.body, answer.charset)
    if not isinstance(document, Mapping) or not isinstance(document.get("posts"), list):
        raise RejectedValueError(
            "",
            f"{without_key(answer.url)}: the response has no posts of Ghost; is the address that of the site?",
        )
    return document


def _has_next(document: Mapping[str, Any]) -> bool:
    meta = document.get("meta")
    pages = meta.get("pagination") if isinstance(meta, Mapping) else None
    return isinstance(pages, Mapping) and bool(pages.get("next"))


def _entry(post: Mapping[str, Any], number: int, now: datetime) -> ListedEntry:
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
    }
    canonical = post.get("canonical_url")
    return ListedEntry(
        key=identity_of(link) if link else str(post.get("uuid") or post.get("id")),
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
        number=number,
    )
