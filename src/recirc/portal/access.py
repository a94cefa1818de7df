"""Who may: API keys, and how often an address without one may send."""

import ipaddress
from typing import Protocol

from recirc.portal import problems
from recirc.portal.incoming import Incoming
from recirc.portal.problems import ProblemError

MINUTE_MS = 60_000
ADDRESSES = 200_000
"""More addresses in one minute are not told apart: the count starts again, so that memory stays bounded."""


class KeyRing(Protocol):
    """What knows the API keys."""

    def check(self, key: str) -> str | None:
        """The name of the key's holder, or None."""


def holder(request: Incoming, keys: KeyRing) -> str | None:
    """The name of the key in `Authorization`, None without that header.

    Raises:
        ProblemError: 401, the header is there but holds no known key.
    """
    header = request.headers.get("authorization")
    if header is None:
        return None
    scheme, _, key = header.partition(" ")
    name = keys.check(key.strip()) if scheme.lower() == "bearer" else None
    if name is None:
        raise _denied(
            'The key in Authorization is not known here, or not sent as "Authorization: Bearer rk_…".', True
        )
    return name


def needed(request: Incoming, keys: KeyRing, what: str) -> str:
    """The name of the key's holder.

    Raises:
        ProblemError: 401, there is no known key; `what` needs one.
    """
    name = holder(request, keys)
    if name is None:
        raise _denied(f'{what} needs the header "Authorization: Bearer rk_…" with an API key.', False)
    return name


def _denied(detail: str, wrong: bool) -> ProblemError:
    challenge = 'Bearer realm="recirc"' + (', error="invalid_token"' if wrong else "")
    return ProblemError(problems.KEY_NEEDED, detail, headers={"WWW-Authenticate": challenge})


def address_of(request: Incoming, trust_proxy: bool) -> str:
    """The reader's address; behind a proxy of our own the last of X-Forwarded-For, which that proxy wrote."""
    if trust_proxy:
        forwarded = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
        if forwarded:
            return forwarded
    return request.client.host if request.client else ""


class Rate:
    """How many requests each address sent in this minute: known to this worker alone, soon forgotten."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._minute = -1
        self._counts: dict[str, int] = {}

    def take(self, address: str, now: int) -> None:
        """Count one request; `now` in ms.

        Raises:
            ProblemError: 429 with Retry-After, it is one too many.
        """
        minute, into = divmod(now, MINUTE_MS)
        if minute != self._minute or len(self._counts) >= ADDRESSES:
            self._minute = minute
            self._counts.clear()
        key = _network(address)
        count = self._counts.get(key, 0)
        if count >= self.per_minute:
            wait = (MINUTE_MS - into + 999) // 1000
            raise ProblemError(
                problems.TOO_MANY,
                f"At most {self.per_minute} requests a minute without a key; wait {wait} s, or send batches.",
                headers={"Retry-After": str(wait)},
            )
        self._counts[key] = count + 1


def _network(address: str) -> str:
    # One household has a whole /64 of IPv6 addresses at its disposal.
    if ":" not in address:
        return address
    try:
        return str(ipaddress.ip_network((address, 64), strict=False))
    except ValueError:
        return address
