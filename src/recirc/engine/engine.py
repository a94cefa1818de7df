"""The engine: `publish`, `observe`, `shelves`. The rooms below it are composed here and nowhere else."""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Self

import numpy as np

from recirc import clock
from recirc.engine.addresses import addresses_of, locate_article
from recirc.engine.archive_browser import ArchiveBrowser, ArticleListing
from recirc.engine.article_cache import ArticleCache
from recirc.engine.article_life import ArticleLife, with_withdrawn, withdraw_records
from recirc.engine.brand_scopes import scopes_of, zones_of
from recirc.engine.decision_rules import decision_rules
from recirc.engine.editorial_limits import EditorialLimits
from recirc.engine.enrichment import article_enricher
from recirc.engine.exclusions import Exclusions
from recirc.engine.figures import Figures
from recirc.engine.last_day import LastDay
from recirc.engine.log_consumer import LogConsumer, ProgressCallback
from recirc.engine.model_registry import ActiveModel, ModelRegistry
from recirc.engine.observations import Observation, records_of, yesterdays
from recirc.engine.past_shelves import Previews, TimeMachine
from recirc.engine.pictures import PictureRecords
from recirc.engine.rules import Rules
from recirc.engine.sections import Sections
from recirc.engine.shelf_service import ShelfService, Value
from recirc.engine.shelf_signatures import ShelfSignatures
from recirc.engine.snapshot_manager import SnapshotManager
from recirc.settings import Settings
from recirc.shelves.defined import define
from recirc.state.catalogue import UNPUBLISHED
from recirc.state.state import State
from recirc.store.ports import ArchivedArticle, Receipt
from recirc.store.sqlite import SqliteStore
from recirc.store.withdrawals import Withdrawal
from recirc.text.article_features import extract_features
from recirc.text.facts import Facts
from recirc.text.near_duplicates import Shingles
from recirc.text.slugs import key, slug
from recirc.text.vector import DIMENSIONS
from recirc.types import (
    REACTIONS,
    RECORD,
    Article,
    Counts,
    IntArray,
    LongArray,
    Publication,
    RecordArray,
    Request,
    Shelf,
    Slate,
    Window,
)  # fmt: skip
from recirc.types.responses import NextArticles


