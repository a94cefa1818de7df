"""docs/ghost.md as it is written, in a real Ghost with a browser: shelf beneath a post, click, counted, gone."""

import re
import subprocess
import textwrap
from pathlib import Path

import pytest
from ghost_site import Ghost
from newspaper import Newspaper
from playwright.sync_api import Browser, expect

from browsing import READER
from newsroom import text_of
from served import recirc

pytestmark = [pytest.mark.cms, pytest.mark.browser]
GUIDE = (Path(__file__).parents[2] / "docs" / "ghost.md").read_text("utf-8")
SECRET = "a secret of the test"


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
    newspaper.add(ghost.url, "--key", ghost.key, "--secret", SECRET)
    ghost.push_to(newspaper.hook(), SECRET)
    command = recirc("key", "create", "ghost", "--site", ghost.url, "--db", str(newspaper.database))
    key = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()
    ghost.inject(snippet(newspaper, key))
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
