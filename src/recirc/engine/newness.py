"""What is new to the archive: articles by their date, authors by the date of their first article; as masks."""

from typing import Final

import numpy as np

from recirc.state.catalogue import LIVE, Catalogue
from recirc.state.state import State
from recirc.types import BoolArray, LongArray

HOUR: Final = 3_600_000
DAY: Final = 24 * HOUR
STEP: Final = 60_000
"""ms: masks change at most so often."""
NOT_KNOWN: Final = -1


class Newness:
    """Follows the catalogue: between two states only what was published meanwhile is looked at again."""

    def __init__(self) -> None:
        self._edits: list[int] | None = None
        self._seen = 0
        self._first: dict[int, int] = {}
        self._debut: LongArray = np.zeros(0, np.int64)

    def articles(self, state: State, hours: float, now: int) -> BoolArray:
        """Live articles published within so many hours before `now` (ms), bool (n_articles,)."""
        catalogue, since = state.catalogue, now // STEP * STEP - round(hours * HOUR)
        found: BoolArray = catalogue.live() & (catalogue.published[: state.size] >= max(since, 0))
        return found

    def authors(self, state: State, days: float, now: int) -> BoolArray:
        """Live articles with an author whose first article here is at most so many days old at `now` (ms)."""
        self._follow(state.catalogue, state.size)
        since = now // STEP * STEP - round(days * DAY)
        found: BoolArray = state.catalogue.live() & (self._debut >= max(since, 0))
        return found

    def _follow(self, catalogue: Catalogue, size: int) -> None:
        """Bring up to date when each author began, and for each article the latest beginning among its authors."""
        edits = catalogue.edits
        rows: LongArray
        if edits is not self._edits:
            self._edits, self._first, self._debut = edits, {}, np.zeros(0, np.int64)
            rows = np.arange(size)
        else:
            fresh = [*edits[self._seen :], *range(len(self._debut), size)]
            rows = np.unique(np.array(fresh, np.int64))
        self._seen = len(edits)
        debut = np.full(size, NOT_KNOWN, np.int64)
        debut[: len(self._debut)] = self._debut
        rows = rows[(catalogue.status[rows] == LIVE) & (catalogue.published[rows] >= 0)]
        authors, published = catalogue.authors[rows], catalogue.published[rows].tolist()
        earlier = set[int]()  # authors who turn out to have begun before
        for keys, time in zip(authors.tolist(), published, strict=True):
            for key in keys:
                if not key:
                    continue
                known = self._first.get(key)
                if known is None or time < known:
                    self._first[key] = time
                    if known is not None:
                        earlier.add(key)
        if earlier:
            of_them = np.isin(catalogue.authors[:size], np.array(sorted(earlier))).any(axis=1)
            rows = np.union1d(rows, np.flatnonzero(of_them))
        for row, keys in zip(rows.tolist(), catalogue.authors[rows].tolist(), strict=True):
            debut[row] = max((self._first.get(key, NOT_KNOWN) for key in keys if key), default=NOT_KNOWN)
        self._debut = debut
