"""The proxy of `recirc cluster`: whose turn it is, what is sent again, and what is passed on."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from asgi_client import AsgiClient
from recirc.demo.round_robin import RoundRobin
from served import free_port


class Machine(ThreadingHTTPServer):
    """Answers with its name, or hangs up amid each request."""

    daemon_threads = True

    def __init__(self, name: str, *, hangs_up: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.name, self.hangs_up = name, hangs_up
        self.seen: list[tuple[str, str, str | None, bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Machine

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        forwarded = self.headers.get("X-Forwarded-For")
        self.server.seen.append((self.command, self.path, forwarded, body))
        if self.server.hangs_up:
            self.close_connection = True
            return
        self.send_response(201 if body else 200)
        self.send_header("X-Name", self.server.name)
        self.send_header("X-Encoding", self.headers.get("Accept-Encoding", "none"))
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    do_POST = do_GET  # noqa: N815 - the name that http.server looks for

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the terminal."""


@contextmanager
def machines(*made: Machine) -> Iterator[RoundRobin]:
    with ExitStack() as stack:
        for each in made:
            stack.callback(each.server_close)
            stack.callback(each.shutdown)
            Thread(target=each.serve_forever, args=(0.01,), daemon=True).start()
        yield RoundRobin([each.url for each in made])


def test_each_machine_has_its_turn_and_hears_whose_request_it_is() -> None:
    one, two = Machine("one"), Machine("two")
    with machines(one, two) as proxy, AsgiClient(proxy) as client:
        names = [client.get("/a%20b?c=%26").headers["x-name"] for _ in range(4)]
        sent = client.request("POST", "/v1/articles", content=b"[]", headers={"X-Forwarded-For": "8.8.8.8"})
    assert sorted(names) == ["one", "one", "two", "two"]
    assert (sent.status_code, sent.text) == (201, "ok")
    assert one.seen[0][:2] == ("GET", "/a%20b?c=%26")
    posted = [each for each in one.seen + two.seen if each[0] == "POST"]
    assert [(path, body) for _, path, _, body in posted] == [("/v1/articles", b"[]")]
    assert posted[0][2] not in (None, "8.8.8.8"), "a client does not say whose request it is"


def test_what_only_reads_or_counts_once_goes_to_another_when_a_machine_dies_amid_it() -> None:
    dying, other = Machine("dying", hangs_up=True), Machine("other")
    with machines(dying, other) as proxy, AsgiClient(proxy) as client:
        for _ in range(4):
            assert client.get("/").headers["x-name"] == "other"
            assert client.request("POST", "/v1/events", content=b"[]").headers["x-name"] == "other"
    assert dying.seen


def test_what_may_not_be_repeated_is_sent_once() -> None:
    dying, other = Machine("dying", hangs_up=True), Machine("other")
    with machines(dying, other) as proxy, AsgiClient(proxy) as client:
        codes = [client.request("POST", "/v1/articles", content=b"[]").status_code for _ in range(4)]
    assert sorted(codes) == [201, 201, 503, 503]
    assert len(dying.seen) == len(other.seen) == 2


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_one_that_is_away_is_passed_over_and_without_any_it_is_said(method: str) -> None:
    one = Machine("one")
    with machines(one) as proxy:
        away = f"http://127.0.0.1:{free_port()}"
        proxy._machines.append(away)
        with AsgiClient(proxy) as client:
            assert [client.request(method, "/", content=b"x").status_code for _ in range(4)] == [201] * 4
    with AsgiClient(RoundRobin([away])) as client:
        answer = client.request(method, "/", content=b"x")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.text == "No machine answers just now."
