"""Browsing the archive by date and searching it by words."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

import numpy as np

from recirc.clock import from_ms, to_ms
from recirc.engine.article_cache import ArticleCache
from recirc.engine.brand_scopes import BrandScope
from recirc.engine.kept_follow_ups import KeptFollowUps
from recirc.engine.log_consumer import LogConsumer
from recirc.engine.request_filters import unknown_values
from recirc.provenance.attribution import attribution
from recirc.settings.days import bounds_of, local_times
from recirc.state.state import State
from recirc.store.cancellation import Cancellation
from recirc.store.ports import Archive, ArticleSearch, SearchHit
from recirc.text.clean import words_of
from recirc.text.query import ParsedQuery, QueryTerm, parse_query, query_from_address
from recirc.text.search_terms import written_as
from recirc.text.search_words import COMPOUNDING
from recirc.text.slugs import key, slug
from recirc.text.term_index import language_of
from recirc.types import Article, BoolArray, IntArray, LongArray, Request

MAX_RESULTS = 1000
"""Maximum number of articles found by one search."""

FEW_RESULTS = 20
"""With fewer, compounds with the words are searched as well, in languages that have such."""

MAX_LANGUAGES = 6
"""Languages in which other forms of a word are searched: those of most articles."""


class ArticleListing(NamedTuple):
    """A page of articles and the total number of articles."""

    articles: tuple[Article, ...]
    total: int


class SearchResults(NamedTuple):
    """A page of search results.

    Attributes:
        hits: each article with its matches.
        total: number of results, at most MAX_RESULTS.
        any: whether the results contain only some of the words, because no article contains all.
        query: the parsed query; `wanted` is empty if there was no word to search for.
        suggestion: a query that has results, where this one has a word that no article has; else None.
    """

    hits: tuple[tuple[Article, SearchHit], ...]
    total: int
    any: bool
    query: ParsedQuery
    suggestion: str | None = None


class ArchiveDay(NamedTuple):
    """A day of the archive, with the nearest days before and after it that have articles."""

    listing: ArticleListing
    before: date | None
    after: date | None


class SitemapEntry(NamedTuple):
    """An article in a sitemap.

    Attributes:
        article: the article.
        changed: when it was last published or changed here.
    """

    article: Article
    changed: datetime


class ArticleLibrary(Archive, ArticleSearch, Protocol):
    """Lookup of articles by index and by search."""


class ArchiveBrowser:
    """Reads the live articles of one process's state, optionally of one brand (`brand`, its slug). Thread-safe.

    Days and months are those of the brand's time zone; `zones` has them by brand, and the site's by None.
    """

    def __init__(
        self,
        store: ArticleLibrary,
        log_consumer: LogConsumer,
        article_cache: ArticleCache,
        scopes: Mapping[str, BrandScope],
        zones: Mapping[str | None, ZoneInfo],
        opinion: Sequence[str] = (),
    ) -> None:
        self._zones = zones
        self._store = store
        self._log_consumer = log_consumer
        self._article_cache = article_cache
        self._scopes = scopes
        self._follow_ups = KeptFollowUps(frozenset(key(slug(section)) for section in opinion))

    def unknown_filters(self, request: Request) -> list[tuple[str, str]]:
        """Filters of a request for shelves, by field, and the values of theirs that no article has."""
        with self._log_consumer.reading() as state:
            return unknown_values(state, request)

    # Search

    def search(
        self,
        text: str,
        now: int,
        limit: int,
        offset: int = 0,
        brand: str | None = None,
        cancellation: Cancellation | None = None,
    ) -> SearchResults:
        """Search for `text` at `now` (ms); best results first. `cancellation` can end it. Raises StoreError."""
        query = parse_query(text)._replace(languages=self._languages())
        found = self._search(query, now, brand, cancellation)
        if query.wanted and len(found) < FEW_RESULTS and not COMPOUNDING.isdisjoint(query.languages):
            query = query._replace(compounds=True)
            direct = set(found)
            wider = self._search(query, now, brand, cancellation)
            found += [index for index in wider if index not in direct]
        suggestion = None if found else self._suggestion(text, query, now, brand, cancellation)
        if not found and len(query.wanted) > 1:
            query = query._replace(any=True)
            found = self._search(query, now, brand, cancellation)
        hits = self._store.hits(query, found[offset : offset + limit], cancellation)
        stored = self._article_cache.get([hit.article for hit in hits])
        return SearchResults(
            tuple(
                (kept.article, hit)
                for kept, hit in zip(stored, hits, strict=True)
                if kept is not None and kept.article is not None
            ),
            len(found),
            query.any,
            query,
            suggestion,
        )

    def _suggestion(
        self, text: str, query: ParsedQuery, now: int, brand: str | None, cancellation: Cancellation | None
    ) -> str | None:
        """The text with a letter put right in each word that no article has, as an article writes it."""
        corrections = self._store.corrections(query, cancellation)
        if not corrections:
            return None
        corrected = query._replace(
            wanted=tuple(QueryTerm(corrections.get(term.text, term.text), *term[1:]) for term in query.wanted)
        )
        found = self._search(corrected, now, brand, cancellation)
        for article in self._articles(found[:1]):
            names = (*(author.name for author in article.authors), *article.topics)
            written = "\n".join((article.headline, article.summary or "", *names, words_of(article.body)))
            for typed, form in corrections.items():
                text = text.replace(typed, written_as(written, form) or form)
            return text
        return None

    def _languages(self) -> tuple[str, ...]:
        """Two-letter codes of the languages of most articles."""
        with self._log_consumer.reading() as state:
            counts = state.content.index.texts[:, 0].copy()
        counts[0] = 0
        most = np.argsort(-counts, kind="stable")[:MAX_LANGUAGES]
        return tuple(language_of(code) for code in most.tolist() if counts[code] > 0)

    def suggestions(
        self,
        address: str,
        now: int,
        limit: int,
        brand: str | None = None,
        cancellation: Cancellation | None = None,
    ) -> tuple[Article, ...]:
        """Articles whose headlines have words of an unknown address, for its error page. Raises StoreError."""
        return self._articles(self._search(query_from_address(address), now, brand, cancellation)[:limit])

    def _search(
        self, query: ParsedQuery, now: int, brand: str | None, cancellation: Cancellation | None
    ) -> list[int]:
        found = self._store.search(query, now, MAX_RESULTS, cancellation)
        # The index may contain an article that this process has not folded yet.
        with self._log_consumer.reading() as state:
            selection = self._selection(state, brand)
        return [index for index in found if index < len(selection) and selection[index]]

    # Dates

    def months(self, brand: str | None = None) -> dict[tuple[int, int], int]:
        """Number of articles by (year, month), newest first."""
        months, counts = np.unique(self._publication_times(brand).astype("datetime64[M]"), return_counts=True)
        found = [
            ((month.year, month.month), count)
            for month, count in zip(months.tolist(), counts.tolist(), strict=True)
        ]
        return dict(reversed(found))

    def days(self, year: int, month: int, brand: str | None = None) -> dict[int, int]:
        """Number of articles by day of the month; days without articles are left out."""
        days, counts = np.unique(self._publication_times(brand).astype("datetime64[D]"), return_counts=True)
        return {
            day.day: count
            for day, count in zip(days.tolist(), counts.tolist(), strict=True)
            if (day.year, day.month) == (year, month)
        }

    def day(self, day: date, limit: int, offset: int = 0, brand: str | None = None) -> ArchiveDay:
        """Articles published on a day, newest first. Raises StoreError."""
        days = np.unique(self._publication_times(brand).astype("datetime64[D]"))
        place = int(np.searchsorted(days, np.datetime64(day)))
        has_articles = place < len(days) and days[place] == np.datetime64(day)
        before = days[place - 1].item() if place > 0 else None
        following = place + 1 if has_articles else place
        after = days[following].item() if following < len(days) else None
        start, end = map(from_ms, bounds_of(day, self._zone(brand)))
        return ArchiveDay(self.between(start, end, limit, offset, brand), before, after)

    def month(self, year: int, month: int, brand: str | None = None) -> tuple[datetime, datetime]:
        """When a month begins and ends."""
        begin = date(year, month, 1)
        following = (begin + timedelta(days=31)).replace(day=1)
        zone = self._zone(brand)
        return from_ms(bounds_of(begin, zone)[0]), from_ms(bounds_of(following, zone)[0])

    def between(
        self, start: datetime, end: datetime, limit: int, offset: int = 0, brand: str | None = None
    ) -> ArticleListing:
        """Articles published from `start` (included) to `end` (excluded), newest first. Raises StoreError."""
        with self._log_consumer.reading() as state:
            found = self._newest(state, start, end, brand)
        return ArticleListing(self._articles(found[offset : offset + limit].tolist()), len(found))

    def follow_ups(self, id: str) -> tuple[Article, ...]:
        """Live articles on the same event, neither copies of this one nor opinion, oldest first. Raises StoreError.

        They are kept until an article comes, changes or goes, see `KeptFollowUps`: the pages of articles ask for them.
        """
        index = int(self._store.find([id])[0])
        with self._log_consumer.reading() as state:
            found = self._follow_ups.of(state, index)
        return self._articles(found.tolist())

    # Sitemaps and caches

    def sitemap_entries(
        self,
        start: datetime | None,
        end: datetime | None,
        limit: int,
        offset: int = 0,
        brand: str | None = None,
    ) -> list[SitemapEntry]:
        """Entries of articles from `start` (included) to `end` (excluded), newest first; undated ones if both are None.

        Articles that another outlet published first are left out. Raises StoreError.
        """
        with self._log_consumer.reading() as state:
            found = self._newest(state, start, end, brand)[offset : offset + limit]
            changed = state.catalogue.changed[found].tolist()
            story, live = state.stories.all(), state.catalogue.live()
            story_sizes = np.bincount(story, minlength=len(story))[story] if len(story) else story
            versions = {
                int(index): np.flatnonzero((story == story[index]) & live).tolist()
                for index in found[story_sizes[found] > 1]
            }
        # Not through the cache: this number of articles would evict those that readers request.
        stored = self._store.get(found.tolist())
        entries = []
        for index, kept, when in zip(found.tolist(), stored, changed, strict=True):
            if kept is None or kept.article is None:
                continue
            others = [other for other in versions.get(index, ()) if other != index]
            first = attribution(kept.article, self._articles(others))
            if first is None or not first.sure:  # claimed dates alone hide nothing
                entries.append(SitemapEntry(kept.article, from_ms(when)))
        return entries

    def change_times(self, ids: Sequence[str]) -> list[datetime]:
        """When each known article was last published or changed here. Raises StoreError."""
        indices = self._store.find(ids)
        with self._log_consumer.reading() as state:
            return [from_ms(int(when)) for when in state.catalogue.changed[indices]]

    def version(self) -> tuple[int, int]:
        """A value that changes whenever an article is published, changed or withdrawn."""
        with self._log_consumer.reading() as state:
            changed = state.catalogue.changed[: state.catalogue.size]
            return len(changed), int(changed.max(initial=0))

    # Helpers

    def _zone(self, brand: str | None) -> ZoneInfo:
        return self._zones.get(brand) or self._zones[None]

    def _selection(self, state: State, brand: str | None) -> BoolArray:
        live, scope = state.catalogue.live(), self._scopes.get(brand) if brand else None
        return live if scope is None else live & scope.mask(state)

    def _publication_times(self, brand: str | None) -> LongArray:
        """Publication times of the dated articles in the brand's time zone, datetime64[ms] (n,)."""
        with self._log_consumer.reading() as state:
            selection = self._selection(state, brand)
            published = state.catalogue.published[: len(selection)][selection]
        times: LongArray = local_times(published[published >= 0], self._zone(brand)).astype("datetime64[ms]")
        return times

    def _newest(
        self, state: State, start: datetime | None, end: datetime | None, brand: str | None
    ) -> IntArray:
        selection = self._selection(state, brand)
        published = state.catalogue.published[: len(selection)]
        if start is None or end is None:
            selection = selection & (published < 0)
        else:
            selection = selection & (published >= to_ms(start)) & (published < to_ms(end)) & (published >= 0)
        found = np.flatnonzero(selection)[::-1]
        newest: IntArray = found[np.argsort(-published[found], kind="stable")].astype(np.int32)
        return newest

    def _articles(self, indices: list[int]) -> tuple[Article, ...]:
        stored = self._article_cache.get(indices)
        return tuple(kept.article for kept in stored if kept is not None and kept.article is not None)
