"""From the address that was requested to where redirects lead."""

import contextlib
from typing import Final

import httpx

from recirc.reading.rejections import shown
from recirc.sources.fetching.errors import RedirectLoopError, TransportError
from recirc.sources.fetching.private_hosts import HostPort, host_port_of
from recirc.sources.source import FetchError

MAX_URL_LENGTH: Final = 4_096  # characters
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


class RedirectChain:
    """The addresses of one fetch, the last of which is the current one.

    Attributes:
        requested: the first address, as it was given.
        source: host and port of the source that the fetch is for; None for a folder.
        url: the current address.
    """

    def __init__(self, requested: str, source: str) -> None:
        """Start at `requested`, for the source with the address `source`.

        Raises:
            FetchError: `requested` is not an address that can be fetched.
        """
        self.requested = requested
        self.source: HostPort | None = None
        with contextlib.suppress(TransportError):
            self.source = host_port_of(fetchable_url(source))
        try:
            self.url = fetchable_url(requested)
        except TransportError as error:
            raise FetchError(requested[:MAX_URL_LENGTH], str(error)) from None
        self._visited = [str(self.url)]

    @property
    def prefix(self) -> str:
        """How an error text begins: where redirects led; empty without any."""
        return f"redirected to {self.url}: " if len(self._visited) > 1 else ""

    def follow(self, location: str | None, status: int, most: int) -> None:
        """Go on to the target of a redirect.

        Raises:
            TransportError: there is none, it is not an address to fetch, was visited before, or is one too many.
        """
        if not location:
            raise TransportError(f"answers {status} (a redirect) without saying where to")
        try:
            target = fetchable_url(str(self.url.join(_without_surrogates(location))))
        except (httpx.InvalidURL, ValueError):
            raise TransportError(f"redirects to what is no address: {shown(location)}") from None
        except TransportError as error:
            raise TransportError(f"redirects to {shown(location)}: {error}") from None
        if str(target) in self._visited:
            circle = " → ".join([*self._visited[self._visited.index(str(target)) :], str(target)])
            raise RedirectLoopError(f"redirects in a circle: {circle[:500]}")
        if len(self._visited) > most:
            raise RedirectLoopError(
                f"redirects more than {most} times (sources.most_redirects), lastly to {target}"
            )
        self._visited.append(str(target))
        self.url = target

    def error(
        self, text: str, *, wait_seconds: float | None = None, cause: str, status: int | None = None
    ) -> FetchError:
        """What went wrong here, as an error about the requested address; `status` is that of a response."""
        return FetchError(
            self.requested,
            self.prefix + text,
            wait_seconds=wait_seconds,
            gone=status in (404, 410),
            cause=cause,
            status=status,
        )


def fetchable_url(address: str) -> httpx.URL:
    """An address of http or https without its fragment.

    Raises:
        TransportError: it is any other, or has a user name, no host or an impossible port.
    """
    if len(address) > MAX_URL_LENGTH:
        raise TransportError(
            f"the address has {len(address):,} characters; at most {MAX_URL_LENGTH:,} are accepted"
        )
    try:
        url = httpx.URL(_without_surrogates(address.strip()))
        # Not `url.host`, which rejects some names that are in use, such as those with emoji.
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


def absolute_url(base: httpx.URL, link: str) -> str | None:
    """The address that a link on the page `base` means; None where it cannot be fetched."""
    try:
        return str(fetchable_url(str(base.join(_without_surrogates(link)))))
    except (httpx.InvalidURL, ValueError, TransportError):
        return None


def _without_surrogates(address: str) -> str:
    """An address without lone surrogates, which no address has and no server understands."""
    return address.encode("utf-8", "replace").decode("utf-8")
