"""Hosts of one's own whose address is not of the open internet: which may be asked, and for whom."""

from collections.abc import Iterable
from ipaddress import ip_address
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import httpx

from recirc.reading.rejections import shown
from recirc.sources.fetching.fault import TransportError

_PORTS: Final = {"http": 80, "https": 443}


class HostPort(NamedTuple):
    """A host as it stands in a parsed address, and a port; None: any."""

    host: str
    port: int | None


class PrivateHosts:
    """The hosts of `sources.private_hosts`, each with its port or with all of them."""

    def __init__(self, named: Iterable[str]) -> None:
        self._places = frozenset(place_named(each) for each in named)

    def permit(self, url: httpx.URL, home: HostPort | None) -> bool:
        """Whether `url` may have a private address when it is asked for a source that stands at `home`.

        Raises:
            Fault: it is a private host, and the source is not on it.
        """
        here = place_of(url)
        covering = [place for place in self._places if _covers(place, here)]
        if not covering:
            return False
        if home is None or not any(_covers(place, home) for place in covering):
            raise TransportError(
                f"{shown(here.host)} is one of sources.private_hosts, which are asked only for sources "
                "that stand there themselves, and never by a link or redirect from elsewhere",
                cause="denied",
            )
        return True


def place_of(url: httpx.URL) -> HostPort:
    """Where an address of the web stands."""
    return HostPort(url.raw_host.decode("ascii"), url.port or _PORTS.get(url.scheme))


def place_named(text: str) -> HostPort:
    """A host of the settings, as "host" or "host:port".

    >>> place_named("Intranet.example:8080"), place_named("intranet.example"), place_named("::1")
    (Place(host='intranet.example', port=8080), Place(host='intranet.example', port=None), Place(host='::1', port=None))
    """
    said = text.strip()
    try:
        return HostPort(str(ip_address(said.strip("[]"))), None)
    except ValueError:
        pass
    try:
        parts = urlsplit(f"//{said}")
        host, port = parts.hostname or "", parts.port
        name = f"[{host}]" if ":" in host else host.rstrip(".")
        return HostPort(httpx.URL(f"http://{name}").raw_host.decode("ascii"), port)
    except (httpx.InvalidURL, ValueError):
        return HostPort(said, None)


def _covers(place: HostPort, other: HostPort) -> bool:
    return place.host == other.host and place.port in (None, other.port)
