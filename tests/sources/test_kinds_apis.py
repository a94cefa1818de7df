"""WordPress and Ghost: paging, filters, keys."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from site_server import NOW

from recirc.reading.rejections import RejectedValueError
from recirc.settings import SourceEntry
from recirc.sources.ghost import GhostSource
from recirc.sources.source import FetchedArticle, FetchResponse, PollState, Source
from recirc.sources.wordpress import WordPressSource


class Paged:
    """A WordPress and a Ghost with 120 posts that page and filter as they do."""

    def __init__(self) -> None:
        self.posts = [(n, NOW - timedelta(hours=200 - n)) for n in range(1, 121)]
        self.asked: list[dict[str, str]] = []

    def __call__(
        self, url: str, *, etag: str | None = None, last_modified: str | None = None
    ) -> FetchResponse:
        assert (etag, last_modified) == (None, None)
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        self.asked.append(asked)
        ghost = "/ghost/" in url
        if "order" not in asked or asked.get("orderby") == "include":
            return self.published(url, ghost)
        since = asked.get("modified_after") or asked.get("after")
        since = since or asked.get("filter", "").partition("'")[2].rstrip("'")
        found = [
            p for p in self.posts if not since or p[1] > datetime.fromisoformat(since).replace(tzinfo=UTC)
        ]
        found.sort(key=lambda post: post[1], reverse="desc" in asked["order"])
        size, page = int(asked["limit" if ghost else "per_page"]), int(asked.get("page", 1))
        part = found[(page - 1) * size : page * size]
        more = page * size < len(found)
        said = {
            "posts": [self.ghost(*p) for p in part],
            "meta": {"pagination": {"next": page + 1 if more else None}},
        }
        body = json.dumps(said if ghost else [self.wordpress(*p) for p in part]).encode()
        return FetchResponse(
            url=url, status=200, media_type="application/json", body=body, links={"next": "x"} if more else {}
        )

    def published(self, url: str, ghost: bool) -> FetchResponse:
        ids = [{"id": n} for n, _ in self.posts]
        body = json.dumps({"posts": ids, "meta": {}} if ghost else ids).encode()
        return FetchResponse(url=url, status=200, media_type="application/json", body=body)

    def wordpress(self, n: int, modified: datetime) -> dict[str, object]:
        written = f"{modified:%Y-%m-%dT%H:%M:%S}"
        title, content = {"rendered": f"Post {n}"}, {"rendered": f"<p>Text {n}</p>"}
        link = f"https://blog.example/{n}"
        return {
            "id": n,
            "link": link,
            "title": title,
            "content": content,
            "modified_gmt": written,
            "date_gmt": written,
        }

    def ghost(self, n: int, modified: datetime) -> dict[str, object]:
        link = f"https://blog.example/{n}"
        return {
            "id": str(n),
            "url": link,
            "title": f"Post {n}",
            "html": f"<p>Text {n}</p>",
            "updated_at": modified.isoformat(),
        }


@pytest.mark.parametrize("kind", [WordPressSource, GhostSource])
def test_apis_give_the_newest_first_and_then_what_was_modified(kind: type[Source]) -> None:
    blog, state = Paged(), PollState()
    source = kind(SourceEntry(address="https://blog.example/", key="22", most=70))

    def poll() -> list[int]:
        found = list(source.poll(blog, state, NOW))
        return [
            int(each.article.headline.removeprefix("Post "))
            for each in found
            if isinstance(each, FetchedArticle)
        ]

    assert poll() == list(range(120, 50, -1))
    assert [asked["page"] for asked in blog.asked if "page" in asked] == ["1", "2"]
    assert poll() == []
    blog.posts[9] = (10, NOW - timedelta(minutes=10))
    blog.posts += [(n, NOW - timedelta(minutes=9)) for n in range(121, 211)]
    later = [*poll(), *poll()]
    assert sorted(later) == [10, *range(121, 211)]
    assert poll() == []
    assert len(state.seen) <= len(blog.posts)


def test_ghost_needs_a_key_and_shows_it_nowhere() -> None:
    with pytest.raises(RejectedValueError, match="--key KEY"):
        list(GhostSource(SourceEntry(address="https://blog.example/")).poll(Paged(), PollState(), NOW))
    source = GhostSource(
        SourceEntry(address="https://blog.example/ghost/api/content/posts/?key=secret22", most=1)
    )
    (brought,) = list(source.poll(Paged(), PollState(), NOW))
    assert isinstance(brought, FetchedArticle)
    assert b"secret22" not in msgspec.json.encode(brought)
