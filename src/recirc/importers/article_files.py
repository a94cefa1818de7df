"""Articles in files of JSON lines, plain or gzipped."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from recirc import clock
from recirc.importers.rows import articles_from
from recirc.reading.fields import MAX_BYTES, article_from
from recirc.reading.holds import Hold, hold_of
from recirc.reading.lines import NumberedLines, decoded
from recirc.reading.rejections import RejectedValueError, Rejection
from recirc.types import Article


class ArticleFile:
    """The articles of a file, in order, with rejections in place of wrong lines.

    Attributes:
        ignored: number of articles by the name of a field that was not used.
    """

    def __init__(
        self, path: Path, *, mapping: Mapping[str, tuple[str, ...]] | None = None, max_bytes: int = MAX_BYTES
    ) -> None:
        """Open `path`; `mapping` and `max_bytes` are those of `fields.article_from`.

        Raises:
            RejectedValueError: the file is Parquet, which holds events.
            OSError: the file cannot be opened.
        """
        with path.open("rb") as file:
            if file.read(4) == b"PAR1":
                raise RejectedValueError(
                    "", f"{path}: this is Parquet; is it an event log? Use recirc import events"
                )
        self.ignored: Counter[str] = Counter()
        self._path = path
        self._mapping = mapping
        self._max_bytes = max_bytes
        # JSON can write one byte as six (\u0041), and the other fields need room too.
        self._lines = NumberedLines(path, 6 * max_bytes + 1_000_000)

    @property
    def total_bytes(self) -> int:
        """Size of the file on disk."""
        return self._lines.total_bytes

    @property
    def read_bytes(self) -> int:
        """How much of it was read."""
        return self._lines.read_bytes

    def __iter__(self) -> Iterator[Article | Rejection]:
        return articles_from(self._lines, self._path.name, self._article, self._held)

    def _held(self, line: bytes) -> Hold | None:
        row = dict(decoded(line))
        for name in (self._mapping or {}).get("published", ()):
            row["published"] = row.get(name)
        return hold_of(row, clock.now())

    def _article(self, line: bytes) -> Article:
        article, ignored = article_from(
            decoded(line),
            source=f"file {self._path.name}",
            mapping=self._mapping,
            max_bytes=self._max_bytes,
        )
        self.ignored.update(ignored)
        return article
