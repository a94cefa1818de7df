"""Lists from a server's own log: as the shelf would have had them at each click, and nothing of what came after."""

from typing import Any

import msgspec
import numpy as np
import pytest

from recirc.rank.candidates import CandidateGenerator
from recirc.rank.visit import Visit
from recirc.replay.training_clicks import EARLIER, Downsampler, log_end_time
from recirc.replay.training_set import (
    MAX_WEIGHT,
    MIN_HOLDOUT,
    SHOWN_WEIGHT,
    TooLittleError,
    TrainingSet,
    build_training_set,
    click_weight,
)
from recirc.settings import Settings, TrainingSettings
from recirc.state.state import State
from recirc.text.vector import DIMENSIONS
from recirc.types import Batch, EntryKind, RecordArray
from region_town import HOUR, MINUTE, RECOMMENDATION, MemoryLog, log_of

END = 1_790_000_000_000


def settings_of(**training: Any) -> Settings:
    chosen = TrainingSettings(**{"least_lists": 200, "max_queries": 400, **training})
    tree = Settings(training=chosen)
    return msgspec.structs.replace(tree, store=msgspec.structs.replace(tree.store, snapshot_events=10))


def silent(_: str, __: int, ___: int) -> None:
    pass


def made(records: RecordArray, settings: Settings | None = None, unseen_since: int = 0) -> TrainingSet:
    chosen = settings or settings_of()
    return build_training_set(MemoryLog(records, chosen.learning), chosen, unseen_since, silent)


@pytest.fixture(scope="module")
def log() -> RecordArray:
    return log_of(END, 1200)


@pytest.fixture(scope="module")
def lists(log: RecordArray) -> TrainingSet:
    return made(log)


def opened_before(records: RecordArray, offset: int) -> RecordArray:
    """The views before a log entry."""
    before: RecordArray = records[: offset - 1]
    views: RecordArray = before[before["kind"] == EntryKind.VIEW]
    return views


def visit_before(records: RecordArray, offset: int) -> Visit:
    """What was known of the reader of the click that is a log entry, told from the log alone."""
    click = records[offset - 1]
    views = opened_before(records, offset)
    own = views[views["visit"] == click["visit"]]
    history = list(dict.fromkeys(own["article"].tolist()))
    by_reader = views[views["reader"] == click["reader"]]["article"].tolist()[::-1]
    earlier = [article for article in dict.fromkeys(by_reader) if article not in history][:EARLIER]
    return Visit(np.array(history, np.int32), np.array(earlier[::-1], np.int32), 0, 0, int(own["region"][-1]))


def test_each_list_is_what_the_shelf_would_have_had(log: RecordArray, lists: TrainingSet) -> None:
    settings, held = settings_of(), lists.holdout
    gatherer = CandidateGenerator(settings.recommending, settings.learning)
    first = np.r_[0, np.cumsum(held.queries.sizes)]
    assert len(held.offset) == len(held.queries.sizes) >= MIN_HOLDOUT * 0.9
    for number in range(0, len(held.offset), 5):
        offset = int(held.offset[number])
        state = State(settings.learning, DIMENSIONS)
        state.fold(Batch(1, log[: offset - 1].copy(), {}))
        visit = visit_before(log, offset)
        handed = settings.recommending.rerank_candidates
        expected = gatherer.gather(state, visit, limit=handed, features=True)
        own = slice(first[number], first[number + 1])
        assert held.articles[own].tolist() == expected.articles.tolist()
        assert held.queries.features[own].tobytes() == expected.features.tobytes()
        assert held.articles[own][held.queries.target[number]] == log["article"][offset - 1]
        assert held.queries.time[number] == log["time"][offset - 1]


def test_the_newest_hours_are_held_out_and_the_window_is_kept_to(
    log: RecordArray, lists: TrainingSet
) -> None:
    newest = log_end_time(MemoryLog(log, settings_of().learning), len(log))
    assert lists.learned_to < lists.holdout.queries.time.min()
    assert newest - 48 * HOUR <= lists.learned_from < newest - 47 * HOUR
    assert len(lists.holdout.queries.sizes) + lists.holdout.missed >= MIN_HOLDOUT
    pool = len(lists.queries.sizes) - lists.shown_queries
    assert 0.9 * 400 <= pool <= 400
    spread = np.diff(np.sort(lists.queries.time[:pool]))
    assert spread.max() < 3 * HOUR, "evenly over the window"


