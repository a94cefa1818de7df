"""`recirc import`: articles and events from files."""

import secrets
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from recirc.cli.options import Config, Database, err, progress, settings_of
from recirc.settings import Settings

app = typer.Typer(help="Import articles or events from a file.", no_args_is_help=True, rich_markup_mode=None)
SHOWN = 20
"""Refusals that are printed in full."""
ENOUGH = 10_000
"""Events from which on their speed means something."""


@app.command("articles")
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
    from recirc.importers.articles import ArticleFile
    from recirc.ingest.bulk_import import import_articles as run
    from recirc.reading.fields import mapping_from

    settings = settings_of(config, database)
    articles = ArticleFile(file, mapping=mapping_from(mapping or []), max_bytes=settings.intake.article_bytes)
    engine = opened(settings)
    started = time.monotonic()
    try:
        with progress() as bar:
            task = bar.add_task("articles (bytes read)", total=articles.total_bytes)
            imported = run(engine, articles, lambda: bar.update(task, completed=articles.read_bytes))
            bar.update(task, completed=articles.total_bytes)
        engine.snapshot()
    finally:
        engine.close()
    print(articles_line(file, imported, time.monotonic() - started))
    for name, count in articles.ignored.most_common():
        print(f"  not used: {name!r} of {count:,} articles")
    tell(imported.refused)


@app.command("events")
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
    from recirc.importers.events import open_events
    from recirc.ingest.bulk_import import import_events as run

    settings = settings_of(config, database)
    now = time.time_ns() // 1_000_000
    ahead = settings.intake.max_ahead_seconds * 1000
    events = open_events(file, now=now, max_ahead=ahead, salt=secrets.token_bytes(32), reactions=REACTIONS)
    engine = opened(settings)
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
        missing, known = engine.unpublished()
    finally:
        engine.close()
    print(events_line(file, imported, seconds))
    if missing:
        print(
            f"  {missing:,} of {known:,} articles are known by events alone and stand on no page; if they are yours, "
            "publish them under the same ids (recirc import articles)"
        )
    tell(imported.refused)


def articles_line(file: Path | str, imported: Any, seconds: float) -> str:
    """What became of articles (engine.importing.Imported)."""
    from recirc.store.ports import PublishOutcome

    told = ", ".join(f"{imported.outcomes[outcome]:,} {outcome.value}" for outcome in PublishOutcome)
    return f"{file}: {told}, {len(imported.refused):,} refused ({seconds:.1f} s)"


def events_line(file: Path | str, imported: Any, seconds: float) -> str:
    """What became of events (engine.importing.ImportedEvents)."""
    every = imported.accepted + imported.duplicates
    return (
        f"{file}: {imported.accepted:,} new, {imported.duplicates:,} known already, "
        f"{len(imported.refused):,} refused; {imported.excluded:,} by bots or without a user agent "
        f"({seconds:.1f} s{f', {every / seconds:,.0f} events/s' if every > ENOUGH else ''})"
    )


def opened(settings: Settings) -> Any:
    """An engine over the store, with the log folded."""
    from recirc.engine import Engine
    from recirc.engine.warm import warm_up

    with err.status("compiling the hot loops (once)"):
        warm_up(settings)
    with progress() as bar:
        task = bar.add_task("folding the log", total=None, visible=False)
        return Engine.open(
            settings, lambda done, total: bar.update(task, completed=done, total=total, visible=True)
        )


def tell(refused: list[Any]) -> None:
    """Print what was refused; exit code 1 if anything was."""
    for refusal in refused[:SHOWN]:
        print(f"  refused {refusal}")
    if len(refused) > SHOWN:
        print(f"  … and {len(refused) - SHOWN:,} more")
    if refused:
        raise typer.Exit(1)
