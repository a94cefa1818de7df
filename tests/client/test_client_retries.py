"""A line that breaks and a server that is busy: the client asks again, and what it sends counts once."""

import asyncio
import itertools
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from flaky_proxy import FAULTS, QUICK, FlakyProxy, serving
from hypothesis import given, settings
from hypothesis import strategies as st

from recirc.client import (
    AsyncClient,
    Client,
    RetryPolicy,
    ServerError,
    TooManyError,
    UnreachableError,
    UnreadableError,
)
from recirc.client.retry import retry_after
from recirc.client.wire import ApiCall, ClientConfig, LostReply, PauseStep, Reply, Result, SendStep, exchange
from recirc.types import Event, EventKind
from served import Server, free_port

numbers = itertools.count()
scripts = st.lists(st.sampled_from(FAULTS), max_size=6)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("served")) as made:
        yield made


@pytest.fixture(scope="module")
def proxy(server: Server) -> Iterator[FlakyProxy]:
    made = FlakyProxy(server.port)
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def flaky(server: Server, proxy: FlakyProxy) -> Iterator[Client]:
    proxy.faults.clear()
    proxy.seen.clear()
    proxy.retry_after = "0"
    with Client(proxy.url, key=server.key, retry=QUICK) as made:
        yield made


def views(article: str, count: int) -> list[Event]:
    return [Event(kind=EventKind.VIEW, article=article) for _ in range(count)]


def raw(server: Server, article: str, wanted: int) -> int:
    """How often the server says that an article was opened, once it has folded so many."""
    with Client(server.address) as straight:
        until = time.monotonic() + 5
        while (seen := straight.article(article).counts.raw) < wanted and time.monotonic() < until:
            time.sleep(0.01)  # the server folds after it has answered
        return seen


@pytest.mark.parametrize("fault", FAULTS)
def test_after_each_fault_it_is_told_once(
    server: Server, proxy: FlakyProxy, flaky: Client, fault: str
) -> None:
    article = f"fault/{fault}"
    proxy.faults.append(fault)
    taken = flaky.observe(views(article, 5))
    assert proxy.seen == [fault, "passed on"]
    assert taken.accepted + taken.duplicates == 5
    assert raw(server, article, 5) == 5
    with Client(server.address) as straight:
        assert straight.article(article).counts.raw == 5


def test_however_the_line_breaks_each_event_counts_once(
    server: Server, proxy: FlakyProxy, flaky: Client
) -> None:
    told: dict[str, int] = {}

    @settings(max_examples=40)
    @given(scripts, st.integers(1, 6))
    def tell(script: list[str], count: int) -> None:
        article = f"property/{next(numbers)}"
        proxy.faults = deque(script)
        taken = flaky.observe(views(article, count))
        assert taken.accepted + taken.duplicates == count
        assert not proxy.faults
        told[article] = count

    tell()
    assert len(told) > 20
    assert {article: raw(server, article, count) for article, count in told.items()} == told


def test_the_awaited_client_asks_again_too(server: Server, proxy: FlakyProxy) -> None:
    async def tell(article: str) -> int:
        async with AsyncClient(proxy.url, key=server.key, retry=QUICK) as client:
            taken = await client.observe(views(article, 4))
            return taken.accepted + taken.duplicates

    for fault in FAULTS:
        proxy.faults = deque([fault])
        assert asyncio.run(tell(f"awaited/{fault}")) == 4
        assert raw(server, f"awaited/{fault}", 4) == 4


def test_publishing_and_withdrawing_again_changes_nothing(proxy: FlakyProxy, flaky: Client) -> None:
    proxy.faults = deque(["swallow"])
    (put,) = flaky.publish({"id": "h/1", "headline": "A gull"})
    assert put.outcome == "unchanged"  # it was new the first time, and that answer was lost
    proxy.faults = deque(["swallow"])
    assert flaky.withdraw("h/1").outcome == "withdrawn"


def test_a_server_that_stays_busy_is_told_of_in_its_own_words(proxy: FlakyProxy, server: Server) -> None:
    short = RetryPolicy(attempts=3, first_seconds=0.001)
    with Client(proxy.url, key=server.key, retry=short) as client:
        proxy.faults = deque(["busy"] * 3)
        proxy.seen.clear()
        with pytest.raises(ServerError, match=r"POST .*/v1/events: 503: ") as error:
            client.observe(views("i", 1))
        assert proxy.seen == ["busy"] * 3
        assert error.value.retry_after == 0.0
        proxy.faults = deque(["many"] * 3)
        with pytest.raises(TooManyError):
            client.observe(views("i", 1))


def test_a_wait_that_is_too_long_is_not_begun(proxy: FlakyProxy, flaky: Client) -> None:
    proxy.faults, proxy.retry_after = deque(["busy"]), "3600"
    began = time.monotonic()
    with pytest.raises(ServerError) as error:
        flaky.observe(views("j", 1))
    assert error.value.retry_after == 3600.0
    assert time.monotonic() - began < 5
    assert proxy.seen == ["busy"]


def test_nobody_there() -> None:
    with Client(
        f"http://127.0.0.1:{free_port()}", retry=RetryPolicy(attempts=2, first_seconds=0.001)
    ) as client:
        assert not client.healthy()
        with pytest.raises(UnreachableError, match=r"GET .*refused.*\(1 attempt in"):
            client.health()
        with pytest.raises(UnreachableError, match=r"\(2 attempts in"):
            client.article("a")


