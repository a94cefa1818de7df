"""The default formula of Recommendation, which serves until a learned model is better, and whenever there is
none.
"""

import numpy as np

from recirc.rank.candidates import Candidates
from recirc.settings import Recommending
from recirc.types import FloatArray


def contributions(candidates: Candidates, recommending: Recommending) -> FloatArray:
    """What each source adds to each candidate's score, float64 (n, len(SOURCES)): weight times share."""
    weights = (recommending.sessions, recommending.coreading, recommending.popularity, recommending.text)
    added: FloatArray = candidates.shares * np.array(weights)
    return added


def scores(candidates: Candidates, recommending: Recommending) -> FloatArray:
    """The score of each candidate, float64 (n,): the sum of its contributions.

    score = sessions · S + coreading · C + popularity · P + text · T, each share between 0 and 1.
    """
    total: FloatArray = contributions(candidates, recommending).sum(axis=1)
    return total
