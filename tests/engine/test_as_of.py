"""Law 4, As-of: a shelf is a pure function of state, request, settings and `now`."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, tzinfo

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsroom import DAY, HOUR, NOW, Newsroom, article
from recirc import clock
from recirc.engine import Engine
from recirc.types import Request, Window

IDS = [f"{subject}-{n}" for subject in ("ferry", "chess", "flood", "school") for n in range(5)]
requests = st.builds(
    Request,
    article=st.sampled_from([*IDS, None, "never-heard-of"]),
    history=st.lists(st.sampled_from([*IDS, "never-heard-of"]), max_size=6).map(tuple),
    section=st.sampled_from([None, None, "ferry", "chess"]),
    window=st.sampled_from(list(Window)),
    personalised=st.booleans(),
    slots=st.sampled_from([None, 1, 5, 30]),
    published_only=st.booleans(),
)
moments = st.sampled_from([NOW, NOW + 1, NOW + HOUR, NOW + 30 * DAY])


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    made = Newsroom(tmp_path_factory.mktemp("room"))
    made.publish(
        *(article(name, name[:-2], int(name[-1]), section=name[:-2], topics=(name[:-2],)) for name in IDS)
    )
    for reader in range(1, 60):
        path = [IDS[(reader * step) % len(IDS)] for step in (1, 3, 7, 11)]
        made.read(path, reader, reader * HOUR // 2, bot=reader % 9 == 0)
    made.withdraw("school-4")
    made.engine.snapshot()
    made.read(["ferry-1", "chess-2", "elsewhere"], 99)
    yield made
    made.engine.close()


@pytest.fixture(scope="module")
def restarted(room: Newsroom) -> Iterator[Engine]:
    made = Engine.open(room.settings)
    yield made
    made.close()


def told(engine: Engine, request: Request, now: int) -> bytes:
    return msgspec.json.encode(engine.shelves(request, now))


@settings(max_examples=120, deadline=None)
@given(asked=requests, other=requests, now=moments)
def test_the_same_answer_again_and_from_a_restarted_engine(
    room: Newsroom, restarted: Engine, asked: Request, other: Request, now: int
) -> None:
    first = told(room.engine, asked, now)
    told(room.engine, other, now + HOUR)
    assert told(room.engine, asked, now) == first
    assert told(restarted, asked, now) == first


ASK = """
import sys
import msgspec
from recirc.engine import Engine
from recirc.settings import load
from recirc.types import Request
engine = Engine.open(load(None, {"RECIRC_STORE__PATH": sys.argv[1]}))
for asked, now in msgspec.json.decode(sys.stdin.buffer.read(), type=list[tuple[Request, int]]):
    sys.stdout.buffer.write(msgspec.json.encode(engine.shelves(asked, now)) + b"\\n")
engine.close()
"""


def test_another_process_gives_the_same_answers(room: Newsroom) -> None:
    asked = [
        (
            Request(article=IDS[n], history=(IDS[n - 3], IDS[n - 7]), window=list(Window)[n % 4]),
            NOW + n * HOUR,
        )
        for n in range(len(IDS))
    ]
    answers = subprocess.run(
        [sys.executable, "-c", ASK, room.settings.store.path],
        input=msgspec.json.encode(asked),
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "7"},
    )
    assert answers.stdout.splitlines() == [told(room.engine, *question) for question in asked]


class _Stopped(datetime):
    """A `datetime` that does not know what time it is."""

    @classmethod
    def now(cls, tz: object = None) -> "_Stopped":
        raise AssertionError(f"the clock was read ({tz})")

    @classmethod
    def fromtimestamp(cls, timestamp: float, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # a plain one
        return datetime.fromtimestamp(timestamp, tz)

    @classmethod
    def utcnow(cls) -> "_Stopped":
        raise AssertionError("the clock was read")


def test_no_clock_and_no_dice(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Request(article="ferry-1", history=("chess-2", "flood-1"))
    before = told(room.engine, asked, NOW)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the clock or the dice were asked")

    with monkeypatch.context() as patched:
        for name in ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "localtime", "gmtime"):
            patched.setattr(time, name, refuse)
        patched.setattr(clock, "datetime", _Stopped)
        patched.setattr(os, "urandom", refuse)
        for name in ("random", "default_rng", "randint", "rand"):
            patched.setattr(np.random, name, refuse)
        after = told(room.engine, asked, NOW)
    assert after == before
