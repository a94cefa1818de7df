"""The rank-aware Jensen-Shannon divergence of RADio (Vrijenhoek et al., RecSys 2022), see `replay.normative`."""

from typing import Final

import numpy as np

from recirc.types import FloatArray, LongArray

ALPHA: Final = 0.001
"""How much of the other distribution is mixed into each, as in RADio."""


def rank_weights(n: int) -> FloatArray:
    """Weights of the ranks 1 to n, float64 (n,), whose sum is 1.

    >>> rank_weights(3).round(3).tolist()
    [0.469, 0.296, 0.235]
    """
    weights: FloatArray = 1 / np.log2(np.arange(n) + 2.0)
    return weights / weights.sum() if n else weights


def divergence(one: LongArray, weights: FloatArray, other: LongArray, others: FloatArray) -> float:
    """The Jensen-Shannon divergence of two distributions over keys, in bits; NaN where one has no key.

    Args:
        one, other: int64 (n,), (m,): keys, 0: none, which are left out; equal ones are added.
        weights, others: float64 (n,), (m,).

    >>> alike = divergence(np.array([1, 2]), np.ones(2), np.array([2, 1]), np.ones(2))
    >>> apart = divergence(np.array([1]), np.ones(1), np.array([2]), np.ones(1))
    >>> alike, round(apart, 2)
    (0.0, 0.99)
    """
    weights, others = weights * (one != 0), others * (other != 0)
    if weights.sum() <= 0 or others.sum() <= 0:
        return float("nan")
    keys, place = np.unique(np.concatenate((one, other)), return_inverse=True)
    n = len(one)
    p = np.bincount(place[:n], weights, len(keys)) / weights.sum()
    q = np.bincount(place[n:], others, len(keys)) / others.sum()
    p, q = (1 - ALPHA) * p + ALPHA * q, (1 - ALPHA) * q + ALPHA * p
    mean = (p + q) / 2
    return max(float((_information(p, mean) + _information(q, mean)) / 2), 0.0)


def _information(p: FloatArray, mean: FloatArray) -> float:
    there = p > 0
    return float((p[there] * np.log2(p[there] / mean[there])).sum())
