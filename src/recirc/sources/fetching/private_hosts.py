"""The operator's own hosts, whose addresses are not public: which may be requested, and for which sources."""

from collections.abc import Iterable
from ipaddress import ip_address
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import httpx

from recirc.reading.rejections import shown
from recirc.sources.fetching.errors import TransportError

_PORTS: Final = {"http": 80, "https": 443}


class HostPort(NamedTuple):
    """A host as in a parsed address, and a port; None: any."""

    host: str
    port: int | None


class PrivateHosts:
    """The hosts of `sources.private_hosts`, each with its port or with all of them."""

    def __init__(self, hosts: Iterable[str]) -> None:
        self._hosts = frozenset(parsed_host_port(each) for each in hosts)

    def permit(self, url: httpx.URL, source: HostPort | None) -> bool:
        """Whether `url` may have a private address when it is requested for the source at `source`.

        Raises:
            TransportError: it is a private host, and the source is not on it.
        """
        target = host_port_of(url)
        covering = [host for host in self._hosts if _covers(host, target)]
        if not covering:
            return False
        if source is None or not any(_covers(host, source) for host in covering):
            raise TransportError(
                f"{shown(target.host)} is one of sources.private_hosts, which are requested only for sources "
                "on the same host, and never by a link or redirect from another",
                cause="denied",
            )
        return True


def host_port_of(url: httpx.URL) -> HostPort:
    """Host and port of an address."""
    return HostPort(url.raw_host.decode("ascii"), url.port or _PORTS.get(url.scheme))


def parsed_host_port(text: str) -> HostPort:
    """A host of the settings, as "host" or "host:port".

    >>> parsed_host_port("Intranet.example:8080"), parsed_host_port("intranet.example")
    (HostPort(host='intranet.example', port=8080), HostPort(host='intranet.example', port=None))
    """
    text = text.strip()
    try:
        return HostPort(str(ip_address(text.strip("[]"))), None)
    except ValueError:
        pass
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname or "", parts.port
        name = f"[{host}]" if ":" in host else host.rstrip(".")
        return HostPort(httpx.URL(f"http://{name}").raw_host.decode("ascii"), port)
    except (httpx.InvalidURL, ValueError):
        return HostPort(text, None)


def _covers(setting: HostPort, target: HostPort) -> bool:
    return setting.host == target.host and setting.port in (None, target.port)
