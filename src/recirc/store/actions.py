"""The audit trail: who did what, when and why. Entries are added by commands, and nothing changes or removes them."""

import secrets
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from recirc.clock import now_ms
from recirc.store.command_port import CommandPort
from recirc.store.commands import NoteAction
from recirc.store.database import connect, explained

MOST_CHARACTERS = 2_000
"""Largest length of each text of an entry."""


class AuditEntry(NamedTuple):
    """One entry of the trail.

    Attributes:
        number: 1 is the oldest.
        time: ms since 1970, UTC.
        actor: name of the account or of the API key.
        role: of the account; "key" for an API key, "machine" for a command line.
        action: what was done, such as "pin".
        subject: to what, such as the id of an article.
        reason: why, in the actor's words.
        detail: what else is to be known.
    """

    number: int
    time: int
    actor: str
    role: str
    action: str
    subject: str
    reason: str
    detail: str


class AuditQuery(NamedTuple):
    """Which entries: those to which all that is given applies. `since` and `until` (not included) are in ms."""

    actor: str = ""
    action: str = ""
    subject: str = ""
    since: int | None = None
    until: int | None = None
    before: int | None = None


class ActionTrail:
    """The audit trail in the store at `path`, for any number of processes and threads."""

    def __init__(self, path: Path, *, busy_seconds: float = 5.0) -> None:
        self._path = path
        self._busy_seconds = busy_seconds

    def note(
        self, actor: str, role: str, action: str, subject: str, reason: str = "", detail: str = ""
    ) -> None:
        """Add an entry, now. Raises StoreError."""
        with CommandPort.open(self._path, busy_seconds=self._busy_seconds) as port:
            port.submit(_entry(actor, role, action, subject, reason, detail)).result()

    def begin_note(self, actor: str, role: str, action: str, subject: str) -> None:
        """As `note`, without waiting for the disk: for what programs do often. Raises StoreError."""
        with CommandPort.open(self._path, busy_seconds=self._busy_seconds) as port:
            port.submit(_entry(actor, role, action, subject))

    def find(self, query: AuditQuery, limit: int) -> list[AuditEntry]:
        """At most `limit` entries, the newest first. Raises StoreError."""
        conditions, values = ["1"], list[object]()
        for condition, value in (
            ("actor = ?", query.actor or None),
            ("action = ?", query.action or None),
            ("subject = ?", query.subject or None),
            ("time >= ?", query.since),
            ("time < ?", query.until),
            ("number < ?", query.before),
        ):
            if value is not None:
                conditions.append(condition)
                values.append(value)
        found = self._rows(
            f"SELECT number, time, actor, role, action, subject, reason, detail FROM actions"
            f" WHERE {' AND '.join(conditions)} ORDER BY number DESC LIMIT ?",
            [*values, limit],
        )
        return [AuditEntry(*row) for row in found]

    def names(self) -> tuple[list[str], list[str]]:
        """All actors and all actions of the trail, each in order. Raises StoreError."""
        actors = self._rows("SELECT DISTINCT actor FROM actions ORDER BY actor", [])
        actions = self._rows("SELECT DISTINCT action FROM actions ORDER BY action", [])
        return [name for (name,) in actors], [name for (name,) in actions]

    def _rows(self, statement: str, values: list[object]) -> list[Any]:
        if not self._path.is_file():
            return []
        with (
            explained(self._path, self._busy_seconds),
            closing(connect(self._path, self._busy_seconds, writing=False)) as connection,
        ):
            return connection.execute(statement, values).fetchall()


def _entry(*texts: str) -> NoteAction:
    return NoteAction(secrets.token_hex(8), now_ms(), *(each[:MOST_CHARACTERS] for each in texts))
