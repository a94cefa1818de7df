"""The engine: `publish`, `observe`, `shelves`. Everything below is composed here, and nowhere else."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime
from pathlib import Path
from typing import Self

import numpy as np

from recirc import clock
from recirc.engine.addresses import addresses_of, located
from recirc.engine.archive_browser import ArchiveBrowser, ArticleListing
from recirc.engine.article_cache import ArticleCache
from recirc.engine.brand_scopes import BrandScope, scopes_of
from recirc.engine.enrichment import naming
from recirc.engine.log_consumer import LogConsumer, ProgressCallback
from recirc.engine.model_registry import ActiveModel, ModelRegistry
from recirc.engine.observations import Observation, records_of
from recirc.engine.shelf_service import ShelfService, counts_of
from recirc.engine.snapshot_manager import SnapshotManager
from recirc.rank.model import ModelCard
from recirc.settings import Settings
from recirc.state.catalogue import UNPUBLISHED
from recirc.state.state import State
from recirc.store.ports import ArchivedArticle, Receipt
from recirc.store.sqlite import SqliteStore
from recirc.text.article_features import extract_features
from recirc.text.facts import Facts
from recirc.text.near_duplicates import Shingles
from recirc.text.slugs import key, slug
from recirc.text.vector import DIMENSIONS
from recirc.types import (
    NO_POSITION,
    REACTIONS,
    RECORD,
    Article,
    Counts,
    EntryKind,
    IntArray,
    Publication,
    RecordArray,
    Request,
    Shelf,
    Slate,
    Window,
)


class Engine:
    """Articles and events in, shelves out, for one process; others on the same store see and hold the same.

    Everything may be called from any thread.

    Attributes:
        browse: the archive by day and month, and by words.
    """

    def __init__(self, settings: Settings, store: SqliteStore) -> None:
        """Begin with the newest good snapshot of `store`; the tail of its log is not folded yet. Raises StoreError."""
        self.settings = settings
        self._store = store
        self._bookshelf = ArticleCache(store)
        keeper = SnapshotManager(settings.store, store.identity, store)
        empty = State(settings.learning, DIMENSIONS)
        self._follower = LogConsumer(store, self._bookshelf, keeper, settings.store, empty)
        self._in_force = ActiveModel(ModelRegistry.beside(settings.store), settings)
        self._scopes = scopes_of(settings.brands)
        self._slates = ShelfService(
            settings, store, self._bookshelf, self._follower.reading, self._in_force, self._scopes
        )
        self.browse = ArchiveBrowser(store, self._follower, self._bookshelf, self._scopes)
        self._named = naming(settings)

    @classmethod
    def open(cls, settings: Settings, progress: ProgressCallback | None = None, *, lead: bool = True) -> Self:
        """The engine on the store of the settings: the newest good snapshot, and the tail of the log folded.

        `progress` receives how many log entries are folded, and of how many. `lead`: whether this process may have
        the store's sequencer.

        Raises:
            StoreError: the store cannot be opened or read.
        """
        path, busy_seconds = Path(settings.store.path), settings.store.busy_seconds
        store = SqliteStore(path, busy_seconds=busy_seconds, lead=lead)
        try:
            store.fill_addresses(addresses_of)
            engine = cls(settings, store)
            engine.catch_up(progress)
        except BaseException:
            store.close()
            raise
        return engine

    def start(self) -> None:
        """Follow the log in a thread of its own, and save snapshots now and then."""
        self._follower.start()
        self._in_force.start()

    def close(self) -> None:
        """Finish what was handed in and stop following."""
        self._in_force.close()
        self._follower.close()
        self._store.close()

    # In

    def publish(
        self, articles: Sequence[Article], *, based_on: Mapping[str, bytes] | None = None
    ) -> "Future[Receipt]":
        """Publish articles, or change those whose ids are known; the receipt comes when they are on disk.

        `based_on` has the versions that the changes are based on, by id (`ArchivedArticle.version`; empty: none yet).
        An article of which there is another version by now is left as it is, with the outcome CONFLICT: decide again.
        The future raises StoreError when they cannot be kept.
        """
        versions = based_on or {}
        publications = [
            Publication(article, extract_features(article), addresses_of(article), versions.get(article.id))
            for article in map(self._named, articles)
        ]
        return self._append(np.zeros(0, RECORD), publications)

    def withdraw(self, ids: Sequence[str]) -> "Future[Receipt]":
        """Take articles out of every shelf and listing. What was learned from their readers stays. Unknown
        ids are passed over.
        """
        indices = self._store.find(ids)
        indices = indices[indices >= 0]
        records = np.zeros(len(indices), RECORD)
        records["kind"], records["article"], records["source"] = EntryKind.WITHDRAW, indices, -1
        records["time"] = clock.now_ms()
        records["position"] = NO_POSITION
        return self._append(records)

    def observe(self, observations: Sequence[Observation]) -> "Future[Receipt]":
        """Take in reader events; the receipt comes when they are on disk.

        An article that is not known is given an index, and can be served by its id. The future raises
        StoreError when the events cannot be kept.

        Raises:
            UnknownReactionError: a reaction is none of REACTIONS; nothing was taken in.
            StoreError: a new article's index cannot be kept.
        """
        ids = [o.event.article for o in observations]
        sources = [o.event.source for o in observations]
        known = self._store.intern(list(dict.fromkeys([*ids, *(s for s in sources if s)])))
        index = dict(zip(dict.fromkeys([*ids, *(s for s in sources if s)]), known.tolist(), strict=True))
        article = np.array([index[name] for name in ids], np.int32)
        source = np.array([index[name] if name else -1 for name in sources], np.int32)
        return self._append(records_of(observations, article, source))

    def append(self, records: RecordArray) -> "Future[Receipt]":
        """Take in records made by `intake.records_from`, with indices from `intern`."""
        return self._append(records)

    def intern(self, ids: Sequence[str]) -> IntArray:
        """Dense indices of article ids, int32 (n,), given where there are none. Raises StoreError."""
        return self._store.intern(ids)

    def _append(self, records: RecordArray, publications: Sequence[Publication] = ()) -> "Future[Receipt]":
        future = self._store.append(records, publications)
        changed = [publication.article.id for publication in publications]

        def done(future: "Future[Receipt]") -> None:
            # The bookshelf would tell the old text until the entry is folded.
            if changed and not future.cancelled() and future.exception() is None:
                self._bookshelf.forget(self._store.find(changed).tolist())
            self._follower.wake()

        future.add_done_callback(done)
        return future

    # Learning

    @property
    def offset(self) -> int:
        """The last log entry that is folded."""
        return self._follower.state.offset

    @property
    def trouble(self) -> str | None:
        """Why the log cannot be followed at the moment; None: it can."""
        return self._follower.trouble

    @property
    def model(self) -> str | None:
        """Id of the learned model that serves; None: the default formula does."""
        model = self._in_force.model
        return model.card.id if model is not None else None

    @property
    def model_card(self) -> ModelCard | None:
        """The card of the learned model that serves; None: the default formula does."""
        model = self._in_force.model
        return model.card if model is not None else None

    @property
    def model_trouble(self) -> str | None:
        """Why another model serves than the one that was put in force; None: none does."""
        return self._in_force.trouble

    def log_end(self) -> int:
        """The last log entry on disk. Raises StoreError."""
        return self._store.end()

    def catch_up(self, progress: ProgressCallback | None = None) -> None:
        """Fold what the log has beyond `offset`. Raises StoreError."""
        self._follower.catch_up(progress)

    def snapshot(self) -> None:
        """Save the state as it is now. Raises StoreError."""
        self._follower.snapshot()

    # Out

    def shelves(self, request: Request, now: int) -> Slate:
        """The shelves beside an article, for a reader, at `now` (ms); see `ShelfService.shelves`. Raises StoreError."""
        return self._slates.shelves(request, now)

    def ranking(
        self, *, section: str | None, window: Window, slots: int, now: int, brand: str | None = None
    ) -> Shelf:
        """What is read most in exactly this window that ends `now` (ms), with the counts of each article.
        Raises StoreError.
        """
        return self._slates.ranking(section=section, window=window, slots=slots, now=now, brand=brand)

    # Looking things up

    def unpublished(self) -> tuple[int, int]:
        """How many articles are known by name but not published here, and how many there are in all."""
        with self._follower.reading() as state:
            status = state.catalogue.status[: state.size]
            return int(np.count_nonzero(status == UNPUBLISHED)), len(status)

    def article(self, id: str) -> ArchivedArticle | None:
        """What is kept under an id; None when nothing ever named it. Raises StoreError."""
        index = int(self._store.find([id])[0])
        return self._bookshelf.get([index])[0] if index >= 0 else None

    def locate(self, url: str) -> str | None:
        """Id of the article that is read at an address, however that is written; None: nobody knows one there.

        Published and not withdrawn; else one that events name by its address. Raises StoreError.
        """
        return located(self._store, self._bookshelf, url)

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
        """Live articles, the newest first, of a section, topic, author or newspaper (slugs) where one is given. Raises
        StoreError.
        """
        scope = self._scope(brand)
        section_key, topic_key, author_key = (
            key(slug(name)) if name else 0 for name in (section, topic, author)
        )
        with self._follower.reading() as state:
            found = state.catalogue.newest(
                section=section_key,
                topic=topic_key,
                author=author_key,
                among=scope.mask(state) if scope else None,
            )
        page = found[offset : offset + limit].tolist()
        return ArticleListing(self._live(page), len(found))

    def sections(self, brand: str | None = None) -> tuple[tuple[str, int], ...]:
        """Slug and number of live articles of each section (in a newspaper, where one is given), the largest first.
        Raises StoreError.
        """
        scope = self._scope(brand)
        with self._follower.reading() as state:
            indices, counts = state.derived(("sections", brand), lambda: _sections(state, scope))
        stored = self._bookshelf.get(indices)
        found = [
            (kept.article.section, n)
            for kept, n in zip(stored, counts, strict=True)
            if kept is not None and kept.article is not None
        ]
        return tuple(sorted(found, key=lambda section: (-section[1], section[0])))

    def counts(self, id: str, now: int) -> Counts:
        """How often an article was opened; zeros for one that is unknown. Raises StoreError."""
        index = int(self._store.find([id])[0])
        with self._follower.reading() as state:
            if not 0 <= index < state.size:
                return Counts(raw=0, excluded=0, repeated=0, views=0, readers=0)
            hour = state.audience.readers_of(index, Window.HOUR, now)
            return counts_of(state, index, hour)

    def reactions(self, id: str) -> dict[str, int]:
        """Distinct readers who gave each reaction to an article. Raises StoreError."""
        index = int(self._store.find([id])[0])
        with self._follower.reading() as state:
            known = 0 <= index < state.size
            given = state.audience.reactions[index].tolist() if known else [0] * len(REACTIONS)
        return dict(zip(REACTIONS, given, strict=True))

    def story(self, id: str) -> tuple[Article, ...]:
        """The other live articles of an article's story. Raises StoreError."""
        index = int(self._store.find([id])[0])
        with self._follower.reading() as state:
            if not 0 <= index < state.size:
                return ()
            story = state.stories.all()
            others = np.flatnonzero((story == story[index]) & state.catalogue.live())
        return self._live([other for other in others.tolist() if other != index])

    def copies(self, shingles: Shingles, facts: Facts) -> list[tuple[Article, float]]:
        """Live articles that a text is a near-copy of, the most alike first, each with the share of the shorter
        text's 4-grams that the other holds. Raises StoreError.
        """
        with self._follower.reading() as state:
            live = state.catalogue.live()
            found = [
                (index, part) for index, part in state.stories.index.copies(shingles, facts) if live[index]
            ]
        stored = self._bookshelf.get([index for index, _ in found])
        return [
            (kept.article, part)
            for kept, (_, part) in zip(stored, found, strict=True)
            if kept is not None and kept.article is not None
        ]

    def _scope(self, brand: str | None) -> BrandScope | None:
        return self._scopes.get(brand) if brand else None

    def _live(self, indices: Iterable[int]) -> tuple[Article, ...]:
        stored = self._bookshelf.get(list(indices))
        return tuple(kept.article for kept in stored if kept is not None and kept.article is not None)


def _sections(state: State, scope: BrandScope | None) -> tuple[list[int], list[int]]:
    """An article of each section, and how many live articles each has."""
    live = np.flatnonzero(state.catalogue.live() & scope.mask(state) if scope else state.catalogue.live())
    _, first, counts = np.unique(state.catalogue.section[live], return_index=True, return_counts=True)
    return live[first].tolist(), counts.tolist()


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
