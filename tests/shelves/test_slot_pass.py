"""Slots are filled in one compiled pass as they would be by arranging proposals, to the last bit."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from newsroom import article
from recirc.engine.active_rules import ShelfRules
from recirc.engine.filled_shelves import FilledShelf, fill
from recirc.messages import words_in
from recirc.rank.candidates import CandidateGenerator
from recirc.rank.forest import LEAF, Forest
from recirc.rank.model import Model
from recirc.rank.visit import Visit
from recirc.settings import Settings
from recirc.shelves.reasons import REASONS
from recirc.shelves.recommendation import Recommendation
from recirc.shelves.related import Related
from recirc.shelves.shelf import RankingContext, ShelfStrategy
from recirc.state.catalogue import WITHDRAWN
from recirc.state.state import State
from recirc.store.decisions import decided
from recirc.text.article_features import extract_features
from recirc.text.vector import DIMENSIONS
from recirc.types import NO_POSITION, RECORD, Batch, EntryKind, RecordArray, Window
from some_model import model

START, MINUTE, HOUR = 1_790_000_000_000, 60_000, 3_600_000
SUBJECTS = ("ferry", "chess", "flood", "school")
ARTICLES, STATES = 32, 6
TOPICS = ("Harbour", "Council", "Sport")
SETTINGS = Settings()
often = settings(max_examples=150, deadline=None)


def log_of(rng: np.random.Generator) -> RecordArray:
    """All but four articles are published, then visits of one to seven views; some were seen on shelves."""
    rows: list[tuple[int, ...]] = []
    for visit in range(1, 140):
        time, last = START + int(rng.integers(0, 30 * HOUR)), -1
        reader = int(rng.integers(1, 60))
        codes = [int(rng.integers(1, 4)), int(rng.integers(1, 3)), int(rng.integers(1, 9))]
        for step in range(int(rng.integers(1, 8))):
            opened = int(min(rng.geometric(0.1) - 1, ARTICLES - 1))
            shelf = int(rng.integers(0, 4)) if step else 0
            seen = (int(rng.integers(0, 10)) if shelf else NO_POSITION, last)
            rows.append((time, EntryKind.VIEW, opened, reader, visit, shelf, *seen, *codes))
            for slot in range(3):
                shown = int(rng.integers(0, ARTICLES))
                rows.append(
                    (time + 1, EntryKind.IMPRESSION, shown, reader, visit, 1 + slot, slot, opened, 0, 0, 0)
                )
            last, time = opened, time + int(rng.integers(10_000, 15 * MINUTE))
    rows.sort(key=lambda row: row[0])
    first = ARTICLES - 4
    records = np.zeros(first + len(rows), RECORD)
    records["id"], records["source"], records["position"] = np.arange(1, len(records) + 1), -1, NO_POSITION
    records["kind"][:first], records["article"][:first] = EntryKind.PUBLISH, np.arange(first)
    records["time"][:first] = START
    views = ("visit", "shelf", "position", "source", "referrer", "device", "region")
    for column, name in enumerate(("time", "kind", "article", "reader", *views)):
        records[name][first:] = [row[column] for row in rows]
    return records


@cache
def state_of(seed: int) -> State:
    rng = np.random.default_rng(seed)
    records, features = log_of(rng), {}
    for place in range(ARTICLES - 4):
        subject = SUBJECTS[place % len(SUBJECTS)]
        topics = tuple(topic for topic in TOPICS if rng.random() < 0.3)
        features[place] = extract_features(article(f"a{place}", subject, place // 6, topics=topics))
    state = State(SETTINGS.learning, DIMENSIONS)
    state.fold(Batch(1, decided(records, 0.0), features))
    return state


@cache
def model_of(seed: int) -> Model:
    """Trees of depth two that look at random features, in the middle of what candidates have."""
    rng, state = np.random.default_rng(seed), state_of(seed % STATES)
    rows = CandidateGenerator(SETTINGS.recommending, SETTINGS.learning).gather(
        state, Visit(np.array([0, 3], np.int32), np.array([5], np.int32), 1, 1, 1), features=True
    ).features  # fmt: skip
    names: dict[str, list[Any]] = {name: [] for name in Forest._fields}
    for _ in range(24):
        names["roots"].append(root := len(names["feature"]))
        chosen = rng.integers(0, rows.shape[1], 3)
        cuts = [float(np.quantile(rows[:, column], rng.random())) for column in chosen]
        value = rng.normal(size=7).round(2)
        for place, column in enumerate((*chosen.tolist(), LEAF, LEAF, LEAF, LEAF)):
            names["feature"].append(column)
            names["threshold"].append(cuts[place] if place < 3 else 0.0)
            names["left"].append(root + 2 * place + 1 if place < 3 else LEAF)
            names["right"].append(root + 2 * place + 2 if place < 3 else LEAF)
            names["value"].append(value[place])
    kinds: dict[str, Any] = {"threshold": np.float64, "value": np.float64}
    made: dict[str, Any] = {
        name: np.array(column, kinds.get(name, np.int32)) for name, column in names.items()
    }
    return model(seed, Forest(**made))


class Arranged(Recommendation):
    """The same shelf, whose proposals are arranged."""

    arranged = ShelfStrategy.arranged


def few(**changed: Any) -> Settings:
    return structs.replace(
        SETTINGS,
        shelves=structs.replace(SETTINGS.shelves, **changed),
        recommending=structs.replace(SETTINGS.recommending, rerank_candidates=20),
    )


class ArrangedRelated(Related):
    """The same."""

    arranged = ShelfStrategy.arranged


CHOSEN = (SETTINGS, few(min_coreaders=1, min_readers=1), few(min_coreaders=4, related_precision=0.0))
PAIRS = [(Recommendation(chosen), Arranged(chosen)) for chosen in CHOSEN]
RELATED = [(Related(chosen), ArrangedRelated(chosen)) for chosen in CHOSEN]


@st.composite
def questions(draw: st.DrawFn) -> tuple[State, RankingContext]:
    number, learned, beside = draw(st.tuples(st.integers(0, STATES - 1), st.booleans(), st.booleans()))
    state = state_of(number)
    articles = st.lists(st.integers(0, ARTICLES - 1), max_size=6, unique=True)
    history = draw(articles)
    earlier = [each for each in draw(articles) if each not in history]
    codes = draw(st.tuples(st.integers(0, 4), st.integers(0, 3), st.integers(0, 40)))
    allowed = state.catalogue.status[: state.size] != WITHDRAWN
    allowed[draw(st.lists(st.integers(0, ARTICLES - 1), max_size=5))] = False
    visit = Visit(np.array(history, np.int32), np.array(earlier, np.int32), *codes)
    return state, RankingContext(
        article=history[-1] if history and beside else -1,
        visit=visit,
        allowed=allowed,
        section=0,
        window=Window.HOUR,
        widen=True,
        slots=None,
        now=state.clock + draw(st.sampled_from((0, 61_000, 20 * HOUR, 30 * HOUR))),
        model=model_of(number + STATES * draw(st.integers(0, 3))) if learned else None,
    )


def told(shelf: FilledShelf) -> tuple[object, ...]:
    words, proposed = words_in("en"), shelf.proposed
    until = proposed.until() if proposed.until is not None else None
    said = words.say(proposed.method), words.say(proposed.when_short)
    return msgspec.json.encode(shelf.placed), shelf.slots, until, proposed.proposals, *said


@often
@given(
    questions(), st.sampled_from(PAIRS), st.integers(1, 30), st.sets(st.integers(0, ARTICLES - 1), max_size=9)
)
def test_the_pass_places_what_arranging_places(
    question: tuple[State, RankingContext],
    pair: tuple[Recommendation, Recommendation],
    slots: int,
    excluded: set[int],
) -> None:
    state, context = question
    one, other = (fill(shelf, state, ShelfRules(context), slots, excluded) for shelf in pair)
    assert told(one) == told(other)


@often
@given(
    questions(),
    st.sampled_from(RELATED),
    st.integers(1, 20),
    st.sets(st.integers(0, ARTICLES - 1), max_size=9),
)
def test_so_does_that_of_related(
    question: tuple[State, RankingContext], pair: tuple[Related, Related], slots: int, excluded: set[int]
) -> None:
    state, context = question
    one, other = (fill(shelf, state, ShelfRules(context), slots, excluded) for shelf in pair)
    assert told(one) == told(other)


@often
@given(questions(), st.integers(1, 60))
def test_the_best_articles_without_reasons_are_those_that_are_proposed(
    question: tuple[State, RankingContext], most: int
) -> None:
    state, context = question
    shelf = PAIRS[0][0]
    one = shelf.best(state, context, most)
    proposals = shelf.propose(state, context, most).proposals
    assert one.articles.tolist() == [each.article for each in proposals]
    assert one.scores.tolist() == [each.score for each in proposals]


def placed() -> Iterator[FilledShelf]:
    for seed in range(STATES * 4):
        state = state_of(seed % STATES)
        visit = Visit(
            np.array([seed % 9, 11], np.int32), np.array([seed % 5 + 20], np.int32), 1, 1, 1 + seed % 8
        )
        context = RankingContext(
            11, visit, np.ones(state.size, bool), 0, Window.HOUR, True, None, state.clock, model_of(seed)
        )
        yield fill(PAIRS[1][0], state, ShelfRules(context), 12, {seed % 7})


def test_all_kinds_of_evidence_are_among_them() -> None:
    kinds = {item.evidence.kind for shelf in placed() for item in shelf.placed}
    own = set(Recommendation.reasons) - {"new here", "editors' choice"}
    assert kinds <= set(REASONS)
    assert own - kinds <= {"young"}, "what none of these states has is not compared above"


def test_who_proposes_something_else_does_not_fill_slots_in_the_way_of_its_base() -> None:
    class Other(Recommendation):
        """Another order."""

        def propose(self, *arguments: Any) -> Any:
            return super().propose(*arguments)

    assert Other.arranged is ShelfStrategy.arranged
    assert Recommendation.arranged is not ShelfStrategy.arranged


@pytest.mark.parametrize("number", [0, 3])
def test_an_article_that_the_state_does_not_know_is_no_history(number: int) -> None:
    state = state_of(number)
    visit = Visit(np.array([2, state.size + 4], np.int32))
    context = RankingContext(
        -1, visit, np.ones(state.size, bool), 0, Window.HOUR, True, None, state.clock, model_of(number)
    )
    one, other = (fill(shelf, state, ShelfRules(context), 5, set()) for shelf in PAIRS[0])
    assert [item.article for item in one.placed] == [item.article for item in other.placed]
