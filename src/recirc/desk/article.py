"""An article's page: how it is read, where it came from, what was done with it, and the forms beside it."""

from datetime import datetime
from typing import Any

from starlette.responses import Response

from recirc.clock import from_ms
from recirc.desk.guard import Desk
from recirc.desk.pictures import PicturePages
from recirc.desk.sessions import Visitor
from recirc.desk.words import shelf_title
from recirc.engine.figures import NotReadyError
from recirc.engine.front_page import FrontRules
from recirc.engine.reading_sums import Grain
from recirc.store.actions import AuditEntry, AuditQuery
from recirc.store.pins import LEADS
from recirc.store.ports import ArchivedArticle
from recirc.store.rules import STORY_KINDS, ArticleLabel
from recirc.web.lookups import article_not_found
from recirc.web.requests import HttpRequest

ENTRIES = 20
FOUND = 30


class ArticlePages:
    """`/desk/article`, and `/desk/articles`, where one is looked up."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._front = FrontRules(desk.web.engine, desk.web.stores.pins)
        self._pictures = PicturePages(desk)

    async def get(self, request: HttpRequest, visitor: Visitor) -> Response:
        """GET /desk/article?id=&by=hour|day."""
        id_ = request.query_params.get("id", "")
        grain: Grain = "hour" if request.query_params.get("by") == "hour" else "day"
        stored = await self._desk.run(self._desk.web.engine.article, id_)
        held = await self._desk.run(self._desk.web.engine.life.held_version, id_) if id_ else None
        article = held.article if held is not None else stored.article if stored is not None else None
        if article is None:
            raise article_not_found(id_)
        context = await self._desk.web.pools.figures.run(self._context, stored, id_, grain)
        return self._desk.page(
            request,
            visitor,
            "article.html",
            article=article,
            id=id_,
            stored=stored,
            held=held,
            grain=grain,
            places=range(1, LEADS + 1),
            labels=[each.value for each in ArticleLabel],
            timezone=self._desk.web.engine.settings.site.timezone,
            shelf_title=shelf_title,
            pictures=await self._desk.run(self._pictures.of, article),
            **context,
        )

    def _context(self, stored: ArchivedArticle | None, id_: str, grain: Grain) -> dict[str, Any]:
        """What the store and the figures know of an article."""
        engine, now = self._desk.web.engine, self._desk.web.clock()
        index = int(engine.intern([id_])[0]) if stored is not None else -1
        try:
            periods = engine.figures.of_article(index, grain, now)
            before, after = engine.figures.steps(index, now)
            gathering = ""
        except NotReadyError as error:
            periods, before, after, gathering = [], [], [], str(error)
        entries = self._desk.trail.find(AuditQuery(subject=id_), ENTRIES)
        withdrawn = engine.life.withdrawal(id_) if stored is not None and stored.withdrawn else None
        return {
            "periods": periods,
            "before": before,
            "after": after,
            "gathering": gathering,
            "slots": engine.figures.slots(index),
            "counts": engine.counts(id_, now),
            "reactions": engine.reactions(id_),
            "versions": engine.life.versions(id_)[::-1],
            "story": engine.story(id_),
            "decided": [
                (each.key, engine.rules.words(each.rule), each.rule.reason, each.rule.by)
                for each in engine.rules.standing()
                if each.rule.kind in STORY_KINDS
                and each.rule.beside is not None
                and id_ in (each.rule.target.value, each.rule.beside.value)
            ],
            "pins": [pin for pin in self._front.pins(now) if pin.article == id_],
            "entries": dated(entries),
            "withdrawal": withdrawn,
            "hold": withdrawn.hold
            if withdrawn and withdrawn.hold and withdrawn.hold.lasts(from_ms(now))
            else None,
            "rules": [
                engine.rules.words(each.rule)
                for each in engine.rules.standing()
                if id_ in (each.rule.target.value, each.rule.beside and each.rule.beside.value)
                and not engine.rules.note(each.rule, now)
            ],
        }

    async def find(self, request: HttpRequest, visitor: Visitor) -> Response:
        """GET /desk/articles?q=."""
        text = request.query_params.get("q", "").strip()[:200]
        found, pins, held, withdrawn = await self._desk.web.pools.figures.run(self._lists, text)
        return self._desk.page(
            request, visitor, "articles.html", q=text, found=found, pins=pins, held=held, withdrawn=withdrawn
        )

    def _lists(self, text: str) -> tuple[Any, Any, Any, Any]:
        engine, now = self._desk.web.engine, self._desk.web.clock()
        found = [article for article, _ in engine.browse.search(text, now, FOUND).hits] if text else []
        pins = []
        for pin in self._front.pins(now):
            stored = engine.article(pin.article)
            if stored is not None and stored.article is not None and not stored.withdrawn:
                pins.append((pin, stored.article, from_ms(pin.until)))
        listed = found or ([] if text else list(engine.listing(limit=FOUND).articles))
        withdrawn = [each for each in engine.life.withdrawals().items() if not each[1].held]
        return listed, pins, engine.life.held(), withdrawn[:FOUND]


def dated(entries: list[AuditEntry]) -> list[tuple[AuditEntry, datetime]]:
    """Entries of the trail with their times."""
    return [(entry, from_ms(entry.time)) for entry in entries]
