import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import msgspec
import pytest

from portal_house import STRANGE, Build, House
from recirc.settings import PortalSettings
from recirc.types import Article
from recirc.web.links import article_path

PAGES = (
    "/",
    "/section/business",
    "/topic/ferries",
    "/author/beth-carrow",
    "/article/ferry-1",
    "/how-it-works",
    "/docs",
    "/nowhere",
)
VOID = {"meta", "link", "br", "input", "img", "hr"}


class Outline(HTMLParser):
    """Whether each element is closed, and which elements there are."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.seen if name == tag]


def test_every_row_of_the_specification_is_on_the_article_page(house: House) -> None:
    house.told("view", "otter")
    house.told("reaction", "ferry-1", name="well-told")
    page = house.client.get("/article/ferry-1").text
    published = house.now.isoformat()[:10]
    for part in (
        '<nav class="breadcrumb" aria-label="Breadcrumb">',
        '<li><a href="/section/business">Business</a></li>',
        '<p class="nameplate"><a href="/">The Tide</a></p>',
        "<title>Ferry crews vote, part 1 – The Tide</title>",
        "<h1>Ferry crews vote, part 1</h1>",
        '<a rel="author" href="/author/beth-carrow">Beth Carrow</a>',
        f'<time datetime="{published}',
        "<p>Crews of the ferry line voted on the offer of the company in the hall by the harbour.</p>",
        '<a href="/topic/ferries">Ferries</a>',
        '<a href="/topic/trade-unions">Trade unions</a>',
        "<p>Mends accordions.</p>",
        "Business reporter",
        'href="mailto:?subject=Ferry%20crews',
        "https://x.com/intent/post?",
        "https://www.facebook.com/sharer/sharer.php?u=https%3A%2F%2Ftide.example%2Farticle%2Fferry-1",
        "https://wa.me/?text=",
        'data-reaction="well-told"',
        '<span data-count="well-told">1</span>',
        '<p class="length">1 min read</p>',
        "<summary>Why these?</summary>",
        'data-shelf="related"',
        'data-shelf="ranking"',
        'data-shelf="recommendation"',
        '<p class="reason',
    ):
        assert part in page, part


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_closed_titled_and_reachable_without_a_mouse(house: House, path: str) -> None:
    page = house.client.get(path)
    outline = Outline(page.text)
    assert outline.open == []
    assert len(outline.all("h1")) == 1
    assert len(outline.all("main")) == 1
    assert outline.all("html") == [{"lang": "en"}]
    assert {"class": "skip", "href": "#content"} in outline.all("a")
    ids = [attributes["id"] for _, attributes in outline.seen if "id" in attributes]
    assert len(ids) == len(set(ids))
    described = [a for a in outline.all("meta") if a.get("name") == "description"]
    assert described
    assert described[0]["content"]


@pytest.mark.parametrize("path", [*PAGES, "/static/portal.css", "/v1/shelves", "/v1/nothing"])
def test_every_answer_keeps_to_itself(house: House, path: str) -> None:
    answer = house.client.get(path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"]
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("path", PAGES)
def test_pages_have_no_inline_scripts_and_styles_and_load_nothing_from_elsewhere(
    house: House, path: str
) -> None:
    outline = Outline(house.client.get(path).text)
    assert not outline.all("style")
    for tag, attributes in outline.seen:
        assert "style" not in attributes
        assert not [name for name in attributes if name.startswith("on")]
        if tag == "script":
            assert attributes.get("type") == "application/ld+json" or str(attributes["src"]).startswith(
                "/static/"
            )
        if tag == "link" and attributes.get("rel") == "stylesheet":
            assert str(attributes["href"]).startswith("/static/")


def test_hostile_text_stays_text(house: House) -> None:
    house.told("view", STRANGE)
    for path in (
        "/",
        "/section/coast",
        article_path(STRANGE),
        "/article/otter",
        "/author/i-eve-i",
        "/feed.xml",
    ):
        answer = house.client.get(path)
        assert answer.status_code == 200, path
        for piece in ("<script>alert", "<img src=x", "<i>Eve", "<b>Bold"):
            assert piece not in answer.text, path
    outline = Outline(house.client.get(article_path(STRANGE)).text)
    assert outline.open == []


def test_machines_read_the_article_too(house: House) -> None:
    text = house.client.get(article_path(STRANGE)).text
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)
    news, crumbs = (msgspec.json.decode(piece) for piece in found)
    assert news["@type"] == "NewsArticle"
    assert news["headline"] == '"><script>alert(1)</script> & </script>'
    assert news["author"] == [
        {"@type": "Person", "name": "<i>Eve</i>", "url": "https://tide.example/author/i-eve-i"}
    ]
    assert news["datePublished"].endswith("Z")
    assert crumbs["@type"] == "BreadcrumbList"
    assert [item["position"] for item in crumbs["itemListElement"]] == [1, 2, 3]
    undated = house.client.get("/article/otter").text
    assert "datePublished" not in undated
    assert "Date unknown" in undated
    assert '<link rel="canonical" href="https://tide.example/article/otter">' in undated
    assert '<meta property="og:type" content="article">' in undated


def test_lists_are_paged_newest_first_with_a_way_on_and_back(house: House) -> None:
    many = [
        Article(id=f"m{i:02}", headline=f"M{i:02}", section="sport", published=house.now) for i in range(45)
    ]
    house.engine.publish(many).result()
    house.engine.catch_up()
    first, last = house.client.get("/section/sport").text, house.client.get("/section/sport?page=3").text
    assert first.count('class="teaser"') == 20
    assert last.count('class="teaser"') == 5
    assert 'rel="next" href="/section/sport?page=2"' in first
    assert 'rel="prev"' not in first
    assert 'rel="prev" href="/section/sport?page=2"' in last
    assert 'rel="next"' not in last
    assert '<link rel="canonical" href="https://tide.example/section/sport?page=3">' in last
    for wrong in ("4", "0", "-1", "x", "01", "+1", "1_0", "1000000", "9" * 5000, "²", "١", " 1"):
        assert house.client.get(f"/section/sport?page={wrong}").status_code == 404


@pytest.mark.parametrize(
    "path", ["/section/nope", "/topic/nope", "/author/nope", "/article/nope", "/article", "/static/nope.js"]
)
def test_missing_pages_look_like_the_paper_and_lead_on(house: House, path: str) -> None:
    answer = house.client.get(path)
    assert answer.status_code == 404
    assert "This page is not in the paper" in answer.text
    assert "/docs" not in answer.text  # words for programs
    assert "Ferry crews vote, part 1" in answer.text
    assert 'content="noindex"' in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_static_files_last_as_long_as_their_address(house: House) -> None:
    page = house.client.get("/article/ferry-1").text
    found = re.findall(r'"(/static/[^"]+\?v=[0-9a-f]+)"', page)
    assert len(found) == 7
    for address in found:
        answer = house.client.get(address)
        assert "immutable" in answer.headers["cache-control"]
        # Fonts, which have a limit of their own, are the largest.
        assert len(answer.content) < (20_000 if ".woff2" not in address else 30_000)
        stale = house.client.get(address.partition("?")[0])
        assert stale.headers["cache-control"] == "no-cache"
        again = house.client.get(address, headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    script = house.client.get(next(address for address in found if ".js" in address))
    assert script.headers["content-type"].startswith("text/javascript")
    assert len(script.content) < 9 * 1024


@pytest.mark.parametrize("path", ["/", "/article/ferry-1", "/healthz", "/feed.xml", "/static/portal.css"])
def test_head_answers_as_get_without_the_body(house: House, path: str) -> None:
    whole, head = house.client.get(path), house.client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == whole.headers["content-type"]


def test_an_unchanged_page_is_not_sent_again(house: House) -> None:
    first = house.client.get("/author/beth-carrow")
    again = house.client.get("/author/beth-carrow", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_feed_is_well_formed_and_newest_first(house: House) -> None:
    answer = house.client.get("/feed.xml")
    assert answer.headers["content-type"].startswith("application/rss+xml")
    items = ElementTree.fromstring(answer.text).findall("./channel/item")
    assert [item.findtext("title") for item in items][:2] == [
        "Ferry crews vote, part 1",
        "Ferry crews vote, part 2",
    ]
    assert {item.findtext("link") for item in items} >= {"https://tide.example/article/otter"}
    assert {item.findtext("guid") for item in items} >= {"otter", STRANGE}
    assert answer.text.count('<guid isPermaLink="false">') == len(items)
    assert '"><script>alert(1)</script> & </script>' in [item.findtext("title") for item in items]


def test_a_portal_without_articles_says_how_they_come(build: Build) -> None:
    page = build().client.get("/")
    assert page.status_code == 200
    assert "No articles yet" in page.text


def test_the_front_page_shows_sections_and_what_is_read(house: House) -> None:
    house.told("view", "otter")
    page = house.client.get("/").text
    assert 'data-shelf="ranking"' in page
    assert '<a href="/section/business"' in page
    assert "Otter moves in" in page


def test_the_rules_on_the_about_page_are_those_in_force(house: House) -> None:
    page = house.client.get("/about").text
    assert "after 30 minutes" in page
    assert "80 % of the texts so alike" in page


def test_a_near_copy_says_who_published_it_first(house: House) -> None:
    words = " ".join(f"word{n} of the long report" for n in range(60))
    when = "2026-05-31T0{}:00:00Z"
    for name, outlet, hour in (("wire", "North Coast Press", 7), ("late", "The Evening Copy", 9)):
        row = {"id": name, "headline": f"The {name} report", "body": words, "outlet": outlet}
        answer = house.client.post(
            "/v1/articles", json=row | {"published": when.format(hour)}, headers=house.auth
        )
        assert answer.status_code == 201
    house.engine.catch_up()
    late = house.client.get("/article/late").text
    assert '<p class="attribution">First published by <a href="/article/wire">North Coast Press</a>' in late
    # Dates that senders claim name an origin; they keep no page from search engines.
    assert 'content="noindex"' not in late
    assert "/article/late</loc>" in house.client.get("/sitemaps/2026-05.xml").text
    assert "First published by" not in house.client.get("/article/wire").text


def test_only_the_page_itself_is_the_current_one(house: House) -> None:
    def current(path: str) -> list[str | None]:
        links = Outline(house.client.get(path).text).all("a")
        return [link["href"] for link in links if link.get("aria-current")]

    assert current("/section/business") == ["/section/business"] * 2  # in the menu, and as last crumb
    assert current("/topic/ferries") == ["/topic/ferries"]
    assert current("/article/ferry-1") == []


def test_lists_and_asides_say_what_they_are(house: House) -> None:
    outline = Outline(house.client.get("/article/ferry-1").text)
    assert {"class": "biography", "aria-label": "About Beth Carrow"} in outline.all("aside")
    assert {"role": "list"} in outline.all("ol")
    (pause,) = (button for button in outline.all("button") if "data-pause" in button)
    assert "hidden" in pause  # until the script is there that it pauses


def test_the_foot_of_pages_links_what_the_settings_name(build: Build) -> None:
    settings = PortalSettings(
        contact="/contact",
        imprint="https://tide.example/imprint",
        newsletter="/letter",
        social={"Mastodon": "https://social.example/@tide"},
    )
    page = build(portal=settings).client.get("/")
    links = {link["href"] for link in Outline(page.text).all("a")}
    assert {"/contact", "https://tide.example/imprint", "/letter", "https://social.example/@tide"} <= links
    assert ">Privacy<" not in page.text


@pytest.mark.parametrize("kind", ["front", "article", "portal"])
def test_a_page_has_one_small_stylesheet(build: Build, kind: str) -> None:
    assert len(build().client.get(f"/static/{kind}.css").content) < 20_000
