"""What an article's own text says that its sender did not: its language, and who and what it is about."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from msgspec.structs import replace

from recirc.settings import Settings
from recirc.text.clean import words_of
from recirc.text.language import language
from recirc.text.topics import Gazetteer, Topics, read_own
from recirc.types import Article

MOST = 8
"""Topics that are found for an article which came without; beyond the surest few they are mentions."""


def naming(settings: Settings) -> Callable[[Article], Article]:
    """What completes an article on its way in: topics that it brings get their one name, those that it lacks are found.

    An article that says its language or its topics keeps them.

    Raises:
        OwnNamesError: the newsroom's own file of names cannot be read.
    """
    own = read_own(Path(settings.topics.file))

    @cache
    def topics() -> Topics:  # the gazetteer takes a moment, and readers' workers may never publish
        return Topics(Gazetteer(own), assumed=settings.site.language)

    def named(article: Article) -> Article:
        if article.topics:
            names = tuple(dict.fromkeys(topics().canonical(name) for name in article.topics))
            return article if names == article.topics else replace(article, topics=names)
        words = words_of(article.body)
        spoken = article.language or language(f"{article.headline}\n{words}")
        found: tuple[str, ...] = ()
        if settings.topics.find:
            found = tuple(topic.name for topic in topics().find(article.headline, words, spoken)[:MOST])
        return replace(article, topics=found, language=spoken)

    return named
