"""What is written and looked up in one transaction: the archive's and the log's rows.

Each function takes the connection whose transaction it is part of, and keeps no state of its own.
"""

import json
import sqlite3
import zlib
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from typing import TypeVar

import msgspec
import numpy as np

from recirc.hashing import digest
from recirc.store import addresses, pictures, registry_rows, search_index
from recirc.store.article_life_tables import keep_version
from recirc.store.commands import Append, ArticleRow
from recirc.store.decider import Decider
from recirc.store.erased_names import holds, stored_names
from recirc.store.ports import PublishOutcome, Receipt, StoreError
from recirc.text.language import short_code
from recirc.types import (
    NO_POSITION,
    RECORD,
    ArticleFeatures,
    Batch,
    BoolArray,
    EntryKind,
    Publication,
    RecordArray,
)

Value = TypeVar("Value", int, str)

_features = msgspec.msgpack.Decoder(dict[int, ArticleFeatures])

VARIABLES = 500
"""Values in one statement; the oldest limit of SQLite is 999."""


LOG_TABLE = (
    # A row is one append: `records` are RECORD bytes, `understandings` msgpack, `checksum` is CRC-32 of both. `time` is
    # the order's clock, `clock` the newest time of an entry up to here, both in ms, and neither ever falls.
    "CREATE TABLE log (first INTEGER PRIMARY KEY, count INTEGER NOT NULL, time INTEGER NOT NULL,"
    " clock INTEGER NOT NULL, checksum INTEGER NOT NULL, records BLOB NOT NULL, understandings BLOB)"
)
LOG_ROW = "INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?)"


_UNUSED = np.setdiff1d(
    np.arange(RECORD.itemsize),
    [
        place
        for dtype, start, *_ in (RECORD.fields or {}).values()
        for place in range(start, start + dtype.itemsize)
    ],
)
"""Bytes of a record that belong to no field."""


def article_row(publication: Publication, *, restore: bool = False) -> ArticleRow:
    """The publication as it goes into the file; see `ArticleRow.restore`."""
    document = msgspec.json.encode(publication.article)
    words = search_index.words(publication.article, publication.features.language)
    return ArticleRow(
        id=publication.article.id,
        document=document,
        digest=digest(document, 16),
        features=publication.features,
        addresses=publication.addresses,
        words=(words.headline, words.summary, words.body),
        published=words.published,
        based_on=publication.based_on,
        restore=restore,
        pictures=pictures.addresses_of(publication.article),
        names=words.names,
    )


def parts(values: Sequence[Value]) -> Iterator[tuple[str, Sequence[Value]]]:
    """The values in parts that fit one statement, each after its question marks."""
    for start in range(0, len(values), VARIABLES):
        part = values[start : start + VARIABLES]
        yield ",".join("?" * len(part)), part


def size(connection: sqlite3.Connection) -> int:
    """How many indices have been given."""
    (count,) = connection.execute("SELECT coalesce(max(idx) + 1, 0) FROM articles").fetchone()
    return int(count)


def end(connection: sqlite3.Connection) -> int:
    """Offset of the last entry, 0 when there is none."""
    row = connection.execute("SELECT first + count - 1 FROM log ORDER BY first DESC LIMIT 1").fetchone()
    return int(row[0]) if row else 0


def end_at(connection: sqlite3.Connection, time: int) -> int:
    """Offset of the last entry that had come by `time` (ms), 0: none had."""
    row = connection.execute(
        "SELECT first + count - 1 FROM log WHERE time <= ? ORDER BY first DESC LIMIT 1", (time,)
    ).fetchone()
    return int(row[0]) if row else 0


def newest_time(connection: sqlite3.Connection) -> int:
    """When the last entry came, ms since 1970; 0 when there is none."""
    row = connection.execute("SELECT time FROM log ORDER BY first DESC LIMIT 1").fetchone()
    return int(row[0]) if row else 0


def identity(connection: sqlite3.Connection) -> str:
    """The random name that the file got when it was made."""
    (value,) = connection.execute("SELECT value FROM meta WHERE key = 'identity'").fetchone()
    return str(value)


def find(connection: sqlite3.Connection, ids: Sequence[str]) -> dict[str, int]:
    """Indices of those of `ids` that have one."""
    found: dict[str, int] = {}
    for marks, part in parts(ids):
        found.update(connection.execute(f"SELECT id, idx FROM articles WHERE id IN ({marks})", part))
    return found


def intern(connection: sqlite3.Connection, ids: Sequence[str]) -> dict[str, int]:
    """Indices of `ids`, which are distinct; those that have none are given the next ones, in order."""
    found = find(connection, ids)
    missing = [name for name in ids if name not in found]
    given = dict(zip(missing, range(start := size(connection), start + len(missing)), strict=True))
    connection.executemany("INSERT INTO articles (id, idx) VALUES (?, ?)", given.items())
    return found | given


def checksum(records: bytes, features: bytes | None) -> int:
    """CRC-32 of what one row of the log holds."""
    return zlib.crc32(features or b"", zlib.crc32(records))


