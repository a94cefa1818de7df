"""Articles over the API: put, look at, withdraw."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Response
from msgspec import Struct, structs

from recirc.engine import Engine
from recirc.reading.fields import article_from
from recirc.reading.rejections import RejectedValueError
from recirc.store.ports import PublishOutcome
from recirc.types import Article, Id
from recirc.types.responses import ArticleRecord, PublishResult, WithdrawResult
from recirc.web import problems
from recirc.web.access import KeyRing, needed
from recirc.web.contract import JSON, Operation, ResponseSpec
from recirc.web.incoming import (
    Clock,
    Incoming,
    body_of,
    json_of,
    many,
    query_of,
    tail,
)
from recirc.web.links import api_path, article_path
from recirc.web.lookups import known, unknown
from recirc.web.problems import FieldError, ProblemError

PREFIX = "/v1/articles/"

FOLD_SECONDS = 2.0
"""What is on disk is acknowledged after so long at the latest, also by a worker that is behind with the log."""


class IdQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which article."""

    id: Id


class NoQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """No parameters."""


ARTICLE_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["id", "headline"],
    "properties": {
        "id": {"type": "string", "minLength": 1, "maxLength": 512},
        "headline": {"type": "string", "minLength": 1},
        "body": {"type": "string", "description": "Text or HTML; it is cleaned."},
        "summary": {"type": "string"},
        "section": {"type": "string"},
        "topics": {"type": "array", "items": {"type": "string"}},
        "authors": {"type": "array", "items": {"$ref": "#/components/schemas/Author"}},
        "published": {"type": "string", "description": "RFC 3339; without a zone it is UTC."},
        "updated": {"type": "string"},
        "language": {"type": "string"},
        "url": {"type": "string"},
        "outlet": {"type": "string"},
    },
}
EXAMPLE = {
    "id": "ferry-strike-7",
    "headline": "Ferry crews walk out as talks collapse",
    "body": "<p>The last boat left at six.</p>",
    "section": "business",
    "topics": ["Ferries", "Trade unions"],
    "authors": [{"name": "Beth Carrow"}],
    "published": "2026-11-22T07:40:00Z",
}

POST = Operation(
    "POST",
    "/v1/articles",
    "Publish articles",
    "One article, or a list of them. An id that is known is updated; the same content again changes nothing. "
    "The fields are those of the import, with the same other names; docs/import.md lists them. "
    "Refused articles of a list do not keep the others out. When this answers, the others are on disk.",
    {
        200: ResponseSpec(
            "Nothing was new; one outcome for each article, in order.", PublishResult | list[PublishResult]
        ),
        201: ResponseSpec(
            "At least one article is new; one outcome for each, in order.",
            PublishResult | list[PublishResult],
        ),
    },
    body={"oneOf": [ARTICLE_SCHEMA, {"type": "array", "items": ARTICLE_SCHEMA, "minItems": 1}]},
    query=NoQuery,
    key="always",
    example=EXAMPLE,
    problems=(
        problems.MALFORMED,
        problems.KEY_NEEDED,
        problems.TOO_LARGE,
        problems.MEDIA_TYPE,
        problems.STORE,
        problems.STORE_FULL,
    ),
)
GET = Operation(
    "GET",
    "/v1/articles/{id}",
    "Look at an article",
    "The article as it is kept, its counts, its reactions, and the other articles of its story.",
    {200: ResponseSpec("The article.", ArticleRecord)},
    query=NoQuery,
    problems=(problems.INVALID, problems.NOT_FOUND, problems.WITHDRAWN, problems.STORE),
)
DELETE = Operation(
    "DELETE",
    "/v1/articles/{id}",
    "Withdraw an article",
    "It leaves every shelf and its page answers 410. What readers did stays in the log. "
    "Publishing it again brings it back.",
    {200: ResponseSpec("It is withdrawn; also when it was before.", WithdrawResult)},
    query=NoQuery,
    key="always",
    problems=(problems.INVALID, problems.KEY_NEEDED, problems.NOT_FOUND, problems.STORE, problems.STORE_FULL),
)
_BY_QUERY = "The same, for ids that a path cannot hold: browsers and proxies rewrite parts that are empty, `.` or `..`."
GET_BY_QUERY = GET._replace(
    path="/v1/articles", summary="Look at an article, the id as a parameter", text=_BY_QUERY, query=IdQuery
)
DELETE_BY_QUERY = DELETE._replace(
    path="/v1/articles", summary="Withdraw an article, the id as a parameter", text=_BY_QUERY, query=IdQuery
)


