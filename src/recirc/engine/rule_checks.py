"""What rules of single kinds must be."""

from typing import Final

from recirc.errors import UserError
from recirc.settings.portal import LAYOUTS
from recirc.store.rules import FRONT, ArticleLabel, Rule, RuleKind, TargetKind

NEW: Final = (TargetKind.NEW_ARTICLES, TargetKind.NEW_AUTHORS)
"""Targets that pass with time."""
LONGEST: Final = 100_000
"""Most hours or days that something is new."""


class RuleError(UserError, ValueError):
    """A rule that cannot be; the text says why and what to do, `field` which part of it is wrong."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


def check_label(rule: Rule) -> None:
    """Raises RuleError for a label that cannot be."""
    known = [each.value for each in ArticleLabel]
    if rule.label not in known:
        raise RuleError("label", f"{rule.label!r} is no label; there is {' and '.join(known)}")
    if rule.until is None:
        raise RuleError("until", "a label has an end, so that nothing is breaking for ever; name a time")
    if rule.shelves or rule.beside is not None:
        raise RuleError("shelves", "a label is for all places; leave shelves and beside out")


def check_layout(rule: Rule) -> None:
    """Raises RuleError for a layout that cannot be."""
    if rule.target.by is not TargetKind.SECTION:
        raise RuleError("target", "a layout is that of one section; name it")
    if rule.label not in LAYOUTS:
        raise RuleError("label", f"{rule.label!r} is no layout; there are {', '.join(LAYOUTS)}")
    if rule.shelves != (FRONT,) or rule.beside is not None:
        raise RuleError("shelves", f"sections have layouts on the front page; name {FRONT!r} alone")


def check_share(rule: Rule) -> None:
    """Raises RuleError for a share that cannot be."""
    if not 0 < rule.share < 1:
        raise RuleError("share", "a share is above 0 and below 1; 0.2 is a fifth of the slots")
    if FRONT in rule.shelves:
        raise RuleError("shelves", "the front page has no shares; arrange it, or name shelves")
    if rule.beside is not None and rule.beside.by in NEW:
        raise RuleError("beside", "name the articles beside which it applies")
    if rule.target.by in NEW:
        amount_of(rule)


WITH_A_WORD: Final = {RuleKind.LABEL: check_label, RuleKind.LAYOUT: check_layout}
"""What checks the kinds of rules that have a word."""


def amount_of(rule: Rule) -> float:
    """The hours or days of a target that passes with time. Raises RuleError."""
    try:
        amount = float(rule.target.value)
    except ValueError:
        amount = 0.0
    if not 0 < amount <= LONGEST:
        raise RuleError("target", f"{rule.target.value!r} is no number of hours or days, such as 24")
    return amount
