"""Erasures: articles that leave every row of the store, and the list of them.

The list says what was erased by ids and hashes alone, so that an older backup can be made to forget it again. A text is
gone from the file only after `cleaning.clean`: until then it may be in free pages and in the write-ahead log.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np

from recirc.store import addresses, article_life, registry_rows, rows, rules, search_index
from recirc.store.commands import Change, Erase, EraseEvents, EraseNames, Withdraw
from recirc.store.decider import Decider
from recirc.store.erased_names import ErasedName
from recirc.store.traces import texts_of
from recirc.types import NO_POSITION, RECORD, ArticleFeatures, EntryKind

TABLES: Final = (
    # `what` and `removed` are JSON: ids and hashes of addresses, and the number of rows by table.
    "CREATE TABLE IF NOT EXISTS erasures (number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, time INTEGER NOT NULL,"
    " by TEXT NOT NULL, reason TEXT NOT NULL, what TEXT NOT NULL, control TEXT NOT NULL, removed TEXT NOT NULL)",
    addresses.ERASED_TABLE,
)
"""Files from before there were any get them when they are opened."""

ERASED: Final = "[erased]"
"""In the place of a text that leaves a row which stays."""

GRAM: Final = 24
"""Characters in a row by which a text is known as a quotation of an erased one."""

_features = msgspec.msgpack.Decoder(dict[int, ArticleFeatures])


class ErasedDay(msgspec.Struct, frozen=True):
    """A day whose events were erased: its date, and when it begins and ends (ms since 1970, UTC)."""

    day: str
    since: int
    until: int


class ErasedThings(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an erasure is of: ids of articles, hashes of their addresses in hexadecimal, names by their hashes, days."""

    articles: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    names: tuple[ErasedName, ...] = ()
    days: tuple[ErasedDay, ...] = ()

    def in_words(self) -> str:
        """What it is of, for a list, without a word of it."""
        parts = [*self.articles, *(f"events of {each.day}" for each in self.days)]
        authors, topics = (sum(each.kind == kind for each in self.names) for kind in ("author", "topic"))
        parts += ["an author's name"] * bool(authors) + ["a topic"] * bool(topics)
        return ", ".join(parts)


class StoredErasure(NamedTuple):
    """An entry of the list. `time` is ms since 1970; `removed` counts rows by table."""

    key: str
    time: int
    by: str
    reason: str
    what: ErasedThings
    control: str
    removed: dict[str, int]

    def command(self) -> Erase | EraseNames | EraseEvents:
        """The command that erases the same, in a store that does not know of it."""
        more = (self.control, self.by, self.reason, self.time)
        if self.what.names:
            return EraseNames(self.key, self.what.names, *more)
        for each in self.what.days:
            return EraseEvents(self.key, each.day, each.since, each.until, *more)
        hashes = tuple(bytes.fromhex(each) for each in self.what.addresses)
        return Erase(self.key, self.what.articles, hashes, self.control, self.by, self.reason, self.time)


def make_missing(connection: sqlite3.Connection) -> None:
    """Make the tables in a file from before there were any."""
    for statement in TABLES:
        connection.execute(statement)


def stored(connection: sqlite3.Connection) -> list[StoredErasure]:
    """The list of erasures, the oldest first."""
    found = connection.execute(
        "SELECT key, time, by, reason, what, control, removed FROM erasures ORDER BY number"
    )
    return [
        StoredErasure(
            key, time, by, reason, msgspec.json.decode(what, type=ErasedThings), control, json.loads(removed)
        )
        for key, time, by, reason, what, control, removed in found
    ]


def documents(connection: sqlite3.Connection, id_: str) -> list[bytes]:
    """All versions of an article that are kept, also one that is held back."""
    found = connection.execute(
        "SELECT document FROM articles WHERE id = :id AND document NOT NULL"
        " UNION ALL SELECT versions.document FROM versions JOIN articles USING (idx) WHERE id = :id"
        " UNION ALL SELECT document FROM held WHERE id = :id",
        {"id": id_},
    )
    return [bytes(document) for (document,) in found]


