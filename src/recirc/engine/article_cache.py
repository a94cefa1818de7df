"""A least-recently-used cache of archived articles, invalidated when the log says that they changed."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from threading import Lock

from recirc.store.ports import Archive, ArchivedArticle

CAPACITY = 4096
"""Number of cached articles; the least recently used ones are dropped."""


class ArticleCache:
    """A thread-safe cache of the archive by article index.

    Attributes:
        generation: number of times that articles were dropped so far.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._articles: OrderedDict[int, ArchivedArticle] = OrderedDict()
        self._lock = Lock()
        self.generation = 0

    def get(self, indices: Sequence[int]) -> list[ArchivedArticle | None]:
        """The stored article of each index; None for an unknown index. Raises StoreError."""
        with self._lock:
            found = {index: self._articles[index] for index in indices if index in self._articles}
            for index in found:
                self._articles.move_to_end(index)
            generation = self.generation
        missing = [index for index in dict.fromkeys(indices) if index not in found]
        if missing:
            read = dict(zip(missing, self._archive.get(missing), strict=True))
            fresh = {index: stored for index, stored in read.items() if stored is not None}
            found |= fresh
            with self._lock:
                # After an invalidation during the read, these may be the old versions.
                if generation == self.generation:
                    self._articles |= fresh
                while len(self._articles) > CAPACITY:
                    self._articles.popitem(last=False)
        return [found.get(index) for index in indices]

    def clear(self) -> None:
        """Drop all articles: any of them may have changed."""
        with self._lock:
            self.generation += 1
            self._articles.clear()

    def invalidate(self, indices: Iterable[int]) -> None:
        """Drop these articles; the next `get` reads them from the archive."""
        changed = [*indices]
        if not changed:
            return
        with self._lock:
            self.generation += 1
            for index in changed:
                self._articles.pop(index, None)
