"""Reader events from Parquet tables, column by column: a table of millions of rows takes seconds."""

import difflib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from recirc.importers import globo
from recirc.reading.bots import exclusion
from recirc.reading.columns import (
    KINDS,
    ON_SHELF,
    UNDO,
    EventChunk,
    EventColumns,
    EventRules,
)
from recirc.reading.rejections import RejectedValueError, Rejection, shown
from recirc.types import NO_POSITION, SHELF_NUMBERS, BoolArray, EntryKind, Exclusion, IntArray, LongArray

MAGIC: Final = b"PAR1"
REQUIRED: Final = ("kind", "article", "time")
_BATCH: Final = 131_072  # rows
_PER_MS: Final = {"s": 1 / 1000, "ms": 1, "us": 1000, "ns": 1_000_000}


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_whole(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind))


def _is_name(kind: pa.DataType) -> bool:
    return _is_text(kind) or _is_whole(kind)


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _is_flag(kind: pa.DataType) -> bool:
    return bool(pa.types.is_boolean(kind))


def _is_time(kind: pa.DataType) -> bool:
    return bool(pa.types.is_timestamp(kind) or pa.types.is_integer(kind))


_TEXT: Final = (_is_text, "text")
_WHOLE: Final = (_is_whole, "whole numbers")
_NAME: Final = (_is_name, "text or whole numbers")
_NUMBER: Final = (_is_number, "numbers")
FORMS: Final[Mapping[str, tuple[Callable[[pa.DataType], bool], str]]] = {
    "kind": _TEXT,
    "article": _NAME,
    "time": (_is_time, "timestamps, or whole numbers of milliseconds since 1970"),
    "id": _NAME,
    "reader": _NAME,
    "visit": _NAME,
    "user_agent": _TEXT,
    "shelf": _TEXT,
    "position": _WHOLE,
    "source": _NAME,
    "serve_id": _TEXT,
    "propensity": _NUMBER,
    "seconds": _NUMBER,
    "scroll": _NUMBER,
    "name": _TEXT,
    "undo": (_is_flag, "true or false"),
    "referrer": _WHOLE,
    "device": _WHOLE,
    "region": _WHOLE,
}
"""For each field of an event, the column's type that it is read from: a test of it, and what it is called."""

_LONGEST: Final = {"article": 512, "source": 512, "id": 128, "reader": 128, "visit": 128, "name": 32}


class ParquetEvents:
    """The events of a Parquet file with columns named like `Event`'s fields, or of the Globo log."""

    def __init__(self, path: Path, rules: EventRules) -> None:
        """Open the file and look at its columns.

        Raises:
            Refused: it cannot be read as Parquet, or its columns are not those of events.
        """
        self.total_bytes = path.stat().st_size
        self._name = path.name
        self._rules = rules
        self._rows = 0
        try:
            self._file = pq.ParquetFile(path)
        except (pa.ArrowException, OSError) as error:
            raise RejectedValueError("", f"{path.name}: not a readable Parquet file: {error}") from None
        try:
            self._columns = _columns_of(self._file.schema_arrow, path.name)
        except RejectedValueError:
            self._file.close()
            raise

    @property
    def read_bytes(self) -> int:
        """How much of the file was read, by rows."""
        rows = self._file.metadata.num_rows
        return self.total_bytes * self._rows // rows if rows else self.total_bytes

    def __iter__(self) -> Iterator[EventChunk]:
        with self._file:
            try:
                for batch in self._batches():
                    arrays = {field: batch.column(column) for field, column in self._columns.items()}
                    rows = _Rows(arrays, batch.num_rows, self._rows, self._name)
                    self._rows += batch.num_rows
                    yield EventChunk(rows.columns(self._rules), rows.refusals)
            except (pa.ArrowException, OSError) as error:
                text = f"the Parquet file is damaged from here on: {error}"
                nothing = _Rows({}, 0, 0, self._name).columns(self._rules)
                yield EventChunk(nothing, [Rejection(self._rows + 1, text, "", self._name)])

    def _batches(self) -> Iterator[pa.RecordBatch]:
        # One row group after the other, so that a damaged one takes none of those before it with it.
        wanted = sorted(set(self._columns.values()))
        for group in range(self._file.num_row_groups):
            yield from self._file.iter_batches(_BATCH, row_groups=[group], columns=wanted)


