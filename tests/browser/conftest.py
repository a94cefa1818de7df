"""One browser for the tests of a file, and the demo's paper without live readers."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from browsing import FLAGS
from served import free_port, running


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield found
        found.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the demo without live readers, so that every change is the test's own."""
    folder = tmp_path_factory.mktemp("demo")
    with running(folder, "demo", "--rate", "0", "--folder", str(folder / "files"), port=free_port()) as base:
        yield base
