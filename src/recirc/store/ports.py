"""What every store can do, in eleven methods. Each engine of ours stands behind these three, and runs the same
tests.
"""

from collections.abc import Collection, Sequence
from concurrent.futures import Future
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, Protocol

from recirc.errors import UserError
from recirc.text.query import ParsedQuery
from recirc.types import Article, Batch, IntArray, LongArray, Publication, RecordArray

if TYPE_CHECKING:
    from recirc.store.cancellation import Cancellation

FORMAT = 4
"""Version of what lies on disk. A store of another version is refused, not guessed at."""


class StoreError(UserError):
    """The store cannot do this now; the text says why and what to do. Nothing of the refused call was
    kept.
    """


class BusyError(StoreError):
    """The store cannot take this at the moment: the process that writes is away, or the disk cannot keep up."""


class UnconfirmedError(BusyError):
    """The change was handed in, and whether it takes effect is not known yet: send the same again."""


class ConflictError(StoreError):
    """The change is based on a version that is not the newest any more: read again and decide again."""


class NotThereError(StoreError):
    """What the change is about is not in the store: no event is selected, or nothing has this name."""


class ForkError(StoreError):
    """The order's history is not the one that this store was made from."""


class PublishOutcome(Enum):
    """What became of a published article."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    WITHDRAWN = "withdrawn"  # it, or the article at one of its addresses, is withdrawn; nothing was changed
    CONFLICT = "conflict"  # it is based on a version that is not the newest any more; nothing was changed


class Receipt(NamedTuple):
    """What is on disk when it is given.

    Attributes:
        offset: of the last log entry after this append.
        accepted: entries that were new.
        duplicates: entries whose id the log already had; they are not in it twice.
        outcomes: for each publication, in the order given.
    """

    offset: int
    accepted: int
    duplicates: int
    outcomes: tuple[PublishOutcome, ...]


class ArchivedArticle(NamedTuple):
    """What the archive knows under an index; `article` is None when events name it but nobody published
    it. `version` is the digest of this version, empty where there is none.
    """

    id: str
    article: Article | None
    withdrawn: bool
    version: bytes = b""


HASH_BYTES = 16
"""Length of the running hash over a store's commands."""


class HistoryHead(NamedTuple):
    """The end of a history: how many commands it has, and the running hash after the last."""

    position: int
    hash: bytes


NOTHING = HistoryHead(0, bytes(HASH_BYTES))
"""The end of an empty history."""


class Archive(Protocol):
    """Articles by dense index. An index is given once, from 0 upward, and never means another article."""

    def intern(self, ids: Sequence[str]) -> IntArray:
        """Indices of `ids`, int32 (n,); unknown ids are given one, durably."""

    def find(self, ids: Sequence[str]) -> IntArray:
        """Indices of `ids`, int32 (n,); -1 for unknown ones."""

    def get(self, indices: Sequence[int]) -> list[ArchivedArticle | None]:
        """What is kept under each index; None where none was given."""

    def size(self) -> int:
        """How many indices have been given."""


class Log(Protocol):
    """The truth: entries in the order in which they were acknowledged."""

    def append(
        self,
        records: RecordArray,
        publications: Sequence[Publication] = (),
        *,
        restore: Collection[str] = (),
        yesterday: LongArray | None = None,
    ) -> "Future[Receipt]":
        """Add entries; the receipt comes when they are on disk.

        Entries whose id is in the log are left out (law 3, Once), also when one call names an id twice. Each
        publication adds a PUBLISH entry of its own, unless the article is the same as the one kept; a
        WITHDRAW record marks its article as withdrawn, after which only a publication whose id is in `restore`
        brings it back. Articles and entries are kept together or not at all.

        The future raises StoreError when they cannot be kept (disk full, file locked or damaged).
        """

    def read(self, after: int, limit: int) -> Batch:
        """At most `limit` (rounded up to whole commits) entries that follow offset `after`, in order; empty
        at the end.
        """

    def end(self) -> int:
        """Offset of the last entry on disk, 0 when there is none."""

    def check_history(self, known: HistoryHead) -> HistoryHead:
        """The end of the history of commands, which must go on from `known`, an earlier end of it. Raises ForkError."""

    def close(self) -> None:
        """Finish what was handed in, then let go of the files."""


class SearchHit(NamedTuple):
    """An article that was found, as plain text in which `\\x02` and `\\x03` stand around what was looked for.

    Attributes:
        article: its index.
        headline: all of it.
        passage: a few lines of its summary or body; empty when it has neither.
    """

    article: int
    headline: str
    passage: str


class ArticleSearch(Protocol):
    """The articles by their words: those that are published and not withdrawn."""

    def search(
        self, question: ParsedQuery, now: int, most: int, cancellation: "Cancellation | None" = None
    ) -> list[int]:
        """Indices of at most `most` articles, the best first; of two as good, the younger at `now` (ms since 1970).
        `cancellation` can end the search, from another thread.
        """

    def hits(
        self, question: ParsedQuery, indices: Sequence[int], cancellation: "Cancellation | None" = None
    ) -> list[SearchHit]:
        """What was found in each of these, in their order; those that do not answer the question are left out."""

    def corrections(
        self, question: ParsedQuery, cancellation: "Cancellation | None" = None
    ) -> dict[str, str]:
        """For each word of the question that no article has: the folded one in most articles that is one letter off."""
