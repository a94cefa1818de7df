"""The pictures of docs/switching.md: `python tests/cms/switch_pictures.py [--folder docs/screenshots]`.

A real WordPress with the sample newspaper's articles and what YARPP, Jetpack and WordPress Popular Posts leave in its
database; the commands of docs/switching.md take it over, and the result is photographed.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

HERE: Final = Path(__file__).resolve().parent
ROOT: Final = HERE.parents[1]
sys.path += [str(ROOT / "tests"), str(ROOT / "audit")]

from newspaper import Newspaper  # noqa: E402
from playwright.sync_api import Browser, Page, expect, sync_playwright  # noqa: E402
from wordpress_site import WordPress  # noqa: E402

import cms_packages  # noqa: E402 -- as pytest finds them
from recirc.demo.paper import articles  # noqa: E402
from recirc.demo.pictures import address_of, drawings  # noqa: E402
from screenshots import small  # noqa: E402
from served import recirc  # noqa: E402
from tools import BROWSER, chromium  # noqa: E402

POSTS: Final = 14
"""Articles of the sample newspaper that are posts, the newest."""
SECRET: Final = "not-a-secret"
PATIENCE: Final = 60_000
VIEWPORT: Final = {"width": 1000, "height": 1000}
YARPP: Final = """update_option( 'yarpp', array( 'limit' => 4, 'template' => 'thumbnails',
    'auto_display_post_types' => array( 'post' ) ) );"""
JETPACK: Final = """update_option( 'jetpack_relatedposts', array( 'enabled' => true, 'show_thumbnails' => false,
    'layout' => 'list' ) );"""
POPULAR: Final = """global $wpdb;
$wpdb->query( "CREATE TABLE {$wpdb->prefix}popularpostsdata
    (postid bigint NOT NULL, day datetime NOT NULL, last_viewed datetime NOT NULL, pageviews bigint)" );
foreach ( get_posts( array( 'numberposts' => 9, 'orderby' => 'title' ) ) as $place => $post ) {
    $wpdb->insert( "{$wpdb->prefix}popularpostsdata", array( 'postid' => $post->ID, 'day' => $post->post_date,
        'last_viewed' => current_time( 'mysql' ), 'pageviews' => (int) ( 400 / ( 1 + $place ) ) ) );
}"""


class Sites(NamedTuple):
    """The WordPress, the server, the browser, and where the pictures go."""

    site: WordPress
    newspaper: Newspaper
    browser: Browser
    folder: Path

    def take(self, page: Page, name: str, selector: str) -> None:
        """Photograph an element."""
        page.mouse.move(0, 0)
        picture = small(page.locator(selector).first.screenshot(animations="disabled"))
        path = self.folder / f"{name}.webp"
        path.write_bytes(picture)
        print(f"{path}: {len(picture) / 1000:.0f} KB", flush=True)

    def run(self, *words: str) -> str:
        """What a command of `recirc` prints."""
        done = subprocess.run(
            recirc(*words, "--db", str(self.newspaper.database)),
            env=self.newspaper.environment, capture_output=True, text=True, timeout=300, check=True,
        )  # fmt: skip
        return done.stdout.strip()


@contextmanager
def sites(folder: Path) -> Iterator[Sites]:
    """A WordPress with posts and the plug-in, connected to a server."""
    with tempfile.TemporaryDirectory() as made, sync_playwright() as playwright:
        place = Path(made)
        (place / "recirc").mkdir()
        newspaper = Newspaper(place / "recirc")
        site = WordPress(cms_packages.wordpress(), place / "wordpress")
        try:
            newspaper.start()
            site.start()
            browser = playwright.chromium.launch(executable_path=chromium(), args=list(BROWSER))
            found = Sites(site, newspaper, browser, folder)
            publish(site)
            newspaper.add(site.url, "--secret", SECRET)
            site.install_plugin()
            key = found.run("key", "create", "wordpress", "--site", site.url)
            site.php(
                "require 'wp-admin/includes/plugin.php'; activate_plugin( 'recirc/recirc.php' );"
                "update_option( 'blogname', 'The Wrenmouth Tide' );"
                f"update_option( 'recirc', array( 'server' => '{newspaper.address}', 'hook' => '{newspaper.hook()}', "
                f"'secret' => '{SECRET}', 'key' => '{key}' ) );"
            )
            yield found
            browser.close()
        finally:
            site.stop()
            newspaper.stop()


def publish(site: WordPress) -> None:
    """The newest articles of the sample newspaper as posts with their pictures."""
    chosen = articles(datetime.now(UTC))[-POSTS:]
    drawn = dict(drawings(chosen, portraits=False))
    for each in chosen:
        fields: dict[str, object] = {"slug": each.id, "date_gmt": f"{each.published:%Y-%m-%dT%H:%M:%S}"}
        if content := drawn.get(address_of(each.id)):
            fields["featured_media"] = site.picture(f"{each.id}.png", content)
        site.post(each.headline, each.body, **fields)


def wait_for_pictures(page: Page) -> None:
    """Wait for a shelf with all its pictures."""
    expect(page.locator("recirc-shelf li a").first).to_be_visible(timeout=PATIENCE)
    page.locator("recirc-shelf").first.scroll_into_view_if_needed()
    page.wait_for_function(
        "[...document.querySelectorAll('recirc-shelf')].every(shelf => "
        "[...shelf.shadowRoot.querySelectorAll('img')].every(each => each.complete && each.naturalWidth))",
        timeout=PATIENCE,
    )


def switch(sites: Sites, option: str, name: str, *words: str) -> str:
    """Leave what another plug-in leaves, and take it over."""
    sites.site.php(option)
    code, said = sites.site.cli("switch", name, *words)
    assert code == 0, said
    return said


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description="Pictures of docs/switching.md.")
    parser.add_argument(
        "--folder", type=Path, default=ROOT / "docs" / "screenshots", help="where they are put"
    )
    with sites(parser.parse_args().folder) as found:
        site, newspaper = found.site, found.newspaper
        address = illustrated(newspaper, [str(each["link"]) for each in site.get("posts")])
        with site.logged_in(found.browser) as editor:
            editor.set_viewport_size(VIEWPORT)  # type: ignore[arg-type]  # as Playwright has it
            switch(found, YARPP, "yarpp")
            editor.goto(f"{site.url}/wp-admin/options-general.php?page=recirc")
            found.take(editor, "switch-yarpp-settings", "h2:has-text('Shelves beneath posts') + table")
            editor.goto(address)
            wait_for_pictures(editor)
            found.take(editor, "switch-yarpp-post", "recirc-shelf")
            switch(found, JETPACK, "jetpack")
            editor.goto(address)
            wait_for_pictures(editor)
            found.take(editor, "switch-jetpack-post", "recirc-shelf")
            counts = site.folder / "counts"
            counts.mkdir()
            switch(found, POPULAR, "wpp", str(counts))
            print(found.run("import", "wpp", str(counts), "--zone", "Europe/Berlin"))
            page = site.page("Everybody reads", '[recirc kind="ranking" slots="5" thumbnails="yes"]')
            editor.goto(page["link"])
            wait_for_pictures(editor)
            found.take(editor, "switch-wpp-most-read", "recirc-shelf")


def illustrated(newspaper: Newspaper, links: list[str]) -> str:
    """The address of a post that has four related ones, whose pictures are there in the sizes that pages show."""
    found: list[str] = []

    def look() -> bool:
        for link in links:
            asked = {"article": newspaper.id_of(link), "shelf": ["related"], "slots": 4}
            items = newspaper.request("POST", "/v1/embed", json=asked).json()["shelves"]["related"]["items"]
            if sum("picture" in each for each in items) == 4:
                found.append(link)
        return bool(found)

    newspaper.wait_for(look, 120.0)
    return found[0]


if __name__ == "__main__":
    main()
