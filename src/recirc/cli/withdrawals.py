"""`recirc withdrawals`: which articles are withdrawn and why, and what is held back."""

from typing import Annotated

import msgspec
import typer

from recirc.cli.importing import open_engine
from recirc.cli.options import CommandError, Config, Database, Json, settings_of, with_store

app = typer.Typer(
    help="Withdrawn articles, and those that are held back.", no_args_is_help=True, rich_markup_mode=None
)
Id = Annotated[str, typer.Argument(help="Id of the article.")]


@app.command("list")
def withdrawals_list(config: Config = None, database: Database = None, as_json: Json = False) -> None:
    """List the withdrawn articles: when, why and by whom."""
    engine = open_engine(with_store(settings_of(config, database)))
    try:
        found = engine.life.withdrawals()
    finally:
        engine.close()
    if as_json:
        print(msgspec.json.encode({"withdrawals": found}).decode())
        return
    for id_, each in found.items():
        who = each.source or (f"key {each.holder}" if each.holder else "the newsroom")
        print(f"{each.time:%Y-%m-%d %H:%M} UTC  {id_}\n  {each.headline or ''}")
        print(f"  {who}: {each.reason or 'no reason given'}")
    if not found:
        print("no article is withdrawn")


@app.command("held")
def withdrawals_held(config: Config = None, database: Database = None) -> None:
    """List the articles that are held back, the next one first."""
    engine = open_engine(with_store(settings_of(config, database)))
    try:
        found = engine.life.held()
    finally:
        engine.close()
    for held in found:
        until = f"{held.until:%Y-%m-%d %H:%M:%S} UTC" if held.until else "until it changes"
        print(f"{until}  {held.article.id}\n  {held.article.headline}\n  {held.why}")
    if not found:
        print("no article is held back")


@app.command("add")
def withdrawals_add(
    article: Id,
    reason: Annotated[str, typer.Option(help="Why, for the list.")] = "",
    config: Config = None,
    database: Database = None,
) -> None:
    """Withdraw an article for good.

    No source and no import brings it back.
    """
    engine = open_engine(with_store(settings_of(config, database)))
    try:
        if engine.article(article) is None and engine.life.held_version(article) is None:
            raise CommandError(f"no article has the id {article!r}")
        engine.withdraw([article], reason=reason).result()
    finally:
        engine.close()
    print(f"withdrawn: {article}")


@app.command("restore")
def withdrawals_restore(article: Id, config: Config = None, database: Database = None) -> None:
    """Publish a withdrawn article again, as it was."""
    engine = open_engine(with_store(settings_of(config, database)))
    try:
        stored = engine.article(article)
        if stored is None or stored.article is None or not stored.withdrawn:
            raise CommandError(f"no withdrawn article has the id {article!r}")
        engine.restore(stored.article).result()
        engine.catch_up()
        held = engine.life.held_version(article)
    finally:
        engine.close()
    print(f"held back again: {article} ({held.why})" if held else f"restored: {article}")
