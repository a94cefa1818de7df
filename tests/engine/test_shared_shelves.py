"""Slates and shelves that requests share: never older than the state, the model and the articles of this moment."""

import threading
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from msgspec import structs

from newsroom import HOUR, MINUTE, NOW, Newsroom, article, every_item, names, text_of
from recirc.clock import from_ms
from recirc.engine import Engine
from recirc.engine.shared_shelves import MOST_SHARED, SharedValues
from recirc.types import Request, ShelfItem, Slate, Window, flat_slate
from some_model import feature, model, stump

IDS = [f"{subject}-{n}" for subject in ("ferry", "chess") for n in range(4)]
NOBODY = Request(article="ferry-0", personalised=False)
READER = Request(article="ferry-0", history=("chess-1", "ferry-2"))


@pytest.fixture
def room(tmp_path: Path) -> Newsroom:
    made = Newsroom(tmp_path)
    made.publish(*(article(name, name[:-2], int(name[-1])) for name in IDS))
    for reader in range(1, 20):
        made.read([IDS[(reader * step) % len(IDS)] for step in (1, 3, 5)], reader)
    return made


def encoded(engine: Engine, request: Request, now: int = NOW) -> bytes:
    return msgspec.json.encode(engine.shelves(request, now))


def test_between_any_two_reads_a_write_is_seen_at_once(room: Newsroom) -> None:
    """Hammers events, corrections, withdrawals and publications, and compares with an engine that shares nothing."""
    for step in range(24):
        name = IDS[1 + step % (len(IDS) - 1)]
        match step % 4:
            case 0:
                room.read([name, IDS[0]], 100 + step)
            case 1:
                room.publish(article(name, name[:-2], step, headline=f"Edition {step}"), restore=True)
            case 2:
                room.withdraw(name)
            case 3:
                room.publish(article(name, name[:-2], step), restore=True)
        fresh = Engine.open(room.settings)
        try:
            for request in (NOBODY, READER, Request(), Request(article=name, window=room_window(step))):
                for now in (NOW, NOW + 100, NOW + 2 * MINUTE, NOW - HOUR):
                    answer = encoded(room.engine, request, now)
                    assert answer == encoded(fresh, request, now)
                    assert answer == encoded(room.engine, request, now)
        finally:
            fresh.close()
    room.engine.close()


def room_window(step: int) -> Window:
    return list(Window)[step % 4]


def test_the_whole_slate_of_nobody_is_shared_until_something_changes(room: Newsroom) -> None:
    first = room.engine.shelves(NOBODY, NOW)
    assert room.engine.shelves(NOBODY, NOW) is first
    assert room.engine.shelves(NOBODY, NOW + 100) is not first
    room.read(["chess-3"], 77)
    assert room.engine.shelves(NOBODY, NOW).offset == first.offset + 1
    room.engine.close()


def unsigned(items: Sequence[ShelfItem]) -> list[ShelfItem]:
    """Items without their signatures, which are those of one answer."""
    return [structs.replace(item, signature="") for item in items]


def test_readers_share_what_is_not_about_them_and_nothing_else(room: Newsroom) -> None:
    one, other = (
        room.engine.shelves(Request(article="ferry-0", history=(name,)), NOW)
        for name in ("chess-1", "chess-2")
    )
    for name in ("related", "ranking"):
        assert unsigned(one.shelves[name].items) == unsigned(other.shelves[name].items)
        shared = zip(one.shelves[name].items, other.shelves[name].items, strict=True)
        assert all(mine.reason is theirs.reason for mine, theirs in shared)
    assert "chess-1" not in names(one.shelves["recommendation"])
    assert "chess-2" not in names(other.shelves["recommendation"])
    assert one.shelves["ranking"].serve_id != other.shelves["ranking"].serve_id
    room.engine.close()


def test_an_acknowledged_correction_and_withdrawal_are_seen_while_readers_ask(room: Newsroom) -> None:
    engine, stop, failed = room.engine, threading.Event(), list[str]()
    engine.start()

    def ask() -> None:
        while not stop.is_set():
            engine.shelves(NOBODY, NOW)
            engine.shelves(READER, NOW)

    asking = [threading.Thread(target=ask) for _ in range(2)]
    for thread in asking:
        thread.start()
    try:
        for step in range(12):
            headline = f"Edition {step}"
            body = f"<p>{text_of('ferry', 1)}</p>"
            engine.publish([article("ferry-1", headline=headline, body=body)]).result()
            shown = {
                item.headline for item in every_item(engine.shelves(NOBODY, NOW)) if item.article == "ferry-1"
            }
            if shown - {headline}:
                failed.append(f"{shown} after {headline!r} was acknowledged")
        engine.withdraw(["ferry-1"]).result()
        engine.catch_up()
        assert "ferry-1" not in {item.article for item in every_item(engine.shelves(NOBODY, NOW))}
    finally:
        stop.set()
        for thread in asking:
            thread.join()
        engine.close()
    assert not failed


