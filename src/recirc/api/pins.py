"""Pins over the API: editors put an article at a place on the front page, until a given time."""

import asyncio
import re
from datetime import UTC, datetime
from typing import Annotated

from msgspec import Meta, Struct
from starlette.responses import Response

from recirc.clock import from_ms, to_ms
from recirc.engine import Engine
from recirc.engine.front_page import FrontRules
from recirc.store.pins import LEADS, Pin
from recirc.types import Id
from recirc.web import problems
from recirc.web.links import article_path
from recirc.web.lookups import article_not_found, find_article
from recirc.web.operations import Body, ResponseSpec, json_response, operation
from recirc.web.problems import FieldError, ProblemError
from recirc.web.requests import Clock, HttpRequest, invalid_field

BODY_BYTES = 8192
LATEST = to_ms(datetime(2200, 1, 1, tzinfo=UTC))


class PinRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The article, and the end of the pin."""

    article: Id
    until: Annotated[datetime, Meta(tz=True)]


class PinStatus(Struct, frozen=True, kw_only=True):
    """The pin at a place. `by` is the name of the API key that set it."""

    place: int
    article: str
    path: str
    until: datetime
    by: str


_PLACES = f"Places are 1 (the top) to {LEADS}"


class PinsApi:
    """The resource `/v1/pins`."""

    def __init__(self, engine: Engine, rules: FrontRules, clock: Clock) -> None:
        self._engine = engine
        self._rules = rules
        self._clock = clock

    @operation(
        "GET /v1/pins",
        "List the pins of the front page",
        "The pins in force, by place.",
        {200: ResponseSpec("The pins.", list[PinStatus])},
        key="Reading the pins",
    )
    def get(self, _: HttpRequest) -> Response:
        """List the pins in force."""
        return self._all()

    @operation(
        "PUT /v1/pins/{place}",
        "Pin an article to the front page",
        f"The article stays at this place, marked as the editors' choice, until the given time. {_PLACES}. "
        "It replaces the pin at that place; an article that is pinned elsewhere moves. A pin is a rule, which "
        "`/v1/rules` lists as well. Other processes see it within a second.",
        {200: ResponseSpec("The pin.", PinStatus)},
        body=Body(BODY_BYTES, example={"article": "ferry-strike-7", "until": "2099-01-01T00:00:00Z"}),
        key="Pinning",
        problems=(problems.NOT_FOUND, problems.WITHDRAWN, problems.STORE_FULL),
    )
    async def put(self, _: HttpRequest, place: str, body: PinRequest, holder: str) -> Response:
        """Pin an article."""
        number = _place(place)
        if find_article(self._engine, body.article).article is None:
            raise article_not_found(body.article)
        now, until = self._clock(), to_ms(body.until)
        if not now < until < LATEST:
            what = "too far ahead" if until >= LATEST else "in the past"
            text = f"{body.until.isoformat()} is {what}; name a date ahead, such as 2026-12-24T18:00:00Z"
            raise invalid_field(FieldError(text=text, field="until"))
        pin = Pin(number, body.article, until, holder)
        await asyncio.to_thread(self._rules.put, pin, now)
        return json_response(_status(pin))

    @operation(
        "DELETE /v1/pins/{place}",
        "Remove a pin",
        f"{_PLACES}. Without a pin at that place, nothing changes.",
        {200: ResponseSpec("The remaining pins.", list[PinStatus])},
        key="Removing a pin",
        problems=(problems.NOT_FOUND, problems.STORE_FULL),
    )
    async def delete(self, _: HttpRequest, place: str, holder: str) -> Response:
        """Remove a pin."""
        await asyncio.to_thread(self._rules.remove, _place(place), holder)
        return self._all()

    def _all(self) -> Response:
        pins = [pin for pin in self._rules.pins(self._clock()) if self._is_live(pin.article)]
        return json_response([_status(pin) for pin in pins])

    def _is_live(self, article: str) -> bool:
        stored = self._engine.article(article)
        return stored is not None and stored.article is not None and not stored.withdrawn


def _place(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]?", text, re.ASCII) or int(text) > LEADS:
        raise ProblemError(
            problems.NOT_FOUND, f"There is no place {text!r} on the front page; they are 1 to {LEADS}."
        )
    return int(text)


def _status(pin: Pin) -> PinStatus:
    until = from_ms(pin.until)
    return PinStatus(
        place=pin.place, article=pin.article, path=article_path(pin.article), until=until, by=pin.holder
    )
