"""Receipts of erasures, which tell nothing of what was erased, and the search by which they are proven."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from recirc.media.storage import MediaStorage
from recirc.store.commands import Erase
from recirc.store.erased_names import ErasedName, NameScanner
from recirc.store.erasing import ErasedThings, StoredErasure
from recirc.store.ports import NotThereError, StoreError
from recirc.store.sqlite import SqliteStore
from recirc.store.traces import (
    ENCODINGS,
    SHORT,
    Scanner,
    Traces,
    encoded,
    found_among,
    new_base,
    texts_of,
    traces_of,
)

FIRST: Final = 20
"""Articles that are named of those in which the same passages stand, and places of one file."""

SAID: Final = "control of an erasure "
"""Begins a control text; random digits follow."""


class ErasedText(Struct, frozen=True):
    """A text that was erased: its SHA-256, and its length in bytes, both as UTF-8."""

    sha256: str
    bytes: int


class ErasureReceipt(Struct, frozen=True, kw_only=True):
    """What an erasure removed.

    Attributes:
        key, by, reason, time: name of the erasure, by whom, why and when.
        what: ids of the articles, hashes of their addresses.
        removed: number of rows by table.
        files: number of pictures' files that were removed on this machine.
        texts: of each version.
        traces: of the passages that must not be found.
        shared: number of passages that are not looked for, since other articles have them; `shared_with`: which.
        short: number of texts that are too short to be looked for.
        pictures: keys of the pictures whose files were removed.
        names: those that are looked for, in the forms that no article has (any more).
        events: number of events that were erased; `traces` are of as many of them as show any page of a file.
        control: a text in the list of erasures, which must be found; `control_traces` of it.
        format: of the receipt.
    """

    key: str
    by: str
    reason: str
    time: datetime
    what: ErasedThings
    removed: dict[str, int]
    files: int
    texts: tuple[ErasedText, ...]
    traces: Traces
    shared: int
    shared_with: tuple[str, ...]
    short: int
    pictures: tuple[str, ...]
    control: str
    control_traces: Traces
    format: int = 1
    names: tuple[ErasedName, ...] = ()
    events: int = 0

    def erasure(self) -> StoredErasure:
        """The entry of the list of erasures, for a store that has lost it."""
        time = round(self.time.timestamp() * 1000)
        return StoredErasure(self.key, time, self.by, self.reason, self.what, self.control, self.removed)


class Remains(Struct, frozen=True):
    """What was found in a file: how many passages, and where the first ones begin, in bytes."""

    file: str
    passages: int
    places: tuple[int, ...]


class ErasureCheck(Struct, frozen=True):
    """Result of a search.

    Attributes:
        remains: what was found, by file; empty: nothing.
        is_proven: whether the search found the control text in the store, and in every encoding of a sample.
        files, bytes: how much was searched.
    """

    remains: tuple[Remains, ...]
    is_proven: bool
    files: int
    bytes: int

    @property
    def is_clean(self) -> bool:
        """Whether nothing is left, and the search can be relied upon."""
        return self.is_proven and not self.remains


def erase_article(
    store: SqliteStore, id_: str, by: str, reason: str, time: int, remove_pictures: Callable[[set[str]], int]
) -> ErasureReceipt:
    """Erase an article; the receipt.

    Args:
        store: where the article is.
        id_: its id.
        by, reason, time: who, why and when (ms since 1970, UTC).
        remove_pictures: removes the files of pictures by their keys; how many there were.

    Raises:
        NotThereError: no text is kept of an article with this id.
        StoreError: the store refuses.
    """
    documents = store.documents(id_)
    if not documents:
        raise NotThereError(
            f"no article has the id {id_!r}, or it was erased; `recirc erase list` shows what was"
        )
    texts = list(dict.fromkeys(text for document in documents for text in texts_of(document)))
    index = int(store.find([id_])[0])
    pictures = store.picture_keys(index) if index >= 0 else set()
    base, control = new_base(), SAID + secrets.token_hex(24)
    traces = traces_of(texts, base)
    command = Erase(secrets.token_hex(8), (id_,), (), control, by, reason, time)
    removed = store.erase(command)
    kept = next(each for each in store.erasures() if each.key == command.key)
    shared, shared_with = found_among(traces, store.all_documents())
    gone = pictures - store.picture_keys()
    return ErasureReceipt(
        key=command.key,
        by=by,
        reason=reason,
        time=datetime.fromtimestamp(time / 1000, UTC),
        what=kept.what,
        removed=removed,
        files=remove_pictures(gone),
        texts=tuple(_erased(text) for text in texts),
        traces=traces.without(shared),
        shared=len(shared),
        shared_with=tuple(shared_with[:FIRST]),
        short=sum(len(text.encode("utf-8", "replace")) < SHORT for text in texts),
        pictures=tuple(sorted(gone)),
        control=control,
        control_traces=traces_of([control], base),
    )


def read_receipt(path: Path) -> ErasureReceipt:
    """Raises StoreError for a file that is none."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=ErasureReceipt)
    except (OSError, msgspec.MsgspecError) as error:
        raise StoreError(f"{path}: not a receipt of `recirc erase` ({error})") from error


