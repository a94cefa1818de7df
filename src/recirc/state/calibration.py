"""How alike two texts must be to be called related, learned for each language from the archive itself."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from recirc.compiled import compiled, compiled_in_place
from recirc.types import IntArray, LongArray

Similarities = NDArray[np.float32]

BINS: Final = 64
BIN: Final = 1 / 32
"""Closeness is tallied in bins of this width, from 0 to 2."""
TALLIED: Final = 10
"""Number of an article's neighbours that are tallied when it is published: those closest to it."""
SCALE: Final = 1024
PAIRS, SUM, SQUARES, LABELLED, SAME = range(5)
"""Columns of the pairs: their number, Σ likeness · SCALE, Σ of its square, those with two sections, with the same."""

ENOUGH: Final = 200
"""Number of tallied pairs from which the tallies decide."""
UNRELATED_PAIRS: Final = 2_000
"""Weight of the usual mean and deviation of unrelated pairs against those of the archive, in pairs."""
USUAL: Final = (0.16, 0.07)
"""Mean and deviation of the likeness of unrelated pairs while an archive is small."""
DEVIATIONS: Final = 3.0
"""Where sections do not tell: how far above unrelated pairs two texts must be, in standard deviations."""
FIRST_DEVIATIONS: Final = 8.0
"""The same while nothing is known of unrelated pairs: among a dozen texts each is among the nearest of all others."""
LEAST_SHARE: Final = 0.05
"""Share of the tallied pairs that must remain: where not even these reach it, sections do not follow subjects."""
LEAST_DEVIATIONS: Final = 1.5
"""The least of that, whatever the tallies say."""
CERTAINTY: Final = 1.0
"""Standard errors by which a share must be above what is asked for."""


@compiled_in_place
def around(a: int, b: int, neighbours: IntArray, similarities: Similarities) -> float:
    """How far two texts have the same nearest texts (Jarvis and Patrick 1973, weighted), 0 to 1: the cosine of the rows
    of the neighbours' graph, every text being its own neighbour at 1.
    """
    width = neighbours.shape[1]
    product, left, right = 0.0, 1.0, 1.0
    for k in range(width):
        if neighbours[a, k] >= 0:
            left += similarities[a, k] ** 2
        if neighbours[b, k] >= 0:
            right += similarities[b, k] ** 2
        if neighbours[a, k] == b:
            product += similarities[a, k]
        if neighbours[b, k] == a:
            product += similarities[b, k]
        if neighbours[a, k] >= 0:
            for j in range(width):
                if neighbours[b, j] == neighbours[a, k]:
                    product += similarities[a, k] * similarities[b, j]
                    break
    return float(product / np.sqrt(left * right))


@compiled
def closeness(
    article: int, others: IntArray, likeness: Similarities, neighbours: IntArray, similarities: Similarities
) -> Similarities:
    """Likeness + `around` of an article and each of its `others`, float32 (m,); 0 where there is no likeness."""
    out = np.zeros(len(others), np.float32)
    for place in range(len(others)):
        if likeness[place] > 0:
            out[place] = likeness[place] + around(article, others[place], neighbours, similarities)
    return out


def tally(close: Similarities, same: NDArray[np.bool_], tallies: LongArray) -> None:
    """Count an article's closest labelled neighbours: in `tallies`, int64 (BINS, 2), pairs and those of one section."""
    best = np.argsort(-close, kind="stable")[:TALLIED]
    bins = np.minimum((close[best] / np.float32(BIN)).astype(np.int64), BINS - 1)
    np.add.at(tallies[:, 0], bins, 1)
    np.add.at(tallies[:, 1], bins, same[best])


def unrelated(pairs: LongArray) -> tuple[float, float]:
    """Mean and standard deviation of the likeness of all pairs of a language, nearly all of which are unrelated.

    `pairs`: int64 (5,), see PAIRS and what follows it.
    """
    count = float(pairs[PAIRS])
    mean = (pairs[SUM] / SCALE + USUAL[0] * UNRELATED_PAIRS) / (count + UNRELATED_PAIRS)
    square = USUAL[0] ** 2 + USUAL[1] ** 2
    squares = (pairs[SQUARES] / SCALE**2 + square * UNRELATED_PAIRS) / (count + UNRELATED_PAIRS)
    deviation = float(np.sqrt(max(squares - mean**2, 1e-6)))
    return float(mean), deviation


def least_closeness(pairs: LongArray, tallies: LongArray, precision: float) -> float:
    """The closeness from which two texts of a language are related.

    Where articles have sections, it is the least from which on at least `precision` of the closest pairs have the same
    section, counted from the top (of a share p of n pairs: p - √(p (1 - p) / n)). Of a share that the same section has
    among all pairs anyway, only what goes beyond it counts. Where sections are not known or do not follow subjects, and
    at the least, it is so many standard deviations above the mean likeness of all pairs.

    Args:
        pairs: int64 (5,), see PAIRS and what follows it.
        tallies: int64 (BINS, 2), see `tally`.

    >>> pairs, tallies = np.array([10_000, 0, 0, 10_000, 2_000]), np.zeros((BINS, 2), np.int64)
    >>> tallies[20], tallies[12], tallies[11] = (400, 390), (200, 150), (400, 120)
    >>> least_closeness(pairs, tallies, 0.8) / BIN
    12.0
    """
    mean, deviation = unrelated(pairs)
    total, same = np.cumsum(tallies[::-1, 0]), np.cumsum(tallies[::-1, 1])
    if total[-1] < ENOUGH or not pairs[LABELLED] or pairs[SAME] == pairs[LABELLED]:
        unknown = UNRELATED_PAIRS / (pairs[PAIRS] + UNRELATED_PAIRS)
        return float(mean + (DEVIATIONS + (FIRST_DEVIATIONS - DEVIATIONS) * unknown) * deviation)
    chance = pairs[SAME] / pairs[LABELLED]
    share = same / np.maximum(total, 1)
    sure = share - CERTAINTY * np.sqrt(share * (1 - share) / np.maximum(total, 1))
    wanted = max(precision, chance + (1 - chance) * (precision - 0.05))
    good = np.flatnonzero((sure >= wanted) & (total >= LEAST_SHARE * total[-1]))
    if not len(good):
        return mean + FIRST_DEVIATIONS * deviation
    learned = (BINS - 1 - int(good[-1])) * BIN
    return max(learned, float(mean + LEAST_DEVIATIONS * deviation))
