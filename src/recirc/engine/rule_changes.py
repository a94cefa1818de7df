"""The rules of each moment of a day, as they were and with one changed."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from msgspec import structs

from recirc.engine.active_rules import ActiveRules
from recirc.engine.rule_book import turns_of
from recirc.engine.target_masks import Find
from recirc.store.rules import FRONT, STORY_KINDS, Rule, RuleKind, StoredRule

NEW_KEY = "preview"
"""In the place of the key of a rule that nobody has made."""


class RuleChange(NamedTuple):
    """What is asked about: a rule that nobody has made, perhaps in the place of another; or, `standing`, one that there
    is, against its absence. It counts for the whole day, whenever its own time begins and ends.

    Attributes:
        rule: the rule.
        key: of the rule that it replaces, or its own where it stands; empty: of none.
    """

    rule: Rule
    key: str = ""
    standing: bool = False


class RulesOfDay:
    """The rules that stood at each moment, without and with a change."""

    def __init__(
        self, fixed: Sequence[StoredRule], stored: Sequence[StoredRule], change: RuleChange, find: Find
    ) -> None:
        """`fixed` stand at all times; `stored` are all that ever were; `find` gives the indices of article ids."""
        self._fixed, self._stored, self._change, self._find = fixed, stored, change, find
        moments = {each.added for each in stored} | {each.ended for each in stored if each.ended is not None}
        self._turns = sorted(moments | set(turns_of(tuple(stored))))
        self._made: tuple[int, tuple[ActiveRules, ActiveRules]] | None = None

    def at(self, now: int) -> tuple[ActiveRules, ActiveRules]:
        """The rules at `now` (ms) without and with the change: the same objects while they are the same and time goes
        forward; those of earlier moments are not kept.
        """
        turn = bisect_right(self._turns, now)
        if self._made is None or self._made[0] != turn:
            self._made = turn, self._rules(now)
        return self._made[1]

    def _rules(self, now: int) -> tuple[ActiveRules, ActiveRules]:
        stood = [*self._fixed, *(each for each in self._stored if each.stood(now))]
        others = [each for each in stood if each.key != self._change.key]
        number = max((each.number for each in self._stored), default=0) + 1
        rule = structs.replace(self._change.rule, since=0, until=None)
        new = StoredRule(number, NEW_KEY, now, None, None, rule)
        before = others if self._change.standing else stood
        return ActiveRules(before, self._find), ActiveRules([*others, new], self._find)


def is_replayed(rule: Rule) -> bool:
    """Whether a replay can show what a rule does: it changes shelves."""
    return rule.kind not in (RuleKind.LABEL, *STORY_KINDS) and rule.shelves != (FRONT,)