def check_erased(
    receipt: ErasureReceipt, store: Path, media: MediaStorage, archive: str = ""
) -> ErasureCheck:
    """Search every file in the store's folder, and all files of pictures, for what was erased.

    Of the log's `archive` (an address, empty: there is none) the days are named that the log has changed since they
    were written: what is compressed cannot be searched. Symbolic links are not followed.

    Raises StoreError for a file that cannot be read, BucketError for a bucket.
    """
    scanner, control = Scanner(receipt.traces), Scanner(receipt.control_traces)
    names = [NameScanner(each) for each in receipt.names if each.forms]
    remains: list[Remains] = []
    files = size = 0
    folders = (store.parent,) if media.folder is None else (store.parent, media.folder)
    for path in _files(*folders):
        try:
            found = list(scanner.find_in_file(path)) if len(receipt.traces) else []
            found += [hit for each in names for hit in each.find_in_file(path)]
            size += path.stat().st_size
        except FileNotFoundError:
            continue  # a server that runs removes files
        except OSError as error:
            raise StoreError(
                f"{path}: it cannot be searched ({error}); run this as the store's owner"
            ) from error
        files += 1
        is_picture = path.name.partition("-")[0] in receipt.pictures
        if found or is_picture:
            places = tuple(sorted(place for place, _ in found)[:FIRST])
            remains.append(Remains(str(path), len({value for _, value in found}), places))
    for address, content in media.elsewhere():
        found = list(scanner.find(content)) if len(receipt.traces) else []
        found += [hit for each in names for hit in each.find_forms(content)]
        size, files = size + len(content), files + 1
        if found or address.rpartition("/")[2].partition("-")[0] in receipt.pictures:
            places = tuple(sorted(place for place, _ in found)[:FIRST])
            remains.append(Remains(address, len({value for _, value in found}), places))
    remains += [Remains(f"{archive}/{name}", 0, ()) for name in _stale(store, archive)]
    sample = b"\x00".join(encoded(receipt.control, encoding) for encoding in ENCODINGS)
    wanted = {*receipt.control_traces.long, *receipt.control_traces.short}
    is_proven = {value for _, value in control.find(sample)} == wanted and _holds(store, control)
    return ErasureCheck(tuple(remains), is_proven, files, size)


def _stale(store: Path, archive: str) -> list[str]:
    if not archive:
        return []
    from recirc.store.archiving import LogArchiver  # loads what reads Parquet

    return LogArchiver(store, archive, 5.0).stale()


def _holds(store: Path, control: Scanner) -> bool:
    """Whether the control text is in the store's file, or in the write-ahead log, in which it may still be."""
    for path in (store, store.with_name(f"{store.name}-wal")):
        if path.is_file() and any(True for _ in control.find_in_file(path)):
            return True
    return False


def _files(*folders: Path) -> list[Path]:
    found = {
        path.absolute()
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    }
    return sorted(found)


def _erased(text: str) -> ErasedText:
    content = text.encode("utf-8", "replace")
    return ErasedText(sha256(content).hexdigest(), len(content))
