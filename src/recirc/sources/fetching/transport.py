"""httpx's transport for requests to other people's servers: only to addresses that were checked, with limits on the
total time and on the size of the response.
"""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, NamedTuple

import httpcore
import httpx

from recirc.sources.fetching.addresses import Resolve, checked_addresses
from recirc.sources.fetching.decompression import Decompressor
from recirc.sources.fetching.errors import TransportError, UnreachableHostError

MAX_ADDRESSES: Final = 8  # of a host that are tried
LIMITS: Final = "limits"  # key of a request's extensions, which hold its FetchLimits


class FetchLimits(NamedTuple):
    """Limits of one request.

    Attributes:
        seconds: total time, from looking up the host's address to the last byte.
        max_bytes: size of the body, both as sent and decompressed.
        truncate: cut a longer body off instead of failing.
        private: the host may have any address, not only a public one.
        time_setting, private_advice: the setting of the time, and what to do about an address that is not public, for
            texts of errors; with "{host}".
    """

    seconds: float
    max_bytes: int
    truncate: bool = False
    private: bool = False
    time_setting: str = "sources.timeout_seconds"
    private_advice: str = "name {host} in sources.private_hosts"


class GuardedTransport(httpx.BaseTransport):
    """Sends each request over a connection of its own. The host's addresses are looked up once, all of them are
    checked, and the connection is made to one of these; proxies of the environment are not used. Threads may share it.
    """

    def __init__(self, *, resolve: Resolve, clock: Callable[[], float], tls: ssl.SSLContext) -> None:
        """`clock` gives seconds that only rise."""
        self.resolve = resolve
        self.clock = clock
        self._tls = tls
        self._lock = threading.Lock()
        self._streams: set[httpcore.NetworkStream] = set()
        self._closed = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The response to `request`, whose `extensions` hold its limits. The body is decompressed while it is read.

        Raises:
            TransportError: no response within the limits; also while the body is read.
        """
        limits: FetchLimits = request.extensions[LIMITS]
        deadline = _Deadline(limits.seconds, self.clock)
        url = request.url
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        backend = _CheckedBackend(self, deadline, limits)
        connection = httpcore.HTTPConnection(target.origin, self._tls, network_backend=backend)
        sent = httpcore.Request(request.method, target, headers=request.headers.raw, content=request.stream)
        try:
            with self.failures(limits):
                received = connection.handle_request(sent)
        except BaseException:
            connection.close()
            raise
        headers = httpx.Headers(received.headers)
        body = _LimitedBody(self, connection, received, headers, limits, deadline)
        # httpx must not decompress the body again.
        kept = [(name, value) for name, value in headers.raw if name.lower() not in _OF_THE_WIRE]
        return httpx.Response(received.status, headers=kept, stream=body, request=request)

    @contextlib.contextmanager
    def failures(self, limits: FetchLimits) -> Iterator[None]:
        """Turn what goes wrong on the network into a TransportError."""
        try:
            yield
        except (httpcore.TimeoutException, TimeoutError):
            self.check_open()
            raise TransportError(
                f"the server took longer than the {limits.seconds:,.1f} s that it had ({limits.time_setting})",
                cause="timeout",
            ) from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol) as error:
            self.check_open()
            raise _transport_error(error) from None

    def check_open(self) -> None:
        """Raise TransportError after `close`."""
        if self._closed:
            raise TransportError("cancelled, as Recirc stops") from None

    def close(self) -> None:
        """End every request in progress, in whatever thread."""
        with self._lock:
            self._closed = True
            streams = list(self._streams)
        for stream in streams:
            _shut_down(stream)

    def register(self, stream: httpcore.NetworkStream) -> None:
        """Remember an open connection, so that `close` ends it."""
        with self._lock:
            self._streams.add(stream)
        if self._closed:
            _shut_down(stream)

    def unregister(self, stream: httpcore.NetworkStream) -> None:
        """Forget a connection that is closed."""
        with self._lock:
            self._streams.discard(stream)


_OF_THE_WIRE: Final = (b"content-encoding", b"content-length", b"transfer-encoding")


def _shut_down(stream: httpcore.NetworkStream) -> None:
    """Wake the thread that reads from a connection. Closing it here would free its number for the next one opened."""
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


class _LimitedBody(httpx.SyncByteStream):
    """The decompressed body of a response; reading it ends at the request's limits."""

    def __init__(
        self,
        transport: GuardedTransport,
        connection: httpcore.HTTPConnection,
        received: httpcore.Response,
        headers: httpx.Headers,
        limits: FetchLimits,
        deadline: _Deadline,
    ) -> None:
        self._transport = transport
        self._connection = connection
        self._received = received
        self._headers = headers
        self._limits = limits
        self._deadline = deadline

    def __iter__(self) -> Iterator[bytes]:
        with self._transport.failures(self._limits):
            yield from self._pieces()
            self._transport.check_open()  # to the reader, the end that `close` makes looks like that of the body

    def _pieces(self) -> Iterator[bytes]:
        most, truncate = self._limits.max_bytes, self._limits.truncate
        announced = self._headers.get("content-length", "")
        if not truncate and announced.isdecimal() and int(announced[:20]) > most:
            raise _too_large(most, f", of which it announces {int(announced[:20]):,}")
        decompressor = Decompressor(self._headers.get("content-encoding", ""))
        size = 0
        for chunk in self._received.iter_stream():
            for piece in decompressor.pieces(chunk):
                self._deadline.left()
                size += len(piece)
                if size > most:
                    if not truncate:
                        raise _too_large(most)
                    yield piece[: most - size]
                    return
                yield piece
        decompressor.end()

    def close(self) -> None:
        self._received.close()
        self._connection.close()


