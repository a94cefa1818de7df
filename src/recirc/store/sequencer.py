"""One thread that writes: commands in their order, grouped in transactions, answered after the commit."""

import logging
import secrets
import socket
import sqlite3
import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from recirc.clock import now_ms
from recirc.store import history
from recirc.store.apply import apply, weight
from recirc.store.cleaning import Cleaner
from recirc.store.commands import Command, Erase, EraseEvents, EraseNames
from recirc.store.database import connect, explain, is_busy
from recirc.store.decider import Decider
from recirc.store.orders.local import LocalOrder
from recirc.store.orders.order import Offer, Order, OrderAwayError, Ordered, sequence
from recirc.store.ports import BusyError, ForkError, HistoryHead, StoreError, UnconfirmedError

WAITING_ROWS = 4_000_000
"""Rows that may wait for the disk; beyond that commands are refused, so that memory stays bounded."""

WAIT_SECONDS = 0.25
"""How long the next commands are waited for before those that waited too long are answered."""

AGAIN_SECONDS = 0.5
"""Pause before what a durable order keeps is applied again after a failure, or a fork is looked at again."""

PREPARE_SECONDS: Final = 30.0
"""Pause before a sequencer that could not make ready for the next events tries it again."""

MACHINE: Final = socket.gethostname()
"""Name of this machine in the history of commands."""

log = logging.getLogger("recirc.store")
_commands = msgspec.msgpack.Decoder(Command)


class _Job(NamedTuple):
    """A command handed in here. `deadline` is in seconds of the monotonic clock."""

    command: Command
    rows: int
    future: "Future[Any]"
    deadline: float


class _InapplicableError(Exception):
    """A command of a shared order failed on this machine, and not because it is refused."""


