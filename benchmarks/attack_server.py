"""A server under attack: `recirc serve` on a store, what it answers and what its log says."""

import asyncio
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import numpy as np

from attack_browsers import Client
from attack_kinds import LOCKSTEP
from recirc.types import RECORD, RecordArray


class Server:
    """`recirc serve` on a store, on a free port."""

    def __init__(self, database: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.database = database

    def __enter__(self) -> "Server":
        command = [sys.executable, "-c", "from recirc.cli import main; main()", "serve"]
        self._process = subprocess.Popen(
            [*command, "--db", str(self.database), "--port", str(self.port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, "RECIRC_SERVER__TRUST_PROXY": "true"},
        )
        give_up = time.monotonic() + 300
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                if self._process.poll() is not None or time.monotonic() > give_up:
                    raise
                time.sleep(0.1)

    def __exit__(self, *_: object) -> None:
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(30)

    def ask(self, path: str) -> bytes:
        """The body of an answer, as a browser of the site's makers sees it."""
        status, body = asyncio.run(Client(self.port, "127.0.0.9", LOCKSTEP).request("GET", path))
        if status != 200:
            raise OSError(f"GET {path}: {status}")
        return body

    def log(self, first: int = 1) -> RecordArray:
        """The entries of the log from one on."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            found = connection.execute("SELECT records FROM log WHERE first >= ? ORDER BY first", (first,))
            return np.frombuffer(b"".join(row[0] for row in found), RECORD)

    def end(self) -> int:
        """Number of entries in the log."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            row = connection.execute("SELECT max(first + count - 1) FROM log").fetchone()
            return int(row[0])

    def index(self, article: str) -> int:
        """The article's number in the log."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT idx FROM articles WHERE id = ?", (article,)).fetchone()[0])
