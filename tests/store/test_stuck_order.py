"""Sequencers that cannot go on: a command that fails on one machine of several, a history that cannot be read."""

import os
import queue
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from recirc.server import sequencing
from recirc.settings import Settings, StoreSettings
from recirc.store import history, sequencer
from recirc.store.apply import apply as real_apply
from recirc.store.command_port import CommandPort, problem_path
from recirc.store.commands import Command, Intern, Unvoid
from recirc.store.orders.order import Offer, Ordered, sequence
from recirc.store.ports import BusyError, ForkError, HistoryHead, StoreError, UnconfirmedError
from recirc.store.sequencer import Sequencer
from recirc.store.sqlite import SqliteStore

SECONDS = 60.0


class SharedOrder:
    """An order in memory that keeps its commands, as one that several machines share."""

    durable = True

    def __init__(self) -> None:
        self._kept: list[Offer] = []
        self._new: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._ended = False

    def by_another_machine(self, *commands: Command | bytes) -> None:
        for each in commands:
            payload = each if isinstance(each, bytes) else msgspec.msgpack.encode(each)
            self._kept.append(Offer(bytes([len(self._kept)]) * 16, 0, "other", payload))
        self._new.put(None)

    def offer(self, offers: Sequence[Offer]) -> None:
        self._kept += offers
        self._new.put(None)

    def give_up(self, ids: Sequence[bytes]) -> None:
        """What was offered is in it already."""

    def follow(self, head: HistoryHead, seconds: float) -> list[Ordered] | None:
        if len(self._kept) == head.position:
            if self._ended:
                return None
            try:
                self._new.get(timeout=seconds)
            except queue.Empty:
                return []
        return sequence(head, self._kept[head.position :])

    def end(self) -> None:
        self._ended = True
        self._new.put(None)

    def close(self) -> None:
        """There is nothing to close."""


def until(true: Callable[[], Any]) -> None:
    give_up = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < give_up
        time.sleep(0.01)


def fork_of(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return history.fork(connection) or ""


def ids_in(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [name for (name,) in connection.execute("SELECT id FROM articles ORDER BY idx")]


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Names whose commands fail, as by a fault of this machine."""
    names: set[str] = set()

    def apply(connection: sqlite3.Connection, command: Command, decider: Any) -> Any:
        if isinstance(command, Intern) and names & set(command.ids):
            raise MemoryError("no memory for that")
        return real_apply(connection, command, decider)

    monkeypatch.setattr("recirc.store.sequencer.apply", apply)
    return names


def test_a_command_that_fails_here_stops_this_machine_until_it_can_be_applied(
    tmp_path: Path, failing: set[str]
) -> None:
    path = tmp_path / "recirc.db"
    SqliteStore(path).close()
    order, failing_name = SharedOrder(), "b"
    failing.add(failing_name)
    with closing(Sequencer(path, SECONDS, order)) as machine:
        order.by_another_machine(Intern(("a",)), Intern((failing_name,)), Intern(("c",)))
        until(lambda: fork_of(path))
        assert ids_in(path) == ["a"], "what came before it is applied, and nothing after it"
        assert "command 2" in fork_of(path)
        assert "MemoryError: no memory for that" in fork_of(path)
        with pytest.raises(ForkError, match="Other machines may have applied it"):
            machine.submit(Intern(("d",)))
        time.sleep(2 * sequencer.AGAIN_SECONDS)  # it is tried again, and writes stay refused meanwhile
        with pytest.raises(ForkError):
            machine.submit(Intern(("d",)))
        failing.clear()
        until(lambda: ids_in(path) == ["a", "b", "c"])
        until(lambda: not fork_of(path))
        assert machine.submit(Intern(("d",))).result(SECONDS) == {"d": 3}


def test_who_waits_for_such_a_command_learns_that_it_may_take_effect(
    tmp_path: Path, failing: set[str]
) -> None:
    path = tmp_path / "recirc.db"
    SqliteStore(path).close()
    failing.add("b")
    with closing(Sequencer(path, SECONDS, SharedOrder())) as machine:
        with pytest.raises(UnconfirmedError, match="send it again"):
            machine.submit(Intern(("b",))).result(SECONDS)
        failing.clear()
        until(lambda: ids_in(path) == ["b"])


def test_a_command_that_nobody_here_can_read_stops_this_machine(tmp_path: Path) -> None:
    path = tmp_path / "recirc.db"
    SqliteStore(path).close()
    order = SharedOrder()
    with closing(Sequencer(path, SECONDS, order)):
        order.by_another_machine(Intern(("a",)), b"no command")
        until(lambda: fork_of(path))
        assert "command 2 of the order cannot be applied on this machine (unreadable:" in fork_of(path)


def test_what_is_refused_is_refused_on_every_machine_and_stops_none(tmp_path: Path) -> None:
    path = tmp_path / "recirc.db"
    SqliteStore(path).close()
    with closing(Sequencer(path, SECONDS, SharedOrder())) as machine:
        with pytest.raises(StoreError):
            machine.submit(Unvoid(key="no such exclusion", by="ann", time=0)).result(SECONDS)
        assert machine.submit(Intern(("a",))).result(SECONDS) == {"a": 0}
    assert not fork_of(path)


def test_in_a_store_alone_a_command_that_fails_is_refused_alone(tmp_path: Path, failing: set[str]) -> None:
    path = tmp_path / "recirc.db"
    SqliteStore(path).close()
    failing.add("b")
    with closing(Sequencer(path, SECONDS)) as machine:
        futures: list[Future[Any]] = [machine.submit(Intern((name,))) for name in "abc"]
        with pytest.raises(MemoryError):
            futures[1].result(SECONDS)
        assert futures[0].result(SECONDS) == {"a": 0}
        assert futures[2].result(SECONDS) == {"c": 1}


def test_a_history_that_cannot_be_read_is_named_and_the_store_can_be_closed(tmp_path: Path) -> None:
    path = tmp_path / "recirc.db"
    with SqliteStore(path) as store:
        store.intern([f"a-{number}" for number in range(50)])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'commands'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    with SqliteStore(path, busy_seconds=0.5) as store:
        with pytest.raises(StoreError, match="the file is damaged") as refused:
            store.intern(["new"])
        assert not isinstance(refused.value, BusyError), "nothing of it was kept"
        assert store.find(["a-7"]).tolist() == [7]


def test_workers_learn_why_their_sequencer_cannot_start(tmp_path: Path) -> None:
    path = tmp_path / "recirc.db"
    SqliteStore(path).close()
    settings = Settings(store=StoreSettings(path=str(path), busy_seconds=0.2))
    with CommandPort.open(path, busy_seconds=0.2, lead=False) as port:
        with pytest.raises(BusyError, match="away or busy"):
            port.submit(Intern(("a",)))
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("UPDATE meta SET value = '99' WHERE key = 'format'")
            connection.execute("PRAGMA user_version = 99")
            connection.commit()
        assert sequencing.run(settings, os.getppid()) == 2
        with pytest.raises(BusyError, match=r"cannot start: .*recirc\.db.*format"):
            port.submit(Intern(("a",)))
    assert problem_path(path).read_text()
