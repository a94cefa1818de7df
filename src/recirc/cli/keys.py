"""`recirc key`: API keys."""

from typing import Annotated

import typer

from recirc.cli.options import Config, Database, store_of

app = typer.Typer(help="API keys: make one, revoke one.", no_args_is_help=True, rich_markup_mode=None)


@app.command("create")
def key_create(
    name: Annotated[str, typer.Argument(help="What it is for.")],
    config: Config = None,
    database: Database = None,
) -> None:
    """Make a key and print it, once; only its hash is kept."""
    from recirc.store.keys import create

    print(create(store_of(config, database), name))


@app.command("list")
def key_list(config: Config = None, database: Database = None) -> None:
    """Print the names of all keys."""
    from recirc.store.keys import Keys

    for name in Keys(store_of(config, database)).names():
        print(name)


@app.command("revoke")
def key_revoke(
    name: Annotated[str, typer.Argument(help="The name it was made with.")],
    config: Config = None,
    database: Database = None,
) -> None:
    """Revoke every key of a name."""
    from recirc.store.keys import Keys

    known = Keys(store_of(config, database))
    revoked = known.revoke(name)
    if not revoked:
        raise typer.BadParameter(f"no key is named {name!r}; there are {', '.join(known.names()) or 'none'}")
    print(f"revoked {revoked}")
