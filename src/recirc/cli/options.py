"""Options and helpers shared by several commands."""

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
    Path | None, typer.Option("--config", help="Settings file, instead of ./recirc.toml.", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object to standard output.")]


def settings_of(config: Path | None, database: Path | None, **server: Any) -> Settings:
    """Load the settings, overridden by the options of the command line."""
    settings = load(config)
    if database is not None:
        settings = msgspec.structs.replace(
            settings, store=msgspec.structs.replace(settings.store, path=str(database))
        )
    given = {name: value for name, value in server.items() if value is not None}
    return msgspec.structs.replace(settings, server=msgspec.structs.replace(settings.server, **given))


def progress() -> Progress:
    """A progress bar on standard error, or plain lines if that is not a terminal."""
    text = TextColumn("{task.description}")
    return Progress(
        SpinnerColumn(), text, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=err
    )


def store_of(config: Path | None, database: Path | None) -> Path:
    """Path of the store, which must exist: a key created in a mistyped file would be useless."""
    path = Path(settings_of(config, database).store.path)
    if not path.is_file():
        raise SettingsError(
            f"{path}: there is no store; give its path with --db, or create it with recirc serve or import"
        )
    return path
