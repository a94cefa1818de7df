"""Shelves at work: clicks by place, coverage, age, shares of sections and topics, and what nobody ever saw."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import structs

from newsroom import DAY, HOUR, Newsroom, article
from recirc.clock import from_ms, now_ms
from recirc.engine import Engine, Observation
from recirc.types import BY_RULE, Event, EventKind, Exclusion


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A newsroom on the machine's own clock: four articles of today, two of last month."""
    room, now = Newsroom(tmp_path), now_ms()
    room.engine.close()
    room.engine = Engine.open(room.settings)
    for n in range(4):
        room.publish(
            article(
                f"a-{n}", number=n, section="sea" if n < 3 else "town", topics=("Ferries",) if n < 2 else ("Chess",),
                published=from_ms(now - (n + 1) * HOUR),
            )
        )  # fmt: skip
    for n in range(4, 6):
        room.publish(article(f"a-{n}", "chess", n, section="town", published=from_ms(now - 30 * DAY)))
    yield room.engine
    room.engine.close()


def told(kind: EventKind, name: str, reader: int, position: int | None = None, ago: int = 0) -> Observation:
    now = now_ms() - ago
    event = Event(
        kind=kind, article=name, time=from_ms(now), shelf="related" if position is not None else None,
        position=position, source="a-5" if position is not None else None,
    )  # fmt: skip
    return Observation(event, received=now, reader=reader, visit=0, exclusion=Exclusion.NONE)


def test_what_shelves_showed_and_what_was_opened(engine: Engine) -> None:
    engine.observe(
        [
            *(told(EventKind.IMPRESSION, "a-0", reader, 0) for reader in range(1, 11)),
            *(told(EventKind.IMPRESSION, "a-3", reader, 1) for reader in range(1, 11)),
            *(told(EventKind.VIEW, "a-0", reader, 0) for reader in range(1, 5)),
            told(EventKind.VIEW, "a-3", 1, 1),
            told(EventKind.VIEW, "a-4", 1),
        ]
    ).result()
    engine.catch_up()
    found = engine.last_day.shelves(now_ms() + 1)
    (shelf,) = found.shelves
    assert (shelf.total.name, shelf.total.shown, shelf.total.clicked) == ("related", 20, 5)
    assert [(each.name, each.shown, each.clicked, each.rate) for each in shelf.places] == [
        ("1", 10, 4, 0.4), ("2", 10, 1, 0.1),
    ]  # fmt: skip
    first = shelf.places[0]
    assert first.low < 0.4 < first.high
    assert (shelf.articles, shelf.coverage) == (2, 0.5)
    assert shelf.age == pytest.approx(2.5, abs=0.1)  # one and four hours
    sections = {each.name: each for each in found.sections}
    assert (sections["sea"].shown, sections["town"].shown) == (0.5, 0.5)
    assert sections["sea"].read == pytest.approx(4 / 6)
    assert sections["sea"].published == 0.75
    topics = {each.name: each for each in found.topics}
    assert (topics["Ferries"].shown, topics["Chess"].shown) == (0.5, 0.5)
    assert [each.id for each in found.unseen] == ["a-1", "a-2"]
    assert (found.unseen_number, found.recent, found.stride) == (2, 4, 1)


def test_what_rules_gave_and_repeats_are_not_counted_on_shelves(engine: Engine) -> None:
    seen = told(EventKind.IMPRESSION, "a-0", 1, 0)
    by_rule = [
        each._replace(event=structs.replace(each.event, propensity=BY_RULE))
        for each in (told(EventKind.IMPRESSION, "a-1", 1, 1), told(EventKind.VIEW, "a-1", 1, 1))
    ]
    again = seen._replace(event=structs.replace(seen.event, source="a-4"))
    engine.observe([seen, again, *by_rule]).result()
    engine.catch_up()
    (shelf,) = engine.last_day.shelves(now_ms() + 1).shelves
    assert (shelf.total.shown, shelf.total.clicked, shelf.articles) == (1, 0, 1)


def test_without_readers_there_is_nothing_but_what_nobody_saw(engine: Engine) -> None:
    found = engine.last_day.shelves(now_ms() + 1)
    assert (found.shelves, found.sections, found.topics) == ((), (), ())
    assert (len(found.unseen), found.unseen_number) == (4, 4)
