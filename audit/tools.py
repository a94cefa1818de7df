"""What the audit's tools share: which pages are looked at, what a gate is, and where the programs lie."""

import platform
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from arabic_site import PAPER
from recirc.demo.paper import paper
from recirc.desk.sessions import SESSION
from recirc.web.links import section_path

HERE: Final = Path(__file__).resolve().parent
MODULES: Final = HERE / "node_modules"

GERMAN: Final = paper("de").host or ""
ARABIC: Final = PAPER.host

ARTICLE: Final = "/article/whale-released"
"""An article with everything: topics, a biography, a story that goes on, and another outlet's copy."""

PAGES: Final = {
    "front": "/",
    "section": "/section/coast",
    "article": ARTICLE,
    "copy": "/article/wrenmouth-whale-guided-out-wire",
    "topic": "/topic/ferries",
    "author": "/author/beth-carrow",
    "story": "/story/whale-released",
    "search": "/search?q=ferry",
    "archive": "/archive",
    "archive of a day": "/archive/2026/11/22",
    "how it works": "/how-it-works",
    "docs": "/docs",
    "not found": "/section/knitting",
}
"""Every kind of page, by its name."""

EDITIONS: Final = {
    "German": (
        GERMAN,
        {"front": "/", "section": "/section/kuste", "article": "/article/taucher-finden-anker"},
    ),
    "Arabic": (ARABIC, {"front": "/", "section": section_path("البحر"), "article": "/article/marsa-whale"}),
}
"""Host and pages of the newspapers in other languages, by what their pages are called here: `front in German`."""

LOOPBACK: Final = ".localhost"
"""Ends names that browsers look up on this machine; programs ask for them at the address itself."""

BROWSER: Final = (
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
"""Chromium's flags: it runs as root in CI, and asks nobody but the site."""


class ToolError(Exception):
    """A tool is not there or does not work; the text says what to do."""


class Target(NamedTuple):
    """A page that is looked at.

    Attributes:
        page: its name.
        url: where it is.
        hosts: what it may load from, as `http://host:port`.
        session: secret of the cookie with which the desk knows who is looked at; empty: nobody is logged in.
        without: where the same page is without our shelves; empty: nowhere.
    """

    page: str
    url: str
    hosts: Sequence[str]
    session: str = ""
    without: str = ""

    @property
    def is_desk(self) -> bool:
        """Whether it is a page for the newsroom, which has cookies."""
        return urlsplit(self.url).path.startswith("/desk")


class Gate(NamedTuple):
    """One thing that is asked of one page.

    Attributes:
        page: the page's name.
        what: what was measured.
        value: what was found.
        bound: what is asked, as text.
        met: whether it is so.
        details: what was found wrong, a line each.
    """

    page: str
    what: str
    value: float
    bound: str
    met: bool
    details: Sequence[str] = ()


def at_least(page: str, what: str, value: float, least: float, details: Sequence[str] = ()) -> Gate:
    """A gate that a higher figure meets."""
    return Gate(page, what, value, f"at least {least:g}", value >= least, details)


def at_most(page: str, what: str, value: float, most: float, details: Sequence[str] = ()) -> Gate:
    """A gate that a lower figure meets."""
    return Gate(page, what, value, f"at most {most:g}", value <= most, details)


def sent(target: Target) -> str:
    """The text of an answer, also of one that is an error."""
    headers = {"Cookie": f"{SESSION}={target.session}"} if target.session else {}
    parts, url = urlsplit(target.url), target.url
    if (parts.hostname or "").endswith(LOOPBACK):
        headers["Host"], url = parts.netloc, parts._replace(netloc=f"127.0.0.1:{parts.port}").geturl()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        return str(error.read().decode())


def chromium() -> str:
    """The path of Debian's Chromium.

    Raises:
        ToolError: it is not installed.
    """
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        raise ToolError("no Chromium is installed (Debian: apt-get install chromium)")
    return found


@contextmanager
def only_fonts(folder: Path) -> Iterator[dict[str, str]]:
    """An environment in which Chromium finds the fonts of this folder and no others.

    Raises:
        ToolError: there are none in it.
    """
    if not any(path.suffix.lower() in (".ttf", ".otf", ".ttc") for path in folder.rglob("*")):
        raise ToolError(f"there is no font in {folder}")
    with tempfile.TemporaryDirectory(prefix="recirc-fonts-") as scratch:
        config = Path(scratch) / "fonts.conf"
        config.write_text(
            '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
            f"<dir>{escape(str(folder.resolve()))}</dir><cachedir>{escape(scratch)}</cachedir></fontconfig>",
            "utf-8",
        )
        yield {"FONTCONFIG_FILE": str(config)}


def node(script: str, *arguments: str, environment: dict[str, str] | None = None) -> str:
    """What a script of `node_modules` prints; findings are no failure, whatever its exit code.

    Raises:
        ToolError: the tools are not installed, or it printed nothing.
    """
    path = MODULES / script
    if not path.is_file():
        raise ToolError(f"{path} is missing; install the tools: cd {HERE} && npm ci")
    kind = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), "")
    own = MODULES / f"node-linux-{kind}" / "bin" / "node"  # Debian's may be too old for Lighthouse
    program = str(own) if own.is_file() else shutil.which("node")
    if program is None:
        raise ToolError("Node.js is missing (Debian: apt-get install nodejs npm)")
    ran = subprocess.run(
        [program, str(path), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        cwd=HERE,
    )
    if not ran.stdout.strip():
        raise ToolError(f"{script} failed: {ran.stderr.strip()[-2000:]}")
    return ran.stdout
