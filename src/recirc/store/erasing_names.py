"""Names that leave every row of the store: those of authors, and topics."""

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import msgspec
from msgspec import structs

from recirc.hashing import digest
from recirc.store import erasing, pictures, registry_rows, rows, rules, search_index
from recirc.store.commands import EraseNames
from recirc.store.erased_names import ErasedName, NameScanner, scanner_of, without_name
from recirc.store.erasing import ERASED, ErasedThings
from recirc.store.ports import ConflictError
from recirc.store.registry_rows import ACCOUNTS, SESSIONS, TOPICS
from recirc.types import Article, ArticleFeatures

_TEXTS: Final = (
    ("registry", "value", ("kind", "key")),
    ("rules", "rule", ("number",)),
    ("rules", "ended_by", ("number",)),
    ("actions", "actor", ("number",)),
    ("actions", "subject", ("number",)),
    ("actions", "reason", ("number",)),
    ("actions", "detail", ("number",)),
    ("erasures", "by", ("number",)),
    ("erasures", "reason", ("number",)),
    ("held", "why", ("id",)),
    ("pictures", "problem", ("address",)),
)
"""Columns of texts beside the articles, and what names their rows."""


def erase(connection: sqlite3.Connection, command: EraseNames) -> dict[str, int]:
    """Erase what a command names; the number of rows of each table. Sent again it has no second effect.

    Raises:
        ConflictError: somebody with an author's name has an account that is in use.
    """
    before = erasing.known(connection, command.key)
    if before is not None:
        return before
    removed: Counter[str] = Counter()
    first_changed = 0
    for name in command.names:
        scanner = scanner_of(name)
        _remove_accounts(connection, scanner, removed)
        _clean_articles(connection, name, command.time, removed)
        _clean_registry_keys(connection, scanner, removed)
        _end_rules(connection, scanner, command, removed)
        _clean_texts(connection, scanner, removed)
        if name.texts:
            _remove_addresses(connection, scanner, removed)
        first = erasing.change_features(connection, partial(_without_key, name), removed)
        first_changed = min(first or first_changed, first_changed or first)
    # Also where the log has not changed: processes that follow it read the articles anew then.
    rows.note_mend(connection, first_changed or max(1, rows.end(connection)))
    if removed["rules"]:
        rules.count_change(connection)
    return erasing.note(connection, command, ErasedThings(names=command.names), removed)


def _remove_accounts(connection: sqlite3.Connection, scanner: NameScanner, removed: Counter[str]) -> None:
    """Remove the accounts of an author at the desk; they must have been disabled."""
    if scanner.name.kind != "author":
        return
    for key_, entry in registry_rows.read(connection, ACCOUNTS).items():
        account = json.loads(entry.value)
        if not scanner.is_it(account["name"]):
            continue
        if not account.get("disabled"):
            raise ConflictError(
                "an account of the desk has this name; disable it first, then it is removed with the name"
            )
        connection.execute("DELETE FROM registry WHERE kind = ? AND key = ?", (ACCOUNTS, key_))
        for session, kept in registry_rows.read(connection, SESSIONS).items():
            if json.loads(kept.value)["account"] == key_:
                connection.execute("DELETE FROM registry WHERE kind = ? AND key = ?", (SESSIONS, session))
        removed["accounts"] += 1


def _clean_articles(
    connection: sqlite3.Connection, name: ErasedName, now: int, removed: Counter[str]
) -> None:
    """Take the name out of all versions of articles, also of those that are held back."""
    for table, keys in (("held", ("id",)), ("versions", ("idx", "number"))):
        for *row, document in _documents(connection, table, keys):
            changed = without_name(bytes(document), name)
            if changed is not None:
                where = " AND ".join(f"{each} = ?" for each in keys)
                connection.execute(f"UPDATE {table} SET document = ? WHERE {where}", (changed, *row))
                removed[table] += 1
    for index, document in _documents(connection, "articles", ("idx",)):
        changed = without_name(bytes(document), name)
        if changed is not None:
            connection.execute(
                "UPDATE articles SET document = ?, digest = ? WHERE idx = ?",
                (changed, digest(changed, 16), index),
            )
            _index_anew(connection, index, changed, now)
            removed["articles"] += 1


def _documents(connection: sqlite3.Connection, table: str, keys: Sequence[str]) -> list[tuple[Any, ...]]:
    """All documents of a table with their keys, in an order that is the same everywhere; read in parts."""
    found: list[tuple[Any, ...]] = []
    found.extend(
        connection.execute(
            f"SELECT {', '.join(keys)}, document FROM {table} WHERE document NOT NULL ORDER BY {', '.join(keys)}"
        )
    )
    return found


