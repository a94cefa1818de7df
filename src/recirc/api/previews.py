"""What a rule would change, and shelves as they were."""

import asyncio
from datetime import datetime
from time import monotonic
from typing import Annotated

from msgspec import Meta, Struct, structs
from starlette.responses import Response

from recirc.api.rules import RuleRequest, rule_of
from recirc.clock import to_ms
from recirc.engine import Engine
from recirc.engine.past_shelves import PastSlate, ShelfChange
from recirc.engine.rule_checks import RuleError
from recirc.types import FLAT_SCHEMA, Id, Shelf, flat_slate
from recirc.web import problems
from recirc.web.brands import Brands
from recirc.web.lookups import article_not_found, find_article
from recirc.web.operations import Body, ResponseSpec, json_response, operation
from recirc.web.problems import FieldError
from recirc.web.requests import Clock, HttpRequest, invalid_field
from recirc.web.ticks import tick_of
from recirc.web.work_pools import WorkPool

BODY_BYTES = 32_768


class PreviewRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule that nobody has made, and the articles beside which its shelves are shown."""

    rule: RuleRequest
    articles: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=20)]


class PreviewItem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An item of a shelf; `was` is its place without the rule, None: it was not there."""

    article: str
    headline: str | None
    reason: str
    was: int | None = None
    by_rule: bool = False


class PreviewShelf(Struct, frozen=True, kw_only=True):
    """One shelf with the rule, and the ids of articles that it has no more."""

    items: tuple[PreviewItem, ...]
    gone: tuple[str, ...]
    changed: bool


class PreviewPage(Struct, frozen=True, kw_only=True):
    """The shelves beside one article, by name."""

    article: str
    shelves: dict[str, PreviewShelf]


class RulePreview(Struct, frozen=True, kw_only=True):
    """What a rule would change. `text` is the rule in words, `conflicts` what editors should know of it."""

    text: str
    conflicts: tuple[str, ...]
    pages: tuple[PreviewPage, ...]
    changed: int  # number of pages on which something is different


class AsOfQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An article, a moment, and if it is known the log entry that the answer was based on (`offset` of a slate)."""

    article: Id
    time: Annotated[datetime, Meta(tz=True)]
    offset: Annotated[int, Meta(ge=0, le=2**53)] | None = None
    slots: Annotated[int, Meta(ge=1, le=50)] | None = None
    draw: Annotated[str, Meta(pattern="^[0-9a-f]{1,16}$")] | None = None


class PastShelves(Struct, frozen=True, kw_only=True):
    """The shelves of then, the rules in force in words, in what they may differ, and how long it took (seconds)."""

    slate: dict[str, object]
    rules: tuple[str, ...]
    notes: tuple[str, ...]
    seconds: float


AS_OF_SCHEMA = {
    "title": "PastShelves",
    "type": "object",
    "properties": {
        "slate": FLAT_SCHEMA,
        "rules": {"type": "array", "items": {"type": "string"}},
        "notes": {"type": "array", "items": {"type": "string"}},
        "seconds": {"type": "number"},
    },
    "required": ["slate", "rules", "notes", "seconds"],
}


class PreviewsApi:
    """The resources `/v1/rules/preview` and `/v1/as-of`."""

    def __init__(self, engine: Engine, brands: Brands, pool: WorkPool, clock: Clock) -> None:
        self._engine = engine
        self._brands = brands
        self._pool = pool
        self._clock = clock

    @operation(
        "POST /v1/rules/preview",
        "See what a rule would change",
        "The shelves beside up to twenty articles with the rule, each item with its place without it. "
        "Nothing is stored.",
        {200: ResponseSpec("The shelves.", RulePreview)},
        body=Body(
            BODY_BYTES,
            example={
                "rule": {"kind": "bury", "target": {"by": "topic", "value": "Ferries"}},
                "articles": ["harbour-wall-2"],
            },
        ),
        key="Previewing a rule",
        problems=(problems.NOT_FOUND, problems.WITHDRAWN),
    )
    async def post(self, _: HttpRequest, body: PreviewRequest, holder: str) -> Response:
        """Show what a rule would change."""
        beside = [find_article(self._engine, article) for article in body.articles]
        rule, now = rule_of(body.rule, holder), tick_of(self._clock())
        try:
            self._engine.rules.check(rule, now)
        except RuleError as error:
            raise invalid_field(FieldError(text=str(error), field=f"rule.{error.field}")) from None
        requests = [self._brands.beside(each.id, each.article) for each in beside]
        told = await asyncio.to_thread(self._engine.rules.conflicts, rule, now, replaces=body.rule.replaces)
        changes = await asyncio.to_thread(self._engine.previews.preview, requests, rule, now)
        pages = tuple(
            PreviewPage(article=article, shelves={name: _shelf(each) for name, each in shelves.items()})
            for article, shelves in zip(body.articles, changes, strict=True)
        )
        changed = sum(any(shelf.changed for shelf in page.shelves.values()) for page in pages)
        text = self._engine.rules.words(rule)
        return json_response(RulePreview(text=text, conflicts=tuple(told), pages=pages, changed=changed))

    @operation(
        "GET /v1/as-of",
        "Shelves as they were",
        "The shelves beside an article at a moment of the past, with the counts, rules, model and texts of then; for a "
        "reader of whom nothing is known. `offset`, as the slate of then had it, says exactly which events were "
        "counted already. The log is folded up to then, which can take seconds; the state of the last "
        "question is kept.",
        {200: ResponseSpec("The shelves.", AS_OF_SCHEMA)},
        key="Asking what was shown",
        problems=(problems.NOT_FOUND, problems.OVERLOADED),
    )
    async def get(self, _: HttpRequest, query: AsOfQuery) -> Response:
        """Show the shelves of then."""
        now, started = to_ms(query.time), monotonic()
        if now > self._clock():
            text = f"{query.time.isoformat()} has not come; name a moment of the past"
            raise invalid_field(FieldError(text=text, field="time"))
        stored = self._engine.article(query.article)
        if stored is None:
            raise article_not_found(query.article)
        asked = self._brands.beside(query.article, stored.article)
        request = structs.replace(asked, slots=query.slots, draw=query.draw)
        found: PastSlate = await self._pool.run(self._engine.time_machine.slate, request, now, query.offset)
        told = PastShelves(
            slate=dict(flat_slate(found.slate)),
            rules=tuple(self._engine.rules.words(each.rule) for each in found.rules),
            notes=tuple(found.notes),
            seconds=round(monotonic() - started, 3),
        )
        return json_response(told)


def _shelf(change: ShelfChange) -> PreviewShelf:
    was = {item.article: item.position for item in change.before.items}
    now = {item.article for item in change.after.items}
    items = tuple(
        PreviewItem(
            article=item.article,
            headline=item.headline,
            reason=item.reason.text,
            was=was.get(item.article),
            by_rule=bool(item.rule),
        )
        for item in change.after.items
    )
    return PreviewShelf(
        items=items,
        gone=tuple(article for article in was if article not in now),
        changed=_articles(change.before) != _articles(change.after),
    )


def _articles(shelf: Shelf) -> list[str]:
    return [item.article for item in shelf.items]
