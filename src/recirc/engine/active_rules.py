"""The rules of one moment, prepared for requests: masks and weights by article, and places."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Final, NamedTuple

import msgspec
import numpy as np

from recirc.engine.newness import Newness
from recirc.engine.rule_checks import amount_of
from recirc.engine.target_masks import Find, TargetMask, target_key
from recirc.hashing import hex_digest
from recirc.shelves.quotas import Quota
from recirc.shelves.rerank import ShareTarget
from recirc.shelves.shelf import RankingContext
from recirc.state.state import State
from recirc.state.stories import StoryDecision
from recirc.store.rules import STORY_KINDS, RuleKind, StoredRule, TargetKind
from recirc.types import BoolArray, FloatArray

HIDING: Final = (RuleKind.BAN, RuleKind.BURY, RuleKind.EMBARGO)
"""Kinds that take articles out of the candidates."""

FORBIDDING: Final = (RuleKind.BAN, RuleKind.EMBARGO)
"""Kinds that forbid a pin as well."""

MOST_MASKS: Final = 256
"""Number of masks that are kept for combinations of rules that apply beside certain articles only."""


class PinnedArticle(NamedTuple):
    """An article with a place, from 0, and the key of the rule that gives it."""

    place: int
    article: int
    rule: str


class ActiveRules:
    """Rules in force. What it says of a shelf is a pure function of them and of the state.

    Attributes:
        rules: the rules, the oldest first.
        digest: changes with them; empty: there are none.
        labels: of articles, by id; of two labels the newer.
    """

    def __init__(self, rules: Sequence[StoredRule], find: Find) -> None:
        """`find` gives the indices of article ids."""
        self.rules = tuple(rules)
        self.digest = (
            hex_digest(msgspec.json.encode([(each.key, each.rule) for each in rules]), 8) if rules else ""
        )
        self.labels = {
            each.rule.target.value: each.rule.label for each in rules if each.rule.kind is RuleKind.LABEL
        }
        self._find = find
        self._by_number = {each.number: each for each in rules}
        self._everywhere: dict[tuple[tuple[RuleKind, ...], str], tuple[int, ...]] = {}
        self._masks: dict[tuple[int, ...], TargetMask] = {}
        self._groups: dict[tuple[tuple[RuleKind, ...], str], TargetMask | None] = {}
        self._beside: dict[tuple[TargetKind, int], list[int]] = defaultdict(list)
        self._beside_stories: list[tuple[int, int]] = []
        for each in rules:
            self._note_beside(each)
        self._pairs = tuple(
            (each.rule.target.value, each.rule.beside.value, each.rule.kind is RuleKind.JOIN)
            for each in rules
            if each.rule.kind in STORY_KINDS and each.rule.beside is not None
        )
        # Those beside certain articles are found by them: a site may have thousands.
        self._placing = [
            each
            for each in rules
            if each.rule.kind in (RuleKind.PIN, RuleKind.SLOT) and each.rule.beside is None
        ]
        self._sharing = [each for each in rules if each.rule.kind is RuleKind.SHARE]
        self._newness = Newness()
        self._boosting = [each for each in rules if each.rule.kind is RuleKind.BOOST]

    def __bool__(self) -> bool:
        return bool(self.rules)

    def _note_beside(self, each: StoredRule) -> None:
        beside = each.rule.beside
        if beside is None or each.rule.kind in STORY_KINDS:
            return
        if beside.by is TargetKind.STORY:
            self._beside_stories.append((int(self._find([beside.value])[0]), each.number))
        elif beside.by is TargetKind.ARTICLE:
            self._beside[beside.by, int(self._find([beside.value])[0])].append(each.number)
        else:
            self._beside[beside.by, target_key(beside)].append(each.number)

    def story_decisions(self) -> tuple[StoryDecision, ...]:
        """What they say of stories, the oldest first; articles that are not known are left out. Raises StoreError."""
        found = []
        for one, other, joins in self._pairs:
            indices = self._find([one, other]).tolist()
            if min(indices) >= 0:
                found.append(StoryDecision(indices[0], indices[1], joins))
        return tuple(found)

    def matching(self, state: State, article: int) -> frozenset[int]:
        """Numbers of the rules that apply beside the article with this index, of those that are for some articles only;
        -1: beside none.
        """
        if article < 0 or not (self._beside or self._beside_stories):
            return frozenset()
        found = list(self._beside.get((TargetKind.ARTICLE, article), ()))
        catalogue = state.catalogue
        for kind, keys in (
            (TargetKind.SECTION, [int(catalogue.section[article])]),
            (TargetKind.OUTLET, [int(catalogue.outlet[article])]),
            (TargetKind.TOPIC, catalogue.topics[article].tolist()),
            (TargetKind.AUTHOR, catalogue.authors[article].tolist()),
            (TargetKind.LABEL, catalogue.labels[article].tolist()),
        ):
            for each in keys:
                if each:
                    found += self._beside.get((kind, each), ())
        if self._beside_stories:
            stories = state.derived("stories with rules", lambda: self._stories(state), self)
            found += stories.get(int(state.stories.all()[article]), ())
        return frozenset(found)

    def _stories(self, state: State) -> dict[int, list[int]]:
        story, found = state.stories.all(), defaultdict[int, list[int]](list)
        for index, number in self._beside_stories:
            if 0 <= index < state.size:
                found[int(story[index])].append(number)
        return found

    def hidden(
        self, state: State, shelf: str, matching: frozenset[int], kinds: tuple[RuleKind, ...] = HIDING
    ) -> BoolArray | None:
        """Articles that a shelf may not propose, bool (n_articles,); None: all may."""
        general, own = self._group(kinds, shelf), self._applying(kinds, shelf, matching)
        masks = [mask for mask in (general, self._mask(own) if own else None) if mask is not None]
        if not masks:
            return None
        if len(masks) == 1:
            return masks[0].of(state)
        return state.derived("hidden", lambda: masks[0].of(state) | masks[1].of(state), *masks)

    def lift(self, state: State, shelf: str, matching: frozenset[int]) -> FloatArray | None:
        """By how many standard deviations of its scores a shelf places articles higher, float64 (n_articles,); None: no
        article is.
        """
        strengths: dict[float, list[int]] = defaultdict(list)
        for each in self._boosting:
            rule = each.rule
            if rule.applies_on(shelf) and (rule.beside is None or each.number in matching):
                strengths[rule.strength].append(each.number)
        if not strengths:
            return None
        masks = {strength: self._mask(tuple(numbers)) for strength, numbers in sorted(strengths.items())}

        def make() -> FloatArray:
            found: FloatArray = np.zeros(state.size)
            for strength, mask in masks.items():
                found[mask.of(state)] = strength
            return found

        return state.derived(("lift", tuple(masks)), make, *masks.values())

    def pins(self, state: State, shelf: str, matching: frozenset[int]) -> list[PinnedArticle]:
        """The articles with a place on a shelf; of two pins for one place the newer."""
        found: dict[int, PinnedArticle] = {}
        banned = None
        for each in self._placing_on(shelf, RuleKind.PIN, matching):
            article = int(self._find([each.rule.target.value])[0])
            if banned is None:
                none: BoolArray = np.zeros(state.size, bool)
                banned = self.hidden(state, shelf, matching, FORBIDDING)
                banned = none if banned is None else banned
            if 0 <= article < state.size and not banned[article]:
                found[each.rule.place - 1] = PinnedArticle(each.rule.place - 1, article, each.key)
        return list(found.values())

    def quotas(self, state: State, shelf: str, matching: frozenset[int]) -> tuple[Quota, ...]:
        """The slots of a shelf that are for certain articles."""
        return tuple(
            Quota(each.rule.count, self._mask((each.number,)).of(state), each.key)
            for each in self._placing_on(shelf, RuleKind.SLOT, matching)
        )

    def shares(self, state: State, shelf: str, matching: frozenset[int], now: int) -> tuple[ShareTarget, ...]:
        """The shares of a shelf's slots that are for certain articles at `now` (ms)."""
        return tuple(
            ShareTarget(each.rule.share, each.rule.most, self.among(each, state, now), each.key)
            for each in self._sharing
            if each.rule.applies_on(shelf) and (each.rule.beside is None or each.number in matching)
        )

    def among(self, each: StoredRule, state: State, now: int) -> BoolArray:
        """The articles that a share is for, bool (n_articles,)."""
        if each.rule.target.by is TargetKind.NEW_ARTICLES:
            return self._newness.articles(state, amount_of(each.rule), now)
        if each.rule.target.by is TargetKind.NEW_AUTHORS:
            return self._newness.authors(state, amount_of(each.rule), now)
        return self._mask((each.number,)).of(state)

    def _placing_on(self, shelf: str, kind: RuleKind, matching: frozenset[int]) -> Iterable[StoredRule]:
        placing = self._placing
        if matching:
            placing = sorted(
                [*placing, *(self._by_number[number] for number in matching)], key=attrgetter("number")
            )
        return (each for each in placing if each.rule.kind is kind and each.rule.applies_on(shelf))

    def _group(self, kinds: tuple[RuleKind, ...], shelf: str) -> TargetMask | None:
        """The mask of the rules that apply on a shelf whatever it stands beside."""
        if (kinds, shelf) not in self._groups:
            numbers = tuple(
                each.number
                for each in self.rules
                if each.rule.kind in kinds and each.rule.beside is None and each.rule.applies_on(shelf)
            )
            # Shelves with the same rules share one mask, and all that is worked out with it.
            same = {self._everywhere[known]: mask for known, mask in self._groups.items()}
            self._everywhere[kinds, shelf] = numbers
            made = (
                TargetMask((self._by_number[n].rule.target for n in numbers), self._find) if numbers else None
            )
            self._groups[kinds, shelf] = same.get(numbers, made)
        return self._groups[kinds, shelf]

    def _applying(self, kinds: tuple[RuleKind, ...], shelf: str, matching: frozenset[int]) -> tuple[int, ...]:
        rules = ((number, self._by_number[number].rule) for number in sorted(matching))
        return tuple(number for number, rule in rules if rule.kind in kinds and rule.applies_on(shelf))

    def _mask(self, numbers: tuple[int, ...]) -> TargetMask:
        mask = self._masks.get(numbers)
        if mask is None:
            if len(self._masks) >= MOST_MASKS:
                self._masks.clear()
            targets = (self._by_number[number].rule.target for number in numbers)
            mask = self._masks[numbers] = TargetMask(targets, self._find)
        return mask


