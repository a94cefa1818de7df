"""robots.txt is obeyed, and no host is asked more than one thing at a time."""

import threading
import time
from collections.abc import Callable

import pytest
from fetching_servers import HURRIED, Handler, Names, ReceivedRequest, raw, reply, serving
from msgspec.structs import replace

from recirc.sources.fetching import Fetcher
from recirc.sources.fetching.host_pacer import MAX_HOSTS, HostPacer
from recirc.sources.fetching.robots import FRESH_SECONDS, MAX_BYTES, RETRY_SECONDS, relevant
from recirc.sources.source import FetchError

OBEDIENT = replace(HURRIED, robots=True)
PAGE = reply(b"page")


def robots(text: str) -> Handler:
    return reply(text.encode(), Content_Type="text/plain")


class Time:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 6))
        self.now += seconds


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        ("User-agent: *\nDisallow: /private", "/private/a", False),
        ("User-agent: *\nDisallow: /private", "/public", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: recirc\nAllow: /", "/x", True),
        ("User-agent: *\nAllow: /\n\nUser-agent: RECIRC/2.0\nDisallow: /", "/x", False),
        ("User-agent: rec\nDisallow: /", "/x", True),
        ("User-agent: recircbot\nDisallow: /", "/x", True),
        ("User-agent: a\nUser-agent: Recirc\nUser-agent: b\nDisallow: /*.xml$", "/feed.xml", False),
        ("User-agent: a\nUser-agent: Recirc\nUser-agent: b\nDisallow: /*.xml$", "/feed.xml?full=1", True),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("user agent Recirc # us\ndisallow /", "/x", False),
        ("\ufeffUser-agent: *\nDisallow: /", "/x", False),
        ("<html>Welcome</html>", "/x", True),
        ("", "/x", True),
    ],
)
def test_robots_are_obeyed(text: str, path: str, allowed: bool) -> None:
    with (
        serving({"/robots.txt": robots(text), path: PAGE}) as server,
        Fetcher(OBEDIENT, resolve=Names()) as fetch,
    ):
        if allowed:
            assert fetch(server.url(path)).body == b"page"
        else:
            with pytest.raises(FetchError, match=r"robots\.txt does not allow Recirc to fetch this"):
                fetch(server.url(path))
        assert server.paths() == (["/robots.txt", path] if allowed else ["/robots.txt"])


@pytest.mark.parametrize(
    ("path", "source", "allowed"),
    [
        ("/ghost/api/content/posts/?key=22&page=2", "/", True),
        ("/ghost/api/content/posts/", "/", False),
        ("/ghost/story?key=22", "/", False),
        ("/ghost/feed?token=22", "/ghost/feed?token=22", True),
        ("/ghost/feed", "/ghost/feed", False),
    ],
)
def test_an_api_for_which_its_owner_gave_a_key_is_no_crawling(path: str, source: str, allowed: bool) -> None:
    with (
        serving({"/robots.txt": robots("User-agent: *\nDisallow: /ghost/"), path: PAGE}) as server,
        Fetcher(OBEDIENT, resolve=Names()) as fetch,
    ):
        own = fetch.for_source(server.url(source))
        if allowed:
            assert own(server.url(path)).status == 200
        else:
            with pytest.raises(FetchError, match=r"robots\.txt does not allow"):
                own(server.url(path))


def test_robots_can_be_switched_off() -> None:
    routes = {"/robots.txt": robots("User-agent: *\nDisallow: /"), "/": PAGE}
    with serving(routes) as server, Fetcher(HURRIED, resolve=Names()) as fetch:
        assert fetch(server.url()).body == b"page"
        assert server.paths() == ["/"]


