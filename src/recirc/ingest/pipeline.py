"""Articles that sources bring, on their way in: each is inspected, and held against the version that is there."""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from threading import Lock
from typing import NamedTuple

from msgspec.structs import replace

from recirc.engine.engine import Engine
from recirc.extraction.page import Page
from recirc.provenance.inspect import inspect
from recirc.provenance.overrule import judged
from recirc.provenance.parts import as_given
from recirc.provenance.reading import ArchiveCopy
from recirc.provenance.settle import SettledArticle, copied_from, merged, page_of, settle
from recirc.settings import ProvenanceSettings
from recirc.sources.source import FetchedArticle
from recirc.store.ports import ConflictError, PublishOutcome, StoreError
from recirc.text.clean import words_of
from recirc.text.facts import facts
from recirc.text.near_duplicates import Shingles, shingles
from recirc.types import Article

logger = logging.getLogger("recirc.sources")

TRIES = 5
"""How often it is decided anew upon an article that others change at the same moment."""

MOST_COPIES = 50
"""Near-copies of one new article that are looked at anew."""


class IngestResult(NamedTuple):
    """What became of some articles; when it is given, what was taken is on disk.

    Attributes:
        outcomes: how many were new, updated, unchanged.
        refused: why others were left out.
        again: ids of those that were left out by a mistake of ours, to be tried again.
    """

    outcomes: Counter[PublishOutcome]
    refused: list[str]
    again: list[str]


class _Decided(NamedTuple):
    """Articles to publish, and the versions that this was decided upon, by id."""

    articles: list[Article]
    versions: dict[str, bytes]


class UnknownFindingError(LookupError):
    """An article has no finding of a kind."""

    def __init__(self, id: str, kind: str) -> None:
        super().__init__(f"the article {id!r} has no finding {kind!r}, or there is no such article")


