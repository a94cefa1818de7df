"""The figures of the newsroom, each worked out here alone: pages, API and reports show what these functions return."""

from collections.abc import Callable, Iterator
from datetime import datetime
from threading import Lock, Thread
from typing import Literal, NamedTuple

import numpy as np

from recirc.clock import from_ms
from recirc.engine.article_cache import ArticleCache
from recirc.engine.current_readers import NowFigures, now_figures
from recirc.engine.log_consumer import LogConsumer
from recirc.engine.reading_history import COLUMNS, HOUR, READERS, ReadingHistory, Table, halves, merged
from recirc.engine.reading_sums import Grain, Totals, by_period, totals_of, wilson
from recirc.settings.days import local_times, zone_named
from recirc.state.exposure import STEPS
from recirc.store.ports import ArchivedArticle, Log, StoreError
from recirc.text.slugs import slug
from recirc.types import SHELF_NUMBERS, Article, LongArray

Kind = Literal["article", "section", "author", "topic", "source"]
KINDS: tuple[Kind, ...] = ("article", "section", "author", "topic", "source")
WAIT_SECONDS = 2.0
"""How long a request waits for the log to be read the first time, before it answers how far that is."""


def chosen_articles(section: str, author: str) -> Callable[[Article], bool] | None:
    """Whether an article is of a section and by an author, by their names; empty: any. None: all articles are."""
    if not section and not author:
        return None
    wanted, name = slug(section), slug(author)
    return lambda article: (
        (not section or slug(article.section) == wanted)
        and (not author or any(slug(each.name) == name for each in article.authors))
    )


class NotReadyError(StoreError):
    """The log is still being read; the text says how far."""


class Period(NamedTuple):
    """A part of a range: its beginning on the site's clocks, and the sums over it."""

    begin: datetime
    totals: Totals


class Group(NamedTuple):
    """One article, section, author, topic or source. `key`: id of the article, else the name."""

    key: str
    title: str
    totals: Totals


class SlotFigures(NamedTuple):
    """What became of an article on one shelf: at positions from `first` to `last` (None: and beyond), from 0.

    `low`, `high`: of the clicks per impression, the Wilson interval of 95 %.
    """

    shelf: str
    first: int
    last: int | None
    impressions: int
    clicks: int
    low: float
    high: float


