"""The shelves on pages of another site, as `examples/` has them, in a real browser against a real server."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from browsing import another_reader, wait_until
from guest_site import EXAMPLES, GuestSite, guest_site
from recirc.shelves.related import Related
from recirc.types import EntryKind

pytestmark = pytest.mark.browser

RELATED = Related.number
"""As the log writes it."""
SHIFTS = """
    window.shifts = 0;
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
"""
"""Cumulative layout shift, from before the page's first line."""

PAGES = {"static": "static/index.html", "wordpress": "wordpress/page.html", "ghost": "ghost/page.html"}
BELOW = """<!doctype html><html lang="de"><title>Below</title>
<meta property="og:url" content="ORIGIN/new-ferry?utm_source=x">
<script src="https://news.example/embed.js?lang=de" async></script><h1>Below</h1><div id="tall"></div>
<link rel="stylesheet" href="/tall.css"><recirc-shelf key="sk_example" slots="3"></recirc-shelf>
<recirc-shelf kind="recommendation" heading="Noch mehr" slots="3"></recirc-shelf><p id="end">The end.</p></html>"""
UNKNOWN = """<!doctype html><html lang="en"><title>Unknown</title>
<script src="https://news.example/embed.js" async></script>
<link rel="stylesheet" href="/tall.css"><h1>Unknown</h1><div id="tall"></div>
<recirc-shelf key="sk_example"></recirc-shelf>
<recirc-shelf kind="ranking" key="sk_example" events="none"></recirc-shelf></html>"""


FEW = BELOW.partition("<link")[0].replace('<div id="tall"></div>', "") + (
    '<recirc-shelf key="sk_example" layout="cards" thumbnails slots="20"></recirc-shelf></html>'
)
"""In the first screen, with more room than there are articles."""
TYPO = UNKNOWN.replace("<recirc-shelf key", '<recirc-shelf kind="relatd" key')


@pytest.fixture(scope="module")
def embed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuestSite]:
    pages = {name: (EXAMPLES / path).read_text("utf-8") for name, path in PAGES.items()}
    pages |= {"below": BELOW, "unknown": UNKNOWN, "typo": TYPO, "few": FEW}
    with guest_site(tmp_path_factory.mktemp("embed"), pages) as made:
        yield made


def _complaints(page: Page) -> list[str]:
    """What the browser will complain about."""
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: told.append(str(error)))
    return told


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A reader's page on the other site; anything that the browser complains about fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, user_agent=another_reader())
    page = context.new_page()
    page.add_init_script(SHIFTS)
    complaints = _complaints(page)
    yield page
    assert complaints == []
    assert context.cookies() == []
    context.close()


