"""Incoming articles of all sources: each is inspected, and compared with its earlier version."""

import logging
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from threading import Lock
from typing import NamedTuple

from msgspec.structs import replace

from recirc.engine.engine import Engine
from recirc.extraction.page import Page
from recirc.ingest.earlier_versions import conflicts, moved, with_corrections
from recirc.ingest.picks import PicksBeside, end_picks, follow_picks
from recirc.ingest.refusals import withdrawn_refusal, withdrawn_text
from recirc.provenance.inspect import inspect
from recirc.provenance.overrule import judged
from recirc.provenance.parts import as_given
from recirc.provenance.reading import ArchiveCopy
from recirc.provenance.settle import SettledArticle, copied_from, merged, page_of, settle
from recirc.reading.holds import HeldArticle
from recirc.settings import ProvenanceSettings
from recirc.sources.source import FetchedArticle, Takedown
from recirc.store.ports import ConflictError, PublishOutcome, StoreError
from recirc.text.clean import words_of
from recirc.text.facts import facts
from recirc.text.near_duplicates import Shingles, shingles
from recirc.text.sites import host_of
from recirc.types import Article

logger = logging.getLogger("recirc.sources")

TRIES = 5
"""Attempts for an article that others change at the same moment."""

NOT_PUBLISHED = (PublishOutcome.CONFLICT, PublishOutcome.WITHDRAWN)

MOST_COPIES = 50
"""Near-copies of one new article that are inspected again."""


class IngestResult(NamedTuple):
    """The outcome for some articles; those that were accepted are on disk.

    Attributes:
        outcomes: how many were new, updated, unchanged.
        refused: why others were rejected.
        again: ids of those that failed by an error in this program, to be tried again.
        notes: where a source has something else than what an editor corrected.
    """

    outcomes: Counter[PublishOutcome]
    refused: list[str]
    again: list[str]
    notes: Sequence[str] = ()


class _Decided(NamedTuple):
    """Articles to publish, and the versions that this was decided upon, by id."""

    articles: list[Article]
    versions: dict[str, bytes]


class UnknownFindingError(LookupError):
    """An article has no finding of a kind."""

    def __init__(self, id: str, kind: str) -> None:
        super().__init__(f"the article {id!r} has no finding {kind!r}, or there is no such article")


