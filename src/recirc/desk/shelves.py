"""Shelves at work: clicks, coverage, age, and what they show beside what is read."""

from starlette.responses import Response

from recirc.desk.guard import Desk
from recirc.desk.sessions import Visitor
from recirc.desk.words import shelf_title
from recirc.engine.shelves_at_work import NEW_DAYS
from recirc.web.requests import HttpRequest


class ShelvesPage:
    """`/desk/shelves`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def get(self, request: HttpRequest, visitor: Visitor) -> Response:
        """GET /desk/shelves."""
        web = self._desk.web
        found = await web.pools.figures.run(web.engine.last_day.shelves, web.clock())
        titles = {name: web.engine.section_title(name) for name, _ in web.engine.sections()}
        return self._desk.page(
            request,
            visitor,
            "shelves.html",
            found=found,
            shelf_title=shelf_title,
            section_name=lambda name: titles.get(name, name),
            unchanged=str,
            new_days=NEW_DAYS,
        )
