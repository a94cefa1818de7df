"""Broken connections and a busy server: the client retries, and what it sends counts once."""

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

from recirc_client import (
    AsyncClient,
    Client,
    Event,
    EventKind,
    InvalidResponseError,
    RetryPolicy,
    ServerError,
    TooManyRequestsError,
    UnreachableError,
)
from recirc_client.protocol import (
    ApiCall,
    ClientConfig,
    LostReply,
    PauseStep,
    Reply,
    Result,
    SendStep,
    exchange,
)
from recirc_client.retry import retry_after
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
    """Views of an article by the server's account, once it has folded `wanted` of them."""
    with Client(server.address) as straight:
        until = time.monotonic() + 60
        while (seen := straight.article(article).counts.raw) < wanted and time.monotonic() < until:
            time.sleep(0.01)  # the server folds after it has answered
        return seen


@pytest.mark.parametrize("fault", FAULTS)
def test_after_each_fault_events_count_once(
    server: Server, proxy: FlakyProxy, flaky: Client, fault: str
) -> None:
    article = f"fault/{fault}"
    proxy.faults.append(fault)
    result = flaky.observe(views(article, 5))
    assert proxy.seen == [fault, "passed on"]
    assert result.accepted + result.duplicates == 5
    assert raw(server, article, 5) == 5
    with Client(server.address) as straight:
        assert straight.article(article).counts.raw == 5


def test_after_any_sequence_of_faults_each_event_counts_once(
    server: Server, proxy: FlakyProxy, flaky: Client
) -> None:
    sent_counts: dict[str, int] = {}

    @settings(max_examples=40)
    @given(scripts, st.integers(1, 6))
    def send(script: list[str], count: int) -> None:
        article = f"property/{next(numbers)}"
        proxy.faults = deque(script)
        result = flaky.observe(views(article, count))
        assert result.accepted + result.duplicates == count
        assert not proxy.faults
        sent_counts[article] = count

    send()
    assert len(sent_counts) > 20
    assert {article: raw(server, article, count) for article, count in sent_counts.items()} == sent_counts


def test_the_asynchronous_client_retries_too(server: Server, proxy: FlakyProxy) -> None:
    async def send(article: str) -> int:
        async with AsyncClient(proxy.url, key=server.key, retry=QUICK) as client:
            result = await client.observe(views(article, 4))
            return result.accepted + result.duplicates

    for fault in FAULTS:
        proxy.faults = deque([fault])
        assert asyncio.run(send(f"awaited/{fault}")) == 4
        assert raw(server, f"awaited/{fault}", 4) == 4


def test_a_repeated_publication_or_withdrawal_changes_nothing(proxy: FlakyProxy, flaky: Client) -> None:
    proxy.faults = deque(["swallow"])
    (put,) = flaky.publish({"id": "h/1", "headline": "A gull"})
    assert put.outcome == "unchanged"  # the response to the first attempt, `new`, was lost
    proxy.faults = deque(["swallow"])
    assert flaky.withdraw("h/1").outcome == "withdrawn"


def test_the_error_of_a_busy_server_has_its_own_words(proxy: FlakyProxy, server: Server) -> None:
    short = RetryPolicy(attempts=3, first_seconds=0.001)
    with Client(proxy.url, key=server.key, retry=short) as client:
        proxy.faults = deque(["busy"] * 3)
        proxy.seen.clear()
        with pytest.raises(ServerError, match=r"POST .*/v1/events: 503: ") as error:
            client.observe(views("i", 1))
        assert proxy.seen == ["busy"] * 3
        assert error.value.retry_after == 0.0
        proxy.faults = deque(["many"] * 3)
        with pytest.raises(TooManyRequestsError):
            client.observe(views("i", 1))


def test_a_delay_beyond_the_limit_is_not_begun(proxy: FlakyProxy, flaky: Client) -> None:
    proxy.faults, proxy.retry_after = deque(["busy"]), "3600"
    began = time.monotonic()
    with pytest.raises(ServerError) as error:
        flaky.observe(views("j", 1))
    assert error.value.retry_after == 3600.0
    assert time.monotonic() - began < 5
    assert proxy.seen == ["busy"]


def test_an_unreachable_server() -> None:
    with Client(
        f"http://127.0.0.1:{free_port()}", retry=RetryPolicy(attempts=2, first_seconds=0.001)
    ) as client:
        assert not client.healthy()
        with pytest.raises(UnreachableError, match=r"GET .*refused.*\(1 attempt in"):
            client.health()
        with pytest.raises(UnreachableError, match=r"\(2 attempts in"):
            client.article("a")


