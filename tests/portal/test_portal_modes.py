"""A portal beside a newsroom's own site: a mirror that search engines leave alone, or no pages at all."""

import pytest

from portal_house import Build, House, articles
from recirc.settings import PortalSettings

ORIGINAL = "https://ncp.example/otter"


def _publish(house: House) -> None:
    house.engine.publish(articles(house.now)).result()
    house.engine.catch_up()


def test_a_mirror_names_the_original_and_stays_out_of_search(build: Build) -> None:
    house = build(portal=PortalSettings(mode="mirror"))
    _publish(house)
    page = house.client.get("/article/otter").text
    assert f'<link rel="canonical" href="{ORIGINAL}">' in page
    for path in ("/", "/article/otter", "/article/ferry-1", "/section/coast", "/archive", "/how-it-works"):
        assert '<meta name="robots" content="noindex">' in house.client.get(path).text, path
    assert "Sitemap:" not in house.client.get("/robots.txt").text
    assert "Disallow: /\n" not in house.client.get("/robots.txt").text, (
        "what is not fetched is not seen to be noindex"
    )
    for path in ("/sitemap.xml", "/sitemap-news.xml", "/sitemaps/pages.xml"):
        assert house.client.get(path).status_code == 404
    feed = house.client.get("/feed.xml").text
    assert f"<link>{ORIGINAL}</link>" in feed


def test_a_portal_is_its_own_original(build: Build) -> None:
    house = build()
    _publish(house)
    page = house.client.get("/article/otter").text
    assert '<link rel="canonical" href="https://tide.example/article/otter">' in page
    assert 'content="noindex"' not in page
    assert "Sitemap:" in house.client.get("/robots.txt").text
    assert f"<link>{ORIGINAL}</link>" not in house.client.get("/feed.xml").text


@pytest.mark.parametrize(
    "path",
    ["/", "/article/otter", "/from/ncp.example/otter", "/section/coast", "/search", "/archive", "/feed.xml"],
)
def test_an_engine_has_no_pages_and_links_none(build: Build, path: str) -> None:
    house = build(portal=PortalSettings(mode="engine"))
    _publish(house)
    gone = house.client.get(path, headers={"Accept": "text/html"})
    assert gone.status_code == 404
    for text in (gone.text, house.client.get("/how-it-works").text):
        assert "Otter" not in text
        for address in ("/article/otter", "/search", "/archive", "/feed.xml", "/section/coast"):
            assert f'href="{address}"' not in text
        assert 'content="noindex"' in text
    assert house.client.get("/robots.txt").text.startswith("User-agent: *\nDisallow: /\n")
    assert house.client.get("/v1/shelves?article=otter").status_code == 200


def test_an_article_without_an_original_is_its_own_in_a_mirror(build: Build) -> None:
    house = build(portal=PortalSettings(mode="mirror"))
    _publish(house)
    assert (
        '<link rel="canonical" href="https://tide.example/article/ferry-1">'
        in house.client.get("/article/ferry-1").text
    )
