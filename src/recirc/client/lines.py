"""What both clients say to httpx, and what they make of its errors."""

from typing import Any, Final

import httpx

from recirc.client.wire import ClientConfig, LostReply, SendStep

MOST: Final = 100_000_000
"""Bytes of the longest answer that is read."""

_AGAIN: Final = (
    httpx.NetworkError,
    httpx.TimeoutException,
    httpx.RemoteProtocolError,
    httpx.ProxyError,
    httpx.DecodingError,
)


class CutError(Exception):
    """An answer was left before its end; `again`: it may be shorter or faster next time."""

    def __init__(self, text: str, again: bool) -> None:
        super().__init__(text)
        self.again = again


def request(step: SendStep, manner: ClientConfig, timeout: float) -> dict[str, Any]:
    """The arguments of httpx's `stream`."""
    call = step.call
    return {
        "method": call.method,
        "url": f"{manner.url}{call.path}",
        "params": httpx.QueryParams(call.query) if call.query else None,
        "content": call.body,
        "timeout": min(timeout, step.seconds),
    }


def check(size: int, now: float, until: float) -> None:
    """Let an answer neither grow nor drip for ever.

    Raises:
        CutError: it does.
    """
    if size > MOST:
        raise CutError(f"the answer is longer than {MOST:,} bytes", again=False)
    if now > until:
        raise CutError("the answer did not end in time", again=True)


def plain(headers: httpx.Headers) -> dict[str, str]:
    """The headers, their names in lower case."""
    return {name.lower(): value for name, value in headers.items()}


def lost(error: httpx.HTTPError | CutError) -> LostReply:
    """What a broken connection means; what is this side's own mistake is not tried again."""
    text = str(error) or type(error).__name__
    if isinstance(error, CutError):
        return LostReply(text, error.again)
    return LostReply(text, isinstance(error, _AGAIN))
