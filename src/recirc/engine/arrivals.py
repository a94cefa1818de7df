"""Articles that sources bring, on their way in: each is inspected, and held against the version that is there."""

import logging
from collections import Counter
from collections.abc import Sequence
from threading import Lock
from typing import NamedTuple

from recirc.engine.engine import Engine
from recirc.provenance.inspect import inspect
from recirc.provenance.overrule import as_claimed, judged
from recirc.provenance.reading import Known
from recirc.provenance.settle import Settled, merged, page_of, settle
from recirc.settings import Vetting
from recirc.store.ports import Outcome, StoreError
from recirc.text.facts import facts
from recirc.text.near_duplicates import Shingles
from recirc.types import Article

logger = logging.getLogger("recirc.sources")


class Landed(NamedTuple):
    """What became of some articles; when it is given, what was taken is on disk.

    Attributes:
        outcomes: how many were new, updated, unchanged.
        refused: why others were left out.
        again: ids of those that were left out by a mistake of ours, to be tried again.
    """

    outcomes: Counter[Outcome]
    refused: list[str]
    again: list[str]


class UnknownFindingError(LookupError):
    """An article has no finding of a kind."""

    def __init__(self, id: str, kind: str) -> None:
        super().__init__(f"the article {id!r} has no finding {kind!r}, or there is no such article")


class Arrivals:
    """The door through which articles of all sources come. May be used from any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._vetting = engine.settings.provenance
        # Two sources may bring the same article at one moment: the later one must see what the earlier one brought.
        self._lock = Lock()
        self._told = ""

    def publish(self, articles: Sequence[Article]) -> Landed:
        """Publish what can be, and wait until it is on disk.

        What the newsroom has withdrawn stays withdrawn, however often a source shows it. A copy is recognised if its
        original was published before this call.

        Raises:
            StoreError: they cannot be kept; none of them was.
        """
        with self._lock:
            standing: dict[str, Article] = {}
            refused: list[str] = []
            again: list[str] = []
            for article in articles:
                stored = self._engine.article(article.id)
                if stored is not None and stored.withdrawn:
                    refused.append(f"{article.id}: left out, the newsroom has withdrawn it")
                    continue
                earlier = standing.get(article.id) or (stored.article if stored else None)
                try:
                    settled = settled_of(self._engine, self._vetting, article, earlier)
                except StoreError:
                    raise
                except Exception as error:
                    self._mistaken(article, error)
                    settled = Settled(None, f"it could not be inspected: {type(error).__name__}: {error}")
                    again.append(article.id)
                if settled.article is None:
                    refused.append(f"{article.id}: {settled.why}")
                else:
                    standing[article.id] = merged(earlier, settled.article) if earlier else settled.article
            if not standing:
                return Landed(Counter(), refused, again)
            receipt = self._engine.publish(list(standing.values())).result()
            self._engine.catch_up()
            return Landed(Counter(receipt.outcomes), refused, again)

    def overrule(self, id: str, kind: str, overruled: bool) -> Article:
        """The article with its findings of a kind overruled by an editor, or put in force again; it is on disk.

        Raises:
            UnknownFindingError: there is no such article, or no such finding of it.
            StoreError: it cannot be kept.
        """
        with self._lock:
            stored = self._engine.article(id)
            article = stored.article if stored and not stored.withdrawn else None
            if article is None or not any(found.kind == kind for found in article.provenance.findings):
                raise UnknownFindingError(id, kind)
            changed = judged(article, kind, overruled)
            if not overruled:
                changed = (
                    settled_of(self._engine, self._vetting, as_claimed(changed), changed).article or changed
                )
            self._engine.publish([changed]).result()
            self._engine.catch_up()
            return changed

    def _mistaken(self, article: Article, error: Exception) -> None:
        # One article after the other may meet the same mistake: it is told once.
        if repr(error) != self._told:
            logger.error("%s: a mistake of ours while it was inspected", article.id, exc_info=error)
        self._told = repr(error)


def settled_of(engine: Engine, vetting: Vetting, article: Article, earlier: Article | None) -> Settled:
    """What is to be published of an article that a source brought. Raises StoreError."""
    if not vetting.inspect:
        return Settled(article)

    page = page_of(article)

    def copies(shingles: Shingles) -> list[Known]:
        return [
            Known(other.id, other.headline, other.provenance.outlet, other.published, other.url, part)
            for other, part in engine.copies(shingles, facts(page.text))
            if other.id != article.id
        ]

    return settle(article, inspect(page, copies=copies), vetting, earlier)
