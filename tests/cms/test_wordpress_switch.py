"""From YARPP, Jetpack and WordPress Popular Posts: what they left in a real WordPress, taken over by its commands."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from newspaper import Newspaper
from wordpress_site import WordPress

from newsroom import text_of
from served import recirc

pytestmark = pytest.mark.cms


@pytest.fixture
def site(wordpress: Callable[..., WordPress]) -> WordPress:
    made = wordpress()
    made.install_plugin()
    made.php("require_once ABSPATH . 'wp-admin/includes/plugin.php'; activate_plugin( 'recirc/recirc.php' );")
    return made


def _settings(site: WordPress) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(site.php("echo wp_json_encode( get_option( 'recirc', array() ) );"))
    return found


def test_settings_and_exclusions_of_yarpp_and_jetpack(site: WordPress) -> None:
    quiet = site.category("Obituaries")
    shown, hidden = (site.post(f"The ferry {number}", "Text.") for number in range(2))
    assert site.cli("switch", "yarpp") == (1, "Error: yarpp has left nothing here.\n")
    site.php(
        f"$term = get_term( {quiet} ); update_option( 'yarpp', array( 'limit' => 6, 'template' => 'thumbnails', "
        "'auto_display_post_types' => array( 'post', 'page' ), 'exclude' => (string) $term->term_taxonomy_id ) );"
        f"update_post_meta( {hidden['id']}, 'yarpp_meta', array( 'yarpp_display_for_this_post' => false ) );"
        f"update_post_meta( {shown['id']}, 'yarpp_meta', array( 'yarpp_display_for_this_post' => true ) );"
    )
    code, said = site.cli("switch", "yarpp", "--dry-run")
    assert code == 0, said
    assert "1 posts without shelves" in said
    assert "recirc rule add ban 'section=Obituaries'" in said
    assert not _settings(site)  # nothing yet
    assert site.cli("switch", "yarpp")[1].endswith("Success: Taken over.\n")
    taken = _settings(site)
    assert (taken["slots"], taken["thumbnails"], taken["layout"]) == (6, True, "cards")
    assert (taken["types"], taken["kinds"]) == (["post", "page"], ["related"])
    off = site.php(
        f"echo get_post_meta( {hidden['id']}, '_recirc_off', true ), "
        f"get_post_meta( {shown['id']}, '_recirc_off', true );"
    )
    assert off == "1"
    site.php(
        "update_option( 'jetpack_relatedposts', array( 'enabled' => true, 'show_thumbnails' => false, "
        "'layout' => 'list' ) );"
    )
    assert site.cli("switch", "jetpack")[0] == 0
    taken = _settings(site)
    assert (taken["slots"], taken["thumbnails"], taken["layout"]) == (3, False, "list")
    assert taken["types"] == ["post", "page"]


def test_counts_of_popular_posts_are_those_of_the_articles_here(
    newspaper: Newspaper, site: WordPress, tmp_path: Path
) -> None:
    posts = [site.post(f"The ferry {number} is late", text_of("ferry", number)) for number in range(1, 4)]
    draft = site.post("A draft", "Text.", status="draft")
    newspaper.add(site.url)
    rows = "".join(
        f"$wpdb->insert( \"{{$wpdb->prefix}}popularpostsdata\", array( 'postid' => {post['id']}, "
        f"'day' => '2026-11-01 10:00:00', 'last_viewed' => '2026-11-20 10:00:00', 'pageviews' => {7 - place} ) );"
        for place, post in enumerate([*posts, draft])
    )
    site.php(
        'global $wpdb; $wpdb->query( "CREATE TABLE {$wpdb->prefix}popularpostsdata '
        '(postid bigint NOT NULL, day datetime NOT NULL, last_viewed datetime NOT NULL, pageviews bigint)" );'
        'global $wpdb; $wpdb->query( "CREATE TABLE {$wpdb->prefix}popularpostssummary '
        '(ID bigint, postid bigint NOT NULL, pageviews bigint, view_date date, view_datetime datetime)" );'
        + rows
        + "$wpdb->insert( \"{$wpdb->prefix}popularpostssummary\", array( 'ID' => 1, "
        f"'postid' => {posts[0]['id']}, 'pageviews' => 2, 'view_date' => '2026-11-20', "
        "'view_datetime' => '2026-11-20 09:00:00' ) );"
    )
    folder = tmp_path / "wpp"
    folder.mkdir()
    code, said = site.cli("switch", "wpp", str(folder))
    assert code == 0, said
    assert f"recirc import wpp '{folder}' --zone Europe/Berlin" in said
    assert "ranking" in _settings(site)["kinds"]
    words = recirc("import", "wpp", str(folder), "--zone", "Europe/Berlin", "--db", str(newspaper.database))
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    wanted = {newspaper.id_of(post["link"]): 7 - place for place, post in enumerate(posts)}
    newspaper.wait_for(lambda: {each: newspaper.counts(each)["views"] for each in wanted} == wanted)
    assert site.complaints() == []