class Figures:
    """Answers from the log, in the time zone of the site. Thread-safe; called in threads, never on an event loop."""

    def __init__(
        self, log: Log, log_consumer: LogConsumer | None, article_cache: ArticleCache, timezone: str
    ) -> None:
        """`log_consumer`: None where no state is folded; then there are no `slots`."""
        self._log = log
        self._log_consumer = log_consumer
        self._article_cache = article_cache
        self._zone = zone_named(timezone)
        self._lock = Lock()
        self._history: ReadingHistory | None = None
        self._gathering: Thread | None = None
        self._problem: StoreError | None = None

    # Questions

    def now(self, now: int, chosen: Callable[[Article], bool] | None = None) -> NowFigures:
        """Who reads what at `now` (ms), of all articles or those chosen. Raises StoreError, NotReadyError."""
        with self._lock:
            history = self._current(now)
            history.forget(now)
            recent = history.recent
        found = self._articles(np.unique(recent["article"]))
        return now_figures(recent, now, found, chosen)

    def of_article(self, index: int, grain: Grain, now: int) -> list[Period]:
        """An article's readings since its first, by parts of time. Raises StoreError, NotReadyError."""
        with self._lock:
            table = self._rows(self._current(now), 0, now // HOUR + 1)
        return self._periods(_of(table, index), grain)

    def periods(
        self,
        since: int,
        until: int,
        grain: Grain,
        now: int,
        chosen: Callable[[Article], bool] | None = None,
    ) -> list[Period]:
        """The readings between two times (ms, to the hour), by parts of time, of all articles or those chosen.

        Raises StoreError, NotReadyError.
        """
        with self._lock:
            table = self._rows(self._current(now), since // HOUR, until // HOUR)
        if chosen is not None:
            found = self._articles(np.unique(halves(table.keys)[1]))
            kept = [
                index for index, each in found.items() if each.article is not None and chosen(each.article)
            ]
            table = _among(table, np.array(kept, np.int64))
        return self._periods(table, grain)

    def totals(self, since: int, until: int, now: int) -> Totals:
        """The readings between two times. Raises StoreError, NotReadyError."""
        with self._lock:
            table = self._rows(self._current(now), since // HOUR, until // HOUR)
        return totals_of(table.sums.sum(axis=0))

    def groups(self, since: int, until: int, kind: Kind, now: int, most: int | None = None) -> list[Group]:
        """The readings between two times by article, section, author, topic or source, most readers first. An article
        of several authors or topics counts for each. `most`: only so many. Raises StoreError, NotReadyError.
        """
        with self._lock:
            table = self._rows(self._current(now), since // HOUR, until // HOUR)
        articles, sums = _by_article(table)
        if kind == "article" and most is not None:  # the others need not be looked up
            chosen = np.argsort(-sums[:, READERS], kind="stable")[:most]
            articles, sums = articles[chosen], sums[chosen]
        found = self._articles(articles)
        grouped: dict[str, tuple[str, LongArray]] = {}
        for index, row in zip(articles.tolist(), sums, strict=True):
            for key, title in _names(found.get(index), kind):
                shown, before = grouped.get(key, (title, np.zeros(COLUMNS, np.int64)))
                grouped[key] = shown, before + row
        made = [Group(key, title, totals_of(row)) for key, (title, row) in grouped.items()]
        return sorted(made, key=lambda group: (-group.totals.readers, group.key))[:most]

    def steps(self, index: int, now: int, most: int = 10) -> tuple[list[Group], list[Group]]:
        """From which articles readers came to one by a shelf, and to which they went on; the number is `readers`."""
        with self._lock:
            table = self._current(now).steps.between(0, 1 << 62)
        source, target = halves(table.keys)
        to, of, readers = target == index, source == index, table.sums[:, 0]
        return self._ends(source[to], readers[to], most), self._ends(target[of], readers[of], most)

    def slots(self, index: int) -> list[SlotFigures]:
        """What became of an article on the shelves, by shelf and positions."""
        names = {number: name for name, number in SHELF_NUMBERS.items()}
        if self._log_consumer is None:
            raise ValueError("the figures of slots need a folded state")
        with self._log_consumer.reading() as state:
            exposure = state.exposure
            if not 0 <= index < exposure.size:
                return []
            row = exposure.articles[index].reshape(-1, len(STEPS), 2).tolist()
            numbers = exposure.numbers.tolist()
        ends: list[int | None] = [*(step - 1 for step in STEPS[1:]), None]
        return [
            SlotFigures(
                names.get(number, f"shelf {number}"), first, last, shown, clicked, *wilson(clicked, shown)
            )
            for number, places in zip(numbers, row, strict=False)
            for first, last, (shown, clicked) in zip(STEPS, ends, places, strict=True)
            if shown or clicked
        ]

    # Within

    def _current(self, now: int) -> ReadingHistory:
        """The history up to the log's end. The first reading goes on in a thread of its own, and so does another one
        after entries of the past were decided anew.
        """
        if self._history is None:
            self._history = ReadingHistory(self._log)
            self._begin(self._history, now)
        if self._gathering is not None:
            self._gathering.join(WAIT_SECONDS)
            if self._gathering.is_alive():
                done, end = self._history.offset, max(self._log.end(), 1)
                raise NotReadyError(
                    f"the figures are being gathered: {100 * done // end} % of the log is read"
                )
            self._gathering = None
            if self._problem is not None:
                self._history, problem = None, self._problem
                raise problem
        offset = self._history.offset
        while self._history.catch_up(now):
            if self._history.offset < offset:
                self._begin(self._history, now)
                return self._current(now)
            offset = self._history.offset
        return self._history

    def _begin(self, history: ReadingHistory, now: int) -> None:
        self._gathering = Thread(target=self._gather, args=(history, now), name="figures", daemon=True)
        self._gathering.start()

    def _gather(self, history: ReadingHistory, now: int) -> None:
        self._problem = None
        try:
            while history.catch_up(now):
                pass
        except StoreError as error:
            self._problem = error

    @staticmethod
    def _rows(history: ReadingHistory, first: int, last: int) -> Table:
        return history.hours.between(max(first, 0) << 32, max(last, 0) << 32)

    def _periods(self, table: Table, grain: Grain) -> list[Period]:
        hours, _ = halves(table.keys)
        begins, sums = by_period(local_times(hours * HOUR, self._zone), table.sums, grain)
        return [
            Period(from_ms(begin).replace(tzinfo=None), totals_of(row))
            for begin, row in zip(begins.tolist(), sums, strict=True)
        ]

    def _articles(self, indices: LongArray) -> dict[int, ArchivedArticle]:
        wanted = indices.tolist()
        found = zip(wanted, self._article_cache.get(wanted), strict=True)
        return {index: stored for index, stored in found if stored is not None}

    def _ends(self, indices: LongArray, numbers: LongArray, most: int) -> list[Group]:
        order = np.argsort(-numbers, kind="stable")[:most]
        found = self._articles(indices[order])
        made = []
        for index, number in zip(indices[order].tolist(), numbers[order].tolist(), strict=True):
            for key, title in _names(found.get(index), "article"):
                row = np.zeros(COLUMNS, np.int64)
                row[READERS] = number
                made.append(Group(key, title, totals_of(row)))
        return made


def _of(table: Table, index: int) -> Table:
    chosen = halves(table.keys)[1] == index
    return Table(table.keys[chosen], table.sums[chosen])


def _among(table: Table, indices: LongArray) -> Table:
    chosen = np.isin(halves(table.keys)[1], indices)
    return Table(table.keys[chosen], table.sums[chosen])


def _by_article(table: Table) -> tuple[LongArray, LongArray]:
    """The articles of a table, int64 (n,), and the sums of each, int64 (n, COLUMNS)."""
    made = merged(Table(halves(table.keys)[1], table.sums))
    return made.keys, made.sums


def _names(stored: ArchivedArticle | None, kind: Kind) -> Iterator[tuple[str, str]]:
    """Key and title of the groups to which an article belongs; one that nobody published has an id alone."""
    article = stored.article if stored is not None else None
    if stored is None or article is None:
        if kind == "article" and stored is not None:
            yield stored.id, stored.id
        return
    match kind:
        case "article":
            yield article.id, article.headline
        case "section":
            yield article.section, article.section
        case "author":
            for author in article.authors:
                yield author.name, author.name
        case "topic":
            for topic in article.topics:
                yield topic, topic
        case "source":
            name = article.provenance.source or article.provenance.outlet or ""
            yield name, name
