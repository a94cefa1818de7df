"""Who may: API keys, and how often an address without one may send."""

import asyncio
import base64
import binascii
import ipaddress
import logging
import re
from typing import Protocol
from urllib.parse import urlsplit

from recirc.web import problems
from recirc.web.incoming import Incoming
from recirc.web.problems import ProblemError

log = logging.getLogger("recirc.portal")

MINUTE_MS = 60_000
ADDRESSES = 200_000
"""More addresses in one minute are not told apart: the count starts again, so that memory stays bounded."""


class KeyRing(Protocol):
    """What knows the API keys."""

    def remembered(self, key: str) -> str | None:
        """The name of the key's holder by what was read a moment ago, at once; None: `check` it."""

    def check(self, key: str) -> str | None:
        """The name of the key's holder, or None. May look into a file."""


async def holder(request: Incoming, keys: KeyRing) -> str | None:
    """The name of the key in `Authorization`, None without that header.

    `Basic` is as none: a browser that was asked for a key by a page of ours (`needed_in_browser`) sends it everywhere.

    Raises:
        ProblemError: 401, the header is there but holds no known key.
    """
    header = request.headers.get("authorization")
    if header is None or _is_basic(header):
        return None
    scheme, _, key = header.partition(" ")
    name = await _known(key.strip(), keys) if scheme.lower() == "bearer" else None
    if name is None:
        raise _denied(
            'The key in Authorization is not known here, or not sent as "Authorization: Bearer rk_…".', True
        )
    return name


async def needed(request: Incoming, keys: KeyRing, what: str) -> str:
    """The name of the key's holder.

    Raises:
        ProblemError: 401, there is no known key; `what` needs one.
    """
    name = await holder(request, keys)
    if name is None:
        wrong = "authorization" in request.headers
        raise _denied(f'{what} needs the header "Authorization: Bearer rk_…" with an API key.', wrong)
    return name


async def needed_in_browser(request: Incoming, keys: KeyRing, what: str) -> str:
    """As `needed`, for a page that only looks: a browser asks its user for the key, as the password of any user name.

    Raises:
        ProblemError: 401, there is no known key; `what` needs one.
    """
    header = request.headers.get("authorization", "")
    name = await _known(_password(header), keys) if _is_basic(header) else await holder(request, keys)
    if name is None:
        raise ProblemError(
            problems.KEY_NEEDED,
            f"{what} needs an API key: as the password (the user name may be anything), or in the header "
            '"Authorization: Bearer rk_…".',
            headers={"WWW-Authenticate": 'Basic realm="recirc", charset="UTF-8"'},
        )
    return name


async def _known(key: str, keys: KeyRing) -> str | None:
    # A locked store must not hold up the requests of others.
    return keys.remembered(key) or await asyncio.to_thread(keys.check, key)


def _is_basic(header: str) -> bool:
    return header.partition(" ")[0].lower() == "basic"


def _password(header: str) -> str:
    """The password of an `Authorization: Basic`, empty where it cannot be read."""
    try:
        decoded = base64.b64decode(header.partition(" ")[2].strip(), validate=True)
    except (binascii.Error, ValueError):
        return ""
    return decoded.decode("utf-8", "replace").partition(":")[2]


def _denied(detail: str, wrong: bool) -> ProblemError:
    challenge = 'Bearer realm="recirc"' + (', error="invalid_token"' if wrong else "")
    return ProblemError(problems.KEY_NEEDED, detail, headers={"WWW-Authenticate": challenge})


def check_origin(request: Incoming, site: str) -> None:
    """Let no page of another site speak for its readers. `site` is the setting `site.url`.

    Raises:
        ProblemError: 403, a browser says that the request comes from a page of another site.
    """
    origin = request.headers.get("origin")
    # Of the own host the scheme is not compared: a proxy may have ended TLS.
    own = (
        origin is None or origin.partition("://")[2] == request.headers.get("host") or origin == _origin(site)
    )
    if not own or request.headers.get("sec-fetch-site") == "cross-site":
        raise ProblemError(
            problems.CROSS_SITE,
            "A page of another site sent this; without a key, events are taken from this site's own pages alone. Is "
            "site.url the address that readers see? For another site make a key: recirc key create NAME --site ORIGIN.",
        )


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


class ClientAddresses:
    """Where requests come from. Behind a proxy of one's own, `X-Forwarded-For` is believed."""

    def __init__(self, trust_proxy: bool) -> None:
        self._trust_proxy = trust_proxy
        self._warned = False

    def network(self, request: Incoming) -> str:
        """The reader's address, of IPv6 the /64: one household has all of its addresses at its disposal.

        Behind a proxy it is the last of `X-Forwarded-For`, which that proxy wrote; those before it, anybody can write.
        """
        host = request.client.host if request.client else ""
        lines = request.headers.getall("x-forwarded-for", [])
        if lines and not self._trust_proxy and not self._warned:
            self._warned = True
            log.warning(
                "X-Forwarded-For arrives but is not believed, so all readers behind that proxy have one address; "
                "if the proxy is yours, set server.trust_proxy"
            )
        forwarded = _address(",".join(lines).rpartition(",")[2]) if self._trust_proxy else None
        address = forwarded or _address(host)
        if isinstance(address, ipaddress.IPv6Address):
            return str(ipaddress.ip_network((int(address), 64), strict=False))
        return str(address) if address else host


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1` or `[2001:db8::1]:4711` names, None without one."""
    text = text.strip().strip('"')
    found = _WITH_PORT.fullmatch(text)
    try:
        address = ipaddress.ip_address((found[1] or found[2]) if found else text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


_WITH_PORT = re.compile(r"\[([^\]]*)\](?::\d*)?|([0-9.]+):\d*")


class RateLimit:
    """How many requests each network sent in this minute: known to this worker alone, soon forgotten."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._minute = -1
        self._counts: dict[str, int] = {}

    def take(self, network: str, now: int) -> None:
        """Count one request of a network as `ClientAddresses` tells it; `now` in ms.

        Raises:
            ProblemError: 429 with Retry-After, it is one too many.
        """
        minute, into = divmod(now, MINUTE_MS)
        if minute != self._minute or len(self._counts) >= ADDRESSES:
            self._minute = minute
            self._counts.clear()
        count = self._counts.get(network, 0)
        if count >= self.per_minute:
            wait = (MINUTE_MS - into + 999) // 1000
            raise ProblemError(
                problems.TOO_MANY,
                f"At most {self.per_minute} requests a minute without a key; wait {wait} s, or send batches.",
                headers={"Retry-After": str(wait)},
            )
        self._counts[network] = count + 1
