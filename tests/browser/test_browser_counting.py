"""In a browser: an exclusion changes Ranking on an open page, its undo brings it back; staff switch themselves off."""

import json
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from browsing import SOON, another_reader, uncomplaining
from served import Server, recirc

pytestmark = pytest.mark.browser

PATIENCE = 30_000
"""ms for an open page to follow; it asks for fresh shelves every five seconds."""
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Three articles: many readers of `pushed`, fewer of `honest`, none of `open`."""
    server = Server(tmp_path_factory.mktemp("counting"))
    server.start()
    try:
        server.wait()
        texts = {"pushed": "a lighthouse", "honest": "a bakery", "open": "a tram"}
        server.post(
            "/v1/articles",
            [
                {"id": name, "headline": f"{name.title()}: {about}", "body": f"<p>About {about}.</p>"}
                for name, about in texts.items()
            ],
        )
        server.post("/v1/events", [_view("pushed", n) for n in range(40)])
        server.post("/v1/events", [_view("honest", n) for n in range(15)])
        yield server
    finally:
        server.stop()


def _view(article: str, reader: int) -> dict[str, Any]:
    return {"kind": "view", "article": article, "reader": f"r{reader}", "user_agent": AGENT}


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with uncomplaining(browser.new_context(user_agent=another_reader())) as page:
        yield page


def _asked(server: Server, method: str, path: str, body: Any = None) -> Any:
    request = urllib.request.Request(
        f"{server.address}{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {server.key}", "Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def _command(server: Server, *words: str) -> str:
    done = subprocess.run(
        recirc(*words, "--db", str(server.path)), capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout


def _by_api(server: Server) -> str:
    body = {"article": "pushed", "reason": "a script on our own page"}
    return str(_asked(server, "POST", "/v1/exclusions", body)["key"])


def _undone_by_api(server: Server, key: str) -> None:
    assert _asked(server, "DELETE", f"/v1/exclusions/{key}")["undone_by"] == "test"


def _by_command(server: Server) -> str:
    told = _command(server, "void", "add", "--article", "pushed", "--reason", "a script on our own page")
    assert "events excluded" in told
    return told.partition(":")[0]


def _undone_by_command(server: Server, key: str) -> None:
    assert "events are counted again" in _command(server, "void", "undo", key)


@pytest.mark.parametrize(
    ("excluded", "undone"),
    [(_by_api, _undone_by_api), (_by_command, _undone_by_command)],
    ids=["by API", "by command"],
)
def test_an_exclusion_changes_ranking_on_an_open_page_and_its_undo_brings_it_back(
    page: Page, paper: Server, excluded: Any, undone: Any
) -> None:
    page.goto(f"{paper.address}/article/open")
    ranking = page.locator("[data-shelf=ranking]")
    first = ranking.locator("li[data-article]").first
    expect(first).to_have_attribute("data-article", "pushed", timeout=PATIENCE)
    expect(first).to_contain_text("40 readers")
    key = excluded(paper)
    expect(first).to_have_attribute("data-article", "honest", timeout=PATIENCE)
    expect(ranking.locator("li[data-article=pushed]")).to_have_count(0)
    undone(paper, key)
    expect(first).to_have_attribute("data-article", "pushed", timeout=PATIENCE)
    expect(first).to_contain_text("40 readers")


def _raw(server: Server, article: str) -> int:
    counts = _asked(server, "GET", f"/v1/articles/{article}")["counts"]
    return int(counts["raw"])


def _settled(server: Server, article: str, expected: int) -> int:
    deadline = time.monotonic() + SOON
    while _raw(server, article) != expected and time.monotonic() < deadline:
        time.sleep(0.05)  # the event is on its way
    return _raw(server, article)


def test_a_browser_of_the_newsroom_can_be_switched_off_and_on_again(page: Page, paper: Server) -> None:
    told: list[str] = []
    page.on("request", lambda request: told.append(request.url) if "/v1/events" in request.url else None)
    before = _raw(paper, "honest")
    page.goto(f"{paper.address}/how-it-works#count=off")
    expect(page.locator("[data-uncounted] output")).to_have_text("This browser is not counted.")
    page.goto(f"{paper.address}/article/honest")
    page.get_by_role("button", name="Useful").click()
    expect(page.locator("[data-note]")).to_contain_text("not counted")
    page.wait_for_timeout(3000)
    page.goto(f"{paper.address}/how-it-works")
    assert told == []
    assert _raw(paper, "honest") == before
    page.get_by_role("button", name="Count this browser again").click()
    expect(page.locator("[data-uncounted] output")).to_contain_text("is counted")
    page.goto(f"{paper.address}/article/honest")
    assert _settled(paper, "honest", before + 1) == before + 1


def test_a_browser_that_keeps_nothing_says_that_it_cannot_be_switched_off(
    browser: Browser, paper: Server, tmp_path: Path
) -> None:
    with uncomplaining(browser.new_context(user_agent=another_reader())) as page:
        blocked = "Object.defineProperty(window, 'localStorage', {get() { throw new Error('blocked'); }})"
        page.add_init_script(blocked)
        page.goto(f"{paper.address}/how-it-works#count=off")
        expect(page.locator("[data-uncounted] output")).to_contain_text("cannot be switched off")
        page.screenshot(path=str(tmp_path / "blocked.png"))
