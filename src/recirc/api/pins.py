"""Pins over the API: editors put an article at a place of the front page, until a time that they name."""

import asyncio
import re
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from litestar import Response
from msgspec import Meta, Struct

from recirc.api.articles import NoQuery
from recirc.engine import Engine
from recirc.store.pins import LEADS, Pin, Pins
from recirc.types import Id
from recirc.web import problems
from recirc.web.access import KeyRing, needed
from recirc.web.contract import JSON, Operation, ResponseSpec
from recirc.web.incoming import (
    Clock,
    Incoming,
    body_of,
    fault,
    json_of,
    query_of,
    tail,
)
from recirc.web.links import article_path
from recirc.web.lookups import known, unknown
from recirc.web.problems import FieldError, ProblemError

PREFIX = "/v1/pins/"
BODY_BYTES = 8192
LAST = round(datetime(2200, 1, 1, tzinfo=UTC).timestamp() * 1000)


class PinRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which article, and until when."""

    article: Id
    until: Annotated[datetime, Meta(tz=True)]


class PinStatus(Struct, frozen=True, kw_only=True):
    """What is pinned at a place. `by` is the name of the key that did it."""

    place: int
    article: str
    path: str
    until: datetime
    by: str


_PROBLEMS = (problems.INVALID, problems.KEY_NEEDED, problems.STORE)
_PLACES = f"Places are 1 (the top) to {LEADS}"
GET = Operation(
    "GET",
    "/v1/pins",
    "What is pinned to the front page",
    "The pins in force, by place.",
    {200: ResponseSpec("The pins.", list[PinStatus])},
    query=NoQuery,
    key="always",
    problems=_PROBLEMS,
)
PUT = Operation(
    "PUT",
    "/v1/pins/{place}",
    "Pin an article to the front page",
    f"It stands at this place, said to be the editors' choice, until the time that is named. {_PLACES}. "
    "What was pinned there before is replaced; an article that is pinned elsewhere moves. Other processes know within "
    "a second.",
    {200: ResponseSpec("The pin.", PinStatus)},
    query=NoQuery,
    body=PinRequest,
    key="always",
    problems=(
        *_PROBLEMS, problems.MALFORMED, problems.NOT_FOUND, problems.WITHDRAWN, problems.TOO_LARGE,
        problems.MEDIA_TYPE, problems.STORE_FULL,
    ),
    example={"article": "ferry-strike-7", "until": "2099-01-01T00:00:00Z"},
)  # fmt: skip
DELETE = Operation(
    "DELETE",
    "/v1/pins/{place}",
    "Take a pin away",
    f"{_PLACES}. Where nothing is pinned, nothing changes.",
    {200: ResponseSpec("What is pinned now.", list[PinStatus])},
    query=NoQuery,
    key="always",
    problems=(*_PROBLEMS, problems.NOT_FOUND, problems.STORE_FULL),
)


class PinsApi:
    """The handlers of `/v1/pins`."""

    def __init__(self, engine: Engine, pins: Pins, keys: KeyRing, clock: Clock) -> None:
        self._engine = engine
        self._pins = pins
        self._keys = keys
        self._clock = clock

    async def get(self, request: Incoming) -> Response[bytes]:
        """GET /v1/pins."""
        await needed(request, self._keys, "Looking at the pins")
        query_of(request, NoQuery)
        return self._all()

    async def put(self, request: Incoming) -> Response[bytes]:
        """PUT /v1/pins/{place}."""
        holder = await needed(request, self._keys, "Pinning")
        query_of(request, NoQuery)
        place = _place(request)
        decoded = json_of(await body_of(request, BODY_BYTES, JSON))
        try:
            asked = msgspec.convert(decoded, PinRequest)
        except msgspec.ValidationError as error:
            raise _invalid(fault(error)) from None
        if known(self._engine, asked.article).article is None:
            raise unknown(asked.article)
        now, until = self._clock(), round(asked.until.timestamp() * 1000)
        if not now < until < LAST:
            raise _invalid(
                FieldError(
                    text=f"{asked.until.isoformat()} is over, or too far; name a time to come", field="until"
                )
            )
        for other in self._pins.all(now):
            if other.article == asked.article and other.place != place:
                await asyncio.to_thread(self._pins.remove, other.place)
        pin = Pin(place, asked.article, until, holder)
        await asyncio.to_thread(self._pins.put, pin)
        return _json(_status(pin))

    async def delete(self, request: Incoming) -> Response[bytes]:
        """DELETE /v1/pins/{place}."""
        await needed(request, self._keys, "Taking a pin away")
        query_of(request, NoQuery)
        await asyncio.to_thread(self._pins.remove, _place(request))
        return self._all()

    def _all(self) -> Response[bytes]:
        return _json([_status(pin) for pin in self._pins.all(self._clock())])


def _place(request: Incoming) -> int:
    text = tail(request, PREFIX)
    if not re.fullmatch(r"[1-9][0-9]?", text, re.ASCII) or int(text) > LEADS:
        raise ProblemError(
            problems.NOT_FOUND, f"There is no place {text!r} on the front page; they are 1 to {LEADS}."
        )
    return int(text)


def _invalid(wrong: FieldError) -> ProblemError:
    return ProblemError(problems.INVALID, f"{wrong.field or 'body'}: {wrong.text}.", errors=(wrong,))


def _status(pin: Pin) -> PinStatus:
    until = datetime.fromtimestamp(pin.until / 1000, UTC)
    return PinStatus(
        place=pin.place, article=pin.article, path=article_path(pin.article), until=until, by=pin.holder
    )


def _json(answer: PinStatus | list[PinStatus]) -> Response[bytes]:
    return Response(msgspec.json.encode(answer), media_type=JSON, headers={"Cache-Control": "no-store"})
