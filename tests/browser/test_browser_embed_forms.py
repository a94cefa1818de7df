"""Shelves however the script comes into a page, in each layout, under strict policies; what it says of mistakes."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

import guest_pages
from browsing import another_reader, wait_until
from guest_site import GuestSite
from recirc.api.embed_words import WORDS
from served import recirc

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "audit" / "node_modules" / "axe-core" / "axe.min.js"
SHIFTS = """
    window.shifts = 0;
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, user_agent=another_reader())
    page = context.new_page()
    page.add_init_script(SHIFTS)
    yield page
    context.close()


def console(page: Page, *kinds: str) -> list[str]:
    """What the page will write into the console."""
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text) if message.type in kinds else None)
    page.on("pageerror", lambda error: told.append(str(error)))
    return told


@pytest.mark.parametrize("path", ["module", "combined"])
def test_the_script_works_as_a_module_and_within_another_file(
    page: Page, guests: GuestSite, path: str
) -> None:
    told = console(page, "error", "warning")
    page.goto(f"{guests.origin}/{path}")
    expect(page.locator("recirc-shelf li a")).to_have_count(3)
    assert told == []


def test_a_script_from_nowhere_says_that_it_needs_the_server(page: Page, guests: GuestSite) -> None:
    told = console(page, "warning")
    with page.expect_console_message():
        page.goto(f"{guests.origin}/unnamed")
    (text,) = told
    assert "`server`" in text
    assert page.locator("recirc-shelf").bounding_box()["height"] == 0  # type: ignore[index]  # it is in the page


def test_the_address_of_one_edition_has_a_hash_that_browsers_check(page: Page, guests: GuestSite) -> None:
    release = guests.ask("GET", "/embed.json")
    add = """([src, integrity]) => {
        const script = document.createElement("script");
        Object.assign(script, { src, integrity, crossOrigin: "anonymous" });
        document.head.append(script);
    }"""
    page.goto(f"{guests.origin}/elsewhere")
    page.evaluate(add, [guests.server + release["path"], release["integrity"]])
    page.evaluate(
        "key => document.body.insertAdjacentHTML('beforeend', `<recirc-shelf kind=ranking key=${key}></recirc-shelf>`)",
        guests.key,
    )
    expect(page.locator("recirc-shelf li a").first).to_be_visible()
    page.goto(f"{guests.origin}/elsewhere")
    refused = console(page, "error")
    page.evaluate(add, [guests.server + release["path"], release["integrity"][:-4] + "AAAA"])
    wait_until(page, lambda: refused, "the browser takes a file that was changed")
    assert "integrity" in refused[0]
    assert not page.evaluate("customElements.get('recirc-shelf')")


@pytest.mark.parametrize("width", [390, 1280])
def test_layouts_with_pictures_under_the_strictest_policy(page: Page, guests: GuestSite, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 1400})
    told = console(page, "error")
    page.goto(f"{guests.origin}/pictures")
    picture = page.locator("recirc-shelf img").first
    expect(picture).to_be_visible()
    expect(picture).not_to_have_js_property("naturalWidth", 0)
    assert page.evaluate("shifts") == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert told == []
    cards = page.locator("recirc-shelf[layout=cards] li")
    lefts = {round(card.bounding_box()["x"]) for card in cards.all()}  # type: ignore[index]  # all are shown
    assert len(lefts) == (3 if width > 1000 else 1)
    strip = page.locator("recirc-shelf[layout=strip] li")
    tops = {round(card.bounding_box()["y"]) for card in strip.all()}  # type: ignore[index]  # all are shown
    assert len(tops) == 1
    if AXE.exists():
        _accessible(page)


def _accessible(page: Page) -> None:
    """Nothing that axe-core finds. Its file is put in by the browser, past the page's own policy."""
    context = page.context.browser.new_context(bypass_csp=True, user_agent=another_reader())  # type: ignore[union-attr]  # it has one
    other = context.new_page()
    other.goto(page.url)
    expect(other.locator("recirc-shelf li a").first).to_be_visible()
    other.evaluate(AXE.read_text("utf-8"))
    found = other.evaluate("axe.run().then(all => all.violations.map(each => each.id))")
    context.close()
    assert found == []


def test_right_to_left_the_picture_is_at_the_other_side(page: Page, guests: GuestSite) -> None:
    page.goto(f"{guests.origin}/right-to-left")
    expect(page.locator("recirc-shelf h2")).to_have_text("الأكثر قراءة")
    row = page.locator("recirc-shelf li", has=page.locator("img")).first
    box, picture = row.bounding_box(), row.locator("img").bounding_box()
    assert box
    assert picture
    assert picture["x"] == pytest.approx(box["x"], abs=1)


@pytest.fixture(scope="module")
def wrong(guests: GuestSite) -> GuestSite:
    """The same site, with a key that is for another one in a page, and an article to which nothing is related."""
    command = recirc("key", "create", "x", "--site", "https://other.example", "--db", str(guests.database))
    other = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout.strip()
    guests.pages["wrong-origin"] = guest_pages.page(guest_pages.SHELF.replace("sk_example", other))
    guests.pages["lonely"] = guest_pages.page(guest_pages.SHELF, canonical="lonely")
    text = "Knitting patterns from the hills: wool, needles, patience and an old stove."
    article = {
        "id": "lonely",
        "url": f"{guests.origin}/lonely",
        "headline": "Knitting",
        "body": f"<p>{text}</p>",
    }
    guests.ask("POST", "/v1/articles", article)
    return guests


