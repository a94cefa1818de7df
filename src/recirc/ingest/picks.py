"""What editors of a CMS picked to lead Related beside an article: rules of the source, which follow what it says."""

import secrets
from collections import defaultdict
from collections.abc import Sequence
from typing import Final, NamedTuple

from recirc.clock import now_ms
from recirc.engine.engine import Engine
from recirc.engine.rules import KEY_BYTES
from recirc.reading.urls import identity_of
from recirc.shelves.related import Related
from recirc.sources.source import PickedArticle
from recirc.store.ports import ConflictError
from recirc.store.rules import Rule, RuleKind, RuleTarget, StoredRule, TargetKind

TRIES: Final = 3
"""Attempts where somebody else ends the same rules at the same moment; after that the next message or poll follows."""
REASON: Final = "picked beside the article in its CMS"


class PicksBeside(NamedTuple):
    """What `source` says that its editors picked beside an article, by its id here."""

    article: str
    source: str
    picks: Sequence[PickedArticle]


def follow_picks(engine: Engine, said: Sequence[PicksBeside]) -> None:
    """Make and end pins so that those of each source beside each article are as the source says.

    Pins that others made stay. An article that is not here yet leads once it is. Raises StoreError.
    """
    for _ in range(TRIES):
        standing = _standing(engine)
        said = [each for each in said if not _followed(engine, each, standing[each.source, each.article])]
        if not said:
            return


def _standing(engine: Engine) -> dict[tuple[str, str], list[StoredRule]]:
    """The pins on Related beside one article, by who made them and the article's id, in the order of their places."""
    found: dict[tuple[str, str], list[StoredRule]] = defaultdict(list)
    for each in engine.rules.standing():
        rule = each.rule
        if rule.kind is RuleKind.PIN and rule.beside is not None and rule.shelves == (Related.name,):
            found[rule.by, rule.beside.value].append(each)
    for pins in found.values():
        pins.sort(key=lambda each: each.rule.place)
    return found


def _followed(engine: Engine, said: PicksBeside, pins: Sequence[StoredRule]) -> bool:
    """Whether the pins are now as the source says."""
    ids = (_id_of(engine, each) for each in said.picks)
    wanted = [id_ for id_ in dict.fromkeys(ids) if id_ != said.article]
    if [each.rule.target.value for each in pins] == wanted:
        return True
    ends = [each.key for each in pins]
    if not wanted:
        engine.rules.end_all(ends, said.source)
        return True
    rules = [
        (secrets.token_hex(KEY_BYTES), _pin(said, id_, place)) for place, id_ in enumerate(wanted, start=1)
    ]
    try:
        engine.rules.add_all(rules, now_ms(), said.source, ends=ends, awaited=wanted)
    except ConflictError:
        return False
    return True


def _id_of(engine: Engine, pick: PickedArticle) -> str:
    """The id that it has here, or will have."""
    name = identity_of(pick.url)
    return engine.owner(pick.sender) or engine.owner(name) or name


def _pin(said: PicksBeside, article: str, place: int) -> Rule:
    return Rule(
        kind=RuleKind.PIN,
        target=RuleTarget(TargetKind.ARTICLE, article),
        beside=RuleTarget(TargetKind.ARTICLE, said.article),
        shelves=(Related.name,),
        place=place,
        reason=REASON,
        by=said.source,
    )
