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

from recirc.errors import UserError
from recirc.progress_lines import progress_on
from recirc.settings import Settings, SettingsError, load

err = Console(stderr=True, soft_wrap=True)

Database = Annotated[
    Path | None, typer.Option("--db", help="The SQLite file (store.path).", show_default=False)
]
Config = Annotated[
    Path | None, typer.Option("--config", help="Settings file, instead of ./recirc.toml.", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object to standard output.")]


class CommandError(UserError):
    """A mistake in what was typed; the text says what is wrong and what to do."""


def say(text: str) -> None:
    """Print a line on what goes on to standard error, so that standard output holds results alone."""
    err.print(text, markup=False, highlight=False)


def settings_of(config: Path | None, database: Path | None, **server: Any) -> Settings:
    """Load the settings, overridden by the options of the command line."""
    settings = load(config)
    if database is not None:
        settings = msgspec.structs.replace(
            settings, store=msgspec.structs.replace(settings.store, path=str(database))
        )
    given = {name: value for name, value in server.items() if value is not None}
    settings = msgspec.structs.replace(settings, server=msgspec.structs.replace(settings.server, **given))
    if settings.shelves.list:
        from recirc.shelves.defined import define  # slow to import, and few newsrooms have any

        define(settings)
    return settings


def progress() -> Progress:
    """A progress bar on standard error, or a plain line now and then if that is not a terminal."""
    text = TextColumn("{task.description}")
    return progress_on(err, SpinnerColumn(), text, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())


def store_of(config: Path | None, database: Path | None) -> Path:
    """Path of the store, which must exist: a key created in a mistyped file would be useless."""
    return Path(with_store(settings_of(config, database)).store.path)


def with_store(settings: Settings) -> Settings:
    """The settings, whose store must exist: a command that only reads would make an empty one in a mistyped place."""
    path = Path(settings.store.path)
    if not path.is_file():
        raise SettingsError(
            f"{path}: there is no store; give its path with --db, or create it with recirc serve or import"
        )
    return settings


def with_new_store(settings: Settings) -> Settings:
    """The settings, whose store is made if it is not there; that is said, since its place may be mistyped."""
    path = Path(settings.store.path)
    if not path.exists():
        folder = "" if path.parent.is_dir() else ", in a new folder"
        say(f"new store: {path.absolute()}{folder}")
    return settings
