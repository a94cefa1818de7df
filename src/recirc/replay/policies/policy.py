"""What can be judged: a way of ranking articles for a visit. They are found by their name."""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from recirc.rank.visit import Visit
from recirc.settings import Settings
from recirc.state.state import State
from recirc.types import FloatArray, IntArray, RecordArray


class Policy(ABC):
    """A way of ranking. Subclasses are found by `name`; all see the same queries and the same state.

    One object lives through a whole replay. What it answers may depend on the state, on what it was told by `fold`
    and on what it made of `learn` when a window ended; on nothing else, and not on how often it was asked: the lab
    asks some queries twice, of another state with the same content, and wants the same answer to the last bit.

    Attributes:
        name: what it is called on the command line and in the tables.
        learns: it wants to hear of clicks by `learn`.
        learnt: it has learned all that it wants; `learn` is called no more.
        pool: int32 (p,): the candidates that the last `rank` chose among, None: the whole catalogue.
    """

    name: ClassVar[str]
    learns: ClassVar[bool] = False

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.learnt = False
        self.pool: IntArray | None = None

    @property
    def remark(self) -> str:
        """What one has to know of its figures, after a replay; empty: nothing."""
        return ""

    @abstractmethod
    def rank(self, state: State, visit: Visit, slots: int, among: IntArray | None = None) -> IntArray:
        """The best `slots` articles for a visit, int32, best first.

        With `among` (int32 (m,), distinct, in an order that tells nothing) these are ranked and no others; articles
        that the policy knows nothing of come last, in the order in which they were given.
        """

    # The rest may be left as it is: most policies neither learn nor keep an index of their own.

    def learn(  # noqa: B027  # may be left empty
        self, state: State, visit: Visit, target: int, among: IntArray | None
    ) -> None:
        """`target` is what the visit opens next. Called before that click is folded, and after `rank` where the same
        query is asked (then with the very same `visit` object). To be noted down now, and used from the next
        `end_window` on: under a protocol whose state stands still for a window, a policy that goes by what it heard at
        once would know what comes. And what is learned must not hang on whether the query was asked: under `hourly` and
        `live` that says that the session ends here, which nobody could know.
        """

    def fold(self, records: RecordArray) -> None:  # noqa: B027  # may be left empty
        """The state has just folded these log entries, RECORD (n,), in this order."""

    def end_window(self, window: int) -> None:  # noqa: B027  # may be left empty
        """All windows up to this one are over and folded: the time to train or refit."""


def best(articles: IntArray, score: FloatArray, slots: int) -> IntArray:
    """The `slots` articles of highest score; of equals, the lower index."""
    return articles[np.lexsort((articles, -score))[:slots]]


def best_among(among: IntArray, score: FloatArray, slots: int) -> IntArray:
    """The `slots` of `among` with the highest score, float64 (m,); of equals, the one that was given first."""
    return among[np.argsort(-score, kind="stable")[:slots]]


def scores_among(among: IntArray, articles: IntArray, score: FloatArray) -> FloatArray:
    """The score of each of `among` (int32 (m,)) where it is one of `articles` (distinct), -inf for the others."""
    found = np.full(len(among), -np.inf)
    if len(articles):
        order = np.argsort(articles)
        at = order[np.minimum(np.searchsorted(articles, among, sorter=order), len(articles) - 1)]
        known = articles[at] == among
        found[known] = score[at[known]]
    return found


def policies() -> dict[str, type[Policy]]:
    """Every policy by its name."""
    found: dict[str, type[Policy]] = {}
    waiting = [Policy]
    while waiting:
        for policy in waiting.pop().__subclasses__():
            if "name" in vars(policy):
                found[policy.name] = policy
            waiting.append(policy)
    return found
