"""An index of sessions for the peers alone. It shares nothing with the engine's `state.visits`, so that each checks the
other.
"""

from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from recirc.compiled import compiled
from recirc.hash_table import find, mix
from recirc.replay.replay_log import GAP, LONGEST
from recirc.types import BoolArray, EntryKind, FloatArray, IntArray, LongArray, RecordArray

NONE = -1
Number = TypeVar("Number", bound=np.generic)


class IndexArrays(NamedTuple):
    """The index. An entry is an article of a session; entries are numbered in the order of folding.

    Attributes, k = room of the hash table, s = sessions, e = entries, n = articles:
        counters: int64 (2,): number of sessions, and of entries.
        keys, session_at: int64 (k,): open-addressing hash table from a session's key to its number.
        last, size, tail: int64, int32, int64 (s,): time of the last click (ms), number of entries, newest entry.
        article, session, time: int32, int64, int64 (e,), ms: of each entry.
        older, previous: int64 (e,): the entry before it of the same article, and of the same session; NONE.
        head: int64 (n,): newest entry of each article; sessions_of: int64 (n,): number of sessions with the article.
        similarity, shared, score: float64 (s,), int32 (s,), float64 (n,): scratch; the first and last are zero.
    """

    counters: LongArray
    keys: LongArray
    session_at: LongArray
    last: LongArray
    size: IntArray
    tail: LongArray
    article: IntArray
    session: LongArray
    time: LongArray
    older: LongArray
    previous: LongArray
    head: LongArray
    sessions_of: LongArray
    similarity: FloatArray
    shared: IntArray
    score: FloatArray


class Clicks(NamedTuple):
    """Columns of log entries, and which of them are counted views."""

    counted: BoolArray
    visit: LongArray
    reader: LongArray
    id: LongArray
    article: IntArray
    time: LongArray


@compiled
def _fold(clicks: Clicks, gap: int, index: IndexArrays) -> None:
    for i in range(len(clicks.counted)):
        if not clicks.counted[i]:
            continue
        article, time = clicks.article[i], clicks.time[i]
        s = _session_of(clicks, i, gap, index)
        index.last[s] = max(index.last[s], time)
        seen = index.size[s] >= LONGEST
        e = index.tail[s]
        while e >= 0 and not seen:
            seen = index.article[e] == article
            e = index.previous[e]
        if seen:
            continue
        e = index.counters[1]
        index.counters[1] += 1
        index.article[e], index.session[e], index.time[e] = article, s, time
        index.older[e], index.previous[e] = index.head[article], index.tail[s]
        index.head[article] = index.tail[s] = e
        index.size[s] += 1
        index.sessions_of[article] += 1


@compiled
def _session_of(clicks: Clicks, i: int, gap: int, index: IndexArrays) -> int:
    """The session of click i, a new one if need be: its named visit, or its reader's since the last pause."""
    named = clicks.visit[i] != 0
    unnamed = clicks.reader[i] if clicks.reader[i] != 0 else clicks.id[i]
    key = mix(clicks.visit[i] if named else unnamed, 1 if named else 2)
    slot = find(index.keys, key)
    s = index.session_at[slot]
    if index.keys[slot] != key or (not named and clicks.time[i] > index.last[s] + gap):
        s = index.counters[0]
        index.counters[0] += 1
        index.keys[slot], index.session_at[slot] = key, s
        index.size[s], index.tail[s], index.last[s] = 0, NONE, clicks.time[i]
    return s  # type: ignore[no-any-return]  # an element of an integer array


@compiled
def _similar(history: IntArray, most_recent: int, k: int, index: IndexArrays, touched: LongArray) -> int:
    """The sessions most similar to `history`, in `touched`; see `VisitIndex.similar`. Returns their number."""
    n, steps = 0, len(history)
    for d in range(steps):
        article = history[steps - 1 - d]
        e = index.head[article] if article < len(index.head) else NONE
        for _ in range(most_recent):
            if e < 0:
                break
            s = index.session[e]
            if index.similarity[s] == 0:
                touched[n], index.shared[s] = s, d
                n += 1
            index.similarity[s] += (steps - d) / steps
            e = index.older[e]
    if n > most_recent:
        age = index.tail[touched[:n]].astype(np.float64)
        n = _keep(touched, n, age, most_recent, index.similarity)
    if n > k:
        # Among equals the newer: the term for a session's newest entry is less than similarities can differ by.
        age = index.tail[touched[:n]].astype(np.float64)
        n = _keep(
            touched, n, index.similarity[touched[:n]] + 1e-4 * age / (age.max() + 1.0), k, index.similarity
        )
    return n


@compiled
def _keep(touched: LongArray, n: int, rank: FloatArray, limit: int, similarity: FloatArray) -> int:
    """Keep the `limit` of the `n` touched sessions that rank highest (no two are equal), and reset the others."""
    least = np.partition(rank, n - limit)[n - limit]
    kept = 0
    for i in range(n):
        if rank[i] >= least:
            touched[kept] = touched[i]
            kept += 1
        else:
            similarity[touched[i]] = 0
    return kept


