"""Erasures by the newsroom: made from a running server, with their receipts kept beside the store."""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final, Literal

import msgspec

from recirc.engine.engine import Engine
from recirc.media.storage import MediaStorage, remove_all
from recirc.settings import Settings
from recirc.settings.days import bounds_of, zone_named
from recirc.store.erasing import StoredErasure
from recirc.store.erasure_receipts import ErasureCheck, ErasureReceipt, read_receipt
from recirc.store.ports import NotThereError, StoreError

_SEARCH: Final = """
import sys
from pathlib import Path
import msgspec
from recirc.media.storage import open_media
from recirc.store.erasure_receipts import check_erased, read_receipt
receipt, store, media, archive = sys.argv[1:]
found = check_erased(read_receipt(Path(receipt)), Path(store), open_media(media, store), archive)
sys.stdout.write(msgspec.json.encode(found).decode())
"""
KEY: Final = re.compile(r"[0-9a-f]{16}")
"""The form of an erasure's key."""


class Erasures:
    """What was erased, and the receipts of what was erased from here. Thread-safe."""

    def __init__(self, engine: Engine, media: MediaStorage) -> None:
        settings: Settings = engine.settings
        self._engine = engine
        self._store = Path(settings.store.path)
        self._media = media
        self._media_address, self._archive_address = settings.media.folder, settings.store.archive
        self._receipts = self._store.with_name(f"{self._store.name}.erasures")

    def erase_article(self, id_: str, by: str, reason: str, now: int) -> ErasureReceipt:
        """Erase an article with all its versions, at `now` (ms); it is withdrawn first, so that it leaves all pages at
        once.

        Raises:
            NotThereError: no text is kept of an article with this id.
            StoreError: the store refuses.
        """
        stored = self._engine.article(id_)
        if stored is not None and stored.article is not None and not stored.withdrawn:
            self._engine.withdraw([id_], reason=reason or "erased", holder=by).result()
        made = self._engine.life.erase(id_, by, reason, now, partial(remove_all, self._media))
        self._keep(made)
        return made

    def erase_names(
        self,
        kind: Literal["author", "topic"],
        names: Sequence[str],
        by: str,
        reason: str,
        now: int,
        *,
        texts: bool,
    ) -> ErasureReceipt:
        """Erase names in all that is kept, at `now` (ms); see `erasure_requests.erase_names`."""
        made = self._engine.life.erase_names(
            kind,
            names,
            by,
            reason,
            now,
            texts=texts,
            remove_pictures=partial(remove_all, self._media),
        )
        self._engine.catch_up()
        self._keep(made)
        return made

    def erase_day(self, day: date, by: str, reason: str, now: int) -> ErasureReceipt:
        """Erase the events of a day in the site's time zone, at `now` (ms). Raises NotThereError and StoreError."""
        since, until = bounds_of(day, zone_named(self._engine.settings.site.timezone))
        made = self._engine.life.erase_day(day.isoformat(), since, until, by, reason, now)
        self._engine.catch_up()
        self._keep(made)
        return made

    def articles_with(self, kind: str, names: Sequence[str]) -> tuple[int, list[str]]:
        """Number of articles in which names stand, and the ids of the first ones.

        Raises UnsuitableNameError and StoreError.
        """
        return self._engine.life.articles_with("topic" if kind == "topic" else "author", names)

    def events_of(self, day: date) -> int:
        """Number of events of a day in the site's time zone. Raises StoreError."""
        since, until = bounds_of(day, zone_named(self._engine.settings.site.timezone))
        return self._engine.life.events_between(since, until)

    def all(self) -> list[StoredErasure]:
        """The list of erasures, the newest first. Raises StoreError."""
        return self._engine.life.erasures()[::-1]

    def receipt(self, key: str) -> ErasureReceipt:
        """The receipt of an erasure that was made from here. Raises NotThereError and StoreError."""
        path = self._path(key)
        if path is None or not path.is_file():
            raise NotThereError(f"no receipt of the erasure {key!r} is kept on this machine")
        return read_receipt(path)

    def has_receipt(self, key: str) -> bool:
        """Whether the receipt is kept on this machine."""
        return (path := self._path(key)) is not None and path.is_file()

    def check(self, key: str) -> ErasureCheck:
        """Search every file for what was erased, in a process of its own.

        A process that closes a file loses all its locks on it (POSIX), also those of its connections to the store: one
        that has any must not read the store's files by itself.

        Raises:
            NotThereError: the receipt is not here.
            StoreError: a file cannot be read.
        """
        receipt = self.receipt(key)
        words = [str(self._path(receipt.key)), str(self._store), self._media_address, self._archive_address]
        done = subprocess.run(
            [sys.executable, "-c", _SEARCH, *words], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise StoreError(f"the search for what was erased failed: {done.stderr.strip()[-500:]}")
        return msgspec.json.decode(done.stdout, type=ErasureCheck)

    def _path(self, key: str) -> Path | None:
        return self._receipts / f"{key}.json" if KEY.fullmatch(key) else None

    def _keep(self, receipt: ErasureReceipt) -> None:
        path = self._path(receipt.key)
        if path is None:
            raise ValueError(f"{receipt.key!r} is no key of an erasure")
        self._receipts.mkdir(mode=0o700, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(receipt), indent=1) + b"\n")
