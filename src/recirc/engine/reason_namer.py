"""The names of what reasons refer to: topics, sections, headlines, and what texts have in common."""

from collections.abc import Mapping
from typing import Final

from recirc.engine.article_cache import ArticleCache
from recirc.engine.written_texts import WrittenTexts
from recirc.messages import words_in
from recirc.settings import Settings
from recirc.shelves.reasons import ReasonNames
from recirc.shelves.shelf import RankingContext
from recirc.store.ports import ArchivedArticle
from recirc.text.slugs import key, slug, title_of
from recirc.types import Request

MOST_KNOWN: Final = 4096
"""Number of articles whose topics are kept; beyond it all are dropped."""


class ReasonNamer:
    """Knows the names that requests need. Threads may share it: at worst the topics of an article are read twice."""

    def __init__(self, settings: Settings, articles: ArticleCache) -> None:
        self._articles = articles
        self._written = WrittenTexts(articles)
        self._languages = {slug(each.name): each.language for each in settings.brands.list}
        self._language = settings.site.language
        self._stated = settings.shelves.stated_readers
        self._topics: dict[int, tuple[ArchivedArticle, Mapping[int, str]]] = {}

    def names(self, request: Request, context: RankingContext) -> ReasonNames:
        """What the reasons of a request refer to, in its language. Raises StoreError."""
        topics = self._topics_of(context.article) if context.article >= 0 else {}
        sections = {context.section: title_of(slug(request.section))} if request.section else {}
        words = words_in(request.language or self._languages.get(request.brand or "") or self._language)
        return ReasonNames(
            topics, sections, self._headline, context.article, self._written.phrases, self._stated, words
        )

    def _topics_of(self, index: int) -> Mapping[int, str]:
        """The topics of an article by the hashes of their slugs."""
        (stored,) = self._articles.get([index])
        if stored is None or stored.article is None:
            return {}
        known = self._topics.get(index)
        if known is not None and known[0] is stored:
            return known[1]
        topics = {key(slug(topic)): topic for topic in stored.article.topics}
        if len(self._topics) >= MOST_KNOWN:
            self._topics.clear()
        self._topics[index] = (stored, topics)
        return topics

    def _headline(self, index: int) -> str | None:
        (stored,) = self._articles.get([index])
        return stored.article.headline if stored is not None and stored.article is not None else None
