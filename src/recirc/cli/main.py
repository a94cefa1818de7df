"""The command line app: all commands, and errors that users can correct as one line on standard error."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from recirc import __version__
from recirc.cli import (
    auditing,
    erasing,
    importing,
    keys,
    messages,
    rule_replays,
    sources,
    topics,
    users,
    voiding,
    withdrawals,
)
from recirc.cli.as_of import as_of
from recirc.cli.backup import backup, check, restore
from recirc.cli.cluster import cluster
from recirc.cli.inspect import inspect
from recirc.cli.models import models, train
from recirc.cli.options import Config, Database, Json, say, settings_of, with_new_store
from recirc.cli.rebuilding import rebuild
from recirc.cli.report import report
from recirc.errors import UserError
from recirc.settings import Settings, load

app = typer.Typer(
    name="recirc",
    help="A news portal with its own recirculation engine: "
    "Related, Ranking and Recommendation, each item with a reason.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _print_version(asked: bool) -> None:
    if asked:
        print(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[  # its callback prints it
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_print_version)
    ] = False,
) -> None: ...


app.add_typer(auditing.app, name="audit")
app.add_typer(erasing.app, name="erase")
app.add_typer(importing.app, name="import")
app.add_typer(keys.app, name="key")
app.add_typer(messages.app, name="messages")
app.add_typer(rule_replays.app, name="rule")
app.add_typer(topics.app, name="topic")
app.add_typer(sources.app, name="sources")
app.add_typer(users.app, name="user")
app.add_typer(voiding.app, name="void")
app.add_typer(withdrawals.app, name="withdrawals")


@app.command()
def serve(
    config: Config = None,
    database: Database = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default=False)] = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on.", metavar="N", min=1, max=65535, show_default=False)
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Number of workers.", metavar="N", min=1, show_default=False)
    ] = None,
) -> None:
    """Serve the portal and the API."""
    from recirc.replay.training_process import training
    from recirc.server.polling import polling
    from recirc.server.serve import serve as run

    @contextmanager
    def companions(settings: Settings) -> Iterator[None]:
        with training(settings), polling(settings):
            yield

    given = settings_of(config, database, host=host, port=port, workers=workers)
    run(given, companion=companions, before=with_new_store)


@app.command()
def demo(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", metavar="N", min=1, max=65535)] = 8000,
    folder: Annotated[Path, typer.Option(help="Folder of the demo's files; replaced at start.")] = Path(
        "demo-data"
    ),
    seed: Annotated[int, typer.Option(help="Seed of the simulated readers.", metavar="N", min=0)] = 1,
    rate: Annotated[float, typer.Option(help="Simulated events per second.", metavar="N", min=0)] = 20.0,
    pictures: Annotated[
        bool, typer.Option(help="Draw the pictures of the articles, beside the server.")
    ] = True,
) -> None:
    """Serve a sample newspaper with simulated readers."""
    from recirc.demo.run import run
    from recirc.replay.training_process import training
    from recirc.server.serve import check_port
    from recirc.server.serve import serve as serving

    check_port(host, port)
    run(host, port, folder, seed, rate, serve=partial(serving, companion=training), pictures=pictures)


class ProtocolName(StrEnum):
    """The protocols of `recirc replay`."""

    HOURLY = "hourly"
    LIVE = "live"
    SAMPLED = "sampled"


Jobs = Annotated[
    int,
    typer.Option(
        help="Number of processes; the figures do not depend on it.",
        metavar="N",
        min=0,
        show_default="0: one for each processor",
    ),
]
Resume = Annotated[
    Path | None,
    typer.Option(
        help="Keep in this file what is done, and go on from it if the replay was interrupted.",
        metavar="FILE",
        show_default=False,
    ),
]


def existing_log(path: Path) -> Path:
    """The path, if something is there, or it is the address of a bucket."""
    if not path.exists() and not str(path).lower().startswith("s3:/"):
        raise typer.BadParameter(f"{path} does not exist.")
    return path


@app.command()
def replay(
    log: Annotated[
        Path,
        typer.Argument(
            help="An event log: JSON lines, Parquet, the Globo click log, the SQLite file of a server, or the folder "
            "or bucket of its archive.",
            callback=existing_log,
        ),
    ],
    protocol: Annotated[ProtocolName, typer.Option(help="Order of folding and testing (docs/replay.md).")],
    policy: Annotated[
        list[str] | None,
        typer.Option(help="Policy to evaluate; may be repeated.", show_default="popular, default, learned"),
    ] = None,
    policies: Annotated[
        list[str] | None,
        typer.Option(
            help="Module or file with further policies, all of which are evaluated; may be repeated.",
            metavar="MODULE_OR_FILE",
            show_default=False,
        ),
    ] = None,
    every: Annotated[int, typer.Option(help="Test only every Nth query.", metavar="N", min=1)] = 1,
    first: Annotated[int, typer.Option(help="First window that is tested, from 0.", metavar="N", min=1)] = 1,
    learn_every: Annotated[
        int, typer.Option(help="Policies learn from every Nth click only.", metavar="N", min=1)
    ] = 1,
    check: Annotated[
        int,
        typer.Option(
            help="Number of queries to verify against the past alone; a difference is an error.",
            metavar="N",
            min=0,
        ),
    ] = 50,
    jobs: Jobs = 0,
    resume: Resume = None,
    as_json: Json = False,
    plot: Annotated[
        Path | None,
        typer.Option(help="Draw the hit rate over time into this PNG or SVG.", show_default=False),
    ] = None,
    config: Config = None,
) -> None:
    """Evaluate on a log how well each policy predicts the next click."""
    from recirc.replay.run import ReplayOptions, run

    options, given = ReplayOptions(every, first, learn_every, check, jobs, resume), settings_of(config, None)
    names, more = policy or [], policies or []
    run(log, protocol.value, names, given, options, as_json=as_json, plot=plot, sources=more)


app.command(name="as-of")(as_of)
app.command()(inspect)
app.command()(backup)
app.command()(restore)
app.command()(check)
app.command()(cluster)
app.command()(rebuild)
app.command()(train)
app.command()(models)
app.command()(report)


@app.command()
def settings(config: Config = None) -> None:
    """Print all current settings as TOML, each with its description."""
    from recirc.settings import document

    print(document(load(config)))


@app.command()
def warm() -> None:
    """Compile the hot loops now instead of at the first start."""
    from recirc.engine.warm import compile_loops

    compile_loops(Settings(), say)
    print("compiled")


@app.command()
def version() -> None:
    """Print the version."""
    print(__version__)


UsageError: Any = typer.BadParameter.__mro__[1]
"""What typer raises for arguments that it cannot use; of a click that is a part of it, or of one beside it."""


def _show_usage_error(error: Any) -> None:
    if type(error).__name__ == "NoArgsIsHelpError":  # of a group without a command: the help itself
        error.show()
        return
    command = error.ctx.command_path if error.ctx is not None else "recirc"
    text = error.format_message().rstrip(".")
    say(
        f"recirc: {text} See {command} --help"
        if text.endswith("?")
        else f"recirc: {text}; see {command} --help"
    )


def main() -> None:
    """Run `recirc`. An error that the user can correct is one line on standard error, with exit code 2."""
    try:
        code = app(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except UsageError as error:
        _show_usage_error(error)
        sys.exit(2)
    except typer.Abort:
        sys.exit(1)
    except UserError as error:
        say(f"recirc: {error}")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
