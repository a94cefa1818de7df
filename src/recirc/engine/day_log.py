"""What readers saw on shelves, and opened, in a stretch of the log: of all readers, or of a share of them.

A click counts once a day for a reader and an article, an impression as often as something was seen, so that clicks and
what was seen are of the same impressions (`clicks_on`).
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np

from recirc.store.sqlite import SqliteStore
from recirc.types import NO_POSITION, BoolArray, Decision, EntryKind, LongArray, RecordArray

READ_ENTRIES: Final = 65_536
MOST_ROWS: Final = 1_000_000
"""Number of slots, clicks and views that are kept; of more, those of every second, fourth, … reader are."""

Progress = Callable[[str, int, int], None]
"""Receives the name of a step, how much of it is done, and how much there is. It may raise to end the work."""


class SlotRows(NamedTuple):
    """Slots of shelves that were seen, or views that came from one. Each int64 (n,), in the order of the log.

    Attributes:
        offset: of the entry in the log.
        time: ms.
        serve_id: of the answer; 0: not known.
        reader: keyed hash; of an unknown reader the answer's `serve_id`, where there is none the event's own id.
        page: index of the article beside which the shelf stood, -1: none.
        shelf, position: number of the shelf, and the place on it from 0.
        article: index.
    """

    offset: LongArray
    time: LongArray
    serve_id: LongArray
    reader: LongArray
    page: LongArray
    shelf: LongArray
    position: LongArray
    article: LongArray

    def select(self, which: LongArray | BoolArray) -> "SlotRows":
        """Some of the rows."""
        return SlotRows(*(column[which] for column in self))


class DayLog(NamedTuple):
    """A stretch of the log.

    Attributes:
        seen: slots that were seen.
        clicked: views from a shelf, by readers new to the article.
        viewed: all views that count; `shelf` is the one that they came from, 0: none.
        stride: rows of one reader in so many are here.
    """

    seen: SlotRows
    clicked: SlotRows
    viewed: SlotRows
    stride: int


class RowChoice(NamedTuple):
    """Which of some records are wanted. Each bool (n,).

    Attributes:
        seen, clicked, viewed: as `DayLog` has them.
        repeated: impressions that are wanted too if a view of the page by their reader counts.
    """

    seen: BoolArray
    clicked: BoolArray
    viewed: BoolArray
    repeated: BoolArray


def all_seen(records: RecordArray) -> RowChoice:
    """Every slot that a reader saw who counts, as often as he saw it, whoever gave it."""
    choice, impression = _counted(records), _on_shelf(records) & (records["kind"] == EntryKind.IMPRESSION)
    certain = impression & (records["decision"] & (Decision.COUNTED | Decision.KEYED) != 0)
    return choice._replace(seen=certain, repeated=impression & ~certain)


def seen_once(records: RecordArray) -> RowChoice:
    """What shelves learn from, see `state.exposure`: an article on a shelf once a day of each reader, and not where a
    rule of editors gave the slot.
    """
    choice, own = _counted(records), records["value"] >= 0
    return choice._replace(seen=choice.seen & own, clicked=choice.clicked & own)


def _counted(records: RecordArray) -> RowChoice:
    kind, decision, on_shelf = records["kind"], records["decision"], _on_shelf(records)
    is_view = kind == EntryKind.VIEW
    counted, new = (
        decision & (flag | Decision.DOUBTFUL) == flag for flag in (Decision.COUNTED, Decision.NEW_READER)
    )
    seen = (kind == EntryKind.IMPRESSION) & on_shelf & counted
    return RowChoice(seen, is_view & on_shelf & new, is_view & counted, np.zeros(len(records), bool))


def _on_shelf(records: RecordArray) -> BoolArray:
    found: BoolArray = (records["shelf"] > 0) & (records["position"] != NO_POSITION)
    return found


def read_day(
    store: SqliteStore,
    after: int,
    since: int,
    until: int,
    progress: Progress,
    choose: Callable[[RecordArray], RowChoice] = all_seen,
) -> DayLog:
    """The events from `since` to `until` (ms, not included) in the log's entries beyond `after`, of those that `choose`
    wants. Raises StoreError.
    """
    kept = _Kept()
    at, end = after, store.end()
    while at < end and len(records := (batch := store.read(at, READ_ENTRIES)).records):
        inside = (records["time"] >= since) & (records["time"] < until) & (records["excluded"] == 0)
        own = records[inside]
        kept.add(own, np.flatnonzero(inside) + batch.first, choose(own))
        at = batch.end
        progress("reading what was seen", at - after, max(end, at) - after)
    return kept.log()


class _Kept:
    """Rows of each kind, of fewer readers as they become too many."""

    def __init__(self) -> None:
        empty = SlotRows(*(np.zeros(0, np.int64),) * len(SlotRows._fields))
        self._parts: list[list[SlotRows]] = [[empty] for _ in RowChoice._fields]
        self._stride = 1

    def add(self, records: RecordArray, offsets: LongArray, choice: RowChoice) -> None:
        for parts, which in zip(self._parts, choice, strict=True):
            rows = _rows(records[which], offsets[which])
            parts.append(rows.select(rows.reader % self._stride == 0))
        while sum(len(part.offset) for parts in self._parts for part in parts) > MOST_ROWS:
            self._stride *= 2
            for parts in self._parts:
                parts[:] = [part.select(part.reader % self._stride == 0) for part in parts]

    def log(self) -> DayLog:
        seen, clicked, viewed, repeated = (
            SlotRows(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
            for parts in self._parts
        )
        again = is_among((repeated.reader, repeated.page), (viewed.reader, viewed.article))
        both = [np.concatenate(columns) for columns in zip(seen, repeated.select(again), strict=True)]
        seen = SlotRows(*both).select(np.argsort(both[0], kind="stable"))
        return DayLog(seen, clicked, viewed, self._stride)


def _rows(records: RecordArray, offsets: LongArray) -> SlotRows:
    on_shelf, serve_id = _on_shelf(records), records["serve_id"].astype(np.int64)
    unknown = np.where(on_shelf & (serve_id != 0), serve_id, records["id"])
    reader = np.where(records["reader"] != 0, records["reader"], unknown)
    columns = ("time", "source", "shelf", "position", "article")
    time, page, shelf, position, article = (records[name].astype(np.int64) for name in columns)
    return SlotRows(offsets.astype(np.int64), time, serve_id, reader, page, shelf, position, article)


def clicks_on(seen: SlotRows, clicked: SlotRows) -> SlotRows:
    """The clicks of readers who were seen to see what they clicked on, in that slot beside that page: of the others
    nobody knows how often they saw something and did not click.

    >>> seen = SlotRows(*np.array([[1, 0, 5, 7, 3, 1, 0, 20], [2, 0, 5, 8, 3, 1, 0, 20]]).T)
    >>> clicked = SlotRows(*np.array([[3, 0, 5, 7, 3, 1, 0, 20], [4, 0, 5, 8, 9, 1, 0, 20]]).T)
    >>> clicks_on(seen, clicked).offset.tolist()
    [3]
    """
    wanted, known = (
        (rows.reader, rows.page, rows.shelf, rows.position, rows.article) for rows in (clicked, seen)
    )
    return clicked.select(is_among(wanted, known))


def is_among(wanted: Sequence[LongArray], known: Sequence[LongArray]) -> BoolArray:
    """Which rows of some columns, each int64 (n,), are among those of others, each int64 (m,): bool (n,).

    >>> is_among(([1, 1, 2], [5, 6, 5]), ([1, 2], [6, 6])).tolist()
    [False, True, False]
    """
    number = len(wanted[0])
    rows: LongArray = np.zeros(number + len(known[0]), np.int64)
    for own, other in zip(wanted, known, strict=True):
        names, place = np.unique(np.concatenate([own, other]), return_inverse=True)
        rows = np.unique(rows * len(names) + place, return_inverse=True)[
            1
        ]  # numbered anew: it never overflows
    found: BoolArray = np.isin(rows[:number], rows[number:])
    return found


class SlatesSeen(NamedTuple):
    """The slates of which somebody saw slots: the shelves beside one article, answered once, for one reader.

    Attributes, n = rows, s = slates in the order of the log:
        first: int64 (s,): the first row of each.
        number: int64 (n,): the slate of each row.
    """

    first: LongArray
    number: LongArray


def slates_seen(seen: SlotRows) -> SlatesSeen:
    """The slates that rows belong to.

    >>> rows = SlotRows(*np.array([[1, 0, 5, 7, 3, 1, 0, 20], [2, 0, 5, 8, 3, 1, 0, 20], [3, 0, 5, 7, 3, 1, 1, 21]]).T)
    >>> [column.tolist() for column in slates_seen(rows)]
    [[0, 1], [0, 1, 0]]
    """
    order = np.lexsort((seen.offset, seen.page, seen.reader, seen.serve_id))
    begins = np.ones(len(order), bool)
    sorted_by = [column[order] for column in (seen.serve_id, seen.reader, seen.page)]
    begins[1:] = np.any([column[1:] != column[:-1] for column in sorted_by], axis=0)
    first = order[begins]
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    number = np.empty(len(order), np.int64)
    number[order] = rank[np.cumsum(begins) - 1]
    return SlatesSeen(np.sort(first), number)