def mends(connection: sqlite3.Connection) -> tuple[int, ...]:
    """For each change of what was in the log already, its first log entry; the oldest change first.

    A state that was made before some of these changes is still right if it ends before the first entry of each.
    """
    row = connection.execute("SELECT value FROM meta WHERE key = 'mends'").fetchone()
    return tuple(json.loads(row[0])) if row else ()


def note_mend(connection: sqlite3.Connection, first: int) -> None:
    """Note that the log was changed from this entry on, so that states are folded anew."""
    value = json.dumps([*mends(connection), first])
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('mends', ?)", (value,))


def read(connection: sqlite3.Connection, after: int, limit: int) -> Batch:
    """At most `limit` entries that follow offset `after`; see `ports.Log.read`. Raises StoreError."""
    start = max(after, 0) + 1
    blobs: list[bytes] = []
    features: dict[int, ArticleFeatures] = {}
    skipped = 0
    connection.execute("BEGIN")  # both of one moment
    its_mends = mends(connection)
    with closing(_log_rows(connection, start)) as found:
        for first, count, records, noted in found:
            if first + count <= start:  # the last append, and it is known already
                continue
            if first < start:
                skipped = start - first
            blobs.append(records)
            for place, each in noted.items():
                if first + place >= start:
                    features[first + place - start] = each
            if first + count - start >= limit:
                break
    connection.execute("COMMIT")
    return Batch(start, np.frombuffer(bytearray().join(blobs), RECORD)[skipped:], features, its_mends)


def _log_rows(
    connection: sqlite3.Connection, start: int
) -> Generator[tuple[int, int, bytes, dict[int, ArticleFeatures]], None, None]:
    """From the append that holds offset `start` on: first, count, records, features by place."""
    cursor = connection.execute(
        "SELECT first, count, checksum, records, understandings FROM log"
        " WHERE first >= coalesce((SELECT max(first) FROM log WHERE first <= ?), 0) ORDER BY first",
        (start,),
    )
    expected = None
    with closing(cursor):  # else the connection would go on reading the file as it is now
        for first, count, its_checksum, records, noted in cursor:
            cause = None
            if first > (expected or start):
                cause = f"comes after a gap, entry {expected or start} is missing"
            elif len(records) != count * RECORD.itemsize:
                cause = f"has {len(records)} bytes instead of {count * RECORD.itemsize}"
            elif its_checksum != checksum(records, noted):
                cause = "does not match its checksum"
            if cause:
                raise StoreError(
                    f"the log is damaged: the append at offset {first} {cause}; restore a copy of the file"
                )
            try:
                features = _features.decode(noted) if noted else {}
            except msgspec.MsgspecError as error:
                raise StoreError(
                    f"what the append at offset {first} says of its articles was written by another version of"
                    f" Recirc; use that version ({error})"
                ) from error
            yield first, count, records, features
            expected = first + count


def append(connection: sqlite3.Connection, command: Append, decider: Decider) -> Receipt:
    """Add PUBLISH entries for the articles that changed something, then the records that are new, as decided.

    A WITHDRAW record of an article that is withdrawn already counts as a duplicate. No entry is later than the order's
    clock. Raises StoreError for unknown indices.
    """
    last, records = end(connection), np.frombuffer(command.records, RECORD)
    now, chosen = decider.receive(connection, records, last, command.received)
    outcomes, indices, features = _publish(connection, command.articles, now)
    _check_indices(records, size(connection))
    chosen |= _first_withdrawals(connection, records)
    fresh = records[chosen]
    if command.yesterday:
        fresh = decider.same_readers(fresh, np.frombuffer(command.yesterday, np.int64)[chosen])
    # Joining records costs as much as all else of a short append.
    entries = np.concatenate([_publish_entries(indices, command.time), fresh]) if indices else fresh
    np.minimum(entries["time"], now, out=entries["time"])
    clock = decider.decide(entries, last, now)
    if (is_withdrawal := fresh["kind"] == EntryKind.WITHDRAW).any():
        withdrawn = np.unique(fresh["article"][is_withdrawal]).tolist()
        connection.executemany(
            "UPDATE articles SET withdrawn = 1 WHERE idx = ?", ((index,) for index in withdrawn)
        )
        search_index.remove(connection, withdrawn)
    if len(entries):
        blob = _bytes_of(entries)
        noted = msgspec.msgpack.encode(features) if features else None
        row = (last + 1, len(entries), now, clock, checksum(blob, noted), blob, noted)
        connection.execute(LOG_ROW, row)
    return Receipt(last + len(entries), len(entries), len(records) - len(fresh), tuple(outcomes))


