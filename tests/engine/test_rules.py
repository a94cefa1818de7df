"""Editors' rules: what they do to shelves, and that a shelf stays a pure function of them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsroom import DAY, HOUR, NOW, Newsroom, article, every_item, names
from recirc.clock import from_ms
from recirc.engine.rule_checks import RuleError
from recirc.settings import ExplorationSettings, Settings
from recirc.shelves.related import Related
from recirc.store.ports import ConflictError, NotThereError
from recirc.store.rules import Rule, RuleKind, RuleTarget, TargetKind
from recirc.types import Author, Provenance, Request

KINDS = {kind.value: kind for kind in RuleKind}


def target(text: str) -> RuleTarget:
    by, _, value = text.partition("=")
    return RuleTarget(TargetKind(by), value)


def rule(kind: str, about: str, *shelves: str, beside: str | None = None, **fields: Any) -> Rule:
    aside = None if beside is None else target(beside)
    usual: dict[str, dict[str, Any]] = {"boost": {"strength": 3.0}, "slot": {"count": 1}}
    fields = usual.get(kind, {}) | {"by": "an editor"} | fields
    return Rule(kind=KINDS[kind], target=target(about), beside=aside, shelves=shelves, **fields)


def add(room: Newsroom, made: Rule, **options: Any) -> str:
    found = room.engine.rules.add(made, NOW, **options).stored.key
    room.engine.catch_up()
    return found


@pytest.fixture
def fourteen(tmp_path: Any) -> Iterator[Newsroom]:
    """Fifteen articles on one subject, read together: beside the first, fourteen can be shown."""
    still = Settings(
        exploring=ExplorationSettings(share=0.0)
    )  # no draws: one answer is compared with another
    made = Newsroom(tmp_path, still, ranking_slots=20, related_slots=20, recommendation_slots=20)
    made.publish(
        *(
            article(
                f"f-{n}", number=n, section="comedy" if n % 2 else "town", topics=("Ferries",) if n < 5 else ("Fuel",),
                authors=(Author(name="Ana Brás" if n in (3, 4) else "Beth Carrow"),), language="en",
                provenance=Provenance(outlet="The Tide" if n < 8 else "The Ebb"),
                published=from_ms(NOW - n * HOUR),
            )
            for n in range(15)
        )
    )  # fmt: skip
    for reader in range(1, 30):
        made.read([f"f-{(reader * step) % 15}" for step in (1, 2, 4)], reader)
    yield made
    made.engine.close()


def test_of_fourteen_candidates_with_twelve_buried_two_remain(fourteen: Newsroom) -> None:
    shown = {item.article for item in every_item(fourteen.ask("f-0", slots=20))}
    assert len(shown) == 14
    for n in range(1, 13):
        add(fourteen, rule("bury", f"article=f-{n}"))
    slate = fourteen.ask("f-0", slots=20)
    assert {item.article for item in every_item(slate)} == {"f-13", "f-14"}
    assert all(shelf.short for shelf in slate.shelves.values())


@pytest.mark.parametrize(
    ("about", "gone"),
    [
        ("article=f-3", {3}),
        ("story=f-3", {3}),
        ("section=Comedy", {1, 3, 5, 7, 9, 11, 13}),
        ("topic=ferries", {1, 2, 3, 4}),
        ("author=Ana Brás", {3, 4}),
        ("outlet=The Ebb", set(range(8, 15))),
    ],
)
def test_a_ban_takes_articles_off_the_shelves_by_what_they_are(
    fourteen: Newsroom, about: str, gone: set[int]
) -> None:
    key = add(fourteen, rule("ban", about))
    shown = {item.article for item in every_item(fourteen.ask("f-0", slots=20))}
    assert shown == {f"f-{n}" for n in range(1, 15)} - {f"f-{n}" for n in gone}
    # What is published afterwards is looked at as well.
    fourteen.publish(article("f-15", number=15, section="comedy", topics=("Ferries",)))
    late = {item.article for item in every_item(fourteen.ask("f-0", slots=20))}
    assert ("f-15" in late) == (about not in ("section=Comedy", "topic=ferries"))
    fourteen.engine.rules.end(key, "an editor")
    assert len({item.article for item in every_item(fourteen.ask("f-0", slots=20))}) == 15


def test_no_comedy_beside_town_on_one_shelf(fourteen: Newsroom) -> None:
    add(fourteen, rule("ban", "section=comedy", "recommendation", beside="section=town"))
    beside_town, beside_comedy = fourteen.ask("f-0", slots=5), fourteen.ask("f-1", slots=5)
    comedy = {f"f-{n}" for n in range(1, 15, 2)}
    assert not set(names(beside_town.shelves["recommendation"])) & comedy
    assert set(names(beside_town.shelves["ranking"]) + names(beside_town.shelves["related"])) & comedy
    assert set(names(beside_comedy.shelves["recommendation"])) & comedy


def test_a_pin_has_its_place_once_with_its_reason_and_is_no_free_choice(fourteen: Newsroom) -> None:
    before = names(fourteen.ask("f-0", slots=4).shelves["recommendation"])
    last = next(f"f-{n}" for n in range(14, 0, -1) if f"f-{n}" not in before)
    key = add(fourteen, rule("pin", f"article={last}", "recommendation", place=2))
    slate = fourteen.ask("f-0", slots=4)
    items = slate.shelves["recommendation"].items
    assert (items[1].article, items[1].reason.text, items[1].rule) == (last, "Chosen by the editors", key)
    assert [item.article for item in every_item(slate)].count(last) == 1
    assert last not in [item.article for item in fourteen.ask(last, slots=4).shelves["recommendation"].items]
    read = Request(article="f-0", history=(last,), slots=4)
    assert last not in names(fourteen.engine.shelves(read, NOW).shelves["recommendation"])
    fourteen.withdraw(last)
    assert last not in [item.article for item in every_item(fourteen.ask("f-0", slots=4))]
    assert fourteen.engine.rules.standing() == [], "a pin ends with its article"


def test_a_buried_article_may_be_pinned_and_a_banned_one_not(fourteen: Newsroom) -> None:
    add(fourteen, rule("pin", "article=f-9", "related", place=1))
    add(fourteen, rule("bury", "article=f-9"))
    assert names(fourteen.ask("f-0", slots=3).shelves["related"])[0] == "f-9"
    add(fourteen, rule("ban", "outlet=the-ebb"))
    assert "f-9" not in [item.article for item in every_item(fourteen.ask("f-0", slots=3))]


def test_a_boost_comes_first_and_a_ranking_stays_a_count(fourteen: Newsroom) -> None:
    plain = fourteen.ask("f-0", slots=14, shelf=("related",)).shelves["related"]
    ranking = names(fourteen.ask(slots=14, shelf=("ranking",)).shelves["ranking"])
    last = names(plain)[-1]
    add(fourteen, rule("boost", f"article={last}", strength=10.0))
    boosted = fourteen.ask("f-0", slots=14, shelf=("related",)).shelves["related"]
    assert names(boosted)[0] == last
    assert boosted.items[0].rule == "boost"
    assert boosted.items[0].reason == plain.items[-1].reason
    assert sorted(names(boosted)) == sorted(names(plain))
    assert names(fourteen.ask(slots=14, shelf=("ranking",)).shelves["ranking"]) == ranking


def test_one_slot_is_for_a_section_where_there_is_evidence_for_one(fourteen: Newsroom) -> None:
    fourteen.publish(article("lone", "chess", section="local"))
    ask: dict[str, Any] = {"slots": 3, "shelf": ("recommendation",)}
    best = names(fourteen.ask("f-0", **ask).shelves["recommendation"])
    absent = next(f"f-{n}" for n in range(1, 15) if f"f-{n}" not in best)
    add(fourteen, rule("slot", f"article={absent}", "recommendation"))
    with_slot = fourteen.ask("f-0", **ask).shelves["recommendation"]
    assert names(with_slot) == [*best[:2], absent]
    assert [bool(item.rule) for item in with_slot.items] == [False, False, True]
    add(fourteen, rule("slot", "section=local", "recommendation"))
    assert len(names(fourteen.ask("f-0", **ask).shelves["recommendation"])) == 3, (
        "no empty slot for want of evidence"
    )


def test_rules_begin_and_end_and_enter_the_serve_id(fourteen: Newsroom) -> None:
    def shown(now: int) -> bool:
        return "f-3" in [item.article for item in every_item(fourteen.ask("f-0", now=now, slots=20))]

    before = fourteen.ask("f-0")
    add(fourteen, rule("ban", "article=f-3", since=NOW + HOUR, until=NOW + 2 * HOUR))
    assert [shown(NOW + h * HOUR) for h in (0, 1, 2)] == [True, False, True]
    ids = {fourteen.ask("f-0", now=NOW + h * HOUR).shelves["related"].serve_id for h in (0, 1)}
    assert len(ids) == 2
    assert fourteen.ask("f-0") == before, "a rule whose time has not come changes nothing"


def test_the_same_request_excludes_and_filters(fourteen: Newsroom) -> None:
    shown = {item.article for item in every_item(fourteen.ask("f-0", slots=20, exclude=("f-1", "nobody")))}
    assert shown == {f"f-{n}" for n in range(2, 15)}
    by = fourteen.ask("f-0", slots=20, sections=("Comedy",), outlets=("The Tide",))
    assert {item.article for item in every_item(by)} == {"f-1", "f-3", "f-5", "f-7"}
    assert {item.article for item in every_item(fourteen.ask("f-0", slots=20, max_age=2.5))} == {"f-1", "f-2"}
    assert every_item(fourteen.ask("f-0", slots=20, languages=("pt",))) == []
    assert len({item.article for item in every_item(fourteen.ask("f-0", slots=20, languages=("en",)))}) == 14
    following = fourteen.engine.next(
        Request(history=("f-0",), slots=20, exclude=("f-1",), sections=("comedy",)), NOW
    )
    assert {item.article for item in following.items} <= {f"f-{n}" for n in range(3, 15, 2)}


RULES = st.builds(
    rule,
    st.sampled_from(["bury", "ban", "boost"]),
    st.sampled_from(["article=f-3", "topic=ferries", "section=town", "author=Ana Brás", "outlet=The Ebb", "story=f-7"]),
    beside=st.sampled_from([None, "section=town", "article=f-0", "topic=fuel", "story=f-1"]),
    until=st.sampled_from([None, NOW + HOUR]),
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(made=st.lists(RULES, min_size=1, max_size=5), asked=st.sampled_from(["f-0", "f-1", "f-9", None]))
def test_a_shelf_is_a_pure_function_of_rules_too(
    tmp_path_factory: pytest.TempPathFactory, made: list[Rule], asked: str | None
) -> None:
    room = Newsroom(tmp_path_factory.mktemp("room"))
    room.publish(*(article(f"f-{n}", number=n, section="town" if n % 2 else "comedy") for n in range(10)))
    for reader in range(1, 12):
        room.read([f"f-{(reader * step) % 10}" for step in (1, 3)], reader)
    plain = msgspec.json.encode(room.ask(asked))
    keys = [add(room, each) for each in made]
    first = msgspec.json.encode(room.ask(asked))
    other = room.engine.__class__.open(room.settings)
    again = msgspec.json.encode(other.shelves(Request(article=asked), NOW))
    other.close()
    assert again == first
    for key in keys:
        room.engine.rules.end(key, "an editor")
    assert msgspec.json.encode(room.ask(asked)) == plain
    room.engine.close()


@pytest.mark.parametrize(
    ("made", "field"),
    [
        (rule("ban", "article=f-3", until=NOW - 1), "until"),
        (rule("ban", "article=f-3", since=NOW + DAY, until=NOW + HOUR), "until"),
        (rule("ban", "article=nobody"), "target"),
        (rule("ban", "topic= "), "target"),
        (rule("ban", "topic=x", beside="article=nobody"), "beside"),
        (rule("ban", "topic=x", "sidebar"), "shelves"),
        (rule("pin", "article=f-3", "ranking", place=1), "shelves"),
        (rule("pin", "article=f-3", place=1), "shelves"),
        (rule("pin", "article=f-3", "related"), "place"),
        (rule("pin", "article=f-3", "front", place=12), "place"),
        (rule("pin", "topic=x", "related", place=1), "target"),
        (rule("boost", "topic=x", strength=0.0), "strength"),
        (rule("slot", "topic=x", "recommendation", count=0), "count"),
        (rule("embargo", "article=f-3"), "until"),
        (rule("ban", "topic=x", "front", beside="article=f-3"), "beside"),
    ],
)
def test_what_cannot_be_is_refused_with_the_field(fourteen: Newsroom, made: Rule, field: str) -> None:
    with pytest.raises(RuleError) as refused:
        fourteen.engine.rules.add(made, NOW)
    assert refused.value.field == field
    assert fourteen.engine.rules.standing() == []


def test_contradictions_are_told(fourteen: Newsroom) -> None:
    rules = fourteen.engine.rules
    add(fourteen, rule("ban", "section=comedy", "related"))
    (pinned,) = rules.add(rule("pin", "article=f-3", "related", place=1), NOW).conflicts
    assert f"Nothing from the section Comedy on {Related.title}" in pinned
    assert rules.add(rule("pin", "article=f-2", "related", place=2), NOW).conflicts == []
    (same,) = rules.add(rule("pin", "article=f-4", "related", place=2), NOW).conflicts
    assert "the newer rule wins" in same
    (nobody,) = rules.add(rule("ban", "topic=Otters"), NOW).conflicts
    assert nobody == "No article is from the topic Otters at the moment."
    assert rules.add(rule("ban", "section=comedy"), NOW).conflicts[-1:] != []
    emptied = rules.add(rule("ban", "section=town"), NOW).conflicts
    assert emptied[-1] == "With this rule no article is left for all shelves and the front page."


def test_two_editors_who_change_one_rule(fourteen: Newsroom) -> None:
    first = add(fourteen, rule("ban", "article=f-3"))
    second = add(fourteen, rule("ban", "article=f-4"), replaces=first)
    with pytest.raises(ConflictError, match="meanwhile"):
        fourteen.engine.rules.add(rule("ban", "article=f-5"), NOW, replaces=first)
    assert [each.key for each in fourteen.engine.rules.standing()] == [second]
    assert [(each.key, each.ended_by) for each in fourteen.engine.rules.past()] == [
        (first, "an editor"),
        (second, None),
    ]
    with pytest.raises(NotThereError):
        fourteen.engine.rules.end("000000000000", "an editor")


def test_a_rule_whose_article_goes_away_says_so(fourteen: Newsroom) -> None:
    add(fourteen, rule("boost", "article=f-3"))
    (kept,) = fourteen.engine.rules.standing()
    assert fourteen.engine.rules.note(kept.rule, NOW) == ""
    fourteen.withdraw("f-3")
    assert fourteen.engine.rules.note(kept.rule, NOW) == "its article is withdrawn"


def test_ten_thousand_rules_make_the_same_shelves_as_one(fourteen: Newsroom) -> None:
    plain = fourteen.ask("f-0", slots=20)
    many = [
        (f"{n:012x}", rule("ban", f"{by}=nobody-{n}")) for n in range(2500) for by in ("topic", "author")
    ][::2]
    many += [
        (f"{9000 + n:012x}", rule("ban", f"topic=none-{n}", beside=f"section=none-{n}")) for n in range(2500)
    ]
    fourteen.engine.rules.add_all(many, NOW, "an importer")
    fourteen.engine.rules.add_all(many, NOW, "an importer")
    assert len(fourteen.engine.rules.standing()) == len(many)
    with_many = fourteen.ask("f-0", slots=20)
    assert [(i.article, i.reason) for i in every_item(with_many)] == [
        (i.article, i.reason) for i in every_item(plain)
    ]


def test_rules_are_seen_by_other_processes_and_kept(fourteen: Newsroom) -> None:
    other = fourteen.engine.__class__.open(fourteen.settings)
    add(fourteen, rule("ban", "article=f-3", reason="the lawyer called"))
    other.catch_up()
    shown = [i.article for i in every_item(other.shelves(Request(article="f-0", slots=20), NOW))]
    assert "f-3" not in shown
    assert other.rules.standing()[0].rule.reason == "the lawyer called"
    other.close()
    assert datetime.fromtimestamp(fourteen.engine.rules.standing()[0].added / 1000, UTC).year >= 2024
