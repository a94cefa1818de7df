"""Erasing at the desk: an article leaves every file, with a receipt, and the files are searched for it."""

from datetime import date
from typing import Final, Literal

from starlette.responses import Response

from recirc.clock import from_ms
from recirc.desk.audit import json_file
from recirc.desk.forms import FormData
from recirc.desk.guard import Desk, back
from recirc.desk.sessions import Visitor
from recirc.engine.erasures import Erasures
from recirc.store.erased_names import UnsuitableNameError
from recirc.store.erasure_receipts import ErasureReceipt
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
        self._erasures = Erasures(desk.web.engine, desk.web.media)

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

    async def look(self, request: HttpRequest, visitor: Visitor) -> Response:
        """GET /desk/erasures/new?what=&value=&also=&texts=: what an erasure is about, before it is made."""
        query = request.query_params
        what, value = query.get("what", "author"), query.get("value", "").strip()[:300]
        also, texts = query.get("also", "").strip()[:300], query.get("texts", "")
        found: object = None
        error = ""
        if value and what in ("author", "topic"):
            try:
                found = await self._desk.web.pools.past.run(
                    self._erasures.articles_with, what, [value, *_lines(also)]
                )
            except UnsuitableNameError as wrong:
                error = sentence(str(wrong))
        elif value and (day := _day(value)) is not None:
            found = await self._desk.web.pools.past.run(self._erasures.events_of, day)
        elif value:
            error = "Write a day as 2026-11-30."
        return self._desk.page(
            request,
            visitor,
            "erase.html",
            what=what,
            value=value,
            also=also,
            texts=texts,
            found=found,
            error=error,
        )

    async def erase(self, _: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/erasures/article: for good, after one's password."""
        reason = await self._confirmed(visitor, data)
        made = await self._desk.run(
            self._erasures.erase_article, data["id"], visitor.name, reason, self._desk.web.clock()
        )
        return await self._done(visitor, made, data["id"], reason)

    async def erase_author(self, _: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/erasures/author: a name, and the articles stay."""
        return await self._erase_names(visitor, data, "author")

    async def erase_topic(self, _: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/erasures/topic."""
        return await self._erase_names(visitor, data, "topic")

    async def erase_day(self, _: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/erasures/day: what readers did on a day."""
        reason = await self._confirmed(visitor, data)
        day = _day(data.text("value"))
        if day is None:
            raise invalid_field(FieldError(text="write a day as 2026-11-30", field="value"))
        made = await self._desk.web.pools.past.run(
            self._erasures.erase_day, day, visitor.name, reason, self._desk.web.clock()
        )
        return await self._done(visitor, made, f"events of {day}", reason)

    async def _erase_names(
        self, visitor: Visitor, data: FormData, kind: Literal["author", "topic"]
    ) -> Response:
        reason = await self._confirmed(visitor, data)
        names = [each for each in (data.text("value"), *_lines(data["also"])) if each]
        if not names:
            raise invalid_field(FieldError(text="name it", field="value"))
        try:
            made = await self._desk.web.pools.past.run(
                self._erasures.erase_names,
                kind,
                names,
                visitor.name,
                reason,
                self._desk.web.clock(),
                texts=bool(data["texts"]),
            )
        except UnsuitableNameError as error:
            raise invalid_field(FieldError(text=str(error), field="value")) from None
        # The audit must not keep what was erased.
        return await self._done(visitor, made, made.what.in_words(), reason)

    async def _confirmed(self, visitor: Visitor, data: FormData) -> str:
        """The reason, from whoever has shown that it is them."""
        reason = data.text("reason")
        if not 1 <= len(reason) <= REASON_CHARACTERS:
            text = f"say why, in at most {REASON_CHARACTERS} characters"
            raise invalid_field(FieldError(text=text, field="reason"))
        await self._desk.confirm(visitor, data)
        return reason

    async def _done(self, visitor: Visitor, made: ErasureReceipt, subject: str, reason: str) -> Response:
        rows = ", ".join(f"{count:,} {table}" for table, count in made.removed.items())
        await self._desk.note(visitor, "erase", subject, reason, f"{made.key}: {rows}")
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


def _lines(text: str) -> list[str]:
    """The spellings in a field, one a line."""
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
