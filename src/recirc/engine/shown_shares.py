"""What shelves showed in the last day: shares of articles against their targets, sections against what was read."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final, NamedTuple

import numpy as np

from recirc.engine.active_rules import ActiveRules
from recirc.engine.rule_book import RuleBook
from recirc.rank.divergence import divergence
from recirc.shelves.ranking import Ranking
from recirc.state.state import State
from recirc.store.rules import RuleKind, StoredRule
from recirc.store.sqlite import SqliteStore
from recirc.types import NO_POSITION, SHELF_NUMBERS, Decision, EntryKind, FloatArray, LongArray

DAY: Final = 86_400_000
READ_ENTRIES: Final = 65_536
MOST_POSITIONS: Final = 64


class ShownShare(NamedTuple):
    """One target and what became of it.

    Attributes:
        shown: slots that readers saw on its shelves; `inside`: of these, how many were its articles.
    """

    stored: StoredRule
    shown: int
    inside: int

    @property
    def share(self) -> float | None:
        """The share that was shown; None: nothing was."""
        return self.inside / self.shown if self.shown else None

    @property
    def met(self) -> bool:
        """Whether the target was met."""
        share, wanted = self.share, self.stored.rule.share
        return share is not None and (share <= wanted if self.stored.rule.most else share >= wanted)


class ShelfDivergence(NamedTuple):
    """How far the sections on a shelf are from those that were read, and from those published that day: 0 the same, 1
    nothing in common, by the rank-aware Jensen-Shannon divergence. NaN where there are none.
    """

    shelf: str
    shown: int
    from_read: float
    from_published: float


class _Counts(NamedTuple):
    """Slots that were seen, by shelf and article, with the same weighted by rank; views by article."""

    slots: dict[int, LongArray]
    ranked: dict[int, FloatArray]
    views: LongArray


Reading = Callable[[], AbstractContextManager[State]]


def shown_shares(
    store: SqliteStore, reading: Reading, book: RuleBook, now: int
) -> tuple[list[ShownShare], list[ShelfDivergence]]:
    """The targets in force at `now` (ms), and the shelves, over the last day. Takes time: for threads.

    Raises StoreError.
    """
    rules = book.in_force(now)
    with reading() as state:
        size = state.size
    counts = _counted(store, size, now - DAY)
    found = [
        ShownShare(each, *_inside(reading, rules, each, counts, now))
        for each in rules.rules
        if each.rule.kind is RuleKind.SHARE
    ]
    return found, _divergences(reading, counts, now)


def _counted(store: SqliteStore, size: int, since: int) -> _Counts:
    offset = store.offset_at(since)
    counts = _Counts({}, {}, np.zeros(size, np.int64))
    weights = 1 / np.log2(np.arange(MOST_POSITIONS) + 2.0)
    while len(records := (batch := store.read(offset, READ_ENTRIES)).records):
        offset = batch.end
        counted = (records["excluded"] == 0) & (records["article"] < size)
        records = records[counted & (records["time"] >= since)]  # an import of today may be of last year
        flags = records["decision"]
        viewed = records[(records["kind"] == EntryKind.VIEW) & (flags & Decision.COUNTED > 0)]
        np.add.at(counts.views, viewed["article"], 1)
        seen = records[
            (records["kind"] == EntryKind.IMPRESSION)
            & (flags & Decision.COUNTED > 0)
            & (records["shelf"] > 0)
            & (records["position"] != NO_POSITION)
        ]
        for number in np.unique(seen["shelf"]).tolist():
            own = seen[seen["shelf"] == number]
            slots = counts.slots.setdefault(number, np.zeros(size, np.int64))
            ranked = counts.ranked.setdefault(number, np.zeros(size))
            np.add.at(slots, own["article"], 1)
            np.add.at(ranked, own["article"], weights[np.minimum(own["position"], MOST_POSITIONS - 1)])
    return counts


def _inside(
    reading: Reading, rules: ActiveRules, each: StoredRule, counts: _Counts, now: int
) -> tuple[int, int]:
    names = {number: name for name, number in SHELF_NUMBERS.items()}
    slots = [
        row
        for number, row in counts.slots.items()
        if names.get(number) != Ranking.name and each.rule.applies_on(names.get(number, ""))
    ]
    if not slots:
        return 0, 0
    total = np.sum(slots, axis=0)
    with reading() as state:
        among = rules.among(each, state, now)[: len(total)]
    return int(total.sum()), int(total[: len(among)][among].sum())


def _divergences(reading: Reading, counts: _Counts, now: int) -> list[ShelfDivergence]:
    names = {number: name for name, number in SHELF_NUMBERS.items()}
    with reading() as state:
        size = min(state.size, len(counts.views))
        section = state.catalogue.section[:size].copy()
        fresh = (state.catalogue.live() & (state.catalogue.published[: state.size] >= now - DAY))[:size]
    read, published = counts.views[:size].astype(np.float64), fresh.astype(np.float64)
    return [
        ShelfDivergence(
            names.get(number, f"shelf {number}"),
            int(counts.slots[number].sum()),
            *(divergence(section, ranked[:size], section, other) for other in (read, published)),
        )
        for number, ranked in sorted(counts.ranked.items())
    ]
