"""Editors' rules: made, checked, listed and ended."""

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final, NamedTuple

from recirc.engine.active_rules import HIDING
from recirc.engine.article_cache import ArticleCache
from recirc.engine.fixed_rules import fixed_rules
from recirc.engine.rule_book import RuleBook
from recirc.engine.rule_checks import NEW, WITH_A_WORD, RuleError, check_share
from recirc.engine.rule_conflicts import conflicts
from recirc.engine.rule_words import RuleNames, in_words
from recirc.engine.shown_shares import ShelfDivergence, ShownShare, shown_shares
from recirc.engine.target_masks import TargetMask
from recirc.settings import Settings
from recirc.settings.days import zone_named
from recirc.shelves.ranking import Ranking
from recirc.shelves.registry import strategies
from recirc.state.state import State
from recirc.store.pins import LEADS
from recirc.store.ports import ArchivedArticle
from recirc.store.rules import (
    FRONT,
    STORY_KINDS,
    Rule,
    RuleKind,
    RuleTarget,
    StoredRule,
    TargetKind,
)
from recirc.store.sqlite import SqliteStore
from recirc.store.topic_merges import TopicMerges
from recirc.types import BoolArray

KEY_BYTES: Final = 6
MOST_PLACES: Final = 50
"""Highest place of a pin, and most slots of a slot rule."""
STRONGEST: Final = 10.0
"""Greatest strength of a boost."""
LATEST: Final = 7_258_118_400_000
"""Latest end of a rule: the year 2200, in ms."""


class MadeRule(NamedTuple):
    """A rule that was made, and what an editor should know of it: what it contradicts, what it leaves empty."""

    stored: StoredRule
    conflicts: Sequence[str]


