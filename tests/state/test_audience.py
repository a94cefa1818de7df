"""What counts as a view, a reader, a reaction, and in which window."""

from collections.abc import Sequence
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lines_of import DAY, HOUR, MIDNIGHT, MINUTE, SECOND, record, state_of

from recirc.settings import LearningSettings
from recirc.state.audience import RAW, READERS, READS, REPEATED, SHARES
from recirc.types import REACTIONS, UNDONE, EntryKind, RecordArray, Window


def views(*times: int, reader: int = 1) -> list[RecordArray]:
    return [record(0, reader, time) for time in times]


@pytest.mark.parametrize(
    ("times", "repeated", "readers"),
    [
        ([0], 0, 1),
        ([0, 30 * MINUTE - 1], 1, 1),
        ([0, 30 * MINUTE], 0, 1),
        ([0, 20 * MINUTE, 40 * MINUTE], 1, 1),  # half an hour is counted from the last view that counted
        ([0, 20 * MINUTE, 29 * MINUTE], 2, 1),
        ([10 * MINUTE, 0], 1, 1),  # came late, happened before
        ([0, 23 * HOUR], 0, 1),
        ([0, 25 * HOUR], 0, 2),
        ([24 * HOUR - MINUTE, 24 * HOUR + MINUTE], 1, 1),  # midnight makes nobody two readers
        ([24 * HOUR - MINUTE, 25 * HOUR], 0, 1),
        ([0, 24 * HOUR - 1, 24 * HOUR], 0, 2),
    ],
)
def test_a_view_counts_again_after_half_an_hour_and_a_reader_once_a_day(
    times: list[int], repeated: int, readers: int
) -> None:
    totals = state_of(views(*times)).audience.totals[0]
    assert totals[[RAW, REPEATED, READERS]].tolist() == [len(times), repeated, readers]


def test_two_readers_are_two_and_a_reader_of_two_articles_is_one_of_each() -> None:
    audience = state_of([record(0, 1, 0), record(0, 2, 1), record(1, 1, 2)]).audience
    assert audience.totals[:2, READERS].tolist() == [2, 1]


def test_who_names_neither_reader_nor_visit_is_somebody_of_his_own() -> None:
    assert state_of(views(0, 1, 2, reader=0)).audience.totals[0, READERS] == 3
    named = [record(0, 0, time, visit=5) for time in range(3)]
    assert state_of(named).audience.totals[0, READERS] == 1


def test_bots_are_kept_apart_and_take_nobodys_place() -> None:
    excluded = [record(0, 1, 0, excluded=1), record(0, 1, 1, excluded=2), record(0, 1, 2)]
    assert state_of(excluded).audience.totals[0].tolist() == [3, 2, 0, 1, 0, 0, 0]


def test_reads_and_shares_of_bots_do_not_count() -> None:
    told = [
        record(0, 1, time, kind, excluded=excluded)
        for time, (kind, excluded) in enumerate(
            [
                (EntryKind.READ, 0),
                (EntryKind.READ, 0),
                (EntryKind.READ, 1),
                (EntryKind.SHARE, 0),
                (EntryKind.SHARE, 2),
            ]
        )
    ]
    totals = state_of(told).audience.totals[0]
    assert totals[[READS, SHARES, RAW]].tolist() == [2, 1, 0]


def test_a_reaction_counts_each_reader_once_a_day() -> None:
    given_by = [(1, 0), (1, MINUTE), (2, MINUTE), (1, DAY)]
    told = [record(0, reader, time, EntryKind.REACTION) for reader, time in given_by]
    told += [
        record(0, 3, 2 * MINUTE, EntryKind.REACTION, excluded=1),
        record(0, 4, HOUR, EntryKind.REACTION, name=9),
    ]
    assert state_of(told).audience.reactions[0].tolist() == [3, 0, 0, 0]


Word = tuple[int, int, int, int]  # article, reader, ms since MIDNIGHT, name

WORDS = st.tuples(
    st.integers(0, 1),
    st.integers(1, 3),
    st.sampled_from((0, 1, MINUTE, 2 * MINUTE, 23 * HOUR, DAY, DAY + 1)),
    st.sampled_from((0, UNDONE, 2, 2 + UNDONE)),
)


def reacted(words: Sequence[Word]) -> list[RecordArray]:
    return [
        record(article, reader, time, EntryKind.REACTION, name=name, visit=100 + place)
        for place, (article, reader, time, name) in enumerate(words)
    ]


