"""A real proxy before a real server that fails in the ways that lines and servers fail in, as it is told to."""

import http.client
import socket
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from recirc.client import RetryPolicy
from served import Server

QUICK = RetryPolicy(attempts=8, total_seconds=20.0, first_seconds=0.001, most_seconds=0.01)
FAULTS = ("hang up", "swallow", "cut", "busy", "late", "many", "garbled")
"""hang up: the request is not passed on. swallow: it is, and its answer lost. cut: half of the answer comes. busy: 503,
not passed on. late: passed on, then 504 in a proxy's own words. many: 429, not passed on. garbled: passed on, and
answered with what is no HTTP."""


class FlakyProxy(ThreadingHTTPServer):
    """Passes requests on to `port`, after it has used up its `faults`, one for each request."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = port
        self.faults: deque[str] = deque()
        self.seen: list[str] = []
        self.retry_after = "0"
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news here."""


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """A real `recirc serve`, until the end of the `with`."""
    server = Server(folder)
    server.start()
    try:
        server.wait()
        yield server
    finally:
        server.stop()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FlakyProxy

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fault = self.server.faults.popleft() if self.server.faults else ""
        self.server.seen.append(fault or "passed on")
        if fault == "hang up":
            return self._hang_up()
        if fault in ("busy", "many"):
            return self._say({"busy": 503, "many": 429}[fault], b"", {"Retry-After": self.server.retry_after})
        if fault == "page":
            return self._say(200, b"<h1>Welcome to the hotel's network</h1>", {"Content-Type": "text/html"})
        if fault == "moved":
            return self._say(301, b"", {"Location": "https://elsewhere.example/"})
        status, answer, kind = self._pass_on(body)
        if fault == "late":
            return self._say(504, b"<h1>Gateway Time-out</h1>", {"Content-Type": "text/html"})
        if fault == "swallow":
            return self._hang_up()
        if fault == "garbled":
            self.wfile.write(b"\x00\xff nothing that anybody can read\r\n\r\n")
            return self._hang_up()
        self._say(status, answer, {"Content-Type": kind}, cut=fault == "cut")
        return None

    do_GET = do_POST = do_DELETE = _handle  # noqa: N815 - the names that http.server looks for

    def _pass_on(self, body: bytes) -> tuple[int, bytes, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.upstream, timeout=10)
        try:
            headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            connection.request(self.command, self.path, body or None, headers)
            answer = connection.getresponse()
            return answer.status, answer.read(), answer.headers.get("Content-Type", "")
        finally:
            connection.close()

    def _say(self, status: int, body: bytes, headers: dict[str, str], cut: bool = False) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if cut else body)
        if cut:
            self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)
