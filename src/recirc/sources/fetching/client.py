"""Fetches from servers of others: politely, and never from where it must not."""

import contextlib
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from types import TracebackType
from typing import Final, Self

import httpx

from recirc.reading.rejections import shown
from recirc.settings import SourcesSettings
from recirc.sources.fetching import headers as said
from recirc.sources.fetching.addresses import Resolve, system_addresses
from recirc.sources.fetching.fault import RedirectLoopError, TransportError, UnreachableHostError
from recirc.sources.fetching.pace import HostPacer
from recirc.sources.fetching.private import HostPort, PrivateHosts, place_of
from recirc.sources.fetching.robots import MOST_BYTES as ROBOTS_BYTES
from recirc.sources.fetching.robots import Robots
from recirc.sources.fetching.wire import FetchLimits, HttpReply, Transport
from recirc.sources.source import Fetch, FetchError, FetchResponse

LONGEST_URL: Final = 4_096  # characters
ROBOTS_REDIRECTS: Final = 5  # RFC 9309, 2.3.1.2

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_ADVICE: Final = {
    401: "it wants a key or a password",
    403: "it refuses programs, or wants a key",
    404: "is the address right?",
    410: "it is gone for good",
}


class Fetcher:
    """A `Fetch`: asks servers of others for what stands at an address. Threads may share it; close it, or use `with`.

    Each request is a connection of its own. The host's addresses are asked for once, all of them must belong to the
    open internet, and the connection is made to one of those; a host of `settings.private_hosts` may have any address,
    and is asked only for a source that stands on it. A redirect is looked at like a new address. robots.txt is obeyed,
    a host is asked one thing at a time, and no request takes longer or brings more than the settings allow.
    """

    def __init__(
        self,
        settings: SourcesSettings,
        *,
        resolve: Resolve = system_addresses,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Start with nothing known of any server.

        Args:
            settings: how politely, and within which bounds.
            resolve: from a host to its addresses.
            clock: seconds that only rise.
            sleep: waits so many seconds; None: until then or until `close`.
            now: the time of day, for servers that name a date to come back.
            tls: which certificates are trusted; None: those of certifi, or of SSL_CERT_FILE.
        """
        self._settings = settings
        self._clock = clock
        self._now = now
        self._stopped = threading.Event()
        self._pace = HostPacer(clock, sleep or self._stopped.wait)
        self._robots = Robots(self._robots_text, settings.agent, clock)
        self._private = PrivateHosts(settings.private_hosts)
        self._wire = Transport(
            resolve=resolve,
            clock=clock,
            tls=tls or httpx.create_ssl_context(),
        )

    def __call__(
        self, url: str, *, etag: str | None = None, last_modified: str | None = None
    ) -> FetchResponse:
        """What the server at `url` answers; with `etag` or `last_modified` it may answer 304. Private hosts are asked
        as for a source at `url`: whoever follows links of others uses `for_`.

        Raises:
            FetchError: it gives no answer, or may not be asked; also whenever `close` was called.
        """
        return self._fetched(_Journey(url, url), etag, last_modified)

    def for_(self, address: str) -> Fetch:
        """A fetch for the source at `address`: of private hosts it asks only the one that the source stands on."""
        return _FetchFor(self._fetched, address)

    def _fetched(self, journey: "_Journey", etag: str | None, last_modified: str | None) -> FetchResponse:
        conditions = {
            "If-None-Match": said.validator(etag),
            "If-Modified-Since": said.validator(last_modified),
        }
        sent = {name: value for name, value in conditions.items() if value}
        try:
            received = self._follow(
                journey,
                sent,
                most_bytes=self._settings.most_bytes,
                most_redirects=self._settings.most_redirects,
                robots=self._settings.robots,
            )
            if received.status == 304 and not sent:
                raise TransportError("answers 304 (not modified), though nothing was said of an earlier copy")
        except TransportError as fault:
            raise journey.error(str(fault), wait_seconds=fault.wait_seconds, cause=fault.cause) from None
        if received.status == 304 or 200 <= received.status <= 299:
            return _answer(journey.here, received)
        raise journey.error(
            _trouble(received.status),
            wait_seconds=self._patience(received),
            gone=received.status in (404, 410),
            cause=_cause(received.status),
        )

    def close(self) -> None:
        """End what is under way, in whatever thread, with a FetchError, and begin nothing more."""
        self._stopped.set()
        self._wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _follow(
        self,
        journey: "_Journey",
        sent: Mapping[str, str],
        *,
        most_bytes: int,
        most_redirects: int,
        robots: bool,
        cut: bool = False,
    ) -> HttpReply:
        """The first answer that is no redirect. Redirects together have the time of one request."""
        seconds = self._settings.timeout_seconds
        while True:
            here = journey.here
            private = self._private.permit(here, journey.home)
            pause = self._pause(here) if robots else 0.0
            with self._pace.turn(
                here.raw_host.decode("ascii"), max(pause, self._settings.delay_seconds)
            ) as hold:
                if self._stopped.is_set():
                    raise TransportError("not asked, as Recirc stops")
                began = self._clock()
                received = self._wire.get(
                    here,
                    {"User-Agent": self._settings.agent, **sent},
                    FetchLimits(seconds, most_bytes, cut, private),
                )
                seconds -= self._clock() - began
                if (patience := self._patience(received)) is not None:
                    hold(patience)
            if received.status not in _REDIRECTS:
                return received
            journey.go(received.headers.get("location"), received.status, most_redirects)

    def _pause(self, url: httpx.URL) -> float:
        """Seconds between two requests that robots.txt asks for; raises Fault where it does not allow `url`."""
        permission = self._robots.permission(url)
        if permission.refusal is not None:
            raise TransportError(
                permission.refusal, wait_seconds=permission.wait_seconds, cause=permission.cause
            )
        return permission.pause

    def _robots_text(self, url: str) -> bytes | None:
        """A robots.txt; None where a server says that it has none. Raises TransportError where nobody can say."""
        journey = _Journey(url, url)
        try:
            received = self._follow(
                journey,
                {},
                most_bytes=ROBOTS_BYTES,
                most_redirects=ROBOTS_REDIRECTS,
                robots=False,
                cut=True,
            )
        except RedirectLoopError:  # RFC 9309, 2.3.1.2: as if there were none
            return None
        except UnreachableHostError as fault:
            if not journey.led:  # then nothing else of this host can be had either
                raise
            raise _unread(f"{journey.led}{fault}", fault.wait_seconds, fault.cause) from None
        except TransportError as fault:
            raise _unread(f"{journey.led}{fault}", fault.wait_seconds, fault.cause) from None
        if 200 <= received.status <= 299:
            return received.body
        # A server that has too much to do (429) has not said that everything is allowed.
        if 400 <= received.status <= 499 and received.status != 429:
            return None
        raise _unread(
            journey.led + _trouble(received.status), self._patience(received), _cause(received.status)
        )

    def _patience(self, received: HttpReply) -> float | None:
        if received.status not in (429, 503):
            return None
        return said.patience(received.headers.get("retry-after"), self._now())


class _FetchFor:
    """A `Fetch` for one source."""

    def __init__(
        self, fetched: Callable[["_Journey", str | None, str | None], FetchResponse], source: str
    ) -> None:
        self._fetched = fetched
        self._source = source

    def __call__(
        self, url: str, *, etag: str | None = None, last_modified: str | None = None
    ) -> FetchResponse:
        return self._fetched(_Journey(url, self._source), etag, last_modified)


class _Journey:
    """From the address that was asked for to where the redirects lead; `source` is for whom."""

    def __init__(self, asked: str, source: str) -> None:
        self.asked = asked
        self.home: HostPort | None = None
        with contextlib.suppress(TransportError):  # a folder stands nowhere
            self.home = place_of(_parsed(source))
        try:
            self.here = _parsed(asked)
        except TransportError as fault:
            raise FetchError(asked[:LONGEST_URL], str(fault)) from None
        self._passed = [str(self.here)]

    @property
    def led(self) -> str:
        """Where redirects led so far, as an error begins; empty without any."""
        return f"redirected to {self.here}: " if len(self._passed) > 1 else ""

    def go(self, location: str | None, status: int, most: int) -> None:
        """Go on to where a redirect leads; raises Fault where that is nowhere."""
        if not location:
            raise TransportError(f"answers {status} (a redirect) without saying where to")
        try:
            there = _parsed(str(self.here.join(_encoded(location))))
        except (httpx.InvalidURL, ValueError):
            raise TransportError(f"redirects to what is no address: {shown(location)}") from None
        except TransportError as fault:
            raise TransportError(f"redirects to {shown(location)}: {fault}") from None
        if str(there) in self._passed:
            way = " → ".join([*self._passed[self._passed.index(str(there)) :], str(there)])
            raise RedirectLoopError(f"redirects in a circle: {way[:500]}")
        if len(self._passed) > most:
            raise RedirectLoopError(
                f"redirects more than {most} times (sources.most_redirects), lastly to {there}"
            )
        self._passed.append(str(there))
        self.here = there

    def error(
        self, text: str, *, wait_seconds: float | None = None, gone: bool = False, cause: str
    ) -> FetchError:
        """What went wrong here, as an error about the address that was asked for."""
        return FetchError(self.asked, self.led + text, wait_seconds=wait_seconds, gone=gone, cause=cause)


def _parsed(address: str) -> httpx.URL:
    """An address that may be asked, without its fragment; raises Fault for any other."""
    if len(address) > LONGEST_URL:
        raise TransportError(
            f"the address has {len(address):,} characters; at most {LONGEST_URL:,} are accepted"
        )
    try:
        url = httpx.URL(_encoded(address.strip()))
        # Not `url.host`, which refuses some names that are in use, such as those with signs for pictures.
        host = url.raw_host.decode("ascii").rstrip(".")
        if url.scheme not in ("http", "https"):
            raise TransportError(
                f"only http and https addresses are fetched, not {shown(url.scheme or address)}"
            )
        if not host:
            raise TransportError("the address names no host")
        if url.userinfo:
            raise TransportError("an address with a user name or password in it is not fetched; take it out")
        if url.port is not None and not 1 <= url.port <= 65_535:
            raise TransportError(f"there is no port {url.port}")
        return url.copy_with(fragment=None, host=host)
    except (httpx.InvalidURL, ValueError) as error:
        raise TransportError(f"is not an address: {error}") from None


def _encoded(address: str) -> str:
    """An address without lone surrogates, which no address has and no server understands."""
    return address.encode("utf-8", "replace").decode("utf-8")


def _answer(url: httpx.URL, received: HttpReply) -> FetchResponse:
    media_type, charset = said.media_type(received.headers.get("content-type", ""))

    def absolute(address: str) -> str | None:
        try:
            return str(_parsed(str(url.join(_encoded(address)))))
        except (httpx.InvalidURL, ValueError, TransportError):
            return None

    return FetchResponse(
        url=str(url),
        status=received.status,
        media_type=media_type,
        charset=charset,
        body=received.body,
        etag=said.validator(received.headers.get("etag")),
        last_modified=said.validator(received.headers.get("last-modified")),
        links=said.links(received.headers.get("link", ""), absolute),
    )


def _unread(why: str, wait_seconds: float | None, cause: str) -> TransportError:
    return TransportError(
        f"nothing may be fetched for now, as its robots.txt cannot be read: {why}",
        wait_seconds=wait_seconds,
        cause=cause,
    )


def _cause(status: int) -> str:
    """One of `source.CAUSES` for a status that is no answer."""
    if status in (404, 410):
        return "gone"
    if status in (401, 403, 429, 451):
        return "denied"
    return "server" if status >= 500 else "answer"


def _trouble(status: int) -> str:
    try:
        name = f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        name = str(status)
    if status == 429:
        advice = "it is asked too often; raise sources.delay_seconds or the source's every_seconds"
    elif status >= 500:
        advice = "the server is in trouble, which mostly passes"
    else:
        advice = _ADVICE.get(status, "it does not give what was asked for")
    return f"the server answers {name}: {advice}"
