"""Which articles there are: section, topics, authors and date of each, as numbers that arrays can be searched
by.
"""

from collections.abc import Sequence
from typing import ClassVar, cast

import numpy as np
from typing_extensions import override

from recirc.state.statistic import FoldContext, Overlap, Statistic, grown, trimmed
from recirc.types import Arrays, BoolArray, EntryKind, IntArray, LongArray

UNPUBLISHED, LIVE, WITHDRAWN, COPY = 0, 1, 2, 3
"""What an article is. A COPY has its page and stands in listings like a LIVE one, but no shelf shows it."""

TOPICS, AUTHORS = 12, 4
"""So many topics and authors of an article are looked up by; the page shows them all."""


class Catalogue(Statistic):
    """The articles by index. An index that only events have named is UNPUBLISHED; of a WITHDRAWN one nothing else is
    kept.

    Merging is exact: the later change of an article stands (of two in the same millisecond, the one merged
        into).

    Attributes, n = articles:
        status: int8 (n,): UNPUBLISHED, LIVE, WITHDRAWN or COPY.
        changed: int64 (n,), ms: when the log last said so.
        published: int64 (n,), ms, -1: not known.
        section, outlet: int32 (n,), hash of the section's and of the outlet's slug, 0: none.
        topics: int32 (n, TOPICS), authors: int32 (n, AUTHORS): hashes of slugs, padded with 0.
    """

    name: ClassVar[str] = "catalogue"
    _fills: ClassVar[dict[str, int]] = {
        "status": 0, "changed": 0, "published": -1, "section": 0, "outlet": 0, "topics": 0, "authors": 0,
    }  # fmt: skip

    def __init__(self) -> None:
        self.status = np.zeros(0, np.int8)
        self.changed: LongArray = np.zeros(0, np.int64)
        self.published: LongArray = np.zeros(0, np.int64)
        self.section: IntArray = np.zeros(0, np.int32)
        self.outlet: IntArray = np.zeros(0, np.int32)
        self.topics: IntArray = np.zeros((0, TOPICS), np.int32)
        self.authors: IntArray = np.zeros((0, AUTHORS), np.int32)

    @override
    def fold(self, moment: FoldContext) -> None:
        self._make_room(moment.size)
        for place in np.flatnonzero(moment.records["kind"] >= EntryKind.PUBLISH):
            article = moment.article[place]
            for name, fill in self._fills.items():
                getattr(self, name)[article] = fill
            self.changed[article] = moment.time[place]
            understanding = moment.understandings.get(int(place))
            if understanding is None:
                self.status[article] = WITHDRAWN
                continue
            self.status[article] = COPY if understanding.copy else LIVE
            self.published[article] = understanding.published
            self.section[article] = understanding.section
            self.outlet[article] = understanding.outlet
            for row, hashes in (
                (self.topics[article], understanding.topics),
                (self.authors[article], understanding.authors),
            ):
                held = hashes[: len(row)]
                row[: len(held)] = held

    def _make_room(self, size: int) -> None:
        self.size = max(self.size, size)
        for name, fill in self._fills.items():
            setattr(self, name, grown(getattr(self, name), self.size, fill))

    def live(self) -> BoolArray:
        """Which articles are published and not withdrawn, bool (n,)."""
        status = self.status[: self.size]
        return cast(BoolArray, (status == LIVE) | (status == COPY))

    def within(self, sections: Sequence[int], outlets: Sequence[int]) -> BoolArray:
        """Which articles are of one of these sections and of one of these outlets, bool (n,); of none: all."""
        found = np.ones(self.size, bool)
        for column, wanted in ((self.section, sections), (self.outlet, outlets)):
            if wanted:
                found &= np.isin(column[: self.size], wanted)
        return found

    def newest(
        self, *, section: int = 0, topic: int = 0, author: int = 0, among: BoolArray | None = None
    ) -> IntArray:
        """Live articles, the newest first (undated ones last), of a section, topic or author where one is
        given, and `among` those (bool (n,)).
        """
        chosen = self.live() if among is None else self.live() & among
        if section:
            chosen &= self.section[: self.size] == section
        if topic:
            chosen &= (self.topics[: self.size] == topic).any(axis=1)
        if author:
            chosen &= (self.authors[: self.size] == author).any(axis=1)
        found = np.flatnonzero(chosen)[::-1]
        return found[np.argsort(-self.published[found], kind="stable")].astype(np.int32)

    @override
    def merge(self, other: Statistic, overlap: Overlap) -> None:  # no reader is counted here
        theirs = cast(Catalogue, other)
        self._make_room(theirs.size)
        for name in self._fills:
            getattr(self, name)[overlap.newer] = getattr(theirs, name)[overlap.newer]

    def outdated(self, other: "Catalogue") -> LongArray:
        """Articles of which `other` knows a later change, int64 (n,)."""
        known = np.zeros(other.size, np.int64)
        both = min(self.size, other.size)
        known[:both] = self.changed[:both]
        return np.flatnonzero(other.changed[: other.size] > known)

    @override
    def save(self) -> Arrays:
        return trimmed({name: getattr(self, name) for name in self._fills}, self.size)

    @override
    def load(self, arrays: Arrays) -> None:
        if arrays["topics"].shape[1:] != (TOPICS,) or arrays["authors"].shape[1:] != (AUTHORS,):
            raise ValueError(
                f"{arrays['topics'].shape[1]} topics and {arrays['authors'].shape[1]} authors an article"
            )
        for name in self._fills:
            setattr(self, name, arrays[name])
        self.size = len(self.status)