def test_what_comes_later_changes_no_list(log: RecordArray) -> None:
    cut = len(log) * 3 // 4
    other = log.copy()
    rng = np.random.default_rng(9)
    other["article"][cut:] = rng.permutation(other["article"][cut:])
    one, two = (clicks_between(each, 0, cut) for each in (log, other))
    assert len(one) > 100
    assert one == two


def clicks_between(records: RecordArray, first: int, last: int) -> list[tuple[int, bytes]]:
    """Of the clicks that are held out, those between two entries."""
    settings = settings_of(held_hours=40.0, max_queries=60_000)
    found = made(records, settings).holdout
    starts = np.r_[0, np.cumsum(found.queries.sizes)]
    return [
        (offset, found.queries.features[starts[number] : starts[number + 1]].tobytes())
        for number, offset in enumerate(found.offset.tolist())
        if first <= offset < last
    ]


def test_the_same_log_gives_the_same_lists_also_from_a_kept_state(
    log: RecordArray, lists: TrainingSet
) -> None:
    settings = settings_of()
    memory = MemoryLog(log, settings.learning)
    assert bits(build_training_set(memory, settings, 0, silent)) == bits(lists)
    assert memory.kept is not None
    begun = memory.kept.offset
    assert 0.1 * len(log) < begun < len(log)
    memory.read_from.clear()
    assert bits(build_training_set(memory, settings, 0, silent)) == bits(lists)
    assert min(memory.read_from) == begun, "nothing is folded again"


