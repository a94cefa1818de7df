"""Sources and models at the desk."""

from starlette.responses import Response

from recirc.clock import from_ms
from recirc.desk.forms import FormData
from recirc.desk.guard import Desk, back
from recirc.desk.sessions import Visitor
from recirc.engine.model_registry import ModelRegistry
from recirc.rank.model import ModelError
from recirc.store.ports import ConflictError
from recirc.web.problems import FieldError
from recirc.web.requests import HttpRequest, invalid_field
from recirc.web.source_status import statuses

MODELS = "/desk/models"
OVERDUE_SECONDS = 900


class MachinePages:
    """`/desk/sources` and `/desk/models`."""

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
