"""What comes from sound servers and from servers that are not."""

import contextlib
import gzip
import socket
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from fetching_servers import HURRIED, Handler, Names, ReceivedRequest, raw, reply, serving
from msgspec.structs import replace

from recirc.settings import SourcesSettings
from recirc.sources.fetching import Fetcher
from recirc.sources.fetching.decompression import PIECE, Decompressor
from recirc.sources.fetching.errors import TransportError
from recirc.sources.fetching.response_headers import links, media_type, retry_after_seconds, validator
from recirc.sources.source import FetchError, FetchResponse

Send = Callable[[bytes], object]


def fetched(handler: Handler, settings: SourcesSettings = HURRIED) -> FetchResponse:
    with serving({"/": handler}) as server, Fetcher(settings, resolve=Names()) as fetch:
        return fetch(server.url())


def refused(handler: Handler, settings: SourcesSettings = HURRIED) -> FetchError:
    with pytest.raises(FetchError) as error:
        fetched(handler, settings)
    return error.value


def test_an_answer_says_what_the_server_said() -> None:
    handler = reply(
        b"<rss/>",
        Content_Type="Application/RSS+xml; charset=ISO-8859-1",
        ETag='W/"1"',
        Last_Modified="Sun, 22 Nov 2026 01:00:00 GMT",
        Link='</hub>; rel="hub", <https://b.test/p/2>; rel=next',
    )
    with serving({"/feed?a=1": handler}) as server, Fetcher(HURRIED, resolve=Names()) as fetch:
        answer = fetch(server.url("/feed?a=1#part"))
        assert answer == FetchResponse(
            url=server.url("/feed?a=1"),
            status=200,
            media_type="application/rss+xml",
            charset="iso-8859-1",
            body=b"<rss/>",
            etag='W/"1"',
            last_modified="Sun, 22 Nov 2026 01:00:00 GMT",
            links={"hub": server.url("/hub"), "next": "https://b.test/p/2"},
        )
        asked = server.asked[0].headers
    assert asked["host"] == f"a.test:{server.port}"
    assert asked["user-agent"] == HURRIED.agent
    assert asked["accept-encoding"] == "gzip, deflate"
    assert "cookie" not in asked
    assert "if-none-match" not in asked


def test_what_has_not_changed_is_not_sent_again() -> None:
    def handler(asked: ReceivedRequest, send: Send) -> None:
        same = asked.headers.get("if-none-match") == '"7"' and "if-modified-since" in asked.headers
        send(b"HTTP/1.1 304 Not Modified\r\n\r\n" if same else b'HTTP/1.1 200 OK\r\nETag: "7"\r\n\r\nnew')

    with serving({"/": handler}) as server, Fetcher(HURRIED, resolve=Names()) as fetch:
        first = fetch(server.url())
        again = fetch(server.url(), etag=first.etag, last_modified="Sun, 22 Nov 2026 01:00:00 GMT")
    assert (first.status, first.body) == (200, b"new")
    assert (again.status, again.body) == (304, b"")


def test_cookies_are_not_kept() -> None:
    with (
        serving({"/": reply(b"yes", Set_Cookie="reader=1; Path=/")}) as server,
        Fetcher(HURRIED, resolve=Names()) as fetch,
    ):
        fetch(server.url())
        fetch(server.url())
    assert all("cookie" not in asked.headers for asked in server.asked)


def test_not_modified_without_an_earlier_copy_is_an_error() -> None:
    assert "304" in str(refused(raw(b"HTTP/1.1 304 Not Modified\r\n\r\n")))


@pytest.mark.parametrize(
    ("status", "retry_after", "wait", "gone", "words"),
    [
        ("404 Not Found", None, None, True, "is the address right?"),
        ("410 Gone", None, None, True, "gone for good"),
        ("403 Nope", None, None, False, "403 Forbidden: it refuses programs"),
        ("418 x", None, None, False, "418"),
        ("500 x", None, None, False, "500 Internal Server Error: the server is in trouble"),
        ("599 x", "120", None, False, "599"),
        ("503 x", "120", 120.0, False, "503"),
        ("429 x", "Sun, 22 Nov 2026 01:00:00 GMT", 3600.0, False, "asked too often"),
        ("429 x", "Sat, 21 Nov 2026 01:00:00 GMT", 0.0, False, "asked too often"),
        ("429 x", "99999999999", 86_400.0, False, "asked too often"),
        ("429 x", "soon", None, False, "asked too often"),
    ],
)
def test_what_a_status_means(
    status: str, retry_after: str | None, wait: float | None, gone: bool, words: str
) -> None:
    handler = reply(status=status, Retry_After=retry_after) if retry_after else reply(status=status)
    with (
        serving({"/": handler}) as server,
        Fetcher(HURRIED, resolve=Names(), now=lambda: datetime(2026, 11, 22, tzinfo=UTC)) as fetch,
        pytest.raises(FetchError) as error,
    ):
        fetch(server.url())
    assert error.value.url == server.url()
    assert (error.value.wait_seconds, error.value.gone) == (wait, gone)
    assert words in str(error.value)


