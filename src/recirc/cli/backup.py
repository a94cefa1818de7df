"""`recirc backup`, `recirc restore`, `recirc check`: copies of a store, and whether it is sound."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from recirc import clock
from recirc.cli.options import Config, Database, Json, progress, settings_of, store_of
from recirc.settings import Settings

if TYPE_CHECKING:
    from recirc.store.backup import Holdings, Progress


def backup(
    target: Annotated[
        str,
        typer.Argument(
            help="A folder in which the backup gets a name of its own, or a file with an ending, such as copy.db; "
            "also in a bucket: s3://BUCKET/FOLDER."
        ),
    ],
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the file if it is there already.")
    ] = False,
    config: Config = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Copy the store, also of a running server, and verify the copy."""
    from recirc.buckets import is_bucket
    from recirc.store import backup as copies
    from recirc.store import bucket_backup

    path = store_of(config, database)
    made: Path | str
    with _progress_bar() as shown:
        if is_bucket(target):
            made, holdings = bucket_backup.backup(path, target, clock.now(), shown, overwrite=overwrite)
        else:
            if target.endswith(os.sep):
                copies.make_folder(Path(target))
            made, holdings = copies.backup(path, Path(target), clock.now(), shown, overwrite=overwrite)
    _tell(f"backed up {path} to {made}", holdings, as_json)


def restore(
    source: Annotated[
        str, typer.Argument(help="A file that recirc backup made, also one in a bucket: s3://BUCKET/NAME.")
    ],
    erased: Annotated[
        list[Path] | None,
        typer.Option(
            help="Receipt of an erasure that is made again, where the list in the store is lost. May be repeated.",
            metavar="RECEIPT",
            show_default=False,
        ),
    ] = None,
    config: Config = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Put a backup in the place of the store. Stop the server first.

    The store that was there is kept beside it. What was erased since the backup is erased again.
    """
    from recirc.buckets import is_bucket
    from recirc.store import backup as copies
    from recirc.store import bucket_backup
    from recirc.store.erasure_receipts import read_receipt

    settings = settings_of(config, database)
    path = Path(settings.store.path)
    order = None if settings.order.engine == "local" else settings.order.site
    erasures = [read_receipt(each).erasure() for each in erased or ()]
    now = clock.now()
    with _progress_bar() as shown:
        if is_bucket(source):
            kept, holdings = bucket_backup.restore(source, path, now, shown, order=order, erasures=erasures)
        else:
            kept, holdings = copies.restore(Path(source), path, now, shown, order=order, erasures=erasures)
    before = f"; what was there is now {kept}" if kept else ""
    _tell(f"restored {source} to {path}{before}", holdings, as_json)


def check(
    erased: Annotated[
        Path | None,
        typer.Option(
            help="Search every file in the store's folder for what this receipt of `recirc erase` is of, instead.",
            metavar="RECEIPT",
            show_default=False,
        ),
    ] = None,
    config: Config = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Verify the store.

    Its pages, its log entry by entry, and the newest snapshot against a fold of the whole log.
    """
    if erased is not None:
        _check_erased(erased, settings_of(config, database), store_of(config, database), as_json)
        return
    from recirc.engine.checking import check_state
    from recirc.store import backup as copies

    settings = settings_of(config, database)
    path = store_of(config, database)
    with _progress_bar() as shown:
        holdings = copies.verify(path, shown)
        snapshot = check_state(settings, lambda done, total: shown("entries folded", done, total))
    state = (
        f"snapshot at entry {snapshot:,} equals a fold anew" if snapshot is not None else "no snapshot yet"
    )
    _tell(f"{path} is sound: {state}", holdings, as_json)


def _check_erased(receipt: Path, settings: Settings, path: Path, as_json: bool) -> None:
    """Exits with 1 where something is left, or the search cannot be relied upon."""
    from recirc.media.storage import open_media
    from recirc.store.erasure_receipts import check_erased, read_receipt

    read = read_receipt(receipt)
    media = open_media(settings.media.folder, settings.store.path)
    found = check_erased(read, path, media, settings.store.archive)
    if as_json:
        print(msgspec.json.encode({"clean": found.is_clean, **msgspec.structs.asdict(found)}).decode())
    else:
        for each in found.remains:
            at = f", at bytes {', '.join(f'{place:,}' for place in each.places)}" if each.places else ""
            print(f"{each.file}: {each.passages:,} passages of what was erased{at}")
        if not found.is_proven:
            print("the control text of the erasure was not found: is this the store that it was made in?")
        print(
            f"{'clean' if found.is_clean else 'NOT CLEAN'}: {len(read.traces):,} passages looked for in "
            f"{found.files:,} files, {found.bytes:,} bytes; {read.short:,} texts were too short to be looked for, "
            f"{read.shared:,} passages stand in other articles too"
        )
    if not found.is_clean:
        raise typer.Exit(1)


@contextmanager
def _progress_bar() -> "Iterator[Progress]":
    with progress() as bar:
        task = bar.add_task("")
        yield lambda step, done, total: bar.update(task, description=step, completed=done, total=total)


def _tell(what: str, holdings: "Holdings", as_json: bool) -> None:
    if as_json:
        print(msgspec.json.encode({"text": what, **msgspec.structs.asdict(holdings)}).decode())
        return
    print(what)
    print(
        f"  {holdings.entries:,} log entries, {holdings.articles:,} articles ({holdings.withdrawn:,} withdrawn), "
        f"{holdings.names:,} ids named by events alone, {holdings.registry:,} registry entries, "
        f"{holdings.commands:,} commands, {holdings.bytes:,} bytes; digest of all rows {holdings.digest}"
    )
