"""The lines for Google Tag Manager, as the document has them, in a page that knows nothing of shelves."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from browsing import another_reader
from guest_site import GuestSite, guest_site

pytestmark = pytest.mark.browser
DOCUMENT = Path(__file__).parents[2] / "docs" / "other-systems.md"
PAGE = """<!doctype html><html lang="en"><title>Plain</title>
<link rel="canonical" href="ORIGIN/ferry-strike"><main><article><h1>Plain</h1><p>Text.</p></article></main></html>"""
INSERT = """html => {
    const made = document.createElement("div");
    made.innerHTML = html;
    for (const old of made.querySelectorAll("script")) {
        const script = document.createElement("script");
        script.text = old.text;
        document.body.append(script);
    }
}"""
"""As the tag manager puts a custom tag into a page: scripts of inserted HTML do not run by themselves."""


@pytest.fixture
def guest(tmp_path: Path) -> Iterator[GuestSite]:
    with guest_site(tmp_path, {"plain": PAGE}) as made:
        yield made


def test_the_tag_puts_a_shelf_beneath_the_article(browser: Browser, guest: GuestSite) -> None:
    (tag,) = re.findall(r"```html\n(<script>.*?</script>)\n```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    tag = tag.replace("https://news.example", guest.server).replace("sk_example", guest.key)
    context = browser.new_context(user_agent=another_reader(), viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{guest.origin}/plain")
    for _ in range(2):  # a container that fires twice puts in one
        page.evaluate(INSERT, tag)
    expect(page.locator("article + recirc-shelf li a").first).to_be_visible(timeout=60_000)
    assert page.locator("recirc-shelf").count() == 1
    context.close()