class ArticlesApi:
    """The handlers of `/v1/articles`."""

    def __init__(self, engine: Engine, keys: KeyRing, clock: Clock) -> None:
        self._engine = engine
        self._keys = keys
        self._clock = clock

    async def post(self, request: Incoming) -> Response[bytes]:
        """POST /v1/articles."""
        await needed(request, self._keys, "Publishing")
        query_of(request, NoQuery)
        body = await body_of(request, self._engine.settings.intake.write_bytes, JSON)
        rows, listed = many(json_of(body))
        # Cleaning and understanding many articles takes seconds; other requests go on meanwhile.
        told, articles = await asyncio.to_thread(_read, rows, self._engine.settings.intake.article_bytes)
        if not articles:
            raise _all_refused(told, listed)
        future = await asyncio.to_thread(self._engine.publish, [article for _, article in articles])
        receipt = await asyncio.wrap_future(future)
        await self._folded(receipt.offset)
        outcomes = receipt.outcomes
        for (place, _), outcome in zip(articles, outcomes, strict=True):
            told[place] = structs.replace(told[place], outcome=outcome.value)
        new = PublishOutcome.NEW in outcomes
        return Response(
            msgspec.json.encode(told if listed else told[0]),
            status_code=201 if new else 200,
            media_type=JSON,
            headers={"Location": api_path(str(told[0].id))} if new and not listed else {},
        )

    def get(self, request: Incoming) -> Response[bytes]:
        """GET /v1/articles/{id}."""
        stored = known(self._engine, _id(request))
        kept = ArticleRecord(
            id=stored.id,
            path=article_path(stored.id),
            article=_public(stored.article),
            counts=self._engine.counts(stored.id, self._clock()),
            reactions=self._engine.reactions(stored.id),
            story=tuple(article.id for article in self._engine.story(stored.id)),
        )
        return Response(msgspec.json.encode(kept), media_type=JSON, headers={"Cache-Control": "no-cache"})

    async def delete(self, request: Incoming) -> Response[bytes]:
        """DELETE /v1/articles/{id}."""
        await needed(request, self._keys, "Withdrawing")
        article = _id(request)
        stored = self._engine.article(article)
        if stored is None or (stored.article is None and not stored.withdrawn):
            raise unknown(article)
        if not stored.withdrawn:
            receipt = await asyncio.wrap_future(self._engine.withdraw([article]))
            await self._folded(receipt.offset)
        return Response(msgspec.json.encode(WithdrawResult(id=article, outcome="withdrawn")), media_type=JSON)

    async def _folded(self, offset: int) -> None:
        """Wait until this worker knows the log up to `offset`, so that who asks next is told what was just sent."""
        until = time.monotonic() + FOLD_SECONDS
        while self._engine.offset < offset and not self._engine.trouble and time.monotonic() < until:
            await asyncio.sleep(0.002)


def _public(article: Article | None) -> Article | None:
    """Without what findings took out of it: a text that is not to be published is not told either."""
    if article is None:
        return None
    return structs.replace(article, provenance=structs.replace(article.provenance, given=None, found=None))


def _id(request: Incoming) -> str:
    if request.scope["path"] == PREFIX.rstrip("/"):
        return query_of(request, IdQuery).id
    query_of(request, NoQuery)
    return tail(request, PREFIX)


def _read(rows: list[Any], max_bytes: int) -> tuple[list[PublishResult], list[tuple[int, Article]]]:
    told: list[PublishResult] = []
    articles: list[tuple[int, Article]] = []
    for place, row in enumerate(rows):
        name = row.get("id") if isinstance(row, Mapping) else None
        shown = name if isinstance(name, str) else None
        try:
            if not isinstance(row, Mapping):
                raise RejectedValueError("", f"an article is a JSON object, not {type(row).__name__}")
            article, ignored = article_from(row, source="api", max_bytes=max_bytes)
        except RejectedValueError as error:
            told.append(
                PublishResult(id=shown, outcome="refused", field=error.field or None, text=error.text)
            )
            continue
        told.append(PublishResult(id=article.id, outcome="", ignored=tuple(ignored)))
        articles.append((place, article))
    return told, articles


def _all_refused(told: list[PublishResult], listed: bool) -> ProblemError:
    faults = [
        FieldError(text=put.text or "", field=put.field, index=place if listed else None)
        for place, put in enumerate(told)
    ]
    detail = f"{faults[0].field or 'article'}: {faults[0].text}" if faults else "The list is empty."
    if len(faults) > 1:
        detail += f" (and {len(faults) - 1} more, see errors)"
    return ProblemError(problems.REFUSED, detail, errors=faults)
