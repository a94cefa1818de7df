"""Whatever a reader taps is big enough to be hit, in any font: 24 x 24 CSS px (WCAG 2.2, 2.5.8)."""

import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page, expect

from browsing import WIDTHS, another_reader
from embed_site import PAGES as EXAMPLES
from embed_site import EmbedSite
from paper_site import PAPER, Site
from tools import PAGES

pytestmark = pytest.mark.browser

PORTAL: Final = PAGES | {"archive of a month": "/archive/2026/11", "search without words": "/search"}
"""Every kind of page of the portal, by its name."""

FONTS: Final = {
    "default": "",
    "low": "ascent-override: 40%; descent-override: 5%; line-gap-override: 0%; size-adjust: 70%",
    "tall": "ascent-override: 150%; descent-override: 70%; line-gap-override: 30%; size-adjust: 120%",
}
"""The font that is installed, and the same with other measures: a font's box is what a link in a line gets."""

FORCED: Final = """async ([name, measures]) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`@font-face { font-family: forced; src: local("${name}"); ${measures} }
        *, *::before, *::after { font-family: forced !important }`);
    document.adoptedStyleSheets.push(sheet);
    return (await document.fonts.load("16px forced")).map((face) => face.status);
}"""
"""Use the font of this name everywhere, with these measures."""

BOX: Final = """() => {
    const one = document.createElement("span");
    one.textContent = "Text";
    one.style.cssText = "position: absolute; font-size: 100px";
    document.body.append(one);
    const inner = document.createElement("span");
    inner.textContent = "Text";
    one.append(inner);
    const height = inner.getBoundingClientRect().height;
    one.remove();
    return height;
}"""
"""How high a link in a line of 100 px would be: the font's own measure."""

FOUND: Final = """() => {
    const LEAST = 24, NEARLY = .05;
    const within = (root) => [...root.querySelectorAll("*")].flatMap((one) =>
        one.shadowRoot ? [one, ...within(one.shadowRoot)] : [one]);
    const kinds = "a[href], button, summary, input, select, textarea";
    const words = (text) => (text.match(/\\p{L}{2,}/gu) || []).length;
    const inSentence = (one) => {
        if (getComputedStyle(one).display !== "inline" || one.matches("input, select, textarea")) return false;
        let block = one.parentElement;
        while (getComputedStyle(block).display === "inline") block = block.parentElement;
        const others = [...block.querySelectorAll(kinds)].reduce((sum, each) => sum + words(each.textContent), 0);
        return words(block.textContent) - others >= 3;
    };
    const box = (one) => {
        // A label is a part of what it names: who taps it, taps that.
        const parts = [one, ...(one.labels || [])].filter((part) => !part.matches(".hidden"));
        const boxes = parts.map((part) => part.getBoundingClientRect());
        return {
            left: Math.min(...boxes.map(({ left }) => left)), right: Math.max(...boxes.map(({ right }) => right)),
            top: Math.min(...boxes.map(({ top }) => top)), bottom: Math.max(...boxes.map(({ bottom }) => bottom)),
        };
    };
    const around = ({ parentElement }) => parentElement?.className || parentElement?.localName || "shelf";
    const text = (one) => (one.textContent || one.name || one.type || "").trim().slice(0, 30);
    const named = (one) => `${around(one)} > ${one.localName} "${text(one)}"`;
    const size = ({ left, right, top, bottom }) => `${(right - left).toFixed(1)} x ${(bottom - top).toFixed(1)} px`;
    const seen = (one) => one.checkVisibility({ visibilityProperty: true });
    const all = within(document).filter((one) => one.matches(kinds) && seen(one));
    const inline = all.filter(inSentence), targets = all.filter((one) => !inline.includes(one));
    const wrong = [];
    for (const one of targets) {
        const { left, right, top, bottom } = box(one);
        const x = (left + right) / 2, y = (top + bottom) / 2, half = LEAST / 2 - 1;
        if (right - left < LEAST - NEARLY || bottom - top < LEAST - NEARLY) {
            wrong.push(`${named(one)} has ${size(box(one))}`);
        }
        // Of no use where another target lies on it; a link of several lines lies where its lines are.
        const over = all.find((other) => other !== one && !other.contains(one) && !one.contains(other) &&
            (inline.includes(other) ? [...other.getClientRects()] : [box(other)]).some((its) =>
                its.left < x + half && its.right > x - half && its.top < y + half && its.bottom > y - half));
        if (over) wrong.push(`${named(one)}, ${size(box(one))}, has ${named(over)} on it`);
    }
    return { targets: targets.length, inline: inline.map(named), wrong };
}"""
"""How many targets there are outside of sentences, which are within, and what is wrong with the former."""

OPENED: Final = """() => {
    const within = (root) => [...root.querySelectorAll("*")].flatMap((one) =>
        one.shadowRoot ? [one, ...within(one.shadowRoot)] : [one]);
    for (const one of within(document)) if (one.matches("details")) { one.hidden = false; one.open = true; }
}"""
"""Unfold all that can be unfolded."""


