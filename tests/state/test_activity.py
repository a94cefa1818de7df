"""Windows of any length, and what is usual."""

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lines_of import DAY, HOUR, MIDNIGHT, MINUTE, record, state_of
from worlds import ROOMY, Line, batch_of, folded, logs

from recirc.state.activity import LEVELS, LONGEST, Measure
from recirc.state.audience import READERS, READS, SHARES
from recirc.state.sparse_buckets import LEAST, SparseBuckets, add_to_cell
from recirc.state.state import State
from recirc.types import EntryKind, Window


@settings(max_examples=40, deadline=None)
@given(logs)
def test_the_longest_window_holds_what_is_counted_since_the_beginning(drawn: list[Line]) -> None:
    """The logs of the laws are days long."""
    state = folded(ROOMY, batch_of(drawn))
    audience, year = state.audience, 366 * DAY
    now = int(max(state.clock, MIDNIGHT)) + DAY
    for measure, column in ((Measure.READERS, READERS), (Measure.READS, READS), (Measure.SHARES, SHARES)):
        found = state.activity.counts(measure, year, now)
        assert found.tolist() == audience.totals[: state.size, column].tolist()
    reactions = state.activity.counts(Measure.REACTIONS, year, now)
    assert reactions.tolist() == audience.reactions[: state.size].sum(axis=1).tolist()
    seconds = state.activity.counts(Measure.SECONDS, year, now)
    assert seconds.tolist() == state.activity.seconds[: state.size].tolist()


