"""The article page in Chromium: reactions, why, personalisation, dates, without scripts, on paper, in the dark."""

import json
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from browsing import READER, another_reader, uncomplaining, wait_until
from recirc.engine import Engine
from recirc.settings import Settings, StoreSettings
from recirc.types import Article, Author
from served import free_port, running

pytestmark = pytest.mark.browser

PUBLISHED = datetime(2026, 1, 15, 23, 30, tzinfo=UTC)
TOML = """
[site]
name = "The Tide"
sections = ["coast"]
[site.colours]
accent = "#00557f"
dark-accent = "#8fd0f5"
[training]
background = false
[exploring]
share = 0.0
[[brands.list]]
name = "المد"
hosts = ["localhost"]
language = "ar"
"""


def _articles() -> list[Article]:
    told = "The ferry to the islands waits for the tide, and the tide waits for nobody at the harbour. "
    return [
        Article(
            id=f"ferry-{n}",
            headline=f"The ferry waits, part {n}",
            body="".join(f"<p>{told * (n + 1)} Day {n}, hour {hour}.</p>" for hour in range(8)),
            section="coast",
            topics=("Ferries",),
            authors=(Author(name="Beth Carrow", biography="Mends accordions."),),
            published=PUBLISHED - timedelta(hours=n),
            language="ar" if n == 5 else "en",
        )
        for n in range(6)
    ]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Six articles, served."""
    folder = tmp_path_factory.mktemp("tide")
    (folder / "recirc.toml").write_text(TOML, "utf-8")
    engine = Engine.open(Settings(store=StoreSettings(path=str(folder / "recirc.db"))))
    engine.publish(_articles()).result()
    engine.close()
    with running(folder, "serve", port=free_port()) as base:
        yield base


def _reader(browser: Browser, width: int = 1280, **options: Any) -> BrowserContext:
    return browser.new_context(
        **{"viewport": {"width": width, "height": 900}, "user_agent": another_reader(), "locale": "en-GB"}
        | options
    )


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A reader's page; anything that the browser complains about fails the test."""
    with uncomplaining(_reader(browser)) as page:
        yield page


def _counted(site: str, article: str) -> dict[str, int]:
    with urllib.request.urlopen(f"{site}/v1/articles/{article}") as answer:
        told: dict[str, int] = json.load(answer)["reactions"]
    return told


def _kept(page: Page) -> dict[str, str]:
    kept: dict[str, str] = page.evaluate("({...localStorage})")
    return kept


def test_reactions_are_given_and_taken_back_and_remembered_here_alone(page: Page, site: str) -> None:
    page.goto(f"{site}/article/ferry-0")
    assert _kept(page) == {}
    moving = page.get_by_role("button", name="Moving")
    count = page.locator("[data-count=moving]")
    moving.click()
    expect(count).to_have_text("1")
    page.get_by_role("button", name="Useful").click()
    expect(page.locator("[data-count=useful]")).to_have_text("1")
    page.reload()
    expect(moving).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="Well told")).to_have_attribute("aria-pressed", "false")
    moving.focus()
    page.keyboard.press("Space")
    expect(count).to_have_text("0")
    expect(moving).to_have_attribute("aria-pressed", "false")
    expect(page.get_by_text("Taken back.")).to_be_visible()
    assert {name: n for name, n in _counted(site, "ferry-0").items() if n} == {"useful": 1}
    assert list(_kept(page)) == ["recirc.reactions"]


def test_a_reaction_of_another_day_is_not_taken_for_todays(page: Page, site: str) -> None:
    page.goto(f"{site}/article/ferry-1")
    old = msgspec.json.encode({"day": "2020-01-01", "names": {"ferry-1": ["moving"]}}).decode()
    page.evaluate("old => localStorage.setItem('recirc.reactions', old)", old)
    page.reload()
    expect(page.get_by_role("button", name="Moving")).to_have_attribute("aria-pressed", "false")
    expect(page.get_by_role("button", name="Moving")).to_be_enabled()
    assert _kept(page) == {}


def test_a_page_left_open_overnight_takes_nothing_back(page: Page, site: str) -> None:
    page.goto(f"{site}/article/ferry-2")
    surprising = page.get_by_role("button", name="Surprising")
    surprising.click()
    expect(surprising).to_have_attribute("aria-pressed", "true")
    page.clock.set_fixed_time(datetime.now(UTC) + timedelta(days=1))
    surprising.click()
    expect(page.locator("[data-note]")).to_contain_text("A new day has begun")
    expect(surprising).to_have_attribute("aria-pressed", "false")
    assert _counted(site, "ferry-2")["surprising"] == 1


