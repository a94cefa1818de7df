"""Training: lists of candidates with what was opened of them, collected from replay, and a LambdaRank model of them.

Burges: "From RankNet to LambdaRank to LambdaMART: An Overview", MSR-TR-2010-82; Ke et al.: "LightGBM", NeurIPS 2017.
"""

from typing import Any, NamedTuple

import numpy as np

from recirc.rank.features import Features
from recirc.rank.forest import Forest, forest_of, scores
from recirc.settings import TrainingSettings
from recirc.types import FloatArray, IntArray, LongArray

HELD_CUT = 20


class TrainingLists(NamedTuple):
    """Lists to learn from.

    Attributes, q = lists, n = candidates of all lists:
        features: float32 (n, F).
        target: int32 (q,): which of its candidates was opened.
        sizes: int32 (q,): candidates of each list.
        weight: float32 (q,).
        time: int64 (q,), ms: when the target was opened.
    """

    features: Features
    target: IntArray
    sizes: IntArray
    weight: FloatArray
    time: LongArray


class ListCollector:
    """Keeps the newest lists, up to a number of them, each with its first candidates."""

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
        """Take in a list, if what was opened is among the candidates that are kept; tells whether it is.

        The formula's best are kept, all of them: among candidates drawn at random from the rest a model would learn
        that a place far down is a good sign.

        Args:
            features: float32 (n, F), of all candidates.
            score: float64 (n,), of the formula.
            target: place of what was opened.
            time: ms.
        """
        most = self.training.candidates
        kept = np.arange(len(score))
        if len(score) > most:
            kept = np.sort(np.argsort(-score, kind="stable")[:most])
        place = np.flatnonzero(kept == target)
        if not len(place):
            return False
        if 4 * len(self._target) > 5 * self.training.max_queries:
            self._drop(len(self._target) - self.training.max_queries)
        end = self._used + len(kept)
        self._make_room(end)
        self._features[self._used : end] = features[kept]
        self._used = end
        self._sizes.append(len(kept))
        self._target.append(int(place[0]))
        self._time.append(time)
        self._weight.append(weight)
        return True

    def _make_room(self, rows: int) -> None:
        """Half as much again when it is full; not filled, so that memory is taken only for what is there."""
        if rows > len(self._features):
            larger = np.empty((max(rows, 3 * len(self._features) // 2), self._features.shape[1]), np.float32)
            larger[: self._used] = self._features[: self._used]
            self._features = larger

    def _drop(self, oldest: int) -> None:
        rows = sum(self._sizes[:oldest])
        rest = self._used - rows
        # In steps no longer than what is dropped, so that nothing is written over before it has moved.
        for start in range(0, rest, max(rows, 1)):
            stop = min(start + rows, rest)
            self._features[start:stop] = self._features[start + rows : stop + rows]
        self._used = rest
        for kept in (self._sizes, self._target, self._time, self._weight):
            del kept[:oldest]

    def forget(self, before: int) -> None:
        """Drop the lists older than `before` (ms), and the oldest of those that are too many."""
        oldest = max(int(np.searchsorted(self._time, before)), len(self) - self.training.max_queries)
        if oldest > 0:
            self._drop(oldest)

    def samples(self, start: int = 0, stop: int | None = None) -> TrainingLists:
        """The lists from place `start` to `stop` (not included), in the order in which they came.

        The features are not copied: they hold until the next list is added or dropped.
        """
        first = sum(self._sizes[:start])
        sizes = np.array(self._sizes[start:stop], np.int32)
        return TrainingLists(
            self._features[first : first + int(sizes.sum())],
            np.array(self._target[start:stop], np.int32),
            sizes,
            np.array(self._weight[start:stop], np.float32),
            np.array(self._time[start:stop], np.int64),
        )


def train(samples: TrainingLists, training: TrainingSettings, threads: int) -> Forest:
    """A model of the lists; the same lists and settings give the same model, whatever the number of threads.

    Raises:
        ValueError: there are no lists.
    """
    import lightgbm  # takes a while to import, and only those who train need it

    if not len(samples.sizes):
        raise ValueError("there is nothing to learn from: no list of candidates")
    first = np.r_[0, np.cumsum(samples.sizes)[:-1]]
    label = np.zeros(len(samples.features), np.int8)
    label[first + samples.target] = 1
    data = lightgbm.Dataset(
        samples.features,
        label=label,
        group=samples.sizes,
        weight=np.repeat(samples.weight, samples.sizes) if (samples.weight != 1).any() else None,
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
    return forest_of(lightgbm.train(parameters, data, num_boost_round=training.trees).dump_model())


def places(forest: Forest, samples: TrainingLists) -> IntArray:
    """Where the model puts what was opened, int32 (q,), from 1; of equals, the worst place."""
    return places_by(scores(forest, samples.features), samples)


def places_by(score: FloatArray, samples: TrainingLists) -> IntArray:
    """The same by any score, float64 (n,)."""
    first = np.r_[0, np.cumsum(samples.sizes)[:-1]]
    opened = np.repeat(score[first + samples.target], samples.sizes)
    return np.add.reduceat((score >= opened).astype(np.int32), first).astype(np.int32)


def ndcg(place: IntArray, cut: int = HELD_CUT) -> float:
    """Mean of 1 / log2(place + 1) within the cut, else 0."""
    return float(np.where(place <= cut, 1 / np.log2(place + 1.0), 0.0).mean())
