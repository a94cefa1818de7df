"""`recirc void`: exclude events that are in the log already, and take that back."""

import getpass
import os
import secrets
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
import typer

from recirc.cli.options import CommandError, Config, Database, Json, settings_of, with_store

app = typer.Typer(
    help="Exclude events that were counted and should not have been.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


Since = Annotated[
    datetime | None, typer.Option("--since", help="Events from this time on (UTC).", show_default=False)
]
Until = Annotated[
    datetime | None, typer.Option("--until", help="Events before this time (UTC).", show_default=False)
]
Article = Annotated[
    str | None, typer.Option("--article", help="Events of the article with this id.", show_default=False)
]
Reader = Annotated[
    int | None, typer.Option("--reader", help="Events of the reader with this hash.", show_default=False)
]
Events = Annotated[
    list[str] | None,
    typer.Option("--event", help="The event with this id. May be repeated.", show_default=False),
]


def _log_entry(name: str, text: str) -> Any:
    return typer.Option(name, help=text, metavar="N", min=0, show_default=False)


@app.command("add")
def void_add(
    reason: Annotated[str, typer.Option(help="Why; shown by `recirc void list`.", show_default=False)],
    since: Since = None,
    until: Until = None,
    first: Annotated[int, _log_entry("--first", "First log entry.")] = 0,
    last: Annotated[int, _log_entry("--last", "Last log entry.")] = 0,
    article: Article = None,
    reader: Reader = None,
    reader_of: Annotated[
        int, _log_entry("--reader-of", "Events of the reader from whom this log entry came.")
    ] = 0,
    network_of: Annotated[
        int,
        _log_entry("--network-of", "Views from the network of this log entry, on its day (UTC)."),
    ] = 0,
    event: Events = None,
    sender: Annotated[
        str, typer.Option(help="Name of the API key with which --event was sent.", show_default=False)
    ] = "",
    config: Config = None,
    database: Database = None,
) -> None:
    """Exclude the events to which all given options apply. Shelves follow within a minute, without a restart."""
    from recirc.store.commands import Selection
    from recirc.store.ids import record_key

    keys = tuple(record_key("id", sender, each) if sender else record_key("id", each) for each in event or ())
    with open_store(config, database) as store:
        index = None if article is None else int(store.find([article])[0])
        if index is not None and index < 0:
            raise CommandError(f"no article has the id {article!r}")
        selection = Selection(first, last, _ms(since), _ms(until), reader, index, keys)
        selection = _narrowed(store, selection, reader_of, network_of)
        key = secrets.token_hex(4)
        count = store.void(key, selection, user(), reason)
    print(f"{key}: {count:,} events excluded; `recirc void undo {key}` takes that back")


def _narrowed(store: Any, selection: Any, reader_of: int, network_of: int) -> Any:
    """The selection, of the reader and of the network of these log entries alone; 0: of none."""
    from recirc.store.commands import Selection
    from recirc.store.voids import same_sender

    if selection == Selection() and not reader_of and not network_of:
        raise CommandError(
            "say which events: --since, --until, --first, --last, --article, --reader, --reader-of, --network-of, "
            "--event"
        )
    for entry, network in ((reader_of, False), (network_of, True)):
        if entry:
            selection = same_sender(store, entry, selection, network=network)
    return selection


@app.command("list")
def void_list(
    automatic: Annotated[
        bool, typer.Option("--automatic", help="The views of one day that rules left out, by article.")
    ] = False,
    day: Annotated[
        datetime | None,
        typer.Option(
            help="With --automatic: a day of the site's time zone. Default: today.",
            formats=["%Y-%m-%d"],
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
    config: Config = None,
    database: Database = None,
) -> None:
    """Print what was excluded, when, by whom and why.

    For each exclusion its key, the number of events, and the log entries that they are between.
    """
    from recirc.engine.exclusions import Exclusions

    with open_store(config, database) as store:
        found = Exclusions(store, settings_of(config, database).site.timezone)
        if automatic:
            _print_automatic(found, day, as_json)
        else:
            _print_by_hand(found, as_json)


def _print_by_hand(exclusions: Any, as_json: bool) -> None:
    found = exclusions.all()
    articles = exclusions.ids_of([entry.selection for entry in found.values()])
    if as_json:
        rows = [
            {"key": key, **msgspec.to_builtins(entry), "article": article}
            for (key, entry), article in zip(found.items(), articles, strict=True)
        ]
        print(msgspec.json.encode(rows).decode())
        return
    if not found:
        print("nothing was excluded")
    for (key, entry), article in zip(found.items(), articles, strict=True):
        undone = f"  [taken back {_time(entry.undone)} by {entry.undone_by}]" if entry.undone else ""
        of = f" of {article}" if article else ""
        print(
            f"{key}  {_time(entry.time)}  {entry.by}  {entry.count:,} events{of} in log entries "
            f"{entry.first:,} to {entry.last:,}: {entry.reason}{undone}"
        )


def _print_automatic(exclusions: Any, day: datetime | None, as_json: bool) -> None:
    from recirc.clock import now

    found = exclusions.day(day.date() if day else exclusions.day_of(now()))
    if as_json:
        print(msgspec.json.encode(found).decode())
        return
    print(f"{found.day} ({found.timezone}): {found.raw:,} views, of which {found.views:,} count")
    for reason, number in found.excluded.items():
        print(f"{reason}: {number:,}")
    for each in found.articles:
        print(
            f"  {each.article}  {each.reason}: {each.views:,} views, {_time(each.first)} to {_time(each.last)}"
        )


@app.command("undo")
def void_undo(
    key: Annotated[str, typer.Argument(help="Key of the exclusion, as `recirc void list` prints it.")],
    config: Config = None,
    database: Database = None,
) -> None:
    """Take an exclusion back."""
    with open_store(config, database) as store:
        count = store.unvoid(key, user())
    print(f"{key}: {count:,} events are counted again, unless something else excludes them")


def user() -> str:
    """Who types; in a container the number of the user may have no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def open_store(config: Any, database: Any) -> Any:
    """The store that the settings name, which must be there; close it, or use it in a `with`."""
    from pathlib import Path

    from recirc.store.sqlite import SqliteStore

    settings = with_store(settings_of(config, database))
    return SqliteStore(Path(settings.store.path), busy_seconds=settings.store.busy_seconds)


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else round(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() * 1000)


def _time(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M}"
