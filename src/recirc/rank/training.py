"""Training: queries with their candidates, of which one was opened, and a LambdaRank model of them.

Burges: "From RankNet to LambdaRank to LambdaMART: An Overview", MSR-TR-2010-82; Ke et al.: "LightGBM", NeurIPS 2017.
"""

from typing import Any, NamedTuple

import numpy as np

from recirc.rank.features import Features
from recirc.rank.forest import Forest, forest_from_lightgbm
from recirc.settings import TrainingSettings
from recirc.types import FloatArray, IntArray, LongArray

NDCG_CUTOFF = 20


class TrainingQueries(NamedTuple):
    """Queries, each with candidates, of which exactly one is the target.

    Attributes, q = queries, n = candidates of all queries, one query after another:
        features: float32 (n, F).
        target: int32 (q,): position of the target among the query's candidates.
        sizes: int32 (q,): number of candidates of each query.
        weight: float32 (q,).
        time: int64 (q,), ms: when the target was opened.
    """

    features: Features
    target: IntArray
    sizes: IntArray
    weight: FloatArray
    time: LongArray


class QuerySample(NamedTuple):
    """One query: the features of the candidates that are kept, float32 (n, F), the target's position, ms, weight."""

    features: Features
    target: int
    time: int
    weight: float


class QueryCollector:
    """Keeps the newest queries, up to `training.max_queries` of them, each with its best candidates."""

    def __init__(self, training: TrainingSettings, features: int) -> None:
        self.training = training
        self._features: Features = np.zeros((1024, features), np.float32)
        self._used = 0
        self._sizes: list[int] = []
        self._target: list[int] = []
        self._time: list[int] = []
        self._weight: list[float] = []

    def __len__(self) -> int:
        return len(self._target)

    def add(self, features: Features, score: FloatArray, target: int, time: int, weight: float = 1.0) -> bool:
        """Add a query if its target is among the candidates that are kept; returns whether it is. As `sample_of`."""
        sample = self.sample_of(features, score, target, time, weight)
        if sample is not None:
            self.append(sample)
        return sample is not None

    def sample_of(
        self, features: Features, score: FloatArray, target: int, time: int, weight: float = 1.0
    ) -> QuerySample | None:
        """What is kept of a query; None: its target is not among the candidates that are kept.

        The `training.candidates` best by the formula are kept. From candidates drawn at random among the rest a model
        would learn that a low rank by the formula is a good sign.

        Args:
            features: float32 (n, F), of all candidates.
            score: float64 (n,), of the formula.
            target: position of the target.
            time: ms.
        """
        limit = self.training.candidates
        kept = np.arange(len(score))
        if len(score) > limit:
            kept = np.sort(np.argsort(-score, kind="stable")[:limit])
        position = np.flatnonzero(kept == target)
        return QuerySample(features[kept], int(position[0]), time, weight) if len(position) else None

    def append(self, sample: QuerySample) -> None:
        """Add what is kept of a query."""
        # A fifth more than the limit before the oldest are dropped, because dropping moves all the rest.
        if 4 * len(self._target) > 5 * self.training.max_queries:
            self._drop(len(self._target) - self.training.max_queries)
        end = self._used + len(sample.features)
        self._make_room(end)
        self._features[self._used : end] = sample.features
        self._used = end
        self._sizes.append(len(sample.features))
        self._target.append(sample.target)
        self._time.append(sample.time)
        self._weight.append(sample.weight)

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_features": self._features[: self._used]}

    def _make_room(self, rows: int) -> None:
        """Grow by half when full. The new part is not filled, so that the system gives memory only for what is used."""
        if rows > len(self._features):
            larger = np.empty((max(rows, 3 * len(self._features) // 2), self._features.shape[1]), np.float32)
            larger[: self._used] = self._features[: self._used]
            self._features = larger

    def _drop(self, oldest: int) -> None:
        rows = sum(self._sizes[:oldest])
        rest = self._used - rows
        # In steps no longer than what is dropped, so that nothing is overwritten before it has moved.
        for start in range(0, rest, max(rows, 1)):
            stop = min(start + rows, rest)
            self._features[start:stop] = self._features[start + rows : stop + rows]
        self._used = rest
        for column in (self._sizes, self._target, self._time, self._weight):
            del column[:oldest]

    def drop_before(self, time: int) -> None:
        """Drop the queries older than `time` (ms), and the oldest of those beyond `training.max_queries`."""
        oldest = max(int(np.searchsorted(self._time, time)), len(self) - self.training.max_queries)
        if oldest > 0:
            self._drop(oldest)

    def queries(self, start: int = 0, stop: int | None = None) -> TrainingQueries:
        """The queries from position `start` to `stop` (excluded), in the order in which they were added.

        The features are not copied: they are valid until the next query is added or dropped.
        """
        first = sum(self._sizes[:start])
        sizes = np.array(self._sizes[start:stop], np.int32)
        return TrainingQueries(
            self._features[first : first + int(sizes.sum())],
            np.array(self._target[start:stop], np.int32),
            sizes,
            np.array(self._weight[start:stop], np.float32),
            np.array(self._time[start:stop], np.int64),
        )


def train(queries: TrainingQueries, training: TrainingSettings, threads: int) -> Forest:
    """Train a model; the same queries and settings give the same model, whatever the number of threads.

    Raises:
        ValueError: there are no queries.
    """
    import lightgbm  # slow to import, and only training needs it

    if not len(queries.sizes):
        raise ValueError("there are no queries to learn from")
    label = np.zeros(len(queries.features), np.int8)
    label[_first_candidates(queries) + queries.target] = 1
    data = lightgbm.Dataset(
        queries.features,
        label=label,
        group=queries.sizes,
        weight=np.repeat(queries.weight, queries.sizes) if (queries.weight != 1).any() else None,
        params={
            "max_bin": 63,
            "verbose": -1,
            "bin_construct_sample_cnt": 100_000,
            "data_random_seed": training.seed,
        },
    )
    parameters: dict[str, Any] = {
        "objective": "lambdarank",
        "lambdarank_truncation_level": training.lambdarank_truncation,
        "learning_rate": training.learning_rate,
        "num_leaves": training.leaves,
        "min_data_in_leaf": training.min_data_in_leaf,
        "feature_fraction": training.feature_share,
        "lambda_l2": 1.0,
        "max_bin": 63,
        "num_threads": threads,
        "seed": training.seed,
        "deterministic": True,
        "force_row_wise": True,
        "verbose": -1,
    }
    return forest_from_lightgbm(lightgbm.train(parameters, data, num_boost_round=training.trees).dump_model())


def target_ranks(score: FloatArray, queries: TrainingQueries) -> IntArray:
    """The rank of each query's target by a score, float64 (n,); int32 (q,), from 1; among equals the worst rank.

    >>> two = TrainingQueries(np.zeros((5, 1)), np.array([0, 1]), np.array([2, 3]), np.ones(2), np.zeros(2))
    >>> target_ranks(np.array([0.9, 0.1, 0.5, 0.2, 0.2]), two).tolist()
    [1, 3]
    """
    first = _first_candidates(queries)
    target_score = np.repeat(score[first + queries.target], queries.sizes)
    return np.add.reduceat((score >= target_score).astype(np.int32), first).astype(np.int32)


def _first_candidates(queries: TrainingQueries) -> LongArray:
    """Row of the first candidate of each query, int64 (q,)."""
    return np.cumsum(queries.sizes, dtype=np.int64) - queries.sizes


def ndcg(rank: IntArray, cutoff: int = NDCG_CUTOFF) -> float:
    """NDCG (Järvelin and Kekäläinen, ACM TOIS 2002) with one relevant candidate per query, averaged over queries.

    NDCG@k = 1 / log2(rank + 1) if rank ≤ k, else 0.

    >>> [ndcg(np.array([1, 3]), cutoff) for cutoff in (20, 3, 2)]
    [0.75, 0.75, 0.5]
    """
    return float(np.where(rank <= cutoff, 1 / np.log2(rank + 1.0), 0.0).mean())
