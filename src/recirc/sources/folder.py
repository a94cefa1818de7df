"""A watched folder: files that are added to it, and files that change."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

import msgspec
from typing_extensions import override

from recirc.extraction.html import read_html
from recirc.reading.rejections import RejectedValueError, Rejection
from recirc.reading.values import version_of
from recirc.sources import jsonlines
from recirc.sources.documents import json_of, unpacked
from recirc.sources.feed import is_feed, read_feed
from recirc.sources.listing import ListedEntry, ListingReader
from recirc.sources.ninjs import entries_of, is_item, items_of
from recirc.sources.page_holds import hold_in
from recirc.sources.polls import poll_entries
from recirc.sources.source import Fetch, FetchResponse, PollItem, PollState, Source, Takedown

MOST_FILES: Final = 100_000
MOST_BYTES: Final = 50_000_000  # of one file
FEEDS: Final = (".xml", ".rss", ".atom")
PAGES: Final = (".html", ".htm", ".xhtml")
POLLS_MISSING: Final = 2
"""Polls in a row in which no file has an article, after which it is withdrawn."""


class FolderSource(Source):
    """A folder with its folders: JSON lines, JSON (ninjs, an article, a list of them, a JSON Feed), HTML and feeds.

    Each other file is rejected once. Hidden files and symbolic links are skipped.
    """

    kind = "folder"
    order = 50

    @classmethod
    @override
    def recognises(cls, address: str, answer: FetchResponse | None) -> bool:
        """Whether it is a folder."""
        return answer is None and Path(address).is_dir()

    @override
    def poll(self, fetch: Fetch, state: PollState, now: datetime) -> Iterator[PollItem]:
        """See `Source.poll`. The state's `note` has the time and size of each file that was read to its end."""
        folder = Path(self.entry.address)
        if not folder.is_dir():
            raise RejectedValueError("", f"{folder}: there is no such folder")
        files = _files(folder)
        states = {file.name: file.state for file in files}
        noted = {name: state for name, state in _noted(state.note).items() if name in states}
        reader = ListingReader(self, fetch, now)
        left = self.entry.most
        for file in files:
            if noted.get(file.name) == file.state:
                continue
            if left <= 0:
                break
            try:
                entries = _entries(file, now)
            except RejectedValueError as error:
                noted[file.name] = file.state
                yield Rejection(1, error.text, error.field, file.name)
                continue
            run = yield from poll_entries(entries, reader, state, most=left, keep=True)
            left -= run.tried
            if run.finished:
                noted[file.name] = file.state
                _forget(state, file.name, {item.key for item in entries})
        state.seen = {key: version for key, version in state.seen.items() if _file_of(key) in states}
        state.pending = {key: waits for key, waits in state.pending.items() if _file_of(key) in states}
        state.note = msgspec.json.encode(noted).decode()
        yield from _deleted(state, reader)


class _File(NamedTuple):
    """A file by its name within the folder; `state` differs once it has changed."""

    path: Path
    name: str
    state: str
    changed: float


