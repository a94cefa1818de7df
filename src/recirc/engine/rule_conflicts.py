"""What a new rule meets: rules that it contradicts, and what it leaves without articles; in sentences."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from recirc.engine.active_rules import FORBIDDING, HIDING, ActiveRules
from recirc.engine.rule_checks import NEW
from recirc.engine.rule_words import RuleNames, in_words, places_in_words, target_in_words
from recirc.engine.target_masks import Find, TargetMask, target_key
from recirc.state.state import State
from recirc.store.rules import FRONT, Rule, RuleKind, RuleTarget, StoredRule, TargetKind
from recirc.types import BoolArray

MOST: Final = 10
"""Conflicts that are told of one rule."""

PLACING: Final = (RuleKind.PIN, RuleKind.BOOST, RuleKind.SLOT, RuleKind.SHARE)


def conflicts(
    rule: Rule, standing: Sequence[StoredRule], state: State, names: RuleNames, find: Find, now: int
) -> list[str]:
    """What an editor should know who makes `rule` at `now` (ms) beside the rules that stand."""
    found = list[str]()
    if (
        rule.target.by not in NEW
        and not TargetMask([rule.target], find).of(state)[state.catalogue.live()].any()
    ):
        found.append(f"No article is from {target_in_words(rule.target, names)} at the moment.")
    for each in standing:
        if len(found) >= MOST:
            break
        if _meet(rule, each.rule) and (text := _contradiction(rule, each.rule, state, names, find)):
            found.append(text)
    return found + _emptied(rule, standing, state, names, find, now)


def _meet(one: Rule, other: Rule) -> bool:
    """Whether there is a moment and a place at which both apply."""
    in_time = (one.until is None or other.since < one.until) and (
        other.until is None or one.since < other.until
    )
    in_place = not one.shelves or not other.shelves or bool(set(one.shelves) & set(other.shelves))
    return in_time and in_place and (one.beside is None or other.beside is None or one.beside == other.beside)


def _contradiction(one: Rule, other: Rule, state: State, names: RuleNames, find: Find) -> str | None:
    said = in_words(other, names)
    if one.kind is RuleKind.PIN and other.kind is RuleKind.PIN:
        same = one.place == other.place and one.target != other.target
        return f"“{said}” has the same place; the newer rule wins." if same else None
    if one.kind is RuleKind.LABEL and other.kind is RuleKind.LABEL:
        same = one.target == other.target
        return f"“{said}” is about the same article; the newer label wins." if same else None
    if one.kind is RuleKind.LAYOUT and other.kind is RuleKind.LAYOUT:
        same = target_key(one.target) == target_key(other.target)
        return f"“{said}” is about the same section; the newer layout wins." if same else None
    if one.kind is RuleKind.SHARE and other.kind is RuleKind.SHARE:
        return _shares_contradict(one, other, said)
    placing, hiding = (one, other) if one.kind in PLACING else (other, one)
    if placing.kind not in PLACING or hiding.kind not in HIDING:
        return None
    if placing.kind is RuleKind.PIN and hiding.kind not in FORBIDDING:
        return None  # what is buried may be pinned
    if placing.kind is RuleKind.SHARE and placing.most:
        return None
    if not _shares(placing.target, hiding.target, state, find):
        return None
    what = f"the {placing.kind.value} has no effect on what both are about"
    return f"It contradicts “{said}”: {what}, as long as the {hiding.kind.value} is in force."


def _shares_contradict(one: Rule, other: Rule, said: str) -> str | None:
    """Two shares that cannot both be met, or of which one has no effect."""
    if one.target == other.target:
        low, high = (other, one) if one.most else (one, other)
        if one.most is not other.most and low.share > high.share:
            return f"It contradicts “{said}”: no list is at least {low.share:g} and at most {high.share:g} of one kind."
        return (
            f"“{said}” is about the same articles; the stricter of both counts."
            if one.most is other.most
            else None
        )
    if not one.most and not other.most and one.target.by is other.target.by and one.share + other.share > 1:
        return (
            f"With “{said}” more than all slots are given out; each is met as far as the other leaves room."
        )
    return None


def _shares(one: RuleTarget, other: RuleTarget, state: State, find: Find) -> bool:
    """Whether two targets have articles in common: of the same kind by their names, else where one is an article."""
    if one.by in NEW or other.by in NEW:
        return False
    if one.by is other.by:
        return one.value == other.value or (
            one.by not in (TargetKind.ARTICLE, TargetKind.STORY) and target_key(one) == target_key(other)
        )
    for article, by in ((one, other), (other, one)):
        if article.by is TargetKind.ARTICLE:
            index = int(find([article.value])[0])
            return 0 <= index < state.size and _has(index, by, state, find)
    return False


def _has(index: int, target: RuleTarget, state: State, find: Find) -> bool:
    catalogue = state.catalogue
    if target.by is TargetKind.STORY:
        other = int(find([target.value])[0])
        story = state.stories.all()
        return 0 <= other < state.size and bool(story[other] == story[index])
    columns = {
        TargetKind.SECTION: catalogue.section[index : index + 1],
        TargetKind.OUTLET: catalogue.outlet[index : index + 1],
        TargetKind.TOPIC: catalogue.topics[index],
        TargetKind.AUTHOR: catalogue.authors[index],
        TargetKind.LABEL: catalogue.labels[index],
    }
    return bool((columns[target.by] == target_key(target)).any())


def _emptied(
    rule: Rule, standing: Sequence[StoredRule], state: State, names: RuleNames, find: Find, now: int
) -> list[str]:
    """Places that have no articles left with the rule."""
    if rule.kind not in HIDING or rule.beside is not None:
        return []
    at = max(now, rule.since)
    together = ActiveRules(
        [each for each in standing if each.rule.kind in HIDING and each.rule.covers(at)]
        + [StoredRule(-1, "", at, None, None, rule)],
        find,
    )
    live: BoolArray = state.catalogue.live()
    places = rule.shelves or (FRONT, *names.titles)
    emptied = [
        name
        for name in places
        if (hidden := together.hidden(state, name, frozenset())) is not None
        and live.any()
        and not np.any(live & ~hidden)
    ]
    if not emptied:
        return []
    where = "all shelves and the front page" if len(emptied) == len(names.titles) + 1 else None
    where = where or places_in_words(Rule(kind=rule.kind, target=rule.target, shelves=tuple(emptied)), names)
    return [f"With this rule no article is left for {where}."]
