"""The rules in the store, followed by every process, and those of them that are in force at a moment."""

import logging
from bisect import bisect_right
from collections.abc import Callable
from threading import Lock
from typing import Final

from recirc.engine.active_rules import ActiveRules
from recirc.state.stories import StoryDecision
from recirc.store.ports import StoreError
from recirc.store.rules import StoredRule
from recirc.store.sqlite import SqliteStore

logger = logging.getLogger("recirc.engine")

MOST_MOMENTS: Final = 8
"""Number of sets of rules that are kept prepared; as time goes on there is one."""


class RuleBook:
    """The rules that stand, read when they have changed. Thread-safe.

    A request is answered by the rules as they were last read, so that it never waits for the file.
    """

    def __init__(self, store: SqliteStore, fixed: tuple[StoredRule, ...] = ()) -> None:
        """Read the rules; `fixed` are always in force beside them. Raises StoreError."""
        self._store, self._fixed = store, fixed
        self._lock = Lock()  # of what stands; `in_force` takes it within a reading of the state
        self._refreshing = Lock()
        self._version = -1
        self._standing: tuple[StoredRule, ...] = ()
        self._turns: list[int] = []
        self._prepared: dict[int, ActiveRules] = {}
        self._stories: tuple[StoryDecision, ...] = ()
        self._decide_stories: Callable[[tuple[StoryDecision, ...]], None] = lambda _: None
        self.refresh()

    def follow_stories(self, decide: Callable[[tuple[StoryDecision, ...]], None]) -> None:
        """Call `decide` with what stands about which articles tell one story, the oldest first: now, and after each
        change, before the changed rules stand. One thread calls it at a time.
        """
        with self._refreshing:
            self._decide_stories = decide
            decide(self._stories)

    def refresh(self) -> None:
        """Read the rules if they have changed, one thread after the other. Raises StoreError.

        What they say of stories counts before they stand: whoever sees the rules sees their stories too. Nobody may
        call this within a reading of the state, which that waits for.
        """
        with self._refreshing:
            version = self._store.rules_version()
            if version == self._version:
                return
            standing = tuple(self._store.rules())
            stories = ActiveRules(standing, self._store.find).story_decisions()
            self._decide_stories(stories)
            with self._lock:
                self._version, self._standing, self._prepared = version, standing, {}
                self._turns, self._stories = turns_of(standing), stories

    def try_refresh(self) -> None:
        """As `refresh`; where the file cannot be read, the rules stay as they are."""
        try:
            self.refresh()
        except StoreError as error:
            logger.warning("the rules cannot be read and stay as they are: %s", error)

    def standing(self) -> tuple[StoredRule, ...]:
        """The rules that have not ended, also those whose time has not come yet or is over; the oldest first."""
        return self._standing

    def in_force(self, now: int) -> ActiveRules:
        """The rules in force at `now` (ms): the same object between two moments at which one begins or ends."""
        with self._lock:
            turn = bisect_right(self._turns, now)
            found = self._prepared.get(turn)
            if found is None:
                if len(self._prepared) >= MOST_MOMENTS:
                    self._prepared.clear()
                active = [*self._fixed, *(each for each in self._standing if each.rule.covers(now))]
                found = self._prepared[turn] = ActiveRules(active, self._store.find)
            return found


def turns_of(rules: tuple[StoredRule, ...]) -> list[int]:
    """The moments (ms) at which a rule begins or ends, ascending."""
    ends = (each.rule.until for each in rules if each.rule.until is not None)
    return sorted({*(each.rule.since for each in rules if each.rule.since), *ends})