@pytest.mark.parametrize(
    ("handler", "allowed"),
    [
        (reply(status="404 x"), True),
        (reply(status="403 x"), True),
        (reply(status="429 x"), False),
        (reply(status="500 x"), False),
        (reply(status="503 x"), False),
        (raw(), False),
        (reply(status="301 x", Location="/robots.txt"), True),  # a circle: as if there were none
        (reply(status="301 x", Location="http://10.0.0.1/robots.txt"), False),
        (reply(status="301 x", Location="/rules"), False),
    ],
)
def test_robots_that_cannot_be_had(handler: Handler, allowed: bool) -> None:
    routes = {"/robots.txt": handler, "/rules": robots("User-agent: *\nDisallow: /"), "/": PAGE}
    with serving(routes) as server, Fetcher(OBEDIENT, resolve=Names()) as fetch:
        if allowed:
            assert fetch(server.url()).body == b"page"
        else:
            with pytest.raises(FetchError, match=r"robots\.txt"):
                fetch(server.url())
            assert "/" not in server.paths()


def test_robots_are_read_once_a_day_and_served_on_while_they_are_away() -> None:
    clock = Time()
    routes = {"/robots.txt": robots("User-agent: *\nDisallow: /no"), "/": PAGE, "/no": PAGE}
    with (
        serving(routes) as server,
        Fetcher(OBEDIENT, resolve=Names(), clock=clock, sleep=clock.sleep) as fetch,
    ):
        for _ in range(3):
            fetch(server.url())
        assert server.paths().count("/robots.txt") == 1

        server.routes["/robots.txt"] = reply(status="500 x")
        clock.now += FRESH_SECONDS + 1
        fetch(server.url())
        with pytest.raises(FetchError, match="does not allow"):
            fetch(server.url("/no"))
        assert server.paths().count("/robots.txt") == 2

        server.routes["/robots.txt"] = reply(status="404 x")
        clock.now += RETRY_SECONDS + 1
        assert fetch(server.url("/no")).body == b"page"


def test_robots_that_could_not_be_read_are_tried_again() -> None:
    clock = Time()
    with (
        serving({"/robots.txt": reply(status="500 x"), "/": PAGE}) as server,
        Fetcher(OBEDIENT, resolve=Names(), clock=clock, sleep=clock.sleep) as fetch,
    ):
        for _ in range(2):
            with pytest.raises(FetchError, match="500 Internal Server Error"):
                fetch(server.url())
        assert server.paths() == ["/robots.txt"]
        server.routes["/robots.txt"] = robots("")
        clock.now += RETRY_SECONDS + 1
        assert fetch(server.url()).body == b"page"


def test_a_host_that_cannot_be_reached_is_not_blamed_for_its_robots() -> None:
    with Fetcher(OBEDIENT, resolve=Names()) as fetch:
        with pytest.raises(FetchError, match=r"^http://missing\.test/: no address is found"):
            fetch("http://missing.test/")
        with pytest.raises(FetchError, match=r'^http://c\.test/: "c\.test" has the address 127\.0\.0\.1'):
            fetch("http://c.test/")


def test_patience_asked_for_by_robots_is_passed_on() -> None:
    with (
        serving({"/robots.txt": reply(status="503 x", Retry_After="600"), "/": PAGE}) as server,
        Fetcher(OBEDIENT, resolve=Names()) as fetch,
        pytest.raises(FetchError, match="503") as error,
    ):
        fetch(server.url())
    assert error.value.wait_seconds == 600.0


def test_robots_of_where_a_redirect_leads() -> None:
    with (
        serving({"/robots.txt": robots("User-agent: *\nDisallow: /")}) as there,
        serving({"/": reply(status="302 x", Location=there.url("/x"))}) as server,
        Fetcher(OBEDIENT, resolve=Names()) as fetch,
        pytest.raises(FetchError, match=r"redirected to .*does not allow"),
    ):
        fetch(server.url())
    assert there.paths() == ["/robots.txt"]


