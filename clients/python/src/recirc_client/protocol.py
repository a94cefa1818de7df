"""One API call with its retries, without I/O: what is sent, what came back, what it means."""

import random
import time
from collections.abc import Callable, Generator, Mapping
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from recirc_client._version import __version__
from recirc_client.errors import InvalidResponseError, ProblemError, UnreachableError, error_class
from recirc_client.responses import FieldError
from recirc_client.retry import RETRY_STATUSES, RetryPolicy, retry_after
from recirc_client.slates import FlatSlate, slate_of
from recirc_client.wire import Slate

USER_AGENT: Final = f"recirc-client/{__version__}"
T = TypeVar("T")


class ApiCall(NamedTuple):
    """One call of the API. All of them are idempotent, so each may be retried.

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
    """A complete HTTP response. `headers` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class LostReply(NamedTuple):
    """No response, or an incomplete one; `retriable`: another attempt may succeed."""

    text: str
    retriable: bool


class SendStep(NamedTuple):
    """A step of an exchange: send this call and return its result within `seconds`."""

    call: ApiCall
    seconds: float


class PauseStep(NamedTuple):
    """A step of an exchange: wait this number of seconds."""

    seconds: float


Result: TypeAlias = Reply | LostReply | None
Exchange: TypeAlias = Generator[SendStep | PauseStep, Result, T]
"""A call with all its retries: yields steps, receives their results (None after a pause), returns the response."""


class ClientConfig(NamedTuple):
    """What all calls of a client share.

    Attributes:
        url: the server's address, without a slash at the end.
        retry: when to retry.
        clock: a monotonic clock, in seconds.
        now: seconds since 1970.
        random: random numbers from 0 to 1.
    """

    url: str
    retry: RetryPolicy = RetryPolicy()
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    random: Callable[[], float] = random.random

    def describe(self, call: ApiCall) -> str:
        """A call as error texts name it: without parameters and key."""
        return f"{call.method} {self.url}{call.path}"


class _Problem(Struct, frozen=True, kw_only=True):
    """RFC 9457 problem details, each member of which may be missing."""

    type: str = ""
    title: str = ""
    detail: str = ""
    errors: tuple[FieldError, ...] = ()


def _value(body: bytes, kind: type[T] | Any) -> Any:
    """The value of a response body. Raises MsgspecError if it is not of this kind."""
    if kind is Slate:
        return slate_of(msgspec.json.decode(body, type=FlatSlate))
    return msgspec.json.decode(body, type=kind)


def server_url(url: str) -> str:
    """A server's address as `ClientConfig` expects it.

    Raises:
        ValueError: not an address.

    >>> server_url("https://news.example/paper/")
    'https://news.example/paper'
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"not the address of a server: {url!r}; write it as https://news.example")
    return url.rstrip("/")


def request_headers(key: str | None) -> dict[str, str]:
    """The headers of every request.

    Raises:
        ValueError: the key has characters that no key has.
    """
    headers = {"User-Agent": USER_AGENT, "Accept": "application/json", "Content-Type": "application/json"}
    if key is not None:
        if not key or not all("!" <= character <= "~" for character in key):
            raise ValueError("the API key is empty, or has spaces or other characters that no key has")
        headers["Authorization"] = f"Bearer {key}"
    return headers


def fetch(call: ApiCall, kind: type[T] | Any, config: ClientConfig) -> Exchange[T]:
    """Make a call and decode its response as `kind`.

    Raises:
        RecircError: any of its subclasses.
    """
    reply = yield from exchange(call, config)
    response: T = decode(reply, kind, call, config)
    return response


def exchange(call: ApiCall, config: ClientConfig) -> Exchange[Reply]:
    """Make a call until the reply is final or the retry policy ends.

    Raises:
        UnreachableError: no attempt received a complete reply.
    """
    began = config.clock()
    attempt = 0
    while True:
        attempt += 1
        left = config.retry.total_seconds - (config.clock() - began)
        result = yield SendStep(call, max(left, 0.1))
        if isinstance(result, Reply) and result.status not in RETRY_STATUSES:
            return result
        requested = _retry_after(result, config) if isinstance(result, Reply) else None
        elapsed = config.clock() - began
        delay = config.retry.delay(attempt, requested, elapsed, config.random())
        lost = result if isinstance(result, LostReply) else None
        if delay is not None and (lost is None or lost.retriable):
            yield PauseStep(delay)
        elif isinstance(result, Reply):
            return result
        else:
            text = lost.text if lost else "no response"
            attempts = f"{attempt} attempt{'s' if attempt > 1 else ''} in {elapsed:.1f} s"
            raise UnreachableError(f"{config.describe(call)}: {text} ({attempts})")


def decode(reply: Reply, kind: type[T] | Any, call: ApiCall, config: ClientConfig) -> T:
    """The response in a reply.

    Raises:
        ProblemError: the server refused the call.
        InvalidResponseError: the body is not of this kind.
    """
    where = config.describe(call)
    if 300 <= reply.status < 400:
        place = reply.headers.get("location", "another address")
        raise InvalidResponseError(
            f"{where}: answered {reply.status}, see {place}; give the client the server's own address"
        )
    if not 200 <= reply.status < 300:
        raise problem(reply, call, config)
    try:
        response: T = _value(reply.body, kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        start = reply.body[:60].decode("utf-8", "replace")
        raise InvalidResponseError(
            f"{where}: the response is not what Recirc's API gives ({error}); it begins {start!r}"
        ) from None
    return response


def problem(reply: Reply, call: ApiCall, config: ClientConfig) -> ProblemError:
    """The error for a refusal; a reply without problem details keeps its status."""
    try:
        details = msgspec.json.decode(reply.body, type=_Problem)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        details = _Problem(title="the response has no problem details")
    kind = details.type.rpartition("#")[2]
    return error_class(reply.status, kind)(
        config.describe(call),
        status=reply.status,
        kind=kind,
        title=details.title,
        detail=details.detail,
        errors=details.errors,
        retry_after=_retry_after(reply, config),
    )


def _retry_after(reply: Reply, config: ClientConfig) -> float | None:
    return retry_after(reply.headers.get("retry-after"), config.now())
