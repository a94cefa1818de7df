"""Commands whose connection is lost are handed in again, whoever notices first that it is dead."""

import fcntl
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from recirc.store.command_port import CommandPort
from recirc.store.commands import Command, Intern
from recirc.store.database import prepare
from recirc.store.link import LinkServer


@pytest.mark.parametrize("attempt", range(10))
def test_what_was_pending_and_what_comes_next_are_both_applied(tmp_path: Path, attempt: int) -> None:
    path = (tmp_path / "recirc.db").resolve()
    prepare(path, 5.0)
    received: list[Command] = []

    def never_answered(command: Command) -> "Future[Any]":
        received.append(command)
        return Future()

    with path.with_name("recirc.db.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        server = LinkServer(path, never_answered)
        port = CommandPort.open(path, busy_seconds=10.0)
        pending = [port.submit(Intern((f"pending {attempt} {n}",))) for n in range(3)]
        server.close()
    following = [port.submit(Intern((f"next {attempt} {n}",))) for n in range(3)]
    results = [future.result(timeout=60) for future in (*pending, *following)]
    assert sorted(index for result in results for index in result.values()) == list(range(6))
    assert port.leads
    port.close()
