"""`recirc topic`: topics merged, renamed, and taken back."""

from typing import Annotated

import msgspec
import typer

from recirc import clock
from recirc.cli.importing import open_engine
from recirc.cli.options import CommandError, Config, Database, Json, settings_of, with_store
from recirc.cli.voiding import user

app = typer.Typer(help="Merge, rename and list topics.", no_args_is_help=True, rich_markup_mode=None)


@app.command("merge")
def topic_merge(
    name: Annotated[str, typer.Argument(help="The topic.")],
    into: Annotated[str, typer.Argument(help="The topic that it becomes, or its new name.")],
    reason: Annotated[str, typer.Option(help="Why.")] = "",
    config: Config = None,
    database: Database = None,
) -> None:
    """Give the articles of a topic another one, or another name.

    The server may be running. The old page leads to the new one, and what sources send later follows.
    """
    from recirc.engine.topics import TopicError, merge_topics

    engine = open_engine(with_store(settings_of(config, database)))
    try:
        made = merge_topics(engine, name, into, user(), reason, clock.now_ms())
    except TopicError as error:
        raise CommandError(str(error)) from None
    finally:
        engine.close()
    print(f"{made.name} is {made.into}: {len(made.articles):,} articles")


@app.command("split")
def topic_split(
    name: Annotated[str, typer.Argument(help="The old name.")],
    config: Config = None,
    database: Database = None,
) -> None:
    """Take a merge back: the articles that had the topic have it again."""
    from recirc.engine.topics import split_topics
    from recirc.text.slugs import slug

    engine = open_engine(with_store(settings_of(config, database)))
    try:
        ended = split_topics(engine, slug(name))
    finally:
        engine.close()
    print(f"{ended.name} is a topic again: {len(ended.articles):,} articles")


@app.command("list")
def topic_list(as_json: Json = False, config: Config = None, database: Database = None) -> None:
    """List the topics that were merged."""
    engine = open_engine(with_store(settings_of(config, database)))
    try:
        found = engine.rules.topics.all()
    finally:
        engine.close()
    if as_json:
        print(msgspec.json.encode({"topics": list(found.values())}).decode())
        return
    for each in found.values():
        moment = f"{clock.from_ms(each.time):%Y-%m-%d %H:%M} UTC"
        print(f"{each.name} is {each.into}  ({moment}, {each.by}: {each.reason or 'no reason given'})")
    if not found:
        print("no topics were merged")
