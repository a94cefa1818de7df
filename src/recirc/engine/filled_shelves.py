"""Shelves with their items: proposals get slots, and placed articles become what is answered."""

from collections.abc import Hashable, Mapping, Sequence, Set
from typing import NamedTuple

from recirc.engine.active_rules import PinnedArticle, ShelfRules
from recirc.engine.encoded_shelves import EncodedItem, PathFunction
from recirc.engine.request_filters import bytes_of
from recirc.shelves.arrange import arrange
from recirc.shelves.quotas import arrange_with_quotas
from recirc.shelves.ranking_measures import KINDS
from recirc.shelves.reasons import EDITORS_CHOICE, REASONS, Evidence, ReasonNames, reason
from recirc.shelves.rerank import NO_RERANKING, Reranking, rearrange
from recirc.shelves.shelf import PlacedItem, ShelfProposal, ShelfStrategy
from recirc.state.state import State
from recirc.store.ports import ArchivedArticle
from recirc.types import Counts, RankBy, Request, ShelfItem, Slate

SPARE = 3
"""A shelf first proposes this many times its slots, and one for each excluded story: the story of a proposal may have a
slot already, or there may be no evidence.
"""

BOOSTED = "boost"
"""In the place of a rule's key: boosts may have given the slot."""

LEAST = 1e-6
"""The least propensity in an answer."""


FARTHER = 4
"""For a target, a shelf looks among so many times as many articles as it first proposes."""


PLACED_BYTES = 700
"""Bytes of an article in a slot with its evidence, about; so are those of the next two."""
ITEM_BYTES = 1_000
"""Of an item with its reason."""
JSON_BYTES = 3_000
"""Of an item encoded."""
SHELF_BYTES = 2_000
"""Bytes of a shelf besides its items, about."""


