"""What is known of the files of pictures."""

from collections.abc import Sequence
from concurrent.futures import Future

from recirc.store.commands import KeepPicture
from recirc.store.sqlite import SqliteStore
from recirc.types import PictureFacts


class PictureRecords:
    """The pictures of the store's articles, by address. Thread-safe."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store

    def facts(self, addresses: Sequence[str]) -> dict[str, PictureFacts]:
        """What is known of the files of pictures; those without files are left out. Raises StoreError."""
        return self._store.picture_facts(addresses)

    def awaited(self, addresses: Sequence[str]) -> set[str]:
        """Those of some pictures without files that were never tried yet, and are to be fetched. Raises StoreError."""
        return self._store.awaited_pictures(addresses)

    def is_kept(self, key: str) -> bool:
        """Whether a picture has files under this key. Raises StoreError."""
        return self._store.is_picture(key)

    def keep(self, address: str, facts: PictureFacts, now: int) -> "Future[None]":
        """Keep the facts of a picture whose files were made at `now` (ms)."""
        return self._store.keep_picture(KeepPicture(address, facts, now))
