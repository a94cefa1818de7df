"""Reads a file of events in one chunk."""

from pathlib import Path
from typing import Any

from recirc.importers.event_files import open_events
from recirc.reading.columns import EventChunk, EventColumns

NOW = 1_795_176_000_000  # 2026-11-20T12:00:00Z


def only_chunk(path: Path, **options: Any) -> EventChunk:
    chunks = list(open_events(path, now=NOW, **options))
    assert len(chunks) == 1
    return chunks[0]


def named(columns: EventColumns) -> list[str]:
    return [columns.names[code] for code in columns.article]
