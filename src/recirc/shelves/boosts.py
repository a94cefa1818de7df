"""Boosts: articles that editors place higher than the evidence alone does."""

from recirc.types import FloatArray, IntArray


def boosted(scores: FloatArray, articles: IntArray, lift: FloatArray | None) -> FloatArray:
    """Scores, float64 (n,), with boosts: score + lift · σ, with σ the standard deviation of the scores, 1 where they
    are all equal. So a boost means the same whatever makes the scores.

    Args:
        articles: int32 (n,).
        lift: float64 (n_articles,), in standard deviations; None: there are no boosts.

    >>> import numpy as np
    >>> boosted(np.array([1.0, 3.0]), np.array([0, 1], np.int32), np.array([2.5, 0.0])).tolist()
    [3.5, 3.0]
    """
    if lift is None or not len(scores):
        return scores
    found: FloatArray = scores + lift[articles] * (scores.std() or 1.0)
    return found
