"""Several newspapers over one engine: each page is that of the host that was asked."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from portal_house import Build, House, articles, problem
from recirc.settings import BrandSettings, BrandsSettings, Settings, SettingsError, SiteSettings, load
from recirc.web.brands import (
    Brands,
    contrast_warnings,
    direction_of,
    size_of,
)

COAST = BrandSettings(
    name="The Coast",
    tagline="Salt and wind",
    hosts=("coast.example", "www.coast.example"),
    url="https://coast.example",
    sections=("coast",),
    colours={"accent": "#00557f", "dark-accent": "#8fd0f5"},
)
WIRE = BrandSettings(name="الشاطئ", hosts=("wire.example",), language="ar", outlets=("North Coast Press",))


@pytest.fixture
def houses(build: Build) -> House:
    """The sample articles in three newspapers."""
    return filled(build)


def filled(build: Build, **more: Any) -> House:
    made = build(brands=BrandsSettings(list=(COAST, WIRE), **more))
    made.engine.publish(articles(made.now)).result()
    made.engine.catch_up()
    return made


def page(house: House, host: str, path: str, **more: Any) -> Any:
    return house.client.get(path, headers={"Host": host}, **more)


def json_ld(text: str) -> list[dict[str, Any]]:
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)
    return [msgspec.json.decode(each) for each in found]


@pytest.mark.parametrize("host", ["coast.example", "WWW.Coast.example:8080", "coast.example."])
def test_the_host_decides_the_newspaper(houses: House, host: str) -> None:
    text = page(houses, host, "/").text
    assert "<title>The Coast: Salt and wind</title>" in text
    assert "Otter" in text
    assert "Ferry" not in text
    assert '<link rel="canonical" href="https://coast.example/">' in text


@pytest.mark.parametrize("host", ["tide.example", "nobody.example", "127.0.0.1:8000"])
def test_an_unknown_host_is_the_default_newspaper(houses: House, host: str) -> None:
    text = page(houses, host, "/").text
    assert "The Tide" in text
    assert "Ferry crews" in text
    assert "Otter" in text


def test_every_part_of_a_page_is_of_its_newspaper(houses: House) -> None:
    text = page(houses, "coast.example", "/article/otter").text
    assert "The Tide" not in re.sub(r"(?s)<article.*?</article>", "", text)
    assert '<meta property="og:site_name" content="The Coast">' in text
    assert '<link rel="canonical" href="https://coast.example/article/otter">' in text
    about = {thing["@type"]: thing for thing in json_ld(text)}
    assert about["NewsArticle"]["publisher"]["name"] == "The Coast"
    assert about["NewsArticle"]["mainEntityOfPage"] == "https://coast.example/article/otter"
    assert about["BreadcrumbList"]["itemListElement"][0]["item"] == "https://coast.example/"
    menu = re.findall(r'<a href="/section/([^"]+)"', text)
    assert set(menu) == {"coast"}


def test_lists_feeds_and_errors_stay_within_the_newspaper(houses: House) -> None:
    assert page(houses, "coast.example", "/section/business").status_code == 404
    assert page(houses, "coast.example", "/topic/ferries").status_code == 404
    feed = page(houses, "coast.example", "/feed.xml").text
    assert "<title>The Coast</title>" in feed
    assert "Ferry" not in feed
    assert "https://coast.example/article/otter" in feed
    missing = page(houses, "coast.example", "/nowhere")
    assert missing.status_code == 404
    assert "The Coast" in missing.text
    assert "Ferry" not in missing.text


def test_an_article_of_another_newspaper_is_there_and_not_here(houses: House) -> None:
    away = page(houses, "coast.example", "/article/ferry-1", follow_redirects=False)
    assert (away.status_code, away.headers["location"]) == (307, "https://tide.example/article/ferry-1")
    moved = page(houses, "wire.example", "/article/otter-wire", follow_redirects=False)
    assert moved.status_code == 307
    assert moved.headers["location"] == "https://coast.example/article/otter-wire"


def test_an_article_of_a_newspaper_without_an_address_is_nowhere_else(build: Build) -> None:
    house = build(site=SiteSettings(name="The Tide"), brands=BrandsSettings(list=(COAST,)))
    house.engine.publish(articles(house.now)).result()
    house.engine.catch_up()
    missing = page(house, "coast.example", "/article/ferry-1")
    assert missing.status_code == 404
    assert "in The Tide, not here" in missing.text


def test_newspapers_apart_have_no_article_in_common(build: Build) -> None:
    house = build(
        site=SiteSettings(name="The Tide", url="https://tide.example"),
        brands=BrandsSettings(list=(COAST,), apart=True),
    )
    house.engine.publish(articles(house.now)).result()
    house.engine.catch_up()
    fronts = [
        set(re.findall(r'href="/article/([^"?]+)"', page(house, host, "/").text))
        for host in ("tide.example", "coast.example")
    ]
    assert fronts[0]
    assert fronts[1]
    assert fronts[0].isdisjoint(fronts[1])
    moved = page(house, "tide.example", "/article/otter", follow_redirects=False)
    assert (moved.status_code, moved.headers["location"]) == (307, "https://coast.example/article/otter")
    back = page(house, "coast.example", "/article/ferry-1", follow_redirects=False)
    assert (back.status_code, back.headers["location"]) == (307, "https://tide.example/article/ferry-1")
    assert page(house, "tide.example", "/article/ferry-1").status_code == 200
    slate = house.client.get("/v1/shelves?article=ferry-1&brand=the-tide").json()
    shown = {
        item["article"] for name in ("related", "ranking", "recommendation") for item in slate[name]["items"]
    }
    assert shown
    assert shown.isdisjoint(fronts[1])


def test_a_story_of_another_newspaper_is_there_and_not_here(houses: House) -> None:
    away = page(houses, "coast.example", "/story/ferry-1", follow_redirects=False)
    assert (away.status_code, away.headers["location"]) == (307, "https://tide.example/story/ferry-1")
    named = page(houses, "coast.example", "/story?id=ferry-1", follow_redirects=False)
    assert (named.status_code, named.headers["location"]) == (307, "https://tide.example/story/ferry-1")
    assert page(houses, "coast.example", "/story/otter").status_code == 200
    assert page(houses, "tide.example", "/story/otter").status_code == 200


def test_a_story_of_a_newspaper_without_an_address_is_nowhere_else(build: Build) -> None:
    house = build(site=SiteSettings(name="The Tide"), brands=BrandsSettings(list=(COAST,)))
    house.engine.publish(articles(house.now)).result()
    house.engine.catch_up()
    missing = page(house, "coast.example", "/story/ferry-1")
    assert missing.status_code == 404
    assert "in The Tide, not here" in missing.text
    assert "Ferry crews" not in missing.text


def test_a_story_is_headed_by_what_the_newspaper_has_itself(build: Build) -> None:
    for cross in (False, True):
        house = build(brands=BrandsSettings(list=(COAST, WIRE), cross_brands=cross))
        otter, wire = (each for each in articles(house.now) if each.id.startswith("otter"))
        early = msgspec.structs.replace(wire, section="business", published=house.now - timedelta(hours=3))
        late = msgspec.structs.replace(otter, published=house.now)
        house.engine.publish([early, late]).result()
        house.engine.catch_up()
        text = page(house, "coast.example", "/story/otter").text
        assert f"<h1>{'Otter filmed' if cross else 'Otter moves in'}</h1>" in text
        assert text.index("Otter moves in", text.index("<ol class")) > text.index("first report")
        other = page(house, "coast.example", "/story/otter-wire", follow_redirects=False)
        assert other.status_code == (200 if cross else 307)


def test_the_default_newspaper_shows_all_and_says_whose_it_is(houses: House) -> None:
    text = page(houses, "tide.example", "/article/otter").text
    assert '<link rel="canonical" href="https://coast.example/article/otter">' in text
    own = page(houses, "tide.example", "/article/ferry-1").text
    assert '<link rel="canonical" href="https://tide.example/article/ferry-1">' in own


def shown(house: House, host: str, path: str = "/v1/shelves?article=otter&slots=10") -> set[str]:
    told = page(house, host, path).json()
    shelves = [told] if "items" in told else [told[kind] for kind in ("related", "ranking", "recommendation")]
    return {item["article"] for shelf in shelves for item in shelf["items"]}


@pytest.mark.parametrize("cross", [False, True])
def test_shelves_cross_newspapers_only_where_they_may(build: Build, cross: bool) -> None:
    house = filled(build, cross_brands=cross)
    for article in ("ferry-1", "ferry-2", "otter-wire", "otter"):
        for reader in range(3):
            house.told("view", article, agent=f"Mozilla/5.0 (X11) Firefox/{120 + reader}")
    beside = shown(house, "coast.example")
    assert bool(beside & {"ferry-1", "ferry-2"}) is cross
    assert "ferry-1" in shown(house, "tide.example")
    # Lists and Ranking by itself stay within, whatever the shelves do.
    assert shown(house, "coast.example", "/v1/rankings?window=day") <= {"otter", "otter-wire"}
    assert "Ferry" not in re.sub(r"(?s)<footer.*", "", page(house, "coast.example", "/").text)
    named = shown(house, "tide.example", "/v1/shelves?article=otter&brand=the-coast")
    assert not named & {"ferry-1", "ferry-2"}
    problem(page(house, "tide.example", "/v1/shelves?brand=the-moon"), 404, "not-found")
    problem(page(house, "tide.example", "/v1/rankings?brand=the-moon"), 404, "not-found")
    answer = page(house, "coast.example", "/article/ferry-1", follow_redirects=False)
    assert answer.status_code == (200 if cross else 307)


def test_outlets_make_a_newspaper_too_and_its_language_its_direction(houses: House) -> None:
    text = page(houses, "wire.example", "/").text
    assert '<html lang="ar" dir="rtl">' in text
    assert "Otter moves in" in text
    assert "Otter filmed" not in text
    own = page(houses, "wire.example", "/article/otter").text
    assert '<link rel="canonical" href="http://wire.example/article/otter">' in own


def test_one_stylesheet_has_a_newspapers_colours(houses: House) -> None:
    text = page(houses, "coast.example", "/").text
    sheets = re.findall(r'<link rel="stylesheet" href="([^"]+)"', text)
    assert len(sheets) == 1
    assert sheets[0].startswith("/static/front-the-coast.css?v=")
    sheet = page(houses, "coast.example", sheets[0]).text
    assert "--accent:#00557f" in sheet
    assert "--accent:#8fd0f5" in sheet
    assert sheet.index("#00557f") > sheet.index("#9c2b1f")
    assert 'href="/static/front.css?v=' in page(houses, "tide.example", "/").text


@pytest.mark.parametrize(
    ("suffix", "content", "size"),
    [
        (".svg", b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 48.4"/>', (240, 48)),
        (".svg", b"<svg/>", (400, 100)),
        (".png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0\0\0\0\x40", (256, 64)),
    ],
)
def test_a_logo_stands_for_the_name_and_keeps_its_room(
    build: Build, tmp_path: Path, suffix: str, content: bytes, size: tuple[int, int]
) -> None:
    logo = tmp_path / f"logo{suffix}"
    logo.write_bytes(content)
    assert size_of(content) == size
    house = build(site=SiteSettings(name="The Tide", logo=str(logo)))
    found = re.search(r'<img src="(/static/logo[^"]+)" alt="The Tide" width="(\d+)" height="(\d+)">',
                      house.client.get("/").text)  # fmt: skip
    assert found
    assert (int(found[2]), int(found[3])) == size
    assert house.client.get(found[1]).content == content


@pytest.mark.parametrize(
    ("toml", "text"),
    [
        ('[[brands.list]]\nname = "A"\nhosts = []', "hosts"),
        ('[[brands.list]]\nname = "A"\nhosts = ["a.example", "A.example"]', "'a.example' twice"),
        ('[[brands.list]]\nname = "A"\nhosts = ["https://a.example"]', "no host"),
        ('[[brands.list]]\nname = "Recirc"\nhosts = ["a.example"]', "called 'recirc'"),
        ('[[brands.list]]\nname = "A"\nhosts = ["a.example"]\ncolors = 1', "did you mean 'colours'"),
        ('[site.colours]\nacent = "#000000"', "'acent' of 'site' is no colour"),
        ('[site.colours]\naccent = "red"', "write it as '#9c2b1f'"),
        ('[site]\nlogo = "logo.gif"', "no SVG or PNG"),
        ('[site]\nlogo = "nowhere.svg"', "no SVG or PNG"),
        ('[site]\nreactions = ["bored"]', "bored"),
    ],
)
def test_wrong_settings_are_named(tmp_path: Path, toml: str, text: str) -> None:
    path = tmp_path / "recirc.toml"
    path.write_text(toml, "utf-8")
    with pytest.raises(SettingsError, match=re.escape(text)):
        load(path, {})


def test_colours_that_are_hard_to_read_are_told() -> None:
    assert contrast_warnings({}) == []
    assert contrast_warnings({"accent": "#00557f"}) == []
    assert [told.partition(" ")[0] for told in contrast_warnings({"soft": "#bbbbbb"})] == ["soft", "soft"]
    faces = Brands(Settings(brands=BrandsSettings(list=(COAST, WIRE))))
    assert [face.direction for face in (faces.default, *faces.others)] == ["ltr", "ltr", "rtl"]
    assert direction_of("fa-IR") == "rtl"


def test_sections_may_be_written_as_names() -> None:
    site = SiteSettings(name="The Tide", sections=("Town Hall", "sport"))
    assert Brands(Settings(site=site)).default.sections == ("town-hall", "sport")
