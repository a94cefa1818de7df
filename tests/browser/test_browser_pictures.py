"""Pictures as a reader sees them: from each source and from uploads; none where a file is broken or a bomb; gone with
an article that is withdrawn.
"""

import json
import random
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, Page, expect

from browsing import another_reader, uncomplaining
from drawn_pictures import bomb, drawn, serving
from recirc.store.api_keys import create
from served import free_port, running

pytestmark = pytest.mark.browser

SOON = 60.0
"""Seconds within which sources are polled and pictures fetched, on a busy machine too."""

COLOURS = {
    "RSS": "navy", "metadata": "teal", "JSON-LD": "olive", "WordPress": "purple", "Ghost": "maroon",
    "ninjs": "green", "lines": "blue", "folder": "indigo", "upload": "black",
}  # fmt: skip
"""Where an article comes from, and the colour of its picture."""

BROKEN = {"cut": drawn(900, 600)[:3000], "page": b"<!doctype html><p>Log in", "bomb": bomb(60_000, 60_000)}
"""Files that articles name as their pictures, and that are none."""

WITHDRAWN = "upload"
WORDS = (
    "harbour", "ferry", "captain", "morning", "storm", "engine", "rope", "island", "market", "council", "bridge",
    "window", "garden", "winter", "letter", "school", "doctor", "river", "lantern", "tower", "bakery", "music",
    "football", "evening", "teacher", "voter", "budget", "whale", "mussel", "railway", "cinema", "poem",
)  # fmt: skip


