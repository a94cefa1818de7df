"""Fetches from other people's servers: politely, and never from an address that must not be requested."""

import contextlib
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from http import HTTPStatus
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlencode

import httpx

from recirc import clock as wall_clock
from recirc.reading.secrets import without_key
from recirc.settings import SourcesSettings
from recirc.sources.fetching.addresses import Resolve, system_addresses
from recirc.sources.fetching.decompression import ACCEPTED, undeclared
from recirc.sources.fetching.errors import RedirectLoopError, TransportError, UnreachableHostError
from recirc.sources.fetching.host_pacer import HostPacer
from recirc.sources.fetching.private_hosts import PrivateHosts, host_port_of
from recirc.sources.fetching.redirects import REDIRECTS, RedirectChain, absolute_url
from recirc.sources.fetching.response_headers import links, media_type, retry_after_seconds, validator
from recirc.sources.fetching.robots import MAX_BYTES as ROBOTS_BYTES
from recirc.sources.fetching.robots import Robots
from recirc.sources.fetching.transport import LIMITS, FetchLimits, GuardedTransport
from recirc.sources.source import Fetch, FetchResponse

MOST_UNPACKED: Final = (
    50_000_000  # bytes of a body that is packed unannounced, what the sitemap protocol allows
)
_KEYED_API: Final = "/ghost/api/"
ROBOTS_REDIRECTS: Final = 5  # RFC 9309, 2.3.1.2

_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
_ADVICE: Final = {
    401: "it wants a key or a password",
    403: "it refuses programs, or wants a key",
    404: "is the address right?",
    410: "it is gone for good",
    429: "it is asked too often; raise sources.delay_seconds or the source's every_seconds",
}


