"""The time machine: the shelves beside an article as they were at a moment of the past."""

from time import monotonic
from typing import Any

from starlette.responses import Response

from recirc.clock import to_ms
from recirc.desk.guard import Desk
from recirc.desk.moments import moment_of
from recirc.desk.rule_forms import article_id
from recirc.desk.sessions import Visitor
from recirc.desk.words import shelf_title
from recirc.settings.days import zone_named
from recirc.web.lookups import article_not_found
from recirc.web.problems import FieldError
from recirc.web.requests import HttpRequest, invalid_field


class AsOfPage:
    """`/desk/as-of`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._engine = desk.web.engine
        self._zone = zone_named(self._engine.settings.site.timezone)

    async def get(self, request: HttpRequest, visitor: Visitor) -> Response:
        """GET /desk/as-of?article=&time=: the question alone, or with its answer."""
        named, text = (request.query_params.get(name, "").strip() for name in ("article", "time"))
        context: dict[str, Any] = {
            "named": named,
            "time": text,
            "timezone": self._engine.settings.site.timezone,
            "found": None,
            "article": None,
        }
        if not (named and text):
            return self._desk.page(request, visitor, "as_of.html", **context)
        moment = moment_of(text, "time", self._zone)
        if to_ms(moment) > self._desk.web.clock():
            raise invalid_field(
                FieldError(text=f"{text} has not come; name a moment of the past", field="time")
            )
        id_ = await self._desk.run(article_id, self._engine, named)
        stored = await self._desk.run(self._engine.article, id_)
        if stored is None:
            raise article_not_found(id_)
        started, asked = monotonic(), self._desk.web.renderer.brands.beside(id_, stored.article)
        found = await self._desk.web.pools.past.run(
            self._engine.time_machine.slate, asked, to_ms(moment), None
        )
        return self._desk.page(
            request,
            visitor,
            "as_of.html",
            **context
            | {
                "found": found,
                "article": stored.article,
                "id": id_,
                "moment_asked": moment,
                "rules": [self._engine.rules.words(each.rule) for each in found.rules],
                "shelf_title": shelf_title,
                "seconds": monotonic() - started,
            },
        )