def test_forgetting_it_all_forgets_the_reactions_too(page: Page, site: str) -> None:
    page.goto(f"{site}/article/ferry-2")
    expect(page.locator("[data-says]")).to_contain_text("the reactions you gave today")
    useful = page.get_by_role("button", name="Useful")
    useful.click()
    expect(useful).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Forget it all").click()
    expect(useful).to_have_attribute("aria-pressed", "false")
    assert _kept(page) == {}


def test_the_history_is_shown_and_single_entries_are_forgotten(page: Page, site: str) -> None:
    page.goto(f"{site}/article/ferry-0")
    page.get_by_role("switch").check()
    for n in (1, 2):
        page.goto(f"{site}/article/ferry-{n}")
    page.get_by_text("What is remembered").click()
    entries = page.locator("[data-list] li")
    expect(entries).to_have_count(3)
    page.get_by_role("button", name="Forget: The ferry waits, part 1").click()
    expect(entries).to_have_count(2)
    assert [each["id"] for each in json.loads(_kept(page)["recirc.history"])] == ["ferry-0", "ferry-2"]
    expect(page.get_by_role("button", name="Forget: The ferry waits, part 2")).to_be_focused()
    # What was forgotten travels no more.
    with page.expect_request(lambda sent: "shelves.html" in sent.url and sent.method == "POST") as sent:
        page.reload()
    asked = json.loads(sent.value.post_data or "{}")
    assert "ferry-1" not in asked["history"] + asked["earlier"]
    page.get_by_role("switch").uncheck()
    assert "recirc.history" not in _kept(page)


def test_not_personalised_is_one_press_away(page: Page, site: str) -> None:
    page.goto(f"{site}/article/ferry-0")
    page.get_by_role("switch").check()
    page.goto(f"{site}/article/ferry-1")
    shelf = page.locator("[data-shelf=recommendation]")
    # The page itself comes without a history; the script asks again with it.
    expect(shelf.locator("[data-impersonal]")).to_have_count(1, timeout=10_000)
    shelf.locator(".why summary").click()
    shelf.get_by_role("button", name="Not personalised, please").click()
    expect(page.get_by_role("switch")).not_to_be_checked()
    expect(page.locator("[data-shelf=recommendation]")).to_contain_text("Nothing about you was used")
    assert "recirc.history" not in _kept(page)


def test_a_browser_that_asks_for_privacy_is_obeyed(browser: Browser, site: str) -> None:
    context = _reader(browser)
    context.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})")
    page = context.new_page()
    page.goto(f"{site}/article/ferry-0")
    expect(page.get_by_role("switch")).to_be_disabled()
    expect(page.locator("[data-says]")).to_contain_text("Global Privacy Control")
    assert _kept(page) == {}
    context.close()


