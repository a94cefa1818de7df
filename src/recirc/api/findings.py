"""Findings about articles from sources, and how an editor overrules them."""

import asyncio

from msgspec import Struct
from starlette.responses import Response

from recirc.ingest.pipeline import IngestPipeline, UnknownFindingError
from recirc.types import Finding, Id
from recirc.web import problems
from recirc.web.operations import Body, ResponseSpec, json_response, operation
from recirc.web.problems import ProblemError
from recirc.web.requests import HttpRequest

BODY_BYTES = 4_096


class FindingDecision(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An editor's decision on the findings of one kind about an article."""

    article: Id
    kind: str
    overruled: bool = True  # False: they are in force again


class FindingsResult(Struct, frozen=True, kw_only=True):
    """The article's findings after the decision, which is on disk."""

    article: str
    findings: tuple[Finding, ...]


class FindingsApi:
    """The resource `/v1/findings`."""

    def __init__(self, ingest: IngestPipeline) -> None:
        self._ingest = ingest

    @operation(
        "POST /v1/findings",
        "Overrule a finding about an article",
        "An overruled finding has no effect: what it removed is shown again, also when the source sends the article "
        "again with the same evidence. `overruled: false` puts the finding in force again. The findings about an "
        "article are in its `provenance`, see GET /v1/articles/{id}.",
        {200: ResponseSpec("The findings about the article now.", FindingsResult)},
        body=Body(BODY_BYTES, example={"article": "https://example.com/ferry", "kind": "copied"}),
        key="Overruling a finding",
        problems=(problems.NOT_FOUND, problems.STORE_FULL),
    )
    async def post(self, _: HttpRequest, body: FindingDecision) -> Response:
        """Overrule the findings of one kind about an article, or put them in force again."""
        try:
            changed = await asyncio.to_thread(self._ingest.overrule, body.article, body.kind, body.overruled)
        except UnknownFindingError as error:
            raise ProblemError(problems.NOT_FOUND, f"{str(error).capitalize()}.") from None
        return json_response(FindingsResult(article=changed.id, findings=changed.provenance.findings))
