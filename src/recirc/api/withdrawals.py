"""What readers do not see: withdrawn articles with the reasons, and articles that are held back."""

import asyncio
from datetime import datetime

from msgspec import Struct
from starlette.responses import Response

from recirc.api.articles import ArticleQuery
from recirc.engine import Engine
from recirc.types import Id
from recirc.types.responses import PublishResult
from recirc.web import problems
from recirc.web.corrections import wait_until_folded
from recirc.web.lookups import article_not_found
from recirc.web.operations import ResponseSpec, json_response, operation
from recirc.web.problems import ProblemError
from recirc.web.requests import HttpRequest


class WithdrawalRecord(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A withdrawn article. `source` took it down; without one, the holder of the API key `by` withdrew it."""

    id: Id
    time: datetime
    reason: str
    source: str | None = None
    by: str | None = None
    headline: str | None = None


class HeldRecord(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An article that is held back; without `until` it waits for its sender."""

    id: Id
    headline: str
    until: datetime | None = None
    why: str = ""
    source: str | None = None


class WithdrawalsApi:
    """The resources `/v1/withdrawals` and `/v1/holds`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @operation(
        "GET /v1/withdrawals",
        "List the withdrawn articles",
        "Each with the time, the reason, and the source or the API key that withdrew it; the newest first.",
        {200: ResponseSpec("The withdrawals.", list[WithdrawalRecord])},
        key="Reading the withdrawals",
    )
    def get(self, _: HttpRequest) -> Response:
        """List the withdrawn articles."""
        found = self._engine.life.withdrawals()
        return json_response(
            [
                WithdrawalRecord(
                    id=id_,
                    time=each.time,
                    reason=each.reason,
                    source=each.source,
                    by=each.holder,
                    headline=each.headline,
                )
                for id_, each in found.items()
            ]
        )

    @operation(
        "DELETE /v1/withdrawals",
        "Restore a withdrawn article",
        "The article is published again as it was, or held back again where it was held until a time that has not "
        "come (`held`), and its sources may change it again. Nothing else brings a "
        "withdrawn article back, except its own source where that took it down.",
        {200: ResponseSpec("The article is published again.", PublishResult)},
        key="Restoring an article",
        problems=(problems.NOT_FOUND, problems.STORE_FULL),
    )
    async def delete(self, _: HttpRequest, query: ArticleQuery) -> Response:
        """Restore a withdrawn article."""
        stored = self._engine.article(query.id)
        if stored is None or not stored.withdrawn:
            raise ProblemError(problems.NOT_FOUND, f"No withdrawn article has the id {query.id!r}.")
        if stored.article is None:
            raise article_not_found(query.id)
        future = await asyncio.to_thread(self._engine.restore, stored.article)
        receipt = await asyncio.wrap_future(future)
        await wait_until_folded(self._engine, receipt.offset)
        held = await asyncio.to_thread(self._engine.life.held_version, query.id)
        return json_response(PublishResult(id=query.id, outcome="held" if held else "restored"))

    @operation(
        "GET /v1/holds",
        "List the articles that are held back",
        "Those that their senders hold back: by an embargo, a date of publication ahead, or a hold that cannot be "
        "read. They are on no page, shelf or feed until then, and appear by themselves.",
        {200: ResponseSpec("The articles, those that come first at the head.", list[HeldRecord])},
        key="Reading what is held back",
    )
    def holds(self, _: HttpRequest) -> Response:
        """List the articles that are held back."""
        return json_response(
            [
                HeldRecord(
                    id=held.article.id,
                    headline=held.article.headline,
                    until=held.until,
                    why=held.why,
                    source=held.article.provenance.source,
                )
                for held in self._engine.life.held()
            ]
        )
