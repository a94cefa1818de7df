"""Corrections of articles over the API: a patch changes what it names, former versions stay readable with a key."""

import asyncio
from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct
from starlette.responses import Response

from recirc.api.articles import ARTICLE_SCHEMA, BY_QUERY, ArticleQuery, public
from recirc.engine import Engine
from recirc.ingest.earlier_versions import CORRECTABLE
from recirc.ingest.pipeline import IngestPipeline
from recirc.types import Article, Id
from recirc.types.responses import PublishResult
from recirc.web import problems
from recirc.web.corrections import FOLLOW, LONGEST_NOTE, NOTE, ArticleCorrections, wait_until_folded
from recirc.web.lookups import article_not_found
from recirc.web.operations import JSON, Body, ResponseSpec, json_response, operation
from recirc.web.problems import FieldError
from recirc.web.requests import Clock, HttpRequest, decode_json, invalid_field, read_body

PATCH = Body(
    schema={
        "type": "object",
        "properties": {
            **{name: each for name, each in ARTICLE_SCHEMA["properties"].items() if name != "id"},
            NOTE: {
                "anyOf": [
                    {"type": "string", "maxLength": LONGEST_NOTE, "pattern": "[!-~]"},
                    {"type": "null"},
                ]
            },
            FOLLOW: {"type": "array", "items": {"enum": list(CORRECTABLE)}},
        },
        "additionalProperties": False,
    },
    example={"headline": "Ferry crews walk out", "note": "The headline named the wrong harbour."},
)
"""The body of a patch."""


class ArticleVersionRecord(Struct, frozen=True, kw_only=True):
    """One version of an article. The newest has no time of replacement."""

    number: int
    replaced: datetime | None
    article: Article


class VersionList(Struct, frozen=True, kw_only=True):
    """All versions of an article, the oldest first."""

    id: Id
    versions: tuple[ArticleVersionRecord, ...]


class CorrectionsApi:
    """PATCH of `/v1/articles`, and the resource `/v1/versions`."""

    def __init__(self, engine: Engine, pipeline: IngestPipeline, clock: Clock) -> None:
        self._engine = engine
        self._corrections = ArticleCorrections(engine, pipeline, clock)

    @operation(
        "PATCH /v1/articles/{id}",
        "Correct an article",
        "Changes the fields that the body names, and nothing else; `null` empties a field. The names are those of "
        'POST. With `note`, readers see "Updated" with the time and the note. The version before stays readable, see '
        "GET /v1/versions. No source of the article changes a corrected field any more, until `follow` names it.",
        {200: ResponseSpec("The outcome: updated, unchanged, or held.", PublishResult)},
        body=PATCH,
        key="Correcting an article",
        problems=(problems.NOT_FOUND, problems.WITHDRAWN, problems.REFUSED, problems.STORE_FULL),
    )
    async def patch(self, request: HttpRequest, id: str) -> Response:
        """Correct an article."""
        return await self._corrected(request, id)

    @operation(
        "PATCH /v1/articles",
        "Correct an article, by the id as a parameter",
        BY_QUERY,
        {200: ResponseSpec("The outcome: updated, unchanged, or held.", PublishResult)},
        body=PATCH,
        key="Correcting an article",
        problems=(problems.NOT_FOUND, problems.WITHDRAWN, problems.REFUSED, problems.STORE_FULL),
    )
    async def patch_by_query(self, request: HttpRequest, query: ArticleQuery) -> Response:
        """Correct an article whose id is in the query."""
        return await self._corrected(request, query.id)

    @operation(
        "GET /v1/versions",
        "All versions of an article",
        "The former versions, each with the time at which the next one replaced it, and the present one.",
        {200: ResponseSpec("The versions, the oldest first.", VersionList)},
        key="Reading former versions",
        problems=(problems.NOT_FOUND,),
    )
    def versions(self, _: HttpRequest, query: ArticleQuery) -> Response:
        """List the versions of an article, also of a withdrawn one."""
        stored = self._engine.article(query.id)
        if stored is None or stored.article is None:
            raise article_not_found(query.id)
        former = self._engine.life.versions(query.id)
        records = [
            ArticleVersionRecord(number=each.number, replaced=each.replaced, article=public(each.article))
            for each in former
        ]
        number = former[-1].number + 1 if former else 1
        records.append(ArticleVersionRecord(number=number, replaced=None, article=public(stored.article)))
        return json_response(VersionList(id=query.id, versions=tuple(records)))

    async def _corrected(self, request: HttpRequest, id_: str) -> Response:
        intake = self._engine.settings.intake
        row = decode_json(await read_body(request, intake.write_bytes, (JSON,)))
        if not isinstance(row, Mapping):
            raise invalid_field(FieldError(text="a patch is a JSON object", field="body"))
        result, offset = await asyncio.to_thread(self._corrections.patch, id_, row)
        await wait_until_folded(self._engine, offset)
        return json_response(result)
