"""No request ever goes to an address that must not be asked."""

import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from fetching_servers import HURRIED, Handler, Names, Server, reply, serving
from msgspec.structs import replace

from recirc.settings import SourcesSettings
from recirc.sources.fetching import Fetcher
from recirc.sources.fetching.addresses import non_public_reason, system_addresses
from recirc.sources.source import FetchError

STRICT = replace(HURRIED, private_hosts=())


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",  # where clouds keep their secrets
        "172.16.0.1",
        "192.0.0.1",
        "192.0.2.1",
        "192.168.0.1",
        "198.18.0.1",
        "203.0.113.9",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",  # of the old "IPv4-compatible" kind
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::8.8.8.8",  # NAT64 of somebody's own network
        "100::1",
        "2001::1",  # Teredo
        "2001:db8::1",
        "2002:7f00:1::1",  # 6to4 of 127.0.0.1
        "2002:c0a8:1::1",
        "2606:4700::5efe:10.0.0.1",  # ISATAP
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "not an address",
    ],
)
def test_closed_addresses(address: str) -> None:
    assert non_public_reason(address)


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "151.101.1.6",
        "2606:4700::1111",
        "2a00:1450:4001::200e",
        "::ffff:1.1.1.1",
        "64:ff9b::1.1.1.1",
    ],
)
def test_open_addresses(address: str) -> None:
    assert non_public_reason(address) is None


@pytest.fixture
def server() -> Iterator[Server]:
    with serving({"/": reply(b"secret")}) as found:
        yield found


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "0177.0.0.1", "127.1"],
)
def test_this_machine_is_not_asked_under_any_of_its_names(server: Server, host: str) -> None:
    with Fetcher(STRICT, resolve=system_addresses) as fetch, pytest.raises(FetchError):
        fetch(server.url(host=host))
    assert not server.asked


def test_a_refusal_says_what_to_do(server: Server) -> None:
    with Fetcher(STRICT, resolve=Names()) as fetch, pytest.raises(FetchError) as error:
        fetch(server.url())
    assert str(error.value) == (
        f'{server.url()}: "a.test" has the address 127.0.0.1, which is loopback and never requested; '
        'if the server is yours, name "a.test" in sources.private_hosts'
    )


@pytest.mark.parametrize(
    ("named", "asked"),
    [
        ("A.test.", "a.test"),
        ("a.test", "a.test."),
        ("127.0.0.1", "127.0.0.1"),
        ("bücher.test", "xn--bcher-kva.test"),
        ("xn--bcher-kva.test", "bücher.test"),
    ],
)
def test_a_host_of_ones_own_is_asked_when_the_settings_name_it(
    server: Server, named: str, asked: str
) -> None:
    with Fetcher(replace(STRICT, private_hosts=(named,)), resolve=Names()) as fetch:
        assert fetch(server.url(host=asked)).body == b"secret"


@pytest.mark.parametrize(
    ("named", "asked", "works"),
    [
        ("a.test:{port}", "http://a.test:{port}/", True),
        ("A.test.:{port}", "http://a.test:{port}/", True),
        ("127.0.0.1:{port}", "http://127.0.0.1:{port}/", True),
        ("a.test:80", "http://a.test:{port}/", False),
        ("a.test:1", "http://a.test:{port}/", False),
    ],
)
def test_a_private_host_may_be_named_with_its_port(
    server: Server, named: str, asked: str, works: bool
) -> None:
    settings = replace(STRICT, private_hosts=(named.format(port=server.port),))
    with Fetcher(settings, resolve=Names()) as fetch:
        if works:
            assert fetch(asked.format(port=server.port)).body == b"secret"
        else:
            with pytest.raises(FetchError, match="loopback"):
                fetch(asked.format(port=server.port))
    assert len(server.asked) == works


@pytest.mark.parametrize("source", ["http://b.test/feed", "http://1.1.1.1/feed", "/srv/in", "http://[half/"])
def test_a_private_host_is_asked_for_no_source_of_elsewhere(server: Server, source: str) -> None:
    with Fetcher(replace(HURRIED, robots=True), resolve=Names()) as fetch:
        with pytest.raises(FetchError, match="only for sources on the same host") as error:
            fetch.for_source(source)(server.url())
        assert error.value.cause == "denied"
        assert not server.asked
        # Nor does that hinder the source that stands there.
        assert fetch.for_source(server.url("/feed"))(server.url()).body == b"secret"


