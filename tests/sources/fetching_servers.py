"""Servers of a few lines that answer byte for byte as a test wants, and a resolver that a test plays."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import NamedTuple, TypeAlias

from recirc.settings import SourcesSettings


class ReceivedRequest(NamedTuple):
    """A request as it came."""

    path: str
    headers: dict[str, str]
    at: float  # of the monotonic clock
    leave: threading.Event  # set when the server is to be gone


Handler: TypeAlias = Callable[[ReceivedRequest, Callable[[bytes], object]], object]
"""Answers a request by sending bytes; the connection is closed when it returns."""


def reply(body: bytes = b"", status: str = "200 OK", **headers: str) -> Handler:
    """Always the same answer; in the names of headers an underscore is a hyphen."""
    written = {
        "Content-Length": str(len(body)),
        **{name.replace("_", "-"): text for name, text in headers.items()},
    }
    lines = "".join(f"{name}: {text}\r\n" for name, text in written.items())
    return lambda _asked, send: send(f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body)


def raw(*parts: bytes) -> Handler:
    """Just these bytes."""
    return lambda _asked, send: [send(part) for part in parts]


class Server:
    """A server on 127.0.0.1 with handlers by path; `asked` is what came, `most_at_once` how much of it together."""

    def __init__(self, routes: Mapping[str, Handler], tls: ssl.SSLContext | None) -> None:
        self.routes = dict(routes)
        self.asked: list[ReceivedRequest] = []
        self.most_at_once = 0
        self._tls = tls
        self._now = 0
        self._lock = threading.Lock()
        self._leave = threading.Event()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)
        self.port: int = self._listener.getsockname()[1]
        self._begin(threading.Thread(target=self._accept, daemon=True))

    def url(self, path: str = "/", host: str = "a.test", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def close(self) -> None:
        self._leave.set()
        for thread in self._threads:
            thread.join(5)
        self._listener.close()

    def _begin(self, thread: threading.Thread) -> None:
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._leave.is_set():
            with contextlib.suppress(TimeoutError):
                connection, _ = self._listener.accept()
                self._begin(threading.Thread(target=self._serve, args=(connection,), daemon=True))

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(5)
            speaker = self._tls.wrap_socket(connection, server_side=True) if self._tls else connection
            with speaker:
                head = b""
                while b"\r\n\r\n" not in head:
                    data = speaker.recv(65_536)
                    if not data:
                        return
                    head += data
                    if not b"GET ".startswith(head[:4]):
                        speaker.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                        return
                first, *lines = head.decode("latin-1").split("\r\n\r\n")[0].split("\r\n")
                headers = {name.lower(): text for name, _, text in (line.partition(": ") for line in lines)}
                asked = ReceivedRequest(first.split(" ")[1], headers, monotonic(), self._leave)
                with self._lock:
                    self.asked.append(asked)
                    self._now += 1
                    self.most_at_once = max(self.most_at_once, self._now)
                try:
                    missing = reply(status="404 Not Found")
                    self.routes.get(asked.path, missing)(asked, speaker.sendall)
                finally:
                    with self._lock:
                        self._now -= 1


@contextmanager
def serving(routes: Mapping[str, Handler], tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    server = Server(routes, tls)
    try:
        yield server
    finally:
        server.close()


class Names:
    """A resolver: every name is 127.0.0.1 unless told otherwise; `asked` counts."""

    def __init__(self, **addresses: Sequence[str]) -> None:
        self.addresses = {name.replace("_", "."): given for name, given in addresses.items()}
        self.asked: list[str] = []

    def __call__(self, host: str, _port: int) -> Sequence[str]:
        self.asked.append(host)
        if host.startswith("missing."):
            raise socket.gaierror(-2, "Name or service not known")
        return self.addresses.get(host, ("127.0.0.1",))


HURRIED = SourcesSettings(
    robots=False, delay_seconds=0.0, private_hosts=("a.test", "b.test"), timeout_seconds=5.0
)
"""Settings for tests of one thing: no robots.txt, no pause; a.test and b.test stand on this machine."""
