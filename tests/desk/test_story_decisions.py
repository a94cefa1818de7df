"""Stories joined and parted by editors: on shelves, story pages and the desk, at once, undoable, and as it was."""

import threading
import time
from pathlib import Path

from typer.testing import CliRunner

from desk_visitors import Person, person, trail_of
from newsroom import NOW, Newsroom, article, names
from portal_house import House
from recirc.cli import app
from recirc.settings import Settings, StoreSettings
from recirc.state.state import State
from recirc.state.stories import StoryDecision
from recirc.store.actions import AuditQuery
from recirc.store.rules import Rule, RuleKind, RuleTarget, TargetKind
from recirc.text.vector import DIMENSIONS
from recirc.types import Request
from recirc.types.roles import Role


def editor_of(house: House) -> Person:
    return person(house, Role.EDITOR, "Una")


def story(house: House, id_: str) -> set[str]:
    return {each.id for each in house.engine.story(id_)}


def decide(editor: Person, do: str, id_: str, other: str, reason: str = "I know it.") -> int:
    fields = {"id": id_, "other": other, "reason": reason}
    return editor.send(f"/desk/article/{do}", f"/desk/article?id={id_}", **fields).status_code


def test_near_copies_are_parted_and_joined_again(house: House) -> None:
    assert story(house, "otter") == {"otter-wire"}
    editor = editor_of(house)
    assert decide(editor, "part", "otter", "otter-wire") == 303
    assert story(house, "otter") == set()
    page = editor.get("/desk/article?id=otter")
    assert "is no part of the story of" in page.text
    (standing,) = house.engine.rules.standing()
    undone = editor.send(
        "/desk/article/undo-story",
        "/desk/article?id=otter",
        id="otter",
        key=standing.key,
        reason="My mistake.",
    )
    assert undone.status_code == 303
    assert story(house, "otter") == {"otter-wire"}
    done = [(each.actor, each.action) for each in trail_of(house).find(AuditQuery(subject="otter"), 10)]
    assert done[:2] == [("Una", "end a decision about a story"), ("Una", "split a story")]


def test_articles_that_nothing_connects_become_one_story(house: House) -> None:
    editor = editor_of(house)
    address = "https://tide.example/article/ferry-1"
    assert decide(editor, "join", "otter", address) == 303
    assert story(house, "ferry-1") == {"otter", "otter-wire"}
    assert "Ferry crews vote, part 1" in editor.get("/desk/article?id=otter-wire").text
    assert decide(editor, "part", "otter", "ferry-1") == 303  # a later decision wins
    assert story(house, "ferry-1") == {"otter-wire"}


def test_a_decision_that_cannot_be_is_told(house: House) -> None:
    editor = editor_of(house)
    assert decide(editor, "join", "otter", "nowhere") == 400
    assert decide(editor, "join", "otter", "otter") == 400
    assert decide(editor, "join", "otter", "ferry-1", reason="") == 400
    assert house.engine.rules.standing() == []


def rule(kind: RuleKind, one: str, other: str) -> Rule:
    target, beside = (RuleTarget(TargetKind.ARTICLE, each) for each in (one, other))
    return Rule(kind=kind, target=target, beside=beside, by="una", reason="so it is")


def test_a_story_has_one_slot_as_editors_say(room: Newsroom) -> None:
    room.publish(*(article(f"f{number}", number=number) for number in range(4)))
    before = set(names(room.ask("f0").shelves["related"]))
    assert {"f1", "f2", "f3"} <= before
    made = room.engine.rules.add(rule(RuleKind.JOIN, "f1", "f2"), NOW)
    joined = set(names(room.ask("f0").shelves["related"]))
    assert len(joined & {"f1", "f2"}) == 1
    room.engine.rules.end(made.stored.key, "una")
    assert set(names(room.ask("f0").shelves["related"])) == before


def test_what_is_learned_stays_a_fold_of_the_log_alone(room: Newsroom) -> None:
    room.publish(*(article(f"f{number}", number=number) for number in range(3)))
    room.engine.rules.add(rule(RuleKind.JOIN, "f1", "f2"), NOW)
    assert room.engine.story("f1")
    room.publish(article("f3", number=3))
    with room.engine._log_consumer.reading() as state:
        saved = state.save()
    anew = State(room.settings.learning, DIMENSIONS)
    anew.fold(room.engine._store.read(0, 1_000))
    assert {name: array.tobytes() for name, array in saved.items()} == {
        name: array.tobytes() for name, array in anew.save().items()
    }


def test_another_process_and_the_time_machine_see_it(tmp_path: Path) -> None:
    room = Newsroom(tmp_path, Settings(store=StoreSettings()))
    try:
        room.publish(*(article(f"f{number}", number=number) for number in range(4)))
        other = Newsroom(tmp_path)
        try:
            result = CliRunner().invoke(
                app,
                [
                    "rule",
                    "add",
                    "join",
                    "article=f1",
                    "--beside",
                    "article=f2",
                    "--db",
                    str(tmp_path / "recirc.db"),
                ],
            )
            assert result.exit_code == 0, result.output
            assert "is one story with" in result.output
            other.engine.catch_up()
            assert [each.id for each in other.engine.story("f1")] == ["f2"]
            room.engine.catch_up()
            (standing,) = room.engine.rules.standing()
            then = room.engine.time_machine.slate(Request(article="f0"), standing.added + 1)
            assert len({"f1", "f2"} & set(names(then.slate.shelves["related"]))) == 1
            before = room.engine.time_machine.slate(
                Request(article="f0"), standing.added - 1, room.engine.offset
            )
            assert {"f1", "f2"} <= set(names(before.slate.shelves["related"]))
        finally:
            other.engine.close()
    finally:
        room.engine.close()


def test_stories_are_told_before_their_rules_stand_and_in_their_order(room: Newsroom) -> None:
    room.publish(*(article(f"f{number}", number=number) for number in range(4)))
    book, store, waited = room.engine.rules.book, room.engine._store, 60.0
    told: list[tuple[int, int]] = []
    others: list[threading.Thread] = []

    def add_another() -> None:
        store.add_rules([("second", rule(RuleKind.JOIN, "f2", "f3"))], "una").result()
        book.refresh()

    def heard(decisions: tuple[StoryDecision, ...]) -> None:
        if len(decisions) == 1:  # another thread reads newer rules before this one has finished
            before, end = store.rules_version(), time.monotonic() + waited
            others.append(threading.Thread(target=add_another))
            others[0].start()
            while store.rules_version() == before and time.monotonic() < end:
                time.sleep(0.01)
        told.append((len(decisions), len(book.standing())))

    book.follow_stories(heard)
    store.add_rules([("first", rule(RuleKind.JOIN, "f0", "f1"))], "una").result()
    book.refresh()
    others[0].join(waited)
    assert told == [(0, 0), (1, 0), (2, 1)]
    assert len(book.standing()) == 2
