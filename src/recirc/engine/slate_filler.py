"""Fills the shelves of a slate, one after another; what several requests share is filled once."""

from collections.abc import Hashable, Mapping, Sequence, Set
from itertools import takewhile
from math import gcd
from typing import Any

from recirc.engine.active_rules import ShelfRules
from recirc.engine.filled_shelves import CommonShelves, FilledShelf, fill, until_of
from recirc.engine.request_filters import bytes_of, impersonal
from recirc.messages import message
from recirc.settings import Settings
from recirc.shelves.exploration import KIND as ON_TRIAL
from recirc.shelves.exploration import Explorer
from recirc.shelves.shelf import RankingContext, ShelfProposal, ShelfStrategy
from recirc.state.state import State
from recirc.types import IntArray, Request


class SlateFiller:
    """Gives out the slots of all shelves.

    Attributes:
        in_turn: the shelves in the order in which they are filled.
    """

    def __init__(self, settings: Settings, strategies: Sequence[ShelfStrategy]) -> None:
        self.in_turn = sorted(strategies, key=lambda each: (each.turn, each.number))
        # Those that come first and do not depend on the reader, and the rest.
        self._same_for_all = [*takewhile(lambda each: not _depends_on_reader(each), self.in_turn)]
        self._others = self.in_turn[len(self._same_for_all) :]
        self._steady_ms = gcd(*(each.steady_ms for each in self._same_for_all)) or 1
        self._explorer = Explorer(settings.exploring)

    def common(
        self,
        values: dict[Hashable, Any],
        state: State,
        context: RankingContext,
        request: Request,
        ruled: Mapping[str, ShelfRules],
        excluded: IntArray,
    ) -> CommonShelves:
        """The shelves that come first and are the same for every reader; no story of the articles in `excluded`.

        `ruled`: the rules of each shelf that is asked for, by name.
        """
        key = (impersonal(request), context.now // self._steady(request))
        kept: CommonShelves | None = values.get(key)
        if kept is None:
            story = state.stories.all()
            shown = {story.item(context.article)} if context.article >= 0 else set[int]()
            shown |= set(story[excluded[excluded < state.size]].tolist())
            shown |= {story.item(pin.article) for each in ruled.values() for pin in each.pins}
            filled = self._in_turns(self._same_for_all, state, ruled, shown, set())
            kept = values[key] = CommonShelves(filled, frozenset(shown), key_bytes=bytes_of(request), key=key)
        return kept

    def others(
        self,
        values: dict[Hashable, Any],
        state: State,
        context: RankingContext,
        request: Request,
        ruled: Mapping[str, ShelfRules],
        common: CommonShelves,
    ) -> CommonShelves:
        """All shelves, before trials. Those without a reader are kept for as long as they stay the same."""
        now, nobody, steady = context.now, not of_a_reader(request), self._steady(request)
        key = ("others", request, now // steady)
        kept: CommonShelves | None = values.get(key) if nobody else None
        if kept is None or not kept.since <= now < kept.until:
            story, shown = state.stories.all(), set(common.shown)
            read = set(story[context.history].tolist())
            if len(context.visit.earlier):
                read.update(story[context.visit.earlier].tolist())
            filled = self._in_turns(self._others, state, ruled, shown, read)
            if not nobody:
                return CommonShelves(common.filled | filled, frozenset(shown | read))
            until = min(until_of(shelf, now) for shelf in [*filled.values(), *common.filled.values()])
            filled = {name: _settled(shelf) for name, shelf in filled.items()}
            filled, size = common.filled | filled, bytes_of(request)
            kept = values[key] = CommonShelves(filled, frozenset(shown | read), now, until, size, key, common)
        return kept

    def with_trials(
        self, state: State, ruled: Mapping[str, ShelfRules], others: CommonShelves, seed: str
    ) -> dict[str, FilledShelf]:
        """Every shelf with its items, by name, with new articles on trial; `seed` is that of random draws."""
        story, shown, filled = state.stories.all(), others.shown, dict(others.filled)
        for shelf in list(filled.values()):
            if shelf.strategy.explores and (rules := ruled.get(shelf.strategy.name)):
                tried = self._explore(shelf, state, rules.context, shown, seed)
                filled[shelf.strategy.name] = tried
                if tried is not shelf:
                    shown = shown | {story.item(item.article) for item in tried.placed}
        return filled

    def _steady(self, request: Request) -> int:
        """ms: between two multiples of it the shelves that come first are the same, while the state is."""
        return 1 if request.max_age is not None else self._steady_ms

    def _in_turns(
        self,
        strategies: Sequence[ShelfStrategy],
        state: State,
        ruled: Mapping[str, ShelfRules],
        shown: set[int],
        read: Set[int],
    ) -> dict[str, FilledShelf]:
        """Some shelves with their items, one after the other. Their stories are added to `shown`."""
        story, filled = state.stories.all(), dict[str, FilledShelf]()
        for strategy in strategies:
            rules = ruled.get(strategy.name)
            if rules is None:
                # A shelf that nobody will see takes no story from the others.
                nothing = ShelfProposal([], message("nothing"), message("This shelf was not requested."))
                filled[strategy.name] = FilledShelf(strategy, nothing, [], 1)
                continue
            excluded = shown | read if strategy.excludes_read else shown
            if rules.pins and strategy.excludes_read:
                rules = rules._replace(
                    pins=[pin for pin in rules.pins if story.item(pin.article) not in read]
                )
            shelf = fill(strategy, state, rules, rules.context.slots or strategy.slots(), excluded)
            filled[strategy.name] = shelf
            shown |= {story.item(item.article) for item in shelf.placed}
        return filled

    def _explore(
        self, shelf: FilledShelf, state: State, context: RankingContext, excluded: Set[int], seed: str
    ) -> FilledShelf:
        """The shelf, perhaps with a new article on trial in one slot."""
        number = shelf.strategy.number
        placed = self._explorer.explore(state, context, number, shelf.placed, shelf.slots, excluded, seed)
        if placed is shelf.placed:
            return shelf
        if any(old.rule and old != new for old, new in zip(shelf.placed, placed, strict=False)):
            return shelf  # that slot is not free
        proposed = shelf.proposed
        if any(item.evidence.kind == ON_TRIAL for item in placed):
            tried = message("%(method)s; one new article is on trial", method=proposed.method)
            proposed = proposed._replace(method=tried)
        return shelf._replace(placed=placed, proposed=proposed)


def _settled(shelf: FilledShelf) -> FilledShelf:
    """The shelf without what tells until when it is the same, which holds on to all candidates."""
    return shelf._replace(proposed=shelf.proposed._replace(until=None))


def of_a_reader(request: Request) -> bool:
    """Whether a request says what its reader opened, or repeats a draw: few others are the same then."""
    return request.draw is not None or (request.personalised and bool(request.history or request.earlier))


def _depends_on_reader(strategy: ShelfStrategy) -> bool:
    return strategy.personal or strategy.excludes_read or strategy.explores
