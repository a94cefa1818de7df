"""The WordPress plug-in by PHP 7.4 to 8.5, on a network of sites, and what is left of it when it is deleted."""

import json
import os
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from wordpress_site import HERE, PLUGIN, WordPress

import cms_packages

pytestmark = pytest.mark.cms
VERSIONS = ("7.4", "8.0", "8.1", "8.3", "8.5")
"""Of PHP, from the oldest that the plug-in is for; Debian's own, 8.2, runs the other tests."""
PARTS = 19
"""Shelves, pages and boxes that a walk through the plug-in shows."""
LEFT = (
    "global $wpdb; $left = array(); foreach ( {sites} as $id ) {{ {enter} "
    "$left[] = $wpdb->get_var( \"SELECT COUNT(*) FROM {{$wpdb->options}} WHERE option_name LIKE '%recirc%'\" ) "
    "+ $wpdb->get_var( \"SELECT COUNT(*) FROM {{$wpdb->postmeta}} WHERE meta_key LIKE '%recirc%'\" ); {leave} }} "
    "echo implode( ' ', $left );"
)
"""What the plug-in has in the database, site by site."""


def _walk(site: WordPress, words: list[str]) -> dict[str, Any]:
    environment = {**os.environ, "WP_URL": site.url, "WP_FOLDER": str(site.folder)}
    done = subprocess.run(
        [*words, str(HERE / "wp_walk.php")],
        cwd=site.folder, env=environment, capture_output=True, text=True, timeout=500, check=False,
    )  # fmt: skip
    assert "\nRECIRC" in done.stdout, done.stdout[-2000:] + done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout.rpartition("\nRECIRC")[2].splitlines()[0])
    return found


def test_every_version_of_php_walks_through_it_without_a_word(wordpress: Callable[..., WordPress]) -> None:
    site = wordpress()
    site.install_plugin()
    try:
        programs = {version: cms_packages.php(version) for version in VERSIONS}
    except cms_packages.NotInstalledError as error:
        pytest.skip(str(error))
    seen = {}
    for version, words in programs.items():
        found = _walk(site, words)
        assert found["php"].startswith(f"{version}."), found["php"]
        assert found["complaints"] == [], version
        assert found["left"] == 0, version
        assert set(found["asked"]) == {"news.example", "127.0.0.1"}, (
            version
        )  # the site's own REST API, and no other
        assert len([text for text in found["seen"].values() if text]) == PARTS, version
        seen[version] = found["seen"]
    for name in ("browser list", "server cards", "widget", "block"):
        assert len({texts[name] for texts in seen.values()}) == 1, name
    assert "Fish &amp; &quot;chips&quot;" in seen["7.4"]["server cards"]
    assert "Fish &amp; &quot;chips&quot;" in seen["7.4"]["dashboard"]
    assert json.loads(seen["7.4"]["saved"]) == ["1", True]
    assert json.loads(seen["7.4"]["public"]) == [1, False]
    assert json.loads(seen["7.4"]["figures"]) == {"day": 7, "readers": 9, "views": 12}


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_of_php_reads_every_file(version: str) -> None:
    try:
        words = cms_packages.php(version)
    except cms_packages.NotInstalledError as error:
        pytest.skip(str(error))
    files = sorted(PLUGIN.rglob("*.php"))
    assert len(files) > 10
    script = HERE / "wp_parse.php"
    done = subprocess.run(
        [*words, str(script), *map(str, files)], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.stdout.count(".") == len(files), done.stdout + done.stderr


def _network(site: WordPress) -> None:
    """Make a network of two sites of it, as its administration does."""
    site.php(
        "require_once ABSPATH . 'wp-admin/includes/upgrade.php'; global $wpdb;"
        "foreach ( $wpdb->tables( 'ms_global' ) as $table => $prefixed ) { $wpdb->$table = $prefixed; }"
        "$host = parse_url( home_url(), PHP_URL_HOST ) . ':' . parse_url( home_url(), PHP_URL_PORT );"
        "install_network(); populate_network( 1, $host, 'admin@example.com', 'Network', '/', false );"
    )
    (site.folder / "NETWORK").write_text("")
    made = site.php(
        "wp_set_current_user( 1 ); grant_super_admin( 1 );"
        "echo wpmu_create_blog( DOMAIN_CURRENT_SITE, '/second/', 'Second', 1 );"
    )
    assert made.strip() == "2", made


def test_a_network_of_sites_has_settings_for_each_and_nothing_left(
    wordpress: Callable[..., WordPress],
) -> None:
    site = wordpress()
    site.install_plugin()
    _network(site)
    site.php(
        "require_once ABSPATH . 'wp-admin/includes/admin.php';"
        "activate_plugin( 'recirc/recirc.php', '', true );"
    )
    shown = site.php(
        "foreach ( array( 1, 2 ) as $id ) { switch_to_blog( $id );"
        "update_option( 'recirc', array( 'server' => \"https://news$id.example\", 'key' => \"sk_$id\" ) );"
        "update_option( 'widget_recirc', array( 1 => array( 'kind' => 'ranking' ) ) );"
        "set_transient( 'recirc_most_read', array(), 300 ); set_transient( 'recirc_tested_1', array(), 300 );"
        "$post = wp_insert_post( array( 'post_title' => 'A', 'post_content' => 'B', 'post_status' => 'publish' ) );"
        "update_post_meta( $post, '_recirc_off', '1' ); update_post_meta( $post, '_recirc_picks', array( 1 ) );"
        "echo recirc_shelf( array( 'kind' => 'ranking' ) ), PHP_EOL; restore_current_blog(); }"
    )
    first, second = shown.splitlines()
    assert 'key="sk_1"' in first
    assert 'server="https://news2.example"' in second
    left = LEFT.format(sites="array( 1, 2 )", enter="switch_to_blog( $id );", leave="restore_current_blog();")
    assert all(int(number) >= 5 for number in site.php(left).split())
    site.php(
        "require_once ABSPATH . 'wp-admin/includes/admin.php';"
        "deactivate_plugins( 'recirc/recirc.php', true, true ); uninstall_plugin( 'recirc/recirc.php' );"
    )
    assert site.php(left).split() == ["0", "0"]
    assert site.complaints() == []
