"""`recirc`: the command line."""

import secrets
import sys
import time
from enum import StrEnum
from functools import partial
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
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from recirc import __version__
from recirc.settings import Settings, SettingsError, load

err = Console(stderr=True, soft_wrap=True)
app = typer.Typer(
    name="recirc",
    help="A news portal with its own recirculation engine: "
    "Related, Ranking and Recommendation, each item with a reason.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
importing = typer.Typer(
    help="Import articles or events from a file.", no_args_is_help=True, rich_markup_mode=None
)
keys = typer.Typer(help="API keys: make one, revoke one.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(importing, name="import")
app.add_typer(keys, name="key")

Database = Annotated[
    Path | None, typer.Option("--db", help="The SQLite file (store.path).", show_default=False)
]
Config = Annotated[
    Path | None, typer.Option("--config", help="Settings, instead of ./recirc.toml.", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]
SHOWN = 20
"""Refusals that are printed in full."""
ENOUGH = 10_000
"""Events from which on their speed means something."""


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


@app.command()
def serve(
    config: Config = None,
    database: Database = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default=False)] = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on.", min=1, max=65535, show_default=False)
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Worker processes.", min=1, show_default=False)] = None,
) -> None:
    """Serve the portal and the API."""
    from recirc.portal.serve import serve as run
    from recirc.replay.background import training

    run(settings_of(config, database, host=host, port=port, workers=workers), beside=training)


@app.command()
def demo(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8000,
    folder: Annotated[Path, typer.Option(help="Where the demo's files lie; made anew.")] = Path("demo-data"),
    seed: Annotated[int, typer.Option(help="Seed of the simulated readers.", min=0)] = 1,
    rate: Annotated[float, typer.Option(help="Simulated events a second.", min=0)] = 20.0,
) -> None:
    """Serve a sample newspaper with simulated readers."""
    from recirc.demo.run import run
    from recirc.portal.serve import check_port
    from recirc.portal.serve import serve as serving
    from recirc.replay.background import training

    check_port(host, port)
    run(host, port, folder, seed, rate, serve=partial(serving, beside=training))


@importing.command("articles")
def import_articles(
    file: Annotated[Path, typer.Argument(help="JSON lines, plain or .gz.", exists=True, dir_okay=False)],
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", help="FIELD=NAME[,NAME]: where to look for a field.", show_default=False),
    ] = None,
    config: Config = None,
    database: Database = None,
) -> None:
    """Import articles; docs/import.md lists the fields."""
    from recirc.engine.importing import import_articles as run
    from recirc.sources.fields import mapping_from
    from recirc.sources.jsonl import ArticleFile
    from recirc.store.ports import Outcome

    settings = settings_of(config, database)
    articles = ArticleFile(file, mapping=mapping_from(mapping or []), max_bytes=settings.intake.article_bytes)
    engine = _opened(settings)
    started = time.monotonic()
    try:
        with progress() as bar:
            task = bar.add_task("articles (bytes read)", total=articles.total_bytes)
            imported = run(engine, articles, lambda: bar.update(task, completed=articles.read_bytes))
            bar.update(task, completed=articles.total_bytes)
        engine.snapshot()
    finally:
        engine.close()
    seconds = time.monotonic() - started
    told = ", ".join(f"{imported.outcomes[outcome]:,} {outcome.value}" for outcome in Outcome)
    print(f"{file}: {told}, {len(imported.refused):,} refused ({seconds:.1f} s)")
    for name, count in articles.ignored.most_common():
        print(f"  not used: {name!r} of {count:,} articles")
    _tell(imported.refused)


@importing.command("events")
def import_events(
    file: Annotated[
        Path,
        typer.Argument(
            help="JSON lines (plain or .gz), Parquet, or the Globo click log.", exists=True, dir_okay=False
        ),
    ],
    config: Config = None,
    database: Database = None,
) -> None:
    """Import reader events; docs/import.md lists the fields."""
    from recirc.engine import REACTIONS
    from recirc.engine.importing import import_events as run
    from recirc.sources.events import open_events

    settings = settings_of(config, database)
    now = time.time_ns() // 1_000_000
    ahead = settings.intake.max_ahead_seconds * 1000
    events = open_events(file, now=now, max_ahead=ahead, salt=secrets.token_bytes(32), reactions=REACTIONS)
    engine = _opened(settings)
    started = time.monotonic()
    try:
        with progress() as bar:
            reading = bar.add_task("reading (bytes)", total=events.total_bytes)
            writing = bar.add_task("keeping and folding (events)", total=None)
            imported = run(
                engine,
                events,
                lambda: bar.update(reading, completed=events.read_bytes),
                lambda done, total: bar.update(writing, completed=done, total=total),
            )
            bar.update(reading, completed=events.total_bytes)
        seconds = time.monotonic() - started
        engine.snapshot()
    finally:
        engine.close()
    every = imported.accepted + imported.duplicates
    print(
        f"{file}: {imported.accepted:,} new, {imported.duplicates:,} known already, "
        f"{len(imported.refused):,} refused; {imported.excluded:,} by bots or without a user agent "
        f"({seconds:.1f} s{f', {every / seconds:,.0f} events/s' if every > ENOUGH else ''})"
    )
    _tell(imported.refused)


def _opened(settings: Settings) -> Any:
    from recirc.engine import Engine
    from recirc.engine.warm import warm_up

    with err.status("compiling the hot loops (once)"):
        warm_up(settings)
    with progress() as bar:
        task = bar.add_task("folding the log", total=None, visible=False)
        return Engine.open(
            settings, lambda done, total: bar.update(task, completed=done, total=total, visible=True)
        )


