"""Targets for what shelves show: by rule and by setting, met, marked, explained; nothing where there are none."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from newsroom import DAY, HOUR, NOW, Newsroom, article
from recirc.clock import from_ms
from recirc.engine.newness import Newness
from recirc.engine.rule_checks import RuleError
from recirc.settings import BalanceSettings, BalanceTarget, Settings, SettingsError
from recirc.store.rules import Rule, RuleKind, RuleTarget, TargetKind
from recirc.types import Author, ShelfItem

NEXT = "recommendation"


def filled(room: Newsroom) -> Newsroom:
    """Much that is read on ferries, and a little on chess by somebody who began yesterday."""
    old, new = Author(name="Ann"), Author(name="Ned")
    for n in range(14):
        when = from_ms(NOW - (40 + n) * DAY)
        room.publish(article(f"ferry-{n}", "ferry", n, section="sea", authors=(old,), published=when))
    for n in range(4):
        when = from_ms(NOW - (5 + n) * HOUR)
        room.publish(article(f"chess-{n}", "chess", n, section="games", authors=(new,), published=when))
    for reader in range(1, 12):
        room.read([f"ferry-{n}" for n in range(14)], reader)
    for reader in range(20, 22):
        room.read(["ferry-0", *(f"chess-{n}" for n in range(4))], reader)
    return room


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    made = filled(Newsroom(tmp_path))
    yield made
    made.engine.close()


def shown(room: Newsroom) -> list[ShelfItem]:
    slate = room.ask("ferry-0", shelf=(NEXT,), slots=8, personalised=False)
    return list(slate.shelves[NEXT].items)


def chess(items: list[ShelfItem]) -> list[ShelfItem]:
    return [item for item in items if item.article.startswith("chess")]


def share(target: RuleTarget, amount: float, *, most: bool = False, **more: object) -> Rule:
    return Rule(kind=RuleKind.SHARE, target=target, share=amount, most=most, by="Una", **more)  # type: ignore[arg-type]


GAMES = RuleTarget(TargetKind.SECTION, "games")


@pytest.mark.parametrize(
    "target",
    [
        GAMES,
        RuleTarget(TargetKind.AUTHOR, "Ned"),
        RuleTarget(TargetKind.NEW_ARTICLES, "24"),
        RuleTarget(TargetKind.NEW_AUTHORS, "7"),
    ],
)
def test_a_minimum_is_met_and_its_items_say_so(room: Newsroom, target: RuleTarget) -> None:
    before = shown(room)
    assert len(chess(before)) < 3
    key = room.engine.rules.add(share(target, 0.3), NOW).stored.key
    after = shown(room)
    assert len(chess(after)) == 3  # 0.3 of 8 slots
    assert {item.rule for item in chess(after)} <= {"", key}
    assert any(item.rule == key for item in chess(after))
    assert all(item.reason.text for item in after)
    room.engine.rules.end(key, "Una")
    assert [item.article for item in shown(room)] == [item.article for item in before]


def test_a_maximum_is_kept(room: Newsroom) -> None:
    room.engine.rules.add(share(RuleTarget(TargetKind.SECTION, "sea"), 0.5, most=True), NOW)
    found = shown(room)
    assert len(found) - len(chess(found)) == 4


def test_a_ban_wins_and_the_conflict_is_said(room: Newsroom) -> None:
    room.engine.rules.add(Rule(kind=RuleKind.BAN, target=GAMES, by="Una"), NOW)
    made = room.engine.rules.add(share(GAMES, 0.3), NOW)
    assert any("the share has no effect" in text for text in made.conflicts)
    assert not chess(shown(room))
    assert len(shown(room)) == 8  # no slot is left empty for it


def test_shares_that_contradict_are_explained(room: Newsroom) -> None:
    rules = room.engine.rules
    rules.add(share(GAMES, 0.4), NOW)
    assert "at least 0.4 and at most 0.2" in rules.add(share(GAMES, 0.2, most=True), NOW).conflicts[0]
    sea = share(RuleTarget(TargetKind.SECTION, "sea"), 0.7)
    assert any("more than all slots" in text for text in rules.add(sea, NOW).conflicts)
    assert (
        rules.words(share(GAMES, 0.2, shelves=(NEXT,))) == "At least 20 % of Read next for the section Games"
    )


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"amount": 0.0}, "share"),
        ({"amount": 1.0}, "share"),
        ({"amount": 0.2, "shelves": ("ranking",)}, "shelves"),
        ({"amount": 0.2, "shelves": ("front",)}, "shelves"),
        ({"amount": 0.2, "target": RuleTarget(TargetKind.NEW_ARTICLES, "soon")}, "target"),
    ],
)
def test_a_share_that_cannot_be_is_refused(room: Newsroom, wrong: dict[str, object], field: str) -> None:
    with pytest.raises(RuleError) as error:
        room.engine.rules.add(share(**({"target": GAMES} | wrong)), NOW)  # type: ignore[arg-type]
    assert error.value.field == field


def test_only_a_share_is_about_what_is_new(room: Newsroom) -> None:
    new = RuleTarget(TargetKind.NEW_ARTICLES, "24")
    with pytest.raises(RuleError, match="only have a share"):
        room.engine.rules.add(Rule(kind=RuleKind.BAN, target=new, by="Una"), NOW)


def test_targets_by_setting(tmp_path: Path) -> None:
    target = BalanceTarget(by="section", value="games", share=0.3)
    room = filled(Newsroom(tmp_path, Settings(balance=BalanceSettings(list=(target,)))))
    try:
        found = shown(room)
        assert len(chess(found)) == 3
        assert {item.rule for item in chess(found)} <= {"", "balance-1"}
        assert not room.engine.rules.standing()
    finally:
        room.engine.close()
    wrong = BalanceTarget(by="new authors", value="often", share=0.3)
    with pytest.raises(SettingsError, match="target 1"):
        Newsroom(tmp_path / "other", Settings(balance=BalanceSettings(list=(wrong,))))


def test_who_is_new_follows_what_is_published(room: Newsroom) -> None:
    newness = Newness()

    def new() -> list[str]:
        with room.engine._log_consumer.reading() as state:
            mask = newness.authors(state, 7, NOW)
        return [
            each.id
            for each in room.engine.listing(limit=50).articles
            if mask[room.engine.intern([each.id])[0]]
        ]

    assert sorted(new()) == [f"chess-{n}" for n in range(4)]
    # An article of long ago by the same author turns up: he is not new after all.
    room.publish(
        article(
            "chess-old",
            "chess",
            9,
            section="games",
            authors=(Author(name="Ned"),),
            published=from_ms(NOW - 90 * DAY),
        )
    )
    assert new() == []