class FilledShelf(NamedTuple):
    """A shelf with its items, before their articles are looked up; what was proposed besides is not in `proposed`."""

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
        key: of them among the values of their version; None: they are not among these.
    """

    def __init__(
        self,
        filled: dict[str, FilledShelf],
        shown: frozenset[int],
        since: int = 0,
        until: int = 0,
        key_bytes: int = 0,
        key: Hashable = None,
        given: "CommonShelves | None" = None,
    ) -> None:
        """`given`: has the other shelves in `filled`, and counts them."""
        self.key = key
        self.filled = filled
        self.shown = shown
        self.since, self.until = since, until
        self.items: dict[str, tuple[ShelfItem, ...]] = {}
        self.encoded: dict[tuple[str, PathFunction], list[EncodedItem]] = {}
        others = given.filled if given is not None else {}
        own = [shelf for name, shelf in filled.items() if others.get(name) is not shelf]
        placed = sum(len(shelf.placed) for shelf in own)
        self._least_bytes = key_bytes + SHELF_BYTES * len(own) + PLACED_BYTES * placed

    @property
    def nbytes(self) -> int:
        """Bytes of all that, and of its key, about."""
        items, encoded = (sum(map(len, each.values())) for each in (self.items, self.encoded))
        return self._least_bytes + ITEM_BYTES * items + JSON_BYTES * encoded


class SizedSlate(NamedTuple):
    """A slate, and the bytes of it and of its request, about."""

    slate: Slate
    nbytes: int

    @classmethod
    def of(cls, slate: Slate, request: Request) -> "SizedSlate":
        """The slate of a request."""
        items = sum(len(shelf.items) for shelf in slate.shelves.values())
        return cls(slate, bytes_of(request) + SHELF_BYTES * len(slate.shelves) + ITEM_BYTES * items)


def until_of(shelf: FilledShelf, now: int) -> int:
    """The moment (ms) from which on a shelf that was filled at `now` may be another, although the state is the same."""
    if shelf.proposed.until is not None:
        return shelf.proposed.until()
    steady = shelf.strategy.steady_ms
    return (now // steady + 1) * steady


def fill(
    strategy: ShelfStrategy, state: State, rules: ShelfRules, slots: int, excluded: Set[int]
) -> FilledShelf:
    """A shelf with its items, none of the stories in `excluded` except those that are pinned."""
    most, story = SPARE * slots + len(excluded), state.stories.all()
    pinned = {pin.place: _pinned(pin) for pin in rules.pins if pin.place < slots}
    free = slots - len(pinned)
    balance, diversity = strategy.settings.balance, strategy.settings.diversity
    reranking = Reranking(rules.shares, balance.weight, diversity) if strategy.rearranged else NO_RERANKING
    farthest = FARTHER * most
    plain = not reranking and not rules.quotas
    while True:
        filled = strategy.arranged(state, rules.context, free, most, excluded) if plain else None
        if filled is not None:
            if len(filled.placed) == free or filled.candidates < most:
                return FilledShelf(
                    strategy, filled.proposed, _with_pins(_marked(filled.placed, rules), pinned), slots
                )
            most *= 4
            continue
        proposed = strategy.propose(state, rules.context, most)
        if reranking and not rules.quotas:
            placed, met = rearrange(free, proposed.proposals, state, excluded, reranking)
            met = met or most >= farthest
        elif rules.quotas:
            placed, met = arrange_with_quotas(free, proposed.proposals, story, excluded, rules.quotas)
        else:
            placed, met = arrange(free, proposed.proposals, story, excluded), True
        if (len(placed) == free and met) or len(proposed.proposals) < most:
            placed = _with_pins(_marked(placed, rules), pinned)
            # What has no slot is not kept: each proposal holds on to all that its evidence could come from.
            return FilledShelf(strategy, proposed._replace(proposals=[]), placed, slots)
        most *= 4


def _pinned(pin: PinnedArticle) -> PlacedItem:
    return PlacedItem(pin.article, 0.0, Evidence(EDITORS_CHOICE, {}), rule=pin.rule)


def _marked(placed: list[PlacedItem], rules: ShelfRules) -> list[PlacedItem]:
    """The items; what a boost may have lifted into its slot bears that it did."""
    lift = rules.context.lift
    if lift is None:
        return placed
    return [item._replace(rule=BOOSTED) if lift[item.article] and not item.rule else item for item in placed]


def _with_pins(placed: list[PlacedItem], pinned: Mapping[int, PlacedItem]) -> list[PlacedItem]:
    """The items around those that have a place; where there are too few others, these move up."""
    if not pinned:
        return placed
    others, found = iter(placed), list[PlacedItem]()
    for place in range(len(placed) + max(pinned) + 1):
        item = pinned.get(place) or next(others, None)
        if item is not None:
            found.append(item)
    return found


def item_in(placed: Sequence[PlacedItem], place: int) -> PlacedItem:
    """The item in a slot. The first of the ranking's own says in which window, also where rank 1 is not shown."""
    item, kind = placed[place], KINDS[RankBy.READERS]
    if item.evidence.kind != kind or any(each.evidence.kind == kind for each in placed[:place]):
        return item
    return item._replace(evidence=item.evidence._replace(leads=True))


def shelf_item(
    strategy: ShelfStrategy,
    place: int,
    item: PlacedItem,
    kept: ArchivedArticle,
    names: ReasonNames,
    counts: Counts | None,
    label: str = "",
) -> ShelfItem:
    """What is answered for an article in the slot `place`; `label` is what editors marked it as."""
    article = kept.article
    return ShelfItem(
        article=kept.id,
        position=place,
        score=round(item.score, 6),
        reason=reason(
            item.evidence, REASONS if item.evidence.kind == EDITORS_CHOICE else strategy.reasons, names
        ),
        propensity=max(round(item.propensity, 6), LEAST),
        headline=article.headline if article else None,
        section=article.section if article else None,
        published=article.published if article else None,
        counts=counts,
        rule=item.rule,
        label=label,
    )