def test_a_private_host_is_asked_at_no_port_but_the_sources_where_ports_are_named(server: Server) -> None:
    named = (f"a.test:{server.port}", "a.test:1")
    with Fetcher(replace(STRICT, private_hosts=named), resolve=Names()) as fetch:
        with pytest.raises(FetchError, match="only for sources on the same host"):
            fetch.for_source("http://a.test:1/feed")(server.url())
        assert fetch.for_source(server.url("/feed"))(server.url()).body == b"secret"
    assert len(server.asked) == 1


def test_no_redirect_leads_from_one_private_host_to_another(server: Server) -> None:
    to = server.url(host="b.test")
    with serving({"/": moved(to), "/robots.txt": moved(to)}) as elsewhere:
        for robots in (False, True):
            with (
                Fetcher(replace(HURRIED, robots=robots), resolve=Names()) as fetch,
                pytest.raises(FetchError, match="only for sources on the same host"),
            ):
                fetch(elsewhere.url())
    assert not server.asked


def test_that_one_host_is_named_opens_no_other(server: Server) -> None:
    with Fetcher(HURRIED, resolve=Names()) as fetch, pytest.raises(FetchError, match="loopback"):
        fetch(server.url(host="c.test"))


def test_one_closed_address_among_open_ones_is_enough(server: Server) -> None:
    names = Names(mixed_test=("1.1.1.1", "127.0.0.1"))
    with Fetcher(STRICT, resolve=names) as fetch, pytest.raises(FetchError, match="loopback"):
        fetch(server.url(host="mixed.test"))


