"""Access: API keys, origins, client addresses and rate limits."""

import asyncio
import base64
import binascii
import ipaddress
import logging
import re
import socket
from contextlib import suppress
from urllib.parse import urlsplit

from recirc.store.api_keys import ApiKey, ApiKeys, Scope
from recirc.web import problems
from recirc.web.problems import ProblemError
from recirc.web.requests import HttpRequest

log = logging.getLogger("recirc.web")

MINUTE_MS = 60_000
EXCESS = 10
"""Requests of a network that are accepted, as a multiple of those that count."""
ADDRESSES = 200_000
"""Addresses counted in one minute; after more the count starts again, so that memory stays bounded."""


async def key_holder(request: HttpRequest, keys: ApiKeys, scope: Scope) -> str | None:
    """The name of the holder of the key in the Authorization header, None without that header.

    `Basic` is ignored: a browser that was asked for a key (`require_key_in_browser`) sends it everywhere.

    Raises:
        ProblemError: 401, the header is there but holds no known key; 403, the key is not for this.
    """
    header = request.headers.get("authorization")
    if header is None or _is_basic(header):
        return None
    scheme, _, key = header.partition(" ")
    known = await _known(key.strip(), keys) if scheme.lower() == "bearer" else None
    if known is None:
        raise _denied(
            'The key in Authorization is not known here, or has expired, or is not sent as "Authorization: Bearer '
            'rk_…".',
            True,
        )
    return _with_scope(known, scope)


async def require_key(request: HttpRequest, keys: ApiKeys, purpose: str, scope: Scope) -> str:
    """The name of the key's holder.

    Raises:
        ProblemError: 401, there is no known key; `purpose`, such as "Publishing", needs one; 403, it is not for this.
    """
    name = await key_holder(request, keys, scope)
    if name is None:
        wrong = "authorization" in request.headers
        raise _denied(f'{purpose} needs the header "Authorization: Bearer rk_…" with an API key.', wrong)
    return name


async def require_key_in_browser(request: HttpRequest, keys: ApiKeys, purpose: str) -> str:
    """As `require_key`, for a page that only reads: the browser asks for the key, as the password of any user name.

    Raises:
        ProblemError: 401, there is no known key; `purpose`, such as "Publishing", needs one; 403, it may not read.
    """
    header = request.headers.get("authorization", "")
    if not _is_basic(header):
        name = await key_holder(request, keys, Scope.READ)
    else:
        known = await _known(_password(header), keys)
        name = None if known is None else _with_scope(known, Scope.READ)
    if name is None:
        raise ProblemError(
            problems.KEY_NEEDED,
            f"{purpose} needs an API key: as the password (the user name may be anything), or in the header "
            '"Authorization: Bearer rk_…".',
            headers={"WWW-Authenticate": 'Basic realm="recirc", charset="UTF-8"'},
        )
    return name


async def _known(key: str, keys: ApiKeys) -> ApiKey | None:
    # In a thread: a locked store must not hold up other requests.
    return keys.remembered(key) or await asyncio.to_thread(keys.find, key)


def _with_scope(key: ApiKey, scope: Scope) -> str:
    """The name of a key that is for this. Raises ProblemError."""
    if not key.may(scope):
        names = ", ".join(each.value for each in key.scopes)
        raise ProblemError(
            problems.KEY_SCOPE, f"This needs the scope {scope.value}; the key {key.name!r} has {names} alone."
        )
    return key.name


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


def check_origin(request: HttpRequest, site_url: str) -> None:
    """Refuse events that a page of another site sends for its readers. `site_url` is the setting `site.url`.

    Raises:
        ProblemError: 403, a browser says that the request comes from a page of another site.
    """
    origin = request.headers.get("origin")
    # The scheme is not compared: a proxy may have ended TLS.
    own = (
        origin is None
        or origin.partition("://")[2] == request.headers.get("host")
        or origin == _origin(site_url)
    )
    if not own or request.headers.get("sec-fetch-site") == "cross-site":
        raise ProblemError(
            problems.CROSS_SITE,
            "A page of another site sent this; without a key, only pages of this site may send events. Is site.url "
            "the address that readers see? For another site create a key: recirc key create NAME --site ORIGIN.",
        )


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


