"""The JavaScript packages: what is made of other files is up to date, their types fit, their tests pass."""

import json
import os
import runpy
import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from browsing import READER, wait_until
from guest_site import GuestSite, guest_site
from kept_builds import alone

PACKAGES = Path(__file__).parents[2] / "clients" / "js"


def _run(*words: str, **environment: str) -> None:
    done = subprocess.run(
        words, cwd=PACKAGES, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6_000:]


@pytest.fixture(scope="module")
def installed() -> None:
    """What the lock file names, once, and again when it has changed."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed (Debian: apt-get install nodejs npm)")
    lock, stamp = PACKAGES / "package-lock.json", PACKAGES / "node_modules" / "installed"
    with alone():
        if not stamp.exists() or stamp.read_text("utf-8") != lock.read_text("utf-8"):
            _run("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error")
            stamp.write_text(lock.read_text("utf-8"), "utf-8")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuestSite]:
    with guest_site(tmp_path_factory.mktemp("packages"), {}) as made:
        yield made


def test_what_is_made_of_other_files_is_up_to_date() -> None:
    files = runpy.run_path(str(PACKAGES / "generate.py"))["files"]
    for path, content in files().items():
        assert path.read_text("utf-8") == content, f"{path} is old; run python clients/js/generate.py"


def test_the_lock_file_names_no_address() -> None:
    assert "://" not in "".join(
        line
        for line in (PACKAGES / "package-lock.json").read_text("utf-8").splitlines()
        if "resolved" in line
    )


def _facts(site: GuestSite) -> dict[str, str]:
    facts = {"SERVER": site.server, "ORIGIN": site.origin, "KEY": site.api_key, "SITE_KEY": site.key}
    return {f"RECIRC_{name}": value for name, value in facts.items()}


@pytest.mark.usefixtures("installed")
def test_the_packages_pass_their_own_tests(site: GuestSite) -> None:
    _run("npx", "tsc", "-p", ".")
    _run("npx", "vitest", "run", **_facts(site))


@pytest.mark.usefixtures("installed")
@pytest.mark.browser
def test_pages_that_react_renders_and_bundles_work_in_a_browser(
    site: GuestSite, browser: Browser, tmp_path: Path
) -> None:
    _run("node", "test/site.js", str(tmp_path), **_facts(site))
    site.pages.update({file.name: file.read_text("utf-8") for file in tmp_path.iterdir()})
    for path, link in (("react", "section li a"), ("bundled", "recirc-shelf li a")):
        page = browser.new_context(user_agent=READER).new_page()
        complaints, told = _watched(page)
        page.goto(f"{site.origin}/{path}")
        expect(page.locator(link)).to_have_count(3)
        wait_until(page, partial(_counted, told, "impression", 3), "impressions are not sent")
        page.wait_for_timeout(1000)  # nothing is sent twice
        kinds = [each["kind"] for each in told]
        assert (kinds.count("view"), kinds.count("impression")) == (1, 3), path
        assert complaints == []
        page.context.close()


def _counted(told: list[dict[str, Any]], kind: str, least: int) -> bool:
    return [each["kind"] for each in told].count(kind) >= least


def _watched(page: Page) -> tuple[list[str], list[dict[str, Any]]]:
    """What the page will complain about, and what it will report."""
    complaints: list[str] = []
    told: list[dict[str, Any]] = []

    def note(sent: Request) -> None:
        if "/v1/events" in sent.url:
            told.extend(json.loads(sent.post_data or ""))

    page.on(
        "console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None
    )
    page.on("request", note)
    return complaints, told