class Paper(NamedTuple):
    """A newspaper whose articles come from everywhere."""

    base: str
    key: str

    def ask(self, method: str, path: str, body: bytes | None = None, media: str = "application/json") -> Any:
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": media}
        request = urllib.request.Request(self.base + path, body, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null")


def headline(name: str) -> str:
    return f"What the {name} brought to the quay"


def text_of(name: str) -> list[str]:
    """Paragraphs that no other article has."""
    chosen = random.Random(name)
    return [f"The {' the '.join(chosen.choices(WORDS, k=24))} of {name}." for _ in range(4)]


def html_of(name: str) -> str:
    return "".join(f"<p>{paragraph}</p>" for paragraph in text_of(name))


def page_of(name: str, head: str, when: str) -> bytes:
    return (
        f'<!doctype html><html lang="en"><head><title>{headline(name)}</title>'
        '<meta property="og:type" content="article">'
        f'<meta property="article:published_time" content="{when}">{head}</head>'
        f"<body><article><h1>{headline(name)}</h1>{html_of(name)}</article></body></html>"
    ).encode()


def documents(site: str, when: datetime) -> dict[str, bytes]:
    """What the other sites answer; each article names the picture of its own colour."""
    linked = {
        "@context": "https://schema.org", "@type": "NewsArticle", "headline": headline("JSON-LD"),
        "datePublished": when.isoformat(), "image": [f"{site}/JSON-LD.jpg"],
    }  # fmt: skip
    heads = {
        "metadata": f'<meta property="og:image" content="{site}/metadata.jpg">',
        "JSON-LD": f'<script type="application/ld+json">{json.dumps(linked)}</script>',
    }
    return {f"/{name}.html": page_of(name, head, when.isoformat()) for name, head in heads.items()} | {
        "/feed.xml": feed(site, when).encode(),
        "/wp-json/wp/v2/posts": json.dumps([wordpress_post(site, when)]).encode(),
        "/ghost/api/content/posts/": json.dumps({"posts": [ghost_post(site, when)], "meta": {}}).encode(),
        "/items.json": json.dumps([ninjs_item(site, when)]).encode(),
    }


def feed(site: str, when: datetime) -> str:
    items = "".join(
        f"<item><title>{headline(name)}</title><link>{site}/rss/{name}</link><guid>{name}</guid>"
        f"<pubDate>{when:%a, %d %b %Y %H:%M:%S} +0000</pubDate><content:encoded><![CDATA[{html_of(name)}]]>"
        f'</content:encoded><media:content url="{site}/{name}.jpg" medium="image" width="900" height="600">'
        f"<media:description>{name} in words</media:description></media:content></item>"
        for name in ("RSS", *BROKEN)
    )
    return (
        '<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/" '
        f'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>A</title>{items}</channel></rss>'
    )


def wordpress_post(site: str, when: datetime) -> dict[str, Any]:
    plain = f"{when:%Y-%m-%dT%H:%M:%S}"
    picture = {"source_url": f"{site}/WordPress.jpg", "alt_text": "WordPress in words"}
    return {
        "id": 7, "date_gmt": plain, "modified_gmt": plain, "link": f"{site}/2026/seven/",
        "title": {"rendered": headline("WordPress")}, "excerpt": {"rendered": ""},
        "content": {"rendered": html_of("WordPress"), "protected": False},
        "_embedded": {"wp:featuredmedia": [picture]},
    }  # fmt: skip


def ghost_post(site: str, when: datetime) -> dict[str, Any]:
    return {
        "id": "g1", "title": headline("Ghost"), "html": html_of("Ghost"), "url": f"{site}/ghost-story/",
        "published_at": when.isoformat(), "updated_at": when.isoformat(), "feature_image": f"{site}/Ghost.jpg",
        "feature_image_alt": "Ghost in words",
    }  # fmt: skip


def ninjs_item(site: str, when: datetime) -> dict[str, Any]:
    picture = {
        "name": "featuremedia", "type": "picture", "altText": "ninjs in words",
        "renditions": [
            {"name": "small", "href": f"{site}/small.jpg", "width": 90, "height": 60},
            {"name": "large", "href": f"{site}/ninjs.jpg", "width": 900, "height": 600},
        ],
    }  # fmt: skip
    return {
        "uri": f"{site}/ninjs/1", "type": "text", "versionCreated": when.isoformat(),
        "headlines": [{"role": "main", "value": headline("ninjs")}],
        "bodies": [{"contentType": "application/xhtml+xml", "value": html_of("ninjs")}],
        "associations": [picture],
    }  # fmt: skip


def settings(site: str, folder: Path) -> str:
    rows: list[dict[str, str]] = [
        {"address": f"{site}/feed.xml", "kind": "feed"},
        {"address": f"{site}/metadata.html", "kind": "page"},
        {"address": f"{site}/JSON-LD.html", "kind": "page"},
        {"address": f"{site}/wp-json/wp/v2/posts", "kind": "wordpress"},
        {"address": site, "kind": "ghost", "key": "22"},
        {"address": f"{site}/items.json", "kind": "ninjs"},
        {"address": str(folder / "lines.jsonl"), "kind": "jsonlines"},
        {"address": str(folder / "watched"), "kind": "folder"},
    ]
    listed = "".join(
        "[[sources.list]]\n" + "".join(f'{name} = "{value}"\n' for name, value in row.items()) for row in rows
    )
    host = site.removeprefix("http://")
    return (
        '[site]\nname = "The Quay"\n[provenance]\ninspect = false\n[training]\nbackground = false\n'
        f'[sources]\ndelay_seconds = 0.0\nrecheck_seconds = 0.0\nprivate_hosts = ["{host}"]\n{listed}'
    )


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Paper]:
    """The newspaper with an article from everywhere and, but for the uploaded one, the files of their pictures."""
    folder, when = tmp_path_factory.mktemp("pictured"), datetime.now(UTC) - timedelta(minutes=9)
    files: dict[str, bytes | int] = {
        f"/{name}.jpg": drawn(900, 600, colour=colour) for name, colour in COLOURS.items() if name != "upload"
    }
    files |= {f"/{name}.jpg": content for name, content in BROKEN.items()}
    with serving(files) as site:
        files |= documents(site, when)
        for name, place in (("lines", "lines.jsonl"), ("folder", "watched/one.json")):
            (folder / "watched").mkdir(exist_ok=True)
            row = {
                "id": name, "headline": headline(name), "body_html": html_of(name), "published": when.isoformat(),
                "images": [{"url": f"{site}/{name}.jpg", "alt": f"{name} in words", "credit": "Ida Roe"}],
            }  # fmt: skip
            (folder / place).write_text(json.dumps(row) + "\n", "utf-8")
        (folder / "recirc.toml").write_text(settings(site, folder), "utf-8")
        key = create(folder / "recirc.db", "test")
        with running(folder, "serve", port=free_port()) as base:
            made = Paper(base, key)
            upload(made, when)
            yield made


def upload(paper: Paper, when: datetime) -> None:
    kept = paper.ask("POST", "/v1/media", drawn(900, 600, colour=COLOURS["upload"]), "image/jpeg")
    article = {
        "id": "upload", "headline": headline("upload"), "body": html_of("upload"), "published": when.isoformat(),
        "pictures": [{"address": kept["address"], "alt": "upload in words", "credit": "Ida Roe"}],
    }  # fmt: skip
    paper.ask("POST", "/v1/articles", json.dumps([article]).encode())


