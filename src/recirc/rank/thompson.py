"""Thompson sampling, with the probability of each outcome known: the chance of each arm to be the best."""

import numpy as np

from recirc.types import FloatArray

LOWEST, HIGHEST, CELLS = -14.0, 5.0, 400
"""Click rates are told apart on so many points of their log odds: from one in a million to 99 in a hundred."""

_ODDS = np.linspace(LOWEST, HIGHEST, CELLS)
_AGAINST = np.log1p(np.exp(_ODDS))


def chances(alpha: FloatArray, beta: FloatArray) -> FloatArray:
    """The probability of each of m arms, with click rates θᵢ ~ Beta(αᵢ, βᵢ), to be the best; float64 (m,), sum 1.

    Thompson (Biometrika 1933) plays each arm as often as it is the best: that is what drawing every θᵢ and
    taking the largest comes to. The probabilities themselves are

        pᵢ = P(θᵢ > θⱼ for all j ≠ i) = ∫ fᵢ(θ) ∏_{j≠i} Fⱼ(θ) dθ

    with fᵢ the density and Fᵢ the distribution function. The integral is a sum over a grid of the log odds
    t = log(θ / (1 − θ)), on which fᵢ(t) ∝ exp(αᵢ t − (αᵢ + βᵢ) log(1 + eᵗ)) has no poles. Who draws from these
    probabilities knows to the last bit with which one each arm was drawn; draws of θ would only estimate it.

    Two arms of which nothing is known, one that did well, and one that did badly:

    >>> chances(np.array([2.0, 2.0, 8.0, 2.0]), np.array([40.0, 40.0, 80.0, 120.0])).round(2).tolist()
    [0.13, 0.13, 0.73, 0.0]

    Args:
        alpha, beta: float64 (m,), above 0; m ≥ 1.
    """
    log = alpha[:, None] * _ODDS - (alpha + beta)[:, None] * _AGAINST
    density = np.exp(log - log.max(axis=1, keepdims=True))
    density /= density.sum(axis=1, keepdims=True)
    # Half a cell back: of two arms in the same cell each is the better one half of the time.
    below = np.log(np.maximum(np.cumsum(density, axis=1) - density / 2, 1e-300))
    best: FloatArray = (density * np.exp(below.sum(axis=0) - below)).sum(axis=1)
    best /= best.sum()
    return best
