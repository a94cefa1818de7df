"""One request a host at a time, with a pause between two; other hosts are not held up."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from recirc.sources.fetching.fault import TransportError

REMEMBERED: Final = 1_000  # hosts; those that nobody waits for and whose pause is over are forgotten


class _Place:
    """One key of `NamedLocks`."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.users = 0
        self.free_at = 0.0
        self.held_until = 0.0


class NamedLocks:
    """Locks by name, bounded in number: whoever has the turn is alone with that name."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._places: dict[str, _Place] = {}

    @contextmanager
    def turn(self, name: str) -> Iterator[_Place]:
        """Wait until `name` is free and keep it for the body."""
        with self._lock:
            if len(self._places) >= REMEMBERED and name not in self._places:
                self._forget()
            place = self._places.setdefault(name, _Place())
            place.users += 1
        try:
            with place.lock:
                yield place
        finally:
            with self._lock:
                place.users -= 1

    def _forget(self) -> None:
        now = self._clock()
        for name, place in list(self._places.items()):
            if not place.users and max(place.free_at, place.held_until) <= now:
                del self._places[name]


class HostPacer:
    """When a host may be asked next. Threads may share it."""

    def __init__(self, clock: Callable[[], float], sleep: Callable[[float], object]) -> None:
        """`clock` gives seconds that only rise; `sleep` waits so many of them."""
        self._clock = clock
        self._sleep = sleep
        self._turns = NamedLocks(clock)

    @contextmanager
    def turn(self, host: str, pause: float) -> Iterator[Callable[[float], None]]:
        """Wait until `host` may be asked, keep it for the body, and `pause` seconds after.

        The body is given a function that says for how many seconds the host wants to be left alone.

        Raises:
            Fault: the host wants to be left alone for now.
        """
        with self._turns.turn(host) as place:
            held = place.held_until - self._clock()
            if held > 0:
                raise TransportError(
                    f"the server asked for patience; it may be asked again in {held:,.0f} s",
                    wait_seconds=held,
                    cause="denied",
                )
            wait = place.free_at - self._clock()
            if wait > 0:
                self._sleep(wait)

            def hold(seconds: float) -> None:
                place.held_until = self._clock() + seconds

            try:
                yield hold
            finally:
                place.free_at = self._clock() + pause
