"""What inspection found in articles that sources brought, and an editor's word against it."""

import asyncio

import msgspec
from litestar import Response
from msgspec import Struct

from recirc.api.articles import NoQuery
from recirc.ingest.pipeline import IngestPipeline, UnknownFindingError
from recirc.types import Finding, Id
from recirc.web import problems
from recirc.web.access import KeyRing, needed
from recirc.web.contract import JSON, Operation, ResponseSpec
from recirc.web.incoming import (
    Incoming,
    body_of,
    fault,
    json_of,
    query_of,
)
from recirc.web.problems import ProblemError

BODY_BYTES = 4_096


class FindingDecision(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An editor's word on the findings of one kind."""

    article: Id
    kind: str
    overruled: bool = True  # False: they stand again


class FindingsResult(Struct, frozen=True, kw_only=True):
    """The article's findings as they are now, on disk."""

    article: str
    findings: tuple[Finding, ...]


POST = Operation(
    "POST",
    "/v1/findings",
    "Overrule a finding about an article",
    "From a finding that is overruled nothing follows: what was claimed is shown again, also when the source "
    "brings the article anew with the same evidence. `overruled: false` puts it in force again. The findings of an "
    "article stand in its `provenance`, as GET /v1/articles/{id} gives it; docs/provenance.md says what they are.",
    {200: ResponseSpec("The findings of the article now.", FindingsResult)},
    query=NoQuery,
    body=FindingDecision,
    key="always",
    example={"article": "https://example.com/ferry", "kind": "copied"},
    problems=(
        problems.MALFORMED,
        problems.INVALID,
        problems.KEY_NEEDED,
        problems.NOT_FOUND,
        problems.TOO_LARGE,
        problems.MEDIA_TYPE,
        problems.STORE,
        problems.STORE_FULL,
    ),
)


class FindingsApi:
    """The handler of `/v1/findings`."""

    def __init__(self, arrivals: IngestPipeline, keys: KeyRing) -> None:
        self._arrivals = arrivals
        self._keys = keys

    async def post(self, request: Incoming) -> Response[bytes]:
        """POST /v1/findings."""
        await needed(request, self._keys, "Overruling a finding")
        query_of(request, NoQuery)
        try:
            said = msgspec.convert(json_of(await body_of(request, BODY_BYTES, JSON)), FindingDecision)
        except msgspec.ValidationError as error:
            wrong = fault(error)
            raise ProblemError(
                problems.INVALID, f"{wrong.field or 'body'}: {wrong.text}.", errors=(wrong,)
            ) from None
        try:
            changed = await asyncio.to_thread(
                self._arrivals.overrule, said.article, said.kind, said.overruled
            )
        except UnknownFindingError as error:
            raise ProblemError(problems.NOT_FOUND, f"{str(error).capitalize()}.") from None
        told = FindingsResult(article=changed.id, findings=changed.provenance.findings)
        return Response(msgspec.json.encode(told), media_type=JSON)
