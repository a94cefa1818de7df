"""An editor's morning at the desk of the demo; what is done is seen by a reader in another browser within 2 s."""

import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from browsing import another_reader
from desk_day import PASSWORD, begin, fits
from served import free_port, recirc, running

pytestmark = pytest.mark.browser

SECONDS = 30
"""Longest time until a reader must see what was done; on a quiet machine it is well below 2."""


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of the demo, with simulated readers, and an administrator's invitation to its desk."""
    folder = tmp_path_factory.mktemp("desk")
    options = ("--no-pictures", "--rate", "5", "--folder", str(folder / "files"))
    with running(folder, "demo", *options, port=free_port()) as base:
        words = recirc(
            "user", "add", "Beth", "--role", "administrator", "--db", str(folder / "files" / "recirc.db")
        )
        made = subprocess.run(words, check=True, capture_output=True, text=True).stdout
        yield base, base + made[made.index("/desk/invitation") :].strip()


def quiet(context: BrowserContext, complaints: list[str]) -> Page:
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    return page


def soon(reader: Page, path: str, seen: Callable[[], bool]) -> None:
    """Wait until a reader who reloads a page sees something."""
    started = time.monotonic()
    while time.monotonic() - started < SECONDS:
        reader.goto(path, wait_until="domcontentloaded")
        if seen():
            return
    raise AssertionError(f"a reader of {path} never saw it")


def open_form(page: Page, name: str) -> None:
    page.locator("details.act summary", has_text=re.compile(f"^{name}")).click()


def open_an_article(editor: Page) -> tuple[str, str]:
    """Open one of those that are read now, in the newspaper at this address, and not withdrawn at the desk; its path
    and headline.
    """
    editor.goto("/desk")
    expect(editor.locator("table.read th[scope=row] a").first).to_be_visible(timeout=20_000)
    fits(editor)
    for link in editor.locator("table.read th[scope=row] a").all():
        address = link.get_attribute("href") or ""
        editor.goto(address)
        if editor.locator("form[aria-label=Pin]").count():
            fits(editor)
            path = f"/article/{editor.locator('input[name=id]').first.input_value()}"
            if editor.request.get(path, max_redirects=0).status == 200:  # another newspaper has others
                return path, editor.locator("h1").inner_text()
        editor.goto("/desk")
    raise AssertionError("no article that can be pinned is read now")


def pin_correct_withdraw(
    una: Page, reader: Page, article: str, headline: str, new: str, complaints: list[str]
) -> None:
    """Pin an article, correct its headline, withdraw it; a reader sees each within SECONDS."""
    open_form(una, "Pin")
    una.get_by_label("Place on the front page").select_option("1")
    una.get_by_label(re.compile("^Until")).first.fill(
        f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT%H:%M}"
    )
    una.locator("form[aria-label=Pin]").get_by_role("button").click()
    expect(una.get_by_text("Pinned at place 1")).to_be_visible()
    lead = reader.locator("h2.headline").first
    soon(reader, "/", lambda: lead.inner_text() == headline)

    open_form(una, "Correct")
    una.get_by_label("Headline").fill(new)
    una.get_by_label("Note to readers").fill("The headline named the wrong harbour.")
    una.locator("form[aria-label=Correct]").get_by_role("button").click()
    expect(una.locator("h1")).to_have_text(new)
    title, note = reader.locator("h1"), reader.get_by_text("The headline named the wrong harbour.")
    soon(reader, article, lambda: title.inner_text() == new and note.count() > 0)

    open_form(una, "Withdraw")
    una.locator("form[aria-label=Withdraw]").get_by_label("Reason").fill("The mayor's lawyer called.")
    una.locator("form[aria-label=Withdraw]").get_by_role("button").click()
    expect(una.get_by_text("The mayor's lawyer called.").first).to_be_visible()
    gone = reader.get_by_role("heading", name="withdrawn")
    complaints.clear()
    soon(reader, article, lambda: gone.count() > 0)
    soon(reader, "/", lambda: reader.get_by_text(new).count() == 0)
    complaints.clear()  # the page of a withdrawn article answers 410, which the browser reports


@pytest.mark.parametrize("width", [390, 1280])
def test_an_editors_morning(browser: Browser, paper: tuple[str, str], width: int) -> None:
    base, first = paper
    complaints: list[str] = []
    size: ViewportSize = {"width": width, "height": 900}
    desk, other, outside = (
        browser.new_context(viewport=size, base_url=base, user_agent=another_reader()) for _ in range(3)
    )
    beth, una, reader = (quiet(context, complaints) for context in (desk, other, outside))

    if width == 390:
        begin(beth, first)
    else:
        beth.goto("/desk")
        beth.get_by_label("Name").fill("Beth")
        beth.get_by_label("Password").fill(PASSWORD)
        beth.get_by_role("button", name="Log in").click()
        complaints.clear()  # the page to log in answers 401, which the browser reports
    beth.goto("/desk/people")
    beth.get_by_label("Role", exact=True).select_option("publisher")
    beth.get_by_role("button", name="Make a link").click()
    link = beth.locator("#invitation-link").inner_text()
    begin(una, link.replace(link.partition("/desk")[0], base), f"Una {width}")

    article, headline = open_an_article(una)
    new = f"{headline}, corrected at {width}"
    pin_correct_withdraw(una, reader, article, headline, new, complaints)

    beth.goto("/desk/audit?actor=" + f"Una {width}")
    done = beth.locator("tbody tr td:nth-child(3)").all_inner_texts()
    assert done == ["withdraw", "correct", "pin", "accept an invitation"]
    for path in (
        "/desk/audit",
        "/desk/figures",
        "/desk/report",
        "/desk/exclusions",
        "/desk/models",
        "/desk/me",
    ):
        beth.goto(path)
        fits(beth)
    data = json.loads(beth.request.get(f"{base}/desk/figures.json").text())
    assert sum(each["readers"] for each in data["periods"]) > 0
    assert complaints == []
    assert outside.cookies() == []
    for context in (desk, other, outside):
        context.close()


def test_now_renews_itself_and_an_open_table_stays_open(browser: Browser, paper: tuple[str, str]) -> None:
    base, _ = paper
    context = browser.new_context(base_url=base, user_agent=another_reader())
    page = context.new_page()
    page.goto("/desk/login")
    page.get_by_label("Name").fill("Beth")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    table = page.locator("#d-minutes")
    table.locator("summary").click()
    moment = page.locator("#live > p.made time").get_attribute("datetime")
    page.locator("h1").click()  # the focus leaves what is renewed
    page.evaluate("document.activeElement.blur()")
    expect(page.locator("#live > p.made time")).not_to_have_attribute(
        "datetime", moment or "", timeout=30_000
    )
    expect(table).to_have_attribute("open", "")
    context.close()
