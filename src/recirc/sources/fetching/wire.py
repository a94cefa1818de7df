"""One request and its answer, on a connection of its own, with bounds on time and size."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import httpcore
import httpx

from recirc.sources.fetching.addresses import Resolve, checked
from recirc.sources.fetching.fault import TransportError, UnreachableHostError
from recirc.sources.fetching.unpacking import ACCEPTED, Unpacker

MOST_ADDRESSES: Final = 8  # of a host that are tried


class HttpReply(NamedTuple):
    """What a server answered; `body` is unpacked, and empty where the status is not 2xx."""

    status: int
    headers: httpx.Headers
    body: bytes


class FetchLimits(NamedTuple):
    """How much an exchange may take.

    Attributes:
        seconds: from the question for the host's address to the last byte.
        most_bytes: of the body, as sent and unpacked.
        cut: leave the rest of a longer body instead of refusing it.
        private: the host may have any address, not only one of the open internet.
    """

    seconds: float
    most_bytes: int
    cut: bool = False
    private: bool = False


class Transport:
    """Talks to servers. A host's addresses are asked for once, all are looked at, and the connection is made to one
    of these; proxies of the environment are not used. Threads may share it.
    """

    def __init__(
        self,
        *,
        resolve: Resolve,
        clock: Callable[[], float],
        tls: ssl.SSLContext,
    ) -> None:
        """`clock` gives seconds that only rise."""
        self.resolve = resolve
        self.clock = clock
        self._tls = tls
        self._lock = threading.Lock()
        self._open: set[httpcore.NetworkStream] = set()
        self._closed = False

    def get(self, url: httpx.URL, headers: Mapping[str, str], bounds: FetchLimits) -> HttpReply:
        """What the server answers to GET `url`; redirects are not followed.

        Raises:
            Fault: no answer within the bounds.
        """
        deadline = _Deadline(bounds.seconds, self.clock)
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        ours = {"Host": url.netloc.decode("ascii"), "Accept": "*/*", "Connection": "close"}
        sent = [*ours.items(), ("Accept-Encoding", ACCEPTED), *headers.items()]
        try:
            with (
                httpcore.HTTPConnection(
                    target.origin,
                    ssl_context=self._tls,
                    network_backend=_Backend(self, deadline, bounds.private),
                ) as connection,
                connection.stream("GET", target, headers=sent) as response,
            ):
                received = httpx.Headers(response.headers)
                if not 200 <= response.status <= 299:
                    return HttpReply(response.status, received, b"")
                body = _body(response.iter_stream(), received, bounds, deadline)
                self._go_on()  # to whoever reads, the end that `close` makes looks like that of the answer
                return HttpReply(response.status, received, body)
        except (httpcore.TimeoutException, TimeoutError):
            self._go_on()
            raise TransportError(
                f"the server took longer than the {bounds.seconds:,.1f} s that it had (sources.timeout_seconds)",
                cause="timeout",
            ) from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol) as error:
            self._go_on()
            raise _fault(error) from None

    def _go_on(self) -> None:
        if self._closed:
            raise TransportError("left, as Recirc stops") from None

    def close(self) -> None:
        """End every exchange that is under way, in whatever thread."""
        with self._lock:
            self._closed = True
            streams = list(self._open)
        for stream in streams:
            _end(stream)

    def keep(self, stream: httpcore.NetworkStream) -> None:
        """Remember an open connection, so that `close` ends it."""
        with self._lock:
            self._open.add(stream)
        if self._closed:
            _end(stream)

    def forget(self, stream: httpcore.NetworkStream) -> None:
        """A connection is closed."""
        with self._lock:
            self._open.discard(stream)


def _end(stream: httpcore.NetworkStream) -> None:
    """Wake whoever reads from a connection. To close it here would free its number for the next one opened."""
    with contextlib.suppress(OSError):
        # The method of the plain socket: that of a TLS socket would take its keys from under the reader.
        socket.socket.shutdown(stream.get_extra_info("socket"), socket.SHUT_RDWR)


class _Deadline:
    """A moment after which nothing is waited for."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._end = clock() + seconds

    def left(self, most: float | None = None) -> float:
        """Seconds until then, at most `most`; raises httpcore.ReadTimeout when there are none."""
        left = self._end - self._clock()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left if most is None else min(left, most)


class _Stream(httpcore.NetworkStream):
    """A connection on which every step ends at the deadline, not only at its own."""

    def __init__(self, wire: Transport, stream: httpcore.NetworkStream, deadline: _Deadline) -> None:
        self._wire = wire
        self._stream = stream
        self._deadline = deadline
        wire.keep(stream)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left(timeout))

    def close(self) -> None:
        self._wire.forget(self._stream)
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        try:
            secured = self._stream.start_tls(ssl_context, server_hostname, self._deadline.left(timeout))
        except BaseException:
            self.close()
            raise
        self._wire.forget(self._stream)
        return _Stream(self._wire, secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    """Connects to addresses that were looked at, and to no other."""

    def __init__(self, wire: Transport, deadline: _Deadline, private: bool) -> None:
        self._wire = wire
        self._deadline = deadline
        self._private = private
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        wire = self._wire
        addresses = checked(
            host, port, resolve=wire.resolve, private=self._private, seconds=self._deadline.left()
        )[:MOST_ADDRESSES]
        for others, address in zip(range(len(addresses) - 1, -1, -1), addresses, strict=True):
            try:
                # An address that never answers leaves time for the ones after it.
                seconds = self._deadline.left(timeout) / (others + 1)
                stream = self._sockets.connect_tcp(
                    address, port, seconds, local_address, () if socket_options is None else socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if not others:
                    raise
            else:
                return _Stream(wire, stream, self._deadline)
        raise httpcore.ConnectError("no address")  # `checked` gives at least one


def _body(chunks: Iterator[bytes], headers: httpx.Headers, bounds: FetchLimits, deadline: _Deadline) -> bytes:
    most = bounds.most_bytes
    announced = headers.get("content-length", "")
    if not bounds.cut and announced.isdecimal() and int(announced[:20]) > most:
        raise _too_large(most, f", of which it announces {int(announced[:20]):,}")
    unpacker = Unpacker(headers.get("content-encoding", ""))
    body = bytearray()
    for chunk in chunks:
        for piece in unpacker.pieces(chunk):
            deadline.left()
            body += piece
            if len(body) > most:
                if bounds.cut:
                    return bytes(body[:most])
                raise _too_large(most)
    unpacker.end()
    return bytes(body)


def _too_large(most: int, more: str = "") -> TransportError:
    return TransportError(
        f"the answer is larger than {most:,} bytes{more}; if it is what you want, raise sources.most_bytes"
    )


def _fault(error: Exception) -> TransportError:
    """In words, why no answer came."""
    cause = error.__cause__
    reason = getattr(cause, "strerror", None) or error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return UnreachableHostError(f"its certificate does not hold: {cause.verify_message}")
    if isinstance(cause, ssl.SSLError):
        said = cause.reason or cause
        return UnreachableHostError(
            f"no secure connection: {said}; does the server speak https at this port?"
        )
    if isinstance(cause, ConnectionRefusedError):
        return UnreachableHostError(
            "connection refused: nothing listens there; is the port right, and the server running?"
        )
    if isinstance(error, httpcore.ConnectError):
        return UnreachableHostError(f"no connection: {reason}")
    if isinstance(error, httpcore.ProtocolError):
        return TransportError(f"the answer is not sound HTTP, or breaks off: {error}")
    return TransportError(f"the connection broke: {reason}", cause="unreachable")