def _columns_of(schema: pa.Schema, file: str) -> dict[str, str]:
    """Field of an event to the column that has it."""
    if globo.recognised(schema.names):
        columns = dict(globo.COLUMNS)
    else:
        columns = {name: name for name in schema.names}
        accepted = f"accepted are {', '.join(FORMS)}; {', '.join(REQUIRED)} are needed"
        unknown = [name for name in columns if name not in FORMS]
        if unknown:
            near = difflib.get_close_matches(unknown[0], FORMS, n=1)
            hint = f' (did you mean "{near[0]}"?)' if near else ""
            names = ", ".join(f'"{name}"' for name in unknown)
            raise RejectedValueError(unknown[0], f"{file}: no column of events: {names}{hint}; {accepted}")
        missing = [name for name in REQUIRED if name not in columns]
        if missing:
            names = ", ".join(f'"{name}"' for name in missing)
            raise RejectedValueError(missing[0], f"{file}: the table has no column {names}; {accepted}")
    for field, column in columns.items():
        test, wanted = FORMS[field]
        kind = schema.field(column).type
        if not (test(kind) or pa.types.is_null(kind)):
            raise RejectedValueError(column, f'{file}: the column "{column}" holds {kind}, not {wanted}')
    return columns


def chunk_of(arrays: Mapping[str, Any], lines: LongArray, file: str, rules: EventRules) -> EventChunk:
    """Events whose fields are at hand as Arrow arrays; wrong ones become refusals.

    Args:
        arrays: for fields of an event its values, of the types in `FORMS`; without `kind` they are views.
        lines: int64 (n,): where in `file` each event stands.
        file: name of the file.
        rules: which events are taken.
    """
    rows = _Rows(arrays, len(lines), 0, file, lines)
    return EventChunk(rows.columns(rules), rows.refusals)