class IngestPipeline:
    """Inspects and publishes the articles of all sources. May be used from any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._vetting = engine.settings.provenance
        # Two sources may have the same article at one moment: the second must see what the first published.
        self._lock = Lock()
        self._last_error = ""

    def publish(self, articles: Iterable[Article | FetchedArticle]) -> IngestResult:
        """Publish articles, and wait until they are on disk.

        What the newsroom has withdrawn stays withdrawn, however often a source has it. A copy is recognised whether its
        original is published before it, together with it or after it.

        Raises:
            StoreError: they cannot be written; none of them was.
        """
        with self._lock:
            outcomes: Counter[PublishOutcome] = Counter()
            refused: list[str] = []
            again: list[str] = []
            notes: list[str] = []
            published: list[str] = []
            given = waiting = list(map(_with_page, articles))
            for _ in range(TRIES):
                decided = self._decide(waiting, refused, again, notes)
                if not decided.articles:
                    waiting = []
                    break
                receipt = self._engine.publish(decided.articles, based_on=decided.versions).result()
                self._engine.catch_up()
                ids = [article.id for article in decided.articles]
                found: dict[PublishOutcome, set[str]] = defaultdict(set)
                for name, outcome in zip(ids, receipt.outcomes, strict=True):
                    found[outcome].add(name)
                conflicts, withdrawn = found[PublishOutcome.CONFLICT], found[PublishOutcome.WITHDRAWN]
                refused += [
                    f"{each.id}: {withdrawn_refusal(self._engine, each).text}"
                    for each in decided.articles
                    if each.id in withdrawn
                ]
                outcomes.update(each for each in receipt.outcomes if each not in NOT_PUBLISHED)
                there = [each for each in decided.articles if each.id not in conflicts | withdrawn]
                self._drop_holds(there)
                published += [each.id for each in there]
                waiting = [each for each in waiting if each.article.id in conflicts]
                if not waiting:
                    break
            for each in waiting:
                refused.append(
                    f"{each.article.id}: it was changed again and again meanwhile; it will be tried again"
                )
                again.append(each.article.id)
            if published:
                refused += self._copies_of(published)
                self._follow_picks(given, set(published))
            return IngestResult(outcomes, refused, again, list(dict.fromkeys(notes)))

    def _decide(
        self, waiting: Iterable[FetchedArticle], refused: list[str], again: list[str], notes: list[str]
    ) -> "_Decided":
        """What to publish of the articles, given their earlier versions; adds to the three lists."""
        accepted: dict[str, Article] = {}
        versions: dict[str, bytes] = {}
        for given, page, _ in waiting:
            article = self._identified(given)
            stored = self._engine.article(article.id)
            if stored is not None and stored.withdrawn:
                withdrawal = self._engine.life.withdrawal(article.id)
                if not withdrawal.ends_with(article.provenance.source):
                    refused.append(f"{article.id}: {withdrawn_text(withdrawal.reason)}")
                    continue
            earlier = accepted.get(article.id) or (stored.article if stored else None)
            try:
                settled = settled_of(self._engine, self._vetting, article, page, earlier)
            except StoreError:
                raise
            except Exception as error:  # one article never stops the others; it is tried again
                self._log_once(article, error)
                settled = SettledArticle(None, f"it could not be inspected: {type(error).__name__}: {error}")
                again.append(article.id)
            if settled.article is None:
                refused.append(f"{article.id}: {settled.why}")
            else:
                accepted[article.id] = (
                    _successor(earlier, settled.article, notes) if earlier else settled.article
                )
                versions.setdefault(article.id, stored.version if stored else b"")
        return _Decided(list(accepted.values()), versions)

    def _identified(self, article: Article) -> Article:
        """The article under the id that it has here: its source knows it by its own id, also under a new address."""
        sender = article.provenance.sender_id
        if sender is None or sender == article.id:
            return article
        known = self._engine.owner(sender)
        return article if known is None or known == article.id else replace(article, id=known)

    def _follow_picks(self, given: Iterable[FetchedArticle], published: Collection[str]) -> None:
        said = [
            PicksBeside(name, source, each.picks)
            for each in given
            if each.picks is not None
            and (source := each.article.provenance.source)
            and (name := self._identified(each.article).id) in published
        ]
        if said:
            follow_picks(self._engine, said)

    def end_picks(self, addresses: Collection[str]) -> None:
        """End what sources picked that are at none of these addresses, without keys in them. Raises StoreError."""
        end_picks(self._engine, addresses)

    def hold(self, held: HeldArticle) -> str | None:
        """Keep an article back until its time comes; a live one is withdrawn until then.

        Returns why it is refused; None: it is not. Raises StoreError.
        """
        if held.article is None:
            return None
        with self._lock:
            article = self._identified(held.article)
            stored = self._engine.article(article.id)
            if stored is not None and stored.withdrawn:
                withdrawal = self._engine.life.withdrawal(article.id)
                if not withdrawal.ends_with(article.provenance.source):
                    return f"{article.id}: {withdrawn_text(withdrawal.reason)}"
            elif stored is not None and stored.article is not None:
                if not _decides(article.provenance.source or "", stored.article):
                    return None
                source = article.provenance.source
                self._engine.withdraw([article.id], reason=held.text, source=source, held=True).result()
                self._engine.catch_up()
            self._drop_holds([article])
            self._engine.life.hold(article, held.until, held.text).result()
        return None

    def take_down(self, takedown: Takedown) -> str | None:
        """Withdraw an article that its source does not publish any more, and hold it back no longer.

        Returns its id; empty: it is withdrawn already; None: there was none. Raises StoreError.
        """
        with self._lock:
            found = None
            for given in takedown.articles:
                name = (
                    given if self._engine.article(given) is not None else self._engine.owner(given) or given
                )
                stored = self._engine.article(name)
                if stored is None or stored.article is None or not _decides(takedown.source, stored.article):
                    continue
                if not stored.withdrawn:
                    self._engine.withdraw([name], reason=takedown.reason, source=takedown.source).result()
                    self._engine.catch_up()
                    found = name
                    break
                found = ""
            held = [
                each.id
                for each in self._engine.life.held_as(takedown.articles)
                if _decides(takedown.source, each)
            ]
            self._engine.life.release(held).result()
            return found or (held[0] if held else found)

    def _drop_holds(self, articles: Iterable[Article]) -> None:
        """Forget what was held back of articles that their sources now send under another address."""
        senders = {each.provenance.sender_id: each.id for each in articles}
        senders.pop(None, None)
        held = self._engine.life.held_as([sender for sender in senders if sender])
        former = [each.id for each in held if each.id != senders.get(each.provenance.sender_id)]
        if former:
            self._engine.life.release(former).result()

    def _copies_of(self, ids: Sequence[str]) -> list[str]:
        """Inspect the near-copies of new articles, which may be older; returns texts on those withdrawn as the
        settings require. Raises StoreError.
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
                except Exception as error:  # the article itself is published; its copy stays unchanged
                    self._log_once(other, error)
                    continue
                if settled is not None and settled.article is not None:
                    there = self._engine.article(other.id)
                    versions.setdefault(other.id, there.version if there else b"")
                    changed[other.id] = settled.article
                elif settled is not None:
                    changed.pop(other.id, None)
                    refused[other.id] = f"{other.id}: {settled.why}"
        if refused:
            self._engine.withdraw(
                list(refused), reason="found to be a copy of another outlet's article"
            ).result()
        if changed:
            # A copy that changed meanwhile was inspected by another process, which saw the original.
            self._engine.publish(list(changed.values()), based_on=versions).result()
        if refused or changed:
            self._engine.catch_up()
        return list(refused.values())

    def overrule(self, id: str, kind: str, overruled: bool) -> Article:
        """The article with its findings of a kind overruled by an editor, or restored; it is on disk.

        Raises:
            UnknownFindingError: there is no such article, or it has no such finding.
            StoreError: it cannot be written.
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

    def _log_once(self, article: Article, error: Exception) -> None:
        # Many articles in a row may raise the same error: it is logged once.
        if repr(error) != self._last_error:
            logger.error("%s: an error in this program during its inspection", article.id, exc_info=error)
        self._last_error = repr(error)


def settled_of(
    engine: Engine, vetting: ProvenanceSettings, article: Article, page: Page | None, earlier: Article | None
) -> SettledArticle:
    """The article to publish for one that a source has, with the page that it was read from. Raises StoreError."""
    if not vetting.inspect:
        return SettledArticle(article)
    page = page_of(article) if page is None else _completed(page, article)
    text = words_of(article.body)  # may be the source's, if the page has only its beginning

    def copies(of: Shingles) -> list[ArchiveCopy]:
        found = engine.copies(of, facts(page.text))
        if not found and text != page.text:
            found = engine.copies(shingles(text), facts(text))
        return [known_of(other, part) for other, part in found if other.id != article.id]

    seen = _first_seen(article, earlier)
    return settle(article, inspect(page, copies=copies, seen=seen), vetting, earlier)


def _successor(earlier: Article, new: Article, notes: list[str]) -> Article:
    """What becomes of a published article by a new version; adds to `notes`."""
    kept = merged(earlier, new)
    notes += conflicts(earlier, kept)
    return moved(earlier, with_corrections(earlier, kept))


def _decides(source: str, stored: Article) -> bool:
    """Whether a source may take a stored article down: its own, or one of its own site."""
    if source in (stored.provenance.source, "api", ""):
        return True
    return _host(stored.url) == _host(source.partition(" ")[2]) != ""


def _host(address: str | None) -> str:
    return host_of(address).removeprefix("www.")


def known_of(article: Article, part: float) -> ArchiveCopy:
    """An article of the archive that shares `part` of a text, 0 to 1."""
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


def _with_page(each: Article | FetchedArticle) -> FetchedArticle:
    return each if isinstance(each, FetchedArticle) else FetchedArticle(each)


def _completed(page: Page, article: Article) -> Page:
    """The page, completed by what only its source has."""
    return replace(
        page,
        outlet=page.outlet or article.provenance.outlet,
        published=page.published or article.published,
        url=page.url or article.provenance.fetched_url or article.url,
    )


def _first_seen(article: Article, earlier: Article | None) -> datetime | None:
    times = [each.provenance.first_seen for each in (article, earlier) if each is not None]
    return min((each for each in times if each is not None), default=None)
