"""Articles close at hand: what the archive keeps, remembered until the log says that it changed."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from threading import Lock

from recirc.store.ports import Archive, ArchivedArticle

MOST = 4096
"""Articles that are remembered, the last ones asked for."""


class ArticleCache:
    """A cache of the archive by index, for many threads."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._held: OrderedDict[int, ArchivedArticle] = OrderedDict()
        self._lock = Lock()
        self._age = 0

    def get(self, indices: Sequence[int]) -> list[ArchivedArticle | None]:
        """What is kept under each index; None where none was given. Raises StoreError."""
        with self._lock:
            found = {index: self._held[index] for index in indices if index in self._held}
            for index in found:
                self._held.move_to_end(index)
            age = self._age
        missing = [index for index in dict.fromkeys(indices) if index not in found]
        if missing:
            read = dict(zip(missing, self._archive.get(missing), strict=True))
            fresh = {index: stored for index, stored in read.items() if stored is not None}
            found |= fresh
            with self._lock:
                # What was forgotten while this was being read may have been read too early.
                if age == self._age:
                    self._held |= fresh
                while len(self._held) > MOST:
                    self._held.popitem(last=False)
        return [found.get(index) for index in indices]

    def forget(self, indices: Iterable[int]) -> None:
        """Read these anew when they are asked for next."""
        with self._lock:
            self._age += 1
            for index in indices:
                self._held.pop(index, None)
