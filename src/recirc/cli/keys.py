"""`recirc key`: API keys, and public keys for the pages of other sites."""

from typing import Annotated

import typer

from recirc.cli.options import CommandError, Config, Database, store_of

app = typer.Typer(help="Create, list and revoke API keys.", no_args_is_help=True, rich_markup_mode=None)


@app.command("create")
def key_create(
    name: Annotated[str, typer.Argument(help="Name of the key, such as its purpose.")],
    site: Annotated[
        list[str] | None,
        typer.Option(
            help="Create a public key for the pages of this site (an origin, https://www.paper.example), which can "
            "only read shelves and send events. May be repeated.",
            show_default=False,
        ),
    ] = None,
    config: Config = None,
    database: Database = None,
) -> None:
    """Create a key and print it once.

    Only its hash is stored. Site keys are public, and `list` shows them again.
    """
    from recirc.store import api_keys, site_keys

    path = store_of(config, database)
    if name in {*api_keys.ApiKeys(path).names(), *(each.name for each in site_keys.SiteKeys(path).all())}:
        raise CommandError(
            f"there is a key named {name!r} already; choose another name, or end that one first: recirc key revoke "
            f"{name!r}"
        )
    if not site:
        print(api_keys.create(path, name))
        return
    try:
        print(site_keys.create(path, name, site))
    except ValueError as error:
        raise CommandError(str(error)) from None


@app.command("list")
def key_list(config: Config = None, database: Database = None) -> None:
    """Print the names of all keys.

    For site keys also the key and its sites.
    """
    from recirc.store.api_keys import ApiKeys
    from recirc.store.site_keys import SiteKeys

    path = store_of(config, database)
    for name in ApiKeys(path).names():
        print(name)
    for each in SiteKeys(path).all():
        print(each.name, each.key, *each.origins)


@app.command("revoke")
def key_revoke(
    name: Annotated[str, typer.Argument(help="Name of the key.")],
    config: Config = None,
    database: Database = None,
) -> None:
    """Revoke the key with this name.

    Older stores may have several of one name, which are all revoked.
    """
    from recirc.store.api_keys import ApiKeys
    from recirc.store.site_keys import SiteKeys

    path = store_of(config, database)
    known, sites = ApiKeys(path), SiteKeys(path)
    revoked = known.revoke(name) + sites.revoke(name)
    if not revoked:
        existing = ", ".join([*known.names(), *(each.name for each in sites.all())]) or "none"
        raise CommandError(f"no key is named {name!r}; existing names: {existing}")
    print(f"revoked {revoked}")
