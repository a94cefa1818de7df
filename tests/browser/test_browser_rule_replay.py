"""An editor replays the last day of the demo with a rule, and measures what a target costs; phone and desktop."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from browsing import another_reader
from desk_day import begin, fits
from served import free_port, recirc, running

pytestmark = pytest.mark.browser

LONG = 180_000
"""ms; the day of the demo is folded from its beginning, on a machine that may be busy."""
AXE = Path(__file__).parents[2] / "audit" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def editor(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """An editor at the desk of the demo, whose readers were simulated for two days, and are no more."""
    folder = tmp_path_factory.mktemp("replay")
    options = ("--no-pictures", "--rate", "0", "--folder", str(folder / "files"))
    with running(folder, "demo", *options, port=free_port()) as base:
        database = str(folder / "files" / "recirc.db")
        words = recirc("user", "add", "Beth", "--role", "editor", "--db", database)
        made = subprocess.run(words, check=True, capture_output=True, text=True).stdout
        context = browser.new_context(base_url=base, user_agent=another_reader())
        page = context.new_page()
        begin(page, base + made[made.index("/desk/invitation") :].strip())
        yield page
        context.close()


def accessible(page: Page) -> None:
    """Nothing that axe-core finds, where it is installed."""
    if AXE.exists():
        page.evaluate(AXE.read_text("utf-8"))
        assert page.evaluate("axe.run().then(all => all.violations.map(each => each.id))") == []


@pytest.mark.parametrize("width", [390, 1280])
def test_the_last_day_is_replayed_from_the_form(editor: Page, width: int) -> None:
    editor.set_viewport_size({"width": width, "height": 900})
    editor.goto("/desk/rules/new?kind=ban&by=section&value=town")
    editor.get_by_label("Reason").fill("A question.")
    editor.get_by_role("button", name="See what it changes").click()
    editor.get_by_role("button", name="Replay the last day with it").click()
    expect(editor.get_by_role("heading", name="Clicks", exact=True)).to_be_visible(timeout=LONG)
    expect(editor.get_by_role("status").get_by_text("Done: the result is below.")).to_be_visible()
    assert "of the pages with shelves that readers saw would have looked different" in editor.content()
    assert editor.get_by_role("region", name="Slots by article").locator("tbody tr").count() > 1
    fits(editor)
    accessible(editor)
    editor.get_by_role("button", name="Change it first").click()
    expect(editor.get_by_label("Reason")).to_have_value("A question.")


def test_what_a_target_costs_is_measured_and_stays_with_its_date(editor: Page) -> None:
    editor.set_viewport_size({"width": 1280, "height": 900})
    editor.goto("/desk/rules/new?kind=share&by=section&value=town&share=40")
    editor.get_by_label("Reason").fill("We are a local paper.")
    editor.get_by_role("button", name="See what it changes").click()
    editor.get_by_role("button", name="Make the rule").click()
    editor.goto("/desk/balance")
    editor.get_by_role("button", name="Measure it").click()
    expect(editor.get_by_role("heading", name="Its price")).to_be_visible(timeout=LONG)
    accessible(editor)
    editor.get_by_role("main").get_by_role("link", name="Balance").click()
    row = editor.get_by_role("region", name="Targets").locator("tbody tr")
    expect(row).to_contain_text("nDCG@20 0.")
    expect(row.locator("time, .made").first).to_contain_text("clicks of the day before")
    accessible(editor)
    editor.set_viewport_size({"width": 390, "height": 900})
    fits(editor)


def test_the_menu_opens_one_group_at_a_time_without_a_script(editor: Page) -> None:
    editor.goto("/desk/rules")
    menu = editor.get_by_role("navigation", name="Desk")
    expect(menu.get_by_role("link", name="Balance")).to_be_hidden()
    menu.locator("summary", has_text="Steering").click()
    expect(menu.get_by_role("link", name="Balance")).to_be_visible()
    for width in (390, 1280):
        editor.set_viewport_size({"width": width, "height": 900})
        fits(editor)
        accessible(editor)
    menu.locator("summary", has_text="Proof").click()
    expect(menu.get_by_role("link", name="Balance")).to_be_hidden()
    menu.get_by_role("link", name="Audit").click()
    expect(menu.locator("summary.here")).to_have_text("Proof: Audit")