def test_another_program_answers(proxy: FlakyProxy, flaky: Client) -> None:
    proxy.faults = deque(["page"])
    with pytest.raises(UnreadableError, match=r"not what Recirc's API gives .* begins .<h1>Welcome"):
        flaky.article("a")
    proxy.faults = deque(["moved"])
    with pytest.raises(UnreadableError, match=r"answered 301, see https://elsewhere\.example/"):
        flaky.article("a")
    assert proxy.seen == ["page", "moved"]


@dataclass
class Played:
    """A talk with its clock and line in the hand of a test."""

    hears: list[Result]
    seconds_each: float = 0.0
    sent: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    clock: float = 0.0

    def play(self, retry: RetryPolicy, chance: float = 1.0) -> Reply:
        manner = ClientConfig("http://a", retry, lambda: self.clock, lambda: 1000.0, lambda: chance)
        talk = exchange(ApiCall("GET", "/x"), manner)
        heard: Result = None
        hears = iter(self.hears)
        while True:
            try:
                step = talk.send(heard)
            except StopIteration as end:
                reply: Reply = end.value
                return reply
            if isinstance(step, SendStep):
                self.sent.append(step.seconds)
                self.clock += self.seconds_each
                heard = next(hears)
            else:
                assert isinstance(step, PauseStep)
                self.waits.append(step.seconds)
                self.clock += step.seconds
                heard = None


def busy(after: str | None = None) -> Reply:
    return Reply(503, {} if after is None else {"retry-after": after}, b"")


GOOD = Reply(200, {}, b"{}")


def test_waits_double_up_to_a_bound() -> None:
    played = Played([busy(), LostReply("cut", again=True), busy(), busy(), GOOD])
    assert played.play(RetryPolicy(first_seconds=1.0, most_seconds=3.0)) is GOOD
    assert played.waits == [1.0, 2.0, 3.0, 3.0]
    assert played.sent == [30.0, 29.0, 27.0, 24.0, 21.0]


def test_what_the_server_asks_for_is_added_to_the_own_wait() -> None:
    later = format_datetime(datetime.fromtimestamp(1004, UTC), usegmt=True)
    played = Played([busy("2"), busy(later), busy("nonsense"), GOOD])
    played.play(RetryPolicy(first_seconds=1.0), chance=0.5)
    assert played.waits == [2.5, 5.0, 2.0]


def test_what_will_not_be_better_is_not_tried_again() -> None:
    played = Played([LostReply("no such protocol", again=False)])
    with pytest.raises(UnreachableError, match="no such protocol"):
        played.play(RetryPolicy())
    for status in (200, 202, 400, 401, 404, 410, 413, 500, 507):
        answer = Reply(status, {}, b"")
        assert Played([answer]).play(RetryPolicy()) is answer


replies = st.one_of(
    st.builds(busy, st.one_of(st.none(), st.integers(0, 100).map(str))), st.just(LostReply("cut", again=True))
)


@given(
    st.lists(replies, min_size=20, max_size=20),
    st.floats(0, 20),
    st.floats(0, 1),
    st.builds(
        RetryPolicy,
        attempts=st.integers(1, 12),
        total_seconds=st.floats(0, 60),
        first_seconds=st.floats(0, 5),
        most_seconds=st.floats(0, 20),
    ),
)
def test_no_attempt_begins_later_than_allowed(
    hears: list[Result], each: float, chance: float, retry: RetryPolicy
) -> None:
    played = Played(hears, each)
    with suppress(UnreachableError):
        assert played.play(retry, chance).status == 503
    assert 1 <= len(played.sent) <= retry.attempts
    begun = played.clock - each  # when the last one was sent
    assert begun <= retry.total_seconds or len(played.sent) == 1
    assert len(played.waits) == len(played.sent) - 1


def test_retry_after_of_any_text_is_a_wait_or_nothing() -> None:
    @given(st.text(max_size=40))
    def read(text: str) -> None:
        found = retry_after(text, 1000.0)
        assert found is None or found >= 0

    read()
    past = format_datetime(datetime.fromtimestamp(1000, UTC) - timedelta(days=3), usegmt=True)
    assert retry_after(past, 1000.0) == 0.0
    assert retry_after(None, 0.0) is None


def test_a_server_that_is_killed_and_started_again_counts_each_event_once(tmp_path: Path) -> None:
    retry = RetryPolicy(attempts=200, total_seconds=60.0, first_seconds=0.05, most_seconds=0.2)
    told: list[int] = []

    def tell(client: Client) -> None:
        for _ in range(40):
            taken = client.observe(views("killed", 25))
            told.append(taken.accepted + taken.duplicates)

    with serving(tmp_path) as server, Client(server.address, key=server.key, retry=retry) as client:
        teller = threading.Thread(target=tell, args=(client,))
        teller.start()
        while len(told) < 5:
            time.sleep(0.005)  # it is to be killed in the midst
        server.kill()
        server.start()
        teller.join(60)
        assert told == [25] * 40
        assert raw(server, "killed", 1000) == 1000