@pytest.fixture
def page(browser: Browser, paper: Paper) -> Iterator[Page]:
    """A reader's page, which asks nobody but the newspaper for anything."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, user_agent=another_reader(), base_url=paper.base
    )
    asked: list[str] = []
    context.on("request", lambda sent: asked.append(sent.url))
    with uncomplaining(context) as opened:
        yield opened
        assert [address for address in asked if not address.startswith(paper.base)] == []


def opened(page: Page, name: str) -> None:
    """The article's page, found by a search for its headline, as soon as the article is here."""
    until = time.monotonic() + SOON
    link = page.get_by_role("link", name=headline(name), exact=True).first
    while True:
        page.goto(f"/search?q=%22{name}%22")
        if link.count():
            break
        assert time.monotonic() < until, f"no article from {name}"
        time.sleep(0.2)  # sources are polled by another process
    link.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(headline(name))


def with_picture(page: Page, name: str) -> None:
    """The same, once its picture is there."""
    opened(page, name)
    until = time.monotonic() + SOON
    while not page.locator("article figure img").count():
        assert time.monotonic() < until, f"no picture from {name}"
        time.sleep(0.2)
        page.reload()


def colours(page: Page) -> list[int]:
    """Red, green and blue of the lower right of the picture, which the browser has decoded."""
    found: list[int] = page.locator("article figure img").first.evaluate(
        """async (image) => {
          await image.decode();
          const canvas = document.createElement('canvas');
          [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
          const context = canvas.getContext('2d');
          context.drawImage(image, 0, 0);
          return [...context.getImageData(canvas.width * 0.8, canvas.height * 0.8, 1, 1).data].slice(0, 3);
        }"""
    )
    return found


@pytest.mark.parametrize("name", COLOURS)
def test_a_picture_from_each_source_leads_its_article(page: Page, name: str) -> None:
    with_picture(page, name)
    figure = page.locator("article figure").first
    named = page.evaluate(
        """(colour) => {
          const context = document.createElement('canvas').getContext('2d');
          context.fillStyle = colour;
          context.fillRect(0, 0, 1, 1);
          return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
        }""",
        COLOURS[name],
    )
    assert max(abs(shown - wanted) for shown, wanted in zip(colours(page), named, strict=True)) < 25
    image = figure.locator("img")
    assert (image.get_attribute("width"), image.get_attribute("height")) == ("900", "600")
    if name not in ("metadata", "JSON-LD"):
        assert f"{name} in words" in (image.get_attribute("alt") or "") + figure.inner_text()
    assert page.locator("article figure").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_picture_leaves_no_hole(page: Page, paper: Paper, name: str) -> None:
    with_picture(page, "RSS")  # of the same feed, and fetched in the same turn or before
    opened(page, name)
    assert page.locator("article figure, article picture, article img").count() == 0
    expect(page.locator("article .body p").first).to_contain_text(f"of {name}.")
    assert paper.ask("GET", "/healthz")["lag"] >= 0


def test_the_front_page_has_small_pictures_of_its_articles(page: Page) -> None:
    with_picture(page, "RSS")
    page.goto("/")
    images = page.locator("main .teaser .frame img")
    assert images.count() >= 3
    for image in images.all():
        image.scroll_into_view_if_needed()
        assert image.evaluate("async (image) => { await image.decode(); return image.naturalWidth; }") >= 100
        assert "/media/" in image.evaluate("image => image.currentSrc")


def test_without_scripts_the_picture_is_there_too(browser: Browser, paper: Paper) -> None:
    context = browser.new_context(java_script_enabled=False, user_agent=another_reader(), base_url=paper.base)
    page = context.new_page()
    loaded: list[int] = []
    page.on("response", lambda got: loaded.append(got.status) if "/media/" in got.url else None)
    with_picture(page, "upload")
    box = page.locator("article figure img").bounding_box()
    assert box is not None
    assert box["width"] >= 300
    assert abs(box["width"] / box["height"] - 1.5) < 0.02
    assert set(loaded) == {200}
    context.close()


def test_a_withdrawn_article_takes_its_picture_along(page: Page, paper: Paper) -> None:
    with_picture(page, WITHDRAWN)
    address, file = page.url, page.locator("article figure img").evaluate("image => image.currentSrc")
    page.goto("/")
    expect(page.get_by_role("link", name=headline(WITHDRAWN), exact=True).first).to_be_visible()
    paper.ask("DELETE", f"/v1/articles/{WITHDRAWN}")
    until = time.monotonic() + SOON
    while status_of(address) == 200 or status_of(file) == 200:
        assert time.monotonic() < until
        time.sleep(0.2)  # its files are removed by another process
    assert (status_of(address), status_of(file)) == (410, 404)
    page.goto("/")
    assert page.get_by_role("link", name=headline(WITHDRAWN), exact=True).count() == 0
    paths = page.locator("img").evaluate_all("all => all.map(one => one.src)")
    key = file.rpartition("/")[2].partition("-")[0]
    assert [each for each in paths if key in each] == []


def status_of(address: str) -> int:
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
