"""What a reader sees of a copy that came through a source: whose it is, and nobody's byline."""

import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from browsing import SOON, WIDTHS
from newswire import Entry, feed, newswire, words
from recirc.reading.urls import identity_of
from recirc.settings import SourceEntry, SourcesSettings
from recirc.store.source_registry import SourceRegistry
from served import Server

pytestmark = pytest.mark.browser

SETTINGS = {
    "RECIRC_SOURCES__PRIVATE_HOSTS": '["127.0.0.1"]',
    "RECIRC_SOURCES__DELAY_SECONDS": "0",
    "RECIRC_TRAINING__BACKGROUND": "false",
}


def _wait_for_sources(server: Server, count: int) -> None:
    give_up = time.monotonic() + SOON
    while sum(told["total"]["new"] for told in server.get("/v1/sources")) < count:
        assert time.monotonic() < give_up, server.get("/v1/sources")
        time.sleep(0.1)  # nothing else tells when a source was asked


def test_a_copied_article_says_who_had_it_first(tmp_path: Path, browser: Browser) -> None:
    text = words(3, 220)
    with newswire() as wire:
        wire.replies["/tide"] = feed(wire, Entry(3, "Harbour light goes out", text), title="The Tide")
        copy = Entry(2, "Light of the harbour out", f"Right now. {text}", link=wire.url("/parrot/2"))
        wire.replies["/parrot"] = feed(wire, copy, title="The Parrot")
        server = Server(tmp_path, settings=SETTINGS)
        server.start()
        try:
            server.wait()
            kept = SourceRegistry(server.path, SourcesSettings())
            kept.add(SourceEntry(address=wire.url("/tide"), outlet="The Tide"))
            _wait_for_sources(server, 1)
            kept.add(SourceEntry(address=wire.url("/parrot"), outlet="The Parrot"))
            _wait_for_sources(server, 2)
            for width in WIDTHS:
                page = browser.new_page(viewport={"width": width, "height": 900}, locale="en-US")
                page.goto(f"{server.address}/article/{identity_of(wire.url('/parrot/2'))}")
                line = page.locator(".attribution")
                expect(line).to_be_in_viewport()
                expect(line).to_contain_text("First published by The Tide on 22 November 2026")
                expect(page.locator(".byline")).to_have_text("The Tide")
                assert page.locator("meta[name=robots]").get_attribute("content") == "noindex"
                line.get_by_role("link").click()
                expect(page.locator("h1")).to_have_text("Harbour light goes out")
                expect(page.locator("[data-shelf] li", has_text="Light of the harbour out")).to_have_count(0)
                page.close()
        finally:
            server.stop()