def _index_anew(connection: sqlite3.Connection, index: int, document: bytes, now: int) -> None:
    """Let the search and the pictures follow an article's document."""
    try:
        article = msgspec.json.decode(document, type=Article)
    except msgspec.MsgspecError:  # written by another version
        search_index.remove(connection, [index])
        return
    (withdrawn,) = connection.execute("SELECT withdrawn FROM articles WHERE idx = ?", (index,)).fetchone()
    if not withdrawn:
        search_index.put(connection, index, search_index.words(article))
    before = {
        address
        for (address,) in connection.execute("SELECT address FROM picture_uses WHERE idx = ?", (index,))
    }
    wanted = pictures.addresses_of(article)
    if before - set(wanted):
        pictures.note(connection, index, wanted, now)
        for address in sorted(before - set(wanted)):
            erasing.remove_unused_picture(connection, address)


def _clean_registry_keys(connection: sqlite3.Connection, scanner: NameScanner, removed: Counter[str]) -> None:
    """Remove the merges of a topic that has this name, or had it."""
    for key_, entry in registry_rows.read(connection, TOPICS).items():
        kept = json.loads(entry.value)
        if any(scanner.is_it(str(each)) for each in (key_, kept.get("name", ""), kept.get("into", ""))):
            connection.execute("DELETE FROM registry WHERE kind = ? AND key = ?", (TOPICS, key_))
            removed["registry"] += 1


def _end_rules(
    connection: sqlite3.Connection, scanner: NameScanner, command: EraseNames, removed: Counter[str]
) -> None:
    """End the rules about whatever had this name: there is nothing left that they could be about."""
    for each in rules.stored(connection):
        targets = (each.rule.target, each.rule.beside)
        if any(t is not None and t.by.value == scanner.name.kind and scanner.is_it(t.value) for t in targets):
            rules.end_one(connection, each.key, "erasure", command.time)
            removed["rules"] += 1


def _clean_texts(connection: sqlite3.Connection, scanner: NameScanner, removed: Counter[str]) -> None:
    """Put ERASED in the place of the name, in all texts beside the articles."""
    for table, column, keys in _TEXTS:
        found = connection.execute(
            f'SELECT {", ".join(keys)}, "{column}" FROM {table} WHERE "{column}" NOT NULL'
        )
        for *row, value in found.fetchall():
            text = value if isinstance(value, str) else bytes(value).decode("utf-8", "replace")
            fresh = _cleaned_text(text, scanner)
            if fresh is not None:
                where = " AND ".join(f"{name} = ?" for name in keys)
                changed = fresh if isinstance(value, str) else fresh.encode()
                connection.execute(f'UPDATE {table} SET "{column}" = ? WHERE {where}', (changed, *row))
                removed[table] += 1


def _cleaned_text(text: str, scanner: NameScanner) -> str | None:
    """A text, or the strings of its JSON, without the name; None: it does not have it."""
    try:
        parsed = json.loads(text)
    except ValueError:
        parsed = text
    changed = _blank(parsed, scanner)
    if changed == parsed:
        return None
    return changed if isinstance(parsed, str) and parsed is text else json.dumps(changed, ensure_ascii=False)


def _blank(value: Any, scanner: NameScanner) -> Any:
    if isinstance(value, str):
        if scanner.is_it(value):
            return ERASED
        changed = scanner.without(value, ERASED)
        return value if changed is None else changed
    if isinstance(value, list):
        return [_blank(each, scanner) for each in value]
    return {key_: _blank(each, scanner) for key_, each in value.items()} if isinstance(value, dict) else value


def _remove_addresses(connection: sqlite3.Connection, scanner: NameScanner, removed: Counter[str]) -> None:
    """Remove the addresses of articles that have the name in them."""
    for address, place, index in connection.execute("SELECT address, place, idx FROM addresses").fetchall():
        if scanner.without(address) is not None:
            connection.execute(
                "DELETE FROM addresses WHERE address = ? AND place = ? AND idx = ?", (address, place, index)
            )
            removed["addresses"] += 1


def _without_key(name: ErasedName, _: int, features: ArticleFeatures) -> ArticleFeatures:
    """What the log says of an article, without the hash of the name."""
    field = "authors" if name.kind == "author" else "topics"
    given: tuple[int, ...] = getattr(features, field)
    if name.key not in given:
        return features
    return structs.replace(features, **{field: tuple(each for each in given if each != name.key)})
