"""What `SqliteStore` does beside archive, log and search: the life of articles, and exclusions afterwards."""

import sqlite3
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

import msgspec

from recirc.store import article_life, cleaning, erasing, erasing_events, pictures, rows, rules, voids
from recirc.store.commands import (
    AddRules,
    Change,
    Command,
    DropPictures,
    DropProvisional,
    EndRules,
    Erase,
    EraseEvents,
    EraseNames,
    HoldBack,
    KeepPicture,
    KeepProvisional,
    Release,
    Selection,
    Unvoid,
    Void,
    Withdraw,
)
from recirc.store.day_counts import DayCounts, counts_of_day
from recirc.store.day_networks import NetworkViews, networks_of_day
from recirc.store.erased_names import ErasedName, stored_names
from recirc.store.ports import Receipt
from recirc.types import Article, PictureFacts, RecordArray


class SqliteArticleLife:
    """The part of `SqliteStore` that is not in its ports."""

    _trusted_clock: Callable[[], int]

    @abstractmethod
    def _submit(self, command: Command) -> "Future[Any]": ...

    @abstractmethod
    def _reading(self) -> AbstractContextManager[sqlite3.Connection]: ...

    # What happens to articles beside their publication

    def withdraw(self, records: RecordArray, changes: Sequence[Change]) -> "Future[Receipt]":
        """Withdraw articles, with the reasons as entries of the registry; as `append`."""
        return self._submit(Withdraw(records.tobytes(), tuple(changes), self._trusted_clock()))

    def withdrawn(self) -> list[int]:
        """Indices of the withdrawn articles. Raises StoreError."""
        with self._reading() as connection:
            return article_life.withdrawn(connection)

    def hold(self, article: Article, until: int | None, why: str) -> "Future[None]":
        """Keep an article back until a moment (ms); None: until its sender changes it."""
        return self._submit(HoldBack(article.id, msgspec.json.encode(article), until, why))

    def release(self, ids: Sequence[str], until: int | None = None) -> "Future[None]":
        """Hold these articles no longer; with `until` (ms) only if their time had come by then."""
        return self._submit(Release(tuple(ids), until))

    def held(self, due: int | None = None) -> list[article_life.HeldRow]:
        """The articles that are held back, of which with `due` (ms) the time has come. Raises StoreError."""
        with self._reading() as connection:
            return article_life.held(connection, due)

    def versions(self, index: int) -> list[article_life.VersionRow]:
        """The former versions of an article, the oldest first. Raises StoreError."""
        with self._reading() as connection:
            return article_life.versions(connection, index)

    def keep_provisional(self, kept: Sequence[article_life.ProvisionalRow]) -> "Future[None]":
        """Keep views of pages that no article is known for."""
        return self._submit(
            KeepProvisional(tuple((row.key, row.address, row.time, row.observation) for row in kept))
        )

    def drop_provisional(self, keys: Sequence[int]) -> "Future[None]":
        """Drop views that were counted."""
        return self._submit(DropProvisional(tuple(keys)))

    def provisional_arrived(self) -> list[str]:
        """The addresses of kept views at which there is a live article now. Raises StoreError."""
        with self._reading() as connection:
            return article_life.provisional_arrived(connection)

    def provisional(self, address: str, most: int) -> list[article_life.ProvisionalRow]:
        """The kept views of a page, the oldest first. Raises StoreError."""
        with self._reading() as connection:
            return article_life.provisional(connection, address, most)

    # Erasures

    def erase(self, command: Erase | EraseNames | EraseEvents) -> dict[str, int]:
        """Erase articles, names or events; the number of rows by table. Raises StoreError."""
        return dict(self._submit(command).result())

    def erasures(self) -> list[erasing.StoredErasure]:
        """The list of erasures, the oldest first. Raises StoreError."""
        with self._reading() as connection:
            return erasing.stored(connection)

    def erased_names(self) -> tuple[ErasedName, ...]:
        """The names that were erased. Raises StoreError."""
        with self._reading() as connection:
            return stored_names(connection)

    def events_between(self, since: int, until: int) -> Iterator[RecordArray]:
        """The events of a time (ms), by append. Raises StoreError."""
        with self._reading() as connection:
            yield from erasing_events.events_between(connection, since, until)

    def is_unclean(self) -> bool:
        """Whether the file may still hold remains of what was erased. Raises StoreError."""
        with self._reading() as connection:
            return cleaning.is_unclean(connection)

    def documents(self, id_: str) -> list[bytes]:
        """All versions of an article as JSON, also one that is held back. Raises StoreError."""
        with self._reading() as connection:
            return erasing.documents(connection, id_)

    def all_documents(self) -> Iterator[tuple[str, bytes]]:
        """Id and JSON of every version of every article. Raises StoreError."""
        with self._reading() as connection:
            yield from connection.execute(
                "SELECT id, document FROM articles WHERE document NOT NULL UNION ALL"
                " SELECT id, versions.document FROM versions JOIN articles USING (idx) UNION ALL"
                " SELECT id, document FROM held"
            )

    def all_addresses(self) -> Iterator[tuple[str, bytes]]:
        """Id and every address of every article. Raises StoreError."""
        with self._reading() as connection:
            found = connection.execute("SELECT id, address FROM addresses JOIN articles USING (idx)")
            yield from ((id_, address.encode("utf-8", "replace")) for id_, address in found)

    def picture_keys(self, article: int | None = None) -> set[str]:
        """Keys of the kept pictures, or of those of one article. Raises StoreError."""
        of = (
            ""
            if article is None
            else f" AND address IN (SELECT address FROM picture_uses WHERE idx = {int(article)})"
        )
        with self._reading() as connection:
            found = connection.execute(f"SELECT key FROM pictures WHERE key NOT NULL{of}")
            return {str(key) for (key,) in found}

    def is_picture(self, key: str) -> bool:
        """Whether a kept picture has this key. Raises StoreError."""
        with self._reading() as connection:
            found = connection.execute(
                "SELECT 1 FROM pictures WHERE key = ? AND facts NOT NULL LIMIT 1", (key,)
            )
            return found.fetchone() is not None

    # Pictures

    def keep_picture(self, result: KeepPicture) -> "Future[None]":
        """Keep what became of a picture."""
        return self._submit(result)

    def drop_pictures(self, addresses: Sequence[str]) -> "Future[None]":
        """Forget pictures that no live article has."""
        return self._submit(DropPictures(tuple(addresses)))

    def picture_facts(self, addresses: Sequence[str]) -> dict[str, PictureFacts]:
        """What is known of those pictures that are kept, by address. Raises StoreError."""
        with self._reading() as connection:
            return pictures.facts(connection, addresses)

    def awaited_pictures(self, addresses: Sequence[str]) -> set[str]:
        """Those of some pictures that were never tried yet, and are to be fetched. Raises StoreError."""
        with self._reading() as connection:
            return pictures.awaited(connection, addresses)

    def wanted_pictures(self, now: int, most: int) -> list[pictures.WantedPicture]:
        """The pictures to be fetched at `now` (ms), the longest due first. Raises StoreError."""
        with self._reading() as connection:
            return pictures.wanted(connection, now, most)

    def unused_pictures(self, before: int, most: int) -> list[pictures.UnusedPicture]:
        """Pictures kept before `before` (ms) that no live article has. Raises StoreError."""
        with self._reading() as connection:
            return pictures.unused(connection, before, most)

    def picture_problems(self, most: int) -> list[tuple[str, str]]:
        """Addresses of pictures that could not be kept, and why. Raises StoreError."""
        with self._reading() as connection:
            return pictures.problems(connection, most)

    def offset_at(self, time: int) -> int:
        """The last log entry that had come by `time` (ms), 0: none. Raises StoreError."""
        with self._reading() as connection:
            return rows.end_at(connection, time)

    # Rules

    def add_rules(
        self,
        made: Sequence[tuple[str, rules.Rule]],
        by: str,
        *,
        replaces: str = "",
        ends: Sequence[str] = (),
    ) -> "Future[None]":
        """Make rules, by keys of the caller's; `replaces` is the key of one that ends with it, `ends` of further ones.

        The future raises ConflictError when one of them has ended already.
        """
        encoded = tuple((key, msgspec.json.encode(rule)) for key, rule in made)
        return self._submit(AddRules(encoded, by, self._trusted_clock(), replaces, tuple(ends)))

    def end_rules(self, keys: Sequence[str], by: str) -> "Future[None]":
        """End rules. The future raises NotThereError when there never was one of them."""
        return self._submit(EndRules(tuple(keys), by, self._trusted_clock()))

    def rules(self, *, ended: bool = False) -> list[rules.StoredRule]:
        """The rules that stand, and with `ended` all that ever were, the oldest first. Raises StoreError."""
        with self._reading() as connection:
            return rules.stored(connection, ended=ended)

    def rules_version(self) -> int:
        """How often rules have changed. Raises StoreError."""
        with self._reading() as connection:
            return rules.version(connection)

    # Exclusions afterwards

    def void(self, key: str, selection: Selection, by: str, reason: str) -> int:
        """Exclude events that are in the log already; how many. Raises NotThereError when none is
        selected, and StoreError."""
        return int(self._submit(Void(key, selection, by, reason, self._trusted_clock())).result())

    def unvoid(self, key: str, by: str) -> int:
        """Take an exclusion back; how many events it was of. Raises NotThereError when there is none, and
        StoreError."""
        return int(self._submit(Unvoid(key, by, self._trusted_clock())).result())

    def voids(self) -> dict[str, voids.VoidEntry]:
        """All exclusions by their keys, the oldest first. Raises StoreError."""
        with self._reading() as connection:
            return voids.entries(connection)

    def counts_of_day(self, day: date, timezone: str) -> DayCounts:
        """What the rules did with the views of a day, read from the log. Raises StoreError."""
        with self._reading() as connection:
            return counts_of_day(connection, day, timezone)

    def networks_of_day(self, since: int, until: int) -> tuple[NetworkViews, ...]:
        """The networks from which single articles had most views between two times (ms), read from the log. Raises
        StoreError."""
        with self._reading() as connection:
            return networks_of_day(connection, since, until)
