"""Articles as JSON lines: at a web address, or in a file that grows."""

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from typing_extensions import override

from recirc.reading.fields import (
    ACCEPTED,
    LONGEST,
    MAX_BYTES,
    article_from,
)
from recirc.reading.holds import hold_of
from recirc.reading.lines import decoded
from recirc.reading.rejections import RejectedValueError
from recirc.reading.urls import identity_of
from recirc.reading.values import claimed, version_of, when
from recirc.sources.documents import text_of, unpacked
from recirc.sources.listing import ListedEntry, ListingReader, SourceListing
from recirc.sources.polls import poll_entries, poll_listing
from recirc.sources.source import Fetch, FetchResponse, PollItem, PollState, Source
from recirc.types import Claims

ENDINGS: Final = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")
"""Endings of the names of such files."""

MOST_AT_ONCE: Final = 50_000_000  # bytes of a growing file that are read in one poll
_MEDIA: Final = (
    "application/x-ndjson",
    "application/jsonl",
    "application/json-lines",
    "application/jsonlines",
)


class JsonLinesSource(Source):
    """JSON lines in the form of `recirc import articles`; ids become addresses where the articles have any."""

    kind = "jsonlines"
    order = 60

    @classmethod
    @override
    def recognises(cls, address: str, answer: FetchResponse | None) -> bool:
        """Whether a file has the ending; whether the first line of a response is an object with a headline."""
        if answer is None:
            return address.lower().endswith(ENDINGS) and Path(address).is_file()
        try:
            content = unpacked(answer.body)
            first = next((line for line in text_of(content[:MAX_BYTES]).splitlines() if line.strip()), "")
            row = decoded(first.encode("utf-8", "replace"))
        except RejectedValueError:
            return answer.media_type in _MEDIA
        return any(name in row for name in ACCEPTED["headline"])

    @override
    def poll(self, fetch: Fetch, state: PollState, now: datetime) -> Iterator[PollItem]:
        """See `Source.poll`. Of a file only added lines are read; the `note` has the place."""
        if self.entry.address.lower().startswith(("http://", "https://")):
            return poll_listing(self, _read, fetch, state, now)
        return self._poll_file(Path(self.entry.address), fetch, state, now)

    def _poll_file(self, path: Path, fetch: Fetch, state: PollState, now: datetime) -> Iterator[PollItem]:
        try:
            status = path.stat()
            added, place = _added_lines(path, status, _Mark.read(state.note))
        except OSError as error:
            raise RejectedValueError("", f"{path}: cannot be read: {error.strerror or error}") from None
        entries = entries_of(added, now)
        # All of them, whatever `most` is: lines that were skipped would not be read again.
        run = yield from poll_entries(
            entries, ListingReader(self, fetch, now), state, most=len(entries), keep=True
        )
        for key in list(state.seen)[:-MOST_SEEN]:
            del state.seen[key]
        if run.finished:
            state.note = _Mark(status.st_ino, place).note()


MOST_SEEN: Final = 20_000  # articles of a file in the state: a changed one comes in a new line


class _Mark(msgspec.Struct, frozen=True, array_like=True):
    """The place up to which a file was read; `inode` differs for another file with its name."""

    inode: int = 0
    place: int = 0

    @classmethod
    def read(cls, note: str) -> "_Mark":
        try:
            return msgspec.json.decode(note.encode(), type=cls)
        except msgspec.MsgspecError:
            return cls()

    def note(self) -> str:
        return msgspec.json.encode(self).decode()


def entries_of(content: bytes, now: datetime, prefix: str = "") -> list[ListedEntry]:
    """The articles in JSON lines; a wrong line has its fault. `prefix` goes before each key.

    Of several lines for one article the last counts: lines that are added to a file correct earlier ones.
    """
    lines = {line.strip(): number for number, line in enumerate(content.split(b"\n"), 1)}
    found = (_entry(line, number, now, prefix) for line, number in lines.items() if line)
    return list({item.key: item for item in found}.values())


def _version(row: dict[str, object]) -> str:
    try:
        written = msgspec.json.encode(row, order="sorted").decode("utf-8", "replace")
    except UnicodeEncodeError:  # half of a surrogate pair, for which the field may be rejected or repaired
        written = json.dumps(row, sort_keys=True)
    return version_of(written)


def row_entry(row: dict[str, object], number: int, now: datetime, prefix: str = "") -> ListedEntry:
    """The entry for an article in the form of `recirc import articles`; a wrong one has its fault."""
    version = _version(row)
    try:
        read, _ = article_from({"id": "none", **row}, source="")
    except RejectedValueError as error:
        return ListedEntry(key=f"{prefix}{version}", version=version, fault=error.text, number=number)
    given = {
        field: next((row[name] for name in names if row.get(name)), None) for field, names in ACCEPTED.items()
    }
    url = read.provenance.canonical_url or read.url
    own = row.get("id")
    published = given["published"]
    kept: dict[str, object] = {
        "headline": read.headline,
        "body_html": read.body,
        "summary": read.summary,
        "section": read.section if given["section"] else None,
        "topics": list(read.topics),
        "authors": msgspec.to_builtins(read.authors),
        "published": read.published,
        "updated": read.updated,
        "language": read.language,
        "outlet": read.provenance.outlet,
        "first_published_by": read.provenance.first_published_by,
        "pictures": read.pictures,
    }
    return ListedEntry(
        key=f"{prefix}{identity_of(url) if url else own if own is not None else version}"[
            : LONGEST["address"]
        ],
        guid=str(own)[:512] if own not in (None, "") else None,
        version=version,
        row=kept,
        url=url,
        when=when(read.updated or read.published, now),
        claims=Claims(
            headline=claimed(given["headline"]),
            outlet=claimed(read.provenance.outlet),
            byline=claimed("; ".join(author.name for author in read.authors)),
            published=claimed(published),
            section=claimed(given["section"]) if isinstance(given["section"], str) else None,
            canonical_url=claimed(url),
        ),
        whole=True,
        hold=hold_of(row, now),
        number=number,
    )


def _entry(line: bytes, number: int, now: datetime, prefix: str) -> ListedEntry:
    try:
        return row_entry(decoded(line.removeprefix(b"\xef\xbb\xbf")), number, now, prefix)
    except RejectedValueError as error:
        version = version_of(line)
        return ListedEntry(key=f"{prefix}{version}", version=version, fault=error.text, number=number)


def _read(answer: FetchResponse, now: datetime) -> SourceListing:
    return SourceListing(entries_of(unpacked(answer.body), now))


def _added_lines(path: Path, status: os.stat_result, mark: _Mark) -> tuple[bytes, int]:
    """The whole lines after the mark, and where they end; all lines of a gzipped, new or shorter file."""
    if path.name.lower().endswith(".gz"):
        unchanged = mark.inode == status.st_ino and mark.place == status.st_mtime_ns
        return (b"" if unchanged else unpacked(path.read_bytes()), status.st_mtime_ns)
    start = mark.place if mark.inode == status.st_ino and mark.place <= status.st_size else 0
    with path.open("rb") as file:
        file.seek(start)
        read = file.read(MOST_AT_ONCE)
    whole = read.rfind(b"\n") + 1
    if len(read) == MOST_AT_ONCE and not whole:
        whole = len(read)  # a line longer than all that may be read is skipped
    return read[:whole], start + whole