@pytest.mark.parametrize(
    ("words", "standing"),
    [
        ([(0, UNDONE)], 0),  # nothing to take back
        ([(0, 0), (MINUTE, UNDONE)], 0),
        ([(0, 0), (MINUTE, UNDONE), (2 * MINUTE, 0)], 1),
        ([(0, 0), (0, UNDONE)], 0),
        ([(0, UNDONE), (0, 0)], 0),
        ([(MINUTE, UNDONE), (0, 0)], 0),  # came late, was said before
        ([(0, 0), (MINUTE, UNDONE), (MINUTE, UNDONE)], 0),
        ([(0, 0), (MINUTE, 2), (2 * MINUTE, 2 + UNDONE)], 1),
        ([(0, 0), (DAY, UNDONE)], 1),  # on another day nobody knows who it was
    ],
)
def test_the_last_word_of_a_reader_on_a_day_stands(words: list[tuple[int, int]], standing: int) -> None:
    told = reacted([(0, 7, time, name) for time, name in words])
    audience = state_of(told).audience
    assert audience.reactions[0].sum() == standing
    assert (audience.reactions >= 0).all()


@settings(max_examples=150, deadline=None)
@given(st.lists(WORDS, max_size=14), st.randoms(use_true_random=False))
def test_reactions_are_the_same_in_any_order(words: list[Word], random: Random) -> None:
    last: dict[tuple[int, int, int, int], tuple[int, bool]] = {}
    for article, reader, time, name in words:
        key = (article, reader, name % UNDONE, time // DAY)
        last[key] = max(last.get(key, (-1, False)), (time, name >= UNDONE))
    expected = np.zeros((2, len(REACTIONS)), int)
    for (article, _, which, _), (_, undone) in last.items():
        expected[article, which] += not undone
    mixed = random.sample(words, len(words))
    one = state_of([record(1, 9, 0), *reacted(mixed)])
    assert one.audience.reactions[:2].tolist() == expected.tolist()


def test_another_repeat_time_is_kept_beyond_a_day() -> None:
    log = views(0, 2 * DAY + HOUR)
    assert state_of(log, LearningSettings(repeat_seconds=3 * 86_400.0)).audience.totals[0, READERS] == 2
    same_day = views(0, MINUTE, 2 * MINUTE)
    assert state_of(same_day, LearningSettings(repeat_seconds=0.0)).audience.totals[0, REPEATED] == 0


WIDTHS = {Window.HOUR: (HOUR, 2 * MINUTE), Window.DAY: (DAY, HOUR), Window.WEEK: (7 * DAY, 6 * HOUR)}


@pytest.mark.parametrize("window", [Window.HOUR, Window.DAY, Window.WEEK])
def test_a_window_ends_now_and_forgets_by_whole_buckets(window: Window) -> None:
    span, bucket = WIDTHS[window]
    audience = state_of(views(0)).audience
    for now, expected in ((0, 1), (span - bucket, 1), (span - 1, 1), (span, 0), (9 * span, 0), (-1, 0)):
        assert audience.readers(window, MIDNIGHT + now)[0] == expected, now
    assert audience.readers(Window.EVER, MIDNIGHT + 99 * span)[0] == 1


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(1, 50), st.integers(0, 9 * DAY)), min_size=1, max_size=60
    ),
    st.sampled_from([Window.HOUR, Window.DAY, Window.WEEK]),
)
def test_windows_hold_the_readers_that_arrived_in_them(
    opened: list[tuple[int, int, int]], window: Window
) -> None:
    opened.sort(key=lambda view: view[2])
    audience = state_of([record(*view) for view in opened]).audience
    now = MIDNIGHT + opened[-1][2]
    span, bucket = WIDTHS[window]
    arrived: dict[tuple[int, int, int], int] = {}
    for article, reader, time in opened:
        arrived.setdefault((article, reader, time // DAY), MIDNIGHT + time)
    begins = (now // bucket + 1) * bucket - span
    expected = np.zeros(audience.size, int)
    for (article, _, _), time in arrived.items():
        expected[article] += time >= begins
    assert audience.readers(window, now).tolist() == expected.tolist()
    assert [audience.readers_of(a, window, now) for a in range(audience.size)] == expected.tolist()
    ever = audience.readers(Window.EVER, now).tolist()
    assert [audience.readers_of(a, Window.EVER, now) for a in range(audience.size)] == ever


def test_an_entry_that_comes_too_late_for_its_window_changes_nothing_in_it() -> None:
    audience = state_of([record(0, 1, 3 * HOUR), record(1, 2, 0), record(1, 3, 3 * HOUR - SECOND)]).audience
    assert audience.readers(Window.HOUR, MIDNIGHT + 3 * HOUR).tolist() == [1, 1]
    assert audience.readers(Window.DAY, MIDNIGHT + 3 * HOUR).tolist() == [1, 2]
