"""An engine on a real store with a clock that stands still, and short ways to fill it."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from recirc.engine import Engine, Observation
from recirc.settings import Settings
from recirc.store.sqlite import SqliteStore
from recirc.types import Article, Event, EventKind, Exclusion, Request, Shelf, ShelfItem, Slate

NOW = 20_700 * 86_400_000 + 15 * 3_600_000  # ms: an afternoon in September 2026
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000

SUBJECTS = {
    "ferry": "night ferry sailing harbour islanders fuel passengers timetable quay winter crossing captain deck",
    "chess": "rook bishop pawn opening tournament junior library player clock gambit champion board analysis",
    "flood": "river rain sandbags bridge meadow volunteers water dike evening warning mill gauge rescue",
    "school": "pupils teachers classroom kindergarten lessons parents council crossing holiday exam canteen gym",
}


def text_of(subject: str, number: int = 0) -> str:
    """Sixty words on a subject; of two numbers only the subject's own words are the same."""
    own = SUBJECTS[subject].split()
    return " ".join(
        f"{own[(place * 5 + number) % len(own)]} {subject}{number}x{place}" for place in range(30)
    )


def article(name: str, subject: str = "ferry", number: int = 0, **fields: Any) -> Article:
    """An article on a subject."""
    body = fields.pop("body", f"<p>{text_of(subject, number)}</p>")
    headline = fields.pop("headline", f"{subject.capitalize()} story {name}")
    return Article(**({"language": "en"} | fields), id=name, headline=headline, body=body)


class Newsroom:
    """A newspaper whose every moment is `NOW`."""

    def __init__(self, folder: Path, settings: Settings | None = None, **shelf_settings: Any) -> None:
        settings = settings or Settings()
        path = folder / "recirc.db"
        self.settings = msgspec.structs.replace(
            settings,
            store=msgspec.structs.replace(settings.store, path=str(path)),
            shelves=msgspec.structs.replace(settings.shelves, **shelf_settings),
        )
        self.engine = Engine(self.settings, SqliteStore(path, clock=lambda: NOW - 2 * DAY))

    def publish(self, *articles: Article, restore: bool = False) -> None:
        self.engine.publish(articles, restore=restore).result()
        self.engine.catch_up()

    def withdraw(self, *names: str) -> None:
        self.engine.withdraw(names).result()
        self.engine.catch_up()

    def observe(self, *observations: Observation) -> None:
        self.engine.observe(observations).result()
        self.engine.catch_up()

    def read(self, names: Iterable[str], reader: int, ago: int = 10 * MINUTE, *, bot: bool = False) -> None:
        """One visit of a reader who opened these one after the other, a second apart."""
        self.observe(*visit(list(names), reader, ago, bot=bot))

    def ask(self, name: str | None = None, *, now: int = NOW, **fields: Any) -> Slate:
        return self.engine.shelves(Request(article=name, **fields), now)


def visit(
    names: Sequence[str],
    reader: int,
    ago: int = 10 * MINUTE,
    *,
    bot: bool = False,
    kind: EventKind = EventKind.VIEW,
) -> list[Observation]:
    """Views of one reader, a second apart, the first so many ms before NOW."""
    return [
        Observation(
            Event(
                kind=kind,
                article=name,
                time=datetime.fromtimestamp((NOW - ago + 1000 * place) / 1000, UTC),
                name="well-told" if kind is EventKind.REACTION else None,
            ),
            received=NOW,
            reader=reader,
            visit=0,
            exclusion=Exclusion.BOT if bot else Exclusion.NONE,
        )
        for place, name in enumerate(names)
    ]


def names(shelf: Shelf) -> list[str]:
    return [item.article for item in shelf.items]


def unsigned(shelf: Shelf) -> list[ShelfItem]:
    """The items without what differs with the request's id."""
    return [msgspec.structs.replace(item, signature="") for item in shelf.items]


def every_item(slate: Slate) -> list[ShelfItem]:
    return [
        *slate.shelves["related"].items,
        *slate.shelves["ranking"].items,
        *slate.shelves["recommendation"].items,
    ]
