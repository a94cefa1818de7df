"""`recirc key`: API keys, and public keys for the pages of other sites."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recirc.cli.options import CommandError, Config, Database, settings_of, store_of, with_store
from recirc.clock import from_ms, now_seconds

if TYPE_CHECKING:
    from recirc.store.api_keys import Scope

Articles = Annotated[
    str | None,
    typer.Option(
        help="What the pages of a site key may show: own (articles of the key's own sites) or all.",
        show_default="own",
    ),
]

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
    scope: Annotated[
        list[str] | None,
        typer.Option(
            help="What the key may be used for: read, publish, editor or events. May be repeated.",
            show_default="everything",
        ),
    ] = None,
    days: Annotated[
        int | None, typer.Option(help="Days until it expires.", min=1, max=36_500, show_default="never")
    ] = None,
    articles: Articles = None,
    config: Config = None,
    database: Database = None,
) -> None:
    """Create a key and print it once.

    Only its hash is stored. Site keys are public, and `list` shows them again.
    """
    from recirc.store import api_keys, site_keys

    path = store_of(config, database)
    if site and (scope or days):
        raise CommandError("a site key reads shelves and sends events; it has no --scope and no --days")
    if articles and not site:
        raise CommandError("--articles is of a site key: give its --site too")
    if name in {*api_keys.ApiKeys(path).names(), *(each.name for each in site_keys.SiteKeys(path).all())}:
        raise CommandError(
            f"there is a key named {name!r} already; choose another name, or end that one first: recirc key revoke "
            f"{name!r}"
        )
    try:
        if not site:
            expires = None if days is None else int(now_seconds()) + days * 86_400
            print(api_keys.create(path, name, scopes=_scopes(scope or []), expires=expires))
            return
        print(site_keys.create(path, name, site, site_keys.KeyScope(own=_is_own(articles))))
    except ValueError as error:
        raise CommandError(str(error)) from None


def _scopes(names: list[str]) -> "list[Scope]":
    from recirc.store.api_keys import Scope

    known = [each.value for each in Scope]
    if unknown := [name for name in names if name not in known]:
        raise CommandError(f"{unknown[0]!r} is no scope; there is {', '.join(known)}")
    return [Scope(name) for name in names]


def _is_own(articles: str | None) -> bool:
    if articles not in (None, "own", "all"):
        raise CommandError(f"--articles {articles}: write own or all")
    return articles != "all"


@app.command("scope")
def key_scope(
    name: Annotated[str, typer.Argument(help="Name of the site key.")],
    articles: Articles = None,
    brand: Annotated[
        str | None, typer.Option(help="Only articles of this newspaper.", show_default="of all")
    ] = None,
    section: Annotated[
        list[str] | None,
        typer.Option(help="Only articles in this section. May be repeated.", show_default="in any"),
    ] = None,
    outlet: Annotated[
        list[str] | None,
        typer.Option(help="Only articles by this outlet. May be repeated.", show_default="by any"),
    ] = None,
    config: Config = None,
    database: Database = None,
) -> None:
    """Say which articles the pages of a site key may show.

    All that is given applies: with --brand, --section or --outlet alone, an article may be read at any site. Running
    servers follow within a second.
    """
    from recirc.engine.brand_scopes import scopes_of
    from recirc.store.site_keys import KeyScope, SiteKeys
    from recirc.text.slugs import slug

    settings = with_store(settings_of(config, database))
    known = scopes_of(settings)
    if brand is not None and slug(brand) not in known:
        there = ", ".join(known) or "none with articles of its own"
        raise CommandError(f"no newspaper is called {brand!r}; there is {there}")
    limits = bool(brand or section or outlet)
    scope = KeyScope(
        own=_is_own(articles) and not (limits and articles is None),
        brand=slug(brand) if brand else None,
        sections=tuple(section or ()),
        outlets=tuple(outlet or ()),
    )
    keys = SiteKeys(Path(settings.store.path))
    if not keys.limit(name, scope):
        existing = ", ".join(each.name for each in keys.all()) or "none"
        raise CommandError(f"no site key is named {name!r}; existing names: {existing}")
    print(f"{name}: {scope}")


@app.command("list")
def key_list(config: Config = None, database: Database = None) -> None:
    """Print the names of all keys.

    With their scopes and ends where they have any; for site keys also the key, its sites and what it shows.
    """
    from recirc.store.api_keys import ApiKeys
    from recirc.store.site_keys import SiteKeys

    path = store_of(config, database)
    now = now_seconds()
    for key in ApiKeys(path).all():
        scopes = [", ".join(scope.value for scope in key.scopes)] if key.scopes else []
        over = "expired" if key.is_over(now) else "until"
        end = [f"{over} {from_ms(key.expires * 1000):%Y-%m-%d %H:%M} UTC"] if key.expires is not None else []
        print("; ".join([key.name, *scopes, *end]))
    for each in SiteKeys(path).all():
        print(f"{each.name} {each.key} {' '.join(each.origins)}; {each.scope}")


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
