"""Completes articles with what their text shows and their sender left out: language and topics."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from msgspec.structs import replace

from recirc.engine.sections import section_mapper
from recirc.settings import Settings
from recirc.text.clean import words_of
from recirc.text.language import language
from recirc.text.slugs import slug
from recirc.text.topics import Gazetteer, Topics, read_own_names
from recirc.types import Article

MAX_TOPICS = 8
"""Topics found for an article that came without any; less salient ones are mere mentions."""


def _same(name: str, _: Article) -> str:
    return name


def article_enricher(
    settings: Settings, current: Callable[[str, Article], str] = _same
) -> Callable[[Article], Article]:
    """A function that completes an article before it is published. `current` gives the name that a topic of an article
    has now, empty: none.

    It maps its categories to a section (`sections.map`), replaces the sender's
    topics by their canonical names and detects the language if the sender gave none. It finds
    topics if the sender gave none, or if the article was polled from a source and none of its topics are known: a
    feed's only category is often "News".

    Raises:
        OwnNamesError: the newsroom's own file of names cannot be read.
    """
    own_names = read_own_names(Path(settings.topics.file))

    @cache
    def topics() -> Topics:  # loading the gazetteer is slow, and a worker may never publish
        return Topics(Gazetteer(own_names), default_language=settings.site.language)

    map_section = section_mapper(settings.sections.map)

    def enrich(article: Article) -> Article:
        article = map_section(article)
        body_text = words_of(article.body)
        detected = article.language or language(
            f"{article.headline}\n{body_text}", expected=settings.site.language
        )
        names = tuple(dict.fromkeys(topics().canonical(name) for name in article.topics))
        polled = article.provenance.first_seen is not None
        known = topics().gazetteer.by_slug
        if settings.topics.find and (
            not names or (polled and not any(slug(name) in known for name in names))
        ):
            found = (topic.name for topic in topics().find(article.headline, body_text, detected))
            names = tuple(dict.fromkeys((*names, *found)))[: max(MAX_TOPICS, len(names))]
        names = tuple(dict.fromkeys(filter(None, (current(name, article) for name in names))))
        return replace(article, topics=names, language=detected)

    return enrich