class _Rows:
    """Some rows of a table on their way to columns; wrong ones are marked, and left out at the end."""

    def __init__(
        self, arrays: Mapping[str, Any], count: int, before: int, file: str, lines: LongArray | None = None
    ) -> None:
        self.refusals: list[Rejection] = []
        self._arrays = arrays
        self._count = count
        self._lines = np.arange(before + 1, before + count + 1) if lines is None else lines
        self._file = file
        self._encoded: dict[str, tuple[IntArray, list[Any]]] = {}
        self._good: BoolArray = np.ones(count, np.bool_)

    def columns(self, rules: EventRules) -> EventColumns:
        """The good rows; afterwards `refusals` tells of the others."""
        names: dict[str, int] = {}
        words: dict[str, int] = {}
        kinds = {kind.value: int(entry) for kind, entry in KINDS.items()}
        default = int(EntryKind[globo.KIND.name]) if "kind" not in self._arrays else None
        columns = EventColumns(
            names=[],
            words=[],
            kind=self._choice("kind", kinds, default).astype(np.uint8),
            article=self._codes("article", names, needed=True),
            time=self._times(rules),
            reader=self._keyed("reader", rules.keys.readers),
            visit=self._keyed("visit", rules.keys.visits),
            serve_id=self._serve_ids(),
            source=self._codes("source", names),
            value=np.zeros(0, np.float32),
            scroll=self._numbers("scroll", 1.0),
            region=self._whole("region", 65_535, 0).astype(np.uint16),
            shelf=self._choice("shelf", SHELF_NUMBERS, 0).astype(np.uint8),
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
        self.refusals.sort()
        return columns if self._good.all() else _only(columns, self._good)

    def refuse(self, bad: BoolArray, field: str, text: Callable[[int], str]) -> None:
        """Leave out the rows where `bad`, unless they already are; `text` says what is wrong at a place."""
        for place in np.flatnonzero(bad & self._good).tolist():
            self.refusals.append(Rejection(int(self._lines[place]), text(place), field, self._file))
        self._good &= ~bad

    def _missing(self, field: str) -> BoolArray:
        array = self._arrays[field]
        return np.asarray(array.is_null().to_numpy(zero_copy_only=False), np.bool_)

    def _shown(self, field: str, what: str) -> Callable[[int], str]:
        return lambda place: f'"{field}" {what}: {shown(self._arrays[field][place].as_py())}'

    def _distinct(self, field: str) -> tuple[IntArray, list[Any]]:
        """Code of each row, int32 (n,), -1 for null, and the values that the codes mean."""
        if field in self._encoded:
            return self._encoded[field]
        array = self._arrays[field]
        encoded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
        self._encoded[field] = _filled(encoded.indices, pa.int32(), -1), encoded.dictionary.to_pylist()
        return self._encoded[field]

    def _of_distinct(self, field: str, values: NDArray[Any], missing: Any) -> NDArray[Any]:
        """The rows' values, given those of `_distinct`'s values."""
        codes, _ = self._distinct(field)
        return (
            np.where(codes >= 0, values.take(codes, mode="clip"), missing)
            if len(values)
            else np.full(self._count, missing)
        )

    def _choice(self, field: str, choices: Mapping[str, int], default: int | None) -> IntArray:
        if field not in self._arrays:
            return np.full(self._count, default or 0, np.int32)
        _, texts = self._distinct(field)
        numbers = np.array([choices.get(text, -1) for text in texts], np.int32)
        chosen = self._of_distinct(field, numbers, -1 if default is None else default)
        self.refuse(chosen < 0, field, self._shown(field, f"is not one of {', '.join(choices)}"))
        return chosen

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
            self.refuse(coded < 0, field, lambda _: f'"{field}" is missing')
        return coded

    def _check_length(self, field: str, texts: list[str | None]) -> None:
        least, most = (0 if field in ("id", "reader", "visit", "name") else 1), _LONGEST[field]
        wrong = np.array([text is not None and not least <= len(text) <= most for text in texts], np.bool_)
        if wrong.any():
            bad = self._of_distinct(field, wrong, False)
            self.refuse(bad, field, self._shown(field, f"has not {least} to {most} characters"))

    def _check_reactions(self, columns: EventColumns, rules: EventRules) -> None:
        known = np.array([*(rules.reaction_fault(word) is None for word in columns.words), False], np.bool_)
        if rules.reactions is not None:
            bad = (columns.kind == EntryKind.REACTION) & ~known[columns.name]
            words = [*columns.words, None]
            self.refuse(bad, "name", lambda place: f"{rules.reaction_fault(words[columns.name[place]])}")

    def _with_undone(self, columns: EventColumns) -> EventColumns:
        """Reactions that were taken back name another word."""
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
        times = values * 1000 if unit == "s" else values // int(_PER_MS[unit])
        self.refuse(self._missing("time"), "time", lambda _: '"time" is missing')
        bad = (times < 0) | (times > rules.now + rules.max_ahead)
        self.refuse(bad, "time", lambda place: f"{rules.time_fault(int(times[place]))}")
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
        self.refuse(
            bad, "serve_id", self._shown("serve_id", "is not 1 to 16 hexadecimal digits in lower case")
        )
        return np.where(bad, 0, found).astype(np.uint64)

    def _numbers(self, field: str, most: float) -> NDArray[np.float32]:
        if field not in self._arrays:
            return np.zeros(self._count, np.float32)
        numbers = _filled(self._arrays[field], pa.float64(), 0.0)
        good = (numbers >= 0) & (numbers <= most)
        self.refuse(~good, field, self._shown(field, f"is not a number from 0 to {most:g}"))
        return np.where(good, numbers, 0).astype(np.float32)

    def _values(self, columns: EventColumns) -> NDArray[np.float32]:
        """As `columns.value_of`."""
        seconds, propensity = self._numbers("seconds", 86_400.0), self._numbers("propensity", 1.0)
        if "propensity" in self._arrays:
            never = (propensity == 0) & ~self._missing("propensity")
            self.refuse(never, "propensity", self._shown("propensity", "is not above 0"))
        shown = np.isin(columns.kind, ON_SHELF) & (columns.shelf > 0)
        return np.where(shown, propensity, seconds)

    def _whole(self, field: str, most: int, missing: int) -> LongArray:
        if field not in self._arrays:
            return np.full(self._count, missing, np.int64)
        numbers = _filled(self._arrays[field], pa.int64(), missing)
        bad = ((numbers < 0) | (numbers > most)) & ~self._missing(field)
        self.refuse(bad, field, self._shown(field, f"is not a whole number from 0 to {most}"))
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
        self.refuse(bad, "id", self._shown("id", f"has more than {_LONGEST['id']} characters"))
        return ids


def _filled(array: Any, kind: pa.DataType, missing: float) -> NDArray[Any]:
    return np.asarray(array.cast(kind, safe=False).fill_null(missing).to_numpy(zero_copy_only=False))


def _hexadecimal(text: str | None) -> int | None:
    if text is None:
        return 0
    good = 1 <= len(text) <= 16 and all(digit in "0123456789abcdef" for digit in text)
    return int(text, 16) if good else None


def _only(columns: EventColumns, good: BoolArray) -> EventColumns:
    """The good rows, and of `names` those that they name."""
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
