"""Where the plug-in puts shelves in a real WordPress, and where not: sidebars, archives, pictures, exceptions."""

from collections.abc import Mapping

import httpx
import pytest
from newspaper import Newspaper
from playwright.sync_api import Browser, expect
from wordpress_site import WordPress

from browsing import READER
from drawn_pictures import drawn

pytestmark = [pytest.mark.cms, pytest.mark.browser]
THEME: Mapping[str, str] = {
    "style.css": "/*\nTheme Name: Sidebar\n*/",
    "functions.php": "<?php register_sidebar( array( 'id' => 'side', 'name' => 'Side' ) );"
    " add_theme_support( 'post-thumbnails' );",
    "index.php": "<?php ?><!doctype html><html <?php language_attributes(); ?>><head><meta charset=utf-8>"
    "<?php wp_head(); ?></head><body><main><?php while ( have_posts() ) { the_post(); the_title( '<h2>', '</h2>' );"
    " is_singular() ? the_content() : the_excerpt(); } ?></main><aside><?php dynamic_sidebar( 'side' ); ?></aside>"
    "<?php wp_footer(); ?></body></html>",
}
"""A theme of the kind that has sidebars."""


def use_theme(site: WordPress) -> None:
    folder = site.folder / "wp-content" / "themes" / "sidebar"
    folder.mkdir()
    for name, content in THEME.items():
        (folder / name).write_text(content)
    site.php("switch_theme( 'sidebar' );")


def test_a_widget_is_filled_on_every_kind_of_page(
    newspaper: Newspaper, connected: WordPress, browser: Browser
) -> None:
    site = connected
    use_theme(site)
    site.php(
        "$widget = array( 'kind' => 'ranking', 'slots' => 3 );"
        "update_option( 'widget_recirc', array( 2 => $widget, '_multiwidget' => 1 ) );"
        "update_option( 'sidebars_widgets', array( 'side' => array( 'recirc-2' ), 'array_version' => 3 ) );"
    )
    newspaper.told_views(newspaper.id_of(f"{site.url}/uncategorized/ferry-2/"), 3)
    about = site.page("About us", "A page.")
    context = browser.new_context(user_agent=READER)
    page = context.new_page()
    for address in (
        f"{site.url}/",
        f"{site.url}/category/uncategorized/",
        about["link"],
        f"{site.url}/?s=ferry",
    ):
        page.goto(address)
        link = page.locator("aside recirc-shelf li a").first
        expect(link).to_have_text("The ferry number 2 is late", timeout=30_000)
        assert page.locator("main recirc-shelf").count() == 0
    page.goto(f"{site.url}/uncategorized/ferry-1/")
    expect(page.locator("main recirc-shelf li a").first).to_be_visible(timeout=30_000)
    expect(page.locator("aside recirc-shelf li a").first).to_be_visible()
    context.close()


def test_on_this_server_the_pictures_are_the_themes_own(connected: WordPress) -> None:
    site = connected
    use_theme(site)
    picture = site.picture("ferry.jpg", drawn(600, 400), "image/jpeg")
    (second,) = [post for post in site.get("posts") if post["slug"] == "ferry-2"]
    site.edit(second["id"], featured_media=picture)
    site.set_options(render="server", thumbnails=True, layout="cards")
    html = httpx.get(f"{site.url}/uncategorized/ferry-1/", timeout=60.0).text
    assert '<section class="recirc-shelf recirc-cards">' in html
    item = html.partition(f'<a href="{second["link"]}">')[2].partition("</li>")[0]
    assert "wp-post-image" in item
    assert 'alt=""' in item
    assert '<p lang="' in item
    assert "<recirc-shelf" not in html


def test_exceptions_by_post_category_and_tag(connected: WordPress) -> None:
    site = connected
    quiet, still = site.category("Quiet"), site.tag("still")
    post = site.post("The ferry number 9 is late", "A ferry.", categories=[quiet], tags=[still])
    other = f"{site.url}/uncategorized/ferry-1/"
    assert "<recirc-shelf" in httpx.get(post["link"], timeout=60.0).text
    for changed in ({"no_posts": f"4711, {post['id']}"}, {"no_cats": "quiet"}, {"no_tags": "loud, still"}):
        site.set_options(**{"no_posts": "", "no_cats": "", "no_tags": "", **changed})
        assert "<recirc-shelf" not in httpx.get(post["link"], timeout=60.0).text, changed
        assert "<recirc-shelf" in httpx.get(other, timeout=60.0).text, changed
    site.set_options(types=["page"])
    assert "<recirc-shelf" not in httpx.get(other, timeout=60.0).text


def test_all_posts_are_sent_by_a_command(connected: WordPress) -> None:
    site = connected
    code, said = site.cli("import")
    assert (code, said) == (0, "4 / 4\nSuccess: 4 posts sent.\n")
    site.set_options(secret="another")
    code, said = site.cli("import")
    assert code == 1
    assert "signature was not made with the secret" in said
