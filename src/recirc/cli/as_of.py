"""`recirc as-of`: the shelves beside an article as they were."""

from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from recirc import clock
from recirc.cli.importing import open_engine
from recirc.cli.options import CommandError, Config, Database, Json, say, settings_of, with_store

if TYPE_CHECKING:
    from recirc.engine import Engine
    from recirc.engine.past_shelves import PastSlate
    from recirc.store.ports import ArchivedArticle


def as_of(
    time: Annotated[
        datetime,
        typer.Argument(
            help="The moment, in the site's time zone.",
            formats=["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d"],
        ),
    ],
    article: Annotated[str, typer.Argument(help="Id of the article.")],
    offset: Annotated[
        int | None,
        typer.Option(
            help="Last log entry that the answer was based on, as its offset says.",
            metavar="N",
            show_default="the last of then",
        ),
    ] = None,
    config: Config = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Show the shelves beside an article as they were.

    With the rules, the model and the numbers of then.
    """
    started = monotonic()
    engine = open_engine(with_store(settings_of(config, database)))
    try:
        now = clock.to_ms(time.replace(tzinfo=engine.rules.names.zone))
        if now > clock.now_ms():
            raise CommandError(f"{time} has not come; name a moment of the past")
        stored = engine.article(article)
        if stored is None:
            raise CommandError(f"no article has the id {article!r}")
        found = _asked(engine, stored, now, offset)
        rules = [engine.rules.words(each.rule) for each in found.rules]
    finally:
        engine.close()
    say(f"took {monotonic() - started:.1f} s")
    _tell(found, rules, as_json)


def _asked(engine: "Engine", stored: "ArchivedArticle", now: int, offset: int | None) -> "PastSlate":
    from recirc.web.brands import Brands

    machine = engine.time_machine
    until = machine.offset_at(now) if offset is None else offset
    say(f"folding at most {machine.entries_to_fold(until):,} log entries")
    return machine.slate(Brands(engine.settings).beside(stored.id, stored.article), now, offset)


def _tell(found: "PastSlate", rules: list[str], as_json: bool) -> None:
    from recirc.types import flat_slate

    if as_json:
        told = {"slate": flat_slate(found.slate), "rules": rules, "notes": found.notes}
        print(msgspec.json.encode(told).decode())
        return
    for name, shelf in found.slate.shelves.items():
        print(f"{name}: {shelf.method}")
        for item in shelf.items:
            print(f"  {item.position + 1}. {item.headline or item.article}: {item.reason.text}")
    for rule in rules:
        print(f"rule: {rule}")
    for note in found.notes:
        print(f"note: {note}")
