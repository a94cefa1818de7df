"""WordPress and Ghost of their own for the tests, and a newspaper that reads from them."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from ghost_site import Ghost
from newspaper import Newspaper
from wordpress_site import NAMED, WordPress

import cms_packages
from newsroom import text_of
from served import recirc


@pytest.fixture
def newspaper(tmp_path: Path) -> Iterator[Newspaper]:
    folder = tmp_path / "recirc"
    folder.mkdir()
    made = Newspaper(folder)
    try:
        made.start()
        yield made
    finally:
        made.stop()
        made.show()


@pytest.fixture
def wordpress(tmp_path: Path) -> Iterator[Callable[..., WordPress]]:
    """Starts a WordPress; the test is skipped where there is none."""
    with ExitStack() as stack:

        def start(permalinks: str = NAMED, version: str = cms_packages.WORDPRESS_VERSION) -> WordPress:
            try:
                files = cms_packages.wordpress(version)
            except cms_packages.NotInstalledError as error:
                pytest.skip(str(error))
            site = WordPress(files, tmp_path / "wordpress", permalinks)
            stack.callback(site.stop)
            site.start()
            return site

        yield start


@pytest.fixture
def connected(
    newspaper: Newspaper, wordpress: Callable[..., WordPress], request: pytest.FixtureRequest
) -> Iterator[WordPress]:
    """A WordPress, of the version in the parameter, with four posts and the plug-in, set up as its guide says."""
    site = wordpress(version=getattr(request, "param", cms_packages.WORDPRESS_VERSION))
    for number in range(1, 5):
        site.post(f"The ferry number {number} is late", text_of("ferry", number), slug=f"ferry-{number}")
    newspaper.add(site.url, "--secret", "not-a-secret")
    site.install_plugin()
    site.php("require 'wp-admin/includes/plugin.php'; activate_plugin( 'recirc/recirc.php' );")
    command = recirc("key", "create", "wp", "--site", site.url, "--db", str(newspaper.database))
    key = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()
    site.set_options(server=newspaper.address, hook=newspaper.hook(), secret="not-a-secret", key=key)
    yield site
    assert site.complaints() == []


@pytest.fixture(scope="session")
def ghost_files() -> Path:
    """The files of Ghost; the test is skipped where there are none."""
    try:
        return cms_packages.ghost(install=os.environ.get("RECIRC_TEST_GHOST") == "install")
    except cms_packages.NotInstalledError as error:
        pytest.skip(str(error))


@pytest.fixture
def ghost(ghost_files: Path, tmp_path: Path) -> Iterator[Ghost]:
    folder = tmp_path / "ghost"
    folder.mkdir()
    site = Ghost(ghost_files, folder)
    try:
        site.start()
        yield site
    finally:
        site.stop()
