"""From the rows of a file to articles and events: one wrong row is rejected with its line, and the others go on."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, TypeAlias, TypeVar

import numpy as np
import pyarrow as pa

from recirc.importers.event_table import chunk_of
from recirc.reading.columns import EventChunk, EventRules
from recirc.reading.holds import HeldArticle, Hold
from recirc.reading.rejections import RejectedValueError, Rejection
from recirc.types import Article

Row = TypeVar("Row")
Rows: TypeAlias = Iterable[tuple[int, Row] | Rejection]
"""Rows with the numbers of their lines, and rejections in place of unreadable ones."""

CHUNK: Final = 50_000
"""Events that are collected before they become columns."""

_TYPES: Final = {"time": pa.int64(), "seconds": pa.float32(), "scroll": pa.float32(), "device": pa.int64()}


def articles_from(
    rows: Rows[Row],
    file: str,
    read: Callable[[Row], Article | None],
    held: Callable[[Row], Hold | None] = lambda _: None,
) -> Iterator[Article | Rejection]:
    """The articles of rows; `read` makes one of a row, gives None to leave it out, or raises RejectedValueError; `held`
    says why it may not be published yet.
    """
    for row in rows:
        if isinstance(row, Rejection):
            yield row
            continue
        try:
            article = read(row[1])
        except RejectedValueError as error:
            yield error.at(row[0], file)
        else:
            if article is None:
                continue
            hold = held(row[1])
            if hold is None:
                yield article
            else:
                yield HeldArticle(row[0], hold.text, hold.field, file, article, hold.until)


def events_from(
    rows: Rows[Row],
    file: str,
    rules: EventRules,
    fields: Sequence[str],
    read: Callable[[Row], Iterable[tuple[Any, ...]]],
) -> Iterator[EventChunk]:
    """The events of rows, in chunks.

    Args:
        rows: the rows.
        file: name of the file, for rejections.
        rules: which events are accepted.
        fields: names of fields of an event, without `kind` for views.
        read: makes of a row its events, none or several: values of `fields`, in their order. Raises
            RejectedValueError.
    """
    events: list[tuple[Any, ...]] = []
    lines: list[int] = []
    rejections: list[Rejection] = []

    def chunk() -> EventChunk:
        columns = zip(*events, strict=True) if events else ([] for _ in fields)
        arrays = {
            field: pa.array(list(values), _TYPES.get(field, pa.string()))
            for field, values in zip(fields, columns, strict=True)
        }
        made = chunk_of(arrays, np.array(lines, np.int64), file, rules)
        return EventChunk(made.events, sorted([*rejections, *made.rejections]))

    for row in rows:
        if isinstance(row, Rejection):
            rejections.append(row)
        else:
            try:
                found = list(read(row[1]))
                events += found
                lines += [row[0]] * len(found)
            except RejectedValueError as error:
                rejections.append(error.at(row[0], file))
        if len(events) + len(rejections) >= CHUNK:
            yield chunk()
            events, lines, rejections = [], [], []
    if events or rejections:
        yield chunk()
