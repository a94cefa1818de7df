"""New articles on trial: how often, which, with which probability, and that the log keeps it."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsroom import HOUR, MINUTE, NOW, Newsroom, article, every_item, names
from recirc.engine import Engine, Observation
from recirc.engine.logs import read_log
from recirc.rank.thompson import best_arm_probabilities
from recirc.rank.visit import Visit
from recirc.settings import ExplorationSettings, Settings
from recirc.shelves.exploration import MOST, Explorer
from recirc.shelves.recommendation import Recommendation
from recirc.shelves.shelf import RankingContext
from recirc.types import Article, EntryKind, Event, EventKind, Exclusion, Request, ShelfItem, Slate, Window

SLOT, SHARE = 2, 0.2
OLD = [f"flood-{n}" for n in range(24)]
NEW = ["new-a", "new-b", "new-c"]
ASKS = 3000


def dated(name: str, ago: int, subject: str = "chess", number: int = 0) -> Article:
    return article(name, subject, number, published=datetime.fromtimestamp((NOW - ago) / 1000, UTC))


def room_with(folder: Path, **exploring: float) -> Newsroom:
    """Old articles that are read, one after the other, and whatever a test adds."""
    rules = ExplorationSettings(**({"share": SHARE, "slot": SLOT} | exploring))  # type: ignore[arg-type]  # numbers, as they come
    made = Newsroom(
        folder, Settings(exploring=rules), recommendation_slots=5, ranking_slots=3, related_slots=3
    )
    made.publish(*(dated(name, 90 * HOUR, "flood", n) for n, name in enumerate(OLD)))
    for reader in range(1, 50):
        made.read([OLD[(reader + step) % len(OLD)] for step in range(4)], reader, reader * MINUTE)
    return made


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    made = room_with(tmp_path_factory.mktemp("room"))
    made.publish(*(dated(name, (n + 1) * HOUR, "chess", n) for n, name in enumerate(NEW)))
    # One of them did well where it was shown, one badly; too long ago to be read much now.
    seen = [
        *(("new-b", EventKind.IMPRESSION, i) for i in range(60)),
        *(("new-b", EventKind.VIEW, i) for i in range(6)),
    ]
    seen += [("new-c", EventKind.IMPRESSION, i) for i in range(100)]
    made.observe(*(on_shelf(name, kind, 1000 + i) for name, kind, i in seen))
    yield made
    made.engine.close()


def on_shelf(
    name: str, kind: EventKind, reader: int, propensity: float | None = None, ago: int = 100 * MINUTE
) -> Observation:
    event = Event(
        kind=kind, article=name, shelf="recommendation", position=SLOT, propensity=propensity,
        time=datetime.fromtimestamp((NOW - ago) / 1000, UTC) + timedelta(milliseconds=reader),
    )  # fmt: skip
    return Observation(event, received=NOW, reader=reader, visit=0, exclusion=Exclusion.NONE)


def tried(slate: Slate) -> list[ShelfItem]:
    return [item for item in every_item(slate) if item.reason.kind == "new here"]


def many(room: Newsroom, count: int = ASKS, personalised: bool = True) -> list[Slate]:
    """The same question at so many moments, a millisecond apart."""
    return [room.ask(OLD[0], now=NOW + ms, personalised=personalised) for ms in range(count)]


@pytest.fixture(scope="module")
def slates(room: Newsroom) -> list[Slate]:
    return many(room)


def close(observed: int, of: int, probability: float) -> bool:
    """Within four standard errors."""
    return bool(abs(observed / of - probability) < 4 * np.sqrt(probability * (1 - probability) / of) + 1e-9)


def test_the_share_of_slates_with_a_trial_is_the_one_that_was_set(slates: list[Slate]) -> None:
    found = [tried(slate) for slate in slates]
    assert {len(items) for items in found} == {0, 1}
    assert close(sum(map(len, found)), len(slates), SHARE)
    assert {item.position for items in found for item in items} == {SLOT}
    assert {
        name
        for slate in slates
        for name in (*names(slate.shelves["related"]), *names(slate.shelves["ranking"]))
    }.isdisjoint(NEW)


def test_requests_that_are_not_personalised_try_as_well(room: Newsroom) -> None:
    found = many(room, 600, personalised=False)
    assert close(sum(bool(tried(slate)) for slate in found), len(found), SHARE)


def test_propensities_sum_to_one_over_what_may_stand_in_the_slot_and_are_the_frequencies(
    slates: list[Slate],
) -> None:
    in_slot = [slate.shelves["recommendation"].items[SLOT] for slate in slates]
    told = {(item.article, item.propensity) for item in in_slot}
    stood = Counter(item.article for item in in_slot)
    assert len(told) == len(stood), "one propensity each"
    probability = dict(told)
    assert set(stood) >= {"new-a", "new-b"}
    assert sum(probability.values()) + (0 if "new-c" in stood else rest(probability)) == pytest.approx(
        1, abs=1e-5
    )
    for name, p in probability.items():
        assert close(stood[name], len(slates), p), name
    displaced = next(name for name in stood if name not in NEW)
    assert probability[displaced] == pytest.approx(1 - SHARE)
    assert probability["new-b"] > probability["new-a"] > probability.get("new-c", 0.0), (
        "who did well is tried more"
    )


def rest(probability: dict[str, float]) -> float:
    """What is left for an article that is so unlikely that it was not seen."""
    left = 1 - sum(probability.values())
    assert 0 <= left < 3 / ASKS
    return left


def test_everything_else_is_certain_and_stays_where_it_was(slates: list[Slate]) -> None:
    plain = next(slate for slate in slates if not tried(slate))
    for slate in slates[:200]:
        for item, same in zip(every_item(slate), every_item(plain), strict=True):
            if item.article != same.article:
                assert tried(slate) == [item]
            elif (item.position, item in slate.shelves["recommendation"].items) != (SLOT, True):
                assert item.propensity == 1.0
    assert plain.shelves["recommendation"].method == "default formula"
    with_trial = next(slate for slate in slates if tried(slate))
    assert with_trial.shelves["recommendation"].method == "default formula; one new article is on trial"


def test_the_reason_says_that_it_is_a_trial_in_true_numbers(slates: list[Slate]) -> None:
    found = {item.article: item.reason for slate in slates for item in tried(slate)}
    assert found["new-a"].text == ("New, on trial: published 1 hour ago, not shown before")
    assert found["new-b"].numbers == {"minutes": 120, "seen": 60}
    assert "shown 60 times" in found["new-b"].text


def test_the_same_question_draws_the_same_and_a_page_keeps_its_draw(
    room: Newsroom, slates: list[Slate]
) -> None:
    assert [msgspec.json.encode(slate) for slate in many(room, 50)] == [
        msgspec.json.encode(slate) for slate in slates[:50]
    ]
    for first in slates[:60]:
        again = [
            room.ask(OLD[0], now=NOW + after, draw=first.shelves["recommendation"].serve_id)
            for after in (5_000, 30_000)
        ]
        assert [names(slate.shelves["recommendation"]) for slate in again] == 2 * [
            names(first.shelves["recommendation"])
        ]


def test_without_a_share_nothing_is_tried_and_the_answer_is_the_plain_one(
    room: Newsroom, slates: list[Slate]
) -> None:
    off = msgspec.structs.replace(room.settings, exploring=ExplorationSettings(share=0.0))
    engine = Engine.open(off)
    plain = next(slate for slate in slates if not tried(slate))
    for ms in range(100):
        slate = engine.shelves(Request(article=OLD[0]), NOW + ms)
        certain = [item for item in every_item(slate) if item.propensity == 1.0]
        assert len(certain) == len(every_item(slate)) == len(every_item(plain))
        assert [without_odds(item) for item in every_item(slate)] == [
            without_odds(item) for item in every_item(plain)
        ]
    engine.close()


def without_odds(item: ShelfItem) -> ShelfItem:
    return msgspec.structs.replace(item, propensity=1.0, signature="")


def test_only_what_is_new_known_and_not_read_is_tried(tmp_path: Path) -> None:
    room = room_with(tmp_path, share=1.0, most_shown=20, hours=10.0)
    room.publish(
        dated("right", 2 * HOUR, "chess", 1), dated("also-right", 9 * HOUR, "chess", 2),
        dated("old", 11 * HOUR, "chess", 3), dated("withdrawn", HOUR, "chess", 4),
        dated("ahead", -HOUR, "chess", 5), dated("read", HOUR, "school", 6),
        dated("much-seen", HOUR, "chess", 7), article("undated", "chess", 8),
        dated("copy-of-read", HOUR, "school", 6), dated("popular", HOUR, "chess", 9),
    )  # fmt: skip
    room.withdraw("withdrawn")
    room.observe(*(on_shelf("much-seen", EventKind.IMPRESSION, 2000 + i) for i in range(20)))
    for reader in range(200, 260):
        room.read(["popular", "named-only"], reader)
    found = {
        item.article for ms in range(200) for item in tried(room.ask(OLD[0], now=NOW + ms, history=("read",)))
    }
    assert found == {"right", "also-right"}
    room.engine.close()


def test_a_short_shelf_gets_the_trial_at_its_end_and_nothing_is_displaced(tmp_path: Path) -> None:
    room = Newsroom(tmp_path, Settings(exploring=ExplorationSettings(share=0.5, slot=3)))
    room.publish(dated("only", HOUR))
    shelves = [room.ask(now=NOW + ms).shelves["recommendation"] for ms in range(400)]
    assert {tuple(names(shelf)) for shelf in shelves} == {(), ("only",)}
    assert close(sum(len(shelf.items) for shelf in shelves), len(shelves), 0.5)
    assert {item.propensity for shelf in shelves for item in shelf.items} == {0.5}
    room.engine.close()


def test_the_log_keeps_the_propensity_of_what_was_seen_and_opened(tmp_path: Path) -> None:
    fresh = Newsroom(tmp_path)
    fresh.publish(article("a"))
    read = Observation(
        Event(kind=EventKind.READ, article="a", seconds=12.5, propensity=0.5), NOW, 9, 0, Exclusion.NONE
    )
    plain = Observation(Event(kind=EventKind.VIEW, article="a", propensity=0.5), NOW, 9, 0, Exclusion.NONE)
    fresh.observe(
        on_shelf("a", EventKind.IMPRESSION, 1, 0.0125), on_shelf("a", EventKind.VIEW, 2, 0.25),
        on_shelf("a", EventKind.VIEW, 3), read, plain,
    )  # fmt: skip
    fresh.engine.close()
    records = read_log(Path(fresh.settings.store.path), 1.0, lambda *_: None).records
    kept = records[records["kind"] != EntryKind.PUBLISH]["value"].tolist()
    assert kept == pytest.approx([0.0125, 0.25, 0, 12.5, 0], rel=1e-6)


arms = st.lists(st.tuples(st.floats(0.5, 80), st.floats(2, 3000)), min_size=1, max_size=12)


@given(arms)
def test_the_chances_of_all_arms_sum_to_one_whatever_their_order(
    given_arms: list[tuple[float, float]],
) -> None:
    alpha, beta = np.array(given_arms).T
    chance = best_arm_probabilities(alpha, beta)
    assert chance.sum() == pytest.approx(1)
    assert (chance >= 0).all()
    assert best_arm_probabilities(alpha[::-1], beta[::-1])[::-1] == pytest.approx(chance)


@pytest.mark.parametrize(
    ("alpha", "beta"),
    [([2.0, 2, 8, 2], [40.0, 40, 80, 120]), ([0.5, 1, 0.5], [9.5, 99, 50]), ([300.0, 302], [5000.0, 5000])],
)
def test_the_chances_are_how_often_each_draw_is_the_largest(alpha: list[float], beta: list[float]) -> None:
    draws = np.random.default_rng(5).beta(alpha, beta, (200_000, len(alpha)))
    won = np.bincount(draws.argmax(axis=1), minlength=len(alpha)) / len(draws)
    assert best_arm_probabilities(np.array(alpha), np.array(beta)) == pytest.approx(won, abs=0.005)


def test_a_click_raises_the_chance_and_an_impression_lowers_it() -> None:
    before = best_arm_probabilities(np.array([2.0, 2]), np.array([40.0, 40]))
    assert best_arm_probabilities(np.array([3.0, 2]), np.array([40.0, 40]))[0] > before[0]
    assert best_arm_probabilities(np.array([2.0, 2]), np.array([50.0, 40]))[0] < before[0]


def test_an_article_is_on_trial_from_its_publication_until_it_is_hours_old(room: Newsroom) -> None:
    explorer = Explorer(ExplorationSettings(share=1.0, hours=1.0))
    state = room.engine._log_consumer.state
    now = NOW // MINUTE * MINUTE
    new = int(room.engine.intern(["new-a"])[0])
    context = RankingContext(
        -1, Visit(np.zeros(0, np.int32)), np.ones(state.size, bool), 0, Window.HOUR, True, None, now
    )
    published, was = state.catalogue.published, state.catalogue.published[new]
    try:
        for age, on_trial in ((-1, False), (0, True), (1, True), (HOUR - 1, True), (HOUR, False)):
            published[new] = now - age
            state._derived.clear()
            tried = explorer._eligible(state, context, Recommendation.number, 0, set(), MOST).articles
            assert (new in tried.tolist()) == on_trial, age
    finally:
        published[new] = was
        state._derived.clear()
