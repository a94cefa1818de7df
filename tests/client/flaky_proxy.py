"""A real proxy in front of a real server that fails on demand as connections and servers fail."""

import http.client
import socket
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from recirc_client import RetryPolicy
from served import Server

QUICK = RetryPolicy(attempts=8, total_seconds=20.0, first_seconds=0.001, max_seconds=0.01)
FAULTS = ("hang up", "swallow", "cut", "busy", "late", "many", "garbled")
"""hang up: the request is not passed on. swallow: it is, and the response is lost. cut: half of the response arrives.
busy: 503, not passed on. late: passed on, then 504 with a proxy's own page. many: 429, not passed on. garbled:
passed on, and the response is not HTTP."""


class FlakyProxy(ThreadingHTTPServer):
    """Passes requests on to `port`, after one fault for each of the first requests."""

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
        """Ignore clients that closed their connection."""


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """A running `recirc serve`."""
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
            return self._respond(
                {"busy": 503, "many": 429}[fault], b"", {"Retry-After": self.server.retry_after}
            )
        if fault == "page":
            return self._respond(
                200, b"<h1>Welcome to the hotel's network</h1>", {"Content-Type": "text/html"}
            )
        if fault == "moved":
            return self._respond(301, b"", {"Location": "https://elsewhere.example/"})
        status, response, kind = self._pass_on(body)
        if fault == "late":
            return self._respond(504, b"<h1>Gateway Time-out</h1>", {"Content-Type": "text/html"})
        if fault == "swallow":
            return self._hang_up()
        if fault == "garbled":
            self.wfile.write(b"\x00\xff not an HTTP response\r\n\r\n")
            return self._hang_up()
        self._respond(status, response, {"Content-Type": kind}, cut=fault == "cut")
        return None

    do_GET = do_POST = do_DELETE = _handle  # noqa: N815 - the names that http.server looks for

    def _pass_on(self, body: bytes) -> tuple[int, bytes, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.upstream, timeout=10)
        try:
            headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            connection.request(self.command, self.path, body or None, headers)
            response = connection.getresponse()
            return response.status, response.read(), response.headers.get("Content-Type", "")
        finally:
            connection.close()

    def _respond(self, status: int, body: bytes, headers: dict[str, str], cut: bool = False) -> None:
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
