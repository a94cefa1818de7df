"""The process beside `recirc serve` that fetches pictures; it runs while there are some to be fetched or removed."""

import logging
import sys
from pathlib import Path
from threading import Thread

import msgspec

from recirc import clock
from recirc.settings import Settings
from recirc.subprocesses import exit_with_parent, process_arguments

DAY_SECONDS = 86_400

IDLE_SECONDS = 60.0
"""Time without work after which the process ends; the next picture starts it again."""


def fetch_pictures(settings: Settings, parent: int) -> int:
    """Fetch and remove pictures until there is nothing to do; returns an exit code."""
    Thread(target=exit_with_parent, args=(parent,), daemon=True).start()
    logging.basicConfig(level=logging.WARNING, format="recirc: %(message)s")
    from recirc.ingest.pictures import PictureWorker
    from recirc.media.decoder import PictureDecoder
    from recirc.media.storage import open_media
    from recirc.sources.fetching import Fetcher
    from recirc.store.ports import StoreError
    from recirc.store.sqlite import SqliteStore

    media, path = settings.media, Path(settings.store.path)
    limits = msgspec.structs.replace(settings.sources, most_bytes=media.most_bytes)
    try:
        with (
            SqliteStore(path, busy_seconds=settings.store.busy_seconds, lead=False) as store,
            Fetcher(limits) as fetch,
            PictureDecoder(media.most_megapixels) as decoder,
        ):
            storage = open_media(media.folder, settings.store.path)
            worker = PictureWorker(store, fetch if media.fetch else None, decoder, storage)
            if is_new_day(path):
                worker.sweep(clock.now_ms())
            worker.run(IDLE_SECONDS)
    except (StoreError, OSError) as error:
        print(f"recirc: pictures cannot be kept: {error}", file=sys.stderr, flush=True)
        return 2
    return 0


def is_new_day(store: Path) -> bool:
    """Whether this was not asked of a store for a day; an empty file beside it keeps the time. Raises OSError."""
    mark = store.with_name(f"{store.name}.swept")
    if mark.exists() and clock.now_seconds() - mark.stat().st_mtime < DAY_SECONDS:
        return False
    mark.touch(mode=0o600)
    return True


def _main() -> int:
    parent, settings = process_arguments()
    return fetch_pictures(settings, parent)


if __name__ == "__main__":
    sys.exit(_main())
