"""Fetches the pictures that articles name, has their files made, and removes those that no live article has."""

import logging
import time
from typing import Final

from recirc import clock
from recirc.media.decoder import PictureDecoder
from recirc.media.storage import MediaStorage, remove_all
from recirc.media.variants import PictureError
from recirc.reading.secrets import without_key
from recirc.sources.source import FetchError, SourceFetcher
from recirc.store.commands import KeepPicture
from recirc.store.pictures import UnusedPicture, WantedPicture
from recirc.store.sqlite import SqliteStore
from recirc.types import Article, Picture

logger = logging.getLogger("recirc.pictures")

RETRY_SECONDS: Final = (30, 300, 1_800, 7_200, 43_200)
"""Pauses before a picture is fetched again that could not be; after the last one it is given up."""

UNUSED_MS: Final = 86_400_000
"""How long a picture is kept that no article has yet, or any more."""

AT_ONCE: Final = 20
MIDDLE: Final = (0.5, 0.5)


class PictureWorker:
    """One turn after another: fetch what is due, remove what is not used."""

    def __init__(
        self, store: SqliteStore, fetch: SourceFetcher | None, decoder: PictureDecoder, storage: MediaStorage
    ) -> None:
        """`fetch` None: pictures are not fetched, only removed."""
        self._store = store
        self._fetch = fetch
        self._decoder = decoder
        self._storage = storage

    def run(self, idle_seconds: float, pause_seconds: float = 0.5) -> None:
        """Take turns until there was nothing to do for `idle_seconds`. Raises StoreError."""
        last = time.monotonic()
        while time.monotonic() - last < idle_seconds:
            if self.turn(clock.now_ms()):
                last = time.monotonic()
            else:
                time.sleep(pause_seconds)

    def sweep(self, now: int) -> int:
        """Remove files that no picture of the store has, and has not had for a day: of removals that failed; how many.

        Raises StoreError and OSError.
        """
        kept = self._store.picture_keys()
        written = self._storage.written()
        old = [key for key, time in written.items() if key not in kept and 1000 * time < now - UNUSED_MS]
        return remove_all(self._storage, old)

    def turn(self, now: int) -> int:
        """Do what is due at `now` (ms); returns the number of pictures. Raises StoreError."""
        removed = self._store.unused_pictures(now - UNUSED_MS, AT_ONCE)
        self._remove(removed)
        wanted = self._store.wanted_pictures(now, AT_ONCE) if self._fetch is not None else []
        for each in wanted:
            self._store.keep_picture(self._result(each, now)).result()
        return len(removed) + len(wanted)

    def _remove(self, pictures: list[UnusedPicture]) -> None:
        if not pictures:
            return
        self._store.drop_pictures([picture.address for picture in pictures]).result()
        kept = self._store.picture_facts([picture.address for picture in pictures])
        for picture in pictures:
            if picture.address not in kept and not picture.shared:
                remove_all(self._storage, [picture.key])

    def _result(self, wanted: WantedPicture, now: int) -> KeepPicture:
        article = self._article(wanted.article)
        try:
            content = self._content(wanted.address, article)
            made = self._decoder.variants(content, _focus(article, wanted.address))
            self._storage.put(made.files)
        except PictureError as error:
            logger.warning("%s: not shown: %s", without_key(wanted.address), error)
            return KeepPicture(wanted.address, None, None, wanted.attempts + 1, str(error))
        except (FetchError, OSError) as error:
            attempts = wanted.attempts + 1
            pause = RETRY_SECONDS[wanted.attempts] if wanted.attempts < len(RETRY_SECONDS) else None
            logger.warning("a picture was not fetched: %s", error)
            due = None if pause is None else now + 1000 * pause
            return KeepPicture(wanted.address, None, due, attempts, str(error))
        return KeepPicture(wanted.address, made.facts, now)

    def _content(self, address: str, article: Article | None) -> bytes:
        assert self._fetch is not None
        source = (article.provenance.source or "").partition(" ")[2] if article is not None else ""
        # Who sends by the API or from a file is trusted with private hosts; the links of a source are not.
        return self._fetch.for_source(source if source.startswith("http") else address)(address).body

    def _article(self, index: int) -> Article | None:
        (stored,) = self._store.get([index])
        return None if stored is None else stored.article


def _focus(article: Article | None, address: str) -> tuple[float, float]:
    pictures: tuple[Picture, ...] = article.pictures if article is not None else ()
    found = next((picture.focus for picture in pictures if picture.address == address), None)
    return found or MIDDLE