class Fetcher:
    """A `Fetch` from servers on the internet. Threads may share it; close it, or use `with`.

    Each request uses a connection of its own. The host's addresses are looked up once, all of them must be public, and
    the connection is made to one of those; a host of `settings.private_hosts` may have any address, and is requested
    only for a source on that host. The target of a redirect is checked like a new address. robots.txt is obeyed, a
    host receives one request at a time, and no request takes longer or brings more than the settings allow.
    """

    def __init__(
        self,
        settings: SourcesSettings,
        *,
        resolve: Resolve = system_addresses,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
        now: Callable[[], datetime] = wall_clock.now,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Start with nothing known of any server.

        Args:
            settings: how politely, and within which limits.
            resolve: looks up the addresses of a host.
            clock: seconds that only rise.
            sleep: waits for a number of seconds; None: until then or until `close`.
            now: the time of day, for servers that name a date for the next request.
            tls: which certificates are trusted; None: those of certifi, or of SSL_CERT_FILE.
        """
        self._settings = settings
        self._clock = clock
        self._now = now
        self._stopped = threading.Event()
        self._pacer = HostPacer(clock, sleep or self._stopped.wait)
        self._robots = Robots(self._robots_text, settings.agent, clock)
        self._private_hosts = PrivateHosts(settings.private_hosts)
        # Not within an httpx.Client, which would keep cookies, and log addresses with the keys in them.
        self._transport = GuardedTransport(
            resolve=resolve, clock=clock, tls=tls or httpx.create_ssl_context(trust_env=True)
        )

    def __call__(
        self, url: str, *, etag: str | None = None, last_modified: str | None = None
    ) -> FetchResponse:
        """What the server answers at `url`; with `etag` or `last_modified` it may answer 304. Private hosts are
        requested as for a source at `url`: to follow links of other sites use `for_source`.

        Raises:
            FetchError: there is no answer, or the address must not be requested; always after `close`.
        """
        return self._fetch(url, url, etag=etag, last_modified=last_modified)

    def for_source(self, address: str) -> Fetch:
        """A fetch for the source at `address`: of private hosts it requests only the source's own."""
        return partial(self._fetch, address)

    def _fetch(
        self, source: str, url: str, *, etag: str | None = None, last_modified: str | None = None
    ) -> FetchResponse:
        chain = RedirectChain(url, source)
        conditions = {"If-None-Match": validator(etag), "If-Modified-Since": validator(last_modified)}
        conditional = {name: value for name, value in conditions.items() if value}
        try:
            response = self._follow(
                chain,
                conditional,
                max_bytes=self._settings.most_bytes,
                max_redirects=self._settings.most_redirects,
                keyed=has_owners_key(url, source),
            )
            if response.status_code == 304 and not conditional:
                raise TransportError("answers 304 (not modified), though no earlier copy was named")
        except TransportError as error:
            raise chain.error(str(error), wait_seconds=error.wait_seconds, cause=error.cause) from None
        status = response.status_code
        if status == 304 or response.is_success:
            return _fetch_response(chain.url, response)
        raise chain.error(
            _status_text(status),
            wait_seconds=self._retry_after(response),
            cause=_status_cause(status),
            status=status,
        )

    def post_form(self, source: str, url: str, form: Mapping[str, str]) -> int:
        """Send a form to an address for the source at `source`, without redirects; returns the status.

        Raises:
            FetchError: there is no answer, or the address must not be requested.
        """
        chain = RedirectChain(url, source)
        limits = FetchLimits(self._settings.timeout_seconds, self._settings.most_bytes, truncate=True)
        body = urlencode(form).encode()
        try:
            private = self._private_hosts.permit(chain.url, chain.source)
            with self._pacer.turn(chain.url.raw_host.decode("ascii"), self._settings.delay_seconds):
                return self._get(chain.url, _FORM, limits._replace(private=private), body).status_code
        except TransportError as error:
            raise chain.error(str(error), wait_seconds=error.wait_seconds, cause=error.cause) from None

    def close(self) -> None:
        """End requests in progress, in whatever thread, with a FetchError, and start no more."""
        self._stopped.set()
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _follow(
        self,
        chain: RedirectChain,
        headers: Mapping[str, str],
        *,
        max_bytes: int,
        max_redirects: int,
        robots_file: bool = False,
        keyed: bool = False,
    ) -> httpx.Response:
        """The first response that is not a redirect. Redirects together have the time of one request.

        A robots.txt is not subject to robots.txt, and what is beyond `max_bytes` of it is cut off; neither is an API on
        the source's host for which its owner gave a key (`keyed`), which is no crawling.
        """
        limits = FetchLimits(self._settings.timeout_seconds, max_bytes, truncate=robots_file)
        while True:
            url = chain.url
            private = self._private_hosts.permit(url, chain.source)
            delay = self._settings.delay_seconds
            if (
                self._settings.robots
                and not robots_file
                and not (keyed and host_port_of(url) == chain.source)
            ):
                delay = max(delay, self._crawl_delay(url))
            with self._pacer.turn(url.raw_host.decode("ascii"), delay) as block:
                if self._stopped.is_set():
                    raise TransportError("not requested, as Recirc stops")
                began = self._clock()
                response = self._get(url, headers, limits._replace(private=private))
                limits = limits._replace(seconds=limits.seconds - (self._clock() - began))
                if (seconds := self._retry_after(response)) is not None:
                    block(seconds)
            if response.status_code not in REDIRECTS:
                return response
            chain.follow(response.headers.get("location"), response.status_code, max_redirects)

    def _get(
        self, url: httpx.URL, headers: Mapping[str, str], limits: FetchLimits, content: bytes | None = None
    ) -> httpx.Response:
        """The response, of which the body is read where the status is 2xx; with `content`, that of a POST."""
        own = {"Accept": "*/*", "Accept-Encoding": ACCEPTED, "Connection": "close"}
        request = httpx.Request(
            "GET" if content is None else "POST",
            url,
            content=content,
            headers={**own, "User-Agent": self._settings.agent, **headers},
            extensions={LIMITS: limits},
        )
        with contextlib.closing(self._transport.handle_request(request)) as response:
            if response.is_success:
                response.read()
        return response

    def _crawl_delay(self, url: httpx.URL) -> float:
        """Seconds between two requests that robots.txt asks for.

        Raises:
            TransportError: it does not allow `url`.
        """
        permission = self._robots.permission(url)
        if permission.refusal is not None:
            raise TransportError(
                permission.refusal, wait_seconds=permission.wait_seconds, cause=permission.cause
            )
        return permission.delay

    def _robots_text(self, url: str) -> bytes | None:
        """A robots.txt; None where a server says that it has none.

        Raises:
            TransportError: it cannot be fetched.
        """
        chain = RedirectChain(url, url)
        try:
            response = self._follow(
                chain, {}, max_bytes=ROBOTS_BYTES, max_redirects=ROBOTS_REDIRECTS, robots_file=True
            )
        except RedirectLoopError:  # RFC 9309, 2.3.1.2: as if there were none
            return None
        except TransportError as error:
            # Without a connection, and without a redirect, nothing else of this host can be had either.
            if isinstance(error, UnreachableHostError) and not chain.prefix:
                raise
            raise _unreadable_robots(f"{chain.prefix}{error}", error.wait_seconds, error.cause) from None
        status = response.status_code
        if response.is_success:
            return response.content
        # A server with too many requests (429) has not said that everything is allowed.
        if response.is_client_error and status != 429:
            return None
        raise _unreadable_robots(
            chain.prefix + _status_text(status), self._retry_after(response), _status_cause(status)
        )

    def _retry_after(self, response: httpx.Response) -> float | None:
        if response.status_code not in (429, 503):
            return None
        return retry_after_seconds(response.headers.get("retry-after"), self._now())


def has_owners_key(url: str, source: str) -> bool:
    """Whether an address is the source's own with a key in it, or the Content API of Ghost with one.

    >>> has_owners_key("https://a.example/ghost/api/content/posts/?key=22", "https://a.example/")
    True
    >>> has_owners_key("https://a.example/story?key=22", "https://a.example/")
    False
    """
    return without_key(url) != url and (url == source or _KEYED_API in url.partition("?")[0])


def _fetch_response(url: httpx.URL, response: httpx.Response) -> FetchResponse:
    form, charset = media_type(response.headers.get("content-type", ""))
    return FetchResponse(
        url=str(url),
        status=response.status_code,
        media_type=form,
        charset=charset,
        body=undeclared(response.content, MOST_UNPACKED) if response.is_success else b"",
        etag=validator(response.headers.get("etag")),
        last_modified=validator(response.headers.get("last-modified")),
        links=links(response.headers.get("link", ""), partial(absolute_url, url)),
    )


def _unreadable_robots(why: str, wait_seconds: float | None, cause: str) -> TransportError:
    return TransportError(
        f"nothing may be fetched for now, as its robots.txt cannot be read: {why}",
        wait_seconds=wait_seconds,
        cause=cause,
    )


def _status_cause(status: int) -> str:
    """One of `source.CAUSES` for the status of a failure."""
    if status in (404, 410):
        return "gone"
    if status in (401, 403, 429, 451):
        return "denied"
    return "server" if status >= 500 else "answer"


def _status_text(status: int) -> str:
    try:
        name = f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        name = str(status)
    default = "the server is in trouble, which mostly passes" if status >= 500 else None
    advice = _ADVICE.get(status) or default or "it does not give what was asked for"
    return f"the server answers {name}: {advice}"
