"""What several commands take and need."""

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)

from recirc.settings import Settings, SettingsError, load

err = Console(stderr=True, soft_wrap=True)

Database = Annotated[
    Path | None, typer.Option("--db", help="The SQLite file (store.path).", show_default=False)
]
Config = Annotated[
    Path | None, typer.Option("--config", help="Settings, instead of ./recirc.toml.", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]


def settings_of(config: Path | None, database: Path | None, **server: Any) -> Settings:
    """The settings with what the command line says over them."""
    settings = load(config)
    if database is not None:
        settings = msgspec.structs.replace(
            settings, store=msgspec.structs.replace(settings.store, path=str(database))
        )
    given = {name: value for name, value in server.items() if value is not None}
    return msgspec.structs.replace(settings, server=msgspec.structs.replace(settings.server, **given))


def progress() -> Progress:
    """A progress bar on standard error; plain lines where that is not a terminal."""
    text = TextColumn("{task.description}")
    return Progress(
        SpinnerColumn(), text, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=err
    )


def store_of(config: Path | None, database: Path | None) -> Path:
    """The store's file, which must be there: a key for a file that was mistyped opens nothing."""
    path = Path(settings_of(config, database).store.path)
    if not path.is_file():
        raise SettingsError(
            f"{path}: no store is there; name it with --db, or make it with recirc serve or import"
        )
    return path
