"""One request to a host at a time, with a delay between two; other hosts do not wait for it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from recirc.sources.fetching.errors import TransportError

MAX_HOSTS: Final = 1_000  # hosts; those without waiting threads whose delay is over are forgotten


class _NamedLock:
    """One key of `NamedLocks`."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.users = 0
        self.next_at = 0.0
        self.blocked_until = 0.0


class NamedLocks:
    """Locks by name, bounded in number."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._locks: dict[str, _NamedLock] = {}

    @contextmanager
    def hold(self, name: str) -> Iterator[_NamedLock]:
        """Wait until `name` is free and hold it for the body."""
        with self._lock:
            if len(self._locks) >= MAX_HOSTS and name not in self._locks:
                self._forget()
            entry = self._locks.setdefault(name, _NamedLock())
            entry.users += 1
        try:
            with entry.lock:
                yield entry
        finally:
            with self._lock:
                entry.users -= 1

    def _forget(self) -> None:
        now = self._clock()
        for name, entry in list(self._locks.items()):
            if not entry.users and max(entry.next_at, entry.blocked_until) <= now:
                del self._locks[name]


class HostPacer:
    """When the next request to a host may be sent. Threads may share it."""

    def __init__(self, clock: Callable[[], float], sleep: Callable[[float], object]) -> None:
        """`clock` gives seconds that only rise; `sleep` waits for a number of them."""
        self._clock = clock
        self._sleep = sleep
        self._locks = NamedLocks(clock)

    @contextmanager
    def turn(self, host: str, delay: float) -> Iterator[Callable[[float], None]]:
        """Wait for the turn at `host`, and hold it for the body and `delay` seconds after.

        The body receives a function that blocks the host for a number of seconds, as its server asked for.

        Raises:
            TransportError: the host is blocked.
        """
        with self._locks.hold(host) as entry:
            blocked = entry.blocked_until - self._clock()
            if blocked > 0:
                raise TransportError(
                    f"the server answered that it has too many requests; the next is sent in {blocked:,.0f} s",
                    wait_seconds=blocked,
                    cause="denied",
                )
            wait = entry.next_at - self._clock()
            if wait > 0:
                self._sleep(wait)

            def block(seconds: float) -> None:
                entry.blocked_until = self._clock() + seconds

            try:
                yield block
            finally:
                entry.next_at = self._clock() + delay
