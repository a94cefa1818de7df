"""What an article's own text says that its sender did not: its language, and who and what it is about."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from msgspec.structs import replace

from recirc.settings import Settings
from recirc.text.clean import words_of
from recirc.text.language import language
from recirc.text.slugs import slug
from recirc.text.topics import Gazetteer, Topics, read_own
from recirc.types import Article

MOST = 8
"""Topics that are found for an article which came without; beyond the surest few they are mentions."""


def naming(settings: Settings) -> Callable[[Article], Article]:
    """What completes an article on its way in: topics that it brings get their one name, what it lacks is found.

    An article that says its language keeps it. Topics are found where it brings none, or from a source none that are
    known here: a feed's only category is often "News".

    Raises:
        OwnNamesError: the newsroom's own file of names cannot be read.
    """
    own = read_own(Path(settings.topics.file))

    @cache
    def topics() -> Topics:  # the gazetteer takes a moment, and readers' workers may never publish
        return Topics(Gazetteer(own), assumed=settings.site.language)

    def named(article: Article) -> Article:
        words = words_of(article.body)
        spoken = article.language or language(f"{article.headline}\n{words}")
        names = tuple(dict.fromkeys(topics().canonical(name) for name in article.topics))
        polled = article.provenance.first_seen is not None
        known = topics().gazetteer.by_slug
        if settings.topics.find and (
            not names or (polled and not any(slug(name) in known for name in names))
        ):
            found = (topic.name for topic in topics().find(article.headline, words, spoken))
            names = tuple(dict.fromkeys((*names, *found)))[: max(MOST, len(names))]
        return replace(article, topics=names, language=spoken)

    return named
