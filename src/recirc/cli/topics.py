"""`recirc topic`: topics merged, renamed, and taken back."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from recirc import clock
from recirc.cli.importing import open_engine
from recirc.cli.options import CommandError, Config, Database, Json, settings_of, with_store
from recirc.cli.voiding import user

if TYPE_CHECKING:
    from recirc.engine import Engine
    from recirc.store.topic_merges import TopicMerge, TopicPart

app = typer.Typer(
    help="Merge, rename, divide, hide and list topics.", no_args_is_help=True, rich_markup_mode=None
)


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
    from recirc.engine.topics import merge_topics

    made = _changed(
        config, database, lambda engine: merge_topics(engine, name, into, user(), reason, clock.now_ms())
    )
    print(f"{made.name} is {made.into}: {len(made.articles):,} articles")


@app.command("divide")
def topic_divide(
    name: Annotated[str, typer.Argument(help="The topic.")],
    part: Annotated[
        list[str],
        typer.Option(
            help='A part, as "NAME=word, other words", or "NAME=section:SECTION"; may be repeated.',
            metavar="PART",
        ),
    ],
    rest: Annotated[
        str, typer.Option(help="What all others become.", show_default="they keep the name")
    ] = "",
    reason: Annotated[str, typer.Option(help="Why.")] = "",
    config: Config = None,
    database: Database = None,
) -> None:
    """Make several topics of one, by words or by sections, also for what is published later.

    The server may be running. An article belongs to the first part that fits.
    """
    from recirc.engine.topics import divide_topic

    parts = [_part(each) for each in part]
    made = _changed(
        config,
        database,
        lambda engine: divide_topic(engine, name, parts, rest, user(), reason, clock.now_ms()),
    )
    print(f"{made.name} is divided into {_now(made)}: {len(made.articles):,} articles")


@app.command("hide")
def topic_hide(
    name: Annotated[str, typer.Argument(help="The topic.")],
    reason: Annotated[str, typer.Option(help="Why.")] = "",
    config: Config = None,
    database: Database = None,
) -> None:
    """Take a topic off all articles, now and later; its page leads to a search for its name."""
    from recirc.engine.topics import hide_topic

    made = _changed(config, database, lambda engine: hide_topic(engine, name, user(), reason, clock.now_ms()))
    print(f"{made.name} is hidden: {len(made.articles):,} articles")


def _changed(
    config: Path | None, database: Path | None, change: "Callable[[Engine], TopicMerge]"
) -> "TopicMerge":
    from recirc.engine.topics import TopicError

    engine = open_engine(with_store(settings_of(config, database)))
    try:
        return change(engine)
    except TopicError as error:
        raise CommandError(str(error)) from None
    finally:
        engine.close()


def _part(text: str) -> "TopicPart":
    from recirc.store.topic_merges import TopicPart
    from recirc.text.slugs import slug

    into, _, known = text.partition("=")
    section = known.strip().removeprefix("section:").strip() if known.strip().startswith("section:") else ""
    words = () if section else tuple(each.strip() for each in known.split(",") if each.strip())
    return TopicPart(into=" ".join(into.split()), words=words, section=slug(section) if section else "")


def _now(merge: "TopicMerge") -> str:
    """What a topic is now, in words."""
    return (
        ", ".join([*(part.into for part in merge.parts), *([merge.into] if merge.into else [])]) or "hidden"
    )


@app.command("split")
def topic_split(
    name: Annotated[str, typer.Argument(help="The old name.")],
    config: Config = None,
    database: Database = None,
) -> None:
    """Take a merge, a division or a hiding back: the articles that had the topic have it again."""
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
    """List the topics that were merged, divided or hidden."""
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
        print(f"{each.name} is {_now(each)}  ({moment}, {each.by}: {each.reason or 'no reason given'})")
    if not found:
        print("no topics were merged, divided or hidden")
