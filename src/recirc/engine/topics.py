"""Topics merged, renamed, divided and hidden by editors: past articles and old pages follow at once."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from msgspec import structs

from recirc.engine.engine import Engine
from recirc.store.ports import ConflictError, NotThereError, PublishOutcome
from recirc.store.rules import Rule, RuleTarget, StoredRule, TargetKind
from recirc.store.topic_merges import TopicMerge, TopicPart
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
    merge = _begun(engine, name, into, (), by, reason, now)
    merges.add(merge)
    _apply(engine, merge)
    for stored in _rules_about(engine, merge.name):
        engine.rules.add(_about(stored.rule, merge.name, into), now, replaces=stored.key)
    return merge


def divide_topic(
    engine: Engine, name: str, parts: Sequence[TopicPart], rest: str, by: str, reason: str, now: int
) -> TopicMerge:
    """Make several topics of one, at `now` (ms): each part has its articles, all others have `rest`, which may be the
    old name. Rules about the topic stay with what is left of it.

    Raises:
        TopicError: there is no such topic, or a part has no name, no words and no section, or the old name.
        ConflictError: somebody else has merged or divided it meanwhile.
        StoreError: it cannot be stored.
    """
    rest = " ".join(rest.split()) or name
    if not parts:
        raise TopicError(
            "parts", "name at least one part, with words or a section by which its articles are known"
        )
    for part in parts:
        if not 1 <= len(part.into) <= LONGEST_NAME:
            raise TopicError("parts", f"a topic's name has 1 to {LONGEST_NAME} characters")
        if slug(part.into) == slug(name):
            raise TopicError(
                "parts", f"{part.into!r} is the topic's own name; that of what is left is given apart"
            )
        if not any(words.strip() for words in part.words) and not part.section:
            raise TopicError("parts", f"say by which words, or by which section, {part.into!r} is known")
    merge = _begun(engine, name, rest, tuple(parts), by, reason, now)
    engine.rules.topics.add(merge)
    _apply(engine, merge)
    for stored in _rules_about(engine, merge.name) if slug(rest) != slug(name) else ():
        engine.rules.add(_about(stored.rule, merge.name, rest), now, replaces=stored.key)
    return merge


def hide_topic(engine: Engine, name: str, by: str, reason: str, now: int) -> TopicMerge:
    """Take a topic off all articles, now and later, at `now` (ms); rules about it end.

    Raises:
        TopicError: there is no such topic.
        ConflictError: somebody else has merged or hidden it meanwhile.
        StoreError: it cannot be stored.
    """
    merge = _begun(engine, name, "", (), by, reason, now)
    engine.rules.topics.add(merge)
    _apply(engine, merge)
    for stored in _rules_about(engine, merge.name):
        engine.rules.end(stored.key, by)
    return merge


def _begun(
    engine: Engine, name: str, into: str, parts: tuple[TopicPart, ...], by: str, reason: str, now: int
) -> TopicMerge:
    """What is to be kept of a change of a topic. Raises TopicError where no article is about it."""
    articles = list(_articles(engine, name))
    if not articles:
        raise TopicError("name", f"no article is about {name!r}")
    others = {slug(each) for each in (into, *(part.into for part in parts)) if each} - {slug(name)}
    return TopicMerge(
        name=_spelled(engine, name),
        into=into,
        by=by,
        reason=reason,
        time=now,
        articles=tuple(each.id for each in articles),
        both=tuple(each.id for each in articles if others & set(map(slug, each.topics))),
        parts=parts,
    )


def _apply(engine: Engine, merge: TopicMerge) -> None:
    """Give the articles of a topic those that they have instead."""
    _publish(engine, merge.articles, lambda article: _renamed(article.topics, merge.name, merge.of(article)))


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
    given = [each for each in (merge.into, *(part.into for part in merge.parts)) if each]

    def restored(article: Article) -> tuple[str, ...]:
        topics = article.topics
        for each in given if article.id not in both else ():
            topics = _renamed(topics, each, merge.name)
        return tuple({slug(topic): topic for topic in (*topics, merge.name)}.values())

    _publish(engine, merge.articles, restored)
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
    """The topics with one of them under another name, empty: without it; each once."""
    changed = (new if slug(topic) == slug(old) else topic for topic in topics)
    return tuple({slug(name): name for name in changed if name}.values())


def _publish(engine: Engine, ids: Iterable[str], change: Callable[[Article], tuple[str, ...]]) -> None:
    """Publish articles with other topics; one that somebody changes meanwhile is decided again."""
    left = list(ids)
    for _ in range(TRIES):
        conflicts = list[str]()
        for start in range(0, len(left), BATCH):
            batch, versions = list[Article](), dict[str, bytes]()
            for id_ in left[start : start + BATCH]:
                stored = engine.article(id_)
                if stored is not None and stored.article is not None and not stored.withdrawn:
                    batch.append(structs.replace(stored.article, topics=change(stored.article)))
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
