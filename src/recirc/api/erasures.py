"""Erasures over the API: an article leaves every file, and the answer is its receipt."""

import asyncio
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct
from starlette.responses import Response

from recirc.clock import from_ms
from recirc.engine.erasures import Erasures
from recirc.store.erasure_receipts import ErasureReceipt
from recirc.store.ports import NotThereError
from recirc.types import Id
from recirc.web import problems
from recirc.web.operations import Body, ResponseSpec, json_response, operation
from recirc.web.problems import ProblemError
from recirc.web.requests import Clock, HttpRequest

BODY_BYTES = 4_096


class ErasureRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The article, and why it is erased; the reason is kept and must not repeat the text."""

    article: Id
    reason: Annotated[str, Meta(min_length=1, max_length=500)]


class ErasureRecord(Struct, frozen=True, kw_only=True):
    """An erasure: ids of what was erased, and the number of rows by table."""

    key: str
    time: datetime
    by: str
    reason: str
    articles: tuple[str, ...]
    removed: dict[str, int]


class ErasuresApi:
    """The resource `/v1/erasures`."""

    def __init__(self, erasures: Erasures, clock: Clock) -> None:
        self._erasures = erasures
        self._clock = clock

    @operation(
        "GET /v1/erasures",
        "List what was erased",
        "When, by whom and why, with ids; the newest first.",
        {200: ResponseSpec("The erasures.", list[ErasureRecord])},
        key="Reading the erasures",
    )
    async def get(self, _: HttpRequest) -> Response:
        """List the erasures."""
        found = await asyncio.to_thread(self._erasures.all)
        return json_response(
            [
                ErasureRecord(
                    key=each.key,
                    time=from_ms(each.time),
                    by=each.by,
                    reason=each.reason,
                    articles=each.what.articles,
                    removed=each.removed,
                )
                for each in found
            ]
        )

    @operation(
        "POST /v1/erasures",
        "Erase an article",
        "Its text leaves every file of the store with all versions, for good, and nobody publishes it again. It is "
        "answered with the receipt, which tells no word of the text: keep it. `recirc check --erased RECEIPT` searches "
        "every file for what was erased.",
        {201: ResponseSpec("The receipt.", ErasureReceipt)},
        body=Body(BODY_BYTES, example={"article": "ferry-strike-7", "reason": "court order"}),
        key="Erasing",
        problems=(problems.NOT_FOUND, problems.STORE_FULL),
    )
    async def post(self, _: HttpRequest, body: ErasureRequest, holder: str) -> Response:
        """Erase an article."""
        try:
            made = await asyncio.to_thread(
                self._erasures.erase_article, body.article, holder, body.reason, self._clock()
            )
        except NotThereError:
            raise ProblemError(
                problems.NOT_FOUND,
                f"No text is kept of an article with the id {body.article!r}; GET /v1/erasures lists what was erased.",
            ) from None
        return json_response(made, 201)
