"""A store's log, read beside whoever writes it, with a place for a state to begin from."""

from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import msgspec

from recirc.engine.snapshot_manager import SnapshotManager
from recirc.settings import Settings
from recirc.state.state import State
from recirc.store.ports import ArchivedArticle
from recirc.store.sqlite import SqliteStore
from recirc.text.article_features import MODEL, extract_features
from recirc.text.vector import DIMENSIONS
from recirc.types import ArticleFeatures, Batch


class ArticleLookup(Protocol):
    """What articles are looked up in."""

    def get(self, indices: list[int]) -> list[ArchivedArticle | None]:
        """What is kept under each index; None where none was given. Raises StoreError."""


def with_current_features(batch: Batch, articles: ArticleLookup) -> Batch:
    """The batch with what another text model understood understood anew, from the articles as they are now.

    Earlier versions of a text are not kept, so an article that was changed is taken for what it is now from its first
    publication on.

    Raises:
        StoreError: the articles cannot be read.
    """
    old = [place for place, said in batch.understandings.items() if said.model != MODEL]
    if not old:
        return batch
    stored = articles.get(batch.records["article"][old].tolist())
    anew: dict[int, ArticleFeatures] = {
        place: extract_features(kept.article)
        for place, kept in zip(old, stored, strict=True)
        if kept is not None and kept.article is not None
    }
    return batch._replace(understandings=batch.understandings | anew)


class StoreLog:
    """The log of the store that the settings name. Use it as a context.

    A state to begin from can be kept in `folder` between one use and the next, so that a long log need not be folded
    from its start again.
    """

    def __init__(self, settings: Settings, folder: Path, *, keeps: bool = True) -> None:
        """`keeps`: whether a state to begin from is kept at all. Raises StoreError: the store cannot be opened."""
        self._settings = settings
        self._keeps = keeps
        self._store = SqliteStore(Path(settings.store.path), busy_seconds=settings.store.busy_seconds)
        kept = msgspec.structs.replace(settings.store, path=str(folder / "start"), snapshots_kept=1)
        self._keeper = SnapshotManager(kept, self._store.identity, self._store)

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
        """As in `ports.Log`, understood by the text model of today. Raises StoreError."""
        return with_current_features(self._store.read(after, limit), self._store)

    def records(self, after: int, limit: int) -> Batch:
        """The same for who does not look at texts. Raises StoreError."""
        return self._store.read(after, limit)

    def empty(self) -> State:
        """The state before the log's first entry."""
        return State(self._settings.learning, DIMENSIONS)

    def start(self) -> State:
        """The state that was kept last, or the empty one. Raises StoreError."""
        return self._keeper.restored(self.empty())

    def keep_start(self, state: State) -> None:
        """Keep a state to begin from; the one kept before is removed. Raises StoreError."""
        if self._keeps:
            self._keeper.save(state.fingerprint, state.save())
