"""A watched folder: what is put into it, and what changes in it, is taken."""

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
from recirc.sources.listing import ListedEntry, ListingReader, taken
from recirc.sources.ninjs import is_item, items_of, listed_of
from recirc.sources.source import Fetch, FetchedArticle, FetchResponse, PollState, Source

MOST_FILES: Final = 100_000
MOST_BYTES: Final = 50_000_000  # of one file
FEEDS: Final = (".xml", ".rss", ".atom")
PAGES: Final = (".html", ".htm", ".xhtml")


class FolderSource(Source):
    """A folder with its folders: JSON lines, JSON (ninjs, an article, a list of them, a JSON Feed), HTML and feeds.

    Other files are ignored, which is said once. Hidden files and symbolic links do not count.
    """

    kind = "folder"
    order = 50

    @classmethod
    @override
    def recognises(cls, address: str, answer: FetchResponse | None) -> bool:
        """Whether it is a folder."""
        return answer is None and Path(address).is_dir()

    @override
    def poll(self, fetch: Fetch, notebook: PollState, now: datetime) -> Iterator[FetchedArticle | Rejection]:
        """See `Source.poll`. The notebook's `note` keeps the time and size of each file that was read to its end."""
        folder = Path(self.entry.address)
        if not folder.is_dir():
            raise RejectedValueError("", f"{folder}: there is no such folder")
        files = _files(folder)
        states = {file.name: file.state for file in files}
        noted = {name: state for name, state in _noted(notebook.note).items() if name in states}
        taker = ListingReader(self, fetch, now)
        left = self.entry.most
        for file in files:
            if noted.get(file.name) == file.state:
                continue
            if left <= 0:
                break
            try:
                listed = _listed(file, now)
            except RejectedValueError as refused:
                noted[file.name] = file.state
                yield Rejection(1, refused.text, refused.field, file.name)
                continue
            run = yield from taken(listed, taker, notebook, most=left, keep=True)
            left -= run.tried
            if run.finished:
                noted[file.name] = file.state
                _forget(notebook, file.name, {item.key for item in listed})
        notebook.seen = {key: version for key, version in notebook.seen.items() if _file_of(key) in states}
        notebook.note = msgspec.json.encode(noted).decode()


class _File(NamedTuple):
    """A file by its name within the folder; `state` is another when it changed."""

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


def _listed(file: _File, now: datetime) -> list[ListedEntry]:
    """The articles in a file, with keys that begin with its name.

    Raises:
        Refused: nothing can be taken from it.
    """
    read = _reader(file.name)
    try:
        if file.path.stat().st_size > MOST_BYTES:
            raise RejectedValueError("", f"the file has more than {MOST_BYTES:,} bytes; divide it")
        content = unpacked(file.path.read_bytes())
    except OSError as error:
        raise RejectedValueError("", f"the file cannot be read: {error.strerror or error}") from None
    # The same article keeps its id in whichever file it comes, but each file has its own notes.
    return [
        msgspec.structs.replace(
            item, key=f"{file.name}\n{item.key}", guid=item.guid or item.key, when=item.when or _changed(file)
        )
        for item in read(content, file.name, now)
    ]


def _changed(file: _File) -> datetime:
    return datetime.fromtimestamp(file.changed, UTC)


_Reader: TypeAlias = Callable[[bytes, str, datetime], list[ListedEntry]]
"""Lists what is in the content of a file with a name."""


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
    return jsonlines.listed_of(content, now)


def _json(content: bytes, name: str, now: datetime) -> list[ListedEntry]:
    if is_feed(content):
        return _feed(content, name, now)
    said = json_of(content)
    if any(is_item(item) for item in items_of(said)):
        return listed_of(said, now)
    return [
        jsonlines.row_listed(row, number, now)
        if isinstance(row, dict)
        else ListedEntry(key=version_of(row), version="none", fault="this is no object", number=number)
        for number, row in enumerate(said if isinstance(said, list) else [said], 1)
    ]


def _page(content: bytes, name: str, _now: datetime) -> list[ListedEntry]:
    page = read_html(content, url=None, charset=None)
    url = page.canonical_url or page.url
    return [
        ListedEntry(
            key=name, version=version_of(page.headline, page.text, page.date_text), url=url, page=page
        )
    ]


def _feed(content: bytes, _name: str, now: datetime) -> list[ListedEntry]:
    return list(read_feed(content, url="", charset=None, now=now).listed)


def _forget(notebook: PollState, name: str, keys: set[str]) -> None:
    """Forget what a file named before and names no more."""
    gone = [key for key in notebook.seen if _file_of(key) == name and key not in keys]
    for key in gone:
        del notebook.seen[key]


def _file_of(key: str) -> str:
    return key.partition("\n")[0]


def _noted(note: str) -> dict[str, str]:
    try:
        return msgspec.json.decode(note.encode(), type=dict[str, str])
    except msgspec.MsgspecError:
        return {}
