"""`recirc erase`: articles that leave everything that is kept, with a receipt."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import typer

from recirc import clock
from recirc.cli.options import CommandError, Config, Database, Json, say, settings_of, with_store
from recirc.cli.voiding import open_store, user
from recirc.settings import Settings

if TYPE_CHECKING:
    from recirc.store.erasure_receipts import ErasureReceipt

app = typer.Typer(
    help="Erase what must not be kept, from everything that is.", no_args_is_help=True, rich_markup_mode=None
)


Reason = Annotated[str, typer.Option(help="Why; it is kept. Do not repeat what is erased.")]
ReceiptFile = Annotated[
    Path | None,
    typer.Option(help="File for the receipt.", metavar="FILE", show_default="erased-KEY.json in this folder"),
]


@app.command("article")
def erase_article(
    article: Annotated[str, typer.Argument(help="Id of the article.")],
    reason: Reason = "",
    receipt: ReceiptFile = None,
    config: Config = None,
    database: Database = None,
) -> None:
    """Erase an article, with all its versions, for good.

    The server may be running. Nobody publishes the article again, neither under its id nor at its addresses.
    """
    from recirc.media.storage import open_media, remove_all
    from recirc.store import erasure_receipts

    settings = with_store(settings_of(config, database))
    _check_receipt(receipt)
    storage = open_media(settings.media.folder, settings.store.path)
    with open_store(config, database) as store:
        made = erasure_receipts.erase_article(
            store,
            article,
            user(),
            reason,
            clock.now_ms(),
            partial(remove_all, storage),
        )
        unclean = store.is_unclean()
    _tell(made, receipt or Path(f"erased-{made.key}.json"), settings, unclean)


@app.command("author")
def erase_author(
    name: Annotated[str, typer.Argument(help="The author's name, as it stands above articles.")],
    also: Annotated[
        list[str] | None, typer.Option(help="A further spelling, such as a former name; may be repeated.")
    ] = None,
    texts: Annotated[
        bool, typer.Option(help="Take the name out of texts too; without it out of bylines alone.")
    ] = True,
    reason: Reason = "",
    receipt: ReceiptFile = None,
    config: Config = None,
    database: Database = None,
) -> None:
    """Erase an author's name, for good. The articles stay, without it.

    The server may be running. Whatever a source sends later is published without the name too.
    """
    _erase_names("author", [name, *(also or ())], texts, reason, receipt, (config, database))


@app.command("topic")
def erase_topic(
    name: Annotated[str, typer.Argument(help="The topic's name.")],
    texts: Annotated[
        bool, typer.Option(help="Take its words out of texts too; without it out of lists of topics alone.")
    ] = False,
    reason: Reason = "",
    receipt: ReceiptFile = None,
    config: Config = None,
    database: Database = None,
) -> None:
    """Erase a topic, for good. The articles stay, and no article is about it any more.

    The server may be running. Rules about it end, and it is not found again.
    """
    _erase_names("topic", [name], texts, reason, receipt, (config, database))


@app.command("day")
def erase_day(
    day: Annotated[str, typer.Argument(help="The day in the site's time zone, such as 2026-11-30.")],
    reason: Reason = "",
    receipt: ReceiptFile = None,
    config: Config = None,
    database: Database = None,
) -> None:
    """Erase what readers did on a day, for good. Of each event stay its kind, its article and its day, as excluded.

    The server may be running; it counts anew.
    """
    from datetime import date

    from recirc.settings.days import bounds_of, zone_named
    from recirc.store import erasure_requests

    settings = with_store(settings_of(config, database))
    _check_receipt(receipt)
    try:
        since, until = bounds_of(date.fromisoformat(day), zone_named(settings.site.timezone))
    except ValueError:
        raise CommandError(f"{day!r} is no day; write it as 2026-11-30") from None
    with open_store(config, database) as store:
        made = erasure_requests.erase_day(store, day, since, until, user(), reason, clock.now_ms())
        unclean = store.is_unclean()
    _tell(made, receipt or Path(f"erased-{made.key}.json"), settings, unclean)


def _erase_names(
    kind: Literal["author", "topic"],
    names: list[str],
    texts: bool,
    reason: str,
    receipt: Path | None,
    where: tuple[Path | None, Path | None],
) -> None:
    from recirc.media.storage import open_media, remove_all
    from recirc.store import erasure_requests
    from recirc.store.erased_names import UnsuitableNameError
    from recirc.store.ports import ConflictError

    settings = with_store(settings_of(*where))
    _check_receipt(receipt)
    storage = open_media(settings.media.folder, settings.store.path)
    with open_store(*where) as store:
        try:
            made = erasure_requests.erase_names(
                store,
                kind,
                names,
                user(),
                reason,
                clock.now_ms(),
                texts=texts,
                remove_pictures=partial(remove_all, storage),
            )
        except (UnsuitableNameError, ConflictError) as error:
            raise CommandError(str(error)) from None
        unclean = store.is_unclean()
    _tell(made, receipt or Path(f"erased-{made.key}.json"), settings, unclean)


def _check_receipt(receipt: Path | None) -> None:
    if receipt is not None and receipt.exists():
        raise CommandError(f"{receipt}: a file is there already; name another one with --receipt")


def _tell(made: "ErasureReceipt", target: Path, settings: Settings, unclean: bool) -> None:
    """Write the receipt, and say what was done. Raises CommandError where the file is not clean yet."""
    target.touch(mode=0o600)
    target.write_bytes(msgspec.json.format(msgspec.json.encode(made), indent=1) + b"\n")
    rows = ", ".join(f"{count:,} {table}" for table, count in made.removed.items())
    print(f"erased: {made.what.in_words()} ({rows}, {made.files:,} files of pictures)")
    print(f"receipt: {target}; `recirc check --erased {target}` searches every file for what was erased")
    if made.shared:
        say(
            f"{made.shared:,} passages or spellings stand in other articles too, and stay there: "
            f"{', '.join(made.shared_with)}"
        )
    if settings.order.engine != "local":
        say(
            "the order of several machines still holds the commands that published it: "
            "begin it anew (docs/erasure.md), and check each machine with the receipt"
        )
    if unclean:
        raise CommandError(
            f"{settings.store.path}: free pages may still hold remains; the server cleans the file as soon "
            "as nobody reads an old state of it. Check again with the receipt"
        )


@app.command("list")
def erase_list(as_json: Json = False, config: Config = None, database: Database = None) -> None:
    """List the erasures: when, by whom, why, and ids."""
    with_store(settings_of(config, database))
    with open_store(config, database) as store:
        found = store.erasures()
    if as_json:
        print(msgspec.json.encode({"erasures": [each._asdict() for each in found]}).decode())
        return
    for each in found:
        reason = f": {each.reason}" if each.reason else ""
        print(f"{each.key}  {clock.from_ms(each.time):%Y-%m-%d %H:%M} UTC  {each.by}{reason}")
        print(f"  {each.what.in_words()}")
    if not found:
        print("nothing was erased")
