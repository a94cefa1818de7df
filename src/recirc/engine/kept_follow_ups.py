"""Follow-ups that are kept until an article comes, changes or goes, or editors say otherwise of stories."""

from collections.abc import Collection
from typing import Final

from recirc.engine.bounded_values import BoundedValues
from recirc.state.follow_ups import follow_ups
from recirc.state.state import State
from recirc.types import IntArray

MOST: Final = 16_384
"""Articles whose follow-ups are kept at a time."""


class KeptFollowUps:
    """The follow-ups of articles, as the state has them. Not thread-safe: to be asked while the state is read.

    How rare a term is depends on every article, so each publication may change the follow-ups of any: what is kept goes
    as a whole, and all processes answer the same. Reads and events change nothing here, and looking whether anything
    has changed takes the same time however many articles there are.
    """

    def __init__(self, apart: Collection[int]) -> None:
        """`apart`: keys of the slugs of sections whose articles report no events."""
        self._apart = apart
        self._of: tuple[object, object, int] = (None, None, 0)
        self._found = BoundedValues(MOST)

    def of(self, state: State, article: int) -> IntArray:
        """The follow-ups of the article with this index, by time, int32 (n,). Not to be changed."""
        edits, decisions = state.catalogue.edits, state.stories.decisions
        known_edits, known_decisions, count = self._of
        # A state that is folded anew has another list of edits.
        if edits is not known_edits or len(edits) != count or decisions is not known_decisions:
            self._of = (edits, decisions, len(edits))
            self._found = BoundedValues(MOST)
        found: IntArray | None = self._found.get(article)
        if found is None:
            found = self._found[article] = follow_ups(state, article, self._apart)
        return found
