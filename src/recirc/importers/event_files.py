"""Reader events from files: Parquet, the Globo log, or JSON lines, told apart by their content."""

import difflib
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

import msgspec

from recirc.importers.parquet import MAGIC, ParquetEvents
from recirc.reading.columns import (
    EventChunk,
    EventColumns,
    EventFile,
    EventRules,
    SenderKeys,
    columns_of,
    milliseconds,
)
from recirc.reading.lines import NumberedLines, decoded
from recirc.reading.rejections import RejectedValueError, Rejection, shown
from recirc.types import Event, EventKind

__all__ = ["MAX_AHEAD", "EventChunk", "EventColumns", "EventFile", "fault_of", "open_events"]

MAX_AHEAD: Final = 300_000  # ms, as settings.Intake.max_ahead_seconds

_CHUNK: Final = 20_000  # events
_LONGEST_LINE: Final = 65_536  # bytes; an event has some 200
_FIELDS: Final = {part.name: part for part in msgspec.structs.fields(Event)}
_IN_ERROR: Final = re.compile(r" - at `\$\.(\w+)`$|(?:missing required|unknown) field `(.*)`", re.DOTALL)
_FORMS: Final = {
    "kind": f"is not one of {', '.join(kind.value for kind in EventKind)}",
    "time": "is not a moment with its zone, such as 2026-11-22T15:04:05Z",
    "serve_id": "is not 1 to 16 hexadecimal digits in lower case",
}


def open_events(
    path: Path,
    *,
    now: int,
    max_ahead: int = MAX_AHEAD,
    salt: bytes = b"",
    reactions: Collection[str] | None = None,
) -> EventFile:
    """The events of a file.

    Args:
        path: Parquet with columns named like `Event`'s fields, the Globo log, or JSON lines, plain or
            gzipped.
        now: ms since 1970.
        max_ahead: ms; events further in the future are rejected. Old ones are accepted, back to 1970.
        salt: for the keys of readers and visits; see `SenderKeys`.
        reactions: the names that a reaction can have; None: any.

    Raises:
        RejectedValueError: the file is damaged, or its columns are not those of events.
        OSError: the file cannot be opened.
    """
    return event_file(path, EventRules(now, max_ahead, SenderKeys(salt), reactions))


def event_file(path: Path, rules: EventRules) -> EventFile:
    """See `open_events`."""
    with path.open("rb") as file:
        parquet = file.read(len(MAGIC)) == MAGIC
    return ParquetEvents(path, rules) if parquet else JsonEvents(path, rules)


def fault_of(error: msgspec.ValidationError, row: dict[str, object]) -> RejectedValueError:
    """What is wrong with the event in `row`, with the name of the field.

    >>> row = {"kind": "click", "article": "a"}
    >>> try: msgspec.convert(row, Event)
    ... except msgspec.ValidationError as error: print(fault_of(error, row))
    "kind" is not one of impression, view, read, reaction, share: "click"
    """
    found = _IN_ERROR.search(str(error))
    name = (found[1] or found[2]) if found else ""
    if not name:
        return RejectedValueError("", str(error))
    if name not in _FIELDS:
        near = difflib.get_close_matches(name, _FIELDS, n=1)
        hint = f'did you mean "{near[0]}"?' if near else f"an event has {', '.join(_FIELDS)}"
        return RejectedValueError(name, f"{shown(name)} is unknown: {hint}")
    if name not in row:
        return RejectedValueError(name, f'"{name}" is missing')
    if name in _FORMS:
        return RejectedValueError(name, f'"{name}" {_FORMS[name]}: {shown(row[name])}')
    wanted = str(error).partition(" - at ")[0].replace("`", "")
    return RejectedValueError(name, f'"{name}": {wanted[:1].lower()}{wanted[1:]}: {shown(row[name])}')


class JsonEvents:
    """The events of a file of JSON lines."""

    def __init__(self, path: Path, rules: EventRules) -> None:
        """Open the file."""
        self._lines = NumberedLines(path, _LONGEST_LINE)
        self._name = path.name
        self._rules = rules
        self._decode = msgspec.json.Decoder(Event).decode

    @property
    def total_bytes(self) -> int:
        """Size of the file on disk."""
        return self._lines.total_bytes

    @property
    def read_bytes(self) -> int:
        """How much of it was read."""
        return self._lines.read_bytes

    def __iter__(self) -> Iterator[EventChunk]:
        events: list[Event] = []
        times: list[int] = []
        rejections: list[Rejection] = []
        for line in self._lines:
            if isinstance(line, Rejection):
                rejections.append(line)
            else:
                try:
                    event, time = self._read(line[1])
                except RejectedValueError as error:
                    rejections.append(error.at(line[0], self._name))
                else:
                    events.append(event)
                    times.append(time)
            if len(events) + len(rejections) >= _CHUNK:
                yield EventChunk(columns_of(events, times, self._rules.keys), rejections)
                events, times, rejections = [], [], []
        if events or rejections:
            yield EventChunk(columns_of(events, times, self._rules.keys), rejections)

    def _read(self, line: bytes) -> tuple[Event, int]:
        try:
            event = self._decode(line)
        except msgspec.ValidationError as error:
            raise fault_of(error, decoded(line)) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            decoded(line)  # names the column
            raise RejectedValueError("", "the line is not a JSON object with an event") from None
        if event.time is None:
            raise RejectedValueError("time", '"time" is missing: an event in a file needs one')
        time = milliseconds(event.time)
        fault = self._rules.time_fault(time)
        if fault is not None:
            raise RejectedValueError("time", f"{fault}: {event.time.isoformat()}")
        fault = self._rules.shelf_fault(event.shelf)
        if fault is not None:
            raise RejectedValueError("shelf", fault)
        fault = self._rules.reaction_fault(event.name) if event.kind is EventKind.REACTION else None
        if fault is not None:
            raise RejectedValueError("name", fault)
        return event, time
