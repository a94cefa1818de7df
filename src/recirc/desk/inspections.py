"""A page that the newsroom asks about: a form, and the report that can be sent to a colleague."""

import re
from typing import Final

from starlette.responses import HTMLResponse, Response

from recirc.desk.forms import FormData
from recirc.desk.guard import Desk
from recirc.desk.sessions import Visitor
from recirc.provenance.inspect import Inspection
from recirc.provenance.report_page import as_html, content_policy
from recirc.web.problems import FieldError
from recirc.web.requests import HttpRequest, invalid_field
from recirc.web.submitted_pages import inspected

LONGEST: Final = 300_000  # characters of a page that is pasted
_MARKUP: Final = re.compile(r"<(?:!doctype|html|head|body|article|div|p|meta)\b", re.IGNORECASE)


class InspectionPages:
    """`/desk/inspect`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def get(self, request: HttpRequest, visitor: Visitor) -> Response:
        """GET /desk/inspect."""
        return self._desk.page(request, visitor, "inspect.html")

    async def inspect(self, _: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/inspect: the report of a page by its address, or of what was pasted."""
        url, pasted = data.text("url"), data["content"].strip()
        if not url and not pasted:
            raise invalid_field(FieldError(text="give an address, or paste a page", field="url"))
        if len(pasted) > LONGEST:
            raise invalid_field(
                FieldError(text=f"longer than {LONGEST:,} characters; give its address", field="content")
            )
        report = await self._desk.web.pools.inspections.run(self._report, url, pasted)
        await self._desk.note(visitor, "inspect a page", url or "a pasted page")
        return HTMLResponse(
            report, headers={"Cache-Control": "no-store", "Content-Security-Policy": content_policy()}
        )

    def _report(self, url: str, pasted: str) -> str:
        given = {"html" if _MARKUP.search(pasted[:20_000]) else "text": pasted} if pasted else {}
        found: Inspection = inspected(self._desk.web.engine, url=url or None, **given)
        return as_html(found, back="/desk/inspect")