def erase(connection: sqlite3.Connection, command: Erase, decider: Decider) -> dict[str, int]:
    """Erase what a command names; the number of rows of each table. Sent again it has no second effect."""
    before = known(connection, command.key)
    if before is not None:
        return before
    removed: Counter[str] = Counter()
    indices = rows.intern(connection, list(dict.fromkeys(command.ids)))
    texts = [
        text for id_ in indices for document in documents(connection, id_) for text in texts_of(document)
    ]
    removed["held"] = sum(
        connection.execute("DELETE FROM held WHERE id = ?", (id_,)).rowcount for id_ in indices
    )
    _withdraw(connection, indices, command, decider)
    hashes = set(command.addresses)
    for index in indices.values():
        hashes |= _remove_article(connection, index, removed)
    connection.executemany("INSERT OR IGNORE INTO erased_addresses VALUES (?)", ((each,) for each in hashes))
    first = _remove_features(connection, set(indices.values()), removed)
    if first:
        rows.note_mend(connection, first)
    _scrub(connection, texts, removed)
    what = ErasedThings(tuple(indices), tuple(sorted(each.hex() for each in hashes)))
    return note(connection, command, what, removed)


def known(connection: sqlite3.Connection, key: str) -> dict[str, int] | None:
    """The number of rows by table that an erasure removed; None: it is not known here."""
    return next((each.removed for each in stored(connection) if each.key == key), None)


def note(
    connection: sqlite3.Connection,
    command: Erase | EraseNames | EraseEvents,
    what: ErasedThings,
    removed: Counter[str],
) -> dict[str, int]:
    """Put an erasure on the list, and note that the file is to be cleaned; the number of rows by table."""
    told = {table: count for table, count in sorted(removed.items()) if count}
    connection.execute(
        "INSERT INTO erasures (key, time, by, reason, what, control, removed) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            command.key, command.time, command.by, command.reason,
            msgspec.json.encode(what).decode(), command.control, json.dumps(told),
        ),
    )  # fmt: skip
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('unclean', '1')")
    return told


def _withdraw(
    connection: sqlite3.Connection, indices: dict[str, int], command: Erase, decider: Decider
) -> None:
    """Withdraw the articles; what is kept of why says nothing of them."""
    records = np.zeros(len(indices), RECORD)
    records["kind"], records["article"], records["source"] = EntryKind.WITHDRAW, list(indices.values()), -1
    records["time"], records["position"] = command.time, NO_POSITION
    why = msgspec.json.encode(
        {"time": datetime.fromtimestamp(command.time / 1000, UTC), "reason": command.reason or "erased"}
    )
    changes = tuple(Change(registry_rows.WITHDRAWALS, id_, why) for id_ in indices)
    article_life.withdraw(connection, Withdraw(records.tobytes(), changes, command.time), decider)


def _remove_article(connection: sqlite3.Connection, index: int, removed: Counter[str]) -> set[bytes]:
    """Remove all rows of an article but its id and its place in the log; hashes of its addresses."""
    known = connection.execute("SELECT address FROM addresses WHERE idx = ?", (index,)).fetchall()
    removed["provisional"] += connection.executemany(
        "DELETE FROM provisional WHERE address = ?", known
    ).rowcount * bool(known)
    used = connection.execute("SELECT address FROM picture_uses WHERE idx = ?", (index,)).fetchall()
    connection.execute("DELETE FROM picture_uses WHERE idx = ?", (index,))
    for (address,) in used:
        removed["pictures"] += remove_unused_picture(connection, address)
    removed["versions"] += connection.execute("DELETE FROM versions WHERE idx = ?", (index,)).rowcount
    removed["addresses"] += connection.execute("DELETE FROM addresses WHERE idx = ?", (index,)).rowcount
    search_index.remove(connection, [index])
    removed["articles"] += connection.execute(
        "UPDATE articles SET document = NULL, digest = NULL WHERE idx = ? AND document NOT NULL", (index,)
    ).rowcount
    return {addresses.address_hash(address) for (address,) in known}


