"""Topics merged and renamed by editors: past articles follow at once, the old page leads to the new one."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from msgspec import structs

from recirc.engine.engine import Engine
from recirc.store.ports import ConflictError, NotThereError, PublishOutcome
from recirc.store.rules import Rule, RuleTarget, StoredRule, TargetKind
from recirc.store.topic_merges import TopicMerge
from recirc.text.slugs import slug
from recirc.types import Article

BATCH: Final = 200
"""Articles that are published together."""
TRIES: Final = 5
LONGEST_NAME: Final = 200  # characters


class TopicError(ValueError):
    """A merge that cannot be; `field` says which part of it is wrong."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


def merge_topics(engine: Engine, name: str, into: str, by: str, reason: str, now: int) -> TopicMerge:
    """Give the articles of one topic another one, or another name, at `now` (ms); rules about it follow.

    Raises:
        TopicError: there is no such topic, or the two are one.
        ConflictError: somebody else has merged it meanwhile.
        StoreError: it cannot be stored.
    """
    merges = engine.rules.topics
    into = _spelled(engine, " ".join(into.split()))
    if not into or len(into) > LONGEST_NAME:
        raise TopicError("into", f"a topic's name has 1 to {LONGEST_NAME} characters")
    if slug(merges.current(into)) == slug(name):
        raise TopicError("into", f"{name!r} is merged into itself that way")
    articles = list(_articles(engine, name))
    if not articles:
        raise TopicError("name", f"no article is about {name!r}")
    spelled = _spelled(engine, name)
    merge = TopicMerge(
        name=spelled,
        into=into,
        by=by,
        reason=reason,
        time=now,
        articles=tuple(each.id for each in articles),
        both=tuple(each.id for each in articles if slug(into) in map(slug, each.topics)),
    )
    merges.add(merge)
    _publish(engine, merge.articles, lambda topics: _renamed(topics, spelled, into))
    for stored in _rules_about(engine, spelled):
        engine.rules.add(_about(stored.rule, spelled, into), now, replaces=stored.key)
    return merge


def split_topics(engine: Engine, before: str) -> TopicMerge:
    """Take a merge back, by the slug of the old name: the articles that had the old topic have it again.

    Raises NotThereError and StoreError.
    """
    merges = engine.rules.topics
    merge = merges.all().get(before)
    if merge is None:
        raise NotThereError(f"no topic {before!r} was merged (any more)")
    merges.remove(before)
    both = set(merge.both)
    alone = [id_ for id_ in merge.articles if id_ not in both]
    _publish(engine, alone, lambda topics: _renamed(topics, merge.into, merge.name))
    _publish(engine, merge.both, lambda topics: (*topics, merge.name))
    return merge


def _spelled(engine: Engine, name: str) -> str:
    """A topic's name as the newest article about it spells it; of one that is new as it is given."""
    for article in engine.listing(topic=name, limit=1).articles if name else ():
        return next((topic for topic in article.topics if slug(topic) == slug(name)), name)
    return name


def _articles(engine: Engine, topic: str) -> Iterator[Article]:
    offset = 0
    while found := engine.listing(topic=topic, limit=BATCH, offset=offset).articles:
        yield from found
        offset += BATCH


def _renamed(topics: Iterable[str], old: str, new: str) -> tuple[str, ...]:
    """The topics with one of them under another name, each once."""
    found = {slug(name): name for name in (new if slug(topic) == slug(old) else topic for topic in topics)}
    return tuple(found.values())


def _publish(
    engine: Engine, ids: Iterable[str], change: Callable[[tuple[str, ...]], tuple[str, ...]]
) -> None:
    """Publish articles with other topics; one that somebody changes meanwhile is decided again."""
    left = list(ids)
    for _ in range(TRIES):
        conflicts = list[str]()
        for start in range(0, len(left), BATCH):
            batch, versions = list[Article](), dict[str, bytes]()
            for id_ in left[start : start + BATCH]:
                stored = engine.article(id_)
                if stored is not None and stored.article is not None and not stored.withdrawn:
                    batch.append(structs.replace(stored.article, topics=change(stored.article.topics)))
                    versions[id_] = stored.version
            outcomes = engine.publish(batch, based_on=versions).result().outcomes if batch else ()
            conflicts += [
                article.id
                for article, outcome in zip(batch, outcomes, strict=True)
                if outcome is PublishOutcome.CONFLICT
            ]
        left = conflicts
        if not left:
            break
    engine.catch_up()
    if left:
        raise ConflictError(
            f"{len(left)} articles were changed again and again meanwhile; merge it once more"
        )


def _rules_about(engine: Engine, topic: str) -> list[StoredRule]:
    return [each for each in engine.rules.standing() if _about(each.rule, topic, "") != each.rule]


def _about(rule: Rule, old: str, new: str) -> Rule:
    """The rule with one topic in the place of another."""

    def other(target: RuleTarget | None) -> RuleTarget | None:
        if target is None or target.by is not TargetKind.TOPIC or slug(target.value) != slug(old):
            return target
        return RuleTarget(TargetKind.TOPIC, new)

    return structs.replace(rule, target=other(rule.target), beside=other(rule.beside))