def test_robots_are_read_up_to_their_bound() -> None:
    filler = "# nothing\n" * (MAX_BYTES // 10 + 1)
    routes = {
        "/robots.txt": robots(f"User-agent: *\nDisallow: /first\n{filler}Disallow: /last"),
        "/first": PAGE,
        "/last": PAGE,
    }
    with serving(routes) as server, Fetcher(OBEDIENT, resolve=Names()) as fetch:
        with pytest.raises(FetchError, match="does not allow"):
            fetch(server.url("/first"))
        assert fetch(server.url("/last")).body == b"page"


def test_robots_of_many_names_and_many_rules_take_no_time() -> None:
    half = MAX_BYTES // 2
    names = "".join(f"User-agent: bot{n}\n" for n in range(half // 20))
    rules = "".join(f"Disallow: /*a*b*{n}$\n" for n in range(half // 24))
    began = time.monotonic()
    with (
        serving({"/robots.txt": robots(names + "User-agent: *\n" + rules), "/x": PAGE}) as server,
        Fetcher(OBEDIENT, resolve=Names()) as fetch,
    ):
        assert fetch(server.url("/x")).body == b"page"
    assert time.monotonic() - began < 4


def test_groups_for_others_keep_their_rules_apart() -> None:
    assert relevant("User-agent: *bot*\nDisallow: /a\nUser-agent:*\nDisallow: /b", "Recirc").splitlines() == [
        "User-agent: _others_",
        "Disallow: /a",
        "User-agent: *",
        "Disallow: /b",
    ]


@pytest.mark.parametrize(
    ("delay", "crawl", "pause"), [(1.0, "", 1.0), (1.0, "7", 7.0), (1.0, "900", 30.0), (8.0, "7", 8.0)]
)
def test_the_pause_between_two_requests(delay: float, crawl: str, pause: float) -> None:
    clock = Time()
    text = f"User-agent: *\nCrawl-delay: {crawl}" if crawl else ""
    with (
        serving({"/robots.txt": robots(text), "/": PAGE}) as server,
        Fetcher(
            replace(OBEDIENT, delay_seconds=delay), resolve=Names(), clock=clock, sleep=clock.sleep
        ) as fetch,
    ):
        fetch(server.url())
        clock.now += 0.25  # time that passes anyway is not waited for again
        fetch(server.url())
        fetch(server.url())
        fetch(server.url(host="b.test"))
    # The first is after robots.txt itself, the last likewise at the other host.
    assert clock.slept == [delay, pause - 0.25, pause, delay]


def fetched_together(fetch: Fetcher, *urls: str) -> None:
    threads = [threading.Thread(target=fetch, args=(url,)) for url in urls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)


def test_one_request_a_host_at_a_time() -> None:
    def slow(asked: ReceivedRequest, send: Callable[[bytes], object]) -> None:
        asked.leave.wait(0.05)
        PAGE(asked, send)

    with serving({"/": slow}) as server, Fetcher(HURRIED, resolve=Names()) as fetch:
        fetched_together(fetch, *[server.url()] * 4)
    assert (len(server.asked), server.most_at_once) == (4, 1)


def test_other_hosts_are_not_held_up() -> None:
    together = threading.Barrier(2)

    def meeting(asked: ReceivedRequest, send: Callable[[bytes], object]) -> None:
        together.wait(10)  # goes on only when both hosts are being asked at the same time
        PAGE(asked, send)

    with (
        serving({"/": meeting}) as server,
        Fetcher(replace(HURRIED, timeout_seconds=20.0), resolve=Names()) as fetch,
    ):
        fetched_together(fetch, server.url(), server.url(host="b.test"))
    assert not together.broken
    assert server.most_at_once == 2


def test_hosts_whose_pause_is_over_are_forgotten() -> None:
    clock = Time()
    pacer = HostPacer(clock, clock.sleep)
    for number in range(3 * MAX_HOSTS):
        with pacer.turn(f"{number}.test", 1.0):
            clock.now += 0.01
    assert len(pacer._locks._locks) <= MAX_HOSTS
    with pacer.turn(f"{3 * MAX_HOSTS - 1}.test", 1.0):
        assert clock.slept == [1.0]