def test_the_address_that_was_looked_at_is_the_one_connected_to(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A resolver that names an open address first and this machine ever after."""
    answers = iter([("1.1.1.1",)])
    connected: list[object] = []

    def resolve(_host: str, _port: int) -> Sequence[str]:
        return next(answers, ("127.0.0.1",))

    def connect(address: object, *_: object, **__: object) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    with Fetcher(STRICT, resolve=resolve) as fetch:
        with pytest.raises(FetchError, match="connection refused"):
            fetch(server.url(host="rebinding.test"))
        with pytest.raises(FetchError, match="loopback"):
            fetch(server.url(host="rebinding.test"))
    assert connected == [("1.1.1.1", server.port)]
    assert not server.asked


def test_a_host_is_resolved_once_for_a_request(server: Server) -> None:
    names = Names()
    with Fetcher(HURRIED, resolve=names) as fetch:
        fetch(server.url())
    assert names.asked == ["a.test"]


def test_proxies_of_the_environment_are_not_used(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with Fetcher(HURRIED, resolve=Names()) as fetch:
        assert fetch(server.url()).body == b"secret"


def test_an_address_that_does_not_answer_is_not_the_last(server: Server) -> None:
    names = Names(a_test=("127.0.0.2", "127.0.0.1"))  # the server listens on 127.0.0.1 only
    with Fetcher(HURRIED, resolve=names) as fetch:
        assert fetch(server.url()).body == b"secret"


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("ftp://a.test/x", 'only http and https addresses are fetched, not "ftp"'),
        ("file:///etc/passwd", 'not "file"'),
        ("a.test/feed", 'not "a.test/feed"'),
        ("http:///feed", "names no host"),
        ("http://user:secret@a.test/", "user name or password"),
        ("http://a.test:99999/", "no port 99999"),
        ("http://a.test:x/", "is not an address"),
        ("http://a.test/\r\nX: y", "is not an address"),
        ("http://[::1/", ""),
        ("http://a.test/" + "x" * 5000, "5,014 characters"),
        ("http://missing.test/", 'no address is found for the host "missing.test"'),
        ("http://" + "x" * 70 + ".test/\ud800", ""),
    ],
)
def test_what_is_not_an_address_is_not_fetched(address: str, words: str) -> None:
    with Fetcher(STRICT, resolve=Names()) as fetch, pytest.raises(FetchError) as error:
        fetch(address)
    assert words in str(error.value)


def test_a_resolver_that_never_answers_is_left_in_time() -> None:
    leave = threading.Event()

    def resolve(_host: str, _port: int) -> Sequence[str]:
        leave.wait(10)
        return ("127.0.0.1",)

    began = time.monotonic()
    with (
        Fetcher(replace(HURRIED, timeout_seconds=0.3), resolve=resolve) as fetch,
        pytest.raises(FetchError, match=r"took longer than the 0\.3 s"),
    ):
        fetch("http://a.test/")
    assert time.monotonic() - began < 5
    leave.set()


def test_a_port_on_which_nothing_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with Fetcher(HURRIED, resolve=Names()) as fetch, pytest.raises(FetchError, match="connection refused"):
        fetch(f"http://a.test:{port}/")


def moved(to: str, status: str = "302 Found") -> Handler:
    return reply(status=status, Location=to)


@pytest.mark.parametrize("status", ["301 x", "302 x", "303 x", "307 x", "308 x"])
def test_redirects_are_followed(status: str) -> None:
    routes = {"/": moved("/there?x=1#part", status), "/there?x=1": reply(b"arrived")}
    with serving(routes) as server, Fetcher(HURRIED, resolve=Names()) as fetch:
        answer = fetch(server.url(), etag='"1"')
    assert (answer.url, answer.body) == (server.url("/there?x=1"), b"arrived")


def test_redirects_in_a_circle_are_noticed() -> None:
    routes = {"/": moved("/a"), "/a": moved("/b#x"), "/b": moved("/a")}
    with (
        serving(routes) as server,
        Fetcher(HURRIED, resolve=Names()) as fetch,
        pytest.raises(FetchError, match="redirects in a circle") as error,
    ):
        fetch(server.url())
    assert f"{server.url('/a')} → {server.url('/b')} → {server.url('/a')}" in str(error.value)
    assert server.paths() == ["/", "/a", "/b"]


def test_redirects_are_bounded() -> None:
    routes = {"/": moved("/1"), **{f"/{n}": moved(f"/{n + 1}") for n in range(1, 30)}}
    with (
        serving(routes) as server,
        Fetcher(HURRIED, resolve=Names()) as fetch,
        pytest.raises(FetchError, match="redirects more than 5 times"),
    ):
        fetch(server.url())
    assert len(server.asked) == 6


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("http://192.168.0.1/admin", "redirected to http://192.168.0.1/admin:"),
        ("http://c.test/", 'name "c.test" in sources.private_hosts'),
        ("//[::1]/", "loopback"),
        ("file:///etc/passwd", 'not "file"'),
        ("gopher://a.test/", 'not "gopher"'),
        ("http://user@b.test/", "user name"),
        ("http://a.test:0/", "no port"),
        ("http://[::1/", "no address"),
        ("", "without saying where to"),
    ],
)
def test_a_redirect_is_looked_at_like_a_new_address(to: str, words: str) -> None:
    with (
        serving({"/": moved(to)}) as server,
        Fetcher(HURRIED, resolve=Names()) as fetch,
        pytest.raises(FetchError) as error,
    ):
        fetch(server.url())
    assert words in str(error.value)
    assert error.value.url == server.url()


def test_the_time_of_redirects_adds_up() -> None:
    def slowly(to: str) -> Handler:
        return lambda asked, send: (asked.leave.wait(0.2), moved(to)(asked, send))

    routes = {"/": slowly("/1"), **{f"/{n}": slowly(f"/{n + 1}") for n in range(1, 10)}}
    settings = replace(HURRIED, timeout_seconds=0.5, most_redirects=20)
    with (
        serving(routes) as server,
        Fetcher(settings, resolve=Names()) as fetch,
        pytest.raises(FetchError, match="took longer"),
    ):
        fetch(server.url())
    assert len(server.asked) < 5


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for a.test, signed by itself."""
    file = tmp_path_factory.mktemp("tls") / "a.pem"
    request = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=a.test"
    extension = ["-addext", "subjectAltName=DNS:a.test"]
    files = ["-keyout", str(file), "-out", str(file.with_suffix(".crt"))]
    subprocess.run(["openssl", *request.split(), *extension, *files], check=True, capture_output=True)
    with file.open("a") as both:
        both.write(file.with_suffix(".crt").read_text())
    return file


def https(certificate: Path, settings: SourcesSettings, host: str, *, trusted: bool) -> bytes:
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(certificate)
    theirs = ssl.create_default_context(cafile=str(certificate.with_suffix(".crt"))) if trusted else None
    with (
        serving({"/": reply(b"sealed")}, ours) as server,
        Fetcher(settings, resolve=Names(), tls=theirs) as fetch,
    ):
        return fetch(server.url(host=host, scheme="https")).body


def test_a_certificate_is_checked_for_the_name_of_the_host(certificate: Path) -> None:
    assert https(certificate, HURRIED, "a.test", trusted=True) == b"sealed"
    with pytest.raises(FetchError, match="its certificate does not hold: Hostname mismatch"):
        https(certificate, HURRIED, "b.test", trusted=True)


def test_a_certificate_that_nobody_vouches_for_does_not_hold(certificate: Path) -> None:
    with pytest.raises(FetchError, match=r"its certificate does not hold: self.signed certificate"):
        https(certificate, HURRIED, "a.test", trusted=False)


def test_https_where_http_is_spoken(server: Server) -> None:
    with Fetcher(HURRIED, resolve=Names()) as fetch, pytest.raises(FetchError, match="no secure connection"):
        fetch(server.url(scheme="https"))
