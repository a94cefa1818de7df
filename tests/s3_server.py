"""A server that speaks S3, with its buckets in folders (versitygw), started by the tests that need it."""

import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from go_programs import program
from served import free_port

VERSION = "v1.8.0"
UP_SECONDS = 60
BUCKET = "newsroom"
SECRET = "a secret of the tests"  # of a server that ends with the test


@contextmanager
def s3_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a bucket of a server on loopback; the environment names the server and its keys."""
    gateway = program("versitygw", "github.com/versity/versitygw/cmd/versitygw", VERSION)
    with tempfile.TemporaryDirectory() as data, tempfile.TemporaryDirectory() as notes:
        bucket, port = Path(data) / BUCKET, free_port()
        bucket.mkdir()
        words = ["--port", f"127.0.0.1:{port}", "--access", "tests", "--secret", SECRET, "--quiet"]
        process = subprocess.Popen(
            [gateway, *words, "posix", "--sidecar", notes, data], stdout=subprocess.DEVNULL
        )
        try:
            _wait_for(port)
            for name, value in (
                ("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}"),
                ("AWS_ACCESS_KEY_ID", "tests"),
                ("AWS_SECRET_ACCESS_KEY", SECRET),
                ("AWS_REGION", "us-east-1"),
            ):
                monkeypatch.setenv(name, value)
            yield bucket
        finally:
            process.kill()
            process.wait()


def _wait_for(port: int) -> None:
    give_up = time.monotonic() + UP_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert time.monotonic() < give_up
            time.sleep(0.05)  # nothing else tells when a server is up
