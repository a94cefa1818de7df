"""Figures beyond accuracy: how new, how well known and how similar the articles are that a policy recommends."""

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
    first_opened: LongArray,
) -> int:
    """Count the clicks of entries `start` to `stop` by article; returns their number."""
    total = 0
    for i in range(start, stop):
        if click[i]:
            clicks[article[i]] += 1
            first_opened[article[i]] = min(first_opened[article[i]], time[i])
            total += 1
    return total


@compiled
def _novelty_and_youth(
    ranking: IntArray,
    clicks: LongArray,
    total: int,
    first_opened: LongArray,
    published: LongArray,
    now: int,
    recommended: LongArray,
) -> tuple[float, float]:
    surprise, young = 0.0, 0
    for article in ranking:
        recommended[article] += 1
        surprise -= np.log2(max(clicks[article], 1) / max(total, 1))
        dated = article < len(published) and published[article] >= 0
        birth = published[article] if dated else first_opened[article]
        young += birth != NEVER and now - birth < DAY
    return surprise / len(ranking), young / len(ranking)


@compiled
def _diversity(ranking: IntArray, vectors: NDArray[np.int8], norms: NDArray[np.float32]) -> float:
    """1 minus the mean cosine of all pairs, computed from the length of the sum of all unit vectors."""
    total = np.zeros(vectors.shape[1])
    n = 0
    for article in ranking:
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


class BeyondAccuracy:
    """Counts what is folded, and measures rankings against these counts.

    Attributes:
        size: number of articles of the log.
    """

    def __init__(self, log: ReplayLog, order: LongArray) -> None:
        """`order` (int64 (n,)): the log's entries in the order of folding."""
        records = log.records
        self._article: IntArray = np.ascontiguousarray(records["article"][order])
        is_click = np.zeros(len(records), bool)
        is_click[log.clicks] = True
        self._click: BoolArray = is_click[order]
        # The true times: a schedule may let the state see late clicks as early ones, which would make articles older.
        self._time: LongArray = records["time"][order]
        self.size = 1 + int(self._article.max(initial=-1))
        self._clicks: LongArray = np.zeros(self.size, np.int64)
        self._first_opened: LongArray = np.full(self.size, NEVER)
        self._counted = self._total = 0
        self._texts = bool(log.article_features)
        self._published = np.zeros(0, np.int64)

    def advance_to(self, stop: int, state: State) -> None:
        """Count up to entry `stop`, which is what `state` has folded."""
        self._total += _count(
            self._counted, stop, self._article, self._click, self._time, self._clicks, self._first_opened
        )
        self._counted = stop
        self._published = state.catalogue.published[: state.catalogue.size]

    @property
    def known(self) -> int:
        """Number of articles that were clicked, or published with a date, so far."""
        dated = np.zeros(self.size, bool)
        dated[: len(self._published)] = self._published[: self.size] >= 0
        return int(((self._clicks > 0) | dated).sum())

    def measure(self, ranking: IntArray, state: State, recommended: LongArray) -> tuple[float, float, float]:
        """Novelty, youth and diversity of a ranking, int32 (m,); counts its articles in `recommended`, int64 (n,).

        Novelty is the mean self-information -log2 p, p an article's share of all clicks so far (Zhou et al., PNAS
        107(10), 2010); an article without clicks counts as clicked once. Youth is the share of articles published, or
        else first opened, less than a day before the state's clock. Diversity is 1 minus the mean cosine of the texts
        of all pairs, NaN if fewer than two have texts (intra-list similarity: Ziegler et al., WWW 2005). All three are
        NaN for an empty ranking.
        """
        ranking = ranking[(ranking >= 0) & (ranking < self.size)]
        if not len(ranking):
            return np.nan, np.nan, np.nan
        novelty, youth = _novelty_and_youth(
            ranking, self._clicks, self._total, self._first_opened, self._published, state.clock, recommended
        )
        content = state.content
        diversity = _diversity(ranking, content.vectors, content.norms) if self._texts else np.nan
        return novelty, youth, diversity


def gini(counts: LongArray) -> float:
    """The Gini coefficient of counts (int64 (n,)): 0 if all are equal, almost 1 if one has all. NaN if all are 0.

    G = Σ_i (2i - n - 1) x_i / (n Σ x), the x_i ascending (Damgaard and Weiner, Ecology 81(4), 2000).

    >>> gini(np.array([3, 3, 3]))
    0.0
    >>> gini(np.array([0, 0, 0, 8]))
    0.75
    """
    total, n = counts.sum(), len(counts)
    if total == 0:
        return float("nan")
    ascending = np.sort(counts)
    weights = 2 * np.arange(1, n + 1) - n - 1
    return float((weights * ascending).sum()) / float(n * total)
