"""Thompson sampling with the probability of each outcome known: the probability of each arm to be the best."""

import numpy as np

from recirc.types import FloatArray

LOWEST, HIGHEST, CELLS = -14.0, 5.0, 400
"""The grid of log odds on which click rates are integrated: from one in a million to 99 in a hundred."""

_LOG_ODDS = np.linspace(LOWEST, HIGHEST, CELLS)
_LOG1P_EXP = np.log1p(np.exp(_LOG_ODDS))


def best_arm_probabilities(alpha: FloatArray, beta: FloatArray) -> FloatArray:
    """The probability of each of m arms, with click rates θᵢ ~ Beta(αᵢ, βᵢ), to be the best; float64 (m,), sum 1.

    Thompson (Biometrika 1933) plays each arm as often as it is the best, which is the same as drawing every θᵢ and
    taking the largest. The probabilities are

        pᵢ = P(θᵢ > θⱼ for all j ≠ i) = ∫ fᵢ(θ) ∏_{j≠i} Fⱼ(θ) dθ

    with fᵢ the density and Fᵢ the distribution function. The integral is a sum over a grid of the log odds
    t = log(θ / (1 − θ)), on which fᵢ(t) ∝ exp(αᵢ t − (αᵢ + βᵢ) log(1 + eᵗ)) has no poles. An arm drawn from these
    probabilities has a propensity that is known to the last bit; draws of θ would only estimate it.

    Two arms without data, one that did well, and one that did badly:

    >>> best_arm_probabilities(np.array([2.0, 2.0, 8.0, 2.0]), np.array([40.0, 40.0, 80.0, 120.0])).round(2).tolist()
    [0.13, 0.13, 0.73, 0.0]

    Args:
        alpha, beta: float64 (m,), above 0; m ≥ 1.
    """
    log = alpha[:, None] * _LOG_ODDS - (alpha + beta)[:, None] * _LOG1P_EXP
    density = np.exp(log - log.max(axis=1, keepdims=True))
    density /= density.sum(axis=1, keepdims=True)
    # Minus half a cell: two arms in the same cell are each the better one half of the time.
    below = np.log(np.maximum(np.cumsum(density, axis=1) - density / 2, 1e-300))
    best: FloatArray = (density * np.exp(below.sum(axis=0) - below)).sum(axis=1)
    best /= best.sum()
    return best
