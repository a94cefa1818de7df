"""What both clients pass to httpx, and what they make of its errors."""

from typing import Any, Final

import httpx

from recirc_client.protocol import ClientConfig, LostReply, SendStep

MAX_BYTES: Final = 100_000_000
"""Size of the longest response that is read."""

_RETRIABLE: Final = (
    httpx.NetworkError,
    httpx.TimeoutException,
    httpx.RemoteProtocolError,
    httpx.ProxyError,
    httpx.DecodingError,
)


class AbortError(Exception):
    """Reading a response was given up; `retriable`: the next one may be shorter or faster."""

    def __init__(self, text: str, retriable: bool) -> None:
        super().__init__(text)
        self.retriable = retriable


def stream_arguments(step: SendStep, config: ClientConfig, timeout: float) -> dict[str, Any]:
    """The arguments of httpx's `stream`."""
    call = step.call
    return {
        "method": call.method,
        "url": f"{config.url}{call.path}",
        "params": httpx.QueryParams(call.query) if call.query else None,
        "content": call.body,
        "timeout": min(timeout, step.seconds),
    }


def check_limits(size: int, now: float, until: float) -> None:
    """Bound a response in bytes and in time.

    Raises:
        AbortError: it exceeds either limit.
    """
    if size > MAX_BYTES:
        raise AbortError(f"the response is longer than {MAX_BYTES:,} bytes", retriable=False)
    if now > until:
        raise AbortError("the response did not end in time", retriable=True)


def lower_case(headers: httpx.Headers) -> dict[str, str]:
    """The headers, with lower-case names."""
    return {name.lower(): value for name, value in headers.items()}


def lost_reply(error: httpx.HTTPError | AbortError) -> LostReply:
    """What a failed attempt means; errors on this side, such as an unsupported protocol, are final."""
    text = str(error) or type(error).__name__
    if isinstance(error, AbortError):
        return LostReply(text, error.retriable)
    return LostReply(text, isinstance(error, _RETRIABLE))