class IngestPipeline:
    """The door through which articles of all sources come. May be used from any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._vetting = engine.settings.provenance
        # Two sources may bring the same article at one moment: the later one must see what the earlier one brought.
        self._lock = Lock()
        self._told = ""

    def publish(self, brought: Iterable[Article | FetchedArticle]) -> IngestResult:
        """Publish what can be, and wait until it is on disk.

        What the newsroom has withdrawn stays withdrawn, however often a source shows it. A copy is recognised whether
        its original was published before it, together with it or after it.

        Raises:
            StoreError: they cannot be kept; none of them was.
        """
        with self._lock:
            outcomes: Counter[PublishOutcome] = Counter()
            refused: list[str] = []
            again: list[str] = []
            published: list[str] = []
            waiting = list(map(_brought, brought))
            for _ in range(TRIES):
                decided = self._decide(waiting, refused, again)
                if not decided.articles:
                    waiting = []
                    break
                receipt = self._engine.publish(decided.articles, based_on=decided.versions).result()
                self._engine.catch_up()
                ids = [article.id for article in decided.articles]
                conflicts = {
                    name
                    for name, outcome in zip(ids, receipt.outcomes, strict=True)
                    if outcome is PublishOutcome.CONFLICT
                }
                outcomes.update(each for each in receipt.outcomes if each is not PublishOutcome.CONFLICT)
                published += [name for name in ids if name not in conflicts]
                waiting = [each for each in waiting if each.article.id in conflicts]
                if not waiting:
                    break
            for each in waiting:
                refused.append(
                    f"{each.article.id}: it was changed again and again meanwhile; it is tried again"
                )
                again.append(each.article.id)
            if published:
                refused += self._copies_of(published)
            return IngestResult(outcomes, refused, again)

    def _decide(self, waiting: Iterable[FetchedArticle], refused: list[str], again: list[str]) -> "_Decided":
        """What to publish of the articles, held against the versions that are there; adds to `refused` and `again`."""
        standing: dict[str, Article] = {}
        versions: dict[str, bytes] = {}
        for article, page in waiting:
            stored = self._engine.article(article.id)
            if stored is not None and stored.withdrawn:
                refused.append(f"{article.id}: left out, the newsroom has withdrawn it")
                continue
            earlier = standing.get(article.id) or (stored.article if stored else None)
            try:
                settled = settled_of(self._engine, self._vetting, article, page, earlier)
            except StoreError:
                raise
            except Exception as error:  # one article never keeps out the others; it comes again
                self._mistaken(article, error)
                settled = SettledArticle(None, f"it could not be inspected: {type(error).__name__}: {error}")
                again.append(article.id)
            if settled.article is None:
                refused.append(f"{article.id}: {settled.why}")
            else:
                standing[article.id] = merged(earlier, settled.article) if earlier else settled.article
                versions.setdefault(article.id, stored.version if stored else b"")
        return _Decided(list(standing.values()), versions)

    def _copies_of(self, ids: Sequence[str]) -> list[str]:
        """Find out the copies of articles that have just come, which may have been there before them; what was
        withdrawn of them, as the settings say. Raises StoreError.
        """
        if not self._vetting.inspect:
            return []
        changed: dict[str, Article] = {}
        versions: dict[str, bytes] = {}
        refused: dict[str, str] = {}
        for name in ids:
            stored = self._engine.article(name)
            if stored is None or stored.article is None or stored.withdrawn:
                continue
            text = words_of(as_given(stored.article).body)
            near = self._engine.copies(shingles(text), facts(text))[:MOST_COPIES] if text else []
            for other, part in near:
                if other.id == name or other.id in refused:
                    continue
                try:
                    settled = copied_from(
                        changed.get(other.id, other), known_of(stored.article, part), self._vetting
                    )
                except Exception as error:  # the article itself has landed; its copy stays as it was
                    self._mistaken(other, error)
                    continue
                if settled is not None and settled.article is not None:
                    there = self._engine.article(other.id)
                    versions.setdefault(other.id, there.version if there else b"")
                    changed[other.id] = settled.article
                elif settled is not None:
                    changed.pop(other.id, None)
                    refused[other.id] = f"{other.id}: {settled.why}"
        if refused:
            self._engine.withdraw(list(refused)).result()
        if changed:
            # One that was changed meanwhile was decided upon by somebody who saw the original.
            self._engine.publish(list(changed.values()), based_on=versions).result()
        if refused or changed:
            self._engine.catch_up()
        return list(refused.values())

    def overrule(self, id: str, kind: str, overruled: bool) -> Article:
        """The article with its findings of a kind overruled by an editor, or put in force again; it is on disk.

        Raises:
            UnknownFindingError: there is no such article, or no such finding of it.
            StoreError: it cannot be kept.
        """
        with self._lock:
            for _ in range(TRIES):
                stored = self._engine.article(id)
                article = stored.article if stored and not stored.withdrawn else None
                if (
                    stored is None
                    or article is None
                    or not any(found.kind == kind for found in article.provenance.findings)
                ):
                    raise UnknownFindingError(id, kind)
                changed = judged(article, kind, overruled, self._vetting)
                receipt = self._engine.publish([changed], based_on={id: stored.version}).result()
                self._engine.catch_up()
                if PublishOutcome.CONFLICT not in receipt.outcomes:
                    return changed
            raise ConflictError(f"the article {id!r} was changed again and again meanwhile; try again")

    def _mistaken(self, article: Article, error: Exception) -> None:
        # One article after the other may meet the same mistake: it is told once.
        if repr(error) != self._told:
            logger.error("%s: a mistake of ours while it was inspected", article.id, exc_info=error)
        self._told = repr(error)


def settled_of(
    engine: Engine, vetting: ProvenanceSettings, article: Article, page: Page | None, earlier: Article | None
) -> SettledArticle:
    """What is to be published of an article that a source brought, read from a page. Raises StoreError."""
    if not vetting.inspect:
        return SettledArticle(article)
    page = page_of(article) if page is None else _completed(page, article)
    text = words_of(article.body)  # may be the source's, where the page has only its beginning

    def copies(of: Shingles) -> list[ArchiveCopy]:
        found = engine.copies(of, facts(page.text))
        if not found and text != page.text:
            found = engine.copies(shingles(text), facts(text))
        return [known_of(other, part) for other, part in found if other.id != article.id]

    seen = _first_seen(article, earlier)
    return settle(article, inspect(page, copies=copies, seen=seen), vetting, earlier)


def known_of(article: Article, part: float) -> ArchiveCopy:
    """An article of the archive that shares so large a part of a text."""
    origin = article.provenance
    return ArchiveCopy(
        article.id,
        article.headline,
        origin.outlet,
        article.published,
        article.url,
        part,
        origin.first_seen,
    )


def _brought(each: Article | FetchedArticle) -> FetchedArticle:
    return each if isinstance(each, FetchedArticle) else FetchedArticle(each)


def _completed(page: Page, article: Article) -> Page:
    """The page, and what only its source says of the article."""
    return replace(
        page,
        outlet=page.outlet or article.provenance.outlet,
        published=page.published or article.published,
        url=page.url or article.provenance.fetched_url or article.url,
    )


def _first_seen(article: Article, earlier: Article | None) -> datetime | None:
    times = [each.provenance.first_seen for each in (article, earlier) if each is not None]
    return min((each for each in times if each is not None), default=None)
