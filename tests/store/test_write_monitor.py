from collections import namedtuple
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from recirc.store.ports import BusyError, ConflictError, StoreError
from recirc.store.write_monitor import WriteMonitor


def outcome(error: BaseException | None) -> "Future[Any]":
    future: Future[Any] = Future()
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)
    return future


def reached() -> None:
    pass


class Trials:
    """Trials with outcomes in order, counted."""

    def __init__(self, *errors: StoreError | None) -> None:
        self.errors = list(errors)

    def __call__(self) -> "Future[Any]":
        return outcome(self.errors.pop(0))


def test_writes_that_succeed_have_no_problem_and_need_no_trial(tmp_path: Path) -> None:
    monitor = WriteMonitor(tmp_path / "recirc.db", 5.0)
    assert monitor.problem(reached, Trials()) is None
    monitor.watch(lambda: outcome(None))
    monitor.watch(lambda: outcome(ConflictError("based on an old version")))
    assert monitor.problem(reached, Trials()) is None


def test_after_a_failure_trials_say_whether_it_lasts(tmp_path: Path) -> None:
    monitor = WriteMonitor(tmp_path / "recirc.db", 5.0)
    monitor.watch(lambda: outcome(StoreError("the disk is full")))
    trials = Trials(StoreError("the disk is full"), StoreError("the disk failed"), None)
    assert monitor.problem(reached, trials) == "the disk is full"
    assert monitor.problem(reached, trials) == "the disk failed"
    assert monitor.problem(reached, trials) is None
    assert monitor.problem(reached, trials) is None
    assert trials.errors == []


def test_a_process_that_cannot_be_reached_any_more_is_a_problem(tmp_path: Path) -> None:
    def away() -> None:
        raise BusyError("the process that writes is away")

    monitor = WriteMonitor(tmp_path / "r.db", 5.0)
    assert monitor.problem(away, Trials()) is None  # it is still starting
    assert monitor.problem(reached, Trials()) is None
    assert monitor.problem(away, Trials()) == "the process that writes is away"


def test_a_write_that_waits_too_long_is_a_problem_until_it_is_done(tmp_path: Path) -> None:
    monitor, future = WriteMonitor(tmp_path / "r.db", 0.0), Future[Any]()
    monitor.watch(lambda: future)
    assert "a write has waited for 0 s" in str(monitor.problem(reached, Trials()))
    future.set_result(None)
    assert monitor.problem(reached, Trials()) is None


def test_a_disk_without_space_is_a_problem_before_a_write_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage(10**9, 10**9, 5000))
    assert "the disk is full, 5,000 bytes are free" in str(
        WriteMonitor(tmp_path / "r.db", 5.0).problem(reached, Trials())
    )
