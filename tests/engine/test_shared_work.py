"""Requests share work: what one has worked out, the next is told. No answer may show it."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsroom import DAY, HOUR, MINUTE, NOW, Newsroom, article
from recirc.engine import Engine
from recirc.types import Request, Window

IDS = [f"{subject}-{n}" for subject in ("ferry", "chess", "flood") for n in range(4)]

reads = st.tuples(
    st.just("read"),
    st.lists(st.sampled_from(IDS), min_size=1, max_size=4),
    st.integers(1, 40),
    st.integers(0, 3 * HOUR),
)
changes = st.tuples(st.sampled_from(["publish", "withdraw"]), st.sampled_from(IDS))
asks = st.tuples(
    st.just("ask"),
    st.builds(
        Request,
        article=st.sampled_from([*IDS, None]),
        history=st.lists(st.sampled_from(IDS), max_size=3).map(tuple),
        section=st.sampled_from([None, None, "ferry"]),
        window=st.sampled_from(list(Window)),
        slots=st.sampled_from([None, 2, 20]),
        published_only=st.booleans(),
    ),
    st.sampled_from([NOW, NOW + 1, NOW + 2 * MINUTE, NOW + HOUR, NOW + 8 * DAY, NOW - HOUR]),
)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    made = Newsroom(tmp_path_factory.mktemp("room"))
    made.publish(*(article(name, name[:-2], int(name[-1]), section=name[:-2]) for name in IDS))
    yield made
    made.engine.close()


def done(room: Newsroom, step: Any) -> None:
    match step:
        case "read", names, reader, ago:
            room.read(names, reader, ago)
        case "withdraw", name:
            room.withdraw(name)
        case "publish", name:
            room.publish(article(name, name[:-2], int(name[-1]), section=name[:-2]), restore=True)


def told(engine: Engine, asked: Request, now: int) -> list[bytes]:
    ranking = engine.ranking(section=asked.section, window=asked.window, slots=3, now=now)
    return [msgspec.json.encode(engine.shelves(asked, now)), msgspec.json.encode(ranking)]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.one_of(asks, asks, reads, changes), min_size=2, max_size=7))
def test_an_engine_that_was_never_asked_before_says_the_same(room: Newsroom, steps: list[Any]) -> None:
    for step in steps:
        if step[0] != "ask":
            done(room, step)
            continue
        answer = told(room.engine, *step[1:])
        assert told(room.engine, *step[1:]) == answer
        fresh = Engine.open(room.settings)
        try:
            assert told(fresh, *step[1:]) == answer
        finally:
            fresh.close()


def test_requests_are_answered_while_a_snapshot_is_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Newsroom(tmp_path)
    room.publish(article("ferry-1"))
    room.read(["ferry-1"], 1)
    state = room.engine._log_consumer.state
    copying, answered = threading.Event(), threading.Event()
    save = state.save

    def slow() -> Any:
        copying.set()
        assert answered.wait(10), "no request was answered while the state was copied"
        return save()

    monkeypatch.setattr(state, "save", slow)
    saver = threading.Thread(target=room.engine.snapshot)
    saver.start()
    try:
        assert copying.wait(10)
        assert [item.article for item in room.ask().shelves["ranking"].items] == ["ferry-1"]
        answered.set()
    finally:
        answered.set()
        saver.join()
    again = Engine.open(room.settings)
    assert again.offset == room.engine.offset
    again.close()
    room.engine.close()
