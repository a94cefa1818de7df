"""The sample newspaper as it is audited and photographed: its own server, at a moment that never moves on.

`python audit/paper_site.py FOLDER PORT` is the server's own process; `Site` starts it and stops it. Every run has the
same articles, readers and clock, so that two runs differ only by what was changed in between.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final, Self
from unittest import mock

from arabic_site import draw_arabic, publish, with_arabic
from recirc.demo.pictures import draw
from recirc.demo.run import fill, newest_first, settings_of
from recirc.server import serve as portal
from recirc.server.app import create_app
from recirc.settings import Settings

EVENING: Final = datetime(2026, 11, 22, 17, 40, tzinfo=UTC)
"""The site's only moment: a Sunday evening, when all articles of the day are out."""

_MILLISECONDS: Final = int(EVENING.timestamp()) * 1000
PAPER: Final = Path(__file__).resolve()
SEED: Final = 1
DRAWN: Final = 70
"""Articles whose pictures are drawn, the newest ones: those of the fronts and more."""

STARTING: Final = 400.0
"""Seconds that a start may take; the hot loops may have to be compiled first, and the pictures are drawn."""


def serve(folder: Path, port: int, *, pictures: bool) -> None:
    """Make the newspapers in an empty folder and serve them until a signal comes; `pictures`: with their pictures,
    which take a minute or two.
    """
    settings = with_arabic(settings_of("127.0.0.1", port, folder), port)
    with still():
        fill(settings, EVENING, SEED)
        publish(settings, EVENING)
    if pictures:
        draw(settings, newest_first(EVENING)[:DRAWN], lead=True)
        draw_arabic(settings)
    frozen(settings)


def still() -> AbstractContextManager[object]:
    """While this lasts, the store dates everything to the site's moment."""
    return mock.patch.object(time, "time_ns", return_value=_MILLISECONDS * 1_000_000)


def frozen(settings: Settings) -> None:
    """Serve as `recirc serve` does, at the site's moment."""
    with mock.patch.object(portal, "create_app", partial(create_app, clock=lambda: _MILLISECONDS)):
        portal.serve(settings)


class SiteError(Exception):
    """The site does not start; the text is what it printed."""


class Site:
    """A portal in processes and a folder of its own, on a free port of the loopback.

    Attributes:
        base: its address, without a slash at the end.
        files: the folder where its files lie.
    """

    def __init__(self, script: Path = PAPER, *arguments: str) -> None:
        """The newspaper; another `script` makes another portal of a folder, a port, and `arguments`."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = int(probe.getsockname()[1])
        self.base = f"http://127.0.0.1:{self._port}"
        self._scratch = tempfile.TemporaryDirectory(prefix="recirc-paper-")
        self._folder = Path(self._scratch.name)
        self.files = self._folder / "files"
        self._command = [sys.executable, str(script), str(self.files), str(self._port), *arguments]

    def __enter__(self) -> Self:
        log = self._folder / "log"
        self.files.mkdir()
        with log.open("w") as told:
            self._process = subprocess.Popen(self._command, stdout=told, stderr=told, start_new_session=True)
        give_up = time.monotonic() + STARTING
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > give_up:
                printed = log.read_text()
                self.__exit__()
                raise SiteError(f"the portal does not start:\n{printed}")
            time.sleep(0.1)  # nothing else tells when a server listens
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait()
        self._scratch.cleanup()

    @property
    def printed(self) -> str:
        """What the server has printed so far."""
        return (self._folder / "log").read_text()

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.base}/healthz", timeout=1):
                return True
        except OSError:
            return False


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="The sample newspaper at a moment that never moves on.")
    parser.add_argument("folder", type=Path, help="an empty folder")
    parser.add_argument("port", type=int)
    parser.add_argument("--pictures", action=argparse.BooleanOptionalAction, default=True)
    given = parser.parse_args()
    serve(given.folder, given.port, pictures=given.pictures)
