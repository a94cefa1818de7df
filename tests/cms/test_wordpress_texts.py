"""The texts of the WordPress plug-in in its languages, and its code as PHP reads it."""

import runpy
import shutil
import subprocess
from pathlib import Path

import pytest
from wordpress_site import HERE, PLUGIN

import cms_packages

LOCALES = ("de_DE", "es_ES", "fr_FR", "pt_BR")
TOOLS = runpy.run_path(str(PLUGIN / "translate.py"))


def test_the_template_has_all_texts() -> None:
    content = (PLUGIN / "languages" / "recirc.pot").read_text("utf-8")
    assert content == TOOLS["template"](), "run python plugins/wordpress/translate.py"


@pytest.mark.parametrize("locale", LOCALES)
def test_each_language_has_all_texts(locale: str) -> None:
    po = PLUGIN / "languages" / f"recirc-{locale}.po"
    said = TOOLS["read"](po)
    texts = set(TOOLS["texts"]())
    assert set(said) - {""} == texts
    assert all(said[text].count("%s") == text.count("%s") for text in texts)
    assert po.with_suffix(".mo").read_bytes() == TOOLS["compiled"](said)
    scripts = TOOLS["of_scripts"](locale, said)
    assert {name.partition(f"{locale}-")[2] for name in scripts} == {"recirc-block.json", "recirc-panel.json"}
    for name, content in scripts.items():
        assert (po.parent / name).read_text("utf-8") == content, "run python plugins/wordpress/translate.py"


@pytest.mark.skipif(
    shutil.which("phpcs") is None, reason="phpcs is not installed (Debian: apt-get install php-codesniffer)"
)
def test_the_code_is_written_as_wordpress_wants_it() -> None:
    done = subprocess.run(
        ["phpcs", "--no-cache", "--no-colors", f"--standard={PLUGIN / 'phpcs.xml'}", str(PLUGIN)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def sniffed(code: Path) -> subprocess.CompletedProcess[str]:
    """What WordPress's own sniffs say of a file or folder; the test is skipped where they cannot be had."""
    try:
        sniffs, php = cms_packages.wordpress_sniffs(), cms_packages.php("7.4")
    except cms_packages.NotInstalledError as error:
        pytest.skip(str(error))
    words = ("--no-cache", "--no-colors", "-s", "--runtime-set", "installed_paths", str(sniffs))
    return subprocess.run(
        [*php, str(HERE / "wp_sniffs.php"), *words, f"--standard={HERE / 'wp_sniffs.xml'}", str(code)],
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip


@pytest.mark.cms
def test_wordpress_own_sniffs_find_nothing() -> None:
    done = sniffed(PLUGIN)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


CARELESS = """<?php
/**
 * A file.
 *
 * @package Recirc
 */

/** Shows and keeps what came. */
function shown() {
	global $wpdb;
	echo $_POST['name'];
	$wpdb->query( "DELETE FROM $wpdb->posts WHERE post_title = '{$_POST['name']}'" );
	echo esc_html__( 'A text', 'another' );
}
"""


@pytest.mark.cms
def test_wordpress_own_sniffs_find_what_they_are_for(tmp_path: Path) -> None:
    careless = tmp_path / "careless.php"
    careless.write_text(CARELESS, "utf-8")
    done = sniffed(careless)
    named = (
        "EscapeOutput",
        "NonceVerification",
        "PreparedSQL",
        "TextDomainMismatch",
        "PrefixAllGlobals",
        "InputNotSanitized",
    )
    assert [name for name in named if name not in done.stdout] == [], done.stdout + done.stderr


@pytest.mark.skipif(
    shutil.which("php") is None, reason="PHP is not installed (Debian: apt-get install php-cli)"
)
def test_php_reads_every_file() -> None:
    for path in sorted(PLUGIN.rglob("*.php")):
        done = subprocess.run(
            ["php", "-l", str(path)], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stdout
