"""Erasures made again, in a copy of a store from before them."""

import logging
import secrets
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import msgspec

from recirc.store import erasing, history
from recirc.store.apply import apply
from recirc.store.database import connect
from recirc.store.decider import Decider
from recirc.store.erasing import StoredErasure
from recirc.store.orders.order import Offer, sequence

_log = logging.getLogger(__name__)


def listed(path: Path) -> list[StoredErasure]:
    """The erasures that the store at `path` knows of; none where there is no store, or one that cannot be read."""
    if not path.is_file():
        return []
    try:
        with closing(connect(path, 5.0, writing=False)) as connection:
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'erasures'").fetchone():
                return []
            return erasing.stored(connection)
    except (sqlite3.Error, msgspec.MsgspecError, ValueError) as error:
        _log.warning(
            "%s: its list of erasures cannot be read (%s); name their receipts with --erased", path, error
        )
        return []


def erase_again(connection: sqlite3.Connection, erasures: Sequence[StoredErasure]) -> int:
    """Make those erasures that the store does not know of, as commands of its history; how many."""
    erasing.make_missing(connection)
    known = {each.key for each in erasing.stored(connection)}
    missing = {each.key: each for each in erasures if each.key not in known}
    if not missing:
        return 0
    decider = Decider()
    connection.execute("BEGIN IMMEDIATE")
    try:
        for each in missing.values():
            command = each.command()
            offer = Offer(secrets.token_bytes(16), each.time, "restore", msgspec.msgpack.encode(command))
            (ordered,) = sequence(history.head(connection), [offer])
            apply(connection, command, decider)
            history.add(connection, ordered, str(command.__struct_config__.tag), refused=False)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return len(missing)