class Sequencer:
    """Applies an order's commands over its own connection, each wholly or not at all.

    There is one for a file at any moment: see `CommandPort`. Where the order itself keeps the commands, a transaction
    that fails is tried again until it succeeds. Else its commands are tried again one by one, so that one that cannot
    be kept does not fail its neighbours.
    """

    def __init__(self, path: Path, busy_seconds: float, order: Order | None = None) -> None:
        """`order` is closed with the sequencer; None: a local one."""
        self._path = path
        self._busy_seconds = busy_seconds
        self._order: Order = LocalOrder() if order is None else order
        self._connection: sqlite3.Connection | None = None
        self._decider = Decider()
        self._cleaner = Cleaner(path, busy_seconds)
        self._head: HistoryHead | None = None  # None: to be read from the file
        self._lock = threading.Lock()  # of the next four
        self._closed = False
        self._fork: ForkError | None = None
        self._stuck = False  # at a command that cannot be applied; used in the thread alone
        self._prepare_from = 0.0  # monotonic; 0: it has not failed; likewise
        self._may_be_noted = True  # a fork in the file, by a process before this one
        self._waiting = 0
        self._jobs: dict[bytes, _Job] = {}
        self._thread = threading.Thread(target=self._run, name=f"sequencer of {path.name}", daemon=True)
        self._thread.start()

    def submit(self, command: Command, future: "Future[Any] | None" = None) -> "Future[Any]":
        """Hand in a command; the future (a new one, if none is given) has its result once that is on disk.

        The future raises StoreError when the command could not be kept, BusyError when that is not known yet. Raises
        StoreError when the sequencer is closed or its store is not of the order's history, BusyError when too much
        waits for the disk.
        """
        future = Future() if future is None else future
        if not future.running() and not future.set_running_or_notify_cancel():
            return future
        job = _Job(command, weight(command), future, time.monotonic() + self._busy_seconds)
        offer = Offer(secrets.token_bytes(16), now_ms(), MACHINE, msgspec.msgpack.encode(command))
        with self._lock:
            if self._closed:
                raise StoreError(f"{self._path}: the store is closed")
            if self._fork is not None:
                raise self._fork
            if self._waiting and self._waiting + job.rows > WAITING_ROWS:
                raise BusyError(f"{self._path}: the disk cannot keep up; send again in a moment")
            self._waiting += job.rows
            self._jobs[offer.id] = job
            self._order.offer([offer])
        return future

    def close(self) -> None:
        """Finish what was handed in, then end the thread. May be called again, and from a callback."""
        with self._lock:
            self._closed = True
        self._order.end()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        while True:
            try:
                group = self._order.follow(self._known_head(), WAIT_SECONDS)
            except OrderAwayError as error:
                self._expire(OrderAwayError(f"{self._path}: {error}"))
                if self._done:
                    break
                continue
            except ForkError as error:
                self._refuse(error)
                if self._closed:
                    break
                time.sleep(AGAIN_SECONDS)
                continue
            except sqlite3.Error as error:
                self._disconnect()
                self._expire(explain(error, self._path, self._busy_seconds))
                if self._done:
                    break
                time.sleep(AGAIN_SECONDS)
                continue
            if group is None:
                break
            if not self._stuck:
                self._refuse(None)
            self._apply_group(group)
            self._cleaner.run()
            if self._stuck and self._closed:
                break
            if self._order.durable:
                self._expire(BusyError(f"{self._path}: it has not come back from the order yet"))
        self._order.close()
        self._disconnect()

    @property
    def _done(self) -> bool:
        """Whether the sequencer is closed and nothing waits for it any more."""
        with self._lock:
            return self._closed and not self._jobs

    def _known_head(self) -> HistoryHead:
        if self._head is None:
            self._head = history.head(self._connected())
        return self._head

    def _apply_group(self, group: Sequence[Ordered]) -> None:
        """Apply commands and answer them; those of a durable order that could not be kept come again."""
        if not group:
            self._prepare()
            return
        try:
            outcomes = self._commit(group)
        except sqlite3.Error as error:
            self._roll_back(error)
            if self._order.durable:
                self._expire(explain(error, self._path, self._busy_seconds))
                time.sleep(AGAIN_SECONDS)
            # The next attempt would wait for the lock as long again, and each of the others too.
            elif len(group) == 1 or is_busy(error):
                self._answer(group, [explain(error, self._path, self._busy_seconds)] * len(group))
            else:
                self._apply_singly(group)
        except _InapplicableError as error:
            self._disconnect()
            if len(group) == 1:
                self._stop_at(group[0], error)
            else:
                self._apply_singly(group)
        except Exception as error:  # the thread must outlive whatever happens; the caller receives it
            self._disconnect()
            self._answer(group, [error] * len(group))
            if self._order.durable:
                time.sleep(AGAIN_SECONDS)
        else:
            self._stuck = False
            self._answer(group, outcomes)

    def _prepare(self) -> None:
        """Make ready for the next events while nothing else is to be done: the first one would wait for it."""
        if time.monotonic() < self._prepare_from:
            return
        try:
            self._decider.prepare(self._connected())
        except Exception as error:  # the next append finds the same, and its sender receives it
            if not self._prepare_from:
                log.warning("%s: not ready for the next events: %s", self._path, error)
            self._prepare_from = time.monotonic() + PREPARE_SECONDS
            self._decider.forget()
            self._disconnect()
        else:
            self._prepare_from = 0.0

    def _stop_at(self, ordered: Ordered, error: "_InapplicableError") -> None:
        """Write nothing before this command of a shared order can be applied: other machines may have applied it."""
        if not self._stuck:
            log.error(
                "%s: command %d cannot be applied", self._path, ordered.position, exc_info=error.__cause__
            )
        self._stuck = True
        self._refuse(
            ForkError(
                f"command {ordered.position:,} of the order cannot be applied on this machine ({error}). Other "
                "machines may have applied it, so nothing is written here until it can be: update or restart "
                "Recirc, or replace this store by a backup of a machine that follows the order"
            )
        )
        time.sleep(AGAIN_SECONDS)

    def _apply_singly(self, group: Sequence[Ordered]) -> None:
        for each in group:
            try:
                head = self._known_head()
            except sqlite3.Error as error:
                self._disconnect()
                self._answer([each], [explain(error, self._path, self._busy_seconds)])
            else:
                self._apply_group(sequence(head, [each.offer]))
            if self._stuck:
                break

    def _commit(self, group: Sequence[Ordered]) -> list[Any]:
        connection = self._connected()
        connection.execute("BEGIN IMMEDIATE")
        outcomes = [self._apply(connection, each) for each in group]
        connection.execute("COMMIT")
        self._head = HistoryHead(group[-1].position, group[-1].hash)
        self._cleaner.run()
        return outcomes

    def _apply(self, connection: sqlite3.Connection, ordered: Ordered) -> Any:
        job = self._jobs.get(ordered.offer.id)
        kind = "unreadable"
        connection.execute("SAVEPOINT command")
        try:
            command = _commands.decode(ordered.offer.payload) if job is None else job.command
            kind = str(command.__struct_config__.tag)
            outcome = apply(connection, command, self._decider)
            if isinstance(command, Erase | EraseNames | EraseEvents):
                self._cleaner.note()
        except sqlite3.Error:
            raise  # SQLite may have rolled back everything
        except Exception as error:  # the command is refused; its neighbours are not concerned
            # A refusal follows from the order, on every machine. Anything else may have happened on this one alone.
            if self._order.durable and not isinstance(error, StoreError):
                raise _InapplicableError(f"{kind}: {type(error).__name__}: {error}") from error
            connection.execute("ROLLBACK TO command")
            outcome = error
        connection.execute("RELEASE command")
        history.add(connection, ordered, kind, refused=isinstance(outcome, BaseException))
        return outcome

    def _answer(self, group: Iterable[Ordered], outcomes: Iterable[Any]) -> None:
        for ordered, outcome in zip(group, outcomes, strict=True):
            with self._lock:
                job = self._jobs.pop(ordered.offer.id, None)
                self._waiting -= job.rows if job else 0
            if job is None:
                continue  # another machine's, or its sender was told that it is not known
            if isinstance(outcome, BaseException):
                job.future.set_exception(outcome)
            else:
                job.future.set_result(outcome)

    def _expire(self, cause: StoreError) -> None:
        """Answer the commands that waited for too long: it is not known whether they will take effect.

        What waits in this process alone takes none: its senders receive the cause.
        """
        now = time.monotonic()
        with self._lock:
            ids = [key for key, job in self._jobs.items() if job.deadline < now]
        if ids and (self._order.durable or isinstance(cause, BusyError)):
            cause = UnconfirmedError(f"{cause}; whether this takes effect is not known, send it again")
        self._give_up(ids, cause)

    def _refuse(self, fork: ForkError | None) -> None:
        """Refuse everything while the order has another history, and say so in the file; None: it has not."""
        if fork is None and not self._may_be_noted:
            return
        try:
            why = None if fork is None else str(fork)
            if history.fork(self._connected()) != why:
                history.note_fork(self._connected(), why)
            self._may_be_noted = fork is not None
        except sqlite3.Error:
            self._disconnect()
        with self._lock:
            self._fork = fork
            ids = list(self._jobs) if fork is not None else []
        if fork is not None:
            # Where the order is followed, what was handed in may be in it.
            unknown = UnconfirmedError(f"{fork}. Whether this takes effect is not known, send it again")
            self._give_up(ids, unknown if self._stuck else fork)

    def _give_up(self, ids: Sequence[bytes], error: StoreError) -> None:
        self._order.give_up(ids)
        for key in ids:
            with self._lock:
                job = self._jobs.pop(key)
                self._waiting -= job.rows
            job.future.set_exception(error)

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = connect(self._path, self._busy_seconds, writing=True)
        return self._connection

    def _roll_back(self, error: sqlite3.Error) -> None:
        """Leave the connection without a transaction; close it unless the cause lies outside of it."""
        primary = getattr(error, "sqlite_errorcode", 0) & 0xFF
        connection = self._connection
        if connection is None or primary not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL):
            self._disconnect()
            return
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error:
            self._disconnect()

    def _disconnect(self) -> None:
        """Close the connection, which rolls back what is not committed; the next command opens another."""
        self._head = None
        if self._connection is not None:
            self._connection.close()
            self._connection = None