def test_a_response_of_another_program(proxy: FlakyProxy, flaky: Client) -> None:
    proxy.faults = deque(["page"])
    with pytest.raises(InvalidResponseError, match=r"not what Recirc's API gives .* begins .<h1>Welcome"):
        flaky.article("a")
    proxy.faults = deque(["moved"])
    with pytest.raises(InvalidResponseError, match=r"answered 301, see https://elsewhere\.example/"):
        flaky.article("a")
    assert proxy.seen == ["page", "moved"]


@dataclass
class Script:
    """An exchange whose clock and results the test provides."""

    results: list[Result]
    seconds_each: float = 0.0
    sent: list[float] = field(default_factory=list)
    delays: list[float] = field(default_factory=list)
    clock: float = 0.0

    def play(self, retry: RetryPolicy, random: float = 1.0) -> Reply:
        config = ClientConfig("http://a", retry, lambda: self.clock, lambda: 1000.0, lambda: random)
        steps = exchange(ApiCall("GET", "/x"), config)
        result: Result = None
        remaining = iter(self.results)
        while True:
            try:
                step = steps.send(result)
            except StopIteration as end:
                reply: Reply = end.value
                return reply
            if isinstance(step, SendStep):
                self.sent.append(step.seconds)
                self.clock += self.seconds_each
                result = next(remaining)
            else:
                assert isinstance(step, PauseStep)
                self.delays.append(step.seconds)
                self.clock += step.seconds
                result = None


def busy(after: str | None = None) -> Reply:
    return Reply(503, {} if after is None else {"retry-after": after}, b"")


GOOD = Reply(200, {}, b"{}")


def test_delays_double_up_to_a_limit() -> None:
    script = Script([busy(), LostReply("cut", retriable=True), busy(), busy(), GOOD])
    assert script.play(RetryPolicy(first_seconds=1.0, max_seconds=3.0)) is GOOD
    assert script.delays == [1.0, 2.0, 3.0, 3.0]
    assert script.sent == [30.0, 29.0, 27.0, 24.0, 21.0]


def test_retry_after_is_added_to_the_delay() -> None:
    later = format_datetime(datetime.fromtimestamp(1004, UTC), usegmt=True)
    script = Script([busy("2"), busy(later), busy("nonsense"), GOOD])
    script.play(RetryPolicy(first_seconds=1.0), random=0.5)
    assert script.delays == [2.5, 5.0, 2.0]


def test_final_results_are_not_retried() -> None:
    script = Script([LostReply("no such protocol", retriable=False)])
    with pytest.raises(UnreachableError, match="no such protocol"):
        script.play(RetryPolicy())
    for status in (200, 202, 400, 401, 404, 410, 413, 500, 507):
        answer = Reply(status, {}, b"")
        assert Script([answer]).play(RetryPolicy()) is answer


replies = st.one_of(
    st.builds(busy, st.one_of(st.none(), st.integers(0, 100).map(str))),
    st.just(LostReply("cut", retriable=True)),
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
        max_seconds=st.floats(0, 20),
    ),
)
def test_no_attempt_begins_after_the_limit(
    results: list[Result], each: float, random: float, retry: RetryPolicy
) -> None:
    script = Script(results, each)
    with suppress(UnreachableError):
        assert script.play(retry, random).status == 503
    assert 1 <= len(script.sent) <= retry.attempts
    begun = script.clock - each  # start of the last attempt
    assert begun <= retry.total_seconds or len(script.sent) == 1
    assert len(script.delays) == len(script.sent) - 1


def test_retry_after_of_any_text_is_a_delay_or_none() -> None:
    @given(st.text(max_size=40))
    def read(text: str) -> None:
        found = retry_after(text, 1000.0)
        assert found is None or found >= 0

    read()
    past = format_datetime(datetime.fromtimestamp(1000, UTC) - timedelta(days=3), usegmt=True)
    assert retry_after(past, 1000.0) == 0.0
    assert retry_after(None, 0.0) is None


def test_a_server_that_is_killed_and_started_again_counts_each_event_once(tmp_path: Path) -> None:
    retry = RetryPolicy(attempts=1000, total_seconds=180.0, first_seconds=0.05, max_seconds=0.2)
    sent_counts: list[int] = []

    def send(client: Client) -> None:
        for _ in range(40):
            result = client.observe(views("killed", 25))
            sent_counts.append(result.accepted + result.duplicates)

    with serving(tmp_path) as server, Client(server.address, key=server.key, retry=retry) as client:
        sender = threading.Thread(target=send, args=(client,))
        sender.start()
        while len(sent_counts) < 5:
            time.sleep(0.005)  # kill it between two requests
        server.kill()
        server.start()
        sender.join(180)
        assert sent_counts == [25] * 40
        assert raw(server, "killed", 1000) == 1000
