"""Shelves with their items: proposals get slots, and placed articles become what is answered."""

from collections.abc import Set
from typing import NamedTuple

from recirc.engine.encoded_shelves import EncodedItem, PathFunction
from recirc.shelves.arrange import arrange
from recirc.shelves.reasons import ReasonNames, reason
from recirc.shelves.shelf import PlacedItem, RankingContext, ShelfProposal, ShelfStrategy
from recirc.state.state import State
from recirc.store.ports import ArchivedArticle
from recirc.types import Counts, ShelfItem

SPARE = 3
"""A shelf first proposes this many times its slots, and one for each excluded story: the story of a proposal may have a
slot already, or there may be no evidence.
"""

LEAST = 1e-6
"""The least propensity in an answer."""


class FilledShelf(NamedTuple):
    """A shelf with its items, before their articles are looked up."""

    strategy: ShelfStrategy
    proposed: ShelfProposal
    placed: list[PlacedItem]
    slots: int


class CommonShelves:
    """Shelves that several requests share.

    Attributes:
        filled: by name.
        shown: stories that they show, and that of the article.
        since, until: ms: they are the same at all moments from the one to before the other.
        items: by name, as soon as their articles were looked up.
        encoded: by name and function of paths, as soon as they were encoded.
    """

    def __init__(
        self, filled: dict[str, FilledShelf], shown: frozenset[int], since: int = 0, until: int = 0
    ) -> None:
        self.filled = filled
        self.shown = shown
        self.since, self.until = since, until
        self.items: dict[str, tuple[ShelfItem, ...]] = {}
        self.encoded: dict[tuple[str, PathFunction], list[EncodedItem]] = {}


def until_of(shelf: FilledShelf, now: int) -> int:
    """The moment (ms) from which on a shelf that was filled at `now` may be another, although the state is the same."""
    if shelf.proposed.until is not None:
        return shelf.proposed.until()
    steady = shelf.strategy.steady_ms
    return (now // steady + 1) * steady


def fill(
    strategy: ShelfStrategy, state: State, context: RankingContext, slots: int, excluded: Set[int]
) -> FilledShelf:
    """A shelf with its items, none of the stories in `excluded`."""
    most, story = SPARE * slots + len(excluded), state.stories.all()
    while True:
        proposed = strategy.propose(state, context, most)
        placed = arrange(slots, proposed.proposals, story, excluded)
        if len(placed) == slots or len(proposed.proposals) < most:
            return FilledShelf(strategy, proposed, placed, slots)
        most *= 4


def shelf_item(
    strategy: ShelfStrategy,
    place: int,
    item: PlacedItem,
    kept: ArchivedArticle,
    names: ReasonNames,
    counts: Counts | None,
) -> ShelfItem:
    """What is answered for an article in the slot `place`."""
    article = kept.article
    return ShelfItem(
        article=kept.id,
        position=place,
        score=round(item.score, 6),
        reason=reason(item.evidence, strategy.reasons, names),
        propensity=max(round(item.propensity, 6), LEAST),
        headline=article.headline if article else None,
        section=article.section if article else None,
        published=article.published if article else None,
        counts=counts,
    )