class ClientAddressResolver:
    """Finds the address of a request's client. `trust_proxy`: by the X-Forwarded-For header of one's own proxy.
    `warns`: whether it logs once that this header is ignored.
    """

    def __init__(self, trust_proxy: bool, *, warns: bool = True) -> None:
        self._trust_proxy = trust_proxy
        self._warned = not warns

    def network(self, request: HttpRequest) -> str:
        """The client's address; of IPv6 its /64 network, since one household has all of those addresses.

        Behind a trusted proxy it is the last address in `X-Forwarded-For`: the proxy wrote that one, while anybody can
        write those before it.
        """
        client = request.scope.get("client")
        host: str = client[0] if client else ""
        lines = request.headers.getlist("x-forwarded-for")
        if lines and not self._trust_proxy and not self._warned:
            self._warned = True
            log.warning(
                "X-Forwarded-For is ignored, so all readers behind that proxy have one address; "
                "if the proxy is yours, set server.trust_proxy"
            )
        forwarded = _network(",".join(lines).rpartition(",")[2]) if self._trust_proxy else ""
        return forwarded or network_of(host)


def network_of(host: str) -> str:
    """The address of a connection's client; of IPv6 its /64 network.

    >>> network_of("::ffff:192.0.2.1"), network_of("2001:db8::1")
    ('192.0.2.1', '2001:db8::/64')
    """
    return _network(host) or host


def block_of(network: str) -> str:
    """The block that a provider gives out as one, of a network as `ClientAddressResolver.network` names it: of IPv4 the
    first 24 bits, of IPv6 the first 48.

    >>> block_of("192.0.2.1"), block_of("2001:db8:7:1::/64"), block_of("unknown")
    ('192.0.2.0/24', '2001:db8:7::/48', 'unknown')
    """
    address, slash, _ = network.partition("/")
    try:
        return str(ipaddress.ip_network((address, 48 if slash else 24), strict=False))
    except ValueError:
        return network


def _network(text: str) -> str:
    """The network of an address as `_address` reads it, empty: there is none."""
    with suppress(OSError, ValueError):
        # Most addresses; anything but the one plain form of IPv4 is refused, and read below.
        socket.inet_pton(socket.AF_INET, text)
        return text
    address = _address(text)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((int(address), 64), strict=False))
    return str(address) if address else ""


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address in `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1` or `[2001:db8::1]:4711`; None: there is none."""
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
    """Counts the requests of each network in the current minute, in this worker.

    Requests beyond `per_minute` are excess: their events are kept, but excluded. Only beyond EXCESS times as many are
    they refused, so that nobody can fill the disk.
    """

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._minute = -1
        self._counts: dict[str, int] = {}

    def count(self, network: str, now: int) -> bool:
        """Count one request of a network (see `ClientAddressResolver.network`), and say whether it is in excess.

        `now` is in ms.

        Raises:
            ProblemError: 429 with Retry-After, the network has sent EXCESS times `per_minute` requests already.
        """
        minute, into = divmod(now, MINUTE_MS)
        if minute != self._minute or len(self._counts) >= ADDRESSES:
            self._minute = minute
            self._counts.clear()
        count = self._counts.get(network, 0)
        if count >= self.per_minute * EXCESS:
            wait = (MINUTE_MS - into + 999) // 1000
            raise ProblemError(
                problems.TOO_MANY,
                f"At most {self.per_minute} requests a minute without a key, and {EXCESS} times as many whose events "
                f"are excluded; wait {wait} s, or send batches.",
                headers={"Retry-After": str(wait)},
            )
        self._counts[network] = count + 1
        return count >= self.per_minute
