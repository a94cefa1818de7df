"""Erasing at the desk: an article leaves every file, with a receipt, and the files are searched for it."""

from typing import Final

from starlette.responses import Response

from recirc.clock import from_ms
from recirc.desk.audit import json_file
from recirc.desk.forms import FormData
from recirc.desk.guard import Desk, back
from recirc.desk.sessions import Visitor
from recirc.engine.erasures import Erasures
from recirc.store.ports import NotThereError
from recirc.web import problems
from recirc.web.problems import FieldError, ProblemError
from recirc.web.requests import HttpRequest, invalid_field, sentence

HERE: Final = "/desk/erasures"
REASON_CHARACTERS: Final = 500


class ErasurePages:
    """`/desk/erasures` and the forms below it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._erasures = Erasures(desk.web.engine)

    async def get(self, request: HttpRequest, visitor: Visitor) -> Response:
        """GET /desk/erasures: what was erased."""
        return await self._page(request, visitor)

    async def receipt(self, request: HttpRequest, _: Visitor) -> Response:
        """GET /desk/erasures/receipt?key=."""
        try:
            found = await self._desk.run(self._erasures.receipt, request.query_params.get("key", ""))
        except NotThereError as error:
            raise ProblemError(problems.NOT_FOUND, sentence(str(error))) from None
        return json_file(f"erased-{found.key}.json", found)

    async def erase(self, _: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/erasures/article: for good, after one's password."""
        reason = data.text("reason")
        if not 1 <= len(reason) <= REASON_CHARACTERS:
            text = f"say why, in at most {REASON_CHARACTERS} characters"
            raise invalid_field(FieldError(text=text, field="reason"))
        await self._desk.confirm(visitor, data)
        made = await self._desk.run(
            self._erasures.erase_article, data["id"], visitor.name, reason, self._desk.web.clock()
        )
        rows = ", ".join(f"{count:,} {table}" for table, count in made.removed.items())
        await self._desk.note(visitor, "erase", data["id"], reason, f"{made.key}: {rows}")
        return back(HERE, "done")

    async def check(self, request: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/erasures/check: search every file for what was erased."""
        result = await self._desk.web.pools.past.run(self._erasures.check, data["key"])
        said = "nothing was found" if result.is_clean else f"found in {len(result.remains)} files"
        await self._desk.note(visitor, "search for what was erased", data["key"], detail=said)
        return await self._page(request, visitor, checked=data["key"], result=result)

    async def _page(
        self, request: HttpRequest, visitor: Visitor, *, checked: str = "", result: object = None
    ) -> Response:
        found = await self._desk.run(self._erasures.all)
        listed = [(each, from_ms(each.time), self._erasures.has_receipt(each.key)) for each in found]
        return self._desk.page(
            request, visitor, "erasures.html", listed=listed, checked=checked, result=result
        )
