"""An index of sessions, made for the peers alone: it shares nothing with the engine's own `state.visits`, so that each
checks the other.
"""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from recirc.compiled import compiled
from recirc.replay.replay_log import GAP, LONGEST
from recirc.state.expiring_map import mixed, place
from recirc.types import BoolArray, EntryKind, FloatArray, IntArray, LongArray, RecordArray

NONE = -1
Number = TypeVar("Number", bound=np.generic)


@compiled
def _fold(
    click: BoolArray,
    visit: LongArray,
    reader: LongArray,
    id: LongArray,
    article: IntArray,
    time: LongArray,
    gap: int,
    counters: LongArray,
    keys: LongArray,
    session_at: LongArray,
    last: LongArray,
    size: IntArray,
    tail: LongArray,
    head: LongArray,
    sessions_of: LongArray,
    of_article: IntArray,
    of_session: LongArray,
    at: LongArray,
    older: LongArray,
    previous: LongArray,
) -> None:
    for i in range(len(click)):
        if not click[i]:
            continue
        named = visit[i] != 0
        who = visit[i] if named else (reader[i] if reader[i] != 0 else id[i])
        key = mixed(who, 1 if named else 2)
        slot = place(keys, key)
        s = session_at[slot]
        if keys[slot] != key or (not named and time[i] > last[s] + gap):
            s = counters[0]
            counters[0] += 1
            keys[slot], session_at[slot] = key, s
            size[s], tail[s], last[s] = 0, NONE, time[i]
        last[s] = max(last[s], time[i])
        seen = size[s] >= LONGEST
        e = tail[s]
        while e >= 0 and not seen:
            seen = of_article[e] == article[i]
            e = previous[e]
        if seen:
            continue
        e = counters[1]
        counters[1] += 1
        of_article[e], of_session[e], at[e] = article[i], s, time[i]
        older[e], previous[e] = head[article[i]], tail[s]
        head[article[i]] = tail[s] = e
        size[s] += 1
        sessions_of[article[i]] += 1


@compiled
def _similar(
    history: IntArray,
    most_recent: int,
    k: int,
    head: LongArray,
    older: LongArray,
    of_session: LongArray,
    tail: LongArray,
    similarity: FloatArray,
    shared: IntArray,
    touched: LongArray,
) -> int:
    """The sessions most like `history`, in `touched`; see `VisitIndex.similar`. Returns how many they are."""
    n, steps = 0, len(history)
    for d in range(steps):
        item = history[steps - 1 - d]
        e = head[item] if item < len(head) else NONE
        for _ in range(most_recent):
            if e < 0:
                break
            s = of_session[e]
            if similarity[s] == 0:
                touched[n], shared[s] = s, d
                n += 1
            similarity[s] += (steps - d) / steps
            e = older[e]
    if n > most_recent:
        age = tail[touched[:n]]
        n = _kept(touched, n, age.astype(np.float64), most_recent, similarity)
    if n > k:
        # The newer of equals: a session's newest entry adds less than similarities can differ by.
        age = tail[touched[:n]].astype(np.float64)
        n = _kept(touched, n, similarity[touched[:n]] + 1e-4 * age / (age.max() + 1.0), k, similarity)
    return n


@compiled
def _kept(touched: LongArray, n: int, rank: FloatArray, most: int, similarity: FloatArray) -> int:
    """Keep the `most` of the `n` touched sessions that rank highest (no two alike), the others are as never touched."""
    least = np.partition(rank, n - most)[n - most]
    kept = 0
    for i in range(n):
        if rank[i] >= least:
            touched[kept] = touched[i]
            kept += 1
        else:
            similarity[touched[i]] = 0
    return kept


@compiled
def _votes(
    n: int,
    damping: float,
    total: int,
    sessions_of: LongArray,
    touched: LongArray,
    similarity: FloatArray,
    shared: IntArray,
    tail: LongArray,
    previous: LongArray,
    of_article: IntArray,
    score: FloatArray,
    found: IntArray,
) -> int:
    """Add up what the sessions speak for into `score` (by article, zero before); the articles come in `found`."""
    size = 0
    for i in range(n):
        s = touched[i]
        weight = similarity[s] * max(1.0 - damping * shared[s], 0.0)
        similarity[s] = 0
        e = tail[s]
        while e >= 0:
            a = of_article[e]
            rarity = np.log(total / sessions_of[a]) if total > 0 else 1.0
            if score[a] == 0 and weight > 0:
                found[size] = a
                size += 1
                score[a] = 1e-300  # a product of zero must not make it be found twice
            score[a] += weight * rarity
            e = previous[e]
    return size