def test_a_kept_state_that_knows_too_much_is_not_begun_from(log: RecordArray, lists: TrainingSet) -> None:
    memory = MemoryLog(log, settings_of().learning)
    late = memory.empty()
    late.fold(Batch(1, log[: len(log) // 2].copy(), {}))
    memory.kept = late
    assert bits(build_training_set(memory, settings_of(), 0, silent)) == bits(lists)


def bits(lists: TrainingSet) -> list[Any]:
    held = lists.holdout
    arrays = [
        np.asarray(array).tobytes() for array in (*lists.queries, *held.queries, held.offset, held.articles)
    ]
    return [*arrays, lists.shown_queries, held.missed, lists.learned_from, lists.learned_to]


def test_what_was_shown_makes_a_list_of_its_own(lists: TrainingSet) -> None:
    pool = len(lists.queries.sizes) - lists.shown_queries
    sizes = lists.queries.sizes[pool:]
    # Two others were seen beside what was opened; more, where the visit stood beside the hub twice.
    assert lists.shown_queries > 0.8 * pool
    assert set(sizes.tolist()) <= {2, 3, 4, 5, 6}
    assert np.median(sizes) == 3
    weight = lists.queries.weight
    assert (weight[:pool] == 1).all()
    assert (weight[pool:] >= SHOWN_WEIGHT * 0.999).all()
    assert (weight[pool:] <= SHOWN_WEIGHT * MAX_WEIGHT).all()
    assert len(np.unique(weight[pool:])) > 3


def test_a_click_counts_by_the_chance_to_be_seen_and_to_stand_there() -> None:
    records = log_of(END, 3000)
    shelf = records["shelf"] == RECOMMENDATION
    # Of the clicks in the last slot only each third is left.
    lost = (
        shelf & (records["kind"] == EntryKind.VIEW) & (records["position"] == 2) & (records["visit"] % 3 != 0)
    )
    state = State(settings_of().learning, DIMENSIONS)
    state.fold(Batch(1, records[~lost].copy(), {}))
    slots = state.exposure.shelf(RECOMMENDATION)
    ratio = (slots[2, 1] / slots[2, 0]) / (slots[0, 1] / slots[0, 0])
    assert click_weight(state, 0, 0.0) == pytest.approx(1.0, abs=0.06)
    assert click_weight(state, 2, 0.0) == pytest.approx(1 / ratio, rel=0.12)
    assert click_weight(state, 0, 0.5) == pytest.approx(2 * click_weight(state, 0, 1.0))
    assert click_weight(state, 2, 0.01) == click_weight(state, 200, 1e-6) == MAX_WEIGHT


def test_a_log_without_shelves_has_lists_of_candidates_alone(log: RecordArray) -> None:
    plain = log[log["kind"] == EntryKind.VIEW].copy()
    plain["shelf"] = 0
    found = made(plain)
    assert found.shown_queries == 0
    assert (found.queries.weight == 1).all()


@pytest.mark.parametrize(
    ("visits", "training", "told"),
    [
        (0, {}, "0 clicks in the last 48 hours, it takes 300 (200 to learn from, 100 to be judged by)"),
        (60, {"window_hours": 10.0}, "clicks in the last 10 hours, it takes 300"),
        (1200, {"held_hours": 47.0}, "clicks before those to be judged by, it takes 200"),
    ],
)
def test_too_little_is_told(visits: int, training: dict[str, Any], told: str) -> None:
    with pytest.raises(TooLittleError, match="too little to learn from: ") as error:
        made(log_of(END, visits), settings_of(**training))
    assert told in str(error.value)


def test_no_model_is_judged_by_what_the_active_one_learned_from(log: RecordArray, lists: TrainingSet) -> None:
    assert bits(made(log, unseen_since=lists.learned_to)) == bits(lists)
    with pytest.raises(TooLittleError, match=r"\d+ clicks since those that the active model learned from"):
        made(log, unseen_since=int(lists.holdout.queries.time.min()) + HOUR)


def test_a_visit_left_open_for_days_is_not_the_present() -> None:
    records = log_of(END, 1200)
    late = records[-12:].copy()
    late["id"], late["time"] = np.arange(900_001, 900_013), END + np.arange(1, 13) * 100 * HOUR
    assert log_end_time(MemoryLog(np.concatenate((records, late)), settings_of().learning), 1 << 40) <= END
    found = made(np.concatenate((records, late)))
    assert found.learned_from > END - 50 * HOUR


def test_an_empty_log_has_no_present() -> None:
    records = log_of(END, 0)
    assert log_end_time(MemoryLog(records, settings_of().learning), 0) == 0


def test_of_too_many_each_second_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recirc.replay.training_clicks.MAX_CLICKS", 100)
    sieve, numbers = Downsampler(2), np.arange(1000)
    for part in np.array_split(numbers, 13):
        sieve.add(part, -part)
    kept, other = sieve.columns()
    stride = int(kept[1] - kept[0])
    assert 50 <= len(kept) <= 100
    assert stride & (stride - 1) == 0
    assert kept.tolist() == numbers[::stride].tolist()
    assert (other == -kept).all()


def test_readers_without_a_name_have_no_earlier_visits() -> None:
    records = log_of(END, 1200)
    records["reader"] = 0
    settings = settings_of()
    found = made(records, settings)
    column = CandidateGenerator(settings.recommending, settings.learning).catalogue.names.index(
        "visit: earlier articles"
    )
    assert not found.queries.features[:, column].any()
    assert made(log_of(END, 1200)).queries.features[:, column].max() > 3


def test_visits_that_nobody_named_end_with_a_pause() -> None:
    records = log_of(END, 1200, readers=40)
    records["visit"] = 0
    found = made(records).holdout
    views = records[records["kind"] == EntryKind.VIEW]
    first = np.r_[0, np.cumsum(found.queries.sizes)]
    for number in range(0, len(found.offset), 9):
        click = records[found.offset[number] - 1]
        before: RecordArray = views[(views["reader"] == click["reader"]) & (views["id"] < click["id"])]
        assert click["time"] - before["time"][-1] <= 30 * MINUTE
        own = found.articles[first[number] : first[number + 1]]
        assert before["article"][-1] not in own, "the last article is in the visit"
