"""Shelves on pages that change without being loaded: one view and one set of impressions for each article seen."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from browsing import FLAGS, another_reader
from guest_site import GuestSite

pytestmark = pytest.mark.browser

FIRST, SECOND = "ferry-strike", "ferry-history"


class Traffic:
    """What a page asks and tells."""

    def __init__(self, page: Page) -> None:
        self.asked: list[str] = []
        self.told: list[dict[str, Any]] = []
        page.on("request", self._note)

    def _note(self, request: Any) -> None:
        if "/v1/embed" in request.url:
            self.asked.append(json.loads(request.post_data)["url"])
        if "/v1/events" in request.url:
            self.told += json.loads(request.post_data)

    def views(self) -> list[str]:
        return [each["article"].rpartition("/")[2] for each in self.told if each["kind"] == "view"]

    def impressions(self) -> list[tuple[str, str]]:
        return [
            (each["source"].rpartition("/")[2], each["article"])
            for each in self.told
            if each["kind"] == "impression"
        ]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, user_agent=another_reader())
    yield context.new_page()
    context.close()


def headlines(page: Page) -> list[str]:
    return page.locator("recirc-shelf li a").all_inner_texts()


def move(page: Page, path: str) -> None:
    """As an app of one page does; the answer is awaited."""
    with page.expect_response(lambda answer: "/v1/embed" in answer.url):
        page.evaluate("path => history.pushState({}, '', path)", f"/{path}")


def settled(page: Page) -> None:
    """Until impressions (after a second) and their message (two later) are sent."""
    page.wait_for_timeout(3600)


def test_an_address_that_changes_brings_the_other_articles_shelf(page: Page, guests: GuestSite) -> None:
    traffic = Traffic(page)
    page.goto(f"{guests.origin}/{FIRST}")
    expect(page.locator("recirc-shelf li a").first).to_be_visible()
    first = headlines(page)
    settled(page)
    move(page, SECOND)  # its canonical address stays behind, as in many apps
    page.wait_for_function(
        "before => ![...document.querySelector('recirc-shelf').shadowRoot.querySelectorAll('li a')]"
        ".map(each => each.innerText).includes(before)",
        arg="A hundred years of ferries, and four strikes",
    )
    assert headlines(page) != first
    settled(page)
    with page.expect_response(lambda answer: "/v1/embed" in answer.url):
        page.go_back()
    settled(page)
    assert [url.rpartition("/")[2] for url in traffic.asked] == [FIRST, SECOND, FIRST]
    assert traffic.views() == [FIRST, SECOND]
    seen = traffic.impressions()
    assert {source for source, _ in seen} == {FIRST, SECOND}
    assert len(seen) == len(set(seen))


def test_a_new_shelf_in_place_of_the_old_one_is_that_of_its_url(page: Page, guests: GuestSite) -> None:
    traffic = Traffic(page)
    page.goto(f"{guests.origin}/{FIRST}")
    expect(page.locator("recirc-shelf li a").first).to_be_visible()
    with page.expect_response(lambda answer: "/v1/embed" in answer.url):
        page.evaluate("""() => document.startViewTransition(() => {
            history.pushState({}, "", "/new-ferry?utm_source=x");
            document.querySelector("link[rel=canonical]").href = location.origin + "/new-ferry";
            const old = document.querySelector("recirc-shelf"), made = document.createElement("recirc-shelf");
            made.setAttribute("key", old.getAttribute("key"));
            made.setAttribute("url", "/new-ferry");
            old.replaceWith(made);
        })""")
    expect(page.locator("recirc-shelf li a").first).to_be_visible()
    with page.expect_response(lambda answer: "/v1/embed" in answer.url):
        page.locator("recirc-shelf").evaluate("shelf => shelf.setAttribute('url', '/ferry-history')")
    settled(page)
    assert [url.rpartition("/")[2] for url in traffic.asked] == [FIRST, "new-ferry", SECOND]
    assert traffic.views() == [FIRST, "new-ferry", SECOND]


def test_an_article_that_scrolling_adds_is_viewed_when_it_is_seen(page: Page, guests: GuestSite) -> None:
    traffic = Traffic(page)
    page.goto(f"{guests.origin}/scroll")
    expect(page.locator("recirc-shelf li a").first).to_be_attached()
    with page.expect_response(lambda answer: "/v1/embed" in answer.url):
        page.evaluate("""() => {
            const next = document.querySelector("article").cloneNode(true);
            next.querySelector("recirc-shelf").setAttribute("url", "/ferry-history");
            document.querySelector("recirc-shelf").setAttribute("url", "/ferry-strike");
            document.querySelector("main").append(next);
        }""")
    settled(page)
    assert traffic.views() == [FIRST]
    assert traffic.impressions() == []
    second = page.locator("article").nth(1)
    second.locator("p").first.scroll_into_view_if_needed()
    settled(page)
    assert traffic.views() == [FIRST, SECOND]
    second.locator("recirc-shelf").evaluate("shelf => shelf.scrollIntoView({ block: 'center' })")
    settled(page)
    assert {source for source, _ in traffic.impressions()} == {FIRST, SECOND}
    assert traffic.views() == [FIRST, SECOND]


def test_refresh_asks_anew_and_counts_no_second_view(page: Page, guests: GuestSite) -> None:
    traffic = Traffic(page)
    page.goto(f"{guests.origin}/{FIRST}")
    expect(page.locator("recirc-shelf li a").first).to_be_visible()
    settled(page)
    with page.expect_response(lambda answer: "/v1/embed" in answer.url):
        page.locator("recirc-shelf").evaluate("shelf => shelf.refresh()")
    with page.expect_response(lambda answer: "/v1/embed" in answer.url):
        page.evaluate("customElements.get('recirc-shelf').refresh()")
    settled(page)
    assert len(traffic.asked) == 3
    assert traffic.views() == [FIRST]
    assert len(traffic.impressions()) == len(set(traffic.impressions())) > 0


@pytest.fixture(scope="module")
def remembering(chromium: str, browser: Browser) -> Iterator[Browser]:
    """A browser that keeps pages in memory, which Playwright otherwise switches off."""
    ignored = ["--disable-back-forward-cache"]
    found = browser.browser_type.launch(
        executable_path=chromium, args=list(FLAGS), ignore_default_args=ignored
    )
    yield found
    found.close()


def test_a_page_out_of_the_browsers_memory_is_opened_once_more(
    remembering: Browser, guests: GuestSite
) -> None:
    context = remembering.new_context(user_agent=another_reader())
    page = context.new_page()
    traffic = Traffic(page)
    page.add_init_script("addEventListener('pageshow', event => { self.restored = event.persisted; });")
    page.goto(f"{guests.origin}/{FIRST}")
    expect(page.locator("recirc-shelf li a").first).to_be_visible()
    settled(page)
    told = len(traffic.impressions())
    page.goto(f"{guests.origin}/elsewhere")
    page.evaluate("setTimeout(() => history.back())")
    page.wait_for_function("self.restored === true")
    settled(page)
    assert traffic.views() == [FIRST, FIRST]
    assert len(traffic.asked) == 1
    assert len(traffic.impressions()) == told
    context.close()
