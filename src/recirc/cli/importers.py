"""`recirc import NAME`: a command for each importer, with the options that its function declares."""

import inspect
from functools import partial
from pathlib import Path
from typing import Annotated, Any, get_args, get_type_hints

import typer
import typer.main
from typer.core import TyperGroup
from typing_extensions import Doc, override

from recirc.cli.options import Config, Database, settings_of

FileOrFolder = Annotated[Path, typer.Argument(help="A folder with the files, or one of them.", exists=True)]


class ImporterGroup(TyperGroup):
    """A group with a command for each importer. They are looked for when one is needed: it takes half a second."""

    @override
    def list_commands(self, ctx: Any) -> list[str]:
        """Names of all commands."""
        from recirc.importers.importer import importers

        return [*super().list_commands(ctx), *importers()]

    @override
    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command with a name; None without one."""
        return super().get_command(ctx, cmd_name) or _command(cmd_name)


def _command(name: str) -> Any:
    from recirc.importers.importer import importers

    opens = importers().get(name)
    if opens is None:
        return None

    def run(path: Path, config: Path | None, database: Path | None, **options: Any) -> None:
        from recirc.cli.importing import import_dump

        import_dump(path, partial(opens, path, **options), settings_of(config, database))

    path, config, database = (
        _parameter("path", FileOrFolder),
        _parameter("config", Config, None),
        _parameter("database", Database, None),
    )
    parameters = [path, *_options(opens), config, database]
    # Typer reads both.
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    vars(run)["__signature__"] = inspect.Signature(parameters)
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(name, help=(inspect.getdoc(opens) or "").partition("\n")[0])(run)
    return typer.main.get_command(app)


def _options(opens: Any) -> list[inspect.Parameter]:
    """The keyword arguments of an importer as options of the command line."""
    hints = get_type_hints(opens, include_extras=True)
    return [
        _parameter(name, _with_help(hints[name], name, given.default), given.default)
        for name, given in inspect.signature(opens).parameters.items()
        if given.kind is inspect.Parameter.KEYWORD_ONLY
    ]


def _with_help(hint: Any, name: str, default: Any) -> Any:
    type_, *metadata = get_args(hint) if hasattr(hint, "__metadata__") else (hint,)
    text = next((each.documentation for each in metadata if isinstance(each, Doc)), None)
    # With one name a flag has no --no- beside it.
    option = typer.Option(f"--{name.replace('_', '-')}", help=text, show_default=default not in (None, False))
    return Annotated[type_, option]


def _parameter(name: str, annotation: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)
