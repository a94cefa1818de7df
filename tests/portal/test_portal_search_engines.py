"""What search engines and caches are told."""

import doctest
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import httpx
import msgspec
import pytest

from portal_house import STRANGE, Build, House, articles
from recirc.portal import sitemaps
from recirc.settings import BrandSettings, BrandsSettings, ServerSettings, SiteSettings
from recirc.types import Article, Provenance
from recirc.web import caching
from recirc.web.links import article_path

BASE = "https://tide.example"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
NEWS = "{http://www.google.com/schemas/sitemap-news/0.9}"
PAGES = (
    "/", "/section/business", "/topic/ferries", "/author/beth-carrow", "/article/ferry-1", "/story/ferry-1", "/search",
    "/search?q=ferry", "/archive", "/how-it-works",
)  # fmt: skip


def data(page: httpx.Response) -> dict[str, dict[str, Any]]:
    """The JSON-LD of a page, by type."""
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page.text, re.DOTALL)
    things = [msgspec.json.decode(piece) for piece in found]
    assert all(thing["@context"] == "https://schema.org" for thing in things)
    return {thing["@type"]: thing for thing in things}


def locations(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/xml; charset=utf-8"
    return [place.text or "" for place in ElementTree.fromstring(answer.content).iter(f"{MAP}loc")]


def test_the_examples_in_the_docstrings() -> None:
    done = doctest.testmod(caching)
    assert done.attempted
    assert not done.failed


def test_robots_are_told_where_the_sitemaps_are_and_to_leave_the_api_alone(house: House) -> None:
    answer = house.client.get("/robots.txt")
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.text.splitlines() == [
        "User-agent: *", "Disallow: /v1/", "",
        f"Sitemap: {BASE}/sitemap.xml", f"Sitemap: {BASE}/sitemap-news.xml",
    ]  # fmt: skip


def test_the_sitemaps_name_every_article_once_that_is_our_own(house: House) -> None:
    house.engine.publish([
        Article(id="old", headline="Old", published=house.now - timedelta(days=400)),
        Article(
            id="copied", headline="Copied", published=house.now,
            provenance=Provenance(outlet="The Tide", first_published_by="North Coast Press"),
        ),
        Article(id="gone", headline="Gone", published=house.now),
    ]).result()  # fmt: skip
    house.engine.withdraw(["gone"]).result()
    house.engine.catch_up()
    parts = locations(house.client.get("/sitemap.xml"))
    assert f"{BASE}/sitemaps/undated.xml" in parts
    assert len(parts) == len(set(parts))
    named = [place for part in parts for place in locations(house.client.get(part.removeprefix(BASE)))]
    assert len(named) == len(set(named))
    assert {f"{BASE}/", f"{BASE}/section/business", f"{BASE}/archive"} <= set(named)
    ours = {
        f"{BASE}{article_path(name)}"
        for name in (STRANGE, "old", "otter", *(f"ferry-{n}" for n in range(1, 6)))
    }
    assert ours <= set(named)
    assert not {f"{BASE}/article/copied", f"{BASE}/article/gone"} & set(named)
    assert '<meta name="robots" content="noindex">' in house.client.get("/article/copied").text
    for place in named:
        assert house.client.get(place.removeprefix(BASE)).status_code == 200, place


def test_a_month_is_listed_when_it_has_an_article_of_our_own(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sitemaps, "FEW", 2)
    copied = Provenance(outlet="The Tide", first_published_by="North Coast Press")
    spring, summer = datetime(2020, 3, 2, tzinfo=UTC), datetime(2020, 7, 2, tzinfo=UTC)
    house.engine.publish([
        *(Article(id=f"s{n}", headline="S", published=spring + timedelta(days=n), provenance=copied) for n in range(5)),
        Article(id="ours", headline="Ours", published=spring - timedelta(days=1)),
        *(Article(id=f"j{n}", headline="J", published=summer + timedelta(days=n), provenance=copied) for n in range(5)),
    ]).result()  # fmt: skip
    house.engine.catch_up()
    parts = locations(house.client.get("/sitemap.xml"))
    assert f"{BASE}/sitemaps/2020-03.xml" in parts
    assert f"{BASE}/sitemaps/2020-07.xml" not in parts
    assert locations(house.client.get("/sitemaps/2020-03.xml")) == [f"{BASE}/article/ours"]
    assert house.client.get("/sitemaps/2020-07.xml").status_code == 404


def test_sitemaps_are_made_anew_when_an_article_comes(house: House) -> None:
    assert f"{BASE}/article/late" not in locations(house.client.get("/sitemaps/undated.xml"))
    house.engine.publish([Article(id="late", headline="Late")]).result()
    house.engine.catch_up()
    assert f"{BASE}/article/late" in locations(house.client.get("/sitemaps/undated.xml"))


@pytest.mark.parametrize(
    "name",
    [
        "2026-13.xml",
        "2026-1.xml",
        "x.xml",
        "0000-01.xml",
        "9999-12.xml",
        "2026-01-1.xml",
        "2026-01-99999.xml",
    ],
)
def test_there_are_no_other_sitemaps(house: House, name: str) -> None:
    assert house.client.get(f"/sitemaps/{name}").status_code == 404


def test_the_news_sitemap_has_the_last_two_days(house: House) -> None:
    house.engine.publish([
        Article(id="in", headline="In & out", published=house.now - timedelta(hours=47), language="de"),
        Article(id="out", headline="Out", published=house.now - timedelta(hours=49)),
        Article(id="soon", headline="Soon", published=house.now + timedelta(hours=1)),
    ]).result()  # fmt: skip
    house.engine.catch_up()
    answer = house.client.get("/sitemap-news.xml")
    named = locations(answer)
    assert f"{BASE}/article/in" in named
    assert not {f"{BASE}/article/out", f"{BASE}/article/soon", f"{BASE}/article/otter"} & set(named)
    urls = ElementTree.fromstring(answer.content).findall(f"{MAP}url")
    (url,) = [url for url in urls if url.findtext(f"{MAP}loc") == f"{BASE}/article/in"]
    news = url.find(f"{NEWS}news")
    assert news is not None
    assert news.findtext(f"{NEWS}publication/{NEWS}name") == "The Tide"
    assert news.findtext(f"{NEWS}publication/{NEWS}language") == "de"
    assert news.findtext(f"{NEWS}title") == "In & out"
    assert (news.findtext(f"{NEWS}publication_date") or "").endswith("Z")


def test_an_article_tells_machines_who_wrote_and_published_it(house: House) -> None:
    page = house.client.get("/article/ferry-1")
    news = data(page)["NewsArticle"]
    assert news["author"] == [{"@type": "Person", "name": "Beth Carrow", "url": f"{BASE}/author/beth-carrow"}]
    assert news["publisher"]["name"] == "The Tide"
    assert news["publisher"]["logo"]["@type"] == "ImageObject"
    assert house.client.get(news["publisher"]["logo"]["url"].removeprefix(BASE)).status_code == 200
    assert "image" not in news
    assert news["dateModified"] == news["datePublished"]
    assert data(house.client.get("/article/otter"))["NewsArticle"]["isBasedOn"] == "https://ncp.example/otter"


@pytest.mark.parametrize("path", [path for path in PAGES if path not in ("/", "/how-it-works")])
def test_the_breadcrumb_is_there_for_people_and_machines_alike(house: House, path: str) -> None:
    page = house.client.get(path)
    steps = data(page)["BreadcrumbList"]["itemListElement"]
    assert [step["position"] for step in steps] == list(range(1, len(steps) + 1))
    assert steps[0]["item"] == f"{BASE}/"
    trail = re.search(r'<nav class="breadcrumb".*?</nav>', page.text, re.DOTALL)
    assert trail
    for address in re.findall(r'href="([^"]+)"', trail[0]):
        assert BASE + address in [step["item"] for step in steps]


def test_an_author_is_a_person(house: House) -> None:
    found = data(house.client.get("/author/beth-carrow"))["ProfilePage"]["mainEntity"]
    assert found == {
        "@type": "Person", "name": "Beth Carrow", "url": f"{BASE}/author/beth-carrow",
        "description": "Mends accordions.",
        "jobTitle": "Business reporter", "worksFor": {"@type": "Organization", "name": "The Tide"},
    }  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_one_address_and_says_what_it_is(house: House, path: str) -> None:
    text = house.client.get(path).text
    assert text.count('<link rel="canonical"') == 1
    for name in ("type", "title", "description", "url", "site_name"):
        assert len(re.findall(rf'<meta property="og:{name}" content="[^"]+">', text)) == 1, name


@pytest.mark.parametrize("path", PAGES)
def test_a_cache_may_keep_a_page_and_ask_whether_it_still_holds(house: House, path: str) -> None:
    first = house.client.get(path)
    assert first.headers["cache-control"] == "public, max-age=0, s-maxage=10"
    assert "Accept-Encoding" in first.headers["vary"]
    house.moment[0] += 3_000  # the shelves are made anew, and are the same
    again = house.client.get(path, headers={"If-None-Match": f'"other", {first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    for name in ("etag", "cache-control", "vary"):
        assert again.headers[name] == first.headers[name]
    assert house.client.get(path, headers={"If-None-Match": 'W/"0"'}).status_code == 200
    head = house.client.head(path)
    assert head.content == b""
    for name in ("etag", "cache-control", "vary", "content-type", "content-length"):
        assert head.headers[name] == house.client.get(path).headers[name], name


def test_the_tag_of_a_page_changes_with_what_a_reader_sees(house: House) -> None:
    tags = [house.client.get("/article/ferry-1").headers["etag"]]
    row = {"id": "ferry-1", "headline": "Corrected"}
    changes: tuple[Callable[[], object], ...] = (
        lambda: house.told("view", "otter"),  # stands in Ranking now
        lambda: house.told("reaction", "ferry-1", name="well-told"),
        lambda: house.client.post("/v1/articles", json=row, headers=house.auth),
    )
    for change in changes:
        change()
        tags.append(house.client.get("/article/ferry-1").headers["etag"])
    assert len(set(tags)) == len(tags)


def test_nothing_may_be_kept_without_asking_where_the_settings_say_so(build: Build) -> None:
    house = build(server=ServerSettings(page_seconds=0), site=SiteSettings(name="Now"))
    assert house.client.get("/").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["/article/ferry-vote-in-the-bay", "/2024/05/ferry-crews.html", "/old.php?t=ferry"]
)
def test_an_address_that_leads_nowhere_shows_what_may_have_been_meant(house: House, path: str) -> None:
    answer = house.client.get(path)
    assert answer.status_code == 404
    assert "Did you mean one of these?" in answer.text
    assert "Ferry crews vote, part" in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_a_withdrawn_article_is_gone_and_leads_on(house: House) -> None:
    house.client.delete("/v1/articles/ferry-2", headers=house.auth)
    answer = house.client.get("/article/ferry-2")
    assert answer.status_code == 410
    assert "This article was withdrawn" in answer.text
    assert "Instead, perhaps" in answer.text
    assert '<a href="/article/ferry-2"' not in answer.text
    assert house.client.get("/story/ferry-2").status_code == 410


def test_a_mistake_of_ours_looks_like_the_site_too(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("on purpose")

    monkeypatch.setattr(house.engine.browse, "months", broken)
    answer = house.client.get("/archive")
    assert answer.status_code == 500
    assert "The press has stopped for a moment" in answer.text
    assert '<p class="nameplate"><a href="/">The Tide</a></p>' in answer.text
    assert "on purpose" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/search?q=ferry",
        "/sitemaps/undated.xml",
        "/sitemap-news.xml",
        "/feed.json",
        "/section/coast/feed.atom",
    ],
)
def test_each_newspaper_tells_of_its_own_articles_at_its_own_address(build: Build, path: str) -> None:
    gull = BrandSettings(
        name="The Gull", hosts=("gull.example",), sections=("coast",), url="https://gull.example"
    )
    house = build(brands=BrandsSettings(list=(gull,)))
    house.engine.publish(
        [*articles(house.now), Article(id="tern", headline="A ferry for terns", section="coast")]
    ).result()
    house.engine.catch_up()
    theirs = house.client.get(path, headers={"Host": "gull.example"}).text
    assert "article/ferry-" not in theirs
    assert "https://tide.example" not in theirs
    if path != "/sitemap-news.xml":
        assert "/article/tern" in theirs
    ours = house.client.get(path).text
    assert "https://gull.example" not in ours


def test_the_archive_of_a_newspaper_has_its_own_days(build: Build) -> None:
    gull = BrandSettings(
        name="The Gull", hosts=("gull.example",), sections=("coast",), url="https://gull.example"
    )
    house = build(brands=BrandsSettings(list=(gull,)))
    old = house.now - timedelta(days=800)
    house.engine.publish([Article(id="a", headline="A", section="business", published=old)]).result()
    house.engine.catch_up()
    day = f"/archive/{old:%Y/%m/%d}"
    assert house.client.get(day).status_code == 200
    assert house.client.get(day, headers={"Host": "gull.example"}).status_code == 404
    assert day[:-3] not in house.client.get("/archive", headers={"Host": "gull.example"}).text
