"""A real WordPress with the plug-in in a browser: set up, tested, shown, clicked, counted, gone, nothing left."""

import base64
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator

import httpx
import pytest
from guide import follow, section
from newspaper import Newspaper
from playwright.sync_api import Browser, Page, expect
from wordpress_site import HERE, WordPress

from browsing import READER
from cms_packages import NEWEST, OLDEST, WORDPRESS_VERSION
from newsroom import text_of
from served import free_port, recirc

pytestmark = [pytest.mark.cms, pytest.mark.browser]
SECRET = "a secret of the test"


@pytest.fixture(params=[WORDPRESS_VERSION])
def bare(wordpress: Callable[..., WordPress], request: pytest.FixtureRequest) -> Iterator[WordPress]:
    """A site without the plug-in, of which the server does not know."""
    made = wordpress(version=request.param)
    for number in range(1, 4):
        made.post(f"The ferry number {number} is late", text_of("ferry", number))
    yield made
    assert made.complaints() == []


@pytest.fixture
def site(newspaper: Newspaper, bare: WordPress) -> WordPress:
    newspaper.add(bare.url, "--secret", SECRET)
    bare.install_plugin()
    return bare


@pytest.fixture
def editor(browser: Browser, bare: WordPress) -> Iterator[Page]:
    """A browser in which the administrator is logged in."""
    with bare.logged_in(browser) as page:
        yield page


def site_key(newspaper: Newspaper, site: WordPress) -> str:
    command = recirc("key", "create", "wp", "--site", site.url, "--db", str(newspaper.database))
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()


def found_by_test(page: Page) -> dict[str, bool]:
    page.get_by_role("button", name="Test connection").click()
    rows = page.locator("#recirc-tested li")
    expect(rows.first).to_be_visible()
    return {row.locator("strong").inner_text(): "✓" in row.inner_text() for row in rows.all()}


