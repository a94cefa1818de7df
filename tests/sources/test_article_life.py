"""The life of an article as its source tells it: held, moved, failed for a moment, taken down."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from played_site import NOW, TEXT, PlayedSite, articles, item, page, playing, rejected, rss

from recirc.reading.holds import HeldArticle
from recirc.reading.rejections import Rejection
from recirc.settings import SourceEntry
from recirc.sources.folder import FolderSource
from recirc.sources.source import FetchError, FetchResponse, PollState, SourceNotice, Takedown
from recirc.text.clean import words_of


@pytest.fixture
def site() -> Iterator[PlayedSite]:
    with playing() as site:
        yield site


def ninjs(uri: str = "urn:x:1", **fields: Any) -> dict[str, Any]:
    return {
        "uri": uri,
        "type": "text",
        "pubStatus": "usable",
        "versionCreated": "2026-11-28T10:00:00Z",
        "headlines": [{"role": "main", "value": f"Budget {uri}"}],
        "bodies": [{"role": "main", "contentType": "text/html", "value": f"<p>{TEXT}</p>"}],
        **fields,
    }


def post(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": number,
        "date_gmt": "2026-11-28T10:00:00",
        "modified_gmt": "2026-11-28T10:00:00",
        "link": f"{{BASE}}/p{number}",
        "title": {"rendered": f"Post {number}"},
        "content": {"rendered": f"<p>Number {number}. {TEXT}</p>"},
        "excerpt": {"rendered": ""},
        **fields,
    }


# Holds


def test_an_embargo_ends_to_the_second_and_one_that_cannot_be_read_when_it_changes(site: PlayedSite) -> None:
    site.put("/n", [ninjs(embargoed="2026-11-29T23:00:00Z"), ninjs("urn:x:2", embargoed=True)])
    first = site.poll("/n")
    assert [(type(each), getattr(each, "until", None)) for each in first] == [
        (HeldArticle, datetime(2026, 11, 29, 23, tzinfo=UTC)),
        (HeldArticle, None),
    ]
    assert site.poll("/n", seconds=15 * 3600 - 1) == []
    assert [a.headline for a in articles(site.poll("/n", seconds=15 * 3600))] == ["Budget urn:x:1"]
    assert site.poll("/n", days=30) == []
    site.put("/n", [ninjs(embargoed=None), ninjs("urn:x:2", embargoed=False)])
    assert {a.headline for a in articles(site.poll("/n", days=30))} >= {"Budget urn:x:2"}


@pytest.mark.parametrize(
    "extra",
    [
        "<pubDate>Sun, 29 Nov 2026 09:00:00 GMT</pubDate>",
        "<x:embargo xmlns:x='urn:x'>tomorrow</x:embargo>",
        "<app:control xmlns:app='http://www.w3.org/2007/app'><app:draft>yes</app:draft></app:control>",
    ],
)
def test_items_of_feeds_are_held(site: PlayedSite, extra: str) -> None:
    site.put("/feed", rss(item("Speech", "/a", "1", extra=extra), item("Other", "/b", "2")))
    found = site.poll("/feed")
    assert [a.headline for a in articles(found)] == ["Other"]
    assert [type(each) for each in found if isinstance(each, Rejection)] == [HeldArticle]


def test_a_page_of_a_sitemap_that_is_dated_ahead_is_held(site: PlayedSite) -> None:
    ahead = '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Speech in full", '
    ahead += '"datePublished": "2026-11-29T20:00:00Z"}</script>'
    site.put(
        "/a",
        page("Speech in full")
        .replace('content="2026-11-28T10:00:00Z"', 'content=""')
        .replace("<body>", f"{ahead}<body>"),
    )
    site.put("/s.xml", (200, {"Content-Type": "text/xml"}, "<urlset><url><loc>{BASE}/a</loc></url></urlset>"))
    (held,) = site.poll("/s.xml")
    assert isinstance(held, HeldArticle)
    assert held.until == datetime(2026, 11, 29, 20, tzinfo=UTC)
    assert [a.headline for a in articles(site.poll("/s.xml", days=1))] == ["Speech in full"]


@pytest.mark.parametrize(
    "head",
    [
        '<meta name="embargo" content="2026-11-29T20:00:00Z">',
        "<meta content='true' property='article:embargo_until'>",
        '<script type="application/ld+json">{"@type": "NewsArticle", "embargoDate": "tomorrow"}</script>',
        '<script type="application/ld+json">[{"datePublished":"2026-11-29T12:00:00+01:00"}]</script>',
    ],
)
def test_a_page_that_says_so_itself_is_held(site: PlayedSite, tmp_path: Path, head: str) -> None:
    site.put("/a", page("Speech in full", head=head))
    site.put("/b", page("The embargo is over", "An embargo: true. " + TEXT))
    urls = "".join(f"<url><loc>{{BASE}}/{name}</loc></url>" for name in "ab")
    site.put("/s.xml", (200, {"Content-Type": "text/xml"}, f"<urlset>{urls}</urlset>"))
    found = site.poll("/s.xml")
    assert [type(each) for each in found if isinstance(each, Rejection)] == [HeldArticle]
    assert [a.headline for a in articles(found)] == ["The embargo is over"]
    (tmp_path / "a.html").write_text(page("Speech in full", head=head))
    source = FolderSource(SourceEntry(address=str(tmp_path)))
    assert [type(each) for each in source.poll(nowhere, PollState(), NOW)] == [HeldArticle]


# Identity


@pytest.mark.parametrize("title", ["New brdige", "New bridge"])
@pytest.mark.parametrize("link", ["/new-bridge", "/2026/11/bridge"])
def test_a_changed_slug_is_the_same_article(site: PlayedSite, link: str, title: str) -> None:
    site.put("/feed", rss(item("New brdige", "/new-brdige", "17")))
    (first,) = articles(site.poll("/feed"))
    site.put("/feed", rss(item(title, link, "17")))
    (second,) = articles(site.poll("/feed"))
    assert (second.id, second.url) == (first.id, site.base + link)


def test_a_changed_id_is_the_same_article_and_is_not_read_again(site: PlayedSite) -> None:
    site.put("/feed", rss(item("Bridge", "/a", "17")))
    (first,) = articles(site.poll("/feed"))
    site.put("/feed", rss(item("Bridge", "/a", "https://tide.example/?p=17")))
    assert site.poll("/feed") == []
    site.put("/feed", rss(item("Bridge opens", "/a", "https://tide.example/?p=17")))
    assert [a.id for a in articles(site.poll("/feed"))] == [first.id]


def test_one_address_of_several_items_makes_several_articles(site: PlayedSite) -> None:
    points = [item(f"Point {n}", "/ticker", f"g{n}", f"Point {n}. {TEXT}") for n in range(4)]
    site.put("/feed", rss(*points))
    assert len({a.id for a in articles(site.poll("/feed"))}) == 4
    site.put("/feed", rss(item("Point 9", "/ticker", "g9"), *points[1:]))
    assert len({a.id for a in articles(site.poll("/feed"))}) == 1


def test_one_item_after_the_other_at_one_address(site: PlayedSite) -> None:
    found = set()
    for number in range(3):
        date = f"<pubDate>Sat, 28 Nov 2026 1{number}:00:00 GMT</pubDate>"
        site.put("/feed", rss(item(f"Point {number}", "/ticker", f"g{number}", extra=date)))
        found |= {a.id for a in articles(site.poll("/feed"))}
    assert len(found) == 3


@pytest.mark.parametrize("links", [("/live#p1", "/live#p2"), ("/live", "/live")])
def test_items_without_ids_that_share_an_address(site: PlayedSite, links: tuple[str, str]) -> None:
    site.put("/feed", rss(*(item(f"Point {n}", link) for n, link in enumerate(links))))
    assert len({a.id for a in articles(site.poll("/feed"))}) == 2
    assert site.poll("/feed") == []


def test_an_item_listed_twice_is_one_and_said(site: PlayedSite) -> None:
    site.put("/feed", rss(item("Bridge", "/a", "17"), item("Bridge", "/a", "17"), item("Bridge", "/a", "18")))
    found = site.poll("/feed")
    assert len(articles(found)) == 1
    (notice,) = rejected(found, SourceNotice)
    assert "3 entries are 1 articles" in notice.text


def test_an_id_that_all_items_share_is_none(site: PlayedSite) -> None:
    site.put("/feed", rss(*(item(f"Story {n}", f"/s{n}", "0") for n in range(3))))
    assert len({a.id for a in articles(site.poll("/feed"))}) == 3


def test_the_newest_version_of_an_item_wins_whatever_the_order(site: PlayedSite) -> None:
    old = ninjs(version="1", headlines=[{"value": "First"}])
    new = ninjs(version="2", headlines=[{"value": "Second"}])
    site.put("/n", [old, new])
    assert [a.headline for a in articles(site.poll("/n"))] == ["Second"]
    site.put("/n", [old])
    assert site.poll("/n") == []
    site.put("/n", [ninjs(version="3", headlines=[{"value": "Third"}]), old])
    assert [a.headline for a in articles(site.poll("/n"))] == ["Third"]


# Pages that are not the article


@pytest.mark.parametrize(
    ("target", "title"),
    [
        ("/login", "Log in to read on"),
        ("/consent?continue=/x", "Before you go on"),
        ("/", "Wren Tide, news from the quay"),
        ("/anmelden", "Bitte anmelden"),
        ("/b0", "Another story altogether"),
    ],
)
def test_the_page_behind_a_redirect_is_no_article(site: PlayedSite, target: str, title: str) -> None:
    site.put(
        "/feed",
        rss(
            *(item(f"Story {n} of the harbour", f"/a{n}", text=f"Short {n}.", summary=True) for n in range(3))
        ),
    )
    for number in range(3):
        site.put(f"/a{number}", (302, {"Location": target}, ""))
    site.put(target.partition("?")[0], page(title, f"Subscribers read all of it. {TEXT}"))
    found = site.poll("/feed")
    assert sorted(a.url or "" for a in articles(found)) == [f"{site.base}/a{n}" for n in range(3)]
    assert {words_of(a.body) for a in articles(found)} == {f"Short {n}." for n in range(3)}
    assert len(rejected(found, SourceNotice)) == 3


def test_a_wall_without_a_redirect_is_no_article_either(site: PlayedSite) -> None:
    site.put("/feed", rss(item("The mayor resigns", "/a", text="He leaves in May.", summary=True)))
    site.put("/a", page("Before you go on", f"We and our partners store cookies. {TEXT}"))
    (article,) = articles(site.poll("/feed"))
    assert words_of(article.body) == "He leaves in May."


def test_a_corrected_address_and_another_headline_on_the_page_are_read(site: PlayedSite) -> None:
    summary = "The mayor of Wren Tide said on Saturday that he leaves in May after eleven years."
    site.put(
        "/feed",
        rss(
            item("The mayor resigns", "/a", text=summary, summary=True),
            item("Harbour wall mended", "/b", text="At last.", summary=True),
        ),
    )
    site.put("/a", page("A surprise at the town hall", f"{summary} {TEXT}"))
    site.put("/b", (301, {"Location": "/2026/harbour-wall-mended"}, ""))
    site.put("/2026/harbour-wall-mended", page("Harbour wall mended after two years"))
    assert all(len(words_of(a.body)) > 300 for a in articles(site.poll("/feed")))


# What fails for a moment


@pytest.mark.parametrize("status", [429, 500, 503, 404, 403])
def test_a_page_that_fails_for_the_moment_is_asked_again(site: PlayedSite, status: int) -> None:
    site.put("/feed", rss(item("Page in trouble", "/pf", text="Short summary.", summary=True)))
    site.put("/pf", (status, {}, ""))
    assert [words_of(a.body) for a in articles(site.poll("/feed"))] == ["Short summary."]
    assert len(site.state.pending) == 1
    site.put("/pf", page("Page in trouble"))
    (whole,) = articles(site.poll("/feed"))
    assert "Sentence 11" in words_of(whole.body)
    assert site.poll("/feed") == []


def test_retry_after_is_honoured(site: PlayedSite) -> None:
    site.put("/feed", rss(item("Page in trouble", "/pf", text="Short summary.", summary=True)))
    site.put("/pf", (503, {"Retry-After": "3600"}, ""))
    site.poll("/feed")
    site.put("/pf", page("Page in trouble"))
    assert site.poll("/feed", seconds=3599) == []
    assert len(articles(site.poll("/feed", seconds=3601))) == 1


@pytest.mark.parametrize("status", [500, 502, 429, 403, 404])
def test_only_400_is_the_end_of_the_pages_of_wordpress(site: PlayedSite, status: int) -> None:
    def address(number: int) -> str:
        return f"/wp-json/wp/v2/posts?_embed=1&per_page=50&page={number}&orderby=modified&order=desc"

    hour = timedelta(hours=1)
    posts = [post(n, modified_gmt=f"{NOW - (n + 1) * hour:%Y-%m-%dT%H:%M:%S}") for n in range(1, 101)]
    site.put(address(1), posts[:50])
    site.put(address(2), (status, {}, ""))
    assert len(articles(site.poll("/", kind="wordpress"))) == 50
    site.put(address(2), posts[50:])
    site.put(address(3), (400, {}, '{"code": "rest_post_invalid_page_number"}'))
    assert len(articles(site.poll("/", kind="wordpress"))) == 50


# Take-down


def test_posts_that_wordpress_does_not_publish_any_more_are_taken_down(site: PlayedSite) -> None:
    posts = [post(n) for n in (1, 2, 3, 4)]
    site.put("/wp-json/wp/v2/posts", posts)
    first = articles(site.poll("/", kind="wordpress"))
    site.put("/wp-json/wp/v2/posts", [posts[0], post(3, content={"rendered": "", "protected": True})])
    site.put("/wp-json/wp/v2/posts/2", (404, {}, '{"code": "rest_post_invalid_id"}'))
    site.put("/wp-json/wp/v2/posts/4", (401, {}, '{"code": "rest_forbidden"}'))
    found = site.poll("/", kind="wordpress")
    gone = {each.articles[0] for each in found if isinstance(each, Takedown)}
    assert gone == {a.id for a in first if a.headline != "Post 1"}
    assert [each for each in site.poll("/", kind="wordpress") if isinstance(each, Takedown)] == []
    site.put("/wp-json/wp/v2/posts", [*posts[:1], post(2, modified_gmt="2026-11-29T07:59:00"), posts[2]])
    assert {a.headline for a in articles(site.poll("/", kind="wordpress"))} == {"Post 2", "Post 3"}


def test_an_error_of_the_api_takes_nothing_down(site: PlayedSite) -> None:
    site.put("/wp-json/wp/v2/posts", [post(1), post(2)])
    site.poll("/", kind="wordpress")
    site.put("/wp-json/wp/v2/posts", [post(1)])
    for status in (500, 503, 429):
        site.put("/wp-json/wp/v2/posts/2", (status, {}, ""))
        assert not any(isinstance(each, Takedown) for each in site.poll("/", kind="wordpress"))


def test_a_scheduled_post_of_wordpress_arrives(site: PlayedSite) -> None:
    site.put("/wp-json/wp/v2/posts", [post(1, modified_gmt="2026-11-29T07:00:00")])
    site.poll("/", kind="wordpress")
    scheduled = post(2, date_gmt="2026-11-29T07:30:00", modified_gmt="2026-11-20T10:00:00")

    def answer(query: str) -> None:
        site.put(f"/wp-json/wp/v2/posts?{query}", [scheduled])

    site.put("/wp-json/wp/v2/posts", [])
    answer("_embed=1&per_page=50&orderby=date&order=desc&after=2026-11-22T07:00:00")
    assert [a.headline for a in articles(site.poll("/", kind="wordpress"))] == ["Post 2"]


def test_plain_permalinks_are_asked_by_the_route(site: PlayedSite) -> None:
    site.put("/", [post(1)])
    assert len(articles(site.poll("/?rest_route=/wp/v2/posts"))) == 1
    assert not any(path.startswith("/wp-json") for path in site.asked)
    assert len(articles(site.poll("/wp-json/wp/v2/posts", kind="wordpress"))) == 0  # the same post


def ghost(*posts: dict[str, Any]) -> dict[str, Any]:
    return {"posts": list(posts), "meta": {"pagination": {"next": None}}}


def ghost_post(number: int, **fields: Any) -> dict[str, Any]:
    when = "2026-11-28T10:00:00.000Z"
    url = f"{{BASE}}/g{number}/"
    return {
        "id": f"{number:024x}",
        "title": f"Post {number}",
        "html": f"<p>{TEXT}</p>",
        "url": url,
        "updated_at": when,
        "published_at": when,
        **fields,
    }


def test_posts_that_ghost_does_not_publish_any_more_are_taken_down(site: PlayedSite) -> None:
    posts = [ghost_post(n) for n in (1, 2, 3)]
    site.put("/ghost/api/content/posts/", ghost(*posts))
    first = articles(site.poll("/", kind="ghost", key="22"))
    site.put("/ghost/api/content/posts/", ghost(posts[0], ghost_post(3, visibility="members")))
    found = site.poll("/", kind="ghost", key="22")
    gone = {each.articles[0] for each in found if isinstance(each, Takedown)}
    assert gone == {a.id for a in first if a.headline != "Post 1"}


def test_an_item_of_ninjs_that_is_cancelled_is_taken_down(site: PlayedSite) -> None:
    site.put("/n", [ninjs(), ninjs("urn:x:2")])
    first = articles(site.poll("/n"))
    site.put("/n", [ninjs(pubStatus="canceled", version="2"), ninjs("urn:x:2")])
    (takedown,) = site.poll("/n")
    assert isinstance(takedown, Takedown)
    assert takedown.articles[0] in {a.id for a in first}
    assert "canceled" in takedown.reason


def nowhere(url: str, *, etag: str | None = None, last_modified: str | None = None) -> FetchResponse:
    raise FetchError(url, f"a folder asks nobody {etag} {last_modified}")


def test_files_and_lines_that_leave_a_folder_are_taken_down_in_the_second_poll(tmp_path: Path) -> None:
    def line(number: int) -> str:
        return json.dumps({"id": number, "headline": f"Line {number}", "body": f"{number} {TEXT}"}) + "\n"

    (tmp_path / "a.jsonl").write_text(line(1) + line(2))
    (tmp_path / "b.jsonl").write_text(line(3))
    (tmp_path / "c.json").write_text(json.dumps(ninjs()))
    source, state = FolderSource(SourceEntry(address=str(tmp_path))), PollState()
    assert len(articles(list(source.poll(nowhere, state, NOW)))) == 4
    (tmp_path / "a.jsonl").write_text(line(1))
    (tmp_path / "b.jsonl").unlink()
    assert list(source.poll(nowhere, state, NOW)) == []
    found = list(source.poll(nowhere, state, NOW))
    assert [type(each) for each in found] == [Takedown, Takedown]
    assert list(source.poll(nowhere, state, NOW)) == []
    (tmp_path / "d.jsonl").write_text(line(3))
    assert [a.headline for a in articles(list(source.poll(nowhere, state, NOW)))] == ["Line 3"]