@pytest.fixture(scope="module")
def paper() -> Iterator[str]:
    """The newspaper of the audit: every kind of page has something on it."""
    with Site(PAPER, "--no-pictures") as site:
        yield site.base


@pytest.fixture(scope="module")
def embed_site() -> Iterator[str]:
    """The pages of `examples/`, with shelves on them."""
    with EmbedSite() as embed_site:
        yield embed_site.origin


@pytest.fixture(params=WIDTHS)
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": request.param, "height": 900}, user_agent=another_reader(), reduced_motion="reduce"
    )
    yield context.new_page()
    context.close()


def _looked_at(page: Page, font: str) -> Any:
    """The targets of a page in one of the fonts, with everything unfolded."""
    page.evaluate(OPENED)
    before = page.evaluate(BOX)
    if FONTS[font]:
        assert set(page.evaluate(FORCED, [_installed(page), FONTS[font]])) == {"loaded"}
        assert (page.evaluate(BOX) < 50) if font == "low" else (page.evaluate(BOX) > 200)
    else:
        assert 50 < before < 200
    return page.evaluate(FOUND)


def _installed(page: Page) -> str:
    """The name of a font that the browser has: whichever it chose for a serif that no page brings, so that this holds
    on machines with any.
    """
    page.evaluate(
        """() => {
          const heading = document.querySelector('h1');
          heading.style.fontFamily = 'serif';
          return heading.offsetWidth;  // laid out before anybody asks for its font
        }"""
    )
    asked = page.context.new_cdp_session(page)
    asked.send("DOM.enable")
    asked.send("CSS.enable")
    document = asked.send("DOM.getDocument")["root"]["nodeId"]
    heading = asked.send("DOM.querySelector", {"nodeId": document, "selector": "h1"})["nodeId"]
    fonts = asked.send("CSS.getPlatformFontsForNode", {"nodeId": heading})["fonts"]
    asked.detach()
    return next(str(each["postScriptName"]) for each in fonts if not each["isCustomFont"])


@pytest.mark.parametrize("font", FONTS)
def test_every_target_of_the_portal_can_be_hit(page: Page, paper: str, font: str) -> None:
    for name, path in PORTAL.items():
        page.goto(paper + path)
        found = _looked_at(page, font)
        assert found["wrong"] == [], name
        assert found["targets"] > 20, name
        assert len(found["inline"]) <= 1, name  # a sentence with a link in it is rare


@pytest.mark.parametrize("font", FONTS)
def test_every_target_of_a_readers_own_history_can_be_hit(page: Page, paper: str, font: str) -> None:
    page.goto(paper + PORTAL["article"])
    page.get_by_role("switch").check()
    page.goto(paper + PORTAL["copy"])
    expect(page.locator("[data-forget]")).to_have_count(2)
    expect(page.locator("[data-impersonal]")).to_have_count(1)
    assert _looked_at(page, font)["wrong"] == []


@pytest.mark.parametrize("font", FONTS)
def test_every_target_of_a_shelf_on_another_site_can_be_hit(page: Page, embed_site: str, font: str) -> None:
    for name in EXAMPLES:
        page.goto(f"{embed_site}/{name}")
        for size in ("", "11px"):
            shelves = page.locator("recirc-shelf")
            for shelf in shelves.all():
                expect(shelf.locator("li a").first).to_be_visible()
            if size:
                shelves.evaluate_all(
                    "(all, size) => all.forEach((one) => { one.style.fontSize = size; })", size
                )
            found = _looked_at(page, font)
            assert found["wrong"] == [], (name, size)
            assert found["targets"] >= 2 * shelves.count(), name


def test_a_phone_has_room_for_a_thumb_where_the_way_through_the_paper_is(
    browser: Browser, paper: str
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 900})
    page = context.new_page()
    for path in ("/", PORTAL["article"], "/archive"):
        page.goto(paper + path)
        for link in page.locator(".sections a, .ears a").all():
            box = link.bounding_box()
            assert box is not None
            assert box["height"] >= 44, link.inner_text()
            assert box["width"] >= 44, link.inner_text()
    context.close()


SMALL: Final = """<!doctype html><html lang="en"><title>Small</title><style>
a { font: 10px/1 serif } .box { display: block }
.high { display: inline-block; min-height: 24px; width: 60px } .over { margin-left: -50px }</style><h1>Small</h1>
<p>In a sentence like this one <a href="/1">a link</a> may be small.</p>
<ul><li><a href="/2">Second</a></li></ul><a class="box" href="/3">Third</a><label><input type="checkbox"></label>
<p><a class="high" href="/4">Fourth</a><a class="high over" href="/5">Fifth</a></p>
<p><a class="high" href="/6">Sixth</a> <a class="high" href="/7">Seventh</a></p></html>"""


def test_a_small_target_and_one_that_lies_on_another_are_found(page: Page) -> None:
    page.set_content(SMALL)
    found = page.evaluate(FOUND)
    assert found["inline"] == ['p > a "a link"']
    assert found["targets"] == 7
    told = " ".join(found["wrong"])
    for name in ("Second", "Third", "checkbox", "Fourth", "Fifth"):
        assert f'"{name}"' in told
    assert not re.search("Sixth|Seventh", told)
