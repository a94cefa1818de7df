"""The sources that articles come from: those of the settings, those that a command added, and how each is doing.

Kept in the store's file. What a source remembers is bytes here: only who asks it knows what they say.
"""

import difflib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct

from recirc import clock
from recirc.errors import UserError
from recirc.hashing import digest, hex_digest
from recirc.settings import SourceEntry, SourcesSettings
from recirc.store.commands import Change
from recirc.store.ports import ConflictError, StoreError
from recirc.store.registry import Registry

SOURCES, POLLS = "sources", "polls"
"""Kinds of entries in the registry, by address: a SourceEntry as JSON; a `_Poll`."""


TRIES = 5
"""Attempts to wake a source while its poll is kept."""


class SourceListError(UserError):
    """The list of sources does not allow this; the text says why and what to do."""


class SourceTally(Struct, frozen=True):
    """What became of the articles that a source brought."""

    new: int = 0
    changed: int = 0
    refused: int = 0
    held: int = 0
    withdrawn: int = 0

    def plus(self, other: "SourceTally") -> "SourceTally":
        """Both together.

        >>> SourceTally(1, 2, 3).plus(SourceTally(new=4))
        SourceTally(new=5, changed=2, refused=3, held=0, withdrawn=0)
        """
        return SourceTally(*(getattr(self, name) + getattr(other, name) for name in self.__struct_fields__))