class Rules:
    """The editors' rules of a store. Thread-safe.

    Attributes:
        book: the rules as requests see them.
        names: what the words of rules name.
        topics: those that editors gave another name.
    """

    def __init__(
        self,
        settings: Settings,
        store: SqliteStore,
        articles: ArticleCache,
        reading: Callable[[], AbstractContextManager[State]],
    ) -> None:
        """`reading` gives the state. Raises StoreError."""
        self._store, self._articles, self._reading = store, articles, reading
        self.book = RuleBook(store, fixed_rules(settings.balance))
        self.topics = TopicMerges(Path(settings.store.path), busy_seconds=settings.store.busy_seconds)
        titles = {each.name: each.title for each in strategies()}
        self.names = RuleNames(titles, self._headline, zone_named(settings.site.timezone))

    def words(self, rule: Rule) -> str:
        """What a rule says, in a sentence. Raises StoreError."""
        return in_words(rule, self.names)

    def standing(self) -> list[StoredRule]:
        """The rules that stand, the oldest first. Raises StoreError."""
        self.book.refresh()
        return list(self.book.standing())

    def digest(self, now: int) -> str:
        """Changes with the rules in force at `now` (ms)."""
        return self.book.in_force(now).digest

    def labels(self, now: int) -> Mapping[str, str]:
        """The labels (values of ArticleLabel) of articles at `now` (ms), by id."""
        return self.book.in_force(now).labels

    def targets(self, now: int) -> list[StoredRule]:
        """The shares in force at `now` (ms), those of the settings among them."""
        return [each for each in self.book.in_force(now).rules if each.rule.kind is RuleKind.SHARE]

    def shown(self, now: int) -> tuple[list[ShownShare], list[ShelfDivergence]]:
        """What became of the targets in force at `now` (ms) in the day before, and the sections on each shelf.

        It reads a day of the log: for threads. Raises StoreError.
        """
        return shown_shares(self._store, self._reading, self.book, now)

    def past(self) -> list[StoredRule]:
        """All rules that ever were, the oldest first. Raises StoreError."""
        return self._store.rules(ended=True)

    def note(self, rule: Rule, now: int) -> str:
        """Why a rule that stands has no effect at `now` (ms); empty: it has. Raises StoreError."""
        if rule.until is not None and rule.until <= now:
            return "its time is over"
        if rule.since > now:
            return "its time has not come"
        if rule.target.by is TargetKind.ARTICLE and rule.kind is not RuleKind.EMBARGO:
            stored = self._stored(rule.target.value)
            if stored is None or stored.article is None:
                return "its article is not published here"
            if stored.withdrawn:
                return "its article is withdrawn"
        return ""

    def check(self, rule: Rule, now: int, awaited: Collection[str] = ()) -> None:
        """Raises RuleError where a rule cannot be, and StoreError. Articles in `awaited` need not be here yet."""
        if rule.until is not None and rule.until <= rule.since:
            raise RuleError("until", "the rule would end before it begins; give an end after its beginning")
        if rule.until is not None and not now < rule.until < LATEST:
            what = "too far ahead" if rule.until >= LATEST else "in the past"
            raise RuleError("until", f"the end is {what}; name a time ahead, or none")
        if not 0 <= rule.since < LATEST:
            raise RuleError("since", "the beginning is too far away; name a time, or none for now")
        for name in rule.shelves:
            if name != FRONT and name not in self.names.titles:
                known = ", ".join((*self.names.titles, FRONT))
                raise RuleError("shelves", f"there is no shelf {name!r}; there is {known}")
        self._check_kind(rule)
        for field, target in (("target", rule.target), ("beside", rule.beside)):
            if target is not None and target.value not in awaited:
                self._check_target(field, target)

    def conflicts(self, rule: Rule, now: int, *, replaces: str = "") -> list[str]:
        """What a rule made at `now` (ms) contradicts, and what it leaves without articles. Raises StoreError."""
        standing = [each for each in self.standing() if each.key != replaces]
        with self._reading() as state:
            return conflicts(rule, standing, state, self.names, self._store.find, now)

    def articles(self, rule: Rule) -> int:
        """How many published articles a rule is about at the moment. Raises StoreError."""
        mask = TargetMask([rule.target], self._store.find)
        with self._reading() as state:
            return int((mask.of(state) & state.catalogue.live()).sum())

    def mask(self, target: RuleTarget) -> BoolArray:
        """The articles that a target is about now, bool (n_articles,), but for new ones. Raises StoreError."""
        mask = TargetMask([target], self._store.find)
        with self._reading() as state:
            return mask.of(state).copy()

    def add(self, rule: Rule, now: int, *, replaces: str = "", key: str = "") -> MadeRule:
        """Make a rule at `now` (ms).

        Args:
            replaces: key of a rule that ends with it.
            key: of the new rule, so that it can be sent again; empty: a new one.

        Raises:
            RuleError: it cannot be.
            ConflictError: the rule that it replaces has ended already.
            StoreError: it cannot be stored.
        """
        self.check(rule, now)
        told = self.conflicts(rule, now, replaces=replaces)
        key = key or secrets.token_hex(KEY_BYTES)
        targets = [each for each in (rule.target, rule.beside) if each is not None]
        ids = [each.value for each in targets if each.by in (TargetKind.ARTICLE, TargetKind.STORY)]
        if ids:
            self._store.intern(ids)
        self._store.add_rules([(key, rule)], rule.by, replaces=replaces).result()
        return MadeRule(next(each for each in self.standing() if each.key == key), told)

    def hidden_on(
        self, place: str, ids: Sequence[str], now: int, kinds: tuple[RuleKind, ...] = HIDING
    ) -> set[str]:
        """Which of these articles rules of some kinds keep off a place at `now` (ms). Raises StoreError."""
        rules = self.book.in_force(now)
        indices = self._store.find(ids).tolist() if rules and ids else []
        with self._reading() as state:
            hidden = rules.hidden(state, place, frozenset(), kinds)
            if hidden is None:
                return set()
            return {
                id_
                for id_, index in zip(ids, indices, strict=True)
                if 0 <= index < state.size and hidden[index]
            }

    def add_all(
        self,
        rules: Sequence[tuple[str, Rule]],
        now: int,
        by: str,
        *,
        ends: Sequence[str] = (),
        awaited: Collection[str] = (),
    ) -> None:
        """Make many rules, by their keys, all or none, without a look at conflicts; those in `ends` end with it.

        Args:
            awaited: ids of articles that a rule may be about before they are here.

        Raises:
            RuleError: one cannot be.
            ConflictError: a rule in `ends` has ended already.
            StoreError: they cannot be stored.
        """
        for _, rule in rules:
            self.check(rule, now, awaited)
        if awaited:
            self._store.intern(list(awaited))
        self._store.add_rules(rules, by, ends=ends).result()
        self.book.refresh()

    def end_all(self, keys: Sequence[str], by: str) -> None:
        """End rules in one command. Raises NotThereError when there never was one of them, and StoreError."""
        self._store.end_rules(keys, by).result()
        self.book.refresh()

    def end(self, key: str, by: str) -> StoredRule:
        """End a rule; which it was. Raises NotThereError when there never was one with this key, and StoreError."""
        self._store.end_rules([key], by).result()
        self.book.refresh()
        return next(each for each in self.past() if each.key == key)

    def _check_kind(self, rule: Rule) -> None:
        kind, shelves = rule.kind, rule.shelves
        if kind in (RuleKind.PIN, RuleKind.SLOT) and len(shelves) != 1:
            raise RuleError("shelves", f"a {kind.value} is for one shelf, or the front page; name it")
        if kind in (RuleKind.BOOST, RuleKind.PIN, RuleKind.SLOT, RuleKind.SHARE) and Ranking.name in shelves:
            text = (
                f"{self.names.titles[Ranking.name]} is a count of readers, in which nothing can be moved up"
            )
            raise RuleError("shelves", f"{text}; articles can only be left out of it, by a ban")
        if kind is RuleKind.SLOT and FRONT in shelves:
            raise RuleError("shelves", "the front page has no slots for a rule; pin articles there")
        if (
            kind in (RuleKind.PIN, RuleKind.EMBARGO, RuleKind.LABEL)
            and rule.target.by is not TargetKind.ARTICLE
        ):
            raise RuleError("target", f"a rule of the kind {kind.value} is about one article; name its id")
        if kind is RuleKind.PIN and not 1 <= rule.place <= MOST_PLACES:
            raise RuleError("place", f"places are 1 (the first) to {MOST_PLACES}")
        if kind is RuleKind.PIN and FRONT in shelves and rule.place > LEADS:
            raise RuleError("place", f"places of the front page are 1 (the top) to {LEADS}")
        if kind is RuleKind.SLOT and not 1 <= rule.count <= MOST_PLACES:
            raise RuleError("count", f"the number of slots is 1 to {MOST_PLACES}")
        if kind is RuleKind.BOOST and not 0 < rule.strength <= STRONGEST:
            raise RuleError("strength", f"the strength is above 0 and at most {STRONGEST:g}")
        if kind is RuleKind.EMBARGO and rule.until is None:
            raise RuleError("until", "an embargo has an end; to take an article down for good, withdraw it")
        if kind is RuleKind.EMBARGO and rule.since:
            raise RuleError("since", "an embargo begins at once; leave its beginning out")
        if kind is RuleKind.EMBARGO and (shelves or rule.beside):
            raise RuleError(
                "shelves", "an embargo is for all places; leave shelves and beside out, or use a ban"
            )
        if kind in STORY_KINDS:
            _check_stories(rule)
        if kind is RuleKind.SHARE:
            check_share(rule)
        elif rule.target.by in NEW or (rule.beside is not None and rule.beside.by in NEW):
            raise RuleError("target", "what is new can only have a share; choose articles by a name")
        if kind in WITH_A_WORD:
            WITH_A_WORD[kind](rule)
        if FRONT in shelves and rule.beside is not None:
            raise RuleError("beside", "the front page is beside no article; leave it out, or name a shelf")

    def _check_target(self, field: str, target: RuleTarget) -> None:
        if not target.value.strip():
            raise RuleError(field, f"name the {target.by.value}")
        if target.by in (TargetKind.ARTICLE, TargetKind.STORY) and self._stored(target.value) is None:
            raise RuleError(field, f"no article has the id {target.value!r}")

    def _stored(self, id_: str) -> ArchivedArticle | None:
        index = int(self._store.find([id_])[0])
        return self._articles.get([index])[0] if index >= 0 else None

    def _headline(self, id_: str) -> str | None:
        stored = self._stored(id_)
        return stored.article.headline if stored is not None and stored.article is not None else None


def _check_stories(rule: Rule) -> None:
    targets = (rule.target, rule.beside)
    if any(each is None or each.by is not TargetKind.ARTICLE for each in targets):
        raise RuleError("beside", "a decision about a story is about two articles; name both ids")
    if rule.beside is not None and rule.target.value == rule.beside.value:
        raise RuleError("beside", "it is about two different articles")
    if rule.shelves or rule.since or rule.until is not None:
        raise RuleError("shelves", "a decision about a story holds everywhere, from now until it is ended")
