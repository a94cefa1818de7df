"""Shelves at work: clicks, coverage, age, and what they show beside what is read."""

from starlette.responses import Response

from recirc.desk.guard import Desk
from recirc.desk.sessions import Visitor
from recirc.desk.words import shelf_title
from recirc.engine.shelves_at_work import NEW_DAYS, ShelvesAtWork
from recirc.web.requests import HttpRequest


class ShelvesPage:
    """`/desk/shelves`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def get(self, request: HttpRequest, visitor: Visitor) -> Response:
        """GET /desk/shelves."""
        web = self._desk.web
        found, titles = await web.pools.figures.run(self._found, web.clock())
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

    def _found(self, now: int) -> tuple[ShelvesAtWork, dict[str, str]]:
        """The shelves in the day before `now` (ms), and the titles of sections; from the store, for threads."""
        engine = self._desk.web.engine
        titles = {name: engine.section_title(name) for name, _ in engine.sections()}
        return engine.last_day.shelves(now), titles
