"""Peers that recommend articles opened in the same sessions: item-item models of the `implicit` package."""

import importlib.util
import warnings
from typing import Any, ClassVar

import numpy as np
from typing_extensions import override

from peers.visit_index import VisitIndex
from recirc.compiled import compiled
from recirc.rank.visit import Visit
from recirc.replay.metrics import ReplayError
from recirc.replay.policies.policy import Policy, best, best_among, scores_among
from recirc.replay.replay_log import HOUR
from recirc.settings import Settings
from recirc.state.state import State
from recirc.types import FloatArray, IntArray, LongArray, RecordArray

HOURS = 24
"""Hours of sessions in the model, so that it forgets the past."""

KEPT = 100
"""Number of similar articles kept for each article."""


@compiled
def _add_rows(
    rows: LongArray,
    starts: IntArray,
    columns: IntArray,
    values: FloatArray,
    score: FloatArray,
    found: IntArray,
) -> int:
    """Add up rows of a sparse matrix in `score` (zero before), with the columns in `found`. Returns their number."""
    n = 0
    for row in rows:
        for i in range(starts[row], starts[row + 1]):
            if values[i] > 0:
                if score[columns[i]] == 0:
                    found[n] = columns[i]
                    n += 1
                score[columns[i]] += values[i]
    return n


class ItemItem(Policy):
    """The articles most similar to those of the visit, by the sum of similarities, as `implicit` does.

    The model is fitted at the end of each window, on the sessions-by-articles matrix of the last HOURS.
    """

    model: ClassVar[str]

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        if importlib.util.find_spec("implicit") is None:
            raise ReplayError(f"policy {self.name!r} needs implicit: pip install 'implicit>=0.7'")
        self._index = VisitIndex(round(settings.learning.visit_gap * 1000))
        self._items: LongArray = np.zeros(0, np.int64)
        self._similar: Any = None
        self._score: FloatArray = np.zeros(0)

    @override
    def fold(self, records: RecordArray) -> None:
        self._index.fold(records)

    @override
    def end_window(self, window: int) -> None:
        import scipy.sparse
        from implicit import nearest_neighbours

        index = self._index
        arrays, entries = index.arrays, index.entries
        if not entries:
            return
        time = arrays.time[:entries]
        recent = np.flatnonzero(time > time.max() - HOURS * HOUR)
        self._items, columns = np.unique(arrays.article[recent], return_inverse=True)
        _, rows = np.unique(arrays.session[recent], return_inverse=True)
        matrix = scipy.sparse.csr_matrix((np.ones(len(recent), np.float32), (rows, columns)))
        model = getattr(nearest_neighbours, self.model)(K=KEPT, num_threads=1)
        with warnings.catch_warnings():
            # It warns about the form that it converts the matrix to itself.
            warnings.simplefilter("ignore")
            model.fit(matrix, show_progress=False)
        self._similar = model.similarity
        self._score = np.zeros(len(self._items))

    @override
    def rank(self, state: State, visit: Visit, slots: int, among: IntArray | None = None) -> IntArray:
        articles, scores = self.scored(visit.history)
        self.pool = articles
        if among is not None:
            return best_among(among, scores_among(among, articles, scores), slots)
        return best(articles, scores, slots)

    def scored(self, history: IntArray) -> tuple[IntArray, FloatArray]:
        """Articles similar to some of `history`, without the history, int32 (n,), and their scores, float64 (n,)."""
        if self._similar is None:
            return np.zeros(0, np.int32), np.zeros(0)
        at = np.minimum(np.searchsorted(self._items, history), len(self._items) - 1)
        rows = at[self._items[at] == history]
        found = np.empty(KEPT * len(history) + 1, np.int32)
        n = _add_rows(
            rows, self._similar.indptr, self._similar.indices, self._similar.data, self._score, found
        )
        places = found[:n].copy()
        scores = self._score[places]
        self._score[places] = 0
        fresh = ~np.isin(places, rows)
        return self._items[places[fresh]].astype(np.int32), scores[fresh]


class ItemCosine(ItemItem):
    """Cosine of two articles' columns."""

    name = "item-cosine"
    model = "CosineRecommender"


class ItemBM25(ItemItem):
    """The same with the matrix weighted by BM25, at the package's own K1 and B."""

    name = "item-bm25"
    model = "BM25Recommender"
