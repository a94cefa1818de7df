"""How good a ranking was: hit rate, NDCG and MRR at a cut, averaged within windows, then over them."""

from typing import NamedTuple

import numpy as np

from recirc.types import FloatArray, IntArray

CUTS = (10, 20)


class ReplayError(ValueError):
    """The log or what was asked for cannot be judged; the text says why and what to do."""


class WindowMetric(NamedTuple):
    """A metric over windows: their mean, and half the width of its 95% confidence interval (normal, over
    windows); None for what is a figure of the whole run.
    """

    mean: float
    margin: float | None


def metrics(ranks: IntArray, window: IntArray) -> dict[str, WindowMetric]:
    """HR, NDCG and MRR at each cut.

    Args:
        ranks: int32 (q,): place of the target, the first is 1; 0: not in the list.
        window: int32 (q,): which window each query is averaged in.

    Raises:
        ReplayError: there are no queries.

    With one relevant article, NDCG@k = 1 / log2(rank + 1) within k, else 0; MRR@k = 1 / rank within k, else
    0.

    >>> import numpy as np
    >>> found = metrics(np.array([1, 3, 0, 15]), np.array([0, 0, 1, 1]))
    >>> [round(found[name].mean, 3) for name in ("hr@10", "hr@20", "ndcg@20", "mrr@10")]
    [0.5, 0.75, 0.438, 0.333]
    """
    if not len(ranks):
        raise ReplayError("no query was asked: the log has no visit to two articles after its first hour")
    rank = np.maximum(ranks, 1)
    found: dict[str, WindowMetric] = {}
    for cut in CUTS:
        hit = (ranks > 0) & (ranks <= cut)
        for name, gain in (("hr", np.ones(len(rank))), ("ndcg", 1 / np.log2(rank + 1)), ("mrr", 1 / rank)):
            found[f"{name}@{cut}"] = mean_over_windows(np.where(hit, gain, 0.0), window)
    return found


def mean_over_windows(gain: FloatArray, window: IntArray) -> WindowMetric:
    """The mean of float64 (q,) within each window, int32 (q,), and of these over the windows, with equal weight."""
    _, place, counts = np.unique(window, return_inverse=True, return_counts=True)
    means = np.bincount(place, gain) / counts
    spread = float(means.std(ddof=1)) if len(means) > 1 else 0.0
    return WindowMetric(float(means.mean()), 1.96 * spread / len(means) ** 0.5)


def by_window(ranks: IntArray, window: IntArray, cut: int = 20) -> tuple[IntArray, FloatArray]:
    """The windows, int32 (w,), and the hit rate in each, float64 (w,)."""
    windows, place, counts = np.unique(window, return_inverse=True, return_counts=True)
    hit = ((ranks > 0) & (ranks <= cut)).astype(float)
    return windows, np.bincount(place, hit) / counts
