"""Rules in words, as editors say them."""

from collections.abc import Callable, Mapping
from datetime import tzinfo
from typing import NamedTuple

from recirc.clock import from_ms
from recirc.store.rules import FRONT, STORY_KINDS, Rule, RuleKind, RuleTarget, TargetKind
from recirc.text.slugs import slug, title_of


class RuleNames(NamedTuple):
    """What rules name, for people: titles of shelves by name, headlines by id (None: unknown), the site's time zone."""

    titles: Mapping[str, str]
    headline: Callable[[str], str | None]
    zone: tzinfo


def in_words(rule: Rule, names: RuleNames) -> str:
    """What a rule says, in a sentence without its reason and its author.

    >>> from datetime import UTC
    >>> names = RuleNames({"recommendation": "Read next"}, {"a1": "Ferry strike"}.get, UTC)
    >>> comedy, obituaries = (RuleTarget(TargetKind.SECTION, name) for name in ("Comedy", "Obituaries"))
    >>> ban = Rule(kind=RuleKind.BAN, target=comedy, beside=obituaries, shelves=("recommendation",))
    >>> in_words(ban, names)
    'Nothing from the section Comedy on Read next beside the section Obituaries'
    >>> story = RuleTarget(TargetKind.ARTICLE, "a1")
    >>> in_words(Rule(kind=RuleKind.PIN, target=story, shelves=("front",), place=1, until=64_800_000), names)
    '“Ferry strike” at place 1 of the front page, until 1 Jan 1970, 18:00'
    >>> local = RuleTarget(TargetKind.SECTION, "Local")
    >>> in_words(Rule(kind=RuleKind.SLOT, target=local, shelves=("recommendation",), count=1), names)
    'At least 1 slot of Read next for the section Local'
    """
    what, where = target_in_words(rule.target, names), places_in_words(rule, names)
    other = target_in_words(rule.beside, names) if rule.beside else ""
    beside = f" beside {other}" if other and rule.kind not in STORY_KINDS else ""
    sentences = {
        RuleKind.PIN: f"{what} at place {rule.place} of {where}",
        RuleKind.BOOST: f"{what} earlier than its evidence says on {where}, by {rule.strength:g} σ of the scores",
        RuleKind.BURY: f"{what} not put forward on {where}",
        RuleKind.BAN: f"Nothing from {what} on {where}",
        RuleKind.EMBARGO: f"{what} under embargo",
        RuleKind.SHARE: f"At {'most' if rule.most else 'least'} {100 * rule.share:g} % of {where} for {what}",
        RuleKind.JOIN: f"{what} is one story with {other}",
        RuleKind.PART: f"{what} is no part of the story of {other}",
        RuleKind.LABEL: f"{what} marked as {rule.label}",
        RuleKind.LAYOUT: f"{what} with the layout “{rule.label}” on {where}",
        RuleKind.SLOT: f"At least {rule.count} slot{'s' if rule.count != 1 else ''} of {where} for {what}",
    }
    text = sentences[rule.kind]
    if rule.kind is RuleKind.BAN and rule.target.by is TargetKind.ARTICLE:
        text = f"{what} not on {where}"
    return text[0].upper() + text[1:] + beside + _times(rule, names.zone)


def target_in_words(target: RuleTarget, names: RuleNames) -> str:
    """The articles that a rule is about: a headline, or a kind and a name."""
    if target.by is TargetKind.NEW_ARTICLES:
        return f"articles of the last {target.value} hours"
    if target.by is TargetKind.NEW_AUTHORS:
        return f"authors who began here within {target.value} days"
    if target.by in (TargetKind.ARTICLE, TargetKind.STORY):
        headline = names.headline(target.value)
        named = f"“{headline}”" if headline else f"the article {target.value!r}"
        return named if target.by is TargetKind.ARTICLE else f"the story of {named}"
    name = target.value if target.value != slug(target.value) else title_of(target.value)
    return f"the {target.by.value} {name}"


def places_in_words(rule: Rule, names: RuleNames) -> str:
    """Where a rule applies."""
    if not rule.shelves and rule.kind is RuleKind.SHARE:
        return "every shelf but the most read"
    if not rule.shelves:
        return "all shelves and the front page"
    titles = ["the front page" if name == FRONT else names.titles.get(name, name) for name in rule.shelves]
    return titles[0] if len(titles) == 1 else f"{', '.join(titles[:-1])} and {titles[-1]}"


def moment_in_words(moment: int, zone: tzinfo) -> str:
    """A time (ms) in the site's time zone."""
    local = from_ms(moment).astimezone(zone)
    return f"{local.day} {local:%b %Y, %H:%M}"


def _times(rule: Rule, zone: tzinfo) -> str:
    since = f", from {moment_in_words(rule.since, zone)}" if rule.since else ""
    until = f", until {moment_in_words(rule.until, zone)}" if rule.until is not None else ""
    return since + until