@pytest.mark.parametrize(
    ("path", "what", "to_do", "kind"),
    [
        ("wrong-key", "sk_mistyped", "recirc key", "error"),
        ("wrong-origin", "https://other.example", "recirc key create", "error"),
        ("unknown-page", "nobody-knows-this", "`url`", "empty"),
        ("lonely", "related is empty", "", "empty"),
    ],
)
def test_what_is_wrong_is_said_once_and_leaves_no_hole(
    page: Page, wrong: GuestSite, path: str, what: str, to_do: str, kind: str
) -> None:
    guests = wrong
    page.add_init_script(
        "self.fired = []; for (const name of ['loaded', 'empty', 'error'])"
        " document.addEventListener('recirc:' + name, event => self.fired.push(name));"
    )
    told = console(page, "warning")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "/v1/events" in request.url else None)
    page.goto(f"{guests.origin}/{path}")
    page.wait_for_function("fired.length")
    page.evaluate(
        "document.head.append(document.createElement('meta'))"
    )  # something else changes in the page
    page.wait_for_timeout(2500)
    assert page.evaluate("fired") == [kind]
    (text,) = told
    assert what in text
    assert to_do in text
    assert page.locator("recirc-shelf").bounding_box()["height"] == 0  # type: ignore[index]  # it is in the page
    assert bool(sent) is (kind == "empty")


def test_the_operator_sees_rejected_keys_and_origins(guests: GuestSite, page: Page) -> None:
    page.goto(f"{guests.origin}/wrong-key")

    def rows() -> list[dict[str, Any]]:
        return [each for each in guests.ask("GET", "/v1/embed/rejections") if each["key"] == "sk_mistyped"]

    wait_until(page, rows, "the key is not among the rejected ones")
    (row,) = rows()
    assert (row["kind"], row["origin"]) == ("unknown-key", guests.origin)
    assert row["requests"] >= 1


def test_the_newsroom_does_not_count_itself(page: Page, guests: GuestSite) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "/v1/events" in request.url else None)
    link = page.locator("recirc-shelf li a").first
    for path in ("ferry-strike#recirc-count=off", "next"):
        page.goto(f"{guests.origin}/{path}")
        expect(link).to_be_visible()
        page.wait_for_timeout(3500)
    assert sent == []
    page.goto("about:blank")
    with page.expect_request("**/v1/events*"):
        page.goto(f"{guests.origin}/ferry-strike#recirc-count=on")


@pytest.mark.parametrize("language", sorted(WORDS))
def test_each_language_has_its_heading_and_words(page: Page, guests: GuestSite, language: str) -> None:
    page.goto(f"{guests.origin}/ferry-strike")
    shelf = page.locator("recirc-shelf")
    expect(shelf.locator("li a").first).to_be_visible()
    shelf.evaluate("(shelf, lang) => { shelf.lang = lang; shelf.setAttribute('kind', 'ranking'); }", language)
    expect(shelf.locator("h2")).to_have_text(WORDS[language].titles["ranking"])
    expect(shelf.locator("summary")).to_have_text(WORDS[language].why)


def test_slots_parts_and_events_are_the_pages_own(page: Page, guests: GuestSite) -> None:
    said = console(page, "info")
    page.goto(f"{guests.origin}/slots")
    shelf = page.locator("recirc-shelf")
    expect(shelf.locator("li a").first).to_be_visible()
    page.add_style_tag(content="recirc-shelf::part(headline) { color: rgb(1, 2, 3) }")
    expect(shelf.locator("[part=headline]").first).to_have_css("color", "rgb(1, 2, 3)")
    expect(page.get_by_text("Our own heading")).to_be_visible()
    expect(page.get_by_role("link", name="All of it")).to_be_visible()
    assert any("v1/embed" in text for text in said)
    clicked = page.evaluate("""() => new Promise(done => {
        document.addEventListener("recirc:click", event => { event.preventDefault(); done(event.detail); });
        document.querySelector("recirc-shelf").shadowRoot.querySelector("a").click();
    })""")
    assert clicked["url"].startswith(guests.origin)
    assert page.url == f"{guests.origin}/slots"  # the page keeps the reader, and shows the article itself


TCF = """
    self.__tcfapi = (command, version, callback) => { self.consenting = callback; };
    self.decide = (...purposes) => consenting({
        gdprApplies: true, eventStatus: "useractioncomplete",
        purpose: { consents: Object.fromEntries(purposes.map(each => [each, true])), legitimateInterests: {} },
    }, true);
"""


def test_nothing_is_stored_or_told_before_a_consent_platform_allows_it(page: Page, guests: GuestSite) -> None:
    page.add_init_script(TCF)
    told: list[dict[str, Any]] = []
    page.on(
        "request",
        lambda sent: told.extend(json.loads(sent.post_data or "")) if "/v1/events" in sent.url else None,
    )
    page.goto(f"{guests.origin}/personal")
    shelf = page.locator("recirc-shelf")
    expect(shelf.locator("li a").first).to_be_visible()
    page.wait_for_timeout(3500)
    assert told == []
    assert shelf.locator("input").count() == 0
    page.evaluate("decide(8)")
    wait_until(
        page, lambda: any(each["kind"] == "view" for each in told), "the view is not sent after consent"
    )
    assert shelf.locator("input").count() == 0
    page.evaluate("decide(1, 6, 8)")
    shelf.locator("summary").click()
    shelf.locator("input").check()
    page.wait_for_function("localStorage['recirc.personal'] === 'true'")
    page.evaluate("decide(8)")
    assert page.evaluate("localStorage.length") == 0
