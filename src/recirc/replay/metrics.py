"""Accuracy of rankings: hit rate, NDCG and MRR at a cutoff, averaged within windows, then over windows."""

from typing import NamedTuple

import numpy as np

from recirc.errors import UserError
from recirc.types import FloatArray, IntArray

CUTOFFS = (10, 20)


class ReplayError(UserError, ValueError):
    """A log or an option that cannot be used; the text says why and what to do."""


class WindowMetric(NamedTuple):
    """A metric over windows.

    Attributes:
        mean: over windows.
        margin: half the width of its 95% confidence interval (normal, over windows); None: a figure of the whole run.
    """

    mean: float
    margin: float | None


def metrics(ranks: IntArray, window: IntArray) -> dict[str, WindowMetric]:
    """HR, NDCG and MRR at each of CUTOFFS.

    With one relevant article, HR@k = 1, NDCG@k = 1 / log2(rank + 1) (Järvelin and Kekäläinen, ACM TOIS 20(4), 2002) and
    MRR@k = 1 / rank (Voorhees, TREC-8, 1999) if rank ≤ k; else all are 0.

    Args:
        ranks: int32 (q,): rank of the target, from 1; 0: not in the ranking.
        window: int32 (q,): the window in which each query is averaged.

    Raises:
        ReplayError: there are no queries.

    >>> import numpy as np
    >>> found = metrics(np.array([1, 3, 0, 15]), np.array([0, 0, 1, 1]))
    >>> [round(found[name].mean, 3) for name in ("hr@10", "hr@20", "ndcg@20", "mrr@10")]
    [0.5, 0.75, 0.438, 0.333]
    """
    if not len(ranks):
        raise ReplayError("there are no queries: the log has no visit to two articles after its first hour")
    rank = np.maximum(ranks, 1)
    found: dict[str, WindowMetric] = {}
    for k in CUTOFFS:
        hit = (ranks > 0) & (ranks <= k)
        for name, gain in (("hr", np.ones(len(rank))), ("ndcg", 1 / np.log2(rank + 1)), ("mrr", 1 / rank)):
            found[f"{name}@{k}"] = mean_over_windows(np.where(hit, gain, 0.0), window)
    return found


def mean_over_windows(gain: FloatArray, window: IntArray) -> WindowMetric:
    """The mean of a gain, float64 (q,), within each window, int32 (q,), and over the windows with equal weight.

    >>> mean_over_windows(np.array([1.0, 0.0, 0.5]), np.array([0, 0, 1])).mean
    0.5
    """
    _, place, counts = np.unique(window, return_inverse=True, return_counts=True)
    means = np.bincount(place, gain) / counts
    spread = float(means.std(ddof=1)) if len(means) > 1 else 0.0
    return WindowMetric(float(means.mean()), 1.96 * spread / len(means) ** 0.5)


def hit_rate_by_window(ranks: IntArray, window: IntArray, k: int = 20) -> tuple[IntArray, FloatArray]:
    """The windows, int32 (w,), and the hit rate at k in each, float64 (w,)."""
    windows, place, counts = np.unique(window, return_inverse=True, return_counts=True)
    hit = ((ranks > 0) & (ranks <= k)).astype(float)
    return windows, np.bincount(place, hit) / counts
