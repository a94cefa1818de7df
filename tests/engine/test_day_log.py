"""What a day of the log says of what readers saw: every time they saw it, and the clicks on that."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs

from newsroom import HOUR, Newsroom, article
from recirc.clock import from_ms, now_ms
from recirc.engine import Engine, Observation
from recirc.engine.click_estimate import ChangedSlots, estimate_clicks
from recirc.engine.day_log import DayLog, clicks_on, read_day, seen_once
from recirc.types import BY_RULE, Event, EventKind, Exclusion, LongArray

READERS, PAGES = 60, ("p-0", "p-1", "p-2")
DAY = 24 * HOUR


def noon() -> int:
    """The last noon (UTC), ms: what follows in some minutes is of the same day."""
    return (now_ms() - DAY // 2) // DAY * DAY + DAY // 2


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A newsroom on the machine's own clock."""
    room = Newsroom(tmp_path)
    room.engine.close()
    room.engine = Engine.open(room.settings)
    for n, name in enumerate(("a-0", "a-1", *PAGES)):
        room.publish(article(name, number=n))
    yield room.engine
    room.engine.close()


def told(
    kind: EventKind, name: str, reader: int, time: int, page: str = "", rule: bool = False
) -> Observation:
    event = Event(kind=kind, article=name, time=from_ms(time))
    if page:
        event = structs.replace(event, shelf="related", position=0, source=page)
    if rule:
        event = structs.replace(event, propensity=BY_RULE)
    return Observation(event, received=time, reader=reader, visit=0, exclusion=Exclusion.NONE)


def day_of(engine: Engine, *events: Observation) -> DayLog:
    """The log with some events."""
    engine.observe(events).result()
    engine.catch_up()
    return read_day(engine._store, 0, 0, now_ms() + HOUR, lambda *_: None)


def test_readers_of_several_pages_have_the_rate_of_all_that_they_saw(engine: Engine) -> None:
    """Each reader sees the article beside three pages and opens it beside the last, every second reader at all."""
    events, now = list[Observation](), noon()
    for reader in range(1, READERS + 1):
        for turn, page in enumerate(PAGES):
            events.append(told(EventKind.VIEW, page, reader, now + 100 * turn))
            events.append(told(EventKind.IMPRESSION, "a-0", reader, now + 100 * turn + 10, page))
        if reader % 2:
            events.append(told(EventKind.VIEW, "a-0", reader, now + 290, PAGES[-1]))
    log = day_of(engine, *events)
    assert len(log.seen.offset) == 3 * READERS
    assert (np.diff(log.seen.offset) > 0).all()
    clicked = clicks_on(log.seen, log.clicked)
    assert len(clicked.offset) == READERS // 2
    zero: LongArray = np.zeros(3, np.int64)
    pages = log.seen.page[:3]
    shelf, nothing = np.full(3, log.seen.shelf[0]), np.full(3, -1)
    slots = ChangedSlots(np.arange(3), pages, shelf, zero, np.full(3, log.seen.article[0]), nothing)
    found = estimate_clicks(log.seen, clicked, slots, np.full(3, float(READERS)), zero)
    assert (found.covered, found.clicks) == (3 * READERS, READERS // 2)
    assert found.before == pytest.approx(READERS / 2)  # as many as there were
    once = read_day(engine._store, 0, 0, now_ms() + HOUR, lambda *_: None, seen_once)
    assert len(once.seen.offset) == READERS


def test_who_was_not_seen_to_read_the_page_saw_it_once_at_most(engine: Engine) -> None:
    now = noon()
    log = day_of(
        engine,
        told(EventKind.IMPRESSION, "a-0", 1, now, "p-0"),
        told(EventKind.IMPRESSION, "a-0", 1, now + 50, "p-1"),
        told(EventKind.VIEW, "p-2", 1, now + 60),
        told(EventKind.IMPRESSION, "a-0", 1, now + 70, "p-2"),
        told(EventKind.VIEW, "a-0", 1, now + 80, "p-1"),
    )
    beside = [kept.id for kept in engine._store.get(log.seen.page.tolist()) if kept is not None]
    assert beside == ["p-0", "p-2"]
    assert len(log.clicked.offset) == 1
    assert not len(clicks_on(log.seen, log.clicked).offset)


def test_slots_that_rules_gave_were_seen_too(engine: Engine) -> None:
    now = noon()
    log = day_of(
        engine,
        told(EventKind.IMPRESSION, "a-1", 1, now, "p-0", rule=True),
        told(EventKind.VIEW, "a-1", 1, now + 10, "p-0", rule=True),
    )
    assert (len(log.seen.offset), len(clicks_on(log.seen, log.clicked).offset)) == (1, 1)
    once = read_day(engine._store, 0, 0, now_ms() + HOUR, lambda *_: None, seen_once)
    assert (len(once.seen.offset), len(once.clicked.offset)) == (0, 0)
