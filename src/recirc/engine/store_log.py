"""Read access to a store's log beside its writer, with a saved start state for training."""

from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import msgspec

from recirc.engine.snapshot_manager import SnapshotManager
from recirc.settings import Settings
from recirc.state.state import State
from recirc.store.ports import ArchivedArticle
from recirc.store.sqlite import SqliteStore
from recirc.text.article_features import current_features, is_current
from recirc.text.vector import DIMENSIONS
from recirc.types import ArticleFeatures, Batch


class ArticleLookup(Protocol):
    """Lookup of articles by index."""

    def get(self, indices: list[int]) -> list[ArchivedArticle | None]:
        """The stored article of each index; None for an unknown index. Raises StoreError."""


def with_current_features(batch: Batch, articles: ArticleLookup) -> Batch:
    """The batch, with features of another version recomputed from the articles' current texts.

    Earlier versions of a text are not stored, so a changed article has the features of its current text from its first
    publication on.

    Raises:
        StoreError: the articles cannot be read.
    """
    outdated = [place for place, features in batch.features.items() if not is_current(features)]
    if not outdated:
        return batch
    stored = articles.get(batch.records["article"][outdated].tolist())
    recomputed: dict[int, ArticleFeatures] = {
        place: current_features(batch.features[place], kept.article)
        for place, kept in zip(outdated, stored, strict=True)
        if kept is not None and kept.article is not None
    }
    return batch._replace(features=batch.features | recomputed)


class StoreLog:
    """The log of the store named in the settings; a context manager.

    A start state can be saved beside the store, so that the next use need not fold a long log from its beginning.
    """

    def __init__(self, settings: Settings, *, save_starts: bool = True) -> None:
        """`save_starts`: whether `save_start` has any effect. Raises StoreError if the store cannot be opened."""
        self._settings = settings
        self._save_starts = save_starts
        self._store = SqliteStore(Path(settings.store.path), busy_seconds=settings.store.busy_seconds)
        start_settings = msgspec.structs.replace(
            settings.store, path=f"{settings.store.path}.training", snapshots_kept=1
        )
        self._snapshot_manager = SnapshotManager(start_settings, self._store.identity, self._store)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._store.close()

    def end(self) -> int:
        """Offset of the last entry on disk. Raises StoreError."""
        return self._store.end()

    def read(self, after: int, limit: int) -> Batch:
        """As `ports.Log.read`, with features of the current text model. Raises StoreError."""
        return with_current_features(self._store.read(after, limit), self._store)

    def records(self, after: int, limit: int) -> Batch:
        """As `ports.Log.read`, without recomputing features, for callers that need only records. Raises StoreError."""
        return self._store.read(after, limit)

    def empty(self) -> State:
        """The state before the log's first entry."""
        return State(self._settings.learning, DIMENSIONS)

    def start(self) -> State:
        """The start state that was saved last, or the empty one. Raises StoreError."""
        return self._snapshot_manager.restore(self.empty())

    def save_start(self, state: State) -> None:
        """Save a start state in place of the previous one. Raises StoreError."""
        if self._save_starts:
            self._snapshot_manager.save(state.fingerprint, state.save())
