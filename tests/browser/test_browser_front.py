"""The front page arranged by drag, by keys and without a script, and labels; a second browser sees each."""

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from browsing import another_reader
from desk_day import LIMIT, Newspaper, begin, fits
from served import free_port, recirc, running

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of the demo without readers of its own, whose front page would change, and its folder."""
    folder = tmp_path_factory.mktemp("front")
    options = ("--no-pictures", "--rate", "0", "--folder", str(folder / "files"))
    with running(folder, "demo", *options, port=free_port()) as base:
        yield base, folder / "files"


def invited(folder: Path, base: str, name: str) -> str:
    words = recirc("user", "add", name, "--role", "editor", "--db", str(folder / "recirc.db"))
    made = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    return base + made[made.index("/desk/invitation") :].strip()


def rows(page: Page) -> list[str]:
    return page.locator(".places .what a").all_inner_texts()


def done(una: Page, button: Locator) -> None:
    """Press a button of a page that says nothing yet, and wait for the page that says it is done."""
    said = una.get_by_text("Done.", exact=True)
    expect(said).to_have_count(0)
    button.click()
    expect(said).to_be_visible(timeout=LIMIT * 1000)


def publish(una: Page) -> None:
    done(una, una.get_by_role("button", name="Show readers this"))


def leads(reader: Page) -> list[str]:
    found: list[str] = reader.locator(".top h2.headline").all_inner_texts()
    return found


def drag(una: Page, row: int, to: int) -> None:
    """Drag the row at a place, from 1, to another by its handle."""
    grips = una.locator(".places .grip")
    grips.nth(max(row, to) - 1).scroll_into_view_if_needed()
    grip, over = grips.nth(row - 1).bounding_box(), una.locator(".places li").nth(to - 1).bounding_box()
    assert grip is not None
    assert over is not None
    una.mouse.move(grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2)
    una.mouse.down()
    aim = over["y"] + (4 if to < row else over["height"] - 4)
    una.mouse.move(grip["x"] + 5, aim, steps=12)
    una.mouse.up()


def marked_and_ended(news: Newspaper) -> None:
    """A label, with its end; then it ends by hand."""
    una, reader = news.una, news.reader
    una.goto("/desk/front")
    una.locator("summary", has_text="Mark an article").click()
    una.get_by_label("Article (id or address)").fill(
        una.locator(".places li").first.get_attribute("data-id") or ""
    )
    una.get_by_label("As", exact=True).select_option("breaking")
    una.locator("#l-until").fill(f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%dT%H:%M}")
    done(una, una.get_by_role("button", name="Mark it"))
    news.sees("marked", "/", lambda page: page.locator(".top .flag.breaking").count() > 0)
    assert reader.locator(".top .flag.breaking").first.inner_text().lower() == "breaking"
    fits(reader)
    una.goto("/desk/front")
    done(una, una.locator('form[aria-label^="End the label"]').get_by_role("button"))
    news.sees("no longer marked", "/", lambda page: page.locator(".flag").count() == 0)


@pytest.mark.parametrize("width", [390, 1280])
def test_the_front_page_is_arranged_and_a_reader_sees_it(
    browser: Browser, paper: tuple[str, Path], width: int
) -> None:
    base, folder = paper
    size: ViewportSize = {"width": width, "height": 1400}
    desk, outside = (
        browser.new_context(viewport=size, base_url=base, user_agent=another_reader()) for _ in range(2)
    )
    una, reader = desk.new_page(), outside.new_page()
    complaints: list[str] = []
    una.on("pageerror", lambda error: complaints.append(str(error)))
    begin(una, invited(folder, base, f"Una {width}"))
    port = int(base.rpartition(":")[2])
    news = Newspaper(port, folder, "", una, reader, {}, {})

    una.goto("/desk/front")
    fits(una)
    before = rows(una)
    drag(una, 3, 1)
    assert rows(una)[:3] == [before[2], before[0], before[1]]
    grip = una.locator(".places .grip").nth(1)
    grip.focus()
    una.keyboard.press("ArrowDown")
    assert rows(una)[:3] == [before[2], before[1], before[0]]
    expect(una.locator("[data-told]")).to_contain_text("place 3 of 10")
    expect(una.locator(".places .grip").nth(2)).to_be_focused()
    assert una.locator(".places input:checked").count() == 2
    publish(una)
    wanted = [before[2], before[1], before[0]]
    news.sees("arranged", "/", lambda page: leads(page)[:3] == wanted)
    assert rows(una)[:3] == wanted

    # What was before is brought back.
    una.goto("/desk/front")
    done(una, una.get_by_role("button", name="Bring it back").first)
    news.sees("brought back", "/", lambda page: leads(page)[:3] == before[:3])

    marked_and_ended(news)
    assert not complaints
    print({step: round(seconds, 2) for step, seconds in news.took.items()})
    for context in (desk, outside):
        context.close()


def test_without_a_script_the_front_page_is_arranged_all_the_same(
    browser: Browser, paper: tuple[str, Path]
) -> None:
    base, folder = paper
    context = browser.new_context(base_url=base, user_agent=another_reader(), java_script_enabled=False)
    una = context.new_page()
    begin(una, invited(folder, base, "Una without a script"))
    una.goto("/desk/front")
    assert not una.locator(".grip").first.is_visible()
    before = rows(una)
    una.locator(".places li").nth(1).locator("[data-way=up]").click()
    expect(una.get_by_text("Not stored yet")).to_be_visible(timeout=LIMIT * 1000)
    assert rows(una)[:2] == [before[1], before[0]]
    publish(una)
    assert rows(una)[:2] == [before[1], before[0]]
    una.goto("/")
    assert leads(una)[:2] == [before[1], before[0]]
    context.close()
