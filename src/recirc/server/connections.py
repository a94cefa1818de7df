"""Bounds of connections: how many a worker accepts, how many an address may have, and file descriptors for them."""

import logging
import os
import resource
import socket
import sys
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import NamedTuple

from recirc.settings import ServerSettings
from recirc.web.access import network_of

log = logging.getLogger("recirc.server")

MOST_FILES = 65_536
"""Largest limit of open files that the server sets for itself."""

RESERVED_FILES = 200
"""File descriptors of a worker that are not for connections: the store, the log, the other processes."""

LEAST_CONNECTIONS = 16

CHECK_SECONDS = 1.0
"""Interval at which the connections of each address are counted."""

WARN_SECONDS = 60.0
"""Interval of warnings about the same shortage."""

_FILES = Path("/proc/self/fd")


def connection_limit(settings: ServerSettings) -> int:
    """Number of connections that a worker may accept, after the limit of open files was raised as far as it goes.

    Beyond it connections wait in the kernel's queue, so that a worker never runs out of file descriptors.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
    possible = settings.connections if soft == resource.RLIM_INFINITY else soft - RESERVED_FILES
    if possible < settings.connections:
        possible = max(possible, LEAST_CONNECTIONS)
        print(
            f"recirc: the limit of open files is {soft:,}, so each worker accepts {possible:,} connections at once "
            f"instead of {settings.connections:,}; raise it with ulimit -n, or lower server.connections",
            file=sys.stderr,
            flush=True,
        )
        return possible
    return settings.connections


class _Connection(NamedTuple):
    """An accepted connection: its client's network, and since when it is known (s of the monotonic clock)."""

    network: str
    since: float


class ConnectionGuard:
    """Closes the oldest connections of an address that has too many, and warns before file descriptors run out.

    The HTTP server has no such limit, so the sockets are found among the process's open files. Linux only; elsewhere,
    and behind a proxy, nothing is closed.
    """

    def __init__(self, settings: ServerSettings) -> None:
        self._port = settings.port
        # All connections come from a trusted proxy, which has limits of its own.
        self._per_address = None if settings.trust_proxy else settings.connections_per_address
        self._known: dict[int, _Connection | None] = {}
        self._warned = -WARN_SECONDS

    def start(self) -> None:
        """Check in a background thread, as long as the process runs."""
        if _FILES.is_dir():
            Thread(target=self._run, name="connections", daemon=True).start()

    def _run(self) -> None:
        while True:
            time.sleep(CHECK_SECONDS)  # no event says that a connection was accepted
            with suppress(OSError):  # no file descriptor is left: the next check may find one
                self.check()

    def check(self) -> int:
        """Close the connections that are too many; returns their number. Raises OSError."""
        files = [int(file.name) for file in _FILES.iterdir()]
        self._warn(len(files))
        if self._per_address is None or len(files) <= self._per_address:
            return 0
        by_network: dict[str, list[tuple[float, int, int]]] = defaultdict(list)
        known: dict[int, _Connection | None] = {}
        for file in files:
            with suppress(OSError):  # closed meanwhile
                inode = os.fstat(file).st_ino
                found = self._known[inode] if inode in self._known else self._connection(file)
                known[inode] = found
                if found is not None:
                    by_network[found.network].append((found.since, inode, file))
        self._known = known
        closed = 0
        for connections in by_network.values():
            excess = sorted(connections)[: -self._per_address]
            closed += sum(_close(inode, file) for _, inode, file in excess)
            if excess:
                log.info("an address had %d connections; the oldest were closed", len(connections))
        return closed

    def _connection(self, file: int) -> _Connection | None:
        """The connection of a file descriptor; None: it is none to this server. Raises OSError."""
        try:
            with socket.socket(fileno=os.dup(file)) as copy:
                if copy.type != socket.SOCK_STREAM or copy.getsockname()[1] != self._port:
                    return None
                return _Connection(network_of(copy.getpeername()[0]), time.monotonic())
        except (OSError, IndexError, TypeError):  # no socket, one that listens, or one without ports
            return None

    def _warn(self, files: int) -> None:
        limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        now = time.monotonic()
        if limit != resource.RLIM_INFINITY and files > 0.9 * limit and now - self._warned >= WARN_SECONDS:
            self._warned = now
            log.warning(
                "%s of %s file descriptors are in use; raise the limit with ulimit -n, or lower server.connections",
                f"{files:,}",
                f"{limit:,}",
            )


def _close(inode: int, file: int) -> bool:
    """End a connection; its owner sees that as if the client had left. False: it is another file by now."""
    with suppress(OSError), socket.socket(fileno=os.dup(file)) as copy:
        if os.fstat(copy.fileno()).st_ino == inode:
            copy.shutdown(socket.SHUT_RDWR)
            return True
    return False