def _publish(
    connection: sqlite3.Connection, articles: Sequence[ArticleRow], now: int
) -> tuple[list[PublishOutcome], list[int], dict[int, ArticleFeatures]]:
    """What became of each article; indices of those that changed something; their features by place."""
    outcomes: list[PublishOutcome] = []
    indices: list[int] = []
    features: dict[int, ArticleFeatures] = {}
    erased = stored_names(connection) if articles else ()
    for each in articles:
        # Its sender did not know of the erasure yet.
        is_late = bool(erased) and holds(erased, each.document)
        index, outcome = (-1, PublishOutcome.CONFLICT) if is_late else _keep(connection, each, now)
        outcomes.append(outcome)
        if outcome in (PublishOutcome.NEW, PublishOutcome.UPDATED):
            addresses.keep(connection, index, each.addresses)
            pictures.note(connection, index, each.pictures, now)
            search_index.put(connection, index, _indexed(each))
            features[len(indices)] = each.features
            indices.append(index)
    return outcomes, indices, features


def _indexed(article: ArticleRow) -> search_index.IndexedWords:
    language = short_code(article.features.language)
    return search_index.IndexedWords(*article.words, article.names, article.published, language)


def _keep(connection: sqlite3.Connection, article: ArticleRow, now: int) -> tuple[int, PublishOutcome]:
    row = connection.execute(
        "SELECT idx, digest, withdrawn FROM articles WHERE id = ?", (article.id,)
    ).fetchone()
    _, digest, _ = row or (None, None, None)
    if not article.restore and _is_withdrawn(connection, article, row):
        return -1, PublishOutcome.WITHDRAWN
    if article.based_on is not None and article.based_on != (digest or b"") and digest != article.digest:
        return -1, PublishOutcome.CONFLICT
    if row is None:
        index = size(connection)
        connection.execute(
            "INSERT INTO articles (idx, id, document, digest) VALUES (?, ?, ?, ?)",
            (index, article.id, article.document, article.digest),
        )
        connection.execute("DELETE FROM held WHERE id = ?", (article.id,))
        return index, PublishOutcome.NEW
    index, digest, withdrawn = row
    connection.execute("DELETE FROM held WHERE id = ?", (article.id,))
    if digest == article.digest and not withdrawn:
        return index, PublishOutcome.UNCHANGED
    if digest is not None and digest != article.digest:
        keep_version(connection, index, now)
    if withdrawn:
        connection.execute(
            "DELETE FROM registry WHERE kind = ? AND key = ?", (registry_rows.WITHDRAWALS, article.id)
        )
    connection.execute(
        "UPDATE articles SET document = ?, digest = ?, withdrawn = 0 WHERE idx = ?",
        (article.document, article.digest, index),
    )
    return index, PublishOutcome.UPDATED if digest else PublishOutcome.NEW


def _is_withdrawn(
    connection: sqlite3.Connection, article: ArticleRow, row: tuple[int, bytes, int] | None
) -> bool:
    """Whether the article is withdrawn, or is new and has an address of a withdrawn or an erased one."""
    if row is not None and (row[2] or row[1] is not None):
        return bool(row[2])
    return addresses.is_withdrawn(connection, article.addresses) or addresses.is_erased(
        connection, article.addresses
    )


def _publish_entries(indices: Sequence[int], now: int) -> RecordArray:
    entries = np.zeros(len(indices), RECORD)
    entries["time"] = now
    entries["article"] = indices
    entries["source"] = -1
    entries["kind"] = EntryKind.PUBLISH
    entries["position"] = entries["name"] = NO_POSITION
    return entries


def _check_indices(records: RecordArray, given: int) -> None:
    for field, lowest in (("article", 0), ("source", -1)):
        wrong = np.flatnonzero((records[field] < lowest) | (records[field] >= given))
        if len(wrong):
            raise StoreError(
                f"records[{wrong[0]}]: {field} {records[field][wrong[0]]} is an index that was never given"
                f" (there are {given}); intern the article's id first"
            )


def _bytes_of(entries: RecordArray) -> bytes:
    """The entries as they lie on disk; what the dtype leaves unused is zero, not what memory held."""
    table = entries.view(np.uint8).reshape(len(entries), RECORD.itemsize)
    table[:, _UNUSED] = 0
    return entries.tobytes()


def _first_withdrawals(connection: sqlite3.Connection, records: RecordArray) -> BoolArray:
    """Which records are the first WITHDRAW of an article that is not withdrawn yet, bool (n,)."""
    withdraw = np.flatnonzero(records["kind"] == EntryKind.WITHDRAW)
    found: BoolArray = np.zeros(len(records), bool)
    if len(withdraw):
        indices, first = np.unique(records["article"][withdraw], return_index=True)
        withdrawn = _withdrawn(connection, indices.tolist())
        found[withdraw[first[[index not in withdrawn for index in indices.tolist()]]]] = True
    return found


def _withdrawn(connection: sqlite3.Connection, indices: Sequence[int]) -> set[int]:
    """Which of the articles are withdrawn."""
    found = set[int]()
    for marks, part in parts(indices):
        rows = connection.execute(f"SELECT idx FROM articles WHERE withdrawn AND idx IN ({marks})", part)
        found.update(index for (index,) in rows)
    return found
