"""One question and its answer, without the line between them: what is sent, what was heard, what it means."""

import random
import time
from collections.abc import Callable, Generator, Mapping
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from recirc import __version__
from recirc.client.answers import FieldError
from recirc.client.errors import AnswerError, UnreachableError, UnreadableError, error_class
from recirc.client.retry import AGAIN, RetryPolicy, retry_after
from recirc.types import FlatSlate, Slate, slate_of

USER_AGENT: Final = f"recirc-client/{__version__}"
T = TypeVar("T")


class ApiCall(NamedTuple):
    """One request of the API. All of them may be repeated: the second time changes nothing.

    Attributes:
        method: GET, POST, DELETE.
        path: below the server's address, beginning with a slash.
        query: names and values of the parameters.
        body: JSON, or None.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None


class Reply(NamedTuple):
    """What came back. `headers` have names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class LostReply(NamedTuple):
    """Nothing came back, or not all of it; `again`: it may next time."""

    text: str
    again: bool


class SendStep(NamedTuple):
    """A step of a talk: send this, and tell what was heard within so many seconds."""

    call: ApiCall
    seconds: float


class PauseStep(NamedTuple):
    """A step of a talk: wait so many seconds."""

    seconds: float


Result: TypeAlias = Reply | LostReply | None
Exchange: TypeAlias = Generator[SendStep | PauseStep, Result, T]
"""A question with all its repetitions: gives steps, is told what was heard (None after a pause), returns the answer."""


class ClientConfig(NamedTuple):
    """How a client asks.

    Attributes:
        url: the server's address, without a slash at the end.
        patience: when to ask again.
        clock: seconds that only go forward.
        now: seconds since 1970.
        chance: random numbers from 0 to 1.
    """

    url: str
    patience: RetryPolicy = RetryPolicy()
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    chance: Callable[[], float] = random.random


class _Problem(Struct, frozen=True, kw_only=True):
    """RFC 9457 problem details, each part of which may be missing."""

    type: str = ""
    title: str = ""
    detail: str = ""
    errors: tuple[FieldError, ...] = ()


def address(url: str) -> str:
    """A server's address as `ClientConfig` wants it.

    Raises:
        ValueError: it is none.

    >>> address("https://news.example/paper/")
    'https://news.example/paper'
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"not the address of a server: {url!r}; write it as https://news.example")
    return url.rstrip("/")


def headers(key: str | None) -> dict[str, str]:
    """What goes with every request.

    Raises:
        ValueError: the key has signs that no key has.
    """
    said = {"User-Agent": USER_AGENT, "Accept": "application/json", "Content-Type": "application/json"}
    if key is not None:
        if not key or not all("!" <= sign <= "~" for sign in key):
            raise ValueError("the API key is empty, or has spaces or other signs that no key has")
        said["Authorization"] = f"Bearer {key}"
    return said


def asked(call: ApiCall, manner: ClientConfig) -> str:
    """A request as it stands in error texts; without parameters and key."""
    return f"{call.method} {manner.url}{call.path}"


def ask(call: ApiCall, kind: type[T] | Any, manner: ClientConfig) -> Exchange[T]:
    """Ask until there is an answer, and read it as `kind`.

    Raises:
        RecircError: see its kinds.
    """
    reply = yield from exchange(call, manner)
    answer: T = read(reply, kind, call, manner)
    return answer


def exchange(call: ApiCall, manner: ClientConfig) -> Exchange[Reply]:
    """Ask until there is an answer that is not "not now", or until patience ends.

    Raises:
        UnreachableError: nothing was heard.
    """
    began = manner.clock()
    attempt = 0
    while True:
        attempt += 1
        left = manner.patience.total_seconds - (manner.clock() - began)
        heard = yield SendStep(call, max(left, 0.1))
        if isinstance(heard, Reply) and heard.status not in AGAIN:
            return heard
        wanted = (
            retry_after(heard.headers.get("retry-after"), manner.now()) if isinstance(heard, Reply) else None
        )
        elapsed = manner.clock() - began
        wait = manner.patience.wait(attempt, wanted, elapsed, manner.chance())
        lost = heard if isinstance(heard, LostReply) else None
        if wait is not None and (lost is None or lost.again):
            yield PauseStep(wait)
        elif isinstance(heard, Reply):
            return heard
        else:
            text = lost.text if lost else "nothing was heard"
            tries = f"{attempt} attempt{'s' if attempt > 1 else ''} in {elapsed:.1f} s"
            raise UnreachableError(f"{asked(call, manner)}: {text} ({tries})")


def read(reply: Reply, kind: type[T] | Any, call: ApiCall, manner: ClientConfig) -> T:
    """The answer in a reply.

    Raises:
        AnswerError: the server said no.
        UnreadableError: it is no answer of this kind.
    """
    where = asked(call, manner)
    if 300 <= reply.status < 400:
        place = reply.headers.get("location", "another address")
        raise UnreadableError(
            f"{where}: answered {reply.status}, see {place}; give the client the server's own address"
        )
    if not 200 <= reply.status < 300:
        raise problem(reply, call, manner)
    try:
        answer: T = decode(reply.body, kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        begins = reply.body[:60].decode("utf-8", "replace")
        raise UnreadableError(
            f"{where}: the answer is not what Recirc's API gives ({error}); it begins {begins!r}"
        ) from None
    return answer


def decode(body: bytes, kind: type[T] | Any) -> Any:
    """The answer in a body. Raises MsgspecError if it is not of this kind."""
    if kind is Slate:
        return slate_of(msgspec.json.decode(body, type=FlatSlate))
    return msgspec.json.decode(body, type=kind)


def problem(reply: Reply, call: ApiCall, manner: ClientConfig) -> AnswerError:
    """The error that a refusing answer means; one without problem details keeps its status."""
    try:
        said = msgspec.json.decode(reply.body, type=_Problem)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        said = _Problem(title="no problem details came with it")
    kind = said.type.rpartition("#")[2]
    return error_class(reply.status, kind)(
        asked(call, manner),
        status=reply.status,
        kind=kind,
        title=said.title,
        detail=said.detail,
        faults=said.errors,
        retry_after=retry_after(reply.headers.get("retry-after"), manner.now()),
    )
