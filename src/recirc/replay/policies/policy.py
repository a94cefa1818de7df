"""The port of the lab: a policy ranks articles for a visit. Policies are found by name."""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from recirc.rank.visit import Visit
from recirc.settings import Settings
from recirc.state.state import State
from recirc.types import FloatArray, IntArray, RecordArray


class Policy(ABC):
    """A way of ranking. Subclasses are found by `name`; all receive the same queries and the same state.

    One object is used for a whole replay. Its rankings may depend on the state, on the records that `fold` received,
    and on what it learned up to the end of the last window; on nothing else, and not on the number of calls: the lab
    ranks some queries twice, from another state with the same content, and requires the same ranking to the last bit.

    Attributes:
        name: its name on the command line and in tables.
        learns: whether it receives targets by `learn`.
        finished: it has learned enough; `learn` is not called any more.
        pool: int32 (p,): the candidates of the last `rank`; None: the whole catalogue.
    """

    name: ClassVar[str]
    learns: ClassVar[bool] = False

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.finished = False
        self.pool: IntArray | None = None

    @property
    def remark(self) -> str:
        """A remark on its figures, after a replay; empty: none."""
        return ""

    @abstractmethod
    def rank(self, state: State, visit: Visit, slots: int, among: IntArray | None = None) -> IntArray:
        """The best `slots` articles for a visit, int32, best first.

        With `among` (int32 (m,), distinct, in random order) exactly these are ranked; articles that the policy does not
        know come last, in the given order.
        """

    # Most policies neither learn nor keep an index of their own, and leave the rest as it is.

    def learn(  # noqa: B027  # optional
        self, state: State, visit: Visit, target: int, among: IntArray | None
    ) -> None:
        """Learn that the visit goes on to `target`; to be used in rankings from the next `end_window` on.

        Called before that click is folded, and after `rank` if the same query is tested (then with the same `visit`
        object). A policy that used it at once would know the future under a protocol whose state is frozen within a
        window. What is learned may not depend on whether the query is tested: under `hourly` and `live` only a
        session's last click is, and where a session ends is not known beforehand.
        """

    def fold(self, records: RecordArray) -> None:  # noqa: B027  # optional
        """The state has just folded these log entries, RECORD (n,), in this order."""

    def end_window(self, window: int) -> None:  # noqa: B027  # optional
        """All windows up to this one have ended and are folded: the time to train."""


def best(articles: IntArray, score: FloatArray, slots: int) -> IntArray:
    """The `slots` articles of highest score; among equals, the lower index first."""
    return articles[np.lexsort((articles, -score))[:slots]]


def best_among(among: IntArray, score: FloatArray, slots: int) -> IntArray:
    """The `slots` of `among` with the highest score, float64 (m,); among equals, in the given order."""
    return among[np.argsort(-score, kind="stable")[:slots]]


def scores_among(among: IntArray, articles: IntArray, score: FloatArray) -> FloatArray:
    """The score of each of `among` (int32 (m,)) that is one of `articles` (distinct), -inf for the others."""
    found = np.full(len(among), -np.inf)
    if len(articles):
        order = np.argsort(articles)
        at = order[np.minimum(np.searchsorted(articles, among, sorter=order), len(articles) - 1)]
        known = articles[at] == among
        found[known] = score[at[known]]
    return found


def policies() -> dict[str, type[Policy]]:
    """Every policy that is a class of its own, by its name."""
    found: dict[str, type[Policy]] = {}
    waiting = [Policy]
    while waiting:
        for policy in waiting.pop().__subclasses__():
            if "name" in vars(policy):
                found[policy.name] = policy
            waiting.append(policy)
    return found
