"""The shelf of a learned model: which model, in which order, and reasons whose numbers are those of the log."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np
import pytest

from newsroom import DAY, MINUTE, NOW, Newsroom, article, names, unsigned
from recirc.engine import Observation
from recirc.engine.active_rules import ShelfRules
from recirc.engine.filled_shelves import fill
from recirc.engine.ranking_context import ranking_context
from recirc.rank.candidates import CandidateGenerator
from recirc.rank.features import GROUPS
from recirc.rank.forest import Forest, scores
from recirc.rank.model import Model
from recirc.rank.visit import Visit
from recirc.settings import Settings
from recirc.shelves.evidence import BY_GROUP, BY_PART, SAME_CONTEXT
from recirc.shelves.reasons import REASONS
from recirc.shelves.shelf import PlacedItem
from recirc.state.audience import READERS
from recirc.state.content import Content
from recirc.types import Event, EventKind, Exclusion, IntArray, Request, Shelf
from some_model import feature, model, stump

SUBJECTS = ("ferry", "chess", "flood", "school")
IDS = [f"{subject}-{n}" for subject in SUBJECTS for n in range(6)]
CODES = ("referrer", "device", "region")


def seen(
    kind: EventKind, name: str, time: int, reader: int, visit: int, context: tuple[int, int, int], **more: Any
) -> Observation:
    told: dict[str, Any] = dict(zip(CODES, context, strict=True)) if kind is EventKind.VIEW else {}
    event = Event(kind=kind, article=name, time=datetime.fromtimestamp(time / 1000, UTC), **told, **more)
    return Observation(event, received=NOW, reader=reader, visit=visit, exclusion=Exclusion.NONE)


def events() -> list[Observation]:
    """Ninety visits within the last six hours, with what they saw of a shelf."""
    rng = np.random.default_rng(4)
    found = []
    for visit in range(1, 91):
        reader = int(rng.integers(1, 50))
        context = (int(rng.integers(1, 4)), int(rng.integers(1, 3)), 1 + reader % 4)
        time, steps = NOW - int(rng.integers(40 * MINUTE, 6 * 60 * MINUTE)), int(rng.integers(1, 6))
        first = int(rng.integers(0, 8))
        last: str | None = None
        for step in range(steps):
            name = IDS[(first + int(rng.integers(0, 4)) * step + context[2] * (step == 1)) % len(IDS)]
            shelf: dict[str, Any] = {"shelf": "related", "position": step, "source": last} if last else {}
            if last:
                found.append(seen(EventKind.IMPRESSION, name, time - 5000, reader, visit, context, **shelf))
                other = IDS[int(rng.integers(0, len(IDS)))]
                found.append(seen(EventKind.IMPRESSION, other, time - 4000, reader, visit, context, **shelf))
            found.append(seen(EventKind.VIEW, name, time, reader, visit, context, **shelf))
            last, time = name, time + int(rng.integers(20_000, 5 * MINUTE))
    return sorted(found, key=lambda each: each.event.time or datetime.now(UTC))


EVENTS = events()


class Room(Newsroom):
    """A newsroom whose model can be set."""

    def serve(self, made: Model | None) -> None:
        self.engine.active_model.model = made


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    settings = Settings()
    still = msgspec.structs.replace(
        settings, exploring=msgspec.structs.replace(settings.exploring, share=0.0)
    )
    made = Room(tmp_path_factory.mktemp("room"), still)
    made.publish(*(article(name, name[:-2], int(name[-1])) for name in IDS))
    made.observe(*EVENTS)
    yield made
    made.engine.close()


@pytest.fixture(autouse=True)
def by_formula(room: Room) -> Iterator[None]:
    yield
    room.serve(None)


ASKED: dict[str, Any] = {
    "article": "ferry-1", "history": ("chess-0", "ferry-3"), "earlier": ("ferry-0", "ferry-2"),
    "referrer": 2, "device": 1, "region": 3,
}  # fmt: skip


def shelf(room: Room, **fields: Any) -> Shelf:
    return room.engine.shelves(Request(**{**ASKED, **fields}), NOW).shelves["recommendation"]


def index(room: Room, *ids: str) -> IntArray:
    return room.engine.intern(ids)


def candidates(room: Room) -> tuple[list[str], Any]:
    """Names and features of what may be recommended."""
    visit = Visit(index(room, "chess-0", "ferry-3", "ferry-1"), index(room, "ferry-0", "ferry-2"), 2, 1, 3)
    state = room.engine._log_consumer.state
    found = CandidateGenerator(room.settings.recommending, room.settings.learning).gather(
        state, visit, features=True
    )
    every = {int(number): name for number, name in zip(index(room, *IDS), IDS, strict=True)}
    return [every[number] for number in found.articles.tolist()], found.features


def test_the_order_is_the_models_and_the_method_names_it(room: Room) -> None:
    before = shelf(room)
    assert before.method == "default formula"
    likes = feature("age: since the last view")
    made = model(1, stump(likes, 2.0, 1.0, -1.0))
    room.serve(made)
    after = shelf(room, slots=6)
    assert after.method == f"learned model {made.card.id}"
    known = dict(zip(*candidates(room), strict=True))
    expected = {name: float(scores(made.forest, rows[None, :])[0]) for name, rows in known.items()}
    assert after.items
    assert all(item.score == expected[item.article] for item in after.items)
    assert [item.score for item in after.items] == sorted((item.score for item in after.items), reverse=True)
    assert names(after) != names(before)
    assert not set(names(after)) & {"ferry-1", "chess-0", "ferry-3", "ferry-0", "ferry-2"}


def test_the_same_state_request_model_and_moment_give_the_same_shelf(room: Room) -> None:
    one, other = model(1, stump(0, -3.0, -1, 1)), model(2, stump(0, -3.0, -1, 1))
    told = []
    for made in (one, other, None, one):
        room.serve(made)
        told.append(room.engine.shelves(Request(**ASKED), NOW))
    assert msgspec.json.encode(told[0]) == msgspec.json.encode(told[3])
    ids = [slate.shelves["recommendation"].serve_id for slate in told[:3]]
    assert len(set(ids)) == 3, "the model is part of what the answer is a function of"
    assert names(told[0].shelves["recommendation"]) == names(told[1].shelves["recommendation"])


@pytest.mark.parametrize(
    "change",
    [{"referrer": 1}, {"device": 2}, {"region": 1}, {"earlier": ("flood-1",)}, {"history": ("flood-1",)}],
)
def test_each_part_of_the_question_is_heard_and_none_where_nothing_is_personal(
    room: Room, change: dict[str, Any]
) -> None:
    (name,) = change
    column = {
        "referrer": "visit: referrer", "device": "visit: device", "region": "visit: region",
        "earlier": "visit: earlier articles", "history": "visit: articles",
    }[name]  # fmt: skip
    threshold = {"earlier": 1.5, "history": 2.5, "region": 2.0}.get(name, 1.5)
    room.serve(model(1, stump(feature(column), threshold, 5.0, 7.0)))
    assert shelf(room).items[0].score != shelf(room, **change).items[0].score
    alone = shelf(room, personalised=False)
    assert unsigned(shelf(room, personalised=False, **change)) == unsigned(alone)
    bare: dict[str, Any] = {"article": "ferry-1", "personalised": False}
    assert unsigned(room.engine.shelves(Request(**bare), NOW).shelves["recommendation"]) == unsigned(alone)


def test_with_nothing_known_but_the_moment_it_says_so(room: Room) -> None:
    room.serve(model(1))
    found = room.engine.shelves(Request(), NOW).shelves["recommendation"]
    assert found.method.endswith(", nothing known but the moment")
    assert found.items
    assert all(item.reason.fallback or item.reason.kind != "read now" for item in found.items)


def test_as_many_slots_as_are_asked_for_are_filled_from_more_than_are_handed_on(room: Room) -> None:
    room.serve(model(1))
    few = msgspec.structs.replace(room.settings.recommending, rerank_candidates=20)
    assert len(shelf(room, slots=3).items) == 3
    assert few.rerank_candidates < len(IDS)


# Reasons


def visits() -> dict[int, list[Observation]]:
    found: dict[int, list[Observation]] = {}
    for each in EVENTS:
        if each.event.kind is EventKind.VIEW:
            found.setdefault(each.visit, []).append(each)
    return found


def opened(visit: list[Observation]) -> list[str]:
    return list(dict.fromkeys(each.event.article for each in visit))


def newest(visit: list[Observation], code: str) -> int | None:
    value: int | None = getattr(visit[-1].event, code)
    return value


def readers_today(name: str) -> int:
    return len(
        {each.reader for each in EVENTS if each.event.kind is EventKind.VIEW and each.event.article == name}
    )


def went_from_to(before: str, after: str, distance: int = 5) -> int:
    """Readers who, when they opened the second first on this day, had opened the first within five steps before."""
    met, found = set[int](), set[int]()
    for each in EVENTS:
        if each.event.kind is not EventKind.VIEW or each.event.article != after or each.reader in met:
            continue
        met.add(each.reader)
        path = opened(visits()[each.visit])
        if before in path and 0 < path.index(after) - path.index(before) <= distance:
            found.add(each.reader)
    return len(found)


def plain(name: str, kind: str) -> set[tuple[int, ...]]:
    """The numbers that may stand in a reason, told from the log alone."""
    every = visits().values()
    has = [visit for visit in every if name in opened(visit)]
    history = ["chess-0", "ferry-3", "ferry-1"]
    if kind == "similar visits":
        return {(sum(bool(set(opened(visit)) & set(history)) for visit in has),)}
    if kind == "read together":
        return {(went_from_to(before, name), readers_today(before)) for before in history}
    if kind == "read before":
        return {(went_from_to(before, name), readers_today(before)) for before in ("ferry-0", "ferry-2")}
    if kind == "went on":
        following = [
            opened(visit)[opened(visit).index("ferry-1") + 1 :]
            for visit in every
            if "ferry-1" in opened(visit)
        ]
        following = [rest for rest in following if rest]
        return {(sum(rest[0] == name for rest in following), len(following))}
    if kind == "come to":
        return {(sum(opened(visit).index(name) > 0 for visit in has), len(has))}
    if kind in SAME_CONTEXT:
        code = CODES[SAME_CONTEXT.index(kind)]
        return {(sum(newest(visit, code) == ASKED[code] for visit in has), len(has))}
    if kind == "opened when shown":
        about = [each for each in EVENTS if each.event.article == name]
        shown = {each.reader for each in about if each.event.kind is EventKind.IMPRESSION}
        firsts: dict[int, Event] = {}
        for each in about:
            if each.event.kind is EventKind.VIEW:
                firsts.setdefault(each.reader, each.event)
        return {(sum(event.shelf is not None for event in firsts.values()), len(shown))}
    if kind == "young":
        times = [
            each.event.time
            for each in EVENTS
            if each.event.kind is EventKind.VIEW and each.event.article == name
        ]
        first = min(time.timestamp() for time in times if time)
        return {(int(NOW / 1000 - first) // 60,)}
    assert kind == "read now"
    return {(readers_today(name),)}


def forest_for(room: Room, group: str) -> Forest:
    """A tree that looks at one feature of a group alone, in the middle of what the candidates have."""
    gatherer = CandidateGenerator(room.settings.recommending, room.settings.learning)
    _, rows = candidates(room)
    columns = np.flatnonzero(gatherer.catalogue.groups == GROUPS.index(group)).tolist()
    for column in (
        columns[1:] if group == "earlier" else columns
    ):  # its first is not about what is bound to it
        values = np.unique(rows[:, column])
        if len(values) > 1:
            middle = values[len(values) // 2 - 1]
            return stump(column, float(middle + values[len(values) // 2]) / 2, -1.0, 1.0)
    raise AssertionError(f"no feature of {group} tells the candidates apart")


KINDS = {
    "popularity": {"read now"},
    "transitions": {"come to"},
    "context": set(SAME_CONTEXT),
    "sessions": {"similar visits"},
    "coreading": {"read together"},
    "followers": {"went on"},
    "earlier": {"read before"},
    "text": {"similar text"},
    "age": {"young"},
    "exposure": {"opened when shown"},
    "formula": {"similar visits", "read together", "read now", "similar text"},
}


def test_every_group_but_the_visits_own_has_evidence_and_every_evidence_a_sentence() -> None:
    assert set(BY_GROUP) == set(KINDS) == set(GROUPS) - {"visit"}
    assert set().union(*KINDS.values()) <= set(REASONS)
    assert sorted(BY_PART) == [0, 1, 2, 3]


def proposed(room: Room) -> list[tuple[str, PlacedItem]]:
    """What Recommendation would show if no other shelf were before it, the best dozen."""
    visit = Visit(index(room, "chess-0", "ferry-3", "ferry-1"), index(room, "ferry-0", "ferry-2"), 2, 1, 3)
    request = Request(**ASKED)
    state, made = room.engine._log_consumer.state, room.engine.active_model.model
    question = ranking_context(state, request, visit, int(visit.history[-1]), NOW, made)
    every = {int(number): name for number, name in zip(index(room, *IDS), IDS, strict=True)}
    strategy = room.engine.shelf_service.strategies["recommendation"]
    filled = fill(strategy, state, ShelfRules(question), 12, set())
    return [(every[placed.article], placed) for placed in filled.placed]


@pytest.mark.parametrize("group", sorted(KINDS))
def test_the_group_that_added_most_gives_the_reason_and_its_numbers_are_the_logs(
    room: Room, group: str
) -> None:
    room.serve(model(1, forest_for(room, group)))
    best = [(name, placed) for name, placed in proposed(room) if placed.score > 0]
    assert best, "the tree sets some candidates apart"
    own = [(name, placed.evidence) for name, placed in best if placed.evidence.kind in KINDS[group]]
    assert own, f"what the group adds is named, not {[placed.evidence for _, placed in best]}"
    for name, evidence in own:
        assert not evidence.fallback
        if evidence.kind != "similar text":
            numbers = {key: value for key, value in evidence.numbers.items() if key != "published"}
            assert tuple(numbers.values()) in plain(name, evidence.kind), evidence


def test_text_is_named_by_what_both_mention(room: Room) -> None:
    room.serve(model(1, forest_for(room, "text")))
    content: Content = room.engine._log_consumer.state.content
    alike = [placed for _, placed in proposed(room) if placed.evidence.kind == "similar text"]
    assert alike
    for placed in alike:
        about, terms = placed.evidence.about, placed.evidence.terms
        (at,) = np.flatnonzero(content.neighbours[about] == placed.article)
        above = content.deviations(about, content.similarities.item(about, at))
        assert placed.evidence.numbers["deviations"] == pytest.approx(above, abs=0.06)
        assert 0 < len(terms) == len(content.index.shared(about, placed.article, len(terms)))
        assert about in index(room, "ferry-1", "ferry-3", "chess-0")


def test_the_reason_is_what_sets_an_item_apart_not_what_all_share(room: Room) -> None:
    # All candidates have the visit's length in common: its tree adds much to each, and is no reason for any.
    alone = forest_for(room, "followers")
    room.serve(model(1, alone))
    before = proposed(room)
    room.serve(model(2, two(stump(feature("visit: articles"), 1.0, 0.0, 50.0), alone)))
    after = proposed(room)
    assert [name for name, _ in before] == [name for name, _ in after]
    assert [placed.evidence for _, placed in before] == [placed.evidence for _, placed in after]
    assert all(placed.score > 48 for _, placed in after)


def two(one: Forest, other: Forest) -> Forest:
    shift = len(one.feature)
    moved = [
        np.where(column >= 0, column + shift, column).astype(np.int32) for column in (other.left, other.right)
    ]
    return Forest(
        np.concatenate((one.feature, other.feature)),
        np.concatenate((one.threshold, other.threshold)),
        np.concatenate((one.left, moved[0])),
        np.concatenate((one.right, moved[1])),
        np.concatenate((one.value, other.value)),
        np.concatenate((one.roots, other.roots + shift)).astype(np.int32),
    )


def test_below_the_least_evidence_another_group_speaks(
    room: Room, tmp_path_factory: pytest.TempPathFactory
) -> None:
    strict = Room(tmp_path_factory.mktemp("strict"), room.settings, min_coreaders=1000)
    strict.publish(*(article(name, name[:-2], int(name[-1])) for name in IDS))
    strict.observe(*EVENTS)
    strict.serve(model(1, forest_for(room, "followers")))
    items = shelf(strict, slots=12).items
    assert items
    assert {item.reason.kind for item in items} <= {"read now", "similar text"}
    strict.engine.close()


def test_what_nothing_speaks_for_has_no_slot(tmp_path_factory: pytest.TempPathFactory) -> None:
    quiet = Room(tmp_path_factory.mktemp("quiet"))
    quiet.publish(*(article(name, name[:-2], int(name[-1])) for name in IDS))
    quiet.serve(model(1))
    found = quiet.engine.shelves(Request(), NOW + DAY).shelves["recommendation"]
    assert not [item for item in found.items if item.reason.kind != "new here"]
    assert found.short
    quiet.engine.close()


def test_a_reader_count_is_the_states(room: Room) -> None:
    totals = room.engine._log_consumer.state.audience.totals
    for number, name in zip(index(room, *IDS).tolist(), IDS, strict=True):
        assert totals[number, READERS] == readers_today(name)
