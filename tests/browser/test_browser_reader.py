"""A reader in a real browser on the demo's paper: every part of the page is there, and a click is seen in Ranking."""

import json
import os
import re
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from browsing import READER, WIDTHS, another_reader, arrived, uncomplaining, wait_until

pytestmark = pytest.mark.browser

ENOUGH = 5
"""Items on a shelf of an article with much beside it; beside others there are honestly fewer."""


def _reader(browser: Browser, width: int = 1280, **options: Any) -> BrowserContext:
    return browser.new_context(
        viewport={"width": width, "height": 900}, user_agent=another_reader(), **options
    )


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A reader's page; anything that the browser complains about fails the test."""
    with uncomplaining(_reader(browser)) as page:
        yield page


MOST = 50
NOTHING = {"window_readers": 0, "readers": 0, "views": 0, "excluded": 0}


def _ranked(site: str, article: str) -> dict[str, int] | None:
    """What Ranking counts for an article in the last hour; None where others fill all its places."""
    with urllib.request.urlopen(f"{site}/v1/rankings?window=hour&slots={MOST}") as answer:
        items = json.load(answer)["items"]
    counts = {item["article"]: item["counts"] for item in items}
    return counts.get(article, NOTHING if len(items) < MOST else None)


def _counted(site: str, article: str) -> dict[str, int]:
    with urllib.request.urlopen(f"{site}/v1/articles/{article}") as answer:
        counts: dict[str, int] = json.load(answer)["counts"]
    return counts


def _related(site: str, article: str) -> list[str]:
    with urllib.request.urlopen(f"{site}/v1/shelves?article={article}&personalised=false") as answer:
        return [item["article"] for item in json.load(answer)["related"]["items"]]


def _open_an_article(page: Page, site: str, chosen: Callable[[str], bool] | None = None) -> None:
    """From the front page: the first article that is chosen."""
    page.goto(f"{site}/")
    links = page.locator("main article a[href^='/article/']")
    for link in links.all():
        address = link.get_attribute("href") or ""
        if chosen is None or chosen(address.rpartition("/")[2]):
            link.click()
            page.wait_for_url(f"**{address}")
            return arrived(page)
    raise AssertionError(f"none of the front page's {links.count()} articles will do")


def test_every_part_of_the_page_is_there_and_real(page: Page, site: str) -> None:
    _open_an_article(page, site, lambda article: len(_related(site, article)) >= ENOUGH)
    # breadcrumb and brand
    crumbs = page.get_by_role("navigation", name="Breadcrumb")
    expect(crumbs.get_by_role("link", name="Home")).to_be_visible()
    section = crumbs.get_by_role("link").last
    assert re.fullmatch(r"/section/[a-z]+", section.get_attribute("href") or "")
    expect(page.get_by_role("banner")).to_contain_text("The Wrenmouth Tide")
    # headline without the brand in it, byline, date, body
    assert "Wrenmouth Tide" not in page.locator("article h1").inner_text()
    author = page.locator("article a[rel=author]").first
    expect(author).to_be_visible()
    moment = page.locator("article time").first.get_attribute("datetime") or ""
    assert re.match(r"20\d\d-\d\d-\d\dT", moment)
    assert len(page.locator("article .body").inner_text().split()) > 60
    # topics, biography, sharing, reaction
    topic = page.locator("article a[href^='/topic/']").first
    expect(topic).to_be_visible()
    expect(page.locator("article .biography")).to_contain_text(author.inner_text())
    assert page.locator("[data-share]").count() >= 3
    expect(page.get_by_role("button", name="Well told")).to_be_visible()
    # three shelves, filled, each item with its reason, no article twice
    links: list[str] = []
    for shelf in ("related", "ranking", "recommendation"):
        items = page.locator(f"[data-shelf={shelf}] li")
        assert items.count() >= ENOUGH, shelf
        for item in items.all():
            assert (item.locator(".reason").text_content() or "").strip(), shelf
            links.append(item.get_attribute("data-article") or "")
    assert len(links) == len(set(links))
    assert page.locator("[data-article]").first.get_attribute("data-article") not in links


