"""Signing on with a provider in a real browser, and the desk's newest pages on a phone."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from desk_day import begin, fits
from openid_provider import CLIENT, SECRET, Provider
from served import free_port, recirc, running

pytestmark = pytest.mark.browser

PHONE: ViewportSize = {"width": 390, "height": 844}
DESKTOP: ViewportSize = {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    person = {"sub": "una-7", "name": "Una Pask", "email": "una@tide.example", "email_verified": True}
    made = Provider(person=person)
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[tuple[str, Path]]:
    """The address of a newspaper with single sign-on, and its folder."""
    folder = tmp_path_factory.mktemp("openid")
    (folder / "recirc.toml").write_text(
        f'[openid]\nissuer = "{provider.issuer}"\nclient_id = "{CLIENT}"\nname = "Harbour ID"\nprivate = true\n'
    )
    secret = {"RECIRC_OPENID__CLIENT_SECRET": SECRET}
    with running(folder, "serve", "--db", "recirc.db", port=free_port(), environment=secret) as base:
        yield base, folder


def invited(folder: Path, *words: str) -> str:
    """The path of an invitation."""
    command = recirc("user", "add", *words, "--db", str(folder / "recirc.db"))
    made = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return made[made.index("/desk/invitation") :].strip()


def signed_on(page: Page, base: str, name: str) -> None:
    page.goto(f"{base}/desk/login")
    page.get_by_role("link", name="Sign on with Harbour ID").click()
    expect(page.get_by_role("link", name=name)).to_be_visible()


def test_somebody_signs_on_leaves_and_is_refused_when_disabled(
    browser: Browser, desk: tuple[str, Path], provider: Provider
) -> None:
    base, folder = desk
    invited(folder, "Una", "--role", "editor", "--email", "una@tide.example")
    context = browser.new_context(viewport=PHONE)
    try:
        page = context.new_page()
        page.goto(f"{base}/desk/articles")
        fits(page)
        signed_on(page, base, "Una")
        page.goto(f"{base}/desk/me")
        expect(page.get_by_text("You sign on with Harbour ID as una@tide.example.")).to_be_visible()
        fits(page)
        page.get_by_role("button", name="Log out").click()
        expect(page.get_by_role("link", name="Log out at Harbour ID too")).to_be_visible()
        fits(page)
        page.get_by_role("link", name="Log out at Harbour ID too").click()
        expect(page.get_by_role("heading", name="Log in")).to_be_visible()
        assert provider.asked[-1] == "/logout"
        subprocess.run(recirc("user", "disable", "Una", "--db", str(folder / "recirc.db")), check=True)
        page.goto(f"{base}/desk/login")
        page.get_by_role("link", name="Sign on with Harbour ID").click()
        expect(page.get_by_role("alert")).to_contain_text("is disabled")
        fits(page)
    finally:
        context.close()


def test_an_invitation_is_accepted_with_the_provider(
    browser: Browser, desk: tuple[str, Path], provider: Provider
) -> None:
    base, folder = desk
    provider.person = {"sub": "ole-2", "name": "Ole Marsh"}
    context = browser.new_context(viewport=DESKTOP)
    try:
        page = context.new_page()
        page.goto(base + invited(folder, "Ole Marsh", "--role", "publisher"))
        page.get_by_role("link", name="Accept with Harbour ID").click()
        expect(page.get_by_role("link", name="Ole Marsh")).to_be_visible()
    finally:
        context.close()


def test_the_new_pages_fit_a_phone_and_say_what_they_do(browser: Browser, desk: tuple[str, Path]) -> None:
    base, folder = desk
    context = browser.new_context(viewport=PHONE)
    try:
        page = context.new_page()
        begin(page, base + invited(folder, "Beth", "--role", "administrator"))
        for path in (
            "/desk/people",
            "/desk/topics",
            "/desk/erasures",
            "/desk/erasures/new?what=author&value=Nobody+Here",
        ):
            page.goto(base + path)
            fits(page)
        expect(page.get_by_text("0 articles name Nobody Here")).to_be_visible()
        expect(page.get_by_role("button", name="Erase for good")).to_have_count(0)
        page.goto(f"{base}/desk/me")
        assert page.get_by_label("Present password").count() == 2
    finally:
        context.close()