class ShelfRules(NamedTuple):
    """What rules make of one shelf of one request.

    Attributes:
        context: as the shelf receives it, with masks and weights applied.
        pins: articles with a place.
        quotas: slots that are for certain articles.
        shares: shares of the slots that are.
    """

    context: RankingContext
    pins: Sequence[PinnedArticle] = ()
    quotas: Sequence[Quota] = ()
    shares: Sequence[ShareTarget] = ()


def shelf_rules(rules: ActiveRules, state: State, context: RankingContext, shelf: str) -> ShelfRules:
    """What the rules make of a shelf. A pin of an article that may not be shown at all has no effect."""
    if not rules:
        return ShelfRules(context)
    matching = rules.matching(state, context.article)
    hidden = rules.hidden(state, shelf, matching)
    allowed = context.allowed
    if hidden is not None and context.shared:
        allowed = state.derived("unless hidden", lambda: context.allowed & ~hidden, context.allowed, hidden)
    elif hidden is not None:
        allowed = context.allowed & ~hidden
    pins = [
        pin
        for pin in rules.pins(state, shelf, matching)
        if context.allowed[pin.article] and pin.article != context.article
    ]
    ruled = context._replace(allowed=allowed, lift=rules.lift(state, shelf, matching))
    shares = rules.shares(state, shelf, matching, context.now)
    return ShelfRules(ruled, pins, rules.quotas(state, shelf, matching), shares)


def slate_rules(
    rules: ActiveRules, state: State, context: RankingContext, shelves: Iterable[str]
) -> dict[str, ShelfRules]:
    """What the rules make of each shelf of a slate, by name. A story is pinned on the first of them alone."""
    if not rules:
        return dict.fromkeys(shelves, ShelfRules(context))
    story, pinned, found = state.stories.all(), set[int](), dict[str, ShelfRules]()
    for shelf in shelves:
        made = shelf_rules(rules, state, context, shelf)
        pins = [pin for pin in made.pins if story.item(pin.article) not in pinned]
        pinned |= {story.item(pin.article) for pin in pins}
        found[shelf] = made._replace(pins=pins)
    return found