def test_a_server_that_asked_for_patience_is_left_alone() -> None:
    clock = [0.0]
    with (
        serving({"/": reply(status="429 x", Retry_After="60"), "/other": reply(b"yes")}) as server,
        Fetcher(HURRIED, resolve=Names(), clock=lambda: clock[0]) as fetch,
    ):
        with pytest.raises(FetchError):
            fetch(server.url())
        clock[0] = 20.0
        with pytest.raises(FetchError, match="the next is sent in 40 s") as error:
            fetch(server.url("/other"))
        assert error.value.wait_seconds == 40.0
        assert fetch(server.url("/other", host="b.test")).body == b"yes"
        clock[0] = 61.0
        assert fetch(server.url("/other")).body == b"yes"
    assert server.paths() == ["/", "/other", "/other"]


def drip(asked: ReceivedRequest, send: Send) -> None:
    send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not asked.leave.wait(0.05):
        send(b"x")


def drip_of_headers(asked: ReceivedRequest, send: Send) -> None:
    send(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while not asked.leave.wait(0.05):
        send(b"x")


def endless_hints(asked: ReceivedRequest, send: Send) -> None:
    while not asked.leave.wait(0.001):
        send(b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n" * 10)


def silence(asked: ReceivedRequest, _send: Send) -> None:
    asked.leave.wait(10)


@pytest.mark.parametrize("handler", [drip, drip_of_headers, endless_hints, silence])
def test_the_whole_request_ends_in_time(handler: Handler) -> None:
    began = time.monotonic()
    error = refused(handler, replace(HURRIED, timeout_seconds=0.4))
    assert "took longer than the 0.4 s" in str(error)
    assert 0.3 < time.monotonic() - began < 4


def test_a_secure_connection_that_comes_by_the_byte_ends_in_time() -> None:
    leave = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):
                connection.sendall(b"\x16\x03\x03\x40\x00")  # a record of 16,384 bytes begins
                while not leave.wait(0.05):
                    connection.sendall(b"\x02")

        thread = threading.Thread(target=greet)
        thread.start()
        began = time.monotonic()
        with (
            Fetcher(replace(HURRIED, timeout_seconds=0.4), resolve=Names()) as fetch,
            pytest.raises(FetchError, match=r"took longer than the 0\.4 s"),
        ):
            fetch(f"https://a.test:{listener.getsockname()[1]}/")
        assert time.monotonic() - began < 4
        leave.set()
        thread.join(3)


def tiny_chunks(asked: ReceivedRequest, send: Send) -> None:
    send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not asked.leave.is_set():
        send(b"1\r\nx\r\n" * 1000)


def empty_members(asked: ReceivedRequest, send: Send) -> None:
    send(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n")
    nothing = gzip.compress(b"") * 1000
    while not asked.leave.is_set():
        send(nothing)


@pytest.mark.parametrize("handler", [tiny_chunks, empty_members])
def test_much_work_for_little_ends_in_time(handler: Handler) -> None:
    began = time.monotonic()
    refused(handler, replace(HURRIED, timeout_seconds=0.4, most_bytes=20_000_000))
    assert time.monotonic() - began < 4


def endless(asked: ReceivedRequest, send: Send) -> None:
    send(b"HTTP/1.1 200 OK\r\n\r\n")
    while not asked.leave.is_set():
        send(b"x" * 65_536)


def endless_chunks(asked: ReceivedRequest, send: Send) -> None:
    send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not asked.leave.is_set():
        send(b"10000\r\n" + b"x" * 65_536 + b"\r\n")


@pytest.mark.parametrize("handler", [endless, endless_chunks, reply(b"", Content_Length="52428800")])
def test_an_answer_that_is_too_large_is_not_read_to_its_end(handler: Handler) -> None:
    error = refused(handler, replace(HURRIED, most_bytes=1_000_000))
    assert "larger than 1,000,000 bytes" in str(error)


def test_endless_headers_end() -> None:
    def handler(asked: ReceivedRequest, send: Send) -> None:
        send(b"HTTP/1.1 200 OK\r\n")
        while not asked.leave.is_set():
            send(b"X-More: and more\r\n" * 1000)

    assert "not sound HTTP" in str(refused(handler))


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "deflate", "raw deflate"])
def test_packed_answers_are_unpacked(encoding: str) -> None:
    body = b"the same again " * 50_000
    if encoding == "raw deflate":
        packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        packed = packer.compress(body) + packer.flush()
    else:
        packed = zlib.compress(body) if encoding == "deflate" else gzip.compress(body)
    name = encoding.removeprefix("raw ")
    assert fetched(reply(packed, Content_Encoding=name)).body == body


def test_a_bomb_takes_no_more_memory_than_its_bound() -> None:
    packer = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
    zeros = bytes(1_000_000)
    bomb = b"".join(packer.compress(zeros) for _ in range(200)) + packer.flush()
    assert len(bomb) < 250_000
    tracemalloc.start()
    try:
        error = refused(reply(bomb, Content_Encoding="gzip"), replace(HURRIED, most_bytes=1_000_000))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert "larger than 1,000,000 bytes" in str(error)
    assert peak < 4_000_000


