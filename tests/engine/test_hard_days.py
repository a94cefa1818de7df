"""Bad days that a shelf, a snapshot or a restart once did not survive."""

import shutil
from pathlib import Path

import msgspec
import pytest

from newsroom import MINUTE, NOW, Newsroom, article, names, text_of
from recirc.engine import Engine
from recirc.settings import Settings, StoreSettings
from recirc.types import Window


def views(engine: Engine, name: str) -> int:
    return engine.counts(name, NOW).views


def test_a_snapshot_of_a_lost_future_is_not_believed(tmp_path: Path) -> None:
    room = Newsroom(tmp_path)
    path = Path(room.settings.store.path)
    room.publish(article("a"), article("b", "chess"))
    room.read(["a"], reader=1)
    room.engine.close()
    shutil.copy(path, tmp_path / "copy.db")

    lost = Newsroom(tmp_path)
    for reader in range(2, 6):
        lost.read(["b"], reader)
    lost.engine.snapshot()
    lost.engine.close()

    for leftover in tmp_path.glob("recirc.db-*"):
        leftover.unlink()
    shutil.copy(tmp_path / "copy.db", path)
    restored = Newsroom(tmp_path)
    for reader in range(12, 18):
        restored.read(["a"], reader)
    restored.engine.close()

    with_snapshot = Engine.open(room.settings)
    assert (views(with_snapshot, "a"), views(with_snapshot, "b")) == (7, 0)
    with_snapshot.close()


@pytest.mark.parametrize("trouble", ["a file in the folder's place", "a foreign name", "a foreign future"])
def test_that_no_snapshot_can_be_saved_stops_nothing(tmp_path: Path, trouble: str) -> None:
    settings = msgspec.structs.replace(Settings(), store=StoreSettings(snapshot_events=1))
    room = Newsroom(tmp_path, settings)
    folder = Path(f"{room.settings.store.path}.snapshots")
    if trouble == "a file in the folder's place":
        folder.write_text("in the way")
    else:
        folder.mkdir()
        name = "old-backup-copy" if trouble == "a foreign name" else "9999999999999999-00000000"
        (folder / f"{name}.snapshot").write_text("not ours")
    room.engine.start()
    for number in range(3):
        room.engine.publish([article(f"a{number}", number=number)]).result()
        for _ in range(200):
            if room.engine.offset == room.engine.log_end():
                break
            room.engine._log_consumer.join(0.01)
    assert room.engine.offset == room.engine.log_end() == 3
    assert room.engine.problem is None
    room.engine.close()


def test_near_copies_in_front_leave_no_shelf_short(room: Newsroom) -> None:
    copies = [
        article(f"copy{n}", body=f"<p>{text_of('ferry')} {word}</p>") for n, word in enumerate("abcdefghijkl")
    ]
    others = [
        article(f"other{n}", subject, n) for n, subject in enumerate(("chess", "flood", "school"), start=50)
    ]
    room.publish(*copies, *others)
    for reader, told in enumerate([*copies, *copies, *others], start=1):
        room.read([told.id], reader)
    ranking = room.engine.ranking(section=None, window=Window.HOUR, slots=3, now=NOW)
    assert len(ranking.items) == 3
    assert ranking.short is None
    beside = room.ask("copy0", slots=1)
    assert len(beside.shelves["ranking"].items) == 1
    assert beside.shelves["ranking"].items[0].article.startswith("other")


def test_what_nobody_published_takes_no_place_among_the_popular(room: Newsroom) -> None:
    for number in range(120):
        for reader in (3 * number + 1, 3 * number + 2, 3 * number + 3):
            room.read([f"unknown{number}"], reader, 20 * MINUTE)
    own = [article(f"own{number}", number=number) for number in range(9)]
    room.publish(*own)
    for number, told in enumerate(own):
        room.read([told.id], 1000 + number)
    slate = room.ask(published_only=True)
    shown = [*names(slate.shelves["ranking"]), *names(slate.shelves["recommendation"])]
    assert len(shown) == 9
    assert all(name.startswith("own") for name in shown)


def test_one_reader_on_three_ways_is_one_reader(tmp_path: Path) -> None:
    room = Newsroom(tmp_path, min_readers=100)  # Ranking stays empty, so Related has them all
    room.publish(article("a"), article("b", "chess"), article("c", "flood"))
    for hours in (9, 6, 3):
        room.read(["a", "b"], reader=1, ago=hours * 60 * MINUTE)
    for reader in (2, 3):
        room.read(["a", "c"], reader)
    together = {
        item.article: item.reason.text
        for item in room.ask("a").shelves["related"].items
        if item.reason.kind == "read together"
    }
    assert together == {"c": "Some readers went on to this"}
    room.engine.close()


def test_ranking_widens_until_the_slots_that_were_asked_for_are_full(room: Newsroom) -> None:
    told = [article(f"a{number:02}", number=number) for number in range(20)]
    room.publish(*told)
    for number, each in enumerate(told):
        room.read([each.id], number + 1, ago=10 * MINUTE if number < 9 else 300 * MINUTE)
    assert room.ask(slots=5).shelves["ranking"].method == "distinct readers in the last hour"
    wide = room.ask(slots=15).shelves["ranking"]
    assert len(wide.items) == 15
    assert wide.method == "distinct readers, each once a day, in the last day"


def test_a_clock_ahead_of_ours_sets_no_pace(room: Newsroom) -> None:
    room.publish(article("a"), article("b", "chess"))
    for reader in range(1, 40):
        room.read(["a"], reader, ago=55 * MINUTE)
    before = room.engine.ranking(section=None, window=Window.HOUR, slots=1, now=NOW).items[0].score
    room.read(["b"], reader=99, ago=-4 * MINUTE)
    after = room.engine.ranking(section=None, window=Window.HOUR, slots=1, now=NOW).items[0].score
    assert before == after > 0


def test_what_was_published_is_what_is_told_at_once(room: Newsroom) -> None:
    room.publish(article("a", headline="Old"))
    assert room.engine.article("a") is not None
    room.engine.publish([article("a", headline="New")]).result()
    stored = room.engine.article("a")
    assert stored is not None
    assert stored.article is not None
    assert stored.article.headline == "New"
