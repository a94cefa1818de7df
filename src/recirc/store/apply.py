"""What each command leaves in the file: one function, called by the sequencer within its transaction."""

import sqlite3
from typing import Any, assert_never

from msgspec import structs

from recirc.store import (
    action_tables,
    addresses,
    article_life,
    erasing,
    erasing_events,
    erasing_names,
    pictures,
    registry_rows,
    rows,
    rules,
    search_index,
    voids,
)
from recirc.store.commands import (
    AddRules,
    Append,
    Command,
    DropPictures,
    DropProvisional,
    EndRules,
    Erase,
    EraseEvents,
    EraseNames,
    FillAddresses,
    HoldBack,
    IndexWords,
    Intern,
    KeepPicture,
    KeepProvisional,
    NoteAction,
    Release,
    SetEntries,
    Unvoid,
    Void,
    Withdraw,
)
from recirc.store.decider import KIND as RULES
from recirc.store.decider import Decider
from recirc.types import RECORD


def apply(connection: sqlite3.Connection, command: Command, decider: Decider) -> Any:
    """Apply a command, and return its result: a Receipt of Append and Withdraw, indices by id of Intern, of IndexWords
    up to which index all is indexed (None: all), of Void and Unvoid a number of events, else None.

    Raises:
        StoreError: the command is refused; the caller rolls back what it did.
        ConflictError: it is based on a version that is no longer the newest.
    """
    match command:
        case Append():
            return rows.append(connection, command, decider)
        case Intern():
            return rows.intern(connection, command.ids)
        case SetEntries():
            if any(change.table == RULES for change in command.changes):
                decider.forget()
            return registry_rows.change(connection, command.changes)
        case IndexWords():
            return search_index.index_next(connection)
        case FillAddresses():
            return addresses.fill(connection, command.addresses)
        case Void():
            return voids.void(connection, command, decider)
        case Unvoid():
            return voids.unvoid(connection, command, decider)
        case Withdraw():
            return article_life.withdraw(connection, command, decider)
        case HoldBack():
            return article_life.hold(connection, command)
        case Release():
            return article_life.release(connection, command.ids, command.until)
        case KeepProvisional():
            return article_life.keep_provisional(connection, command)
        case DropProvisional():
            return article_life.drop_provisional(connection, command.keys)
        case KeepPicture():
            return pictures.keep(connection, command)
        case DropPictures():
            return pictures.drop(connection, command)
        case NoteAction():
            return action_tables.keep(connection, structs.astuple(command))
        case AddRules():
            return rules.add(connection, command)
        case EndRules():
            return rules.end(connection, command)
        case Erase() | EraseNames() | EraseEvents():
            return _erase(connection, command, decider)
        case _:
            assert_never(command)


def _erase(
    connection: sqlite3.Connection, command: Erase | EraseNames | EraseEvents, decider: Decider
) -> dict[str, int]:
    if isinstance(command, Erase):
        return erasing.erase(connection, command, decider)
    if isinstance(command, EraseNames):
        return erasing_names.erase(connection, command)
    return erasing_events.erase(connection, command, decider)


MEND_ROWS = 250_000
"""Weight of a command that may change the whole log: it has a transaction of its own."""


def weight(command: Command) -> int:
    """About how many rows a command writes."""
    match command:
        case Append():
            return len(command.records) // RECORD.itemsize + len(command.articles)
        case Intern():
            return len(command.ids)
        case SetEntries():
            return len(command.changes)
        case IndexWords():
            return search_index.PART
        case FillAddresses():
            return len(command.addresses)
        case Void() | Unvoid() | Erase() | EraseNames() | EraseEvents():
            return MEND_ROWS
        case Withdraw():
            return len(command.records) // RECORD.itemsize + len(command.changes)
        case HoldBack() | KeepPicture() | NoteAction():
            return 1
        case DropPictures():
            return len(command.addresses)
        case Release():
            return len(command.ids)
        case KeepProvisional():
            return len(command.rows)
        case DropProvisional() | EndRules():
            return len(command.keys)
        case AddRules():
            return len(command.rules)
        case _:
            assert_never(command)
