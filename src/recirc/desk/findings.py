"""The queue of findings: what the checks say of the newest articles, for an editor to confirm or overrule."""

from typing import Final, NamedTuple

from starlette.responses import Response

from recirc.desk.guard import Desk
from recirc.desk.sessions import Visitor
from recirc.types import Article, Finding
from recirc.web.requests import HttpRequest

NEWEST: Final = 1_000
"""Published articles that are looked through."""
SHOWN: Final = 100


class QueuedFinding(NamedTuple):
    """A finding about an article, and whether the article is held back."""

    article: Article
    finding: Finding
    held: bool


class FindingsPage:
    """`/desk/findings`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._engine = desk.web.engine

    async def get(self, request: HttpRequest, visitor: Visitor) -> Response:
        """GET /desk/findings?kind=: those in force first, then those that are overruled."""
        kind = request.query_params.get("kind", "")[:100]
        queue, kinds = await self._desk.web.pools.figures.run(self._queue, kind)
        return self._desk.page(
            request,
            visitor,
            "findings.html",
            queue=queue[:SHOWN],
            total=len(queue),
            kinds=kinds,
            kind=kind,
            newest=NEWEST,
        )

    def _queue(self, kind: str) -> tuple[list[QueuedFinding], list[str]]:
        held = [(each.article, True) for each in self._engine.life.held()]
        published = [(each, False) for each in self._engine.listing(limit=NEWEST).articles]
        found = [
            QueuedFinding(article, finding, is_held)
            for article, is_held in [*held, *published]
            for finding in article.provenance.findings
        ]
        kinds = sorted({each.finding.kind for each in found})
        chosen = [each for each in found if not kind or each.finding.kind == kind]
        return sorted(chosen, key=lambda each: each.finding.overruled), kinds
