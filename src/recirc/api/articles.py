"""Articles over the API: publish, read, withdraw."""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Annotated, Any

from msgspec import Meta, Struct, structs
from starlette.responses import Response

from recirc.engine import Engine
from recirc.engine.article_life import HeldVersion
from recirc.ingest.earlier_versions import moved
from recirc.ingest.pipeline import IngestPipeline
from recirc.ingest.refusals import withdrawn_refusal
from recirc.reading.fields import ACCEPTED, article_from
from recirc.reading.rejections import RejectedValueError
from recirc.store.api_keys import ApiKeys, Scope
from recirc.store.ports import PublishOutcome, Receipt
from recirc.types import Article, Counts, Id
from recirc.types.responses import ArticleRecord, PublishResult, WithdrawResult
from recirc.web import problems
from recirc.web.access import key_holder
from recirc.web.corrections import held_by, wait_until_folded
from recirc.web.links import api_path, article_path
from recirc.web.lookups import article_not_found, find_article
from recirc.web.operations import JSON, Body, ResponseSpec, json_response, operation
from recirc.web.problems import MOST_ERRORS, FieldError, ProblemError, shortened
from recirc.web.requests import Clock, HttpRequest, decode_json, items_of, nearest, read_body, with_integers

Reason = Annotated[str, Meta(max_length=500, description="Why, for the list of withdrawals.")]


class ArticleQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """The article."""

    id: Id


_UNFIT = r"\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069"
"""Characters that an id may not have, within a class of a regular expression."""


def _optional(*schemas: dict[str, Any], **described: Any) -> dict[str, Any]:
    """The schema of a field that may also be empty or null."""
    return {"anyOf": [*schemas, {"type": "string", "maxLength": 0}, {"type": "null"}], **described}


def _text(longest: int) -> dict[str, Any]:
    return _optional({"type": "string", "maxLength": longest})


def _listed(item: dict[str, Any], text: str, separators: str) -> dict[str, Any]:
    """The schema of a list, of one entry of it, or of a text with separators; an entry is a text or an object."""
    name = {"type": "string", "maxLength": 200}
    entries = {"type": "array", "items": {"anyOf": [name, item]}, "maxItems": 100}
    part = rf"[^{separators}]{{0,200}}"
    names = {"type": "string", "pattern": rf"^{part}([{separators}]{part}){{0,99}}$"}
    return _optional(entries, item, names, description=text)


_DATE = _optional(
    {
        "type": "string",
        "pattern": r"^(1[7-9]|20)[0-9][0-9]-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"
        r"(T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](Z|[+-]0[0-9]:[0-5][0-9])?)?$",
    },
    {"type": "number", "minimum": 100_000_000, "maximum": 4_133_980_799},
    {"type": "number", "minimum": 100_000_000_000, "maximum": 4_133_980_799_999},
    description="RFC 3339 (without a zone it is UTC), or seconds or milliseconds since 1970; the years 1600 to 2100.",
)
_NAMED = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string", "maxLength": 200}},
}


class ReasonQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Why."""

    reason: Reason = ""


class WithdrawalQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """The article, and why."""

    id: Id
    reason: Reason = ""


ARTICLE_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["id", "headline"],
    "properties": {
        "id": {
            "anyOf": [
                {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 512,
                    "pattern": rf"^[^\s{_UNFIT}](?:[^{_UNFIT}]*[^\s{_UNFIT}])?$",
                },
                {"type": "integer"},
            ]
        },
        "headline": {"type": "string", "maxLength": 1000, "pattern": r"[!-~\u00a1-\u00ac\u00ae-\u02af]"},
        "body": _optional({"type": "string"}, description="Text or HTML; it is cleaned."),
        "summary": _text(10_000),
        "section": _optional(
            {"type": "string", "maxLength": 200},
            _NAMED,
            {"type": "array", "prefixItems": [_optional({"type": "string", "maxLength": 200}, _NAMED)]},
            description="Of a list the first one.",
        ),
        "topics": _listed(_NAMED, "A list, or a text with commas.", ",;"),
        "authors": _listed(
            _NAMED, "A list of names or of objects with `name`, or a text with semicolons.", ";"
        ),
        "labels": _listed(_NAMED, "The newsroom's own, at most 8: only a key reads them.", ",;"),
        "published": _DATE,
        "updated": _DATE,
        "language": _optional({"type": "string", "pattern": "^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,4}$"}),
        "url": _optional({"type": "string", "maxLength": 2_048, "pattern": r"^https?://[!#-;=?-~]+$"}),
        "outlet": _text(200),
        # Whatever has no address of a picture is left out, and counts as ignored.
        "pictures": {
            "description": "An address, an object with `address` (http, https, or `media:…` of an uploaded "
            "picture), `alt`, `caption`, `credit`, `licence` and `focus`, or a list of these. The first one leads; "
            "addresses are fetched.",
            "examples": [
                [{"address": "https://tide.example/quay.jpg", "alt": "The quay", "focus": [0.2, 0.8]}]
            ],
        },
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

BY_QUERY = "The same, for ids that a path cannot hold: browsers and proxies rewrite parts that are empty, `.` or `..`."


class ArticlesApi:
    """The resource `/v1/articles`."""

    def __init__(self, engine: Engine, pipeline: IngestPipeline, keys: ApiKeys, clock: Clock) -> None:
        self._engine = engine
        self._pipeline = pipeline
        self._keys = keys
        self._clock = clock

    @operation(
        "POST /v1/articles",
        "Publish articles",
        "One article, or a list of them. A known id is updated; sending the same content again changes nothing. "
        "The fields are those of the import, with the same other names. "
        "Refused articles in a list do not affect the others. The response comes when the others are on disk.",
        {
            200: ResponseSpec(
                "Nothing was new; one outcome for each article, in order.",
                PublishResult | list[PublishResult],
            ),
            201: ResponseSpec(
                "At least one article is new; one outcome for each, in order.",
                PublishResult | list[PublishResult],
            ),
        },
        body=Body(
            schema={"oneOf": [ARTICLE_SCHEMA, {"type": "array", "items": ARTICLE_SCHEMA, "minItems": 1}]},
            example=EXAMPLE,
        ),
        key="Publishing",
        problems=(problems.WITHDRAWN, problems.STORE_FULL),
    )
    async def post(self, request: HttpRequest) -> Response:
        """Publish one article or a list of them."""
        intake = self._engine.settings.intake
        rows, is_list = items_of(decode_json(await read_body(request, intake.write_bytes, (JSON,))))
        # In a thread: cleaning and analysing many articles takes seconds.
        results, readable, articles, future = await asyncio.to_thread(self._publish, rows)
        new = False
        if future is not None:
            receipt = await asyncio.wrap_future(future)
            await wait_until_folded(self._engine, receipt.offset)
            for (place, article), outcome in zip(articles, receipt.outcomes, strict=True):
                results[place] = self._result(results[place], article, outcome)
            new = PublishOutcome.NEW in receipt.outcomes
        if all(result.outcome == "refused" for result in results):
            raise _all_refused(results, is_list, problems.WITHDRAWN if readable else problems.REFUSED)
        return json_response(
            results if is_list else results[0],
            201 if new else 200,
            headers={"Location": api_path(str(results[0].id))} if new and not is_list else {},
        )

    @operation(
        "GET /v1/articles",
        "Read an article, by the id as a parameter",
        BY_QUERY,
        {200: ResponseSpec("The article.", ArticleRecord)},
        optional_key=True,
        problems=(problems.NOT_FOUND, problems.WITHDRAWN),
    )
    async def get_by_query(self, request: HttpRequest, query: ArticleQuery) -> Response:
        """Read an article whose id is in the query."""
        return await self._get(request, query.id)

    @operation(
        "GET /v1/articles/{id}",
        "Read an article",
        "The article, its counts, its reactions, and the other articles of its story. With a key also one that is held "
        "back (`held` says why and until when), and the newsroom's own `labels`.",
        {200: ResponseSpec("The article.", ArticleRecord)},
        optional_key=True,
        problems=(problems.NOT_FOUND, problems.WITHDRAWN),
    )
    async def get(self, request: HttpRequest, id: str) -> Response:
        """Read an article."""
        return await self._get(request, id)

    @operation(
        "DELETE /v1/articles",
        "Withdraw an article, by the id as a parameter",
        BY_QUERY,
        {200: ResponseSpec("The article is withdrawn; also if it already was.", WithdrawResult)},
        key="Withdrawing",
        problems=(problems.NOT_FOUND, problems.STORE_FULL),
    )
    async def delete_by_query(self, _: HttpRequest, query: WithdrawalQuery, holder: str) -> Response:
        """Withdraw an article whose id is in the query."""
        return await self._delete(query.id, holder, query.reason)

    @operation(
        "DELETE /v1/articles/{id}",
        "Withdraw an article",
        "It leaves every shelf, its pin ends, and its page answers 410. Its events stay in the log. It stays "
        "withdrawn, by its id, its addresses and its text, whoever sends it, until DELETE /v1/withdrawals restores it.",
        {200: ResponseSpec("The article is withdrawn; also if it already was.", WithdrawResult)},
        key="Withdrawing",
        problems=(problems.NOT_FOUND, problems.STORE_FULL),
    )
    async def delete(self, _: HttpRequest, id: str, query: ReasonQuery, holder: str) -> Response:
        """Withdraw an article."""
        return await self._delete(id, holder, query.reason)

    async def _get(self, request: HttpRequest, id: str) -> Response:
        if (
            "authorization" in request.headers
            and await key_holder(request, self._keys, Scope.READ) is not None
        ):
            held = await asyncio.to_thread(self._engine.life.held_version, id)
            if held is not None:
                return json_response(_held_record(held))
            return self._live(id, of_newsroom=True)
        return self._live(id)

    def _live(self, id: str, *, of_newsroom: bool = False) -> Response:
        stored = find_article(self._engine, id)
        article = None if stored.article is None else public(stored.article)
        if article is not None and not of_newsroom:
            article = structs.replace(article, labels=())
        record = ArticleRecord(
            id=stored.id,
            path=article_path(stored.id),
            article=article,
            counts=self._engine.counts(stored.id, self._clock()),
            reactions=self._engine.reactions(stored.id),
            story=tuple(article.id for article in self._engine.story(stored.id)),
        )
        return json_response(record, cache="no-store" if of_newsroom else "no-cache")

    def _publish(
        self, rows: list[Any]
    ) -> "tuple[list[PublishResult], bool, list[tuple[int, Article]], Future[Receipt] | None]":
        """The results so far, whether all rows could be read, and the articles that are published, with their receipt
        to come.
        """
        results, articles = _parse(rows, self._engine.settings.intake.article_bytes)
        readable = bool(rows) and len(articles) == len(results)  # what is refused later is withdrawn
        free = self._hold(rows, results, articles)
        return results, readable, free, self._engine.publish([each for _, each in free]) if free else None

    def _hold(
        self, rows: list[Any], results: list[PublishResult], articles: list[tuple[int, Article]]
    ) -> list[tuple[int, Article]]:
        """The articles that may be published now; those that their sender holds back are kept until then."""
        free: list[tuple[int, Article]] = []
        for place, article in articles:
            held = held_by(rows[place], article, self._clock())
            if held is None:
                stored = self._engine.article(article.id)
                before = stored.article if stored is not None else None
                free.append((place, moved(before, article) if before is not None else article))
                continue
            refused = self._pipeline.hold(held)
            outcome = "held" if refused is None else "refused"
            ignored = tuple(name for name in results[place].ignored if name != held.field)
            results[place] = structs.replace(
                results[place], outcome=outcome, text=refused or held.text, ignored=ignored
            )
        return free

    def _result(self, result: PublishResult, article: Article, outcome: PublishOutcome) -> PublishResult:
        if outcome is not PublishOutcome.WITHDRAWN:
            return structs.replace(result, outcome=outcome.value)
        refusal = withdrawn_refusal(self._engine, article)
        return structs.replace(result, outcome="refused", field=refusal.field, text=refusal.text)

    async def _delete(self, id: str, holder: str, reason: str) -> Response:
        stored = self._engine.article(id)
        is_there = stored is not None and (stored.article is not None or stored.withdrawn)
        if not is_there and self._engine.life.held_version(id) is None:
            raise article_not_found(id)
        # Also one that its source took down: from now on that cannot bring it back.
        future = await asyncio.to_thread(self._engine.withdraw, [id], reason=reason, holder=holder)
        receipt = await asyncio.wrap_future(future)
        await wait_until_folded(self._engine, receipt.offset)
        return json_response(WithdrawResult(id=id, outcome="withdrawn"))


def _held_record(held: HeldVersion) -> ArticleRecord:
    id_ = held.article.id
    return ArticleRecord(
        id=id_,
        path=article_path(id_),
        article=public(held.article),
        counts=Counts(raw=0, excluded=0, repeated=0, views=0, readers=0),
        reactions={},
        story=(),
        held=held.why,
    )


def public(article: Article) -> Article:
    """The article without the texts that a finding removed: what may not be published is not in the API either."""
    return structs.replace(article, provenance=structs.replace(article.provenance, given=None, found=None))


def _parse(rows: list[Any], max_bytes: int) -> tuple[list[PublishResult], list[tuple[int, Article]]]:
    results: list[PublishResult] = []
    articles: list[tuple[int, Article]] = []
    for place, row in enumerate(rows):
        if isinstance(row, dict) and isinstance(row.get("id"), float):
            row["id"] = with_integers(row["id"])
        name = row.get("id") if isinstance(row, Mapping) else None
        shown = name if isinstance(name, str) else None
        try:
            if not isinstance(row, Mapping):
                raise RejectedValueError("", f"an article is a JSON object, not {type(row).__name__}")
            article, ignored = article_from(row, source="api", max_bytes=max_bytes)
        except RejectedValueError as error:
            results.append(
                PublishResult(
                    id=shown, outcome="refused", field=error.field or None, text=shortened(error.text)
                )
            )
            continue
        results.append(
            PublishResult(
                id=article.id,
                outcome="",
                text=_hints(ignored),
                ignored=tuple(map(shortened, ignored[:MOST_ERRORS])),
            )
        )
        articles.append((place, article))
    return results, articles


def _hints(ignored: Sequence[str]) -> str | None:
    """Which known fields the unknown ones may be; None: none is similar."""
    known = [name for names in ACCEPTED.values() for name in names]
    near = [(name, found[0]) for name in ignored[:MOST_ERRORS] if (found := nearest(name, known))]
    return "; ".join(f'unknown field "{name}": did you mean "{other}"?' for name, other in near) or None


def _all_refused(results: list[PublishResult], is_list: bool, problem: problems.ProblemType) -> ProblemError:
    errors = [
        FieldError(text=result.text or "", field=result.field, index=place if is_list else None)
        for place, result in enumerate(results)
    ]
    detail = f"{errors[0].field or 'article'}: {errors[0].text}" if errors else "The list is empty."
    if len(errors) > 1:
        detail += f" (and {len(errors) - 1} more, see errors)"
    return ProblemError(problem, detail, errors=errors)