def _tell(refused: list[Any]) -> None:
    for refusal in refused[:SHOWN]:
        print(f"  refused {refusal}")
    if len(refused) > SHOWN:
        print(f"  … and {len(refused) - SHOWN:,} more")
    if refused:
        raise typer.Exit(1)


@keys.command("create")
def key_create(
    name: Annotated[str, typer.Argument(help="What it is for.")],
    config: Config = None,
    database: Database = None,
) -> None:
    """Make a key and print it, once; only its hash is kept."""
    from recirc.store.keys import create

    print(create(_store_of(config, database), name))


@keys.command("list")
def key_list(config: Config = None, database: Database = None) -> None:
    """Print the names of all keys."""
    from recirc.store.keys import Keys

    for name in Keys(_store_of(config, database)).names():
        print(name)


@keys.command("revoke")
def key_revoke(
    name: Annotated[str, typer.Argument(help="The name it was made with.")],
    config: Config = None,
    database: Database = None,
) -> None:
    """Revoke every key of a name."""
    from recirc.store.keys import Keys

    known = Keys(_store_of(config, database))
    revoked = known.revoke(name)
    if not revoked:
        raise typer.BadParameter(f"no key is named {name!r}; there are {', '.join(known.names()) or 'none'}")
    print(f"revoked {revoked}")


def _store_of(config: Path | None, database: Path | None) -> Path:
    """The store's file, which must be there: a key for a file that was mistyped opens nothing."""
    path = Path(settings_of(config, database).store.path)
    if not path.is_file():
        raise SettingsError(
            f"{path}: no store is there; name it with --db, or make it with recirc serve or import"
        )
    return path


class ProtocolName(StrEnum):
    """The protocols of `recirc replay`."""

    HOURLY = "hourly"
    LIVE = "live"
    SAMPLED = "sampled"


@app.command()
def replay(
    log: Annotated[
        Path,
        typer.Argument(
            help="An event log: JSON lines, Parquet, the Globo click log, or the SQLite file of a server.",
            exists=True,
            dir_okay=False,
        ),
    ],
    protocol: Annotated[ProtocolName, typer.Option(help="Order of folding and asking (docs/replay.md).")],
    policy: Annotated[
        list[str] | None,
        typer.Option(help="Policies to judge; may be repeated.", show_default="popular, default, learned"),
    ] = None,
    peers: Annotated[bool, typer.Option("--peers", help="Judge all peers as well.")] = False,
    every: Annotated[int, typer.Option(help="Ask only each so many-th query.", min=1)] = 1,
    first: Annotated[int, typer.Option(help="Ask from this window on, the log's first is 0.", min=1)] = 1,
    learn_every: Annotated[
        int, typer.Option(help="Policies that learn hear of each so many-th click.", min=1)
    ] = 1,
    check: Annotated[
        int,
        typer.Option(
            help="Ask so many queries once more of the past alone; a difference is an error.", min=0
        ),
    ] = 50,
    as_json: Json = False,
    plot: Annotated[
        Path | None,
        typer.Option(help="Draw the hit rate over time into this PNG or SVG.", show_default=False),
    ] = None,
    config: Config = None,
) -> None:
    """Replay a log and judge how well each policy would have foreseen the next click."""
    from recirc.replay.run import run

    run(
        log,
        protocol.value,
        policy or [],
        settings_of(config, None),
        as_json=as_json,
        plot=plot,
        every=every,
        first=first,
        peers=peers,
        learn_every=learn_every,
        checks=check,
    )


@app.command()
def train(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Keep nothing, only tell.")] = False,
    config: Config = None,
    database: Database = None,
) -> None:
    """Train a model of Recommendation from the store's own log; it serves if it is better."""
    from recirc.replay.models import train as run

    _store_of(config, database)
    with progress() as bar:
        tasks: dict[str, TaskID] = {}

        def told(doing: str, done: int, of: int) -> None:
            if doing not in tasks:
                tasks[doing] = bar.add_task(doing, total=of)
            bar.update(tasks[doing], completed=done)

        said = run(settings_of(config, database), told, keep=not dry_run)
    print(said)


@app.command()
def models(
    show: Annotated[
        str | None, typer.Option(help="Print the card of one model as JSON.", show_default=False)
    ] = None,
    rollback: Annotated[
        bool, typer.Option("--rollback", help="Put the model in force that was before.")
    ] = False,
    config: Config = None,
    database: Database = None,
) -> None:
    """List the models that were trained, and which of them serves."""
    from recirc.replay.models import listing, rolled_back, shown

    _store_of(config, database)
    chosen = settings_of(config, database)
    if show is not None:
        print(shown(chosen, show))
    elif rollback:
        print(rolled_back(chosen))
    else:
        listing(chosen, Console(soft_wrap=True, highlight=False))


@app.command()
def settings(config: Config = None) -> None:
    """Print every setting in force as TOML, with what it means."""
    from recirc.settings import document

    print(document(load(config)))


@app.command()
def warm() -> None:
    """Compile the hot loops now instead of at the first start."""
    from recirc.engine.warm import warm_up

    with err.status("compiling"):
        warm_up(Settings())
    print("compiled")


@app.command()
def version() -> None:
    """Print the version."""
    print(__version__)


def main() -> None:
    """Run `recirc`; what the user can mend is one line on standard error, and exit code 2."""
    from recirc.demo.run import DemoError
    from recirc.portal.serve import ServeError
    from recirc.rank.model import ModelError
    from recirc.replay.lists import TooLittleError
    from recirc.replay.metrics import ReplayError
    from recirc.sources import Refused
    from recirc.store.ports import StoreError

    try:
        app()
    except (
        SettingsError,
        StoreError,
        ServeError,
        DemoError,
        ModelError,
        TooLittleError,
        Refused,
        ReplayError,
    ) as error:
        err.print(f"recirc: {error}", markup=False, highlight=False)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
