"""`recirc rebuild`: the store of a machine whose history went another way, made anew from a good one."""

from pathlib import Path
from typing import Annotated

import typer

from recirc.cli.options import Config, Database, settings_of


def rebuild(
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="Address of the machine to copy, as http://10.0.0.2:8000; any that is there if none is named.",
            metavar="URL",
            show_default=False,
        ),
    ] = None,
    order: Annotated[
        bool,
        typer.Option(
            "--order",
            help="Begin the order anew from this machine's store instead: after a failover with a loss, on the one "
            "machine that has the most. The others are then rebuilt from it.",
        ),
    ] = False,
    config: Config = None,
    database: Database = None,
) -> None:
    """Replace the store by a copy of another machine of the site. Stop the server first.

    The store that was there is kept beside it.
    """
    from recirc.server.copying import rebuild as run
    from recirc.server.membership import Credentials
    from recirc.store.orders.restarting import begin_order
    from recirc.store.ports import StoreError

    settings = settings_of(config, database)
    if order and source:
        raise typer.BadParameter("--order takes this machine's own store, so there is no --from")
    if order:
        position = begin_order(Path(settings.store.path), settings.order, settings.store.busy_seconds)
        print(f"the order {settings.order.site!r} begins anew after command {position:,} of this machine")
    elif run(settings, Credentials.fresh(), print, source) is None:
        raise StoreError("no other machine of the order is there; start one, or name it with --from")
