"""Balance at the desk: targets for what shelves show, and what they really showed."""

from starlette.responses import Response

from recirc.clock import from_ms
from recirc.desk.guard import Desk
from recirc.desk.sessions import Visitor
from recirc.desk.words import shelf_title
from recirc.engine.fixed_rules import KEY
from recirc.web.requests import HttpRequest


class BalancePage:
    """`/desk/balance`. Targets are made, changed and ended as rules."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def get(self, request: HttpRequest, visitor: Visitor) -> Response:
        """GET /desk/balance."""
        web = self._desk.web
        shares, shelves = await web.pools.figures.run(web.engine.rules.shown, web.clock())
        words = [web.engine.rules.words(each.stored.rule) for each in shares]
        return self._desk.page(
            request,
            visitor,
            "balance.html",
            shares=list(zip(shares, words, strict=True)),
            prices=await self._desk.run(web.engine.last_day.prices.known),
            moment_of=from_ms,
            shelves=[each for each in shelves if each.shown],
            shelf_title=shelf_title,
            fixed=KEY,
            diversity=web.engine.settings.diversity,
            weight=web.engine.settings.balance.weight,
        )
