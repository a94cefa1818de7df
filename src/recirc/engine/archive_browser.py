"""What readers and machines browse: the archive by day and month, and the articles by their words."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple, Protocol

import numpy as np

from recirc.engine.article_cache import ArticleCache
from recirc.engine.brand_scopes import BrandScope
from recirc.engine.log_consumer import LogConsumer
from recirc.provenance.attribution import attribution
from recirc.state.follow_ups import follow_ups
from recirc.state.state import State
from recirc.store.ports import Archive, ArticleSearch, SearchHit
from recirc.text.query import ParsedQuery, asked, words_in
from recirc.types import Article, BoolArray, IntArray, LongArray

MOST = 1000
"""Articles that one search finds at most: nobody turns more pages."""


class ArticleListing(NamedTuple):
    """A page of articles, and how many there are in all."""

    articles: tuple[Article, ...]
    total: int


class SearchResults(NamedTuple):
    """A page of what a search found.

    Attributes:
        hits: each article with what was found in it.
        total: how many there are, at most MOST.
        any: no article has all the words: these have some.
        question: how the words were understood; nothing is wanted in an empty one.
    """

    hits: tuple[tuple[Article, SearchHit], ...]
    total: int
    any: bool
    question: ParsedQuery


class ArchiveDay(NamedTuple):
    """A day (UTC) of the archive, with the nearest days before and after it on which something was published."""

    listing: ArticleListing
    before: date | None
    after: date | None


class SitemapEntry(NamedTuple):
    """What a sitemap tells of one article.

    Attributes:
        article: itself.
        changed: when it was last published or changed here.
    """

    article: Article
    changed: datetime


class ArticleLibrary(Archive, ArticleSearch, Protocol):
    """Articles by index and by their words."""


class ArchiveBrowser:
    """Looks things up in the live articles of one process's state; where a newspaper is given (`brand`, its slug), in
    its own. May be called from any thread.
    """

    def __init__(
        self,
        store: ArticleLibrary,
        follower: LogConsumer,
        bookshelf: ArticleCache,
        scopes: Mapping[str, BrandScope],
    ) -> None:
        self._store = store
        self._follower = follower
        self._bookshelf = bookshelf
        self._scopes = scopes

    # By words

    def search(
        self, text: str, now: int, limit: int, offset: int = 0, brand: str | None = None
    ) -> SearchResults:
        """What a reader who typed `text` finds at `now` (ms), the best first. Raises StoreError."""
        question = asked(text)
        found = self._searched(question, now, brand)
        if not found and len(question.wanted) > 1:
            question = question._replace(any=True)
            found = self._searched(question, now, brand)
        hits = self._store.hits(question, found[offset : offset + limit])
        stored = self._bookshelf.get([hit.article for hit in hits])
        return SearchResults(
            tuple(
                (kept.article, hit)
                for kept, hit in zip(stored, hits, strict=True)
                if kept is not None and kept.article is not None
            ),
            len(found),
            question.any,
            question,
        )

    def nearest(self, address: str, now: int, limit: int, brand: str | None = None) -> tuple[Article, ...]:
        """Articles that an address which leads nowhere may have meant. Raises StoreError."""
        return self._articles(self._searched(words_in(address), now, brand)[:limit])

    def _searched(self, question: ParsedQuery, now: int, brand: str | None) -> list[int]:
        found = self._store.search(question, now, MOST)
        # The file may know an article that this process has not folded yet.
        with self._follower.reading() as state:
            chosen = self._chosen(state, brand)
        return [index for index in found if index < len(chosen) and chosen[index]]

    # By time

    def months(self, brand: str | None = None) -> dict[tuple[int, int], int]:
        """How many articles each month (UTC) has, as (year, month), the newest first."""
        months, counts = np.unique(self._moments(brand).astype("datetime64[M]"), return_counts=True)
        found = [
            ((month.year, month.month), count)
            for month, count in zip(months.tolist(), counts.tolist(), strict=True)
        ]
        return dict(reversed(found))

    def days(self, year: int, month: int, brand: str | None = None) -> dict[int, int]:
        """How many articles each day (UTC) of a month has, by day of the month; days without any are left out."""
        days, counts = np.unique(self._moments(brand).astype("datetime64[D]"), return_counts=True)
        return {
            day.day: count
            for day, count in zip(days.tolist(), counts.tolist(), strict=True)
            if (day.year, day.month) == (year, month)
        }

    def day(self, day: date, limit: int, offset: int = 0, brand: str | None = None) -> ArchiveDay:
        """What was published on a day (UTC), the newest first. Raises StoreError."""
        days = np.unique(self._moments(brand).astype("datetime64[D]"))
        place = int(np.searchsorted(days, np.datetime64(day)))
        there = place < len(days) and days[place] == np.datetime64(day)
        before = days[place - 1].item() if place > 0 else None
        following = place + 1 if there else place
        after = days[following].item() if following < len(days) else None
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        return ArchiveDay(self.between(start, start + timedelta(days=1), limit, offset, brand), before, after)

    def between(
        self, start: datetime, end: datetime, limit: int, offset: int = 0, brand: str | None = None
    ) -> ArticleListing:
        """Articles of `start` until before `end`, the newest first. Raises StoreError."""
        with self._follower.reading() as state:
            found = self._newest(state, start, end, brand)
        return ArticleListing(self._articles(found[offset : offset + limit].tolist()), len(found))

    def follow_ups(self, id: str) -> tuple[Article, ...]:
        """Live articles on the same event that are no copies of this one, the oldest first. Raises StoreError."""
        index = int(self._store.find([id])[0])
        with self._follower.reading() as state:
            found = follow_ups(state, index).tolist()
        return self._articles(found)

    # For machines

    def marks(
        self,
        start: datetime | None,
        end: datetime | None,
        limit: int,
        offset: int = 0,
        brand: str | None = None,
    ) -> list[SitemapEntry]:
        """What sitemaps tell of the articles of `start` until before `end`, the newest first; of those without a date
        where both are None. Articles that another outlet published first are left out. Raises StoreError.
        """
        with self._follower.reading() as state:
            found = self._newest(state, start, end, brand)[offset : offset + limit]
            changed = state.catalogue.changed[found].tolist()
            story, live = state.stories.all(), state.catalogue.live()
            told = np.bincount(story, minlength=len(story))[story] if len(story) else story
            versions = {
                int(index): np.flatnonzero((story == story[index]) & live).tolist()
                for index in found[told[found] > 1]
            }
        # Past the bookshelf: so many would drive out of it what readers ask for.
        stored = self._store.get(found.tolist())
        marks = []
        for index, kept, when in zip(found.tolist(), stored, changed, strict=True):
            if kept is None or kept.article is None:
                continue
            others = [other for other in versions.get(index, ()) if other != index]
            first = attribution(kept.article, self._articles(others))
            if first is None or not first.sure:  # what claimed dates alone say hides nothing
                marks.append(SitemapEntry(kept.article, _moment(when)))
        return marks

    def changed(self, ids: Sequence[str]) -> list[datetime]:
        """When known articles were last published or changed here. Raises StoreError."""
        indices = self._store.find(ids)
        with self._follower.reading() as state:
            return [_moment(int(when)) for when in state.catalogue.changed[indices]]

    def version(self) -> tuple[int, int]:
        """Another one whenever an article was published, changed or withdrawn."""
        with self._follower.reading() as state:
            changed = state.catalogue.changed[: state.catalogue.size]
            return len(changed), int(changed.max(initial=0))

    # Within

    def _chosen(self, state: State, brand: str | None) -> BoolArray:
        live, scope = state.catalogue.live(), self._scopes.get(brand) if brand else None
        return live if scope is None else live & scope.mask(state)

    def _moments(self, brand: str | None) -> LongArray:
        """When the dated articles were published, datetime64[ms] (n,)."""
        with self._follower.reading() as state:
            chosen = self._chosen(state, brand)
            published = state.catalogue.published[: len(chosen)][chosen]
        moments: LongArray = published[published >= 0].astype("datetime64[ms]")
        return moments

    def _newest(
        self, state: State, start: datetime | None, end: datetime | None, brand: str | None
    ) -> IntArray:
        chosen = self._chosen(state, brand)
        published = state.catalogue.published[: len(chosen)]
        if start is None or end is None:
            chosen = chosen & (published < 0)
        else:
            chosen = chosen & (published >= _ms(start)) & (published < _ms(end)) & (published >= 0)
        found = np.flatnonzero(chosen)[::-1]
        newest: IntArray = found[np.argsort(-published[found], kind="stable")].astype(np.int32)
        return newest

    def _articles(self, indices: list[int]) -> tuple[Article, ...]:
        stored = self._bookshelf.get(indices)
        return tuple(kept.article for kept in stored if kept is not None and kept.article is not None)


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
