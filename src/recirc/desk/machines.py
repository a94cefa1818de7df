"""Sources and models at the desk, and what is excluded."""

from datetime import timedelta

from starlette.responses import Response

from recirc.clock import from_ms, to_ms
from recirc.desk.forms import FormData
from recirc.desk.guard import Desk, back
from recirc.desk.sessions import Visitor
from recirc.engine.model_registry import ModelRegistry
from recirc.rank.model import ModelError
from recirc.settings.days import day_of, zone_named
from recirc.store.commands import Selection
from recirc.store.ports import ConflictError
from recirc.web.problems import FieldError
from recirc.web.requests import HttpRequest, invalid_field
from recirc.web.source_status import statuses

EXCLUSIONS, MODELS = "/desk/exclusions", "/desk/models"
OVERDUE_SECONDS = 900


class MachinePages:
    """`/desk/sources`, `/desk/models`, `/desk/exclusions`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._engine = desk.web.engine
        self._models = ModelRegistry.of_store(self._engine.settings.store)

    async def sources(self, request: HttpRequest, visitor: Visitor) -> Response:
        """GET /desk/sources."""
        web = self._desk.web
        listed = await self._desk.run(statuses, web.stores.sources, self._engine.settings.sources)
        now = from_ms(web.clock())
        overdue = {
            each.address
            for each in listed
            if each.next and (now - each.next).total_seconds() > OVERDUE_SECONDS
        }
        return self._desk.page(request, visitor, "sources.html", sources=listed, overdue=overdue)

    async def models(self, request: HttpRequest, visitor: Visitor) -> Response:
        """GET /desk/models."""
        listed = await self._desk.run(self._models.all)
        adopted = await self._desk.run(self._adopted)
        return self._desk.page(request, visitor, "models.html", models=listed, adopted=adopted)

    def _adopted(self) -> tuple[str, ...]:
        try:
            return self._models.adopted()
        except ModelError:
            return ()

    async def roll_back(self, _: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/models/rollback: from the model that the page showed as active."""
        adopted = await self._desk.run(self._adopted)
        if not adopted or adopted[-1] != data["active"]:
            raise ConflictError("another model is active than the one that you saw; look again")
        try:
            done = await self._desk.run(self._models.roll_back)
        except ModelError as error:
            raise invalid_field(FieldError(text=str(error), field="model")) from None
        detail = f"to {done.now or 'the default formula'}"
        await self._desk.note(visitor, "roll back a model", done.before, data.text("reason"), detail)
        return back(MODELS, "done")

    async def exclusions(self, request: HttpRequest, visitor: Visitor) -> Response:
        """GET /desk/exclusions."""
        zone = zone_named(self._engine.settings.site.timezone)
        today = day_of(self._desk.web.clock(), zone)
        found = await self._desk.web.pools.figures.run(self._engine.exclusions.all)
        names = await self._desk.run(
            self._engine.exclusions.ids_of, [each.selection for each in found.values()]
        )
        listed = [
            (key, each, name, from_ms(each.time))
            for (key, each), name in zip(found.items(), names, strict=True)
        ]
        day = await self._desk.web.pools.figures.run(self._engine.exclusions.day, today)
        named = request.query_params.get("article", "")[:512]
        return self._desk.page(request, visitor, "exclusions.html", listed=listed[::-1], day=day, named=named)

    async def exclude(self, _: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/exclusions/add: the events of an article in the last hours, or of all articles."""
        hours, reason = data["hours"], data.text("reason")
        if not hours.isascii() or not hours.isdecimal() or not 1 <= int(hours) <= 24 * 366:
            raise invalid_field(FieldError(text="a number of hours, from 1 to 8,784", field="hours"))
        if not reason:
            raise invalid_field(FieldError(text="say why", field="reason"))
        index = None
        if data["article"]:
            if await self._desk.run(self._engine.article, data["article"]) is None:
                raise invalid_field(
                    FieldError(text=f"no article has the id {data['article']!r}", field="article")
                )
            index = int((await self._desk.run(self._engine.intern, [data["article"]]))[0])
        elif data["all"] != "1":
            raise invalid_field(
                FieldError(text="name an article, or say that all are meant", field="article")
            )
        since = from_ms(self._desk.web.clock()) - timedelta(hours=int(hours))
        selection = Selection(since=to_ms(since), article=index)
        key = await self._desk.run(self._engine.exclusions.add, selection, visitor.name, reason)
        subject = data["article"] or "all articles"
        await self._desk.note(visitor, "exclude", subject, reason, f"{key}: since {since.isoformat()}")
        return back(EXCLUSIONS, "done")

    async def undo(self, _: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/exclusions/undo."""
        await self._desk.run(self._engine.exclusions.undo, data["key"], visitor.name)
        await self._desk.note(visitor, "undo an exclusion", data["key"], data.text("reason"))
        return back(EXCLUSIONS, "done")
