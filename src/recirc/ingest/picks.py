"""What editors of a CMS picked to lead Related beside an article: rules of the source, which follow what it says."""

import logging
import secrets
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from recirc.clock import now_ms
from recirc.engine.engine import Engine
from recirc.engine.rules import KEY_BYTES
from recirc.reading.urls import identity_of
from recirc.shelves.related import Related
from recirc.sources.source import PickedArticle
from recirc.store.ports import ConflictError
from recirc.store.rules import Rule, RuleKind, RuleTarget, StoredRule, TargetKind

logger = logging.getLogger("recirc.sources")

TRIES: Final = 3
"""Attempts where somebody else ends the same rules at the same moment; after that the next message or poll follows."""
REASON: Final = "picked beside the article in its CMS"


class PicksBeside(NamedTuple):
    """What `source`, by its kind and address, says that its editors picked beside an article, by its id here."""

    article: str
    source: str
    picks: Sequence[PickedArticle]


def follow_picks(engine: Engine, said: Sequence[PicksBeside]) -> None:
    """Make and end pins so that those of each source beside each article are as the source says.

    A source speaks for its own articles alone, at both ends: beside an article of another source it pins nothing, and
    picked articles of other sources are left out. Pins that others made stay. An article of the source's own site that
    is not here yet leads once it is. Raises StoreError.
    """
    said = [each for each in said if _is_of(engine, each.article, each.source)]
    for _ in range(TRIES):
        standing = _beside(engine.rules.standing())
        said = [each for each in said if not _followed(engine, each, standing[each.source, each.article])]
        if not said:
            return
    for each in said:
        logger.warning(
            "%s: its picks beside %s are not followed, because others changed these rules at the same moment, %s times "
            "in a row; the next message about the article, or its next change, brings them",
            each.source,
            each.article,
            TRIES,
        )


def picks_without_source(standing: Sequence[StoredRule], addresses: Collection[str]) -> dict[str, list[str]]:
    """The keys of pins that a source made which is not at any of these addresses, by its kind and address."""
    found: dict[str, list[str]] = defaultdict(list)
    for (source, _), pins in _beside(standing).items():
        kind, _, address = source.partition(" ")
        # Editors make their own pins by their names, API keys by theirs.
        if kind and address and address not in addresses and _host_of(address):
            found[source] += [each.key for each in pins if each.rule.reason == REASON]
    return {source: keys for source, keys in found.items() if keys}


def end_picks(engine: Engine, addresses: Collection[str]) -> None:
    """End the pins of sources that are at none of these addresses, without keys in them. Raises StoreError."""
    for source, keys in picks_without_source(engine.rules.standing(), addresses).items():
        engine.rules.end_all(keys, source)


def _beside(standing: Sequence[StoredRule]) -> dict[tuple[str, str], list[StoredRule]]:
    """The pins on Related beside one article, by who made them and the article's id, in the order of their places."""
    found: dict[tuple[str, str], list[StoredRule]] = defaultdict(list)
    for each in standing:
        rule = each.rule
        if rule.kind is RuleKind.PIN and rule.beside is not None and rule.shelves == (Related.name,):
            found[rule.by, rule.beside.value].append(each)
    for pins in found.values():
        pins.sort(key=lambda each: each.rule.place)
    return found


def _followed(engine: Engine, said: PicksBeside, pins: Sequence[StoredRule]) -> bool:
    """Whether the pins are now as the source says."""
    ids = (_id_of(engine, each, said.source) for each in said.picks)
    wanted = [id_ for id_ in dict.fromkeys(ids) if id_ is not None and id_ != said.article]
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


def _id_of(engine: Engine, pick: PickedArticle, source: str) -> str | None:
    """The id that it has here, or will have; None: it is not an article of the source."""
    name = identity_of(pick.url)
    known = engine.owner(pick.sender) or engine.owner(name)
    if known is not None:
        return known if _is_of(engine, known, source) else None
    return name if _host_of(name) == _host_of(source) else None


def _is_of(engine: Engine, article: str, source: str) -> bool:
    stored = engine.article(article)
    return stored is not None and stored.article is not None and stored.article.provenance.source == source


def _host_of(named: str) -> str:
    """The host of an address, or of a source by its kind and address, without "www."; empty: there is none."""
    try:
        host = urlsplit(named.rpartition(" ")[2]).hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")


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