def remove_unused_picture(connection: sqlite3.Connection, address: str) -> int:
    """Remove what is kept of a picture unless an article has it; how many rows."""
    return connection.execute(
        "DELETE FROM pictures WHERE address = ?"
        " AND NOT EXISTS (SELECT 1 FROM picture_uses AS uses WHERE uses.address = pictures.address)",
        (address,),
    ).rowcount


def _remove_features(connection: sqlite3.Connection, indices: Collection[int], removed: Counter[str]) -> int:
    """Remove what the log says of articles; the first entry of which something was removed, 0: none."""
    return change_features(connection, lambda index, each: None if index in indices else each, removed)


def change_features(
    connection: sqlite3.Connection,
    change: Callable[[int, ArticleFeatures], ArticleFeatures | None],
    removed: Counter[str],
) -> int:
    """Change what the log says of articles, each by its index, None: nothing any more; the first entry of which
    something has changed, 0: none.
    """
    first_changed = 0
    found = connection.execute(
        "SELECT first FROM log WHERE understandings IS NOT NULL ORDER BY first"
    ).fetchall()
    for (first,) in found:
        blob, noted = connection.execute(
            "SELECT records, understandings FROM log WHERE first = ?", (first,)
        ).fetchone()
        article = np.frombuffer(blob, RECORD)["article"]
        understood = _features.decode(noted)
        changed = {place: change(int(article[place]), each) for place, each in understood.items()}
        places = [place for place, each in understood.items() if changed[place] is not each]
        if not places:
            continue
        kept = {place: each for place, each in changed.items() if each is not None}
        encoded = msgspec.msgpack.encode(kept) if kept else None
        connection.execute(
            "UPDATE log SET understandings = ?, checksum = ? WHERE first = ?",
            (encoded, rows.checksum(blob, encoded), first),
        )
        removed["log entries"] += len(places)
        first_changed = first_changed or int(first) + min(places)
    return first_changed


def _scrub(connection: sqlite3.Connection, texts: Iterable[str], removed: Counter[str]) -> None:
    """Put ERASED in the place of texts that quote erased ones, in the registry, in rules, and in the audit trail."""
    given = [text for text in texts if len(text) >= GRAM // 2]
    grams = {text[start : start + GRAM] for text in given for start in range(max(1, len(text) - GRAM + 1))}
    short = [text for text in given if len(text) < GRAM]
    for table, column, keys in (
        ("registry", "value", ("kind", "key")),
        ("rules", "rule", ("number",)),
        ("actions", "subject", ("number",)),
        ("actions", "reason", ("number",)),
        ("actions", "detail", ("number",)),
    ):
        for *key, value in connection.execute(f"SELECT {', '.join(keys)}, {column} FROM {table}").fetchall():
            text = value if isinstance(value, str) else bytes(value).decode("utf-8", "replace")
            fresh = _without_quotations(text, grams, short)
            if fresh is not None:
                where = " AND ".join(f"{name} = ?" for name in keys)
                changed = fresh if isinstance(value, str) else fresh.encode()
                connection.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", (changed, *key))
                removed[table] += 1
    if removed["rules"]:
        rules.count_change(connection)


def _without_quotations(text: str, grams: Collection[str], short: Collection[str]) -> str | None:
    """The text, or the strings in its JSON, without what quotes; None: nothing does."""

    def quotes(said: str) -> bool:
        return any(each in said for each in short) or any(
            said[start : start + GRAM] in grams for start in range(len(said) - GRAM + 1)
        )

    def blank(value: Any) -> Any:
        if isinstance(value, str):
            return ERASED if quotes(value) else value
        if isinstance(value, list):
            return [blank(each) for each in value]
        return {key: blank(each) for key, each in value.items()} if isinstance(value, dict) else value

    try:
        parsed = json.loads(text)
    except ValueError:
        return ERASED if quotes(text) else None
    changed = blank(parsed)
    return None if changed == parsed else json.dumps(changed, ensure_ascii=False)
