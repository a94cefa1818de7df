"""docs/ghost.md as it is written, in a real Ghost with a browser: shelf beneath a post, click, counted, gone."""

import io
import re
import textwrap
import zipfile

import pytest
from ghost_site import Ghost
from guide import follow, section
from newspaper import Newspaper
from playwright.sync_api import Browser, Page, expect

from browsing import READER
from newsroom import text_of

pytestmark = [pytest.mark.cms, pytest.mark.browser]
GUIDE = section("ghost.md", "Put it on my Ghost in ten minutes")
SECRET = "not-a-secret"


def snippet(newspaper: Newspaper, key: str) -> str:
    """The lines for the footer."""
    found = re.search(r"^        <script src=.*?^        </script>$", GUIDE, re.DOTALL | re.MULTILINE)
    assert found
    said = textwrap.dedent(found[0]).replace("https://news.example", newspaper.address)
    return said.replace("sk_…", key)


def test_the_guide_leads_to_a_shelf_that_counts(newspaper: Newspaper, ghost: Ghost, browser: Browser) -> None:
    posts = [
        ghost.post(f"The ferry number {number} is late", text_of("ferry", number), slug=f"ferry-{number}")
        for number in range(1, 4)
    ]
    said = follow(GUIDE, newspaper, ghost.url, {"CONTENT_API_KEY": ghost.key, "SECRET": SECRET})
    ghost.push_to(newspaper.address + said.hook, SECRET)
    ghost.inject(snippet(newspaper, said.key))
    page = browser.new_context(user_agent=READER, viewport={"width": 1280, "height": 1000}).new_page()
    page.goto(f"{ghost.url}/ferry-1/")
    link = page.locator("recirc-shelf").get_by_role("link", name="The ferry number 2 is late")
    expect(link).to_be_visible(timeout=30_000)
    link.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The ferry number 2 is late")
    article = newspaper.id_of(f"{ghost.url}/ferry-2/")
    newspaper.wait_for(lambda: newspaper.counts(article)["readers"] == 1)
    ghost.edit(posts[1]["id"], status="draft")
    newspaper.wait_for(lambda: newspaper.status(f"{ghost.url}/ferry-2/") == 410)
    page.goto(f"{ghost.url}/ferry-1/")
    expect(page.locator("recirc-shelf li a").first).to_be_visible(timeout=30_000)
    assert link.count() == 0
    page.context.close()


OWN_THEME = {
    "package.json": '{"name": "own", "version": "1.0.0", "engines": {"ghost": ">=5.0.0"}, "author": {"name": "A", '
    '"email": "a@example.com"}, "config": {"posts_per_page": 5, "card_assets": true}}',
    "default.hbs": "<!doctype html><html lang='{{@site.locale}}'><head><meta charset='utf-8'><title>{{meta_title}}"
    "</title>{{ghost_head}}</head><body class='{{body_class}}'>{{{body}}}{{ghost_foot}}</body></html>",
    "index.hbs": "{{!< default}}<main>{{#foreach posts}}<article class='card {{post_class}}'><h2>"
    "<a href='{{url}}'>{{title}}</a></h2></article>{{/foreach}}</main>",
    "post.hbs": "{{!< default}}<main>{{#post}}<article class='single {{post_class}}'><h1>{{title}}</h1>{{content}}"
    "</article>{{/post}}</main>",
}
"""A theme that has only what Ghost asks of all of them: the classes of body and post."""


def own_theme() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in OWN_THEME.items():
            archive.writestr(f"own/{name}", content)
    return made.getvalue()


def beneath_the_post(page: Page) -> None:
    """The cards stand in one row, beneath the text, within the page."""
    cards = page.locator("recirc-shelf li")
    expect(cards.first.locator("a")).to_be_visible(timeout=30_000)
    boxes = [box for card in cards.all() if (box := card.bounding_box())]
    text = page.get_by_role("heading", level=1).bounding_box()
    assert len(boxes) >= 2
    assert text
    assert len({round(box["y"]) for box in boxes}) == 1
    assert len({round(box["width"]) for box in boxes}) == 1
    assert boxes[0]["y"] > text["y"] + text["height"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_each_theme_has_the_cards_and_posts_for_members_keep_their_wall(
    newspaper: Newspaper, ghost: Ghost, browser: Browser
) -> None:
    for number in range(1, 5):
        ghost.post(f"The ferry number {number} is late", text_of("ferry", number), slug=f"ferry-{number}")
    walled = text_of("ferry", 9)
    ghost.post("The ferry for members", walled, slug="walled", visibility="members")
    said = follow(GUIDE, newspaper, ghost.url, {"CONTENT_API_KEY": ghost.key, "SECRET": SECRET})
    ghost.inject(snippet(newspaper, said.key))
    ghost.upload_theme("own", own_theme())
    for theme in ("source", "casper", "own"):
        ghost.use_theme(theme)
        with browser.new_context(user_agent=READER, viewport={"width": 1280, "height": 1000}) as context:
            page = context.new_page()
            page.goto(f"{ghost.url}/ferry-1/")
            beneath_the_post(page)
            assert "for members" not in page.locator("recirc-shelf").inner_text()
            page.goto(f"{ghost.url}/")
            expect(page.get_by_role("link", name="The ferry number 4 is late").first).to_be_visible()
            assert page.locator("recirc-shelf").count() == 0  # the cards of a list are no post
            page.goto(f"{ghost.url}/walled/")
            expect(page.get_by_role("heading", name="The ferry for members").first).to_be_visible()
            assert walled[:40] not in page.content()
            page.wait_for_function(
                "document.querySelector('recirc-shelf').shadowRoot.querySelector('slot:not([name])')"
            )
            assert page.locator("recirc-shelf").bounding_box()["height"] == 0  # type: ignore[index]  # it is in the page
    assert newspaper.status(f"{ghost.url}/walled/") in (404, 410)
