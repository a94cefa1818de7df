"""`recirc sources`: where articles come from."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Column, Table

from recirc import clock
from recirc.cli.options import CommandError, Config, Database, Json, settings_of, with_new_store, with_store
from recirc.reading.secrets import without_key
from recirc.settings import Settings, SourceEntry

app = typer.Typer(
    help="Sources of articles that `recirc serve` polls.", no_args_is_help=True, rich_markup_mode=None
)
SHOWN = 3
"""Headlines that are shown before a source is added."""
NUMBERS = ("new", "changed", "refused", "held", "withdrawn")
WIDE = 300
"""Width of the list where the output is not a terminal."""
CHECKED = 10
"""Newest articles that a check reads."""

Address = Annotated[str, typer.Argument(help="Address of a feed, sitemap, page or API, or a file or folder.")]


def _of_all(what: str) -> Any:
    """An option for what the source says of all its articles."""
    return typer.Option(help=f"{what} of all its articles.", show_default="the article's own")


@app.command("add")
def sources_add(
    address: Address,
    kind: Annotated[
        str | None, typer.Option(help="Kind of source.", show_default="recognised from the response")
    ] = None,
    outlet: Annotated[str | None, _of_all("Outlet")] = None,
    section: Annotated[str | None, _of_all("Section")] = None,
    language: Annotated[str | None, _of_all("Language")] = None,
    every: Annotated[
        float | None,
        typer.Option(
            help="Poll interval in seconds.", metavar="N", min=10, show_default="sources.every_seconds"
        ),
    ] = None,
    pages: Annotated[
        bool | None,
        typer.Option(
            "--pages/--no-pages",
            help="Fetch each article's page.",
            show_default="where the source has no full text",
        ),
    ] = None,
    key: Annotated[str | None, typer.Option(help="Content API key, for Ghost.", show_default=False)] = None,
    secret: Annotated[str | None, typer.Option(help="Secret of its webhooks.", show_default=False)] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Add it even if nothing in it can be read as an article.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show the articles, without adding the source.")
    ] = False,
    config: Config = None,
    database: Database = None,
) -> None:
    """Poll a source once, show its first headlines, and add it.

    A running server polls it within seconds.
    """
    settings = settings_of(config, database)
    wanted = SourceEntry(
        address=_absolute(address),
        kind=kind,
        outlet=outlet,
        section=section,
        language=language,
        every_seconds=every,
        pages=pages,
        key=key,
        secret=secret,
    )
    _add(settings, wanted, dry_run=dry_run, force=force)


def _add(settings: Settings, wanted: SourceEntry, *, dry_run: bool, force: bool) -> None:
    is_new = not Path(settings.store.path).is_file()  # a look alone makes no store
    registry = _registry(settings)
    found = _first_look(settings, None if is_new and dry_run else registry, wanted, force or dry_run)
    if dry_run:
        print("not added (--dry-run)")
        return
    with_new_store(settings)
    registry.add(found)
    seconds = found.every_seconds or settings.sources.every_seconds
    print(f"added to {settings.store.path}; recirc serve polls it every {seconds:,.0f} seconds")


def _first_look(settings: Settings, registry: Any, wanted: SourceEntry, force: bool) -> SourceEntry:
    """Poll a source once and print its first headlines; returns the entry to add.

    Raises CommandError where nothing in it can be read as an article, unless `force`.
    """
    if registry is not None:
        registry.check_new(wanted.address)
    with _first_poll(settings, wanted, SHOWN) as (source, articles):
        found: SourceEntry = msgspec.structs.replace(source.entry, kind=source.kind, most=wanted.most)
        print(f"{without_key(found.address)}: {source.kind}")
        if found.address != wanted.address:
            if registry is not None:
                registry.check_new(found.address)
            print(f"  found at {without_key(wanted.address)}")
        if source.reason:
            print(f"  chosen: {source.reason}")
        shown, refused = _print_articles(articles, SHOWN, SHOWN)
    if refused and not shown and not force:
        raise CommandError(
            f"{without_key(found.address)}: not added, nothing in it can be read as an article ({refused} refused); is "
            "it the right address? --force adds it all the same"
        )
    if not shown:
        print("  no article at the moment" + (", see above" if refused else ""))
    return found


@app.command("kinds")
def sources_kinds() -> None:
    """List the kinds of sources, also those of installed packages."""
    from recirc.sources.source import kinds

    for name, kind in kinds().items():
        print(f"{name:10} {(kind.__doc__ or '').partition(chr(10))[0]}")


@app.command("list")
def sources_list(config: Config = None, database: Database = None, as_json: Json = False) -> None:
    """List all sources with their state."""
    settings = _with_sources(settings_of(config, database))
    from recirc.web.source_status import statuses

    found = statuses(_registry(settings), settings.sources)
    if as_json:
        print(msgspec.json.encode({"sources": found}).decode())
        return
    table = Table(Column("source", overflow="fold"), "kind", "state", "last success", *NUMBERS, "next")
    for status in found:
        table.add_row(
            without_key(status.address) + (" (settings)" if status.from_settings else ""),
            status.kind or "",
            status.state + (f" ({status.failures})" if status.failures else ""),
            _moment(status.succeeded),
            *(f"{getattr(status.total, name):,}" for name in NUMBERS),
            _moment(status.next),
        )
    if found:
        # A program that reads this line by line needs each address in one piece.
        width = None if sys.stdout.isatty() else WIDE
        Console(highlight=False, markup=False, width=width).print(table)
    else:
        print("no sources yet; recirc sources add ADDRESS adds one")
    for status in found:
        print(f"{without_key(status.address)}: webhook {status.hook}")
        for waiting in status.pending:
            print(f"{without_key(status.address)}: pending: {waiting}")
    for status in found:
        if status.failures:
            print(f"{without_key(status.address)}: {status.error} ({_moment(status.failed)})")


@app.command("check")
def sources_check(
    address: Annotated[
        str | None, typer.Argument(help="One of the sources.", show_default="all of them")
    ] = None,
    config: Config = None,
    database: Database = None,
) -> None:
    """Poll now without publishing, and print articles and rejections.

    Exit code 0: all is well; 1: an article is rejected, or a source has none; 2: a source fails.
    """
    from recirc.reading.rejections import RejectedValueError
    from recirc.sources.source import FetchError

    settings = _with_sources(settings_of(config, database))
    registry = _registry(settings)
    entries = (
        registry.entries()
        if address is None
        else (registry.find(_known_address(address, registry.entries())),)
    )
    worst = 0
    for entry in entries:
        try:
            with _first_poll(settings, entry, CHECKED) as (source, articles):
                print(f"{without_key(entry.address)}: {source.kind}")
                shown, refused = _print_articles(articles, CHECKED)
        except (FetchError, RejectedValueError) as error:
            print(f"{without_key(entry.address)}: fails")
            print(f"  {error}")
            worst = 2
            continue
        print(f"  {shown} {'article' if shown == 1 else 'articles'} read, {refused} refused")
        worst = max(worst, int(bool(refused) or not shown))
    if not entries:
        print("no sources yet; recirc sources add ADDRESS adds one")
    if worst:
        raise typer.Exit(worst)


@app.command("remove")
def sources_remove(
    address: Annotated[str, typer.Argument(help="Address of the source, as recirc sources list shows it.")],
    config: Config = None,
    database: Database = None,
) -> None:
    """Stop polling a source. Its articles stay; what its editors picked beside them ends."""
    settings = _with_sources(settings_of(config, database))
    registry = _registry(settings)
    address = _known_address(address, registry.entries())
    registry.remove(address)
    ended = _end_picks(settings, [without_key(entry.address) for entry in registry.entries()])
    picks = f", {ended:,} of its picks end" if ended else ""
    print(f"removed {without_key(address)}; its articles stay{picks}")


def _end_picks(settings: Settings, addresses: list[str]) -> int:
    """End the picks of sources that are at none of these addresses; how many there were."""
    from recirc.ingest.picks import picks_without_source
    from recirc.store.sqlite import SqliteStore

    with SqliteStore(Path(settings.store.path), busy_seconds=settings.store.busy_seconds) as store:
        found = picks_without_source(store.rules(), addresses)
        for source, keys in found.items():
            store.end_rules(keys, source).result()
    return sum(map(len, found.values()))


def _with_sources(settings: Settings) -> Settings:
    """The settings, which name sources, or whose store must be there. Sources are checked before the first start."""
    return settings if settings.sources.list else with_store(settings)


def _registry(settings: Settings) -> Any:
    from recirc.store.source_registry import SourceRegistry

    return SourceRegistry(
        Path(settings.store.path), settings.sources, busy_seconds=settings.store.busy_seconds
    )


@contextmanager
def _first_poll(settings: Settings, entry: SourceEntry, most: int) -> Iterator[tuple[Any, Iterator[Any]]]:
    """A source, and its newest articles in a first poll."""
    from recirc.sources.fetching import Fetcher
    from recirc.sources.finder import find
    from recirc.sources.source import PollState

    few = msgspec.structs.replace(entry, most=most)
    with Fetcher(settings.sources) as fetch:
        own = fetch.for_source(entry.address)
        source = find(few, own)
        yield source, source.poll(own, PollState(), clock.now())


def _print_articles(articles: Iterator[Any], most: int, refusals: int | None = None) -> tuple[int, int]:
    """Print articles, at most `most`, and rejections, at most `refusals`; returns the numbers of both."""
    from recirc.reading.rejections import Rejection

    shown = refused = 0
    for each in articles:
        if isinstance(each, Rejection):
            # What is held, taken down or tried again is as its sender wants it.
            is_refused = type(each) is Rejection
            refused += is_refused
            if not is_refused or refusals is None or refused <= refusals:
                print(f"  {'refused' if is_refused else 'noted'} {each}")
            continue
        shown += 1
        print(f"  {_moment(each.article.published) or 'date unknown':16}  {each.article.headline}")
        if shown == most:
            break
    if refusals is not None and refused > refusals:
        print(f"  … and {refused - refusals:,} more refused")
    return shown, refused


def _absolute(address: str) -> str:
    """The address; of a file or folder the absolute path, since the server may run in another folder."""
    return str(Path(address).resolve()) if "://" not in address and Path(address).exists() else address


def _known_address(address: str, entries: tuple[SourceEntry, ...]) -> str:
    """The address of a source as it is kept, given that, its absolute path, or the form that is shown."""
    known = [entry.address for entry in entries]
    shown = [each for each in known if without_key(each) == address]
    whole = _absolute(address)
    return whole if whole in known else shown[0] if len(shown) == 1 and address not in known else address


def _moment(when: datetime | None) -> str:
    return f"{when.astimezone():%Y-%m-%d %H:%M}" if when else ""
