"""WordPress, by its REST API."""

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
)
from recirc.sources.detection import json_in
from recirc.sources.documents import joined, json_of
from recirc.sources.listing import ListedEntry, ListingReader
from recirc.sources.paging import MOST_A_PAGE, PostsPage, poll_pages
from recirc.sources.source import Fetch, FetchedArticle, FetchError, FetchResponse, PollState, Source
from recirc.types import Claims

POSTS: Final = "wp/v2/posts"
_API: Final = "https://api.w.org/"
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
    def poll(self, fetch: Fetch, state: PollState, now: datetime) -> Iterator[FetchedArticle | Rejection]:
        """See `Source.poll` and `paging.poll_pages`."""
        most = min(self.entry.most, MOST_A_PAGE)

        def get_page(number: int, since: datetime | None) -> PostsPage:
            try:
                answer = fetch(address_of(self.entry.address, number, since, most))
            except FetchError:
                if number == 1:
                    raise
                return PostsPage((), more=False)  # a page beyond the last is an error 400 to WordPress
            posts = _posts(answer)
            entries = [_entry(post, place, now) for place, post in enumerate(posts, 1)]
            return PostsPage(entries, more="next" in answer.links or len(posts) == most)

        return poll_pages(get_page, ListingReader(self, fetch, now), state)


def address_of(address: str, page: int, since: datetime | None, most: int) -> str:
    """The address of a page of posts; with `since` of those modified after that, the oldest first.

    >>> address_of("https://a.example/", 1, None, 20)
    'https://a.example/wp-json/wp/v2/posts?_embed=1&per_page=20&page=1&orderby=modified&order=desc'
    """
    parts = urlsplit(address)
    query = [
        (name, value) for name, value in parse_qsl(parts.query) if name not in ("page", "per_page", "_embed")
    ]
    query += [("_embed", "1"), ("per_page", str(most)), ("page", str(page)), ("orderby", "modified")]
    query += [("order", "asc" if since else "desc")]
    if since is not None:
        query.append(("modified_after", since.strftime("%Y-%m-%dT%H:%M:%SZ")))
    place = _PLACE.match(parts.path)
    path = f"{place[1] if place else ''}/wp-json/{POSTS}"
    return urlunsplit((parts.scheme, parts.netloc, path, urlencode(query), ""))


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


def _rendered(post: Mapping[str, Any], name: str) -> str | None:
    value = post.get(name)
    value = value.get("rendered") if isinstance(value, Mapping) else value
    return value if isinstance(value, str) else None


def _entry(post: Mapping[str, Any], number: int, now: datetime) -> ListedEntry:
    link = joined(post["link"], "") if isinstance(post.get("link"), str) else None
    published, updated = post.get("date_gmt"), post.get("modified_gmt")
    content = post.get("content")
    hidden = isinstance(content, Mapping) and content.get("protected") is True
    terms = _embedded(post, "wp:term")
    sections = [
        one_line(t.get("name"))
        for t in terms
        if t.get("taxonomy") == "category" and t.get("slug") != "uncategorized"
    ]
    topics = [one_line(t.get("name")) for t in terms if t.get("taxonomy") == "post_tag"]
    authors = [a for a in _embedded(post, "author") if isinstance(a.get("name"), str) and a["name"].strip()]
    row = {
        "headline": one_line(_rendered(post, "title")),
        "body_html": _rendered(post, "content"),
        "summary": _rendered(post, "excerpt"),
        "section": next((section for section in sections if section), None),
        "topics": [topic for topic in topics if topic],
        "authors": [{"name": a["name"], "bio": one_line(a.get("description"))} for a in authors],
        "published": published,
        "updated": updated if updated != published else None,
    }
    return ListedEntry(
        key=identity_of(link) if link else str(post.get("id")),
        version=version_of(row["headline"], row["body_html"], row["summary"], updated),
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
        fault="this post needs a password" if hidden else None if post else "this post is not an object",
        number=number,
    )


def _embedded(post: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The objects embedded under a name, nested lists flattened."""
    embedded = post.get("_embedded")
    found = embedded.get(name) if isinstance(embedded, Mapping) else None
    flat: list[Mapping[str, Any]] = []
    for entry in found if isinstance(found, list) else ():
        flat += objects(entry)
    return flat
