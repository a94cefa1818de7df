"""In a browser: a publisher excludes a network at the desk, an open page of a reader follows, and both are undone."""

import http.client
import json
import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from browsing import another_reader, uncomplaining
from desk_day import begin, fits
from served import Server, recirc

pytestmark = pytest.mark.browser

PATIENCE = 60_000
"""ms for a page to follow; an open one asks for fresh shelves every five seconds."""
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:{0}.0) Gecko/20100101 Firefox/{0}.0"


def _view(server: Server, article: str, address: str, version: int) -> None:
    """A view as a browser at this address sends it."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        headers = {
            "User-Agent": FIREFOX.format(version),
            "X-Forwarded-For": address,
            "Content-Type": "text/plain",
        }
        connection.request("POST", "/v1/events", json.dumps({"kind": "view", "article": article}), headers)
        response = connection.getresponse()
        told = response.read()
        assert response.status == 202, told
    finally:
        connection.close()


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Twelve readers of `pushed` in one network and one elsewhere, five readers of `honest` at their homes."""
    server = Server(tmp_path_factory.mktemp("exclusions"), settings={"RECIRC_SERVER__TRUST_PROXY": "true"})
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
        server.wait_folded()
        for number in range(12):
            _view(server, "pushed", f"10.7.7.{number + 1}", 120 + number)
        _view(server, "pushed", "10.8.8.8", 140)
        for number in range(5):
            _view(server, "honest", f"10.{number + 20}.1.1", 130)
        yield server
    finally:
        server.stop()


@pytest.mark.parametrize("width", [390, 1280])
def test_a_network_is_excluded_at_the_desk_and_an_open_page_follows(
    browser: Browser, paper: Server, width: int
) -> None:
    name = f"Pat {width}"
    words = recirc("user", "add", name, "--role", "publisher", "--db", str(paper.path))
    told = subprocess.run(words, check=True, capture_output=True, text=True, timeout=120).stdout
    desk = browser.new_context(user_agent=another_reader(), viewport={"width": width, "height": 900})
    try:
        pat = desk.new_page()
        begin(pat, paper.address + told[told.index("/desk/invitation") :].strip())
        with uncomplaining(browser.new_context(user_agent=another_reader())) as reader:
            reader.goto(f"{paper.address}/article/open")
            first = reader.locator("[data-shelf=ranking] li[data-article]").first
            expect(first).to_have_attribute("data-article", "pushed", timeout=PATIENCE)
            pat.goto(f"{paper.address}/desk/exclusions")
            fits(pat)
            row = pat.locator("section[aria-labelledby=networks] tbody tr")
            expect(row).to_have_count(1)
            expect(row).to_contain_text("pushed")
            row.get_by_label("is excluded").fill("One machine with many names.")
            row.get_by_role("button", name="Exclude these").click()
            made = pat.locator("section[aria-labelledby=hand] li", has_text="taken back").locator(
                "visible=true"
            )
            standing = pat.locator("section[aria-labelledby=hand] li", has=pat.get_by_role("button"))
            expect(standing).to_contain_text("excluded 12 views from one network of pushed", timeout=PATIENCE)
            expect(row).to_contain_text("excluded")
            fits(pat)
            before = made.count()
            expect(first).to_have_attribute("data-article", "honest", timeout=PATIENCE)
            standing.get_by_label("Reason to take").fill("It was a school.")
            standing.get_by_role("button", name="Take back").click()
            expect(made).to_have_count(before + 1, timeout=PATIENCE)
            expect(first).to_have_attribute("data-article", "pushed", timeout=PATIENCE)
    finally:
        desk.close()
