"""`recirc import`: articles and events from files."""

import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from recirc import clock
from recirc.cli.importers import ImporterGroup
from recirc.cli.options import Config, Database, progress, say, settings_of, with_new_store
from recirc.settings import Settings

app = typer.Typer(
    cls=ImporterGroup,
    help="Import articles or events from a file.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
SHOWN = 20
"""Rejections that are printed in full."""
ENOUGH = 10_000
"""Events from which on their speed is worth printing."""


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
    from recirc.importers.article_files import ArticleFile
    from recirc.reading.fields import mapping_from

    settings = settings_of(config, database)
    articles = ArticleFile(file, mapping=mapping_from(mapping or []), max_bytes=settings.intake.article_bytes)
    engine = open_engine(with_new_store(settings))
    try:
        rejected, line = _import_articles(engine, articles, str(file))
        engine.snapshot()
    finally:
        engine.close()
    print(f"{line} into {settings.store.path}")
    for name, count in articles.ignored.most_common():
        print(f"  not used: {name!r} of {count:,} articles")
    exit_with(rejected)


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
    from recirc.importers.event_files import event_file

    settings = settings_of(config, database)
    events = event_file(file, _rules(settings))
    engine = open_engine(with_new_store(settings))
    try:
        rejected, line = _import_events(engine, events, str(file))
        engine.snapshot()
        missing, known = engine.unpublished()
    finally:
        engine.close()
    print(f"{line} into {settings.store.path}")
    if missing:
        print(
            f"  {missing:,} of {known:,} articles are known from events alone and have no page; if they are yours, "
            "publish them under the same ids (recirc import articles)"
        )
    exit_with(rejected)


def import_dump(path: Path, opens: Callable[[Any], Any], settings: Settings) -> None:
    """Import what an importer opens at `path`, given an ImportContext: articles first, so that the events find them."""
    from recirc.importers.importer import ImportContext

    dump = opens(ImportContext(_rules(settings), settings.intake.article_bytes))
    rejected: list[Any] = []
    lines: list[str] = []
    engine = open_engine(with_new_store(settings))
    try:
        for part, run in ((dump.articles, _import_articles), (dump.events, _import_events)):
            if part is not None:
                what = "articles" if part is dump.articles else "events"
                more, line = run(engine, part, f"{path}: {what}")
                rejected += more
                lines.append(f"{line} into {settings.store.path}")
        engine.snapshot()
    finally:
        engine.close()
    print("\n".join([*lines, *(f"  {note}" for note in dump.notes())]))
    exit_with(rejected)


def _rules(settings: Settings) -> Any:
    """Which events are accepted. The salt is new for each import, so that no two of them share readers."""
    from recirc.engine import REACTIONS
    from recirc.reading.columns import EventRules, SenderKeys

    now = clock.now_ms()
    ahead = settings.intake.max_ahead_seconds * 1000
    return EventRules(now, ahead, SenderKeys(secrets.token_bytes(32)), REACTIONS)


def _import_articles(engine: Any, articles: Any, label: str) -> tuple[list[Any], str]:
    """Rejections, and a line with the numbers of articles by outcome."""
    from recirc.ingest.bulk_import import import_articles as run
    from recirc.store.ports import PublishOutcome

    started = time.monotonic()
    with progress() as bar:
        task = bar.add_task("articles (bytes read)", total=articles.total_bytes)
        result = run(engine, articles, lambda: bar.update(task, completed=articles.read_bytes))
        bar.update(task, completed=articles.total_bytes)
    seconds = time.monotonic() - started
    shown = (
        PublishOutcome.NEW,
        PublishOutcome.UPDATED,
        PublishOutcome.UNCHANGED,
    )  # an import is based on no version
    outcomes = ", ".join(f"{result.outcomes[outcome]:,} {outcome.value}" for outcome in shown)
    held = f"{result.held:,} held back, " if result.held else ""
    without = ""
    if result.undescribed:
        without = (
            f', {result.undescribed:,} of {result.pictures:,} pictures without a description (send "alt", '
            "or write it at /desk/pictures)"
        )
    refused = f"{len(result.refused):,} refused{without} ({seconds:.1f} s)"
    return result.refused, f"{label}: {outcomes}, {held}{refused}"


def _import_events(engine: Any, events: Any, label: str) -> tuple[list[Any], str]:
    """Rejections, and a line with the numbers of events by outcome."""
    from recirc.ingest.bulk_import import import_events as run

    started = time.monotonic()
    with progress() as bar:
        reading = bar.add_task("events: reading (bytes)", total=events.total_bytes)
        writing = bar.add_task("keeping and folding (events)", total=None)
        result = run(
            engine,
            events,
            lambda: bar.update(reading, completed=events.read_bytes),
            lambda done, total: bar.update(writing, completed=done, total=total),
        )
        bar.update(reading, completed=events.total_bytes)
    seconds = time.monotonic() - started
    every = result.accepted + result.duplicates
    speed = f", {every / seconds:,.0f} events/s" if every > ENOUGH else ""
    return result.refused, (
        f"{label}: {result.accepted:,} new, {result.duplicates:,} known already, "
        f"{len(result.refused):,} refused; {result.excluded:,} by bots or without a user agent "
        f"({seconds:.1f} s{speed})"
    )


def open_engine(settings: Settings) -> Any:
    """An engine over the store, with the log folded."""
    from recirc.engine import Engine
    from recirc.engine.warm import compile_loops

    compile_loops(settings, say)
    with progress() as bar:
        task = bar.add_task("folding the log", total=None, visible=False)
        return Engine.open(
            settings, lambda done, total: bar.update(task, completed=done, total=total, visible=True)
        )


def exit_with(rejected: list[Any]) -> None:
    """Print what was rejected; exit code 1 if anything was."""
    for rejection in rejected[:SHOWN]:
        print(f"  refused {rejection}")
    if len(rejected) > SHOWN:
        print(f"  … and {len(rejected) - SHOWN:,} more")
    if rejected:
        raise typer.Exit(1)