def test_pages_behind_the_links_exist(page: Page, site: str) -> None:
    _open_an_article(page, site)
    headline = page.locator("article h1").inner_text()
    for chosen in ("a[rel=author]", "a[href^='/topic/']"):
        target = page.locator(f"article {chosen}").first
        name, address = target.inner_text(), target.get_attribute("href")
        here = page.url
        page.goto(f"{site}{address}")
        expect(page.get_by_role("heading", level=1)).to_contain_text(name)
        expect(page.get_by_role("main")).to_contain_text(headline)
        page.goto(here)


def test_a_click_on_related_is_in_ranking(page: Page, site: str) -> None:
    _open_an_article(page, site, lambda article: bool(_related(site, article)))
    related = [
        item.get_attribute("data-article") or "" for item in page.locator("[data-shelf=related] li").all()
    ]
    article = next(article for article in related if _ranked(site, article) is not None)
    before = _ranked(site, article) or NOTHING
    for more in page.locator("[data-shelf=related] .more summary").all():
        more.click()
    page.locator(f"[data-shelf=related] li[data-article='{article}'] a.headline").click()
    page.wait_for_url(f"**/article/{article}")
    arrived(page)
    readers = before["window_readers"]
    wait_until(
        page,
        lambda: (_ranked(site, article) or before)["window_readers"] != readers,
        f"{article} is not counted",
    )
    after = _ranked(site, article) or before
    assert after["window_readers"] == before["window_readers"] + 1
    views = _counted(site, article)["views"]
    # Opened again by the same reader within half an hour, it is not counted again.
    page.reload()
    page.wait_for_timeout(1000)
    assert _counted(site, article)["views"] == views
    # The address is clean again after the page has told where the reader came from.
    assert "#" not in page.url


def test_a_reaction_counts_readers(page: Page, site: str) -> None:
    _open_an_article(page, site)
    count = page.locator("[data-count=well-told]")
    before = int((count.text_content() or "").replace(",", ""))  # a count of none is there, and not shown
    page.wait_for_timeout(2_500)  # who reacts has read some of it
    page.get_by_role("button", name="Well told").click()
    expect(count).to_have_text(f"{before + 1:,}")
    page.reload()
    expect(count).to_have_text(f"{before + 1:,}")
    button = page.get_by_role("button", name="Well told")
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()
    expect(count).to_have_text(f"{before:,}")
    expect(button).to_have_attribute("aria-pressed", "false")


def test_ranking_changes_while_looking(page: Page, browser: Browser, site: str) -> None:
    _open_an_article(page, site)
    shown = page.locator("[data-shelf=ranking] li .reason").all_inner_texts()
    item = page.locator("[data-shelf=ranking] li").first
    article = item.get_attribute("data-article") or ""
    others = _reader(browser)
    elsewhere = others.new_page()
    elsewhere.set_extra_http_headers({"User-Agent": READER.replace("126", "125")})
    elsewhere.goto(f"{site}/article/{article}")
    expect(page.locator("[data-shelf=ranking] li .reason")).not_to_have_text(shown)
    others.close()


def test_live_updates_can_be_paused_from_the_keyboard(page: Page, browser: Browser, site: str) -> None:
    _open_an_article(page, site)
    page.mouse.move(0, 0)
    reasons = page.locator("[data-shelf=ranking] li .reason")
    shown = reasons.all_inner_texts()
    pause = page.locator("[data-pause]")
    pause.focus()
    page.keyboard.press("Enter")
    expect(pause).to_have_text("Resume live updates")
    others = _reader(browser)
    elsewhere = others.new_page()
    elsewhere.set_extra_http_headers({"User-Agent": READER.replace("126", "124")})
    article = page.locator("[data-shelf=ranking] li").first.get_attribute("data-article")
    elsewhere.goto(f"{site}/article/{article}")
    page.wait_for_timeout(6_000)  # the script looks every five seconds
    assert reasons.all_inner_texts() == shown
    page.keyboard.press("Enter")
    expect(reasons).not_to_have_text(shown)
    expect(pause).to_be_focused()
    others.close()