class Engine:
    """Articles and events in, shelves out, for one process. Processes on the same store reach the same state.

    All methods are thread-safe.

    Attributes:
        active_model, shelf_service: the learned model in use; what `shelves`, `next`, `ranking` and `shared` ask.
        browse: the archive by day, by month and by search words.
        exclusions, figures: what is not counted, by hand and by rules; what the newsroom sees of its readers.
        rules, previews, folded: editors' rules; shelves with one that nobody has made; when the log is folded.
        life, pictures: what is held back, withdrawn, and former versions; what is known of the files of pictures.
        signatures: sign what shelves show, and check what browsers say. time_machine, last_day: what was and would be.
    """

    def __init__(self, settings: Settings, store: SqliteStore) -> None:
        """Restore the newest good snapshot of `store`, without folding the tail of its log. Raises StoreError."""
        define(settings)
        self.settings, self._store, self._article_cache = settings, store, ArticleCache(store)
        snapshot_manager = SnapshotManager(settings.store, store.identity, store)
        empty = State(settings.learning, DIMENSIONS)
        self._log_consumer = LogConsumer(store, self._article_cache, snapshot_manager, settings.store, empty)
        self.active_model = ActiveModel(ModelRegistry.of_store(settings.store), settings)
        self._scopes = scopes_of(settings)
        self.signatures = ShelfSignatures.of_store(settings.store)
        self.rules = Rules(settings, store, self._article_cache, self._log_consumer.reading)
        self.rules.book.follow_stories(self._log_consumer.decide_stories)
        self._log_consumer.beside = self.rules.book.try_refresh
        self.folded = self._log_consumer.folded
        limits = EditorialLimits(self._scopes, self.rules.book)
        answering = (self._log_consumer.reading, self.active_model, limits, self.signatures)
        titles = settings.sections.map
        self._sections = Sections(self._log_consumer, self._article_cache, self._scopes, titles)
        self.shelf_service = ShelfService(settings, store, self._article_cache, *answering)
        self.previews = Previews(settings, store, self._article_cache, *answering)
        self.time_machine = TimeMachine(settings, store, self._scopes, self.signatures)
        self.pictures = PictureRecords(store)
        self.life = ArticleLife(settings.store, store, self._article_cache)
        archive = (store, self._log_consumer, self._article_cache)
        self.last_day = LastDay(settings, *archive, self.time_machine, self.rules)
        self.exclusions = Exclusions(store, settings.site.timezone)
        self.browse = ArchiveBrowser(*archive, self._scopes, zones_of(settings), settings.portal.opinion)
        self.figures = Figures(*archive, settings.site.timezone)
        self._enrich = article_enricher(settings, self.rules.topics.current)

    @classmethod
    def open(cls, settings: Settings, progress: ProgressCallback | None = None, *, lead: bool = True) -> Self:
        """Open the store named in the settings, restore the newest good snapshot and fold the log's tail.

        Args:
            settings: all settings; the store's path is `store.path`.
            progress: receives the number of folded log entries and the total.
            lead: whether this process may run the store's sequencer.

        Raises:
            StoreError: the store cannot be opened or read.
        """
        wait, rules = settings.store.busy_seconds, decision_rules(settings)
        store = SqliteStore(Path(settings.store.path), busy_seconds=wait, lead=lead, rules=rules)
        try:
            store.fill_addresses(addresses_of)
            engine = cls(settings, store)
            engine.catch_up(progress)
        except BaseException:
            store.close()
            raise
        return engine

    def start(self) -> None:
        """Follow the log in a background thread and save snapshots periodically."""
        self._log_consumer.start()
        self.active_model.start()

    def close(self) -> None:
        """Finish pending writes, stop the background threads and close the store."""
        self.active_model.close()
        self._log_consumer.close()
        self._store.close()

    # Writing

    def publish(
        self,
        articles: Sequence[Article],
        *,
        based_on: Mapping[str, bytes] | None = None,
        restore: bool = False,
    ) -> "Future[Receipt]":
        """Publish articles, or change those whose ids are known. The receipt arrives once they are on disk.

        `based_on` maps ids to the version that each change is based on (`ArchivedArticle.version`; empty: the article
        is new). An article whose version has changed since is left unchanged with the outcome CONFLICT, so that the
        caller can decide again. One that is withdrawn, by its id, one of its addresses or its text, gets the outcome
        WITHDRAWN, unless `restore`, or its source is the one that took it down. The future raises StoreError if the
        articles cannot be stored.
        """
        versions = based_on or {}
        restored = {article.id for article in articles} if restore else self.life.ended_by(articles)
        copies = set() if restore else self.life.withdrawn_copies(articles)
        publications = [
            self._publication(article, versions.get(article.id))
            for place, article in enumerate(articles)
            if place not in copies
        ]
        future = self._append(np.zeros(0, RECORD), publications, restored)
        return with_withdrawn(future, copies, len(articles)) if copies else future

    def withdraw(
        self,
        ids: Sequence[str],
        *,
        reason: str = "",
        source: str | None = None,
        holder: str | None = None,
        held: bool = False,
    ) -> "Future[Receipt]":
        """Withdraw articles for a reason; see `ArticleLife.withdraw` and `Withdrawal`."""
        holds = self.life.held_among(ids)
        if held_back := self.life.never_published(holds.values()):
            # Into the archive and withdrawn in one transaction: it can be restored, and was public at no moment.
            records = withdraw_records(self._store.intern([article.id for article in held_back]))
            self._append(records, [self._publication(each, b"") for each in held_back]).result()
        why = Withdrawal(time=clock.now(), reason=reason, source=source, holder=holder, held=held)
        future = self.life.withdraw(dict.fromkeys(ids, why), holds)
        future.add_done_callback(lambda done: self._on_commit(done, ids))
        return future

    def restore(self, article: Article) -> "Future[Receipt]":
        """Publish a withdrawn article again as it was, or hold it back again until the time until which it was held."""
        hold, source = self.life.withdrawal(article.id).hold, article.provenance.source
        if hold is None or not hold.lasts(clock.now()):
            return self.publish([article], restore=True)
        future = self.withdraw([article.id], reason=hold.why, source=source, held=True)
        future.result()  # it stays withdrawn until it is held
        self.life.hold(article, hold.until, hold.why).result()
        return future

    def observe(self, observations: Sequence[Observation]) -> "Future[Receipt]":
        """Append reader events to the log. The receipt arrives once they are on disk.

        An unknown article is given an index and can be served by its id. The future raises StoreError if the
        events cannot be stored.

        Raises:
            UnknownReactionError: a reaction is not in REACTIONS; no event was stored.
            StoreError: the index of a new article cannot be stored.
        """
        ids = [o.event.article for o in observations]
        sources = [o.event.source for o in observations]
        names = list(dict.fromkeys([*ids, *(source for source in sources if source)]))
        index = dict(zip(names, self._store.intern(names).tolist(), strict=True))
        article = np.array([index[name] for name in ids], np.int32)
        source = np.array([index[name] if name else -1 for name in sources], np.int32)
        records = records_of(observations, article, source)
        return self._append(records, yesterday=yesterdays(observations))

    def append(self, records: RecordArray) -> "Future[Receipt]":
        """Append records made by `observations.records_from` with indices from `intern`."""
        return self._append(records)

    def intern(self, ids: Sequence[str]) -> IntArray:
        """Dense indices of article ids, int32 (n,); unknown ids are given one. Raises StoreError."""
        return self._store.intern(ids)

    def _publication(self, article: Article, version: bytes | None) -> Publication:
        enriched = self.life.cleaned(self._enrich(article))
        return Publication(enriched, extract_features(enriched), addresses_of(enriched), version)

    def _append(
        self,
        records: RecordArray,
        publications: Sequence[Publication] = (),
        restore: Collection[str] = (),
        yesterday: LongArray | None = None,
    ) -> "Future[Receipt]":
        future = self._store.append(records, publications, restore=restore, yesterday=yesterday)
        changed = [publication.article.id for publication in publications]
        future.add_done_callback(lambda done: self._on_commit(done, changed))
        return future

    def _on_commit(self, future: "Future[Receipt]", changed: Sequence[str]) -> None:
        # Events wait for the next turn of the tail, so that requests share work meanwhile.
        if not changed:
            return
        # The cache would return the old text until the entry is folded.
        if not future.cancelled() and future.exception() is None:
            self._article_cache.invalidate(self._store.find(changed).tolist())
        self._log_consumer.wake()

    # State of the process

    @property
    def offset(self) -> int:
        """Offset of the last folded log entry."""
        return self._log_consumer.state.offset

    @property
    def problem(self) -> str | None:
        """Why the log cannot be followed at the moment; None if it can."""
        return self._log_consumer.problem

    def write_problem(self) -> str | None:
        """Why nothing can be written at the moment; None: it can. It may take seconds to know."""
        return self._store.write_problem()

    def log_end(self) -> int:
        """Offset of the last log entry on disk. Raises StoreError."""
        return self._store.end()

    def catch_up(self, progress: ProgressCallback | None = None) -> None:
        """Fold the log entries after `offset`. Raises StoreError."""
        self._log_consumer.catch_up(progress)

    def snapshot(self) -> None:
        """Save a snapshot of the current state. Raises StoreError."""
        self._log_consumer.snapshot()

    # Shelves

    def shelves(self, request: Request, now: int) -> Slate:
        """The shelves beside an article for one reader at `now` (ms); see `ShelfService.shelves`. Raises StoreError."""
        return self.shelf_service.shelves(request, now)

    def next(self, request: Request, now: int) -> NextArticles:
        """What a reader may want next, without reasons; see `ShelfService.next`. Raises StoreError."""
        return self.shelf_service.next(request, now)

    def shared(self, key: Hashable, make: Callable[[], Value], at: Hashable = None) -> Value:
        """What `make` returns, kept until state, model or an article changes; see `ShelfService.shared`."""
        return self.shelf_service.shared(key, make, at)

    def ranking(
        self, *, section: str | None, window: Window, slots: int, now: int, brand: str | None = None
    ) -> Shelf:
        """The most read articles of the window that ends at `now` (ms), each with its counts. Raises StoreError."""
        return self.shelf_service.ranking(section=section, window=window, slots=slots, now=now, brand=brand)

    # Lookups

    def unpublished(self) -> tuple[int, int]:
        """Number of articles known from events only, not published here; and the number of all articles."""
        with self._log_consumer.reading() as state:
            status = state.catalogue.status[: state.size]
            return int(np.count_nonzero(status == UNPUBLISHED)), len(status)

    def article(self, id: str) -> ArchivedArticle | None:
        """The stored article of an id; None if the id is unknown. Raises StoreError."""
        index = int(self._store.find([id])[0])
        return self._article_cache.get([index])[0] if index >= 0 else None

    def locate(self, url: str) -> str | None:
        """Id of the article at a URL, in any spelling of it; None if there is none.

        A published article that is not withdrawn comes first, then one that events name by its URL. Raises StoreError.
        """
        return locate_article(self._store, self._article_cache, url)

    def owner(self, address: str) -> str | None:
        """Id of the article with an address or a source's id (`Provenance.sender_id`), also of a withdrawn one; None:
        there is none. Raises StoreError.
        """
        index = self._store.owner(address)
        stored = self._article_cache.get([index])[0] if index >= 0 else None
        return None if stored is None else stored.id

    def listing(
        self,
        *,
        section: str | None = None,
        topic: str | None = None,
        author: str | None = None,
        brand: str | None = None,
        limit: int,
        offset: int = 0,
    ) -> ArticleListing:
        """Live articles, newest first, optionally of one section, topic, author or brand (slugs). Raises StoreError."""
        scope = self._scopes.get(brand or "")
        keys = [key(slug(name)) if name else 0 for name in (section, topic, author)]
        with self._log_consumer.reading() as state:
            found = state.catalogue.newest(
                section=keys[0],
                topic=keys[1],
                author=keys[2],
                among=scope.mask(state) if scope else None,
            )
        return ArticleListing(self._live(found[offset : offset + limit].tolist()), len(found))

    def sections(self, brand: str | None = None) -> tuple[tuple[str, int], ...]:
        """Slug and size of each section, optionally of one brand, largest first. Raises StoreError."""
        return self._sections.sizes(brand)

    def section_title(self, name: str) -> str:
        """The name of a section, given its slug, as its newest article has it. Raises StoreError."""
        return self._sections.title(name)

    def counts(self, id: str, now: int) -> Counts:
        """View and reader counts of an article; zeros if it is unknown. Raises StoreError."""
        index = int(self._store.find([id])[0])
        with self._log_consumer.reading() as state:
            if not 0 <= index < state.size:
                return Counts(raw=0, excluded=0, repeated=0, views=0, readers=0)
            hour = state.audience.readers_of(index, Window.HOUR, now)
            return state.audience.counts(index, hour)

    def reactions(self, id: str) -> dict[str, int]:
        """Number of distinct readers by reaction to an article. Raises StoreError."""
        index = int(self._store.find([id])[0])
        with self._log_consumer.reading() as state:
            known = 0 <= index < state.size
            given = state.audience.reactions[index].tolist() if known else [0] * len(REACTIONS)
        return dict(zip(REACTIONS, given, strict=True))

    def story(self, id: str) -> tuple[Article, ...]:
        """The other live articles of an article's story. Raises StoreError."""
        index = int(self._store.find([id])[0])
        with self._log_consumer.reading() as state:
            if not 0 <= index < state.size:
                return ()
            story = state.stories.all()
            others = np.flatnonzero((story == story[index]) & state.catalogue.live())
        return self._live([other for other in others.tolist() if other != index])

    def copies(self, shingles: Shingles, facts: Facts) -> list[tuple[Article, float]]:
        """Live articles that are near-copies of a text, most similar first, each with the share of the shorter text's
        4-grams that the other contains. Raises StoreError.
        """
        with self._log_consumer.reading() as state:
            live = state.catalogue.live()
            found = [
                (index, part) for index, part in state.stories.index.copies(shingles, facts) if live[index]
            ]
        stored = self._article_cache.get([index for index, _ in found])
        return [
            (kept.article, part)
            for kept, (_, part) in zip(stored, found, strict=True)
            if kept is not None and kept.article is not None
        ]

    def _live(self, indices: Iterable[int]) -> tuple[Article, ...]:
        stored = self._article_cache.get(list(indices))
        return tuple(kept.article for kept in stored if kept is not None and kept.article is not None)