class _DeadlineStream(httpcore.NetworkStream):
    """A connection on which every step ends at the deadline, not only at its own timeout."""

    def __init__(
        self, transport: GuardedTransport, stream: httpcore.NetworkStream, deadline: _Deadline
    ) -> None:
        self._transport = transport
        self._stream = stream
        self._deadline = deadline
        transport.register(stream)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left(timeout))

    def close(self) -> None:
        self._transport.unregister(self._stream)
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        try:
            secured = self._stream.start_tls(ssl_context, server_hostname, self._deadline.left(timeout))
        except BaseException:
            self.close()
            raise
        self._transport.unregister(self._stream)
        return _DeadlineStream(self._transport, secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _CheckedBackend(httpcore.NetworkBackend):
    """Connects to addresses that were checked, and to no other."""

    def __init__(self, transport: GuardedTransport, deadline: _Deadline, limits: FetchLimits) -> None:
        self._transport = transport
        self._deadline = deadline
        self._limits = limits
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        transport, left = self._transport, self._deadline.left()
        addresses = checked_addresses(
            host,
            port,
            resolve=transport.resolve,
            private=self._limits.private,
            seconds=left,
            advice=self._limits.private_advice,
        )[:MAX_ADDRESSES]
        for others, address in zip(range(len(addresses) - 1, -1, -1), addresses, strict=True):
            try:
                # An address that never answers leaves time for those after it.
                seconds = self._deadline.left(timeout) / (others + 1)
                stream = self._sockets.connect_tcp(
                    address, port, seconds, local_address, () if socket_options is None else socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if not others:
                    raise
            else:
                return _DeadlineStream(transport, stream, self._deadline)
        raise httpcore.ConnectError("no address")  # `checked_addresses` gives at least one


def _too_large(most: int, more: str = "") -> TransportError:
    return TransportError(
        f"the answer is larger than {most:,} bytes{more}; if it is what you want, raise sources.most_bytes"
    )


def _transport_error(error: Exception) -> TransportError:
    """Why the network gave no response, in words."""
    cause = error.__cause__
    reason = getattr(cause, "strerror", None) or error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return UnreachableHostError(f"its certificate does not hold: {cause.verify_message}")
    if isinstance(cause, ssl.SSLError):
        reason = cause.reason or cause
        return UnreachableHostError(
            f"no secure connection: {reason}; does the server speak https at this port?"
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
