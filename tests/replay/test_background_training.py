"""The process that waits beside a server: what it says, when it tries again, and that no failure ends it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from recirc.engine.model_registry import MODELS
from recirc.replay import training_process
from recirc.replay.training_process import TOO_LITTLE, TrainingAttempt
from recirc.settings import Settings, StoreSettings, TrainingSettings
from recirc.store.registry import Registry


def settings_of(folder: Path, **training: Any) -> Settings:
    return Settings(
        store=StoreSettings(path=str(folder / "recirc.db")), training=TrainingSettings(**training)
    )


def stands_in(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Another program in place of the training."""

    def started(*_: object) -> "subprocess.Popen[bytes]":
        return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)

    monkeypatch.setattr(training_process, "start_process", started)


@pytest.mark.parametrize(
    ("code", "attempt"),
    [
        ("print('all is well')", TrainingAttempt(0, "all is well")),
        ("print('too little'); raise SystemExit(3)", TrainingAttempt(TOO_LITTLE, "too little")),
        (
            "print('recirc.db: locked'); raise SystemExit(2)",
            TrainingAttempt(
                2,
                "no model was trained (exit code 2): recirc.db: locked; the active model stays, "
                "the next training is in 3,600 seconds",
            ),
        ),
        (
            "import os; os.kill(os.getpid(), 9)",
            TrainingAttempt(
                -signal.SIGKILL,
                "no model was trained (exit code -9): it was killed, perhaps because memory ran out; "
                "lower training.max_queries to need less; the active model stays, "
                "the next training is in 3,600 seconds",
            ),
        ),
    ],
)
def test_how_a_training_ended_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str, attempt: TrainingAttempt
) -> None:
    stands_in(monkeypatch, code)
    assert training_process._attempt(settings_of(tmp_path), os.getppid()) == attempt


def test_who_started_it_is_gone_and_so_is_the_training(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stands_in(monkeypatch, "import time; time.sleep(60)")
    assert training_process._attempt(settings_of(tmp_path), os.getppid() + 1) is None


class Clock:
    """Time that passes when somebody sleeps; the process that is waited for ends after a while."""

    def __init__(self, ends: float) -> None:
        self.now, self.ends = 0.0, ends

    def sleep(self, seconds: float) -> None:
        self.now += max(seconds, 1.0)

    def parent(self) -> int:
        return 1 if self.now < self.ends else 2


def waited(
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    hours: float,
    outcome: Callable[[int], TrainingAttempt],
) -> list[float]:
    """When trainings began, in seconds, if each ends as `outcome` says of its number."""
    clock, began = Clock(hours * 3600), list[float]()

    def attempt(*_: object) -> TrainingAttempt:
        began.append(clock.now)
        return outcome(len(began))

    monkeypatch.setattr("recirc.replay.training_process.time.monotonic", lambda: clock.now)
    monkeypatch.setattr("recirc.replay.training_process.time.sleep", clock.sleep)
    monkeypatch.setattr("recirc.replay.training_process.os.getppid", clock.parent)
    monkeypatch.setattr(training_process, "_attempt", attempt)
    training_process.wait(settings, 1)
    return began


def test_it_trains_hourly_whatever_became_of_the_last(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    began = waited(monkeypatch, settings_of(tmp_path), 3.5, lambda n: TrainingAttempt(n % 2, f"the {n}th"))
    assert began == pytest.approx([5, 3605, 7205, 10805], abs=4)
    assert capsys.readouterr().out.splitlines() == [f"recirc: the {n}th" for n in (1, 2, 3, 4)]


def test_too_little_is_said_once_and_tried_again_soon(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def outcome(number: int) -> TrainingAttempt:
        return TrainingAttempt(TOO_LITTLE, "too little") if number < 4 else TrainingAttempt(0, "adopted")

    began = waited(monkeypatch, settings_of(tmp_path), 1.1, outcome)
    assert began == pytest.approx([5, 305, 605, 905], abs=8)
    assert capsys.readouterr().out.splitlines() == ["recirc: too little", "recirc: adopted"]


def test_after_a_restart_the_hour_is_not_begun_anew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made = datetime.now(UTC) - timedelta(minutes=40)
    for name in (f"{made:%Y%m%d-%H%M%S}-abcdef", "20200101-000000-abcdef"):
        Registry(tmp_path / "recirc.db", MODELS).set((name, b"a model", None))
    began = waited(monkeypatch, settings_of(tmp_path), 1, lambda _: TrainingAttempt(0, ""))
    assert began == pytest.approx([1200], abs=5)


def test_a_name_that_is_no_moment_is_as_no_model(tmp_path: Path) -> None:
    Registry(tmp_path / "recirc.db", MODELS).set(("hello", b"a model", None))
    assert training_process._age_of_newest(settings_of(tmp_path)) == float("inf")


def test_a_store_that_cannot_be_read_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = settings_of(tmp_path)
    Path(settings.store.path).write_bytes(b"not a database at all, but long enough to be taken for one" * 50)
    assert training_process.once(settings, os.getppid()) == 2
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_nothing_is_started_where_it_is_switched_off(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def never(*_: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(training_process, "start_process", never)
    with training_process.training(settings_of(tmp_path, background=False)):
        pass
