"""The plug-in in the block editor and on the dashboard of a real WordPress, used with a browser."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from newspaper import Newspaper
from playwright.sync_api import Browser, Locator, Page, expect
from wordpress_site import WordPress

from cms_packages import NEWEST, OLDEST, WORDPRESS_VERSION
from served import free_port

pytestmark = [pytest.mark.cms, pytest.mark.browser]
AXE = Path(__file__).parents[2] / "audit" / "node_modules" / "axe-core" / "axe.min.js"
PATIENCE = 60_000
"""ms that a page of WordPress may take on a busy machine."""
QUIET = """<?php
add_action( 'wp_dashboard_setup', function () { remove_meta_box( 'dashboard_primary', 'dashboard', 'side' ); }, 99 );
"""
"""No news of WordPress on the dashboard: they are on other sites."""
NO_GUIDE = """() => {
    for (const scope of ["core/edit-post", "core"])
        wp.data.dispatch("core/preferences").set(scope, "welcomeGuide", false);
    return !document.querySelector(".components-guide");
}"""
"""Until it is gone: preferences that arrive later open it again."""

TYPED = """(field, text) => {
    const { set } = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value");
    for (let letters = 1; letters <= text.length; letters++) {
        set.call(field, text.slice(0, letters));
        field.dispatchEvent(new Event("input", { bubbles: true }));
    }
}"""
"""Letters that are typed one after another, in less time than passes between two tasks of the browser."""


@pytest.fixture
def site(connected: WordPress) -> WordPress:
    plugins = connected.folder / "wp-content" / "mu-plugins"
    plugins.mkdir()
    (plugins / "quiet.php").write_text(QUIET)
    return connected


@pytest.fixture
def editor(browser: Browser, site: WordPress) -> Iterator[Page]:
    """A browser in which the administrator is logged in."""
    with site.logged_in(browser) as page:
        yield page


def address(site: WordPress, number: int) -> str:
    return f"{site.url}/uncategorized/ferry-{number}/"


def panel_of(editor: Page, site: WordPress, slug: str) -> Locator:
    """The panel beside a post in the block editor, unfolded."""
    (post,) = [each for each in site.get("posts") if each["slug"] == slug]
    editor.goto(f"{site.url}/wp-admin/post.php?post={post['id']}&action=edit")
    editor.wait_for_function("self.wp && wp.data && wp.data.select('core/editor').getCurrentPostId()")
    editor.wait_for_function(NO_GUIDE, timeout=PATIENCE)
    editor.evaluate("wp.data.dispatch('core/edit-post').openGeneralSidebar('edit-post/document')")
    panel = editor.locator(".recirc-panel")
    button = panel.get_by_role("button", name="Recirc", exact=True)
    expect(button).to_be_visible(timeout=PATIENCE)
    if button.get_attribute("aria-expanded") != "true":
        button.click()
    return panel


SAVED = """wp.data.select("core/editor").didPostSaveRequestSucceed()
    && !wp.data.select("core/editor").isEditedPostDirty() && !wp.data.select("core/editor").isSavingPost()"""


def save(editor: Page) -> None:
    """Click the button, and again where WordPress (from 6.6 on) asks whether custom fields are to be saved."""
    editor.get_by_role("button", name=re.compile("^(Update|Save)$")).click()
    asking = editor.locator(".entities-saved-states__panel")
    editor.wait_for_function(
        f"{SAVED} || document.querySelector('.entities-saved-states__panel')", timeout=PATIENCE
    )
    if asking.is_visible():
        asking.get_by_role("button", name="Save", exact=True).click()
    editor.wait_for_function(SAVED, timeout=PATIENCE)


def accessible(page: Page, place: str) -> None:
    """Nothing in a part of the page that axe-core finds, where it is installed."""
    if AXE.exists():
        page.evaluate(AXE.read_text("utf-8"))
        found = page.evaluate(
            "place => axe.run(place).then(all => all.violations.map(each => each.id + ' ' + each.nodes[0].html))",
            place,
        )
        assert found == []


def related(newspaper: Newspaper, site: WordPress) -> list[str]:
    """Beside the first post."""
    asked = newspaper.id_of(address(site, 1))
    items = newspaper.request("GET", f"/v1/shelves?article={asked}").json()["related"]["items"]
    return [each["headline"] for each in items]


@pytest.mark.parametrize("connected", [OLDEST, WORDPRESS_VERSION, NEWEST], indirect=True)
def test_an_editor_picks_what_leads_related_and_takes_the_shelves_away(
    newspaper: Newspaper, site: WordPress, editor: Page
) -> None:
    newspaper.told_views(newspaper.id_of(address(site, 1)), 3)
    panel = panel_of(editor, site, "ferry-1")
    row = panel.get_by_role("row", name="Readers, 24 h")
    expect(row.get_by_role("cell")).to_have_text("3", timeout=PATIENCE)
    searched: list[str] = []
    editor.on("request", lambda sent: searched.append(sent.url) if "search=The" in sent.url else None)
    for number in (4, 3):
        box = panel.get_by_role("combobox", name="Picked posts, which lead Related")
        box.fill(f"number {number}")
        panel.get_by_role("option", name=f"The ferry number {number} is late").click(timeout=PATIENCE)
        expect(panel.get_by_role("button", name=f"Remove: The ferry number {number} is late")).to_be_visible()
    box.focus()
    with editor.expect_request(lambda sent: "search=The" in sent.url, timeout=PATIENCE):
        box.evaluate(TYPED, "The ferry number 2")  # a request for words, not for letters
    expect(panel.get_by_role("option", name="The ferry number 2 is late")).to_be_visible(timeout=PATIENCE)
    assert len(searched) == 1
    box.press("Escape")
    accessible(editor, ".recirc-panel")
    panel.get_by_role("button", name="Move up: The ferry number 3 is late").click()
    save(editor)
    wanted = ["The ferry number 3 is late", "The ferry number 4 is late"]
    newspaper.wait_for(lambda: related(newspaper, site)[:2] == wanted)
    newspaper.poll()  # which reads the picks too, and makes nothing twice
    assert related(newspaper, site)[:2] == wanted
    assert len(newspaper.request("GET", "/v1/rules").json()) == 2
    editor.goto(address(site, 1))
    links = editor.locator("recirc-shelf li a")
    expect(links.first).to_have_text(wanted[0], timeout=PATIENCE)
    expect(links.nth(1)).to_have_text(wanted[1])

    panel = panel_of(editor, site, "ferry-1")
    expect(panel.locator(".recirc-picks li")).to_have_count(2, timeout=PATIENCE)
    panel.get_by_role("button", name="Remove: The ferry number 3 is late").click()
    panel.get_by_role("checkbox", name="No shelves beneath this post").check()
    save(editor)
    newspaper.wait_for(lambda: related(newspaper, site)[0] == wanted[1])
    editor.goto(address(site, 1))
    expect(editor.get_by_role("heading", level=1)).to_be_visible()
    assert editor.locator("recirc-shelf").count() == 0


def test_the_dashboard_has_what_is_most_read_here(
    newspaper: Newspaper, site: WordPress, editor: Page
) -> None:
    newspaper.told_views(newspaper.id_of(address(site, 2)), 3)
    newspaper.told_views(newspaper.id_of(address(site, 3)), 1)
    editor.goto(f"{site.url}/wp-admin/index.php")
    rows = editor.get_by_role("table", name="Most read here, 24 h").locator("tbody tr")
    expect(rows).to_have_count(2, timeout=PATIENCE)
    assert [row.inner_text().split("\t") for row in rows.all()] == [
        ["The ferry number 2 is late", "3"],
        ["The ferry number 3 is late", "1"],
    ]
    accessible(editor, "#recirc_most_read")
    rows.first.get_by_role("link").click()
    editor.wait_for_url("**/post.php?post=*", timeout=PATIENCE)
    site.set_options(server=f"http://127.0.0.1:{free_port()}")
    site.php("delete_transient( recirc_most_read_place() );")
    editor.goto(f"{site.url}/wp-admin/index.php")
    expect(editor.locator("#recirc_most_read")).to_contain_text(
        "The server does not say it now", timeout=PATIENCE
    )


def test_the_settings_are_accessible_and_the_panel_speaks_german(site: WordPress, editor: Page) -> None:
    editor.goto(f"{site.url}/wp-admin/options-general.php?page=recirc")
    expect(editor.get_by_role("heading", name="Recirc", level=1)).to_be_visible()
    accessible(editor, ".wrap")
    german = "<?php add_filter( 'locale', function () { return 'de_DE'; } );"
    (site.folder / "wp-content" / "mu-plugins" / "german.php").write_text(german)
    panel = panel_of(editor, site, "ferry-1")
    expect(panel.get_by_role("checkbox", name="Keine Regale unter diesem Beitrag")).to_be_visible(
        timeout=PATIENCE
    )
