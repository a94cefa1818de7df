"""What is not counted, at the desk: what the rules left out, and events that somebody excludes, and takes back."""

from datetime import timedelta
from typing import Final

from starlette.responses import Response

from recirc.clock import from_ms, to_ms
from recirc.desk.forms import FormData
from recirc.desk.guard import Desk, back
from recirc.desk.sessions import Visitor
from recirc.settings.days import day_of, zone_named
from recirc.store.commands import Selection
from recirc.web.problems import FieldError
from recirc.web.requests import HttpRequest, invalid_field

HERE: Final = "/desk/exclusions"
MOST_HOURS: Final = 24 * 366
LARGEST_ENTRY: Final = 2**53


class ExclusionPages:
    """`/desk/exclusions` and the forms below it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._engine = desk.web.engine
        self._exclusions = desk.web.engine.exclusions
        self._zone = zone_named(self._engine.settings.site.timezone)

    async def get(self, request: HttpRequest, visitor: Visitor) -> Response:
        """GET /desk/exclusions?article=: what is not counted today and why, and from which networks views came."""
        run = self._desk.web.pools.figures.run
        today = day_of(self._desk.web.clock(), self._zone)
        found = await run(self._exclusions.all)
        names = await self._desk.run(self._exclusions.ids_of, [each.selection for each in found.values()])
        listed = [
            (key, each, name, from_ms(each.time))
            for (key, each), name in zip(found.items(), names, strict=True)
        ]
        networks = [
            (each, from_ms(each.first), from_ms(each.last))
            for each in await run(self._exclusions.networks, today)
        ]
        return self._desk.page(
            request,
            visitor,
            "exclusions.html",
            listed=listed[::-1],
            day=await run(self._exclusions.day, today),
            networks=networks,
            named=request.query_params.get("article", "")[:512],
        )

    async def add(self, _: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/exclusions/add: the events of an article in the last hours, or of all articles."""
        hours, reason = data["hours"], _reason(data)
        if not hours.isascii() or not hours.isdecimal() or not 1 <= int(hours) <= MOST_HOURS:
            raise invalid_field(
                FieldError(text=f"a number of hours, from 1 to {MOST_HOURS:,}", field="hours")
            )
        if not data["article"] and data["all"] != "1":
            raise invalid_field(
                FieldError(text="name an article, or say that all are meant", field="article")
            )
        since = from_ms(self._desk.web.clock()) - timedelta(hours=int(hours))
        selection = Selection(since=to_ms(since), article=await self._index(data["article"]))
        await self._exclude(visitor, selection, data["article"], reason, f"since {since.isoformat()}")
        return back(HERE, "done")

    async def add_network(self, _: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/exclusions/network: views from a log entry's network on its day, of one article or all."""
        entry, reason = data.text("entry").replace(",", ""), _reason(data)
        if not entry.isascii() or not entry.isdecimal() or not 1 <= int(entry) < LARGEST_ENTRY:
            raise invalid_field(FieldError(text="the number of a log entry that is a view", field="entry"))
        selection = await self._desk.run(
            self._exclusions.same_sender,
            int(entry),
            Selection(article=await self._index(data["article"])),
            network=True,
        )
        detail = f"the network of log entry {int(entry):,}"
        await self._exclude(visitor, selection, data["article"], reason, detail)
        return back(HERE, "done")

    async def undo(self, _: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/exclusions/undo."""
        await self._desk.run(self._exclusions.undo, data["key"], visitor.name)
        await self._desk.note(visitor, "undo an exclusion", data["key"], data.text("reason"))
        return back(HERE, "done")

    async def _index(self, article: str) -> int | None:
        """The number of the article with this id; None: no article is named. Raises ProblemError."""
        if not article:
            return None
        if await self._desk.run(self._engine.article, article) is None:
            raise invalid_field(FieldError(text=f"no article has the id {article!r}", field="article"))
        return int((await self._desk.run(self._engine.intern, [article]))[0])

    async def _exclude(
        self, visitor: Visitor, selection: Selection, article: str, reason: str, detail: str
    ) -> None:
        key = await self._desk.run(self._exclusions.add, selection, visitor.name, reason)
        await self._desk.note(visitor, "exclude", article or "all articles", reason, f"{key}: {detail}")


def _reason(data: FormData) -> str:
    reason = data.text("reason")
    if not reason:
        raise invalid_field(FieldError(text="say why", field="reason"))
    return reason
