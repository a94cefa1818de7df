"""Which articles there are: section, topics, authors and date of each, as numbers that arrays can be searched for."""

from collections.abc import Sequence
from typing import ClassVar, cast

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from recirc.state.statistic import ARTICLES, Column, FoldContext, Statistic
from recirc.state.topic_counts import TopicCounts, count
from recirc.types import Arrays, BoolArray, EntryKind, IntArray, LongArray
from recirc.types.records import MOST_LABELS

UNPUBLISHED, LIVE, WITHDRAWN, COPY = 0, 1, 2, 3
"""Status of an article. A COPY has its page and is listed like a LIVE one, but no shelf shows it."""

TOPICS, AUTHORS = 12, 4
"""Number of an article's topics and authors by which it is found; its page shows them all."""


class Catalogue(Statistic):
    """The articles by index. An index that only events have named is UNPUBLISHED; of a WITHDRAWN article nothing but
    its status is kept.

    Attributes, n = articles:
        status: int8 (n,): UNPUBLISHED, LIVE, WITHDRAWN or COPY.
        changed: int64 (n,), ms: when it was last published, changed or withdrawn.
        published: int64 (n,), ms, -1: not known.
        section, outlet: int64 (n,), key of the section's and of the outlet's slug, 0: none.
        site: int64 (n,), key of the site where it is read, see `text.sites`; 0: none but the portal.
        topics: int64 (n, TOPICS), authors: int64 (n, AUTHORS): keys of slugs, padded with 0.
        topic_counts: number of live articles of each topic.
        labels: int64 (n, MOST_LABELS): keys of the slugs of the newsroom's own labels, padded with 0.
        words: int32 (n,): of its text.
        edits: indices of the articles in the order in which they were published, changed or withdrawn since this object
            was made or restored, when it becomes another list; so that masks over the articles can be kept up to date.
    """

    name: ClassVar[str] = "catalogue"
    status: NDArray[np.int8]
    changed: LongArray
    published: LongArray
    section: LongArray
    outlet: LongArray
    site: LongArray
    topics: LongArray
    authors: LongArray
    topic_counts: TopicCounts
    labels: LongArray
    words: IntArray

    def __init__(self) -> None:
        super().__init__(
            {
                "status": Column(np.int8),
                "changed": Column(np.int64),
                "published": Column(np.int64, fill=-1),
                "section": Column(np.int64),
                "outlet": Column(np.int64),
                "site": Column(np.int64),
                "topics": Column(np.int64, (ARTICLES, TOPICS)),
                "authors": Column(np.int64, (ARTICLES, AUTHORS)),
                "labels": Column(np.int64, (ARTICLES, MOST_LABELS)),
                "words": Column(np.int32),
            }
        )
        self.topic_counts = TopicCounts.of(self.topics, self.live())
        self.edits: list[int] = []

    @override
    def restore(self, arrays: Arrays) -> None:
        super().restore(arrays)
        self.topic_counts = TopicCounts.of(self.topics, self.live())
        self.edits = []

    @override
    def fold(self, context: FoldContext) -> None:
        for place in np.flatnonzero(context.records["kind"] >= EntryKind.PUBLISH):
            article = context.entries.article[place]
            if self.status[article] in (LIVE, COPY):
                count(self.topics[article], -1, self.topic_counts)
            for name, column in self.columns.items():
                getattr(self, name)[article] = column.fill
            self.changed[article] = context.entries.time[place]
            self.edits.append(int(article))
            features = context.features.get(int(place))
            if features is None:
                self.status[article] = WITHDRAWN
                continue
            self.status[article] = COPY if features.copy else LIVE
            self.published[article] = features.published
            self.section[article] = features.section
            self.outlet[article] = features.outlet
            self.site[article] = max(0, features.site)
            self.words[article] = max(0, features.words)
            for row, keys in (
                (self.topics[article], features.topics[:TOPICS]),
                (self.authors[article], features.authors[:AUTHORS]),
                (self.labels[article], features.labels[:MOST_LABELS]),
            ):
                row[: len(keys)] = keys
            count(self.topics[article], 1, self.topic_counts)
            self.topic_counts = self.topic_counts.larger()

    def live(self) -> BoolArray:
        """Which articles are published and not withdrawn, bool (n,)."""
        status = self.status[: self.size]
        return cast(BoolArray, (status == LIVE) | (status == COPY))

    def within(self, sections: Sequence[int], outlets: Sequence[int]) -> BoolArray:
        """Which articles belong to one of these sections and to one of these outlets, bool (n,). An empty list allows
        all.
        """
        found = np.ones(self.size, bool)
        for column, wanted in ((self.section, sections), (self.outlet, outlets)):
            if wanted:
                found &= np.isin(column[: self.size], wanted)
        return found

    def newest(
        self, *, section: int = 0, topic: int = 0, author: int = 0, among: BoolArray | None = None
    ) -> IntArray:
        """Live articles, newest first, undated ones last, int32 (m,); where given only those of a section, topic or
        author, and only those in `among` (bool (n,)).
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