def _files(folder: Path) -> list[_File]:
    """The files of a folder, the newest first."""
    found: list[_File] = []
    for place, folders, names in os.walk(folder, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            path = Path(place) / name
            if name.startswith(".") or path.is_symlink() or not path.is_file():
                continue
            try:
                about = path.stat()
            except OSError:  # gone since it was listed
                continue
            within = path.relative_to(folder).as_posix().encode("utf-8", "surrogateescape")
            state = f"{about.st_mtime_ns} {about.st_size}"
            found.append(_File(path, within.decode("utf-8", "replace"), state, about.st_mtime))
            if len(found) >= MOST_FILES:
                break
    return sorted(found, key=lambda file: (-file.changed, file.name))


def _entries(file: _File, now: datetime) -> list[ListedEntry]:
    """The articles in a file, with keys that begin with its name.

    Raises:
        RejectedValueError: nothing can be read from it.
    """
    read = _reader(file.name)
    try:
        if file.path.stat().st_size > MOST_BYTES:
            raise RejectedValueError("", f"the file has more than {MOST_BYTES:,} bytes; divide it")
        content = unpacked(file.path.read_bytes())
    except OSError as error:
        raise RejectedValueError("", f"the file cannot be read: {error.strerror or error}") from None
    # An article has the same id in every file, but each file has its own keys in the state.
    return [
        msgspec.structs.replace(
            item,
            key=f"{file.name}\n{item.sender}",
            guid=item.sender,
            when=item.when or _changed(file),
        )
        for item in read(content, file.name, now)
    ]


def _changed(file: _File) -> datetime:
    return datetime.fromtimestamp(file.changed, UTC)


_Reader: TypeAlias = Callable[[bytes, str, datetime], list[ListedEntry]]
"""Makes entries of the content of a file, given its name and the current time."""


def _reader(name: str) -> _Reader:
    lower = name.lower()
    if lower.endswith(jsonlines.ENDINGS):
        return _json_lines
    ending = f".{lower.rpartition('.')[2]}"
    if ending == ".json":
        return _json
    if ending in PAGES:
        return _page
    if ending in FEEDS:
        return _feed
    known = ", ".join((".jsonl", ".json", *PAGES, *FEEDS))
    raise RejectedValueError("", f"ignored: files of a watched folder end with {known}")


def _json_lines(content: bytes, _name: str, now: datetime) -> list[ListedEntry]:
    return jsonlines.entries_of(content, now)


def _json(content: bytes, name: str, now: datetime) -> list[ListedEntry]:
    if is_feed(content):
        return _feed(content, name, now)
    document = json_of(content)
    if any(is_item(item) for item in items_of(document)):
        return entries_of(document, now)
    return [
        jsonlines.row_entry(row, number, now)
        if isinstance(row, dict)
        else ListedEntry(key=version_of(row), version="none", fault="this is not an object", number=number)
        for number, row in enumerate(document if isinstance(document, list) else [document], 1)
    ]


def _page(content: bytes, name: str, now: datetime) -> list[ListedEntry]:
    page = read_html(content, url=None, charset=None)
    url = page.canonical_url or page.url
    return [
        ListedEntry(
            key=name,
            version=version_of(page.headline, page.text, page.date_text),
            url=url,
            page=page,
            hold=hold_in(content, now),
        )
    ]


def _feed(content: bytes, _name: str, now: datetime) -> list[ListedEntry]:
    return list(read_feed(content, url="", charset=None, now=now).entries)


def _forget(state: PollState, name: str, keys: set[str]) -> None:
    """Forget the articles that a file no longer has."""
    for entries in (state.seen, state.pending):
        for key in [key for key in entries if _file_of(key) == name and key not in keys]:
            del entries[key]


def _deleted(state: PollState, reader: ListingReader) -> Iterator[PollItem]:
    """The takedowns of articles that no file has had in two polls in a row: a file may be away for a moment."""
    there = {key.partition("\n")[2].partition("#")[0] for key in (*state.seen, *state.pending)}
    missing: dict[str, int] = {}
    for sender, known in state.known.items():
        if known.gone or sender.partition("#")[0] in there:
            continue
        missing[sender] = state.missing.get(sender, 0) + 1
        if missing[sender] >= POLLS_MISSING:
            del missing[sender]
            known.gone = True
            reason = "no file of the folder has it any more"
            text = f"{known.id}: {reason}"
            yield Takedown(0, text, "", reader.place, (known.id,), reason, reader.name)
    state.missing = missing


def _file_of(key: str) -> str:
    return key.partition("\n")[0]


def _noted(note: str) -> dict[str, str]:
    try:
        return msgspec.json.decode(note.encode(), type=dict[str, str])
    except msgspec.MsgspecError:
        return {}
