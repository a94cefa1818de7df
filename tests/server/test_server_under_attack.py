"""A real server while it is attacked: others must be served."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from served import Server

READER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
PATIENCE = 15.0
"""Seconds for a request that takes milliseconds on an idle machine, and took 40 while costly ones held it up."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {
        "RECIRC_SERVER__IDLE_SECONDS": "3",
        "RECIRC_SERVER__BODY_SECONDS": "4",
        "RECIRC_INTAKE__REQUESTS_PER_MINUTE": "1000000",  # all come from one address here
    }
    server = Server(tmp_path_factory.mktemp("attacked"), settings=settings)
    server.start()
    server.wait()
    words = ["strike", "street", "strand", "ferry", "ferries", "harbour", "hard", "hall"]
    articles = [
        {
            "id": f"a-{n}",
            "headline": f"{words[n % 8]} {n}",
            "body": " ".join(words * (1 + n % 5)),
            "section": "town",
        }
        for n in range(300)
    ]
    server.post("/v1/articles", articles)
    yield server
    server.stop()


def request(
    server: Server, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None
) -> tuple[int, bytes, float]:
    began = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    try:
        connection.request(method, path, body, READER | (headers or {}))
        response = connection.getresponse()
        return response.status, response.read(), time.monotonic() - began
    finally:
        connection.close()


