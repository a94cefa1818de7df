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

if TYPE_CHECKING:
    from recirc.store.backup import Holdings, Progress


def backup(
    target: Annotated[
        str,
        typer.Argument(
            help="A folder in which the backup gets a name of its own, or a file with an ending, such as copy.db."
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
    from recirc.store import backup as copies

    path = store_of(config, database)
    if target.endswith(os.sep):
        copies.make_folder(Path(target))
    with _progress_bar() as shown:
        made, holdings = copies.backup(path, Path(target), clock.now(), shown, overwrite=overwrite)
    _tell(f"backed up {path} to {made}", holdings, as_json)


def restore(
    source: Annotated[
        Path, typer.Argument(help="A file that recirc backup made.", exists=True, dir_okay=False)
    ],
    config: Config = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Put a backup in the place of the store. Stop the server first.

    The store that was there is kept beside it.
    """
    from recirc.store import backup as copies

    settings = settings_of(config, database)
    path = Path(settings.store.path)
    order = None if settings.order.engine == "local" else settings.order.site
    with _progress_bar() as shown:
        kept, holdings = copies.restore(source, path, clock.now(), shown, order=order)
    before = f"; what was there is now {kept}" if kept else ""
    _tell(f"restored {source} to {path}{before}", holdings, as_json)


def check(config: Config = None, database: Database = None, as_json: Json = False) -> None:
    """Verify the store.

    Its pages, its log entry by entry, and the newest snapshot against a fold of the whole log.
    """
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