def test_a_value_is_made_once_for_a_version_and_their_number_is_bounded() -> None:
    shared, state, model = SharedValues(), object(), object()
    values = shared.of((7, 1), state, model)
    values["a"] = 1
    assert shared.of((7, 1), state, model) is values
    for other in (((8, 1), state, model), ((8, 1), object(), model), ((8, 1), state, None)):
        assert shared.of(*other) == {}
        shared.of(*other)["b"] = 2
    for number in range(MOST_SHARED + 2):
        shared.of((8, 1), state, None)[number] = number
    kept = shared.of((8, 1), state, None)
    assert len(kept) == MOST_SHARED
    assert 1 not in kept, "the oldest go first"
    assert kept[2] == 2


def test_a_draw_of_its_own_is_not_shared(room: Newsroom) -> None:
    base: Slate = room.engine.shelves(NOBODY, NOW)
    again = room.engine.shelves(msgspec.structs.replace(NOBODY, draw="1f"), NOW)
    assert again.shelves["ranking"].serve_id != base.shelves["ranking"].serve_id
    assert names(again.shelves["related"]) == names(base.shelves["related"])
    room.engine.close()


def test_a_slate_is_encoded_from_known_parts_as_it_is_as_a_whole(room: Newsroom) -> None:
    odd = 'A "signature":"-" and \\ "items":[] \u2028 of ü'
    room.publish(article("ferry-1", headline=odd, body=f"<p>{text_of('ferry', 1)}</p>"))
    for request in (NOBODY, READER, Request(), Request(shelf=("ranking",)), Request(article="nowhere")):
        for now in (NOW, NOW + 100, NOW + 100):
            slate = room.engine.shelves(request, now)
            shelves = {
                name: structs.replace(
                    shelf, items=tuple(structs.replace(item, path=f"/{item.article}") for item in shelf.items)
                )
                for name, shelf in slate.shelves.items()
            }
            encoded = room.engine.shelf_service.encoded(request, now, path)
            assert encoded.body == msgspec.json.encode(flat_slate(structs.replace(slate, shelves=shelves)))
            assert encoded.article == slate.article
    assert odd in {item.headline for item in every_item(room.engine.shelves(NOBODY, NOW))}
    room.engine.close()


def path(article: str) -> str:
    return f"/{article}"


def test_what_is_kept_without_a_reader_is_as_fresh_as_time_alone_makes_it(room: Newsroom) -> None:
    """Ages in minutes, windows and trials change at moments of their own while nothing happens."""
    room.publish(article("young-1", "chess", 3, published=from_ms(NOW - 5 * MINUTE - 30_000)))
    room.read(["young-1", "ferry-1"], 300)
    room.read(["ferry-0", "young-1"], 301)
    made, texts = model(0, stump(feature("age: since the first view or publication"), 0.05, 0, 1)), set[str]()
    room.engine.active_model.model = made
    for seconds in (0, 1, 29, 30, 31, 89, 90, 119, 120, 3600, -30, 86_400):
        fresh = Engine.open(room.settings)
        fresh.active_model.model = made
        now = NOW + seconds * 1000
        for request in (NOBODY, structs.replace(NOBODY, shelf=("recommendation",))):
            assert encoded(room.engine, request, now) == encoded(fresh, request, now)
            texts |= {item.reason.text for item in every_item(room.engine.shelves(request, now))}
        fresh.close()
    room.engine.close()
    assert len(texts) > 5


def test_the_moment_of_answers_without_a_reader_is_a_second_at_most(room: Newsroom) -> None:
    first = room.engine.shelf_service.moment(NOW)
    assert room.engine.shelf_service.moment(NOW + 900) is first
    later = room.engine.shelf_service.moment(NOW + 1000)
    assert (first.time, later.time) == (NOW, NOW + 1000)
    room.read(["chess-3"], 77)
    assert room.engine.shelf_service.moment(NOW + 1100).time == NOW + 1100
    assert room.engine.shelf_service.moment(NOW + 500).time == NOW + 500
    room.engine.close()
