"""Who opened what: views and distinct readers, with the number of everything that was not counted."""

import math
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from recirc.compiled import compiled_in_place
from recirc.state.rings import Ring
from recirc.state.statistic import ARTICLES, Column, Entries, FoldContext, Statistic
from recirc.types import REACTIONS, UNDONE, Arrays, Counts, Decision, EntryKind, LongArray, Window

Bytes = NDArray[np.uint8]

RINGS = {Window.HOUR: (30, 120_000), Window.DAY: (24, 3_600_000), Window.WEEK: (28, 21_600_000)}
"""Number of buckets and their width (ms) for each window; the newest bucket is still filling."""

TICK = math.gcd(*(width for _, width in RINGS.values()))
"""Between two multiples of this many ms no window gains or loses a bucket."""

RAW, EXCLUDED, REPEATED, READERS, READS, SHARES, UNRANKED = range(7)

VIEW, READ, REACTION, SHARE = (
    int(kind) for kind in (EntryKind.VIEW, EntryKind.READ, EntryKind.REACTION, EntryKind.SHARE)
)
COUNTED, NEW_READER = int(Decision.COUNTED), int(Decision.NEW_READER)
DOUBTFUL = int(Decision.DOUBTFUL)
GIVEN, TAKEN_BACK = int(Decision.GIVEN), int(Decision.TAKEN_BACK)


@compiled_in_place
def _fold(
    entries: Entries, kind: Bytes, excluded: Bytes, name: Bytes, totals: LongArray, reactions: LongArray
) -> None:
    for i in range(len(kind)):
        a, decision = entries.article[i], entries.decision[i]
        if kind[i] == VIEW:
            totals[a, RAW] += 1
            if excluded[i]:
                totals[a, EXCLUDED] += 1
            elif not decision & COUNTED:
                totals[a, REPEATED] += 1
            elif decision & NEW_READER:
                totals[a, READERS] += 1
                totals[a, UNRANKED] += not entries.ranked[i]
            continue
        if excluded[i]:
            continue
        if decision & NEW_READER:  # a view was excluded that counts by this sign of life
            totals[a, READERS] += 1
            totals[a, EXCLUDED] -= 1
            totals[a, UNRANKED] += not entries.ranked[i]
        if kind[i] == READ and not decision & DOUBTFUL:
            totals[a, READS] += 1
        elif kind[i] == SHARE:
            totals[a, SHARES] += 1
        elif kind[i] == REACTION and decision & (GIVEN | TAKEN_BACK):
            reactions[a, name[i] % UNDONE] += 1 if decision & GIVEN else -1


class Audience(Statistic):
    """Views, readers and reactions of each article, as decided when they came into the log (`store.decisions`).

    Attributes, n = articles:
        totals: int64 (n, 7): views sent, of them excluded, of them repeated; readers; reads; shares; readers who count
            and are not ranked.
        reactions: int64 (n, len(REACTIONS)): distinct readers.
        rings: for each window new readers who are ranked, by the bucket of time.
    """

    name: ClassVar[str] = "audience"
    totals: LongArray
    reactions: LongArray

    def __init__(self) -> None:
        self.rings: dict[Window, Ring] = {w: Ring(*shape) for w, shape in RINGS.items()}
        others: dict[str, Column] = {}
        for window, (buckets, _) in RINGS.items():
            others[f"ring.{window.value}"] = Column(np.int32, (buckets, ARTICLES))
            others[f"buckets.{window.value}"] = Column(np.int64, (buckets,))
        super().__init__(
            {
                "totals": Column(np.int64, (ARTICLES, 7)),
                "reactions": Column(np.int64, (ARTICLES, len(REACTIONS))),
            },
            others,
        )

    @override
    def fold(self, context: FoldContext) -> None:
        entries, records = context.entries, context.records
        kind, excluded, name = (
            np.ascontiguousarray(records[field]) for field in ("kind", "excluded", "name")
        )
        _fold(entries, kind, excluded, name, self.totals, self.reactions)
        for ring in self.rings.values():
            ring.fold(entries)

    @override
    def _lengthen(self, room: int) -> None:
        super()._lengthen(room)
        for ring in self.rings.values():
            ring.reserve(room)

    def readers(self, window: Window, now: int) -> LongArray:
        """Distinct readers of each article in the window that ends `now` (ms), int64 (n,), as far as they are ranked:
        of one network no more than the others make plausible (`store.strata`).

        A window covers its newest, still filling bucket and the full ones before it: "an hour" is 58 to 60 minutes. It
        is no copy: the next fold or request changes it.
        """
        if window is Window.EVER:
            totals = self.totals[: self.size]
            return totals[:, READERS] - totals[:, UNRANKED]
        return self.rings[window].readers(now)[: self.size]

    def readers_of(self, article: int, window: Window, now: int) -> int:
        """The same for one article."""
        if window is Window.EVER:
            return int(self.totals[article, READERS] - self.totals[article, UNRANKED])
        return self.rings[window].readers_of(article, now)

    def counts(self, article: int, window_readers: int | None) -> Counts:
        """The counts of an article; `window_readers` of its readers were in the requested window, None: unknown."""
        totals = self.totals[article]
        raw, excluded, repeated = (int(totals[column]) for column in (RAW, EXCLUDED, REPEATED))
        return Counts(
            raw=raw,
            excluded=excluded,
            repeated=repeated,
            views=raw - excluded - repeated,
            readers=int(totals[READERS]),
            window_readers=window_readers,
        )

    @override
    def save(self) -> Arrays:
        arrays = super().save()
        for window, ring in self.rings.items():
            arrays[f"ring.{window.value}"] = ring.counts[:, : self.size]
            arrays[f"buckets.{window.value}"] = ring.bucket
        return arrays

    @override
    def restore(self, arrays: Arrays) -> None:
        super().restore(arrays)
        for window, ring in self.rings.items():
            ring.restore(arrays[f"ring.{window.value}"], arrays[f"buckets.{window.value}"])