def raw(server: Server, sent: bytes, timeout: float = 20.0) -> bytes:
    """Everything that the server answers until it closes the connection."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=timeout) as connection:
        connection.sendall(sent)
        answered = b""
        while part := connection.recv(65_536):
            answered += part
        return answered


def assert_served(server: Server) -> None:
    """Shelves, an event with the key and one of a reader are answered soon."""
    event = json.dumps({"kind": "view", "article": "a-1"})
    kind = {"Content-Type": "application/json"}
    keyed = kind | {"Authorization": f"Bearer {server.key}"}
    for status, method, path, body, headers in (
        (200, "GET", "/v1/shelves?article=a-1", None, {"Origin": "https://paper.example"}),
        (202, "POST", "/v1/events", event, keyed),
        (202, "POST", "/v1/events", event, kind),
        (200, "GET", "/healthz", None, {}),
    ):
        answered, text, seconds = request(server, method, path, body, headers)
        assert answered == status, text
        assert seconds < PATIENCE, (method, path)


SLOW_HEADS = {
    "a length": b"Content-Length: 60000\r\n\r\n[",
    "chunks": b"Transfer-Encoding: chunked\r\n\r\n1\r\n[\r\n",
    "nothing of it": b"Content-Length: 7\r\n\r\n",
}


@pytest.mark.parametrize("head", SLOW_HEADS.values(), ids=SLOW_HEADS)
@pytest.mark.parametrize("path", ["/v1/shelves", "/v1/events"])
def test_slow_bodies_do_not_keep_others_out_and_are_ended(server: Server, path: str, head: bytes) -> None:
    start = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n".encode()
    connections = []
    try:
        for _ in range(400):
            connections.append(socket.create_connection(("127.0.0.1", server.port), timeout=20))
            connections[-1].sendall(start + head)
        assert_served(server)
        for connection in connections:
            answer = b""
            try:
                while part := connection.recv(65_536):
                    answer += part
            except ConnectionResetError:
                answer = b""
            assert not answer or answer.startswith(b"HTTP/1.1 408 "), answer
    finally:
        for connection in connections:
            connection.close()


@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\nX-"])
def test_connections_without_a_whole_request_are_closed(server: Server, sent: bytes) -> None:
    began = time.monotonic()
    assert not raw(server, sent)
    assert time.monotonic() - began > 2


def _closed(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return connection.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False


def test_the_oldest_connections_of_an_address_are_closed_and_others_stay(server: Server) -> None:
    other = socket.create_connection(("127.0.0.1", server.port), timeout=20, source_address=("127.0.0.9", 0))
    with other:
        many = [socket.create_connection(("127.0.0.1", server.port), timeout=20) for _ in range(320)]
        give_up = time.monotonic() + 60  # the server counts connections once a second
        while sum(_closed(connection) for connection in many[:64]) < 60:
            assert time.monotonic() < give_up
            time.sleep(0.1)
        closed = [_closed(connection) for connection in many]
        for connection in many:
            connection.close()
        assert sum(closed) <= 70
        other.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert other.recv(100).startswith(b"HTTP/1.1 200 ")


LETTERS = "abcdefghilmn"
COSTLY = {
    "letters": "+".join(f"{letter}*" for letter in LETTERS),
    "two letters": "+".join(f"{letter}{letter}*" for letter in LETTERS),
    "left out": "the+" + "+".join(f"-{letter}*" for letter in LETTERS),
    "phrases": "+".join(f"%22the+{letter}*%22" for letter in LETTERS),
    "three letters": "+".join(("str*", "har*", "fer*", "hal*", "stre*", "harb*", "ferr*")),
    "Greek": "+".join(f"%CE%{number:X}*" for number in range(0xB1, 0xBD)),
    "accents": "+".join(f"{letter}%CC%81%CC%81*" for letter in LETTERS),
}


@pytest.mark.parametrize("query", COSTLY.values(), ids=COSTLY)
def test_costly_searches_that_nobody_waits_for_hold_up_nobody(server: Server, query: str) -> None:
    for _ in range(16):
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
            connection.sendall(f"GET /search?q={query} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert_served(server)
    time.sleep(1.5)
    status, _, seconds = request(server, "GET", f"/search?q={query}")
    assert status == 200
    assert seconds < PATIENCE


def test_missing_pages_hold_up_nobody(server: Server) -> None:
    stop = threading.Event()

    def ask(number: int) -> None:
        count = 0
        while not stop.is_set():
            count += 1
            status, _, _ = request(server, "GET", f"/{number}/{count}/strike-ferry-harbour-street.html")
            assert status == 404

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    try:
        time.sleep(0.5)
        assert_served(server)
    finally:
        stop.set()
        for thread in threads:
            thread.join()


HOSTILE = {
    "unknown parameters": "/v1/shelves?" + "&".join(f"{n:x}" for n in range(13_673)),
    "unknown parameters of a page": "/search?" + "&".join(f"{n:x}=" for n in range(13_000)),
    "a hundred unknown ones": "/v1/shelves?" + "&".join(f"p{n}" for n in range(199)),
    "a long name": "/v1/shelves?" + "n" * 60_000,
    "a long value": "/v1/shelves?window=" + "n" * 60_000,
    "a long id": "/v1/articles?id=" + "n" * 60_000,
    "a long path": "/v1/articles/" + "n" * 60_000,
    "a long page": "/article/" + "%22" * 20_000,
    "a long section": "/section/" + "n" * 60_000,
    "a path with a slash at its end": "/" + "|" * 60_000 + "/",
    "commas": "/v1/shelves?history=" + "," * 30_000 + "a,b" * 5_000,
    "a long page number": "/search?q=a&page=" + "9" * 60_000,
}


@pytest.mark.parametrize("path", HOSTILE.values(), ids=HOSTILE)
def test_an_error_does_not_grow_with_the_request(server: Server, path: str) -> None:
    status, text, seconds = request(server, "GET", path)
    assert 400 <= status < 500, text[:300]
    assert len(text) < 12_000
    assert seconds < PATIENCE


BODIES: dict[str, Any] = {
    "an unknown field": {"n" * 60_000: 1},
    "a value": {"window": "n" * 60_000},
    "names of shelves": {"shelf": ["n" * 1_900] * 30},
    "unknown fields": {f"n{n}": 1 for n in range(6_000)},
    "no object": "n" * 60_000,
}


@pytest.mark.parametrize("path", ["/v1/shelves", "/v1/events", "/v1/articles", "/v1/findings"])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_an_error_does_not_grow_with_the_body(server: Server, path: str, body: Any) -> None:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {server.key}"}
    for sent in (body, [body] * 20):
        status, text, _ = request(server, "POST", path, json.dumps(sent), headers)
        assert status in (202, 400, 413), text[:300]
        assert len(text) < 12_000


def test_errors_about_headers_and_keys_are_short(server: Server) -> None:
    for headers in (
        {"Authorization": "Bearer " + "k" * 60_000},
        {"Authorization": "Bearer sk_" + "k" * 60_000},
        {"Content-Type": "k" * 60_000},
        {"Origin": "https://" + "k" * 60_000},
    ):
        status, text, _ = request(server, "POST", "/v1/events", "{}", headers)
        assert 400 <= status < 500
        assert len(text) < 2_000
    status, text, _ = request(server, "GET", "/healthz", headers={f"X-{n}": "a" for n in range(200)})
    assert status == 431
    assert not text


@pytest.mark.parametrize("path", ["/healthz", "/", "/v1/shelves", "/nothing"])
def test_two_hosts_are_refused(server: Server, path: str) -> None:
    answer = raw(
        server,
        f"GET {path} HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\nConnection: close\r\n\r\n".encode(),
    )
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 404 "))
    assert b"a.example" not in answer


def test_clients_that_hang_up_leave_no_traceback_and_no_error(server: Server) -> None:
    for start in (
        b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n[",
        b"POST /v1/shelves HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 60\r\n\r\n",
        b"POST /v1/articles HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer rk_x\r\nContent-Length: 60\r\n\r\n{",
        b"POST /v1/shelves HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        b"GET /search?q=strike HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /nothing/strike HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n" * 20,
    ):
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
                connection.sendall(start)
    assert_served(server)
    _, metrics, _ = request(server, "GET", "/metrics")
    assert b'status="500"' not in metrics
    assert "Traceback" not in server.log()
