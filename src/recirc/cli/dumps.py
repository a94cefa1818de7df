"""`recirc import gorse`, `wpp`, `mind`, `ebnerd`: what other programs and data sets have."""

import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from recirc.cli.importing import articles_line, events_line, opened, tell
from recirc.cli.options import Config, Database, progress, settings_of
from recirc.settings import Settings

Folder = Annotated[Path, typer.Argument(help="A folder with the files, or one of them.", exists=True)]
Impressions = Annotated[
    bool, typer.Option("--impressions", help="Take what was shown, too; some ten times the events.")
]
Opens: TypeAlias = Callable[[Any, Settings], Any]
"""From the rules of which events are taken, and the settings, to a `sources.dumps.Dump`."""


def add_to(app: typer.Typer) -> None:
    """Make these the commands of `recirc import`."""
    for command in (gorse, wpp, mind, ebnerd):
        app.command(command.__name__)(command)


def gorse(
    path: Folder,
    mapping: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            help="FIELD=NAME: where to look for a field, such as headline=Labels.title.",
            show_default=False,
        ),
    ] = None,
    feedback: Annotated[
        list[str] | None,
        typer.Option(help="TYPE=KIND: what a type of feedback is, such as star=view.", show_default=False),
    ] = None,
    config: Config = None,
    database: Database = None,
) -> None:
    """Import items and feedback exported from Gorse; see docs/import.md."""
    from recirc.importers.gorse import meanings_from, open_dump
    from recirc.reading.fields import mapping_from

    where, said = mapping_from(mapping or []), meanings_from(feedback or [])

    def opens(rules: Any, settings: Settings) -> Any:
        most = settings.intake.article_bytes
        return open_dump(path, rules, mapping=where, meanings=said, max_bytes=most)

    _run(path, opens, settings_of(config, database))


def wpp(
    path: Folder,
    zone: Annotated[
        str, typer.Option(help="The site's time zone, such as Europe/Berlin (WordPress: Settings, General).")
    ] = "UTC",
    id: Annotated[
        str, typer.Option(help="The id that a post has here; {} is its number in WordPress.")
    ] = "{}",
    config: Config = None,
    database: Database = None,
) -> None:
    """Import the counts of WordPress Popular Posts, exported as CSV; see docs/import.md."""
    from recirc.importers.wpp import open_dump
    from recirc.reading.rejections import RejectedValueError, shown

    try:
        known = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise RejectedValueError(
            "zone", f"--zone: {shown(zone)} is no time zone; write one as Europe/Berlin"
        ) from None
    _run(path, lambda rules, _: open_dump(path, rules, known, form=id), settings_of(config, database))


def mind(
    path: Folder, impressions: Impressions = False, config: Config = None, database: Database = None
) -> None:
    """Import the MIND data set (news.tsv, behaviors.tsv); see docs/import.md."""
    from recirc.importers.mind import open_dump

    def opens(rules: Any, settings: Settings) -> Any:
        return open_dump(path, rules, impressions=impressions, max_bytes=settings.intake.article_bytes)

    _run(path, opens, settings_of(config, database))


def ebnerd(
    path: Folder, impressions: Impressions = False, config: Config = None, database: Database = None
) -> None:
    """Import the EB-NeRD data set (articles, behaviors and history as Parquet); see docs/import.md."""
    from recirc.importers.ebnerd import open_dump

    def opens(rules: Any, settings: Settings) -> Any:
        return open_dump(path, rules, impressions=impressions, max_bytes=settings.intake.article_bytes)

    _run(path, opens, settings_of(config, database))


def _run(path: Path, opens: Opens, settings: Settings) -> None:
    """Articles first, so that the events find them; then say what became of all."""
    from recirc.engine import REACTIONS
    from recirc.reading.columns import EventRules, SenderKeys

    now = time.time_ns() // 1_000_000
    keys = SenderKeys(secrets.token_bytes(32))
    rules = EventRules(now, settings.intake.max_ahead_seconds * 1000, keys, REACTIONS)
    dump = opens(rules, settings)
    refused: list[Any] = []
    lines: list[str] = []
    engine = opened(settings)
    try:
        for take in (_articles, _events):
            started = time.monotonic()
            imported, line = take(engine, dump, path)
            if imported is not None:
                lines.append(line(time.monotonic() - started))
                refused += imported.refused
        engine.snapshot()
    finally:
        engine.close()
    print("\n".join([*lines, *(f"  {note}" for note in dump.notes())]))
    tell(refused)


def _articles(engine: Any, dump: Any, path: Path) -> tuple[Any, Callable[[float], str]]:
    from recirc.ingest.bulk_import import import_articles

    if dump.articles is None:
        return None, str
    with progress() as bar:
        task = bar.add_task("articles (bytes read)", total=dump.articles.total_bytes)
        imported = import_articles(
            engine, dump.articles, lambda: bar.update(task, completed=dump.articles.read_bytes)
        )
        bar.update(task, completed=dump.articles.total_bytes)
    return imported, lambda seconds: articles_line(f"{path}: articles", imported, seconds)


def _events(engine: Any, dump: Any, path: Path) -> tuple[Any, Callable[[float], str]]:
    from recirc.ingest.bulk_import import import_events

    if dump.events is None:
        return None, str
    with progress() as bar:
        reading = bar.add_task("events: reading (bytes)", total=dump.events.total_bytes)
        writing = bar.add_task("keeping and folding (events)", total=None)
        imported = import_events(
            engine,
            dump.events,
            lambda: bar.update(reading, completed=dump.events.read_bytes),
            lambda done, total: bar.update(writing, completed=done, total=total),
        )
        bar.update(reading, completed=dump.events.total_bytes)
    return imported, lambda seconds: events_line(f"{path}: events", imported, seconds)