class VisitIndex:
    """Every session so far with its first LONGEST distinct articles, each article's sessions newest first.

    Attributes, s = sessions, e = entries (an article of a session), n = articles:
        sessions, entries: how many there are.
        of_article: int32 (e,), of_session: int64 (e,), at: int64 (e,), ms: of each entry, in order of folding.
        sessions_of: int64 (n,): sessions that have the article.
    """

    def __init__(self, gap: int = GAP) -> None:
        """A reader's session ends after `gap` ms, unless it is named."""
        self._gap = gap
        self._counters: LongArray = np.zeros(2, np.int64)
        self._keys: LongArray = np.zeros(1024, np.int64)
        self._session_at: LongArray = np.zeros(1024, np.int64)
        self._last: LongArray = np.zeros(0, np.int64)
        self._size: IntArray = np.zeros(0, np.int32)
        self._tail: LongArray = np.zeros(0, np.int64)
        self._head: LongArray = np.zeros(0, np.int64)
        self.sessions_of: LongArray = np.zeros(0, np.int64)
        self.of_article: IntArray = np.zeros(0, np.int32)
        self.of_session: LongArray = np.zeros(0, np.int64)
        self.at: LongArray = np.zeros(0, np.int64)
        self._older: LongArray = np.zeros(0, np.int64)
        self._previous: LongArray = np.zeros(0, np.int64)
        self._similarity: FloatArray = np.zeros(0)
        self._shared: IntArray = np.zeros(0, np.int32)
        self._score: FloatArray = np.zeros(0)

    @property
    def sessions(self) -> int:
        """How many sessions there are."""
        return int(self._counters[0])

    @property
    def entries(self) -> int:
        """How many entries there are."""
        return int(self._counters[1])

    def fold(self, records: RecordArray) -> None:
        """Take in log entries, RECORD (m,); all but counted views are passed over."""
        click = (records["kind"] == EntryKind.VIEW) & (records["excluded"] == 0)
        self._make_room(len(records), 1 + int(records["article"].max(initial=-1)))
        names = ("visit", "reader", "id", "article", "time")
        visit, reader, own, article, time = (np.ascontiguousarray(records[name]) for name in names)
        _fold(
            click, visit, reader, own, article, time, self._gap, self._counters, self._keys,
            self._session_at, self._last, self._size, self._tail, self._head, self.sessions_of,
            self.of_article, self.of_session, self.at, self._older, self._previous,
        )  # fmt: skip

    def similar(self, history: IntArray, most_recent: int, k: int) -> tuple[LongArray, FloatArray, IntArray]:
        """The sessions most like `history` (int32 (s,), distinct, oldest first).

        Of each of its articles the `most_recent` sessions that opened it last are looked at; of these sessions together
        the `most_recent` with the newest last click are held; of these the `k` most similar are kept, of equals the
        newer. A session's similarity is the sum of the weights of the articles it shares: their places in the history,
        from 1, over its length.

        (VMIS-kNN as described drops the oldest while it walks. That comes to the same: what was dropped once is older
        than all that is held then or later, and what is held at the end was never dropped, so that its sum is whole.)

        Returns:
            The sessions, int64 (n,); their similarities, float64 (n,); steps from the history's end to the newest
            shared article, int32 (n,).
        """
        touched, n = self._similar(history, most_recent, k)
        kept = touched[:n].copy()
        similarity = self._similarity[kept]
        self._similarity[kept] = 0
        return kept, similarity, self._shared[kept]

    def _similar(self, history: IntArray, most_recent: int, k: int) -> tuple[LongArray, int]:
        touched = np.empty(most_recent * max(len(history), 1), np.int64)
        n = _similar(
            history, most_recent, k, self._head, self._older, self.of_session, self._tail,
            self._similarity, self._shared, touched,
        )  # fmt: skip
        return touched, n

    def votes(
        self, history: IntArray, most_recent: int, k: int, *, damping: float, rarity: bool
    ) -> tuple[IntArray, FloatArray]:
        """What the sessions most like `history` speak for: articles, int32 (n,), and scores, float64 (n,).

        An article's score is the sum, over the similar sessions that opened it, of similarity · λ, λ = 1 - `damping` ·
        steps to the newest shared article; with `rarity` times log(all sessions / sessions that opened it).
        """
        touched, n = self._similar(history, most_recent, k)
        found = np.empty(n * LONGEST + 1, np.int32)
        size = _votes(
            n, damping, self.sessions if rarity else 0, self.sessions_of, touched, self._similarity, self._shared,
            self._tail, self._previous, self.of_article, self._score, found,
        )  # fmt: skip
        articles = found[:size].copy()
        scores = self._score[articles]
        self._score[articles] = 0
        fresh = ~np.isin(articles, history)
        return articles[fresh], scores[fresh]

    def _make_room(self, extra: int, articles: int) -> None:
        sessions, entries = self.sessions + extra, self.entries + extra
        for name in ("_last", "_size", "_tail", "_similarity", "_shared"):
            setattr(self, name, _longer(getattr(self, name), sessions))
        for name in ("of_article", "of_session", "at", "_older", "_previous"):
            setattr(self, name, _longer(getattr(self, name), entries))
        for name, fill in (("_head", NONE), ("sessions_of", 0), ("_score", 0)):
            setattr(self, name, _longer(getattr(self, name), articles, fill))
        if 2 * sessions > len(self._keys):
            room = 1 << (4 * sessions).bit_length()
            keys, values = np.zeros(room, np.int64), np.zeros(room, np.int64)
            held = np.flatnonzero(self._keys)
            _move(self._keys[held], self._session_at[held], keys, values)
            self._keys, self._session_at = keys, values


@compiled
def _move(old_keys: LongArray, old_values: LongArray, keys: LongArray, values: LongArray) -> None:
    for i in range(len(old_keys)):
        at = place(keys, old_keys[i])
        keys[at], values[at] = old_keys[i], old_values[i]


def _longer(array: NDArray[Number], size: int, fill: int = 0) -> NDArray[Number]:
    """`array` with room for at least `size`, doubling."""
    if len(array) >= size:
        return array
    longer = np.full(max(size, 2 * len(array), 64), fill, array.dtype)
    longer[: len(array)] = array
    return longer