def test_a_link_that_was_passed_on_and_a_damaged_memory_stop_nothing(page: Page, site: str) -> None:
    _open_an_article(page, site)
    page.evaluate(
        "localStorage['recirc.personal'] = 'true'; localStorage['recirc.history'] = '{\"a\": [null]}'"
    )
    address = page.url
    page.goto("about:blank")
    with page.expect_request("**/v1/events") as told:
        page.goto(f"{address}#from=related.0.abc.1.000000.0123456789ab.x")
    (view,) = _events(told.value)
    assert (view["kind"], view.get("shelf")) == ("view", None)
    assert "#" not in page.url
    expect(page.locator("[data-list] li")).to_have_count(1)


def test_a_declared_bot_is_kept_apart(browser: Browser, site: str) -> None:
    context = browser.new_context(user_agent="Mozilla/5.0 (compatible; Googlebot/2.1)")
    page = context.new_page()
    _open_an_article(page, site)
    article = page.locator("[data-article]").first.get_attribute("data-article") or ""
    before = _counted(site, article)
    page.reload()
    excluded = before["excluded"]
    wait_until(page, lambda: _counted(site, article)["excluded"] > excluded, "the bot is counted nowhere")
    after = _counted(site, article)
    assert after["readers"] == before["readers"]
    context.close()


def test_it_reads_without_javascript(browser: Browser, site: str) -> None:
    context = _reader(browser, java_script_enabled=False)
    page = context.new_page()
    _open_an_article(page, site, lambda article: bool(_related(site, article)))
    following = page.locator("[data-shelf=related] li a.headline").first
    address = (following.get_attribute("href") or "").partition("#")[0]
    following.click()
    page.wait_for_url(f"**{address}*")
    arrived(page)
    assert page.locator("[data-shelf=related] li").count() >= 1
    for shelf in ("ranking", "recommendation"):
        assert page.locator(f"[data-shelf={shelf}] li").count() >= ENOUGH
    context.close()


@pytest.mark.parametrize("width", [320, *WIDTHS])
def test_nothing_is_cut(browser: Browser, site: str, width: int, tmp_path: Path) -> None:
    context = _reader(browser, width)
    page = context.new_page()
    page.goto(f"{site}/")
    folder = Path(os.environ.get("SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("front", "article"):
        if name == "article":
            _open_an_article(page, site)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{name} is {wide} px wide on a screen of {width} px"
        page.screenshot(path=folder / f"{name}-{width}.png", full_page=True)
        assert (folder / f"{name}-{width}.png").stat().st_size > 10_000
    context.close()


def _events(request: Request) -> list[dict[str, Any]]:
    told = json.loads(request.post_data or "[]")
    return told if isinstance(told, list) else [told]


def test_the_page_sends_back_what_the_shelves_said_of_chance(page: Page, site: str) -> None:
    told: list[dict[str, Any]] = []
    asked: list[str] = []
    page.on("request", lambda sent: told.extend(_events(sent)) if sent.url.endswith("/v1/events") else None)
    page.on("request", lambda sent: asked.append(sent.url) if "/v1/shelves.html" in sent.url else None)
    _open_an_article(page, site)
    items = page.locator("[data-shelf] li")
    said = {
        (item.get_attribute("data-article"), float(item.get_attribute("data-propensity") or 0))
        for item in items.all()
    }
    assert all(0 < propensity <= 1 for _, propensity in said)
    draw = page.locator("[data-serve]").first.get_attribute("data-serve")
    page.locator("[data-shelf=recommendation] li").last.scroll_into_view_if_needed()

    def seen() -> set[tuple[str, float]]:
        return {(event["article"], event["propensity"]) for event in told if event["kind"] == "impression"}

    wait_until(page, lambda: len(seen()) >= ENOUGH, "impressions are not sent")
    assert seen() <= said
    with page.expect_response("**/v1/shelves.html*"):  # the script looks for fresh shelves
        pass
    page.wait_for_timeout(500)  # they are in their place, and stay there for the next seconds
    assert asked
    assert all(f"draw={draw}" in address for address in asked)
    chosen = page.locator("[data-shelf=recommendation] li").nth(1)
    article, propensity = chosen.get_attribute("data-article"), chosen.get_attribute("data-propensity")
    chosen.locator("a.headline").click()

    def views() -> list[dict[str, Any]]:
        return [event for event in told if event["kind"] == "view" and event["article"] == article]

    wait_until(page, views, "the view is not sent")
    (view,) = views()
    assert (view["shelf"], view["position"]) == ("recommendation", 1)
    assert view["propensity"] == float(propensity or 0)