class SourceHealth(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a source is doing. All None and 0: it was never asked.

    Attributes:
        failed: when it last failed, and `error` the cause; both stay when it has recovered.
        failures: how often it failed in a row; 0: the last time was a success.
        causes: how often it failed in all, by cause.
        next: it is asked again then.
        last: of the last time; `total` of all times.
        refusals: why articles were left out, the last few.
        pending: what is tried again, and when, the next at the head.
        woken: when a message last asked for a poll, since the last one ended.
    """

    kind: str | None = None
    asked: datetime | None = None
    succeeded: datetime | None = None
    failed: datetime | None = None
    error: str | None = None
    failures: int = 0
    causes: dict[str, int] = {}
    next: datetime | None = None
    last: SourceTally = SourceTally()
    total: SourceTally = SourceTally()
    refusals: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    woken: datetime | None = None


class SourceRecord(NamedTuple):
    """What is kept of a source: what it remembers (None: nothing, or that of other settings), and its health."""

    notebook: bytes | None
    health: SourceHealth


class SourceRegistry:
    """The sources of the store at `path` and of the settings, for any number of processes and threads."""

    def __init__(
        self,
        path: Path,
        settings: SourcesSettings,
        *,
        busy_seconds: float = 5.0,
    ) -> None:
        self._path = path
        self._settings = settings
        self._added = Registry(path, SOURCES, busy_seconds=busy_seconds)
        self._polls = Registry(path, POLLS, busy_seconds=busy_seconds)

    # The list

    def entries(self) -> tuple[SourceEntry, ...]:
        """All sources: those of the settings, which win, then those that were added, by address. Raises StoreError."""
        given = {entry.address: entry for entry in self._settings.list}
        added = {
            address: _entry(self._path, entry.value)
            for address, entry in self._added.entries(fresh_seconds=0.0).items()
        }
        return (*given.values(), *(added[address] for address in sorted(added) if address not in given))

    def is_set(self, address: str) -> bool:
        """Whether the settings name this source."""
        return any(entry.address == address for entry in self._settings.list)

    def find(self, address: str) -> SourceEntry:
        """The source with this address.

        Raises:
            SourceListError: there is none; the text names the nearest.
            StoreError: the file cannot be read.
        """
        entries = {entry.address: entry for entry in self.entries()}
        if address in entries:
            return entries[address]
        raise SourceListError(f"{address}: no such source{_nearest(address, list(entries))}")

    def check_new(self, address: str) -> None:
        """Whether this address can be added.

        Raises:
            SourceListError: it is there already.
            StoreError: the file cannot be read.
        """
        if self.is_set(address):
            raise SourceListError(
                f"{address}: the settings have this source already; change it there, under [[sources.list]]"
            )
        if any(entry.address == address for entry in self.entries()):
            raise SourceListError(
                f"{address}: this source is there already; to change it, remove it first:"
                f" recirc sources remove {address}"
            )

    def add(self, entry: SourceEntry) -> None:
        """Add a source, which nothing is remembered of yet.

        Raises:
            SourceListError: its address is there already.
            StoreError: it cannot be kept.
        """
        self.check_new(entry.address)
        self._added.set_all(
            (
                Change(POLLS, entry.address, None),
                Change(SOURCES, entry.address, msgspec.json.encode(entry)),
            )
        )

    def remove(self, address: str) -> None:
        """Remove a source that was added; its articles stay.

        Raises:
            SourceListError: there is none, or it is one of the settings.
            StoreError: the file cannot be written.
        """
        if self.is_set(address):
            raise SourceListError(
                f"{address}: this source stands in the settings, so no command removes it; take its"
                " [[sources.list]] out of recirc.toml (or of RECIRC_SOURCES__LIST) and restart"
            )
        self.find(address)
        self._added.set_all((Change(SOURCES, address, None), Change(POLLS, address, None)))

    def by_hook(self, hook: str) -> SourceEntry | None:
        """The source whose messages arrive at `/v1/hooks/{hook}`; None: there is none. Raises StoreError."""
        return next((entry for entry in self.entries() if hook_of(entry.address) == hook), None)

    # How they are doing

    def wake(self, address: str) -> None:
        """Poll a source now, as far as it was polled before. Raises StoreError."""
        for _ in range(TRIES):
            found = self._polls.entries(fresh_seconds=0.0).get(address)
            if found is None:
                return  # it is polled at once in any case
            poll = _poll.decode(found.value)
            health = msgspec.structs.replace(_health(poll.health), next=None, woken=clock.now())
            value = msgspec.json.encode(
                msgspec.structs.replace(poll, health=msgspec.Raw(msgspec.json.encode(health)))
            )
            try:
                self._polls.set((address, value, found.version))
            except ConflictError:
                continue  # a poll has just ended
            return

    def health(self) -> dict[str, SourceHealth]:
        """By address, the health of each source that was ever polled. Raises StoreError."""
        polls = self._polls.entries(fresh_seconds=0.0)
        return {address: _health(_poll.decode(entry.value).health) for address, entry in polls.items()}

    def standing(self, entry: SourceEntry) -> SourceRecord:
        """What is kept of a source. Raises StoreError."""
        found = self._polls.entries(fresh_seconds=0.0).get(entry.address)
        if found is None:
            return SourceRecord(None, SourceHealth())
        poll = _poll.decode(found.value)
        return SourceRecord(poll.state if poll.mark == mark_of(entry) else None, _health(poll.health))

    def keep(self, entry: SourceEntry, notebook: bytes | None, health: SourceHealth) -> None:
        """Keep how a source is doing, and what it remembers; without `notebook`, that stays as it was.

        Raises StoreError.
        """
        mark = mark_of(entry)
        while True:
            found = self._polls.entries(fresh_seconds=0.0).get(entry.address)
            state, kept = notebook, health
            if found is not None:
                before = _poll.decode(found.value)
                if notebook is None and before.mark == mark:
                    state = before.state
                woken = _health(before.health).woken
                if woken is not None and health.asked is not None and woken > health.asked:
                    kept = msgspec.structs.replace(health, next=None)  # it may have read before what is new
            value = msgspec.json.encode(_Poll(mark, state, msgspec.Raw(msgspec.json.encode(kept))))
            try:
                self._polls.set((entry.address, value, found.version if found is not None else 0))
            except ConflictError:
                continue  # another process polled it meanwhile: what it remembers is read again
            return


class _Poll(Struct, frozen=True):
    """What is stored of a source's polls.

    Attributes:
        mark: for which settings of the source `state` holds.
        state: what the source remembers.
        health: a SourceHealth as JSON, which another version may have written.
    """

    mark: bytes
    state: bytes | None
    health: msgspec.Raw


_poll = msgspec.json.Decoder(_Poll)


def hook_of(address: str) -> str:
    """The part of the address `/v1/hooks/{hook}` that means a source.

    >>> hook_of("https://tide.example/feed")
    'cc2261303c90'
    """
    return hex_digest(address.encode(), 6)


def mark_of(entry: SourceEntry) -> bytes:
    """What tells whether a notebook holds for an entry: with another section or outlet, all articles come anew."""
    asked = msgspec.structs.replace(entry, every_seconds=None, most=1, secret=None)
    return digest(msgspec.json.encode(asked), 8)


def _nearest(address: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(address, known, n=1)
    if near:
        return f"; did you mean {near[0]}?"
    return (
        "; recirc sources list shows those there are"
        if known
        else "; there are none yet, see recirc sources add"
    )


def _entry(path: Path, said: bytes) -> SourceEntry:
    try:
        return msgspec.json.decode(said, type=SourceEntry)
    except msgspec.MsgspecError as error:
        raise StoreError(
            f"{path}: a source was added by another version of Recirc; use that version, or remove the source ({error})"
        ) from error


def _health(said: msgspec.Raw) -> SourceHealth:
    try:
        return msgspec.json.decode(said, type=SourceHealth)
    except msgspec.MsgspecError:  # of another version; it will be told anew soon enough
        return SourceHealth()