def save(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        page.get_by_label(name, exact=True).fill(value)
    page.get_by_role("button", name="Save Changes").click()


@pytest.mark.parametrize("bare", [OLDEST, WORDPRESS_VERSION, NEWEST], indirect=True)
def test_the_guide_leads_from_nothing_to_a_shelf_that_counts(
    newspaper: Newspaper, bare: WordPress, editor: Page, browser: Browser
) -> None:
    site = bare
    said = follow(
        section("wordpress.md", "Put it on my WordPress in ten minutes"),
        newspaper,
        site.url,
        {"SECRET": "quay"},
    )
    site.install_plugin()
    editor.goto(f"{site.url}/wp-admin/plugins.php")
    editor.get_by_role("link", name="Activate Recirc").click()
    editor.goto(f"{site.url}/wp-admin/options-general.php?page=recirc")
    save(editor, Server=newspaper.address, Webhook=said.hook, Secret="another")
    assert found_by_test(editor) == {"Address": True, "Key": False, "Webhook": False, "REST": True}
    save(editor, Secret="quay", **{"Site key": said.key})
    assert found_by_test(editor) == {
        "Address": True,
        "Key": True,
        "Origin": True,
        "Webhook": True,
        "REST": True,
    }
    editor.get_by_role("button", name="Send all posts").click()
    expect(editor.locator("#recirc-said")).to_contain_text("3 / 3", timeout=30_000)

    post = site.post("A ferry that nobody expected", text_of("ferry", 4))
    newspaper.wait_for(lambda: newspaper.status(post["link"]) == 200)
    context = browser.new_context(user_agent=READER, viewport={"width": 1280, "height": 1000})
    reader = context.new_page()
    reader.goto(f"{site.url}/uncategorized/the-ferry-number-1-is-late/")
    shelf = reader.locator("recirc-shelf")
    link = shelf.get_by_role("link", name="A ferry that nobody expected")
    expect(link).to_be_visible(timeout=30_000)
    link.click()
    expect(reader.get_by_role("heading", level=1)).to_have_text("A ferry that nobody expected")
    article = newspaper.id_of(post["link"])
    newspaper.wait_for(lambda: newspaper.counts(article)["readers"] == 1)

    editor.goto(f"{site.url}/wp-admin/edit.php")
    expect(editor.get_by_role("columnheader", name="Readers, 24 h").first).to_be_visible()
    site.trash(post["id"])
    newspaper.wait_for(lambda: newspaper.status(post["link"]) == 410)
    reader.goto(f"{site.url}/uncategorized/the-ferry-number-1-is-late/")
    expect(shelf.locator("li a").first).to_be_visible()
    assert link.count() == 0
    context.close()


def test_shelves_by_hand_without_a_script_and_nowhere(
    newspaper: Newspaper, site: WordPress, editor: Page
) -> None:
    site.php("require 'wp-admin/includes/plugin.php'; activate_plugin( 'recirc/recirc.php' );")
    key = site_key(newspaper, site)
    site.php(
        f"update_option( 'recirc', array( 'server' => '{newspaper.address}', 'key' => '{key}', "
        "'render' => 'server' ) );"
    )
    newspaper.told_views(newspaper.id_of(f"{site.url}/uncategorized/the-ferry-number-2-is-late/"), 3)
    posts = {post["slug"]: post for post in site.get("posts")}
    first = posts["the-ferry-number-1-is-late"]
    editor.goto(first["link"])
    expect(editor.locator(".recirc-shelf li a").first).to_be_visible()
    assert editor.locator("recirc-shelf").count() == 0
    page = site.page("Numbers", '[recirc kind="ranking" slots="2" render="browser"]')
    editor.goto(page["link"])
    expect(editor.locator("recirc-shelf[events=none] li a").first).to_be_visible()  # an administrator's visit
    block = site.page("Block", '<!-- wp:recirc/shelf {"kind":"ranking","heading":"Our own"} /-->')
    editor.goto(block["link"])
    expect(editor.get_by_role("heading", name="Our own")).to_be_visible()
    site.php(f"update_post_meta( {first['id']}, '_recirc_off', '1' );")
    editor.goto(first["link"])
    expect(editor.get_by_role("heading", level=1)).to_be_visible()
    assert editor.locator(".recirc-shelf").count() == 0
    left = (
        "define( 'WP_UNINSTALL_PLUGIN', true ); require 'wp-content/plugins/recirc/uninstall.php'; global $wpdb;"
        "echo $wpdb->get_var( \"SELECT COUNT(*) FROM {$wpdb->options} WHERE option_name LIKE '%recirc%'\" )"
        " . ' ' . $wpdb->get_var( \"SELECT COUNT(*) FROM {$wpdb->postmeta} WHERE meta_key LIKE '%recirc%'\" );"
    )
    assert site.php(left) == "0 0"


def test_each_thing_that_is_wrong_is_named(newspaper: Newspaper, site: WordPress) -> None:
    site.php("require 'wp-admin/includes/plugin.php'; activate_plugin( 'recirc/recirc.php' );")
    right = {
        "server": newspaper.address, "key": site_key(newspaper, site), "hook": newspaper.hook(), "secret": SECRET,
    }  # fmt: skip
    command = recirc(
        "key", "create", "other", "--site", "https://other.example", "--db", str(newspaper.database)
    )
    other = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()
    blocked = (
        "add_filter( 'pre_http_request', fn( $no, $more, $url ) => "
        "strpos( $url, 'wp/v2' ) || strpos( $url, 'wp-json' ) ? new WP_Error( 'x', 'blocked' ) : $no, 10, 3 );"
    )
    cases: list[tuple[dict[str, str], str, str, str]] = [
        ({}, "", "", ""),
        ({"server": f"http://127.0.0.1:{free_port()}"}, "", "Address", "does not answer there"),
        ({"key": "sk_mistyped"}, "", "Key", "is not known here"),
        ({"key": ""}, "", "Key", "None is set"),
        ({"key": other}, "", "Origin", "https://other.example"),
        ({"hook": newspaper.hook() + "x"}, "", "Webhook", "no such webhook"),
        ({"secret": "another"}, "", "Webhook", "another one than that of the source"),
        ({"secret": ""}, "", "Webhook", "is not set"),
        ({}, blocked, "REST", "blocked"),
    ]
    for changed, before, wrong, said in cases:
        option = base64.b64encode(json.dumps({**right, **changed}).encode()).decode()
        told = site.php(
            f"update_option( 'recirc', json_decode( base64_decode( '{option}' ), true ) ); {before}"
            "echo wp_json_encode( recirc_connection() );"
        )
        rows = json.loads(told)
        failed = {name: text for name, works, text in rows if not works}
        assert set(failed) == ({wrong} if wrong else set()), (changed, rows)
        assert not wrong or said in failed[wrong]
        assert wrong or [name for name, _, _ in rows] == ["Address", "Key", "Origin", "Webhook", "REST"]


HOOKS = {
    "/v1/hooks/x": "https://news.example/v1/hooks/x",
    "https://other.example/v1/hooks/y": "https://other.example/v1/hooks/y",
    "//evil.example/v1/hooks/x": "",
    "/v1/articles": "",
    "news.example/v1/hooks/x": "",
    "": "",
}
"""What is typed as the webhook, and where messages are sent then."""


def test_a_webhook_is_a_path_on_the_server_also_where_a_constant_names_it(site: WordPress) -> None:
    site.php("require 'wp-admin/includes/plugin.php'; activate_plugin( 'recirc/recirc.php' );")
    typed = base64.b64encode(json.dumps(list(HOOKS)).encode()).decode()
    told = site.php(
        "require_once ABSPATH . 'wp-admin/includes/template.php'; define( 'RECIRC_SERVER', 'https://news.example/' );"
        f"$found = array(); foreach ( json_decode( base64_decode( '{typed}' ), true ) as $hook ) {{"
        "update_option( 'recirc', recirc_cleaned( array( 'hook' => $hook ) ) ); $found[] = recirc_hook(); }"
        "echo wp_json_encode( array( $found, count( get_settings_errors( 'recirc' ) ) ) );"
    )
    assert json.loads(told) == [list(HOOKS.values()), 3]


def test_an_error_of_the_server_is_told_as_one_and_forgotten_once_it_is_set_right(site: WordPress) -> None:
    site.php("require 'wp-admin/includes/plugin.php'; activate_plugin( 'recirc/recirc.php' );")
    post = site.post("The ferry is late", "Text.")["id"]
    told = site.php(
        "wp_set_current_user( 1 ); $set = fn( $server ) => update_option( 'recirc', array( 'server' => $server ) );"
        "add_filter( 'pre_http_request', fn( $no, $more, $url ) => strpos( $url, 'wrong' ) "
        "? new WP_Error( 'x', 'away' ) : array( 'body' => '{\"items\":[]}', 'response' => "
        "array( 'code' => strpos( $url, 'refuses' ) ? 403 : 200 ), "
        "'headers' => array(), 'cookies' => array() ), 10, 3 ); $found = array();"
        "foreach ( array( 'https://wrong.example', 'https://refuses.example' ) as $server ) { $set( $server );"
        f"$found[] = rest_do_request( new WP_REST_Request( 'GET', '/recirc/v1/figures/{post}' ) )->get_status();"
        "$found[] = is_wp_error( recirc_most_read() ); }"
        "$set( 'https://right.example' ); $found[] = recirc_most_read(); echo wp_json_encode( $found );"
    )
    assert json.loads(told) == [502, True, 502, True, []]


def test_behind_a_page_cache_the_shelf_is_that_of_now(
    newspaper: Newspaper, site: WordPress, browser: Browser
) -> None:
    site.php("require 'wp-admin/includes/plugin.php'; activate_plugin( 'recirc/recirc.php' );")
    site.php(
        f"update_option( 'recirc', array( 'server' => '{newspaper.address}', 'hook' => '{newspaper.hook()}', "
        f"'secret' => '{SECRET}', 'key' => '{site_key(newspaper, site)}' ) );"
    )
    shutil.copy(HERE / "wp_page_cache.php", site.folder / "wp-content" / "advanced-cache.php")
    address = f"{site.url}/uncategorized/the-ferry-number-1-is-late/"
    made = httpx.get(address, timeout=60.0)
    assert made.headers["x-page-cache"] == "made"
    context = browser.new_context(user_agent=READER, viewport={"width": 1280, "height": 1000})
    page = context.new_page()
    answer = page.goto(address)
    assert answer is not None
    assert answer.headers["x-page-cache"] == "kept"
    shelf = page.locator("recirc-shelf")
    expect(shelf.locator("li a").first).to_be_visible(timeout=30_000)
    post = site.post("A ferry that nobody expected", text_of("ferry", 4))
    newspaper.wait_for(lambda: newspaper.status(post["link"]) == 200)
    answer = page.goto(address)
    assert answer is not None
    assert answer.headers["x-page-cache"] == "kept"
    expect(shelf.get_by_role("link", name="A ferry that nobody expected")).to_be_visible(timeout=30_000)
    article = newspaper.id_of(address)
    newspaper.wait_for(lambda: newspaper.counts(article)["views"] >= 1)
    context.close()