@pytest.mark.parametrize(
    ("span", "width"),
    [
        (5 * MINUTE, 2),
        (7 * MINUTE, 2),
        (90 * MINUTE, 2),
        (400 * MINUTE, 60),
        (169 * HOUR, 1440),
        (6 * HOUR, 2),
        (7 * HOUR, 60),
        (7 * DAY, 60),
        (8 * DAY, 1440),
        (366 * DAY, 1440),
    ],
)
def test_a_window_has_its_newest_bucket_and_the_full_ones_before(span: int, width: int) -> None:
    draw = Random(span)
    times = sorted(draw.randrange(400 * DAY) for _ in range(300))
    times += sorted(draw.randrange(399 * DAY, 400 * DAY) for _ in range(300))
    state = state_of([record(0, reader, time) for reader, time in enumerate(times, 1)])
    wide = width * MINUTE
    for now in (400 * DAY, 400 * DAY + 3 * HOUR + 17 * MINUTE):
        newest = (MIDNIGHT + now) // wide
        first = newest - max(2, span // wide) + 1
        wanted = sum(first * wide <= MIDNIGHT + time < (newest + 1) * wide for time in times)
        assert state.activity.counts(Measure.READERS, span, MIDNIGHT + now).tolist() == [wanted]
        exact = sum(now - span < time for time in times)
        assert wanted <= exact, "never more than the window holds"


def test_named_windows_and_the_same_in_numbers_agree() -> None:
    draw = Random(7)
    state = state_of(
        [record(draw.randrange(5), reader, draw.randrange(6 * HOUR)) for reader in range(1, 400)]
    )
    now = MIDNIGHT + 6 * HOUR
    hour = state.audience.readers(Window.HOUR, now)
    assert state.activity.counts(Measure.READERS, HOUR, now).tolist() == hour.tolist()


def test_old_cells_are_dropped_and_one_wrong_date_takes_one_bucket() -> None:
    table = SparseBuckets(buckets=4, width=1000, columns=1)
    table.reserve(3, 20 * LEAST)
    for bucket in range(5 * LEAST):
        add_to_cell(bucket % 3, bucket, 0, 1, table.table)
    held = int(table.table.held[0])
    assert held <= LEAST, "of five times as many no more than these are kept"
    now = (5 * LEAST - 1) * 1000
    assert int(table.sums(0, 4000, now, 3).sum()) == 4
    add_to_cell(0, 10**6, 0, 1, table.table)  # far ahead, in the row of the window's oldest bucket
    assert int(table.sums(0, 4000, now, 3).sum()) == 3
    add_to_cell(0, 5 * LEAST - 1, 0, 1, table.table)
    assert int(table.sums(0, 4000, now, 3).sum()) == 4


@pytest.mark.parametrize("wrong", ["twice", "more", "less"])
def test_crafted_cells_are_refused(wrong: str) -> None:
    state = state_of([record(0, 1, 0), record(1, 2, 0)])
    arrays = state.save()
    if wrong == "twice":
        arrays["activity/hours.article"][:] = 0
    else:
        arrays["activity/hours.held"][0 if wrong == "more" else 1] = 9 if wrong == "more" else 1
    with pytest.raises(ValueError, match="cells"):
        State(state.learning, state.dimensions).load(arrays)


def test_the_table_is_small_beside_what_it_could_hold() -> None:
    """A thousand articles, each read in its first day alone, over a year."""
    views = [
        record(article, article + 1, article * DAY // 3 + hour * HOUR)
        for article in range(1000)
        for hour in (1, 2, 9)
    ]
    state = state_of(views)
    days = state.activity.levels["days"].table.held[0]
    assert days <= 2000 < LEVELS["days"][0] * 1000 // 100


def test_what_is_usual_follows_age_and_hour() -> None:
    """Twenty days, on each an article with 60 readers in its first hour and 20 in its third; nobody reads at night."""
    views, reader = [], 0
    for day in range(20):
        for hour, readers in ((8, 60), (10, 20)):
            for n in range(readers):
                reader += 1
                views.append(record(day, reader, day * DAY + hour * HOUR + n * MINUTE // 2))
    views.sort(key=lambda each: int(each["time"][0]))
    state = state_of(views)
    now, newest = MIDNIGHT + 19 * DAY + 11 * HOUR, np.array([19], np.int32)

    def expected(earlier: int, at: int) -> float:
        return float(state.rhythm.expected(newest, np.array([earlier]), HOUR, at)[0])

    assert 10 < expected(60, now) < 60, "as the others in their third hour"
    assert expected(240, now) > 2 * expected(60, now), "four times as many before, more now"
    assert expected(60, now + 12 * HOUR) < 1, "at night, half a day later, next to nobody"


def test_an_old_article_goes_on_as_old_articles_do() -> None:
    """Every ten days a new article, each with twelve readers a day for ever: after 100 days it expects twelve more."""
    views = [
        record(day // 10 - back, day * 200 + back * 12 + n + 1, day * DAY + n * 2 * HOUR)
        for day in range(101)
        for n in range(12)
        for back in range(day // 10 + 1)
    ]
    state, oldest = state_of(views), np.array([0, 1], np.int32)
    found = state.rhythm.expected(oldest, np.array([1200, 1080]), DAY, MIDNIGHT + 101 * DAY - 1)
    assert found == pytest.approx([12, 12], rel=0.25)


def test_reading_time_is_of_counted_readings() -> None:
    views = [record(0, 1, 0), record(0, 2, MINUTE)]
    reads = [
        record(0, 1, 2 * MINUTE, EntryKind.READ, value=30.4),
        record(0, 2, 3 * MINUTE, EntryKind.READ, value=50.0),
        record(0, 3, 4 * MINUTE, EntryKind.READ, value=900.0, excluded=1),
        record(0, 2, 5 * MINUTE, EntryKind.READ, value=np.nan),
    ]
    state, now = state_of([*views, *reads]), MIDNIGHT + 6 * MINUTE
    assert state.activity.seconds.tolist()[:1] == [80]
    assert state.activity.counts(Measure.SECONDS, HOUR, now).tolist() == [80]


def test_one_reading_says_half_an_hour_at_most() -> None:
    state = state_of([record(0, 1, 0), record(0, 1, MINUTE, EntryKind.READ, value=86_400.0)])
    assert state.activity.seconds.tolist()[:1] == [LONGEST]
    assert state.activity.counts(Measure.SECONDS, HOUR, MIDNIGHT + MINUTE).tolist() == [LONGEST]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from((-3, 0, 0, 1, 1, 2, 9)), st.integers(1, 2**33)),
        min_size=60,
        max_size=120,
    ),
    st.integers(1, 59),
)
def test_dropping_old_cells_changes_no_sum_and_no_bit(drawn: list[tuple[int, int, int]], cut: int) -> None:
    """Old cells are dropped from eight on: the sums are those of what happened, however the log is cut."""

    def empty() -> SparseBuckets:
        return SparseBuckets(buckets=5, width=1000, columns=1, least=8)

    at, added = 10, list[tuple[int, int, int]]()
    for article, step, number in drawn:
        at = max(0, at + step)
        added.append((article, at, number))
    whole, parts = empty(), empty()
    whole.reserve(3, len(added))
    parts.reserve(3, cut)
    for place, (article, bucket, number) in enumerate(added):
        if place == cut:
            saved = {name: array.copy() for name, array in parts.save("cells").items()}
            parts = empty()
            parts.restore("cells", saved, 3)
            parts.reserve(3, len(added) - cut)
        for table in (whole, parts):
            add_to_cell(article, bucket, 0, number, table.table)
    for name, array in whole.save("cells").items():
        assert array.tobytes() == parts.save("cells")[name].tobytes()
    newest = dict[int, int]()
    wanted = [0, 0, 0]
    for _, bucket, _ in added:
        newest[bucket % 5] = max(bucket, newest.get(bucket % 5, 0))
    last = max(newest.values())
    for article, bucket, number in added:
        if last - 4 < bucket <= last:
            wanted[article] += number
    assert whole.sums(0, 4000, last * 1000, 3).tolist() == wanted
    assert int(whole.table.held[0]) <= max(8, 2 * 3 * 5)
