"""Sections: which there are, how their names are spelled, and which of an article's categories is its section."""

from collections.abc import Callable, Iterable, Mapping

import numpy as np
from msgspec.structs import replace

from recirc.engine.article_cache import ArticleCache
from recirc.engine.brand_scopes import BrandScope
from recirc.engine.log_consumer import LogConsumer
from recirc.engine.shared_shelves import SharedValues, edition_of
from recirc.state.state import State
from recirc.text.slugs import slug, title_of
from recirc.types import Article, BoolArray


def sections_of(state: State, mask: BoolArray | None) -> tuple[list[int], list[int]]:
    """The newest article of each section, and the number of live articles of each."""
    live = np.flatnonzero(state.catalogue.live() if mask is None else state.catalogue.live() & mask)[::-1]
    _, newest, counts = np.unique(state.catalogue.section[live], return_index=True, return_counts=True)
    return live[newest].tolist(), counts.tolist()


class Sections:
    """The sections of the newspaper and of its brands. What they do raises StoreError."""

    def __init__(
        self,
        consumer: LogConsumer,
        articles: ArticleCache,
        scopes: Mapping[str, BrandScope],
        mapped: Mapping[str, str],
    ) -> None:
        """`mapped`: the setting `sections.map`."""
        self._consumer, self._articles, self._scopes, self._mapped = consumer, articles, scopes, mapped
        self._kept = SharedValues()

    def sizes(self, brand: str | None) -> tuple[tuple[str, int], ...]:
        """Slug and size of each section, optionally of one brand, largest first."""
        scope = self._scopes.get(brand or "")
        with self._consumer.reading() as state:
            mask = scope.mask(state) if scope else None
            indices, counts = state.derived(("sections", brand), lambda: sections_of(state, mask))
        stored = self._articles.get(indices)
        found = [
            (kept.article.section, n)
            for kept, n in zip(stored, counts, strict=True)
            if kept is not None and kept.article is not None
        ]
        return tuple(sorted(found, key=lambda section: (-section[1], section[0])))

    def title(self, name: str) -> str:
        """The name of a section, given its slug, as its newest article or the setting `sections.map` spells it."""
        with self._consumer.reading() as state:
            edition = edition_of(self._kept, state, self._articles)
            titles: dict[str, str] | None = edition.get("titles")
            newest = sections_of(state, None)[0] if titles is None else []
        if titles is None:
            stored = self._articles.get(newest)
            titles = edition["titles"] = spelled_titles(
                (kept.article for kept in stored if kept and kept.article), self._mapped
            )
        return titles.get(name) or title_of(name)


def spelled_titles(articles: Iterable[Article], mapped: Mapping[str, str]) -> dict[str, str]:
    """The names of sections by their slugs, as these articles or the setting `sections.map` spell them."""
    found = {slug(name): name for name in mapped.values()}
    for article in articles:
        written = _written(article)
        if written and slug(written) == article.section:
            found.setdefault(article.section, written)
        found.setdefault(article.section, title_of(article.section))
    return found


def section_mapper(mapped: Mapping[str, str]) -> Callable[[Article], Article]:
    """A function that gives an article the section that the setting `sections.map` names for one of its categories.

    The first of section and topics that the setting knows counts; the article's own section becomes a topic where it is
    another one.
    """
    sections = {slug(name): slug(section) for name, section in mapped.items()}

    def map_section(article: Article) -> Article:
        names = (article.section, *article.topics)
        chosen = next((name for name in names if slug(name) in sections), None)
        if chosen is None:
            return article
        topics = [topic for topic in article.topics if topic != chosen]
        written = _written(article)
        if chosen is not article.section and article.section != _NONE:
            topics.insert(
                0, written if written and slug(written) == article.section else title_of(article.section)
            )
        return replace(article, section=sections[slug(chosen)], topics=tuple(topics))

    return map_section if sections else _unchanged


_NONE = "news"
"""The section of articles without one, as `reading.fields` gives it."""


def _written(article: Article) -> str | None:
    """The section as the article's sender writes it."""
    claims = article.provenance.claims
    return claims.section if claims is not None else None


def _unchanged(article: Article) -> Article:
    return article
