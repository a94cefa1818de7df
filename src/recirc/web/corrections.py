"""Corrections of articles: a patch changes what it names; whoever sends it, the same is done."""

import asyncio
import difflib
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from msgspec import structs

from recirc.engine import Engine
from recirc.engine.article_life import HeldVersion
from recirc.ingest.earlier_versions import CORRECTABLE, moved
from recirc.ingest.pipeline import IngestPipeline
from recirc.provenance.settle import is_newsrooms
from recirc.reading.fields import ACCEPTED, article_from
from recirc.reading.holds import HeldArticle, hold_of
from recirc.reading.rejections import RejectedValueError
from recirc.store.ports import ConflictError, PublishOutcome
from recirc.types import Article, ArticleUpdate
from recirc.types.responses import PublishResult
from recirc.web import problems
from recirc.web.lookups import article_not_found, find_article
from recirc.web.problems import FieldError, ProblemError
from recirc.web.requests import Clock

FOLD_SECONDS = 2.0
"""Longest wait for this worker to fold what was just written; the acknowledgement follows in any case."""

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
    "labels",
)  # fmt: skip


class ArticleCorrections:
    """Patches articles, also those that are held back."""

    def __init__(self, engine: Engine, pipeline: IngestPipeline, clock: Clock) -> None:
        self._engine = engine
        self._pipeline = pipeline
        self._clock = clock

    def patch(
        self, id_: str, row: Mapping[str, Any], based_on: str | None = None
    ) -> tuple[PublishResult, int]:
        """The outcome, and the offset of the log that has it. `based_on`: the version that the sender knew, as
        hexadecimal digits; None: whatever is there.

        Raises:
            ProblemError: the patch cannot be used, or there is no such article.
            ConflictError: the article was changed since `based_on`.
            StoreError: it cannot be kept.
        """
        now = self._clock()
        if (waiting := self._engine.life.held_version(id_)) is not None:
            return self._patch_held(waiting, row, now)
        for _ in range(TRIES):
            stored = find_article(self._engine, id_)
            if stored.article is None:
                raise article_not_found(id_)
            if based_on is not None and based_on != stored.version.hex():
                raise ConflictError(
                    f"the article {id_!r} was changed since you opened it; compare, and decide again"
                )
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
    unseen = structs.replace(article, provenance=changed.provenance, labels=changed.labels)
    if changed == unseen and note is None:
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


async def wait_until_folded(engine: Engine, offset: int) -> None:
    """Wait until this worker has folded the log up to `offset`, so that the next request sees the change."""
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.wrap_future(engine.folded(offset)), FOLD_SECONDS)


def held_by(row: Mapping[str, Any], article: Article, now: int) -> HeldArticle | None:
    """The article where its sender's own fields hold it back at `now` (ms); None: it may be published."""
    hold = hold_of(row, datetime.fromtimestamp(now / 1000, UTC))
    return None if hold is None else HeldArticle(0, hold.text, hold.field, "api", article, hold.until)
