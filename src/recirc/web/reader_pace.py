"""Readers who open more pages at once than a person does, as a script that loads ten pages before it reads them."""

import mmap
from collections.abc import Collection, Sequence
from typing import Final

import numpy as np

from recirc.types import LongArray

PAGE_MS: Final = 2_000
"""Milliseconds that a page takes from a reader's budget."""

PAGES: Final = 5
"""Pages that a reader may open at once; the budget is filled again by one page each PAGE_MS."""

TOLD: Final = 2
"""Pages that one request is about at most: a page tells of itself, one that is scrolled on perhaps of the next."""

HASTE_MS: Final = 60_000
"""How long a reader is hasty after more."""

SETS: Final = 1 << 14
WAYS: Final = 4
_KEY, _SPENT, _PAGE = range(3)


class ReaderPace:
    """The pages that readers opened lately, in memory that forked processes share.

    The budget is that of the generic cell rate algorithm (ITU-T I.371): SPENT is when all of it will be there again, at
    most PAGES · PAGE_MS ahead; a reader is *hasty* while it is further ahead. Rows of four numbers: the reader, SPENT
    (ms since 1970), the page that was opened last, and nothing. A full set loses the reader whose SPENT is earliest. No
    lock: what two processes write at one moment may lose one of the two.
    """

    def __init__(self) -> None:
        memory = mmap.mmap(-1, 8 * 4 * SETS * WAYS)
        if hasattr(mmap, "MADV_DONTDUMP"):  # Linux: keeps it out of core dumps
            memory.madvise(mmap.MADV_DONTDUMP)
        words: LongArray = np.frombuffer(memory, np.int64)
        self._rows = words.reshape(SETS, WAYS, 4)

    def is_hasty(self, reader: int, opened: Sequence[int], beside: Collection[object], now: int) -> bool:
        """Whether a reader opened too many pages at once in the last minute, or tells of too many in one request.

        Args:
            reader: keyed hash.
            opened: the pages of which a request says that they were opened, as hashes of their ids, in order.
            beside: all pages that it is about.
            now: ms since 1970.

        >>> pace = ReaderPace()
        >>> [pace.is_hasty(7, [page], [page], 1_000_000) for page in (1, 2, 2, 3, 4, 5, 6)]
        [False, False, False, False, False, False, True]
        >>> [pace.is_hasty(7, [], [1], now) for now in (1_059_000, 1_061_000)], pace.is_hasty(8, [], range(3), 0)
        ([True, False], True)
        """
        rows = self._rows[reader % SETS]
        table = rows.tolist()
        keys = [row[_KEY] for row in table]
        most = PAGES * PAGE_MS
        if reader in keys:
            way = keys.index(reader)
            spent, page = max(table[way][_SPENT], now), table[way][_PAGE]
        else:
            way, spent, page = min(range(WAYS), key=lambda place: table[place][_SPENT]), now, 0
        was_hasty = spent > now + most
        for each in opened:
            if each != page:
                spent, page = spent + PAGE_MS, each
        if opened and not was_hasty:
            if spent > now + most:
                spent = now + most + HASTE_MS
            rows[way] = (reader, spent, page, 0)
        return was_hasty or spent > now + most or len(set(beside)) > TOLD
