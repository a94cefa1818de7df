"""What stood out beyond accuracy: how new, how known and how alike the articles are that a policy recommends."""

import numpy as np
from numpy.typing import NDArray

from recirc.compiled import compiled
from recirc.replay.replay_log import ReplayLog
from recirc.state.state import State
from recirc.types import BoolArray, IntArray, LongArray

DAY = 86_400_000
NEVER = np.iinfo(np.int64).max


@compiled
def _count(
    start: int,
    stop: int,
    article: IntArray,
    click: BoolArray,
    time: LongArray,
    clicks: LongArray,
    born: LongArray,
) -> int:
    """Count the clicks of entries `start` to `stop`; returns how many there are."""
    total = 0
    for i in range(start, stop):
        if click[i]:
            clicks[article[i]] += 1
            born[article[i]] = min(born[article[i]], time[i])
            total += 1
    return total


@compiled
def _novelty_and_youth(
    ranked: IntArray,
    clicks: LongArray,
    total: int,
    born: LongArray,
    published: LongArray,
    now: int,
    recommended: LongArray,
) -> tuple[float, float]:
    surprise, young = 0.0, 0
    for article in ranked:
        recommended[article] += 1
        surprise -= np.log2(max(clicks[article], 1) / max(total, 1))
        dated = article < len(published) and published[article] >= 0
        birth = published[article] if dated else born[article]
        young += birth != NEVER and now - birth < DAY
    return surprise / len(ranked), young / len(ranked)


@compiled
def _diversity(ranked: IntArray, vectors: NDArray[np.int8], norms: NDArray[np.float32]) -> float:
    """One less the mean cosine of all pairs, by way of the length of the sum of all unit vectors."""
    total = np.zeros(vectors.shape[1])
    n = 0
    for article in ranked:
        if article < len(norms) and norms[article] > 0:
            for d in range(len(total)):
                total[d] += vectors[article, d] / norms[article]
            n += 1
    if n < 2:
        return np.nan
    squared = 0.0
    for d in range(len(total)):
        squared += total[d] * total[d]
    return 1.0 - (squared - n) / (n * (n - 1))


class ListStatistics:
    """Counts what is folded, and looks at each list with it.

    Attributes, n = articles of the log:
        known: articles that were clicked or published before the last list.
    """

    def __init__(self, clicks: ReplayLog, order: LongArray) -> None:
        """`order` (int64 (n,)): the log's entries as they are folded."""
        records = clicks.records
        self._article: IntArray = np.ascontiguousarray(records["article"][order])
        is_click = np.zeros(len(records), bool)
        is_click[clicks.places] = True
        self._click: BoolArray = is_click[order]
        # As it was: a schedule may let the state see late clicks as early ones, which would make articles older.
        self._time: LongArray = records["time"][order]
        self.size = 1 + int(self._article.max(initial=-1))
        self._clicks: LongArray = np.zeros(self.size, np.int64)
        self._born: LongArray = np.full(self.size, NEVER)
        self._counted = self._total = 0
        self._texts = bool(clicks.understandings)
        self._published = np.zeros(0, np.int64)

    def count_to(self, stop: int, state: State) -> None:
        """Count what `state` has folded: the first `stop` entries."""
        self._total += _count(
            self._counted, stop, self._article, self._click, self._time, self._clicks, self._born
        )
        self._counted = stop
        self._published = state.catalogue.published[: state.catalogue.size]

    @property
    def known(self) -> int:
        """Articles that were clicked, or published with a date, in what was counted."""
        dated = np.zeros(self.size, bool)
        dated[: len(self._published)] = self._published[: self.size] >= 0
        return int(((self._clicks > 0) | dated).sum())

    def look(self, ranked: IntArray, state: State, recommended: LongArray) -> tuple[float, float, float]:
        """Novelty, youth and diversity of a list, int32 (m,); each article in it is counted in `recommended` (int64
        (n,)).

        Novelty is the mean self-information -log2 p, p an article's share of all clicks so far (Zhou et al.,
        PNAS 107(10), 2010); one that nobody opened yet counts as opened once. Youth is the share of articles
        published, or else first opened, less than a day before the state's clock. Diversity is 1 less the mean
        cosine of the texts of all pairs, NaN where fewer than two have texts (intra-list similarity: Ziegler et
        al., WWW 2005). An empty list is NaN.
        """
        ranked = ranked[(ranked >= 0) & (ranked < self.size)]
        if not len(ranked):
            return np.nan, np.nan, np.nan
        novelty, youth = _novelty_and_youth(
            ranked, self._clicks, self._total, self._born, self._published, state.clock, recommended
        )
        content = state.content
        diversity = _diversity(ranked, content.vectors, content.norms) if self._texts else np.nan
        return novelty, youth, diversity


def gini(counts: LongArray) -> float:
    """How unequal counts (int64 (n,)) are: 0, all the same, to almost 1, one has all. NaN for none.

    G = Σ_i (2i - n - 1) x_i / (n Σ x), the x_i rising (Gini's mean difference as in Damgaard and Weiner, Ecology 2000).

    >>> gini(np.array([3, 3, 3]))
    0.0
    >>> gini(np.array([0, 0, 0, 8]))
    0.75
    """
    total, n = counts.sum(), len(counts)
    if total == 0:
        return float("nan")
    rising = np.sort(counts)
    weights = 2 * np.arange(1, n + 1) - n - 1
    return float((weights * rising).sum()) / float(n * total)