@compiled
def _votes(touched: LongArray, damping: float, rarity: bool, index: IndexArrays, found: IntArray) -> int:
    """Add up the votes of the touched sessions in `index.score`, with the articles in `found`. Returns their number."""
    size, total = 0, index.counters[0]
    for s in touched:
        weight = index.similarity[s] * max(1.0 - damping * index.shared[s], 0.0)
        index.similarity[s] = 0
        e = index.tail[s]
        while e >= 0:
            a = index.article[e]
            if index.score[a] == 0 and weight > 0:
                found[size] = a
                size += 1
                index.score[a] = 1e-300  # so that an article with a score of zero is not found twice
            index.score[a] += weight * (np.log(total / index.sessions_of[a]) if rarity else 1.0)
            e = index.previous[e]
    return size


class VisitIndex:
    """Every session so far with its first LONGEST distinct articles, each article's sessions newest first.

    Attributes:
        arrays: the index.
    """

    def __init__(self, gap: int = GAP) -> None:
        """A reader's session ends after `gap` ms, unless it is named."""
        self._gap = gap
        long, short, real = np.zeros(0, np.int64), np.zeros(0, np.int32), np.zeros(0)
        self.arrays = IndexArrays(
            counters=np.zeros(2, np.int64), keys=np.zeros(1024, np.int64), session_at=np.zeros(1024, np.int64),
            last=long, size=short, tail=long, article=short, session=long, time=long, older=long, previous=long,
            head=long, sessions_of=long, similarity=real, shared=short, score=real,
        )  # fmt: skip

    @property
    def sessions(self) -> int:
        """Number of sessions."""
        return int(self.arrays.counters[0])

    @property
    def entries(self) -> int:
        """Number of entries."""
        return int(self.arrays.counters[1])

    def fold(self, records: RecordArray) -> None:
        """Add the counted views among log entries, RECORD (m,)."""
        counted = (records["kind"] == EntryKind.VIEW) & (records["excluded"] == 0)
        self._make_room(len(records), 1 + int(records["article"].max(initial=-1)))
        columns = (np.ascontiguousarray(records[name]) for name in Clicks._fields[1:])
        _fold(Clicks(counted, *columns), self._gap, self.arrays)

    def similar(self, history: IntArray, most_recent: int, k: int) -> tuple[LongArray, FloatArray, IntArray]:
        """The sessions most similar to `history` (int32 (s,), distinct, oldest first).

        Of each of its articles the `most_recent` sessions that opened it last are looked at; of all these sessions the
        `most_recent` with the newest last click are kept; of these the `k` most similar, among equals the newer. A
        session's similarity is the sum of the weights of the articles it shares: their positions in the history, from
        1, over its length.

        (VMIS-kNN as published drops the oldest session while it walks. The result is the same: a dropped session is
        older than all that are kept then or later, and one that is kept at the end was never dropped, so that its sum
        is complete.)

        Returns:
            The sessions, int64 (n,); their similarities, float64 (n,); steps from the history's end to the newest
            shared article, int32 (n,).
        """
        kept = self._similar(history, most_recent, k)
        similarity = self.arrays.similarity[kept]
        self.arrays.similarity[kept] = 0
        return kept, similarity, self.arrays.shared[kept]

    def _similar(self, history: IntArray, most_recent: int, k: int) -> LongArray:
        touched = np.empty(most_recent * max(len(history), 1), np.int64)
        return touched[: _similar(history, most_recent, k, self.arrays, touched)]

    def votes(
        self, history: IntArray, most_recent: int, k: int, *, damping: float, rarity: bool
    ) -> tuple[IntArray, FloatArray]:
        """The articles of the sessions most similar to `history`, int32 (n,), and their scores, float64 (n,).

        An article's score is the sum, over the similar sessions that opened it, of similarity · λ, λ = 1 - `damping` ·
        steps to the newest shared article; with `rarity` times log(all sessions / sessions that opened it).
        """
        touched = self._similar(history, most_recent, k)
        found = np.empty(len(touched) * LONGEST + 1, np.int32)
        articles = found[: _votes(touched, damping, rarity, self.arrays, found)].copy()
        scores = self.arrays.score[articles]
        self.arrays.score[articles] = 0
        fresh = ~np.isin(articles, history)
        return articles[fresh], scores[fresh]

    def _make_room(self, extra: int, articles: int) -> None:
        arrays = self.arrays
        for names, size in (
            (("last", "size", "tail", "similarity", "shared"), self.sessions + extra),
            (("article", "session", "time", "older", "previous"), self.entries + extra),
            (("head", "sessions_of", "score"), articles),
        ):
            longer = {
                name: _longer(getattr(arrays, name), size, NONE if name == "head" else 0) for name in names
            }
            arrays = arrays._replace(**longer)
        if 2 * (self.sessions + extra) > len(arrays.keys):
            room = 1 << (4 * (self.sessions + extra)).bit_length()
            keys, values = np.zeros(room, np.int64), np.zeros(room, np.int64)
            used = np.flatnonzero(arrays.keys)
            _move(arrays.keys[used], arrays.session_at[used], keys, values)
            arrays = arrays._replace(keys=keys, session_at=values)
        self.arrays = arrays


@compiled
def _move(old_keys: LongArray, old_values: LongArray, keys: LongArray, values: LongArray) -> None:
    for i in range(len(old_keys)):
        at = find(keys, old_keys[i])
        keys[at], values[at] = old_keys[i], old_values[i]


def _longer(array: NDArray[Number], size: int, fill: int) -> NDArray[Number]:
    """`array` with room for at least `size` elements, at least doubled."""
    if len(array) >= size:
        return array
    longer = np.full(max(size, 2 * len(array), 64), fill, array.dtype)
    longer[: len(array)] = array
    return longer
