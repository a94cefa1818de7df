"""Why articles were withdrawn, and by whom: one entry of the registry for each withdrawn article."""

from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from recirc.store.commands import Change
from recirc.store.registry import Registry
from recirc.store.registry_rows import WITHDRAWALS

KIND = WITHDRAWALS


class EndedHold(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Until when and why an article was held back; `until` None: until its sender changes it."""

    until: datetime | None = None
    why: str

    def lasts(self, now: datetime) -> bool:
        """Whether it would still hold the article back."""
        return self.until is None or self.until > now


class Withdrawal(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why an article was withdrawn.

    Attributes:
        time: when.
        reason: why, in a few words.
        source: the source that does not publish it any more, as in its provenance; None: an editor withdrew it.
            The same source can publish it again, nobody else.
        held: it is only held back: its publication by the same sender ends the withdrawal, whoever that is.
        holder: name of the API key with which it was withdrawn.
        headline: that of the article.
        hold: how it was held back when it was withdrawn, and is again when it is restored; None: it was not.
    """

    time: datetime
    reason: str
    source: str | None = None
    held: bool = False
    holder: str | None = None
    headline: str | None = None
    hold: EndedHold | None = None

    def ends_with(self, source: str | None) -> bool:
        """Whether a publication by a source ends the withdrawal."""
        return (self.held or self.source is not None) and source == self.source


_decoder = msgspec.json.Decoder(Withdrawal)


class Withdrawals:
    """The withdrawals in the store at `path`, for any number of processes and threads."""

    def __init__(self, path: Path, *, busy_seconds: float = 5.0) -> None:
        self._registry = Registry(path, KIND, busy_seconds=busy_seconds)

    def all(self) -> dict[str, Withdrawal]:
        """By id of the article. Raises StoreError."""
        entries = self._registry.entries(fresh_seconds=0.0)
        return {id_: _decoder.decode(entry.value) for id_, entry in entries.items()}


def change_of(id_: str, withdrawal: Withdrawal) -> Change:
    """The change of the registry that keeps a withdrawal."""
    return Change(KIND, id_, msgspec.json.encode(withdrawal))
