"""What inspection found in articles that sources brought, and an editor's word against it."""

import asyncio

import msgspec
from litestar import Response
from msgspec import Struct

from recirc.engine.arrivals import Arrivals, UnknownFindingError
from recirc.portal import problems
from recirc.portal.access import KeyRing, needed
from recirc.portal.articles import NoQuery
from recirc.portal.contract import JSON, Answer, Operation
from recirc.portal.incoming import Incoming, body_of, fault, json_of, query_of
from recirc.portal.problems import ProblemError
from recirc.types import Finding, Id

BODY_BYTES = 4_096


class Judgement(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An editor's word on the findings of one kind."""

    article: Id
    kind: str
    overruled: bool = True  # False: they stand again


class Judged(Struct, frozen=True, kw_only=True):
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
    {200: Answer("The findings of the article now.", Judged)},
    query=NoQuery,
    body=Judgement,
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


class Findings:
    """The handler of `/v1/findings`."""

    def __init__(self, arrivals: Arrivals, keys: KeyRing) -> None:
        self._arrivals = arrivals
        self._keys = keys

    async def post(self, request: Incoming) -> Response[bytes]:
        """POST /v1/findings."""
        await needed(request, self._keys, "Overruling a finding")
        query_of(request, NoQuery)
        try:
            said = msgspec.convert(json_of(await body_of(request, BODY_BYTES, JSON)), Judgement)
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
        told = Judged(article=changed.id, findings=changed.provenance.findings)
        return Response(msgspec.json.encode(told), media_type=JSON)