def _shot(page: Page, name: str) -> None:
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("name", sorted(PAGES))
@pytest.mark.parametrize("width", [390, 1280])
def test_the_shelves_are_there_and_nothing_moves(page: Page, embed: GuestSite, name: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    others: set[str] = set()
    page.on("request", lambda sent: others.add("/".join(sent.url.split("/")[:3])))
    page.goto(f"{embed.origin}/{name}")
    for shelf in page.locator("recirc-shelf").all():
        expect(shelf.locator("li a").first).to_be_visible()
        assert 2 <= shelf.locator("li").count() <= 4
        for item in shelf.locator("li").all():
            assert item.locator("p").inner_text().strip()
            assert (item.locator("a").get_attribute("href") or "").startswith(f"{embed.origin}/")
    links = [link.get_attribute("href") for link in page.locator("recirc-shelf li a").all()]
    assert len(links) == len(set(links))
    assert page.evaluate("location.href") not in links
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.wait_for_timeout(300)
    assert page.evaluate("shifts") == 0
    assert others == {embed.origin, embed.server}
    _shot(page, f"embed-{name}-{width}")


def test_room_that_is_kept_for_items_that_do_not_come_is_blank(page: Page, embed: GuestSite) -> None:
    page.goto(f"{embed.origin}/few")
    rows = page.locator("recirc-shelf li")
    expect(rows.locator("a").first).to_be_visible()
    spare = rows.filter(has_not=page.locator("a"))
    assert 0 < spare.count() < rows.count() == 20
    for row in spare.all():
        expect(row).to_have_css("visibility", "hidden")
    assert page.evaluate("shifts") == 0


def test_the_hosts_colours_reach_into_the_shelf(page: Page, embed: GuestSite) -> None:
    page.goto(f"{embed.origin}/static")
    link = page.locator("recirc-shelf li a").first
    expect(link).to_have_css("color", "rgb(122, 31, 31)")
    expect(page.locator("recirc-shelf li").first).to_have_css("border-top-width", "2px")
    expect(link).to_have_css("font-family", "Georgia, serif")


def test_what_readers_do_is_in_the_log(page: Page, embed: GuestSite) -> None:
    before = len(embed.log(EntryKind.IMPRESSION, EntryKind.VIEW))
    page.goto(f"{embed.origin}/wordpress")
    rows = page.locator("recirc-shelf li:has(a)")  # grey ones stand there until the answer comes
    expect(rows.first).to_be_visible()
    rows.last.scroll_into_view_if_needed()
    wanted = rows.count() + 1
    wait_until(
        page,
        lambda: len(embed.log(EntryKind.IMPRESSION, EntryKind.VIEW)) >= before + wanted,
        "nothing was told",
    )
    fresh = embed.log(EntryKind.IMPRESSION, EntryKind.VIEW)[before:]
    seen = fresh[fresh["kind"] == EntryKind.IMPRESSION]
    assert sorted(seen["position"].tolist()) == list(range(rows.count()))
    assert set(seen["shelf"].tolist()) == {RELATED}
    assert set(embed.ids(seen["source"])) == {"wp-118"}
    assert (seen["serve_id"] != 0).all()
    assert (seen["value"] > 0).all()
    (view,) = fresh[fresh["kind"] == EntryKind.VIEW]
    assert embed.ids([view["article"]]) == ["wp-118"]
    assert view["shelf"] == 0
    chosen = rows.nth(1).locator("a")
    chosen.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("A page")
    wait_until(
        page,
        lambda: len(embed.log(EntryKind.VIEW)[-1:]) and embed.log(EntryKind.VIEW)[-1]["shelf"],
        "no click was told",
    )
    click = embed.log(EntryKind.VIEW)[-1]
    assert (click["shelf"], click["position"], click["reader"] != 0) == (RELATED, 1, True)
    assert embed.ids([click["source"]]) == ["wp-118"]
    assert click["article"] == seen[seen["position"] == 1]["article"][0]


def test_below_the_fold_without_a_line_of_style_nothing_moves_either(page: Page, embed: GuestSite) -> None:
    page.goto(f"{embed.origin}/below")
    shelf = page.locator("recirc-shelf").first
    expect(shelf.locator("h2")).to_have_text("Mehr dazu")
    expect(page.locator("recirc-shelf").last.locator("h2")).to_have_text("Noch mehr")
    page.locator("#end").scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    assert page.evaluate("shifts") == 0
    why = shelf.locator("summary")
    expect(why).to_have_text("Warum diese?")
    why.click()
    expect(shelf.locator("details a")).to_have_attribute("href", f"{embed.server}/how-it-works")
    assert "text" in shelf.locator("details span").inner_text().lower()


def test_a_page_that_nobody_knows_has_a_ranking_and_no_related(page: Page, embed: GuestSite) -> None:
    told: list[str] = []
    page.on("request", lambda sent: told.append(sent.url) if "/v1/events" in sent.url else None)
    page.goto(f"{embed.origin}/unknown")
    related, ranking = page.locator("recirc-shelf").all()
    expect(ranking.locator("li")).to_have_count(5)
    expect(related).to_be_hidden()
    ranking.scroll_into_view_if_needed()
    page.wait_for_timeout(3500)
    assert told == []  # events="none"


def test_a_kind_that_there_is_not_shows_nothing_and_harms_no_other(page: Page, embed: GuestSite) -> None:
    page.goto(f"{embed.origin}/typo")
    expect(page.locator("recirc-shelf[kind=ranking] li").first).to_be_visible()
    expect(page.locator("recirc-shelf[kind=relatd] li")).to_have_count(0)


def test_personalised_only_when_host_and_reader_want_it(page: Page, embed: GuestSite) -> None:
    asked: list[dict[str, Any]] = []
    page.on(
        "request",
        lambda sent: asked.append(json.loads(sent.post_data or "")) if "/v1/embed" in sent.url else None,
    )
    page.goto(f"{embed.origin}/ghost")
    shelf = page.locator("recirc-shelf").last
    expect(shelf.locator("li").first).to_be_visible()
    assert [(question["personalised"], question["history"]) for question in asked] == [(False, [])]
    assert page.evaluate("localStorage.length") == 0
    shelf.locator("summary").click()
    with page.expect_response(lambda answer: "/v1/embed" in answer.url):
        shelf.locator("input").check()
    assert asked[-1]["personalised"] is True
    assert asked[-1]["history"] == ["ghost-7"]
    expect(shelf.locator("details")).to_have_attribute("open", "")
    with page.expect_response(lambda answer: "/v1/embed" in answer.url):
        shelf.locator("input").uncheck()
    assert (asked[-1]["personalised"], asked[-1]["history"]) == (False, [])
    assert json.loads(page.evaluate("localStorage['recirc.history']")) == []


def test_global_privacy_control_takes_the_offer_away(browser: Browser, embed: GuestSite) -> None:
    context = browser.new_context(user_agent=another_reader())
    page = context.new_page()
    page.add_init_script(
        "Object.defineProperty(navigator, 'globalPrivacyControl', { value: true });"
        "localStorage['recirc.personal'] = 'true'; localStorage['recirc.history'] = '[{\"id\": \"ghost-9\"}]'"
    )
    with page.expect_request("**/v1/embed?*") as asked:
        page.goto(f"{embed.origin}/ghost")
    question = json.loads(asked.value.post_data or "")
    assert (question["personalised"], question["history"]) == (False, [])
    expect(page.locator("recirc-shelf li a").first).to_be_visible()
    assert page.locator("recirc-shelf input").count() == 0
    context.close()


@pytest.mark.parametrize("name", sorted(PAGES))
def test_when_the_server_is_down_the_page_is_unharmed(browser: Browser, embed: GuestSite, name: str) -> None:
    for failing in ("**/embed.js", "**/v1/**"):
        context = browser.new_context(user_agent=another_reader())
        page = context.new_page()
        page.add_init_script(SHIFTS)
        errors = _complaints(page)
        page.route(failing, lambda route: route.abort("connectionrefused"))
        page.goto(f"{embed.origin}/{name}")
        page.wait_for_timeout(500)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.evaluate("shifts") == 0
        assert all("ERR_CONNECTION_REFUSED" in error for error in errors), errors
        assert len(errors) == 1
        if name == "static":
            expect(page.get_by_role("link", name="More news")).to_be_visible()
        context.close()


def test_the_console_says_once_why_a_shelf_stays_empty(browser: Browser, embed: GuestSite) -> None:
    context = browser.new_context(user_agent=another_reader())
    page = context.new_page()
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text) if message.type == "warning" else None)
    page.goto(f"{embed.origin}/ghost")
    expect(page.locator("recirc-shelf li a").first).to_be_visible()
    for _ in range(2):
        page.evaluate(
            "document.body.insertAdjacentHTML('beforeend', '<recirc-shelf kind=nonsense></recirc-shelf>')"
        )
        page.wait_for_timeout(300)
    wait_until(page, lambda: told, "a kind that does not exist is not named")
    (text,) = told
    assert "'nonsense'" in text
    assert "recommendation" in text
    context.close()


def test_the_console_says_that_a_key_is_refused(browser: Browser, embed: GuestSite) -> None:
    context = browser.new_context(user_agent=another_reader())
    page = context.new_page()
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text) if message.type == "warning" else None)

    def with_wrong_key(route: Route) -> None:
        route.continue_(url=re.sub(r"key=\w+", "key=sk_wrong", route.request.url))

    page.route("**/v1/events*", with_wrong_key)
    page.goto(f"{embed.origin}/ghost")
    expect(page.locator("recirc-shelf li a").first).to_be_visible()
    wait_until(page, lambda: told, "nothing says that the key is refused")
    assert len(told) == 1
    assert "key" in told[0]
    context.close()


@pytest.mark.parametrize("name", sorted(PAGES))
def test_without_javascript_there_is_no_hole(browser: Browser, embed: GuestSite, name: str) -> None:
    context = browser.new_context(user_agent=another_reader(), java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{embed.origin}/{name}")
    for shelf in page.locator("recirc-shelf").all():
        box = shelf.bounding_box()
        assert box is None or box["height"] < 80
    _shot(page, f"embed-{name}-without")
    context.close()
