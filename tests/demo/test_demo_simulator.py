import numpy as np
import pytest
from demo_town import NOW, town

from recirc.demo.past import model_slots
from recirc.demo.readers import SLOT_SHELF, Behaviour
from recirc.demo.records import page_records
from recirc.demo.simulator import ReaderSimulator, SimulatedVisits, Slots, VisitQueue
from recirc.types import EntryKind


def visits_of(simulator: ReaderSimulator, count: int, article: int = 7) -> SimulatedVisits:
    """Visits of reader 0, all at the same article."""
    return simulator.start(
        np.zeros(count, np.int32),
        np.arange(1, count + 1),
        np.full(count, NOW),
        np.full(count, article, np.int32),
        np.ones(count, np.int32),
    )


def columns(count: int, first: int = 20) -> Slots:
    """The same articles for each reader, one after the other from `first`."""
    shown = np.tile(np.arange(first, first + len(SLOT_SHELF), dtype=np.int32), (count, 1))
    return Slots(shown, np.full(shown.shape, 0.5))


def test_readers_open_only_what_they_see_and_have_not_read() -> None:
    simulator = ReaderSimulator(*town())
    visits, shown = visits_of(simulator, 4000), columns(4000).article
    looks = np.zeros(shown.shape, bool)
    looks[2000:, [3, 12]] = True
    visits.read[3000:, shown[0, 3]] = True
    opened = simulator.choose(simulator.weights(visits, shown, looks), np.random.default_rng(5))
    assert set(opened[:2000]) == {-1}
    assert set(opened[2000:3000]) == {-1, 3, 12}
    assert set(opened[3000:]) == {-1, 12}


def test_empty_slots_are_neither_seen_nor_opened() -> None:
    simulator = ReaderSimulator(*town())
    slots = columns(500)
    slots.article[:, 5:] = -1
    page = simulator.view(visits_of(simulator, 500), slots, np.random.default_rng(3))
    assert page.looks[:, 10].any()
    assert page.seen[:, :5].any(axis=0).all()
    assert not page.seen[:, 5:].any()
    assert {-1, 0} < set(page.opens.tolist()) <= {-1, 0, 1, 2, 3, 4}
    assert (page.seen[page.opens >= 0, page.opens[page.opens >= 0]]).all()


def test_the_chance_of_opening_is_constant_or_grows_with_the_attraction() -> None:
    weights = np.array([[0.0, 0.0], [1.0, 1.0], [6.0, 0.0], [0.0, 24.0]])
    constant, growing = (
        ReaderSimulator(*town(), behaviour) for behaviour in (Behaviour(), Behaviour(leaving=6.0))
    )
    assert constant.open_chance(weights).tolist() == [0.0, 0.62, 0.62, 0.62]
    assert growing.open_chance(weights).tolist() == [0.0, 0.25, 0.5, 0.8]
    opens = growing.choose(np.tile(weights[3], (10_000, 1)), np.random.default_rng(1)) >= 0
    assert opens.mean() == pytest.approx(0.8, abs=0.02)


def test_the_next_page_is_the_opened_slot_and_leaves_its_record() -> None:
    world, population = town()
    simulator = ReaderSimulator(world, population)
    visits = visits_of(simulator, 300)
    page = simulator.view(visits, columns(300), np.random.default_rng(2))
    following = simulator.follow(visits, page)
    rows = np.flatnonzero(page.opens >= 0)
    assert following.visit.tolist() == visits.visit[rows].tolist()
    assert (following.article == 20 + following.slot).all()
    assert (following.source == 7).all()
    assert (following.time > visits.time[rows]).all()
    assert following.read[:, 7].all()
    slots = model_slots(world, population, following)
    last = simulator.view(following, slots, np.random.default_rng(4))
    views, impressions, *_ = page_records(population, following, last)
    assert views["article"].tolist() == following.article.tolist()
    assert (views["source"] == 7).all()
    assert (views["shelf"] == SLOT_SHELF[following.slot]).all()
    assert (views["value"] == 0.5).all()
    assert (impressions["kind"] == EntryKind.IMPRESSION).all()
    assert len(impressions) == last.seen.sum()


def test_a_queue_returns_visits_in_order_of_time() -> None:
    queue: VisitQueue[str] = VisitQueue()
    assert queue.due() == float("inf")
    for due, name in ((3.0, "c"), (1.0, "a"), (3.0, "d"), (2.0, "b")):
        queue.push(due, name)
    assert queue.due() == 1.0
    assert [queue.pop() for _ in range(len(queue))] == ["a", "b", "c", "d"]