@pytest.mark.parametrize(
    ("handler", "words"),
    [
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"), "breaks off"),
        (raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n"), "breaks off"),
        (raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nshort\r\n"), "not sound HTTP"),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nshort"), "not sound HTTP"),
        (raw(b"SSH-2.0-OpenSSH_9.6\r\n"), "not sound HTTP"),
        (raw(), "breaks off"),
        (reply(gzip.compress(b"text" * 100)[:-12], Content_Encoding="gzip"), "breaks off"),
    ],
)
def test_what_is_broken_is_said_to_be(handler: Handler, words: str) -> None:
    assert words in str(refused(handler))


def test_what_follows_after_the_announced_length_is_left() -> None:
    assert fetched(raw(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlonger than said")).body == b"long"


def test_close_ends_what_is_under_way() -> None:
    errors: list[FetchError] = []
    with serving({"/": silence}) as server:
        fetch = Fetcher(replace(HURRIED, timeout_seconds=30.0), resolve=Names())

        def ask() -> None:
            try:
                fetch(server.url())
            except FetchError as error:
                errors.append(error)

        threads = [threading.Thread(target=ask) for _ in range(2)]  # the second waits for its turn
        for thread in threads:
            thread.start()
        while not server.asked:
            time.sleep(0.01)  # until the first request is there
        fetch.close()
        for thread in threads:
            thread.join(3)
            assert not thread.is_alive()
    assert len(errors) == 2
    assert all("Recirc stops" in str(error) for error in errors)
    assert len(server.asked) == 1


def test_close_does_not_pass_for_the_end_of_an_answer() -> None:
    def handler(asked: ReceivedRequest, send: Send) -> None:
        send(b"HTTP/1.1 200 OK\r\n\r\nhalf")
        asked.leave.wait(10)

    with serving({"/": handler}) as server:
        fetch = Fetcher(HURRIED, resolve=Names())
        threading.Timer(0.2, fetch.close).start()
        with pytest.raises(FetchError, match="Recirc stops"):
            fetch(server.url())
    with pytest.raises(FetchError, match="Recirc stops"):
        fetch(server.url())


def unpacked(encoding: str, parts: list[bytes]) -> bytes:
    decompressor = Decompressor(encoding)
    pieces = [piece for part in parts for piece in decompressor.pieces(part)]
    decompressor.end()
    assert max(map(len, pieces), default=0) <= PIECE
    return b"".join(pieces)


def test_unpacking_does_not_depend_on_where_the_parts_are_cut() -> None:
    body = bytes(range(256)) * 1000
    packed = gzip.compress(body) + gzip.compress(b"second") + b"\0\0padding"
    for step in (1, 7, 1000, len(packed)):
        parts = [packed[start : start + step] for start in range(0, len(packed), step)]
        assert unpacked("gzip", parts) == body + b"second"


def test_unpacking_leaves_nothing_behind_at_the_edge_of_a_piece() -> None:
    for size in (PIECE - 1, PIECE, PIECE + 1, 2 * PIECE):
        assert unpacked("gzip", [gzip.compress(bytes(size))]) == bytes(size)
        packer = zlib.compressobj(
            wbits=-zlib.MAX_WBITS
        )  # without a sum at the end that keeps the reader going
        bare = packer.compress(bytes(size)) + packer.flush()
        for cut in range(1, len(bare)):
            assert unpacked("deflate", [bare[:cut], bare[cut:]]) == bytes(size)


def test_packed_data_that_never_began_is_empty() -> None:
    assert unpacked("gzip", []) == b""


def test_packed_data_that_breaks_off_is_refused() -> None:
    with pytest.raises(TransportError, match="breaks off"):
        unpacked("deflate", [zlib.compress(b"text" * 100)[:-5]])


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("", ("", None)),
        ("text/html", ("text/html", None)),
        ("text/xml;charset='utf-8'", ("text/xml", "utf-8")),
        ("nonsense; charset=", ("", None)),
    ],
)
def test_media_types(header: str, said: tuple[str, str | None]) -> None:
    assert media_type(header) == said


def test_links_of_hostile_headers_are_read_in_time() -> None:
    began = time.monotonic()
    for header in ("<" * 100_000, "<a>; " * 20_000, "<a>" + "; rel" * 20_000, "<a>;" + " " * 100_000):
        links(header, lambda address: address)
    assert time.monotonic() - began < 4


def test_validators_that_cannot_be_sent_back_are_forgotten() -> None:
    assert validator('"ok"') == '"ok"'
    for value in ("a\r\nX: y", "é", "", "x" * 2000, None):
        assert validator(value) is None


def test_patience_without_a_zone_is_in_utc() -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    assert retry_after_seconds("Sun, 22 Nov 2026 00:10:00 -0000", now) == 600.0
