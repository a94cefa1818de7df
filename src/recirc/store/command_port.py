"""Where commands are handed in: to the sequencer of this process, or over a socket to that of another.

The process that holds a lock beside the store's file has the sequencer. All others hand their commands to it; when it
is gone, one of them takes the lock. Processes that must not lead (the workers of `recirc serve`, whose sequencer is
a process of its own that is started again) wait for it.
"""

import fcntl
import os
import threading
import time
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import IO, Any, ClassVar, Self

from recirc.store.commands import Command
from recirc.store.database import prepare
from recirc.store.decider import DecisionRules
from recirc.store.link import LinkClient, LinkServer
from recirc.store.orders.joining import follows_order, order_of
from recirc.store.ports import BusyError, StoreError
from recirc.store.sequencer import Sequencer

RETRY_SECONDS = 0.02
"""Pause between two attempts to reach or to become the process that has the sequencer."""


def problem_path(path: Path) -> Path:
    """The file in which a sequencer of its own process leaves why it could not start, for those who wait for it."""
    return path.with_name(f"{path.name}.problem")


class CommandPort:
    """Accepts commands for the store at one path. Shared by all that this process opens on that path."""

    _open: ClassVar[dict[tuple[int, Path], "CommandPort"]] = {}
    _opening: ClassVar[threading.RLock] = threading.RLock()

    @classmethod
    def open(
        cls, path: Path, *, busy_seconds: float, lead: bool = True, rules: DecisionRules | None = None
    ) -> Self:
        """The port of this process for a store; close it, or use it in a `with`.

        `lead`: whether this process may have the sequencer; `rules`: how the events of an older file are decided.

        Raises:
            StoreError: the file cannot be used.
        """
        key = (os.getpid(), path.resolve())  # what was open before a fork belongs to the other process
        with cls._opening:
            port = cls._open.get(key)
            if port is None or (lead and not port._lead):
                prepare(
                    path, busy_seconds, rules
                )  # whoever may lead knows at once that the file cannot be used
            if port is None:
                port = cls(key, busy_seconds, lead)
                if follows_order(path, busy_seconds):
                    port.take_lead()  # else it would lag behind the other machines until its own first command
                cls._open[key] = port
            port._users += 1
            return port  # type: ignore[return-value]  # the class has no subclasses

    def __init__(self, key: tuple[int, Path], busy_seconds: float, lead: bool) -> None:
        self._key = key
        self._path = key[1]
        self._busy_seconds = busy_seconds
        self._lead = lead
        self._users = 0
        self._lock = threading.RLock()
        self._closed = False
        self._held: IO[str] | None = None
        self._sequencer: Sequencer | None = None
        self._server: LinkServer | None = None
        self._client: LinkClient | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def leads(self) -> bool:
        """Whether this process has the sequencer."""
        return self._sequencer is not None

    def submit(self, command: Command) -> "Future[Any]":
        """Hand in a command; the future has its result once that is on disk.

        A command whose reply was lost is handed in again: all of them may be, without a second effect. The future
        raises StoreError when it could not be kept.

        Raises:
            BusyError: nobody has the sequencer.
            StoreError: the port is closed.
        """
        future: Future[Any] = Future()
        self._hand_in(command, future)
        return future

    def connect(self) -> None:
        """Reach the sequencer, or start it here. Raises as `submit`.

        A process that must not lead does not wait: its event loop would stand still, and it can answer that it is busy.
        """
        deadline = time.monotonic() + (self._busy_seconds if self._lead else 0.0)
        with self._lock:
            while self._sequencer is None and self._client is None:
                if self._closed:
                    raise StoreError(f"{self._path}: the store is closed")
                if self._take_lead() or self._reach():
                    return
                if time.monotonic() > deadline:
                    raise BusyError(self._away())
                time.sleep(RETRY_SECONDS)

    def _away(self) -> str:
        try:
            why = problem_path(self._path).read_text()
        except OSError:
            return (
                f"{self._path}: the process that writes is away or busy for longer than "
                f"{self._busy_seconds:g} s; send again in a moment"
            )
        return f"the process that writes cannot start: {why}"

    def close(self) -> None:
        """Finish what was handed in; the last who closes ends the sequencer of this process, too."""
        with self._opening:
            self._users -= 1
            if self._users > 0 or self._closed:
                return
            self._open.pop(self._key, None)
            self._closed = True
        # Without the lock: a callback of a future may be at it.
        if self._client is not None:
            self._client.close()
        if self._server is not None:
            self._server.close()
        if self._sequencer is not None:
            self._sequencer.close()
        if self._held is not None:
            self._held.close()

    def _hand_in(self, command: Command, future: "Future[Any]") -> None:
        while True:
            self.connect()
            with self._lock:
                sequencer, client = self._sequencer, self._client
            if sequencer is not None:
                sequencer.submit(command, future)
                return
            if client is None:
                continue  # lost again since then
            try:
                client.submit(command, future)
            except OSError:
                self._forget(client)
            else:
                return

    def take_lead(self) -> bool:
        """Start the sequencer here if no other process has it; whether it is here now. Raises StoreError."""
        with self._lock:
            return self._sequencer is not None or self._take_lead()

    def _take_lead(self) -> bool:
        if not self._lead:
            return False
        held = self._path.with_name(f"{self._path.name}.lock").open("a")
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            held.close()
            return False
        try:
            sequencer = Sequencer(self._path, self._busy_seconds, order_of(self._path, self._busy_seconds))
        except BaseException:
            held.close()
            raise
        try:
            self._server = LinkServer(self._path, sequencer.submit)
        except OSError as error:
            sequencer.close()
            held.close()
            raise StoreError(
                f"{self._path.parent}: no socket can be made there; make the folder writable ({error})"
            ) from error
        self._held, self._sequencer = held, sequencer
        return True

    def _reach(self) -> bool:
        try:
            self._client = LinkClient(self._path, self._recover)
        except OSError:
            return False
        return True

    def _forget(self, client: LinkClient) -> None:
        with self._lock:
            if self._client is client:
                self._client = None

    def _recover(self, client: LinkClient) -> None:
        """A connection was lost: reach the next process with the sequencer, and hand in what is pending there again.

        By now another thread may have found the connection dead, too, and made the next one, which stays.
        """
        self._forget(client)
        deadline = time.monotonic() + self._busy_seconds
        for command, future in client.pending():
            while not future.done():
                try:
                    self._hand_in(command, future)
                except BusyError as error:
                    if time.monotonic() > deadline:
                        future.set_exception(error)
                    time.sleep(RETRY_SECONDS)
                except StoreError as error:
                    future.set_exception(error)
                else:
                    break
