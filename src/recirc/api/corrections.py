"""Corrections of articles over the API: a patch changes what it names, former versions stay readable with a key."""

import asyncio
import difflib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct, structs
from starlette.responses import Response

from recirc.api.articles import ARTICLE_SCHEMA, BY_QUERY, ArticleQuery, held_by, public, wait_until_folded
from recirc.engine import Engine
from recirc.engine.article_life import HeldVersion
from recirc.ingest.earlier_versions import CORRECTABLE, moved
from recirc.ingest.pipeline import IngestPipeline
from recirc.provenance.settle import is_newsrooms
from recirc.reading.fields import ACCEPTED, article_from
from recirc.reading.rejections import RejectedValueError
from recirc.store.ports import ConflictError, PublishOutcome
from recirc.types import Article, ArticleUpdate, Id
from recirc.types.responses import PublishResult
from recirc.web import problems
from recirc.web.lookups import article_not_found, find_article
from recirc.web.operations import JSON, Body, ResponseSpec, json_response, operation
from recirc.web.problems import FieldError, ProblemError
from recirc.web.requests import Clock, HttpRequest, decode_json, invalid_field, read_body

NOTE = "note"
"""The name under which a patch has a note for readers."""

FOLLOW = "follow"
"""The name under which a patch lists corrected fields that are the source's again."""

LONGEST_NOTE = 1_000  # characters
MOST_UPDATES = 50
TRIES = 5
_ORIGIN = ("outlet", "canonical_url", "first_published_by")
_FIELDS = (
    "headline", "summary", "section", "topics", "authors", "published", "updated", "language", "url", "pictures",
)  # fmt: skip


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
        self._pipeline = pipeline
        self._clock = clock

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
        result, offset = await asyncio.to_thread(self._patch, id_, row)
        await wait_until_folded(self._engine, offset)
        return json_response(result)

    def _patch(self, id_: str, row: Mapping[str, Any]) -> tuple[PublishResult, int]:
        """The outcome, and the offset of the log that has it."""
        now = self._clock()
        if (waiting := self._engine.life.held_version(id_)) is not None:
            return self._patch_held(waiting, row, now)
        for _ in range(TRIES):
            stored = find_article(self._engine, id_)
            if stored.article is None:
                raise article_not_found(id_)
            article = _patched(stored.article, row, now)
            held = held_by(row, article, now)
            if held is not None:
                self._pipeline.hold(held)
                return PublishResult(id=id_, outcome="held", text=held.text), self._engine.log_end()
            receipt = self._engine.publish([article], based_on={id_: stored.version}).result()
            (outcome,) = receipt.outcomes
            if outcome is not PublishOutcome.CONFLICT:
                return PublishResult(id=id_, outcome=outcome.value), receipt.offset
        raise ConflictError(f"the article {id_!r} was changed again and again meanwhile; try again")

    def _patch_held(
        self, waiting: HeldVersion, row: Mapping[str, Any], now: int
    ) -> tuple[PublishResult, int]:
        """The outcome of a patch of an article that is held back: it waits on, unless its date was the reason."""
        article = _patched(waiting.article, row, now)
        until, why = waiting.until, waiting.why
        if any(f'"{name}" is ' in why and name in row for name in ACCEPTED["published"]):
            held = held_by(row, article, now)
            if held is None:
                receipt = self._engine.publish([article]).result()
                return PublishResult(id=article.id, outcome=receipt.outcomes[0].value), receipt.offset
            until, why = held.until, held.text
        self._engine.life.hold(article, until, why).result()
        return PublishResult(id=article.id, outcome="held", text=why), self._engine.log_end()


def _patched(earlier: Article, row: Mapping[str, Any], now: int) -> Article:
    """As `patched`, with what is kept of the earlier version; raises ProblemError."""
    try:
        return moved(earlier, patched(earlier, row, datetime.fromtimestamp(now / 1000, UTC)))
    except RejectedValueError as error:
        refused = FieldError(text=error.text, field=error.field or None)
        raise ProblemError(
            problems.REFUSED, f"{error.field or 'article'}: {error.text}", errors=[refused]
        ) from None


def patched(article: Article, row: Mapping[str, Any], now: datetime) -> Article:
    """The article with the fields that a patch names.

    Raises:
        RejectedValueError: a field is unknown or wrong.
    """
    named = {field for field, names in ACCEPTED.items() if any(name in row for name in names)}
    known = {NOTE, FOLLOW, *(name for names in ACCEPTED.values() for name in names)}
    if unknown := [name for name in row if name not in known]:
        near = difflib.get_close_matches(unknown[0], known, n=1)
        hint = f'did you mean "{near[0]}"?' if near else f"it has {', '.join(sorted({NOTE, *ACCEPTED}))}"
        raise RejectedValueError(unknown[0], f'an article has no field "{unknown[0]}": {hint}')
    if row.get("id", article.id) != article.id:
        raise RejectedValueError("id", "the id of an article never changes")
    base = {} if "headline" in named else {"headline": article.headline}
    new, _ = article_from({**base, **row, "id": article.id}, source=article.provenance.source or "api")
    changes: dict[str, Any] = {field: getattr(new, field) for field in _FIELDS if field in named}
    if named & {"body", "body_html"}:
        changes["body"] = new.body
    origin: dict[str, Any] = {field: getattr(new.provenance, field) for field in _ORIGIN if field in named}
    if (corrected := _corrected(article, changes, row.get(FOLLOW, []))) != article.provenance.corrected:
        origin["corrected"] = corrected
    note = _note(row.get(NOTE))
    changed = structs.replace(article, **changes, provenance=structs.replace(article.provenance, **origin))
    if changed == article and note is None:
        return article
    updates = (
        (*article.updates, ArticleUpdate(time=now, note=note))[-MOST_UPDATES:] if note else article.updates
    )
    if changed == structs.replace(article, provenance=changed.provenance) and note is None:
        return changed  # nothing that readers see
    return structs.replace(changed, updated=changes.get("updated") or now, updates=updates)


def _corrected(article: Article, changes: Mapping[str, Any], follow: object) -> tuple[str, ...]:
    """The fields that no source changes after a patch: of an article that a source may change."""
    if not isinstance(follow, list) or not all(name in CORRECTABLE for name in follow):
        raise RejectedValueError(FOLLOW, f'"{FOLLOW}" is a list of fields, of {", ".join(CORRECTABLE)}')
    if is_newsrooms(article):
        return article.provenance.corrected
    named = {*article.provenance.corrected, *changes} - set(follow)
    return tuple(name for name in CORRECTABLE if name in named)


def _note(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_NOTE:
        raise RejectedValueError(NOTE, f'"{NOTE}" is a text of 1 to {LONGEST_NOTE:,} characters')
    return " ".join(value.split())
