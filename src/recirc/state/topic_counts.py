"""How many articles have each topic, and how telling a topic is: what half of all articles share relates no two."""

from typing import Final, NamedTuple

import numpy as np

from recirc.compiled import compiled, compiled_in_place
from recirc.hash_table import find
from recirc.types import BoolArray, LongArray

SMALLEST: Final = 100
"""An archive with fewer articles is taken to have so many: two articles that are all there is may share a topic."""

TELLING: Final = 0.25
"""Least weight of a topic that relates two articles by itself, and is named as a reason."""


class TopicCounts(NamedTuple):
    """Number of live articles of each topic, in a hash table (`hash_table.find`) that is never more than half full.

    Attributes:
        keys: int64 (room,), a power of two: keys of topics, 0: free.
        counts: int64 (room,).
        articles: int64 (1,): number of live articles.
    """

    keys: LongArray
    counts: LongArray
    articles: LongArray

    @classmethod
    def of(cls, topics: LongArray, live: BoolArray) -> "TopicCounts":
        """Those of `topics`, int64 (n, T), padded with 0, of the articles that are `live`, bool (n,)."""
        keys, counts = np.unique(topics[live], return_counts=True)
        keys, counts = keys[keys != 0], counts[keys != 0]
        return cls.holding(keys, counts, int(live.sum()))

    @classmethod
    def holding(cls, keys: LongArray, counts: LongArray, articles: int) -> "TopicCounts":
        """A table of these topics, with room for as many again."""
        room = 1 << max(6, (4 * len(keys)).bit_length())
        table = cls(np.zeros(room, np.int64), np.zeros(room, np.int64), np.array([articles], np.int64))
        for key, count in zip(keys.tolist(), counts.tolist(), strict=True):
            at = find(table.keys, key)
            table.keys[at], table.counts[at] = key, count
        return table

    def larger(self) -> "TopicCounts":
        """The same in a table with more room, if this one is half full."""
        held = self.keys != 0
        if 2 * int(held.sum()) < len(self.keys):
            return self
        held &= self.counts > 0
        return self.holding(self.keys[held], self.counts[held], int(self.articles[0]))


@compiled
def count(topics: LongArray, by: int, table: TopicCounts) -> None:
    """An article with `topics` (int64 (T,), padded with 0) has come (`by` 1) or gone (-1)."""
    table.articles[0] += by
    for topic in topics:
        if topic != 0:
            at = find(table.keys, topic)
            table.keys[at] = topic
            table.counts[at] += by


@compiled_in_place
def topic_weight(topic: int, table: TopicCounts) -> float:
    """How telling it is that two articles have a topic, from 0 (all have it) to 1 (no third has it, or hardly).

    log(N / df) / log(N), with N live articles and df of them with the topic: the inverse document frequency (Spärck
    Jones, 1972) on a scale from 0 to 1. N is at least SMALLEST, df at least 1.

    >>> table = TopicCounts.holding(np.array([7, 9]), np.array([50, 100]), 10_000)
    >>> [round(topic_weight(topic, table), 2) for topic in (7, 9, 11)]
    [0.58, 0.5, 1.0]
    """
    at = find(table.keys, topic)
    having = max(table.counts[at], 1) if table.keys[at] == topic else 1
    rarity: float = 1.0 - np.log(having) / np.log(max(table.articles[0], SMALLEST))
    return max(0.0, rarity)
