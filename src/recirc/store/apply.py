"""What each command leaves in the file: one function, called by the sequencer within its transaction."""

import sqlite3
from typing import Any, assert_never

from recirc.store import addresses, registry_rows, rows, search_index
from recirc.store.commands import Append, Command, FillAddresses, IndexWords, Intern, SetEntries
from recirc.store.decider import KIND as RULES
from recirc.store.decider import Decider
from recirc.types import RECORD


def apply(connection: sqlite3.Connection, command: Command, decider: Decider) -> Any:
    """Apply a command, and return its result: a Receipt of Append, indices by id of Intern, of IndexWords up to which
    index all is indexed (None: all), else None.

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
        case _:
            assert_never(command)


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
        case _:
            assert_never(command)
