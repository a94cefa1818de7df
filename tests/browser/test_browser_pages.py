"""A reader walks the portal: phone and desktop, with JavaScript and without it, with the keyboard alone."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from browsing import WIDTHS, arrived

pytestmark = pytest.mark.browser

STORY = "/story/ncp-wrenmouth-mayor-poll"
"""An article of the demo's paper of which another outlet has a near-copy."""
PAGES = (
    "/", "/section/business", "/topic/ferries", "/author/beth-carrow", "/search", "/search?q=ferry+strike", "/archive",
    STORY, "/how-it-works", "/nowhere/ferry-strike",
)  # fmt: skip


@pytest.fixture(params=[(width, script) for width in WIDTHS for script in (True, False)], ids=str)
def page(request: pytest.FixtureRequest, browser: Browser, site: str) -> Iterator[Page]:
    """A reader's page that may load nothing from elsewhere; at each width, with and without JavaScript."""
    width, script = request.param
    context = browser.new_context(
        viewport={"width": width, "height": 900}, java_script_enabled=script, base_url=site
    )
    asked: list[str] = []
    context.on("request", lambda sent: asked.append(sent.url))
    opened = context.new_page()
    yield opened
    assert asked
    assert [address for address in asked if not address.startswith(site)] == []
    assert context.cookies() == []
    context.close()


def headings(page: Page) -> list[str]:
    return [text.strip() for text in page.locator("main .headline").all_inner_texts()]


def test_a_reader_gets_everywhere_by_following_links(page: Page) -> None:
    page.goto("/")
    assert len(headings(page)) > 20
    page.get_by_role("navigation", name="Sections").get_by_role("link", name="Business").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Business")
    page.locator("main .teaser .headline a").first.click()
    arrived(page)
    page.locator("article a[href^='/topic/']").first.click()
    expect(page.locator(".kicker").first).to_have_text(re.compile("topic", re.IGNORECASE))
    page.locator("main .teaser .meta a[href^='/author/']").first.click()
    expect(page.locator(".kicker").first).to_have_text(re.compile("author", re.IGNORECASE))
    page.get_by_role("banner").get_by_role("link", name="Archive").click()
    page.locator(".months a").first.click()
    page.locator(".calendar a").last.click()
    expect(page.get_by_role("navigation", name="Breadcrumb").get_by_role("link")).to_have_count(4)
    page.get_by_role("navigation", name="Days").get_by_role("link").first.click()
    page.locator("main .teaser .headline a").first.click()
    arrived(page)


def test_a_reader_searches(page: Page) -> None:
    page.goto("/")
    page.get_by_role("banner").get_by_role("link", name="Search").click()
    page.get_by_role("searchbox").fill('ferry -"strike"')
    page.get_by_role("searchbox").press("Enter")
    page.wait_for_url("**/search?q=**")
    page.wait_for_load_state()
    assert page.locator("main mark").count() > 0
    assert not [text for text in headings(page) if "strike" in text.lower()]
    expect(page.get_by_role("searchbox")).to_have_value('ferry -"strike"')
    page.locator("main .teaser .headline a").first.click()
    arrived(page)


def test_a_story_is_told_in_the_order_of_time(page: Page) -> None:
    page.goto(STORY)
    expect(page.locator(".list-head .standfirst")).to_contain_text("had this report first")
    moments = [time.get_attribute("datetime") or "" for time in page.locator(".timeline time").all()]
    assert len(moments) >= 2
    assert moments == sorted(moments)
    page.locator(".timeline .first a").first.click()
    arrived(page)
    page.get_by_role("link", name="The whole story").click()
    page.wait_for_url("**/story/**")


def test_what_is_not_there_leads_on(page: Page) -> None:
    answer = page.goto("/nowhere/ferry-strike")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", name="Did you mean one of these?")).to_be_visible()
    page.locator("main .teaser .headline a").first.click()
    arrived(page)


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_is_cut_and_nothing_scrolls_sideways(browser: Browser, site: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 700}, base_url=site)
    page = context.new_page()
    for path in (*PAGES, _a_day(page), _an_article(page)):
        page.goto(path)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{path} is {wide} px wide at {width}"
        cut = page.evaluate("""() => [...document.querySelectorAll("main *")].filter((one) => {
            const box = one.getBoundingClientRect(), scrolled = one.closest(".wide, pre, .hidden");
            return box.width && box.height && !scrolled && (box.right > innerWidth + 1 || box.left < -1);
        }).map((one) => one.outerHTML.slice(0, 80))""")
        assert cut == [], path
    context.close()


def _a_day(page: Page) -> str:
    page.goto("/archive")
    page.locator(".months a").first.click()
    return page.locator(".calendar a").first.get_attribute("href") or ""


def _an_article(page: Page) -> str:
    page.goto("/")
    return page.locator("main .headline a").first.get_attribute("href") or ""


@pytest.mark.parametrize("path", ["/", "/search?q=ferry", "/archive/month", STORY])
def test_the_keyboard_alone_reaches_everything_in_its_order(browser: Browser, site: str, path: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=site)
    page = context.new_page()
    page.goto("/archive" if path == "/archive/month" else path)
    if path == "/archive/month":
        page.locator(".months a").first.click()
        page.wait_for_url("**/archive/*/*")
        page.wait_for_load_state()
    wanted = page.evaluate("""() => [...document.querySelectorAll("a[href], button, input, summary")]
        .filter((one) => one.checkVisibility() && !one.disabled).map((one) => one.outerHTML)""")
    reached: list[str] = []
    for _ in range(len(wanted) + 5):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.outerHTML"))
        seen = page.evaluate("""() => { const style = getComputedStyle(document.activeElement);
            return document.activeElement === document.body || style.outlineStyle !== "none"; }""")
        assert seen, reached[-1][:120]
        if len(reached) == len(wanted):
            break
    assert reached == wanted
    page.goto(path if path != "/archive/month" else "/archive")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"  # past the menu
    context.close()
