"""From a table of events in Arrow arrays to `EventColumns`: the one way for every file that is not JSON of ours.

All works column by column, so that a table of millions of rows takes seconds.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from recirc.reading.bots import exclusion
from recirc.reading.columns import (
    KINDS,
    ON_SHELF,
    UNDO,
    EventChunk,
    EventColumns,
    EventRules,
)
from recirc.reading.rejections import Rejection, shown
from recirc.types import NO_POSITION, SHELF_NUMBERS, BoolArray, EntryKind, Exclusion, IntArray, LongArray

_PER_MS: Final = {"ms": 1, "us": 1000, "ns": 1_000_000}


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_whole(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind))


class ColumnType(NamedTuple):
    """The Arrow types that a column may have, and their name in an error."""

    accepts: Callable[[pa.DataType], bool]
    name: str


_TEXT: Final = ColumnType(_is_text, "text")
_WHOLE: Final = ColumnType(_is_whole, "whole numbers")
_NAME: Final = ColumnType(lambda kind: _is_text(kind) or _is_whole(kind), "text or whole numbers")
_NUMBER: Final = ColumnType(lambda kind: _is_whole(kind) or bool(pa.types.is_floating(kind)), "numbers")
_FLAG: Final = ColumnType(lambda kind: bool(pa.types.is_boolean(kind)), "true or false")
_TIME: Final = ColumnType(
    lambda kind: _is_whole(kind) or bool(pa.types.is_timestamp(kind)),
    "timestamps, or whole numbers of milliseconds since 1970",
)
COLUMN_TYPES: Final[Mapping[str, ColumnType]] = {
    "kind": _TEXT,
    "article": _NAME,
    "time": _TIME,
    "id": _NAME,
    "reader": _NAME,
    "visit": _NAME,
    "user_agent": _TEXT,
    "shelf": _TEXT,
    "position": _WHOLE,
    "source": _NAME,
    "serve_id": _TEXT,
    "propensity": _NUMBER,
    "signature": _TEXT,
    "seconds": _NUMBER,
    "scroll": _NUMBER,
    "name": _TEXT,
    "undo": _FLAG,
    "referrer": _WHOLE,
    "device": _WHOLE,
    "region": _WHOLE,
}
"""The type of the column of each field of an event."""

_KINDS: Final = {kind.value: int(entry) for kind, entry in KINDS.items()}
_LONGEST: Final = {"article": 512, "source": 512, "id": 128, "reader": 128, "visit": 128, "name": 32}


def row_numbers(first: int, count: int) -> LongArray:
    """The numbers of consecutive rows; int64 (count,)."""
    return np.arange(first, first + count)


def chunk_of(arrays: Mapping[str, Any], lines: LongArray, file: str, rules: EventRules) -> EventChunk:
    """The events of n rows; wrong ones are left out and become rejections.

    Args:
        arrays: values by field of an event, as Arrow arrays of n values with types of `COLUMN_TYPES`. Without `kind`
            the events are views.
        lines: int64 (n,), line or row of each event in the file.
        file: name of the file.
        rules: which events are accepted.
    """
    table = _EventTable(arrays, lines, file)
    return EventChunk(table.columns(rules), table.rejections)


class _EventTable:
    """Rows on their way to columns; wrong ones are marked, and left out at the end."""

    def __init__(self, arrays: Mapping[str, Any], lines: LongArray, file: str) -> None:
        self.rejections: list[Rejection] = []
        self._arrays = arrays
        self._count = len(lines)
        self._lines = lines
        self._file = file
        self._encoded: dict[str, tuple[IntArray, list[Any]]] = {}
        self._good: BoolArray = np.ones(self._count, np.bool_)

    def columns(self, rules: EventRules) -> EventColumns:
        """The good rows; afterwards `rejections` has the others."""
        names: dict[str, int] = {}
        words: dict[str, int] = {}
        columns = EventColumns(
            names=[],
            words=[],
            kind=self._choice("kind", _KINDS, None if "kind" in self._arrays else int(EntryKind.VIEW)),
            article=self._codes("article", names, needed=True),
            time=self._times(rules),
            reader=self._keyed("reader", rules.keys.readers),
            visit=self._keyed("visit", rules.keys.visits),
            serve_id=self._serve_ids(),
            source=self._codes("source", names),
            value=np.zeros(0, np.float32),
            scroll=self._numbers("scroll", 1.0),
            region=self._whole("region", 65_535, 0).astype(np.uint16),
            shelf=self._choice("shelf", dict(sorted(SHELF_NUMBERS.items())), 0),
            position=self._whole("position", 254, NO_POSITION).astype(np.uint8),
            referrer=self._whole("referrer", 255, 0).astype(np.uint8),
            device=self._whole("device", 255, 0).astype(np.uint8),
            name=self._codes("name", words),
            excluded=self._excluded(),
            ids=self._ids(),
        )
        columns = columns._replace(names=list(names), words=list(words), value=self._values(columns))
        self._check_reactions(columns, rules)
        columns = self._with_undone(columns)
        self.rejections.sort()
        return columns if self._good.all() else _only(columns, self._good)

    def _reject(self, bad: BoolArray, field: str, text: Callable[[int], str]) -> None:
        """Leave out the rows where `bad`, unless they already are; `text` says what is wrong with a row."""
        for row in np.flatnonzero(bad & self._good).tolist():
            self.rejections.append(Rejection(int(self._lines[row]), text(row), field, self._file))
        self._good &= ~bad

    def _missing(self, field: str) -> BoolArray:
        array = self._arrays[field]
        return np.asarray(array.is_null().to_numpy(zero_copy_only=False), np.bool_)

    def _shown(self, field: str, what: str) -> Callable[[int], str]:
        return lambda row: f'"{field}" {what}: {shown(self._arrays[field][row].as_py())}'

    def _distinct(self, field: str) -> tuple[IntArray, list[Any]]:
        """Code of each row, int32 (n,), -1 for null, and the values of the codes."""
        if field in self._encoded:
            return self._encoded[field]
        array = self._arrays[field]
        encoded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
        self._encoded[field] = _filled(encoded.indices, pa.int32(), -1), encoded.dictionary.to_pylist()
        return self._encoded[field]

    def _of_distinct(self, field: str, values: NDArray[Any], missing: Any) -> NDArray[Any]:
        """A value for each row, given one for each of the values of `_distinct`."""
        codes, _ = self._distinct(field)
        return (
            np.where(codes >= 0, values.take(codes, mode="clip"), missing)
            if len(values)
            else np.full(self._count, missing)
        )

    def _choice(self, field: str, choices: Mapping[str, int], default: int | None) -> NDArray[np.uint8]:
        """The numbers of texts; `default` for null and for a missing column, None: null is an error."""
        if field not in self._arrays:
            return np.full(self._count, default or 0, np.uint8)
        _, texts = self._distinct(field)
        numbers = np.array([choices.get(text, -1) for text in texts], np.int32)
        chosen = self._of_distinct(field, numbers, -1 if default is None else default)
        self._reject(chosen < 0, field, self._shown(field, f"is not one of {', '.join(choices)}"))
        return chosen.astype(np.uint8)

    def _codes(self, field: str, known: dict[str, int], needed: bool = False) -> IntArray:
        if field not in self._arrays:
            return np.full(self._count, -1, np.int32)
        _, values = self._distinct(field)
        texts = [None if value is None else str(value) for value in values]
        self._check_length(field, texts)
        codes = np.array(
            [-1 if text is None else known.setdefault(text, len(known)) for text in texts], np.int32
        )
        coded = self._of_distinct(field, codes, -1).astype(np.int32)
        if needed:
            self._reject(coded < 0, field, lambda _: f'"{field}" is missing')
        return coded

    def _check_length(self, field: str, texts: list[str | None]) -> None:
        least, most = (0 if field in ("id", "reader", "visit", "name") else 1), _LONGEST[field]
        wrong = np.array([text is not None and not least <= len(text) <= most for text in texts], np.bool_)
        if wrong.any():
            bad = self._of_distinct(field, wrong, False)
            self._reject(bad, field, self._shown(field, f"has not {least} to {most} characters"))

    def _check_reactions(self, columns: EventColumns, rules: EventRules) -> None:
        known = np.array([*(rules.reaction_fault(word) is None for word in columns.words), False], np.bool_)
        if rules.reactions is not None:
            bad = (columns.kind == EntryKind.REACTION) & ~known[columns.name]
            words = [*columns.words, None]
            self._reject(bad, "name", lambda row: f"{rules.reaction_fault(words[columns.name[row]])}")

    def _with_undone(self, columns: EventColumns) -> EventColumns:
        """The columns with UNDO before the word of a reaction that was taken back."""
        if "undo" not in self._arrays:
            return columns
        undone = _filled(self._arrays["undo"], pa.bool_(), False) & (columns.kind == EntryKind.REACTION)
        again = len(columns.words) + columns.name
        return columns._replace(
            words=[*columns.words, *(f"{UNDO}{word}" for word in columns.words)],
            name=np.where(undone & (columns.name >= 0), again, columns.name).astype(np.int32),
        )

    def _times(self, rules: EventRules) -> LongArray:
        if "time" not in self._arrays:
            return np.zeros(self._count, np.int64)
        array = self._arrays["time"]
        unit = array.type.unit if pa.types.is_timestamp(array.type) else "ms"
        values = _filled(array, pa.int64(), 0)
        times = values * 1000 if unit == "s" else values // _PER_MS[unit]
        self._reject(self._missing("time"), "time", lambda _: '"time" is missing')
        bad = (times < 0) | (times > rules.now + rules.max_ahead)
        self._reject(bad, "time", lambda row: f"{rules.time_fault(int(times[row]))}")
        return np.asarray(times, np.int64)

    def _keyed(self, field: str, keys: Callable[[list[Any]], LongArray]) -> LongArray:
        if field not in self._arrays:
            return np.zeros(self._count, np.int64)
        _, values = self._distinct(field)
        self._check_length(field, [None if value is None else str(value) for value in values])
        return np.asarray(
            self._of_distinct(field, keys([None if v == "" else v for v in values]), 0), np.int64
        )

    def _serve_ids(self) -> NDArray[np.uint64]:
        if "serve_id" not in self._arrays:
            return np.zeros(self._count, np.uint64)
        _, texts = self._distinct("serve_id")
        numbers = np.array([_hexadecimal(text) for text in texts], np.object_)
        found = self._of_distinct("serve_id", numbers, 0)
        bad = np.array([number is None for number in found], np.bool_)
        self._reject(
            bad, "serve_id", self._shown("serve_id", "is not 1 to 16 hexadecimal digits in lower case")
        )
        return np.where(bad, 0, found).astype(np.uint64)

    def _numbers(self, field: str, most: float) -> NDArray[np.float32]:
        if field not in self._arrays:
            return np.zeros(self._count, np.float32)
        numbers = _filled(self._arrays[field], pa.float64(), 0.0)
        good = (numbers >= 0) & (numbers <= most)
        self._reject(~good, field, self._shown(field, f"is not a number from 0 to {most:g}"))
        return np.where(good, numbers, 0).astype(np.float32)

    def _values(self, columns: EventColumns) -> NDArray[np.float32]:
        """See `columns.value_of`."""
        seconds, propensity = self._numbers("seconds", 86_400.0), self._numbers("propensity", 1.0)
        if "propensity" in self._arrays:
            never = (propensity == 0) & ~self._missing("propensity")
            self._reject(never, "propensity", self._shown("propensity", "is not above 0"))
        shown = np.isin(columns.kind, ON_SHELF) & (columns.shelf > 0)
        return np.where(shown, propensity, seconds)

    def _whole(self, field: str, most: int, missing: int) -> LongArray:
        if field not in self._arrays:
            return np.full(self._count, missing, np.int64)
        numbers = _filled(self._arrays[field], pa.int64(), missing)
        bad = ((numbers < 0) | (numbers > most)) & ~self._missing(field)
        self._reject(bad, field, self._shown(field, f"is not a whole number from 0 to {most}"))
        return np.asarray(numbers, np.int64)

    def _excluded(self) -> NDArray[np.uint8]:
        if "user_agent" not in self._arrays:
            return np.full(self._count, Exclusion.NONE, np.uint8)
        _, agents = self._distinct("user_agent")
        exclusions = np.array([exclusion(agent) for agent in agents], np.uint8)
        return self._of_distinct("user_agent", exclusions, Exclusion.NONE).astype(np.uint8)

    def _ids(self) -> list[str | None] | None:
        if "id" not in self._arrays:
            return None
        ids = [None if value is None else str(value) for value in self._arrays["id"].to_pylist()]
        bad = np.array([text is not None and len(text) > _LONGEST["id"] for text in ids], np.bool_)
        self._reject(bad, "id", self._shown("id", f"has more than {_LONGEST['id']} characters"))
        return ids


def _filled(array: Any, kind: pa.DataType, missing: float) -> NDArray[Any]:
    return np.asarray(array.cast(kind, safe=False).fill_null(missing).to_numpy(zero_copy_only=False))


def _hexadecimal(text: str | None) -> int | None:
    if text is None:
        return 0
    good = 1 <= len(text) <= 16 and all(digit in "0123456789abcdef" for digit in text)
    return int(text, 16) if good else None


def _only(columns: EventColumns, good: BoolArray) -> EventColumns:
    """The good rows, and of `names` those that they refer to."""
    kept: dict[str, Any] = {
        name: value[good] for name, value in columns._asdict().items() if isinstance(value, np.ndarray)
    }
    if columns.ids is not None:
        kept["ids"] = [text for text, stays in zip(columns.ids, good.tolist(), strict=True) if stays]
    codes = np.concatenate((kept["article"], kept["source"]))
    used, places = np.unique(codes[codes >= 0], return_inverse=True)
    codes[codes >= 0] = places
    kept["article"], kept["source"] = codes[: len(kept["article"])], codes[len(kept["article"]) :]
    return columns._replace(**kept, names=[columns.names[code] for code in used.tolist()])