@pytest.mark.parametrize(
    ("locale", "zone", "shown"),
    [
        ("de-DE", "Europe/Berlin", "15 January 2026, 23:30"),
        ("ar-EG", "America/New_York", "15 January 2026, 23:30"),
    ],
)
def test_dates_are_in_the_pages_language_and_the_newspapers_time_whatever_the_browsers(
    browser: Browser, site: str, locale: str, zone: str, shown: str
) -> None:
    context = _reader(browser, locale=locale, timezone_id=zone)
    page = context.new_page()
    page.goto(f"{site}/article/ferry-0")
    time_ = page.locator(".dates time").first
    expect(time_).to_contain_text(shown)
    assert time_.get_attribute("datetime") == "2026-01-15T23:30:00Z"
    context.close()


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_without_scripts_all_but_the_buttons_is_there(browser: Browser, site: str, width: int) -> None:
    context = _reader(browser, width, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/article/ferry-0")
    expect(page.locator(".dates time").first).to_have_text("15 January 2026, 23:30")
    why = page.locator("[data-shelf=related] .why")
    expect(why.get_by_text("What the order depends on")).to_be_hidden()
    why.locator("summary").click()
    expect(why.get_by_text("What the order depends on")).to_be_visible()
    why.get_by_role("link", name="How it works").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("How readers are counted")
    page.get_by_text("The current settings: shelves").click()
    expect(page.get_by_role("cell", name="0.8")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_another_host_is_another_newspaper_from_right_to_left(browser: Browser, site: str) -> None:
    context = _reader(browser)
    page = context.new_page()
    page.goto(f"{site.replace('127.0.0.1', 'localhost')}/article/ferry-0")
    assert page.locator("html").get_attribute("dir") == "rtl"
    expect(page.get_by_role("banner")).to_contain_text("المد")
    assert page.locator("article.article").get_attribute("dir") == "ltr"
    # The ranking's column is on the left now.
    column = page.locator("[data-shelf=ranking]").bounding_box()
    article = page.locator("article.article").bounding_box()
    assert column
    assert article
    assert column["x"] < article["x"]
    page.goto(f"{site}/article/ferry-5")
    assert page.locator("article.article").get_attribute("dir") == "rtl"
    assert page.locator("html").get_attribute("dir") is None
    context.close()


def test_light_dark_and_paper(browser: Browser, site: str, tmp_path: Path) -> None:
    context = _reader(browser)
    page = context.new_page()
    page.goto(f"{site}/article/ferry-0")
    accent = "getComputedStyle(document.documentElement).getPropertyValue('--accent')"
    assert page.evaluate(accent) == "#00557f"
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(accent) == "#8fd0f5"
    page.emulate_media(color_scheme="dark", media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    for hidden in (".shelves", ".sections", ".doing"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(page.locator("article h1")).to_be_visible()
    printed = page.pdf(path=tmp_path / "article.pdf")
    assert printed.startswith(b"%PDF")
    context.close()


def test_nothing_moves_while_somebody_reads_why(page: Page, site: str) -> None:
    page.goto(f"{site}/article/ferry-0")
    why = page.locator("[data-shelf=ranking] .why")
    why.locator("summary").click()
    page.mouse.move(0, 0)
    page.locator("h1").click()
    for reader in range(3):
        told = {"kind": "view", "article": "ferry-2"}
        sent = urllib.request.Request(
            f"{site}/v1/events", json.dumps(told).encode(),
            {"User-Agent": f"{READER} {reader}", "Content-Type": "application/json"},
        )  # fmt: skip
        urllib.request.urlopen(sent).close()
    page.wait_for_timeout(6_000)  # the script looks every five seconds
    expect(why.get_by_text("What the order depends on")).to_be_visible()


def test_all_that_is_measured_is_told_in_small(page: Page, site: str) -> None:
    told: list[dict[str, Any]] = []
    page.on(
        "request",
        lambda sent: (
            told.extend(msgspec.json.decode(sent.post_data or "[]"))
            if sent.url.endswith("/v1/events")
            else None
        ),
    )
    page.goto(f"{site}/article/ferry-0")
    page.locator("[data-shelf=ranking], [data-shelf=related]").first.scroll_into_view_if_needed()
    page.evaluate(
        "document.querySelector('[data-share=x]').addEventListener('click', (e) => e.preventDefault())"
    )
    page.locator("[data-share=x]").click()
    page.mouse.move(50, 50)
    page.wait_for_timeout(2_500)
    page.evaluate(
        "Object.defineProperty(document, 'hidden', {value: true});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    wait_until(
        page, lambda: any(event["kind"] == "read" for event in told), "the time of reading is not sent"
    )
    kinds = [event["kind"] for event in told]
    assert kinds.count("view") == 1
    assert kinds.count("share") == 1
    assert kinds.count("read") == 1
    read = next(event for event in told if event["kind"] == "read")
    assert 1 <= read["seconds"] <= 5
    assert 0 < read["scroll"] <= 1
    assert len({event["id"] for event in told}) == len(told)


def test_no_shelf_lies_on_another_wherever_a_reader_is(page: Page, site: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{site}/article/ferry-0")
    for share in (0.0, 0.5, 1.0):
        page.evaluate("(share) => scrollTo(0, document.body.scrollHeight * share)", share)
        overlaps = page.evaluate(
            """() => {
              const boxes = [...document.querySelectorAll('.shelf, .personal')].map(one => one.getBoundingClientRect());
              return boxes.flatMap((a, i) => boxes.slice(i + 1).filter(b =>
                a.left < b.right && b.left < a.right && a.top < b.bottom - 1 && b.top < a.bottom - 1)).length;
            }"""
        )
        assert overlaps == 0, share
