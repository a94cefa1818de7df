"""Which addresses may be requested: public ones, and those of hosts that the settings name."""

import queue
import socket
import threading
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final, TypeAlias

from recirc.reading.rejections import shown
from recirc.sources.fetching.errors import UnreachableHostError

Resolve: TypeAlias = Callable[[str, int], Sequence[str]]
"""The addresses, as text, of a host's name and a port; raises OSError where there are none."""

_ASSIGNED: Final = IPv6Network("2000::/3")  # all of IPv6 that is assigned
_NAT64: Final = IPv6Network("64:ff9b::/96")  # the IPv4 internet, as seen by hosts that have IPv6 only
_RESERVED: Final = {
    "reserved for protocols": IPv6Network("2001::/23"),  # Teredo, which carries IPv4, is in it
    "for documentation": IPv6Network("2001:db8::/32"),
    "also for documentation": IPv6Network("3fff::/20"),
}
_ISATAP: Final = (0x00005EFE, 0x02005EFE)  # before the IPv4 address in the lower half


def system_addresses(host: str, port: int) -> Sequence[str]:
    """The addresses that the system's resolver gives for a host, in the order in which to try them.

    Raises:
        OSError: it has none.
    """
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(answer[4][0]) for answer in answers))


def non_public_reason(address: str) -> str | None:
    """Why an address is not public; None if it is.

    An IPv6 address that contains an IPv4 address (mapped, 6to4, NAT64, ISATAP) is judged by that one.

    >>> non_public_reason("151.101.1.6"), non_public_reason("192.168.1.5"), non_public_reason("::ffff:127.0.0.1")
    (None, 'private', 'loopback')
    >>> non_public_reason("64:ff9b::7f00:1"), non_public_reason("64:ff9b::9765:106")
    ('loopback', None)
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return "malformed"
    return _ipv4_reason(parsed) if isinstance(parsed, IPv4Address) else _ipv6_reason(parsed)


def _ipv4_reason(address: IPv4Address) -> str | None:
    for what in ("unspecified", "loopback", "link_local", "multicast"):
        if getattr(address, f"is_{what}"):
            return what.replace("_", "-")
    if address.is_private:
        return "private"
    return None if address.is_global and not address.is_reserved else "reserved"


def _ipv6_reason(address: IPv6Address) -> str | None:
    within = address.ipv4_mapped or address.sixtofour
    if address in _NAT64:
        within = IPv4Address(int(address) & 0xFFFFFFFF)
    if within is not None:
        return _ipv4_reason(within)
    for what in ("unspecified", "loopback", "link_local", "multicast"):
        if getattr(address, f"is_{what}"):
            return what.replace("_", "-")
    if address not in _ASSIGNED:
        return "private or reserved"
    for what, network in _RESERVED.items():
        if address in network:
            return what
    if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
        return _ipv4_reason(IPv4Address(int(address) & 0xFFFFFFFF))
    return None


def checked_addresses(
    host: str,
    port: int,
    *,
    resolve: Resolve,
    private: bool,
    seconds: float,
    advice: str = "name {host} in sources.private_hosts",
) -> Sequence[str]:
    """The addresses of `host`, every one of which may be requested; connect to these, never to the name.

    Args:
        host: a name in lower case, or an address.
        port: the port that will be connected to.
        resolve: looks up the addresses of a name; called once.
        private: the host may have any address.
        seconds: longest wait for `resolve`.
        advice: what to do if the server is one's own; with "{host}".

    Raises:
        UnreachableHostError: there is no such host, or one of its addresses is not public.
        TimeoutError: `resolve` took too long.
    """
    addresses = _addresses(host, port, resolve, seconds)
    if not private:
        for address in addresses:
            if (why := non_public_reason(address)) is not None:
                raise UnreachableHostError(
                    f"{shown(host)} has the address {shown(address)[1:-1]}, which is {why} and never requested; "
                    f"if the server is yours, {advice.format(host=shown(host))}"
                )
    return addresses


def _addresses(host: str, port: int, resolve: Resolve, seconds: float) -> Sequence[str]:
    try:
        return (str(ip_address(host)),)
    except ValueError:
        pass
    # The system's resolver has no timeout, so it runs in a thread that is abandoned when time is up.
    answers: queue.SimpleQueue[Sequence[str] | Exception] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            answers.put(tuple(resolve(host, port)))
        except Exception as error:  # raised again below, in the thread that waits
            answers.put(error)

    threading.Thread(target=look_up, daemon=True, name=f"resolve {host}").start()
    try:
        answer = answers.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(answer, (OSError, UnicodeError)):
        reason = getattr(answer, "strerror", None) or str(answer)
        raise UnreachableHostError(
            f"no address is found for the host {shown(host)} ({reason}); is it spelt rightly?"
        )
    if isinstance(answer, Exception):
        raise answer
    if not answer:
        raise UnreachableHostError(f"the host {shown(host)} has no address; is it spelt rightly?")
    return answer
