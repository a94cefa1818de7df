"""The three shelves of a small newspaper, through the engine that fills them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsroom import DAY, HOUR, MINUTE, NOW, Newsroom, article, every_item, names
from recirc.types import Request, Window


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    made = Newsroom(tmp_path)
    yield made
    made.engine.close()


def paper(room: Newsroom) -> None:
    """Four articles on each of three subjects, two of them near-copies."""
    for subject in ("ferry", "chess", "flood"):
        room.publish(
            *(article(f"{subject}-{n}", subject, n, section=subject, topics=(subject,)) for n in range(1, 4)),
            article(f"{subject}-copy", subject, 1, section=subject),
        )


ALL = [f"{subject}-{n}" for subject in ("ferry", "chess", "flood") for n in (1, 2, 3, "copy")]


# All three together


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seen=st.lists(
        st.tuples(st.lists(st.sampled_from(ALL), min_size=1, max_size=4), st.integers(1, 9)), max_size=8
    ),
    beside=st.sampled_from([*ALL, None, "never-heard-of"]),
    history=st.lists(st.sampled_from([*ALL, "never-heard-of"]), max_size=5),
    personalised=st.booleans(),
    slots=st.sampled_from([None, 1, 3, 20]),
)
def test_no_story_twice_never_the_article_itself_and_nothing_just_read(
    tmp_path_factory: pytest.TempPathFactory,
    seen: list[tuple[list[str], int]],
    beside: str | None,
    history: list[str],
    personalised: bool,
    slots: int | None,
) -> None:
    room = Newsroom(tmp_path_factory.mktemp("room"))
    try:
        paper(room)
        for opened, reader in seen:
            room.read(opened, reader)
        room.withdraw("flood-2")
        slate = room.ask(beside, history=tuple(history), personalised=personalised, slots=slots)
    finally:
        room.engine.close()

    def story(name: str) -> str:
        return name.replace("copy", "1")

    shown = [story(item.article) for item in every_item(slate)]
    assert len(set(shown)) == len(shown), "a story twice"
    assert "flood-2" not in shown
    if beside:
        assert story(beside) not in shown
    if personalised:
        recommended = {story(name) for name in names(slate.shelves["recommendation"])}
        assert not recommended & {story(name) for name in history}
    for shelf, usual in (
        (slate.shelves["related"], 10),
        (slate.shelves["ranking"], 8),
        (slate.shelves["recommendation"], 8),
    ):
        wanted = slots or usual
        assert len(shelf.items) <= wanted
        assert bool(shelf.short) == (len(shelf.items) < wanted), "a short shelf says so, a full one does not"
        assert [item.position for item in shelf.items] == list(range(len(shelf.items)))
        assert all(item.reason.text for item in shelf.items)
    for shelf in (slate.shelves["related"], slate.shelves["recommendation"], slate.shelves["ranking"]):
        scores = [item.score for item in shelf.items]
        assert scores == sorted(scores, reverse=True)


def test_an_empty_newspaper_has_three_short_shelves(room: Newsroom) -> None:
    slate = room.ask()
    assert every_item(slate) == []
    assert "not known here" in (slate.shelves["related"].short or "")
    assert slate.shelves["ranking"].short == "No other articles were read in the last hour."
    assert slate.shelves["recommendation"].short == "There is not enough evidence for more."


def test_withdrawn_articles_are_never_shown_and_come_back_when_they_are_restored(room: Newsroom) -> None:
    paper(room)
    room.read(["ferry-1", "ferry-2"], 1)
    room.read(["ferry-1", "ferry-2"], 2)
    assert "ferry-2" in {item.article for item in every_item(room.ask("ferry-1"))}
    room.withdraw("ferry-2")
    assert "ferry-2" not in {item.article for item in every_item(room.ask("ferry-1"))}
    room.publish(article("ferry-2", "ferry", 2))
    assert "ferry-2" not in {item.article for item in every_item(room.ask("ferry-1"))}
    room.publish(article("ferry-2", "ferry", 2), restore=True)
    assert "ferry-2" in {item.article for item in every_item(room.ask("ferry-1"))}


def test_only_published_articles_where_that_is_asked(room: Newsroom) -> None:
    room.publish(article("here"), article("there", "chess"))
    room.read(["here", "elsewhere", "there"], 1)
    room.read(["here", "elsewhere"], 2)
    assert "elsewhere" in {item.article for item in every_item(room.ask("here"))}
    assert "elsewhere" not in {item.article for item in every_item(room.ask("here", published_only=True))}
    assert names(room.ask("there", published_only=True).shelves["ranking"]) == ["here"]


# Related


def test_related_from_text_alone(room: Newsroom) -> None:
    paper(room)
    related = room.ask("ferry-1").shelves["related"]
    assert set(names(related)) >= {"ferry-2", "ferry-3"}
    assert names(related)[:2] in (["ferry-2", "ferry-3"], ["ferry-3", "ferry-2"])
    assert "ferry-copy" not in names(related), "the same story once more"
    assert all(item.reason.text == "Also about ferry" for item in related.items[:2])
    assert related.method == "text, topics and co-reading"


def test_related_from_reading_where_texts_have_nothing_in_common(room: Newsroom) -> None:
    room.publish(article("a", body="", headline="Alpha"), article("b", body="", headline="Omega"))
    room.read(["a", "b"], 1)
    assert "b" not in names(room.ask("a", history=("b",)).shelves["related"]), "one reader is not a pattern"
    room.read(["a", "b"], 2)
    room.read(["a"], 3)
    related = room.engine.shelves(Request(article="a", slots=5), NOW + 9 * DAY).shelves["related"]
    shown = [item.reason for item in related.items if item.article == "b"]
    # Ranking chooses first, and has the article on its shelf while it is read.
    assert shown == [] or shown[0].text == "2 of 3 readers went on to this"
    alone = Newsroom(Path(room.settings.store.path).parent / "second", min_readers=100)
    try:
        alone.publish(article("a", body="", headline="Alpha"), article("b", body="", headline="Omega"))
        for reader in (1, 2):
            alone.read(["a", "b"], reader)
        alone.read(["a"], 3)
        (item,) = alone.ask("a").shelves["related"].items
        assert item.article == "b"
        assert item.reason.text == "Some readers went on to this"
        assert item.reason.numbers == {"readers": 2, "of": 3}
    finally:
        alone.engine.close()


# Ranking


def test_ranking_counts_readers_and_keeps_ranks_on_every_page(room: Newsroom) -> None:
    room.publish(*(article(name, body="", headline=name) for name in "abcd"))
    for name, readers in (("a", 4), ("b", 3), ("c", 2), ("d", 1)):
        for reader in range(readers):
            room.read([name, name], 1 + reader)
    room.read(["d"], 99, bot=True)
    everywhere = room.ask().shelves["ranking"]
    assert [(item.article, item.score) for item in everywhere.items] == [
        ("a", 4),
        ("b", 3),
        ("c", 2),
        ("d", 1),
    ]
    beside = room.ask("b").shelves["ranking"]
    assert names(beside) == ["a", "c", "d"]
    assert [item.reason.numbers["rank"] for item in beside.items] == [1, 3, 4]
    assert [item.reason.text for item in beside.items] == [
        "Most read in the last hour: 4 readers",
        "Popular so far",
        "Popular so far",
    ]
    assert [item.reason.fallback for item in beside.items] == [False, True, True]
    assert beside.method == "distinct readers in the last hour; this article, number 2, is left out"
    assert everywhere.method == "distinct readers in the last hour"
    related = room.ask().shelves["related"]
    assert (
        related.short
        == "No article is named, or the one at that address is not known here, so nothing is related to it."
    )


def test_of_equally_read_articles_the_one_read_just_now_comes_first(room: Newsroom) -> None:
    room.publish(*(article(name, body="", headline=name) for name in "abc"))
    room.read(["a"], 1, 50 * MINUTE)
    room.read(["b"], 1, 5 * MINUTE)
    room.read(["c"], 1, 30 * MINUTE)
    assert names(room.ask().shelves["ranking"]) == ["b", "c", "a"]


def test_windows_widen_for_a_slate_and_only_there(room: Newsroom) -> None:
    room.publish(*(article(name, body="", headline=name) for name in "abc"))
    room.read(["a"], 1, 5 * MINUTE)
    room.read(["b"], 1, 5 * HOUR)
    room.read(["c"], 1, 40 * DAY)
    slate = room.ask(window=Window.HOUR).shelves["ranking"]
    assert set(names(slate)) == {"a", "b", "c"}
    assert all(item.reason.fallback for item in slate.items)
    assert slate.method == "distinct readers, each once a day, so far"
    for window, expected in ((Window.HOUR, {"a"}), (Window.DAY, {"a", "b"}), (Window.EVER, {"a", "b", "c"})):
        exact = room.engine.ranking(section=None, window=window, slots=8, now=NOW)
        assert set(names(exact)) == expected
        assert all(item.reason.text == "Popular so far" for item in exact.items), "a reader each"
        assert all(item.counts and item.counts.window_readers == 1 for item in exact.items)


def test_ranking_within_a_section(room: Newsroom) -> None:
    paper(room)
    room.read(["ferry-1", "chess-1", "chess-2"], 1)
    ranking = room.ask(section="chess").shelves["ranking"]
    assert set(names(ranking)) == {"chess-1", "chess-2"}
    assert ranking.items[0].reason.text == "Popular so far"
    for reader in (2, 3):
        room.read(["chess-1"], reader)
    ranking = room.ask(section="chess").shelves["ranking"]
    assert ranking.items[0].reason.text == "Most read in Chess in the last hour: 3 readers"
    assert names(room.ask(section="no-such").shelves["ranking"]) == []


# Recommendation


def test_without_anything_to_go_by_recommendation_is_a_fallback_that_says_so(tmp_path: Path) -> None:
    room = Newsroom(tmp_path, ranking_slots=1)
    try:
        room.publish(*(article(name, body="", headline=name) for name in "abc"))
        for reader, name in enumerate("aaabbc", start=1):
            room.read([name], reader)
        shelf = room.ask().shelves["recommendation"]
        assert names(shelf) == ["b", "c"]
        assert all(item.reason.fallback for item in shelf.items)
        assert shelf.items[0].reason.text == "Popular so far"
        assert shelf.method == "default formula, nothing known but the moment"
    finally:
        room.engine.close()


def test_the_history_is_looked_at_only_where_it_may_be(room: Newsroom) -> None:
    paper(room)
    for reader in range(1, 5):
        room.read(["chess-1", "chess-3"], reader, 3 * DAY)
        room.read(["flood-1", "flood-3"], 10 + reader, 3 * DAY)
    personal = room.ask("ferry-2", history=("chess-1",), slots=4)
    assert "chess-1" not in names(personal.shelves["recommendation"])
    without = room.ask("ferry-2", personalised=False, history=("chess-1",), slots=4)
    nobody = room.ask("ferry-2", personalised=False, history=("flood-1",), slots=4)
    assert (
        names(without.shelves["recommendation"])
        == names(nobody.shelves["recommendation"])
        == names(room.ask("ferry-2", slots=4).shelves["recommendation"])
    )
    assert [item.reason for item in without.shelves["recommendation"].items] == [
        item.reason for item in nobody.shelves["recommendation"].items
    ]


def test_what_was_opened_again_counts_as_opened_last(tmp_path: Path) -> None:
    """Going back to an article makes it the last one, and not the one where it first stood."""
    room = Newsroom(tmp_path, min_readers=1_000)
    try:
        room.publish(*(article(name, body="", headline=name) for name in "abxy"))
        for reader in range(1, 4):
            room.read(["a", "x"], reader)
            room.read(["b", "y"], 10 + reader)
        back = room.ask("a", history=("a", "b"))
        assert names(back.shelves["related"]) == ["x"], "the shelves stand beside a"
        assert names(back.shelves["recommendation"])[:1] == ["y"]
        again = room.ask(None, history=("a", "b", "a")).shelves["recommendation"]
        assert (
            names(again) == names(room.ask(None, history=("b", "a")).shelves["recommendation"]) == ["x", "y"]
        )
    finally:
        room.engine.close()


def test_recommendation_names_the_visits_that_it_rests_on(tmp_path: Path) -> None:
    room = Newsroom(tmp_path, min_readers=1_000)
    try:
        room.publish(*(article(name, body="", headline=name) for name in "abc"))
        for reader in range(1, 6):
            room.read(["a", "b"], reader)
        room.read(["a", "c"], 9)
        first = room.ask(None, history=("a",)).shelves["recommendation"].items[0]
        assert first.article == "b"
        assert first.reason.text in (
            "Read in 5 visits like this one",
            "5 of 6 readers of “a” went on to this",
        )
        assert not first.reason.fallback
    finally:
        room.engine.close()
