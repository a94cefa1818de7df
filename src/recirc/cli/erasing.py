"""`recirc erase`: articles that leave everything that is kept, with a receipt."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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


@app.command("article")
def erase_article(
    article: Annotated[str, typer.Argument(help="Id of the article.")],
    reason: Annotated[
        str, typer.Option(help="Why; shown where the article was. Do not repeat the text.")
    ] = "",
    receipt: Annotated[
        Path | None,
        typer.Option(
            help="File for the receipt.", metavar="FILE", show_default="erased-KEY.json in this folder"
        ),
    ] = None,
    config: Config = None,
    database: Database = None,
) -> None:
    """Erase an article, with all its versions, for good.

    The server may be running. Nobody publishes the article again, neither under its id nor at its addresses.
    """
    from recirc.media.folder import MediaFolder
    from recirc.settings import media_folder
    from recirc.store import erasure_receipts

    settings = with_store(settings_of(config, database))
    if receipt is not None and receipt.exists():
        raise CommandError(f"{receipt}: a file is there already; name another one with --receipt")
    folder = MediaFolder(media_folder(settings.media, settings.store.path))
    with open_store(config, database) as store:
        made = erasure_receipts.erase_article(
            store,
            article,
            user(),
            reason,
            clock.now_ms(),
            lambda keys: sum(map(folder.remove, sorted(keys))),
        )
        unclean = store.is_unclean()
    _tell(made, receipt or Path(f"erased-{made.key}.json"), settings, unclean)


def _tell(made: "ErasureReceipt", target: Path, settings: Settings, unclean: bool) -> None:
    """Write the receipt, and say what was done. Raises CommandError where the file is not clean yet."""
    target.touch(mode=0o600)
    target.write_bytes(msgspec.json.format(msgspec.json.encode(made), indent=1) + b"\n")
    rows = ", ".join(f"{count:,} {table}" for table, count in made.removed.items())
    print(f"erased: {', '.join(made.what.articles)} ({rows}, {made.files:,} files of pictures)")
    print(f"receipt: {target}; `recirc check --erased {target}` searches every file for what was erased")
    if made.shared:
        say(
            f"{made.shared:,} passages stand in other articles too, and stay there: {', '.join(made.shared_with)}"
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
        print(f"  {', '.join(each.what.articles)}")
    if not found:
        print("nothing was erased")
