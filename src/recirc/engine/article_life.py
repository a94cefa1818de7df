"""What happens to an article beside its publication: it is held back, withdrawn, restored, erased, and has versions."""

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec
import numpy as np

from recirc import clock
from recirc.engine.article_cache import ArticleCache
from recirc.engine.withdrawn_texts import WithdrawnTexts
from recirc.settings import StoreSettings
from recirc.store.article_life import ProvisionalRow
from recirc.store.erased_names import cleaned
from recirc.store.erasing import StoredErasure
from recirc.store.erasure_receipts import ErasureReceipt, erase_article
from recirc.store.erasure_requests import articles_with, erase_day, erase_names
from recirc.store.ports import ArchivedArticle, PublishOutcome, Receipt
from recirc.store.sqlite import SqliteStore
from recirc.store.withdrawals import EndedHold, Withdrawal, Withdrawals, change_of
from recirc.types import NO_POSITION, RECORD, Article, EntryKind, IntArray, RecordArray

UNKNOWN = Withdrawal(time=datetime(1970, 1, 1, tzinfo=UTC), reason="withdrawn before reasons were kept")

_articles = msgspec.json.Decoder(Article)


class HeldVersion(NamedTuple):
    """An article that is held back until a moment; None: until its sender changes it."""

    article: Article
    until: datetime | None
    why: str


class ArticleVersion(NamedTuple):
    """A former version of an article, and when another one replaced it."""

    number: int
    replaced: datetime
    article: Article


class ArticleLife:
    """Holds, withdrawals, erasures and versions in the store. Thread-safe."""

    def __init__(self, settings: StoreSettings, store: SqliteStore, article_cache: ArticleCache) -> None:
        self._store = store
        self._article_cache = article_cache
        self._withdrawals = Withdrawals(Path(settings.path), busy_seconds=settings.busy_seconds)
        self._texts = WithdrawnTexts(store, article_cache)

    # Withdrawals

    def withdraw(
        self, withdrawals: Mapping[str, Withdrawal], holds: Mapping[str, HeldVersion]
    ) -> "Future[Receipt]":
        """Withdraw articles by id: they leave every shelf and listing, their pins end; unknown ids are skipped.

        Statistics of their readers stay. An article that is withdrawn already only gets the new reason. Of those that
        are held back (`holds`) it is noted, until they are restored.
        """
        ids = list(withdrawals)
        indices = self._store.find(ids)
        there = [id_ for id_, index in zip(ids, indices.tolist(), strict=True) if index >= 0]
        indices = indices[indices >= 0]
        records = withdraw_records(indices)
        stored = dict(zip(there, self._article_cache.get(indices.tolist()), strict=True))
        known, changes = self._withdrawals.all(), []
        for id_ in there:
            article = kept.article if (kept := stored[id_]) is not None else None
            headline = article.headline if article is not None else None
            hold = _hold_of(withdrawals[id_], holds.get(id_), known.get(id_))
            changes.append(
                change_of(id_, msgspec.structs.replace(withdrawals[id_], headline=headline, hold=hold))
            )
        return self._store.withdraw(records, changes)

    def withdrawals(self) -> dict[str, Withdrawal]:
        """Every withdrawn article by id, the newest first. Raises StoreError."""
        stored = self._article_cache.get(self._store.withdrawn())
        known = self._withdrawals.all()
        found = {each.id: known.get(each.id, UNKNOWN) for each in stored if each is not None}
        return dict(sorted(found.items(), key=lambda pair: pair[1].time, reverse=True))

    def withdrawal(self, id_: str) -> Withdrawal:
        """Why a withdrawn article was withdrawn. Raises StoreError."""
        return self._withdrawals.all().get(id_, UNKNOWN)

    def withdrawn_copy(self, article: Article) -> Article | None:
        """The withdrawn article that a new one is a near-copy of, of the same outlet; None: none. Raises StoreError.

        A source may publish anew what it took down itself.
        """
        found = self._texts.copy_of(article)
        if found is None or found.id == article.id:
            return None
        return None if self.withdrawal(found.id).ends_with(article.provenance.source) else found

    def ended_by(self, articles: Sequence[Article]) -> set[str]:
        """Ids of the withdrawn articles that the source which took them down publishes again. Raises StoreError."""
        return {
            article.id
            for article, kept in zip(articles, self._stored(articles), strict=True)
            if kept is not None and kept.withdrawn
            if self.withdrawal(article.id).ends_with(article.provenance.source)
        }

    def withdrawn_copies(self, articles: Sequence[Article]) -> set[int]:
        """Places of the new articles that are near-copies of withdrawn ones. Raises StoreError."""
        if not self._store.withdrawn():
            return set()
        known = [kept is not None and kept.article is not None for kept in self._stored(articles)]
        return {
            place
            for place, article in enumerate(articles)
            if not known[place] and self.withdrawn_copy(article) is not None
        }

    def _stored(self, articles: Sequence[Article]) -> list[ArchivedArticle | None]:
        indices = self._store.find([article.id for article in articles]).tolist()
        return self._article_cache.get(indices)

    # Holds

    def hold(self, article: Article, until: datetime | None, why: str) -> "Future[None]":
        """Keep an article back until a moment; None: until its sender changes it."""
        return self._store.hold(self.cleaned(article), None if until is None else _ms(until), why)

    def held(self) -> list[HeldVersion]:
        """The articles that are held back, those that come first at the head. Raises StoreError."""
        return [_held(row.document, row.until, row.why) for row in self._store.held()]

    def held_version(self, id_: str) -> HeldVersion | None:
        """The article with this id where it is held back. Raises StoreError."""
        return next((each for each in self.held() if each.article.id == id_), None)

    def held_among(self, ids: Collection[str]) -> dict[str, HeldVersion]:
        """Those of these articles that are held back, by id. Raises StoreError."""
        return {each.article.id: each for each in self.held() if each.article.id in ids} if ids else {}

    def never_published(self, held: Collection[HeldVersion]) -> list[Article]:
        """Those of these articles that have no version in the archive. Raises StoreError."""
        articles = [each.article for each in held]
        stored = zip(articles, self._stored(articles), strict=True)
        return [article for article, kept in stored if kept is None or kept.article is None]

    def held_as(self, names: Sequence[str]) -> list[Article]:
        """The held articles with these ids, of ours or of their sources. Raises StoreError."""
        wanted = set(names)
        if not wanted:
            return []
        held = (each.article for each in self.held())
        return [each for each in held if each.id in wanted or each.provenance.sender_id in wanted]

    def due(self, now: int) -> list[HeldVersion]:
        """The held articles whose time has come at `now` (ms). Raises StoreError."""
        return [_held(row.document, row.until, row.why) for row in self._store.held(now)]

    def release(self, ids: Sequence[str], until: int | None = None) -> "Future[None]":
        """Hold these articles no longer; with `until` (ms) only if their time had come by then."""
        return self._store.release(ids, until)

    # Erasures

    def erase(
        self, id_: str, by: str, reason: str, now: int, remove_pictures: Callable[[set[str]], int]
    ) -> ErasureReceipt:
        """Erase an article with all its versions; the arguments are those of `erase_article`. Raises NotThereError and
        StoreError.
        """
        receipt = erase_article(self._store, id_, by, reason, now, remove_pictures)
        self._article_cache.invalidate(self._store.find([id_]).tolist())
        return receipt

    def erase_names(
        self,
        kind: Literal["author", "topic"],
        names: Sequence[str],
        by: str,
        reason: str,
        now: int,
        *,
        texts: bool,
        remove_pictures: Callable[[set[str]], int],
    ) -> ErasureReceipt:
        """Erase an author's or a topic's names; see `erasure_requests.erase_names`."""
        receipt = erase_names(
            self._store, kind, names, by, reason, now, texts=texts, remove_pictures=remove_pictures
        )
        self._article_cache.clear()
        return receipt

    def erase_day(self, day: str, since: int, until: int, by: str, reason: str, now: int) -> ErasureReceipt:
        """Erase the events of a day; see `erasure_requests.erase_day`."""
        return erase_day(self._store, day, since, until, by, reason, now)

    def articles_with(self, kind: Literal["author", "topic"], names: Sequence[str]) -> tuple[int, list[str]]:
        """Number of articles in which names stand, and the ids of the first ones; see `erasure_requests`."""
        return articles_with(self._store, kind, names)

    def events_between(self, since: int, until: int) -> int:
        """Number of events of a time (ms). Raises StoreError."""
        return sum(map(len, self._store.events_between(since, until)))

    def cleaned(self, article: Article) -> Article:
        """An article without names that were erased. Raises StoreError."""
        return cleaned(article, self._store.erased_names())

    def erasures(self) -> list[StoredErasure]:
        """The list of erasures, the oldest first. Raises StoreError."""
        return self._store.erasures()

    # Views of pages without an article

    def keep_provisional(self, rows: Sequence[ProvisionalRow]) -> "Future[None]":
        """Keep views of pages that no article is known for; see `ProvisionalViews`."""
        return self._store.keep_provisional(rows)

    def drop_provisional(self, keys: Sequence[int]) -> "Future[None]":
        """Drop views that were counted."""
        return self._store.drop_provisional(keys)

    def provisional_arrived(self) -> list[str]:
        """The addresses of kept views at which there is a live article now. Raises StoreError."""
        return self._store.provisional_arrived()

    def provisional(self, address: str, most: int) -> list[ProvisionalRow]:
        """The kept views of a page, the oldest first. Raises StoreError."""
        return self._store.provisional(address, most)

    # Versions

    def versions(self, id_: str) -> list[ArticleVersion]:
        """The former versions of an article, the oldest first. Raises StoreError."""
        index = int(self._store.find([id_])[0])
        rows = self._store.versions(index) if index >= 0 else []
        return [
            ArticleVersion(row.number, _moment(row.replaced), _articles.decode(row.document)) for row in rows
        ]


def withdraw_records(indices: IntArray) -> RecordArray:
    """WITHDRAW entries of the articles with these indices, int32 (n,)."""
    records = np.zeros(len(indices), RECORD)
    records["kind"], records["article"], records["source"] = EntryKind.WITHDRAW, indices, -1
    records["time"] = clock.now_ms()
    records["position"] = NO_POSITION
    return records


def with_withdrawn(future: "Future[Receipt]", places: Collection[int], size: int) -> "Future[Receipt]":
    """The receipt of `future` for `size` publications, of which those at `places` were left out as withdrawn."""
    whole: Future[Receipt] = Future()

    def complete(done: "Future[Receipt]") -> None:
        if (error := done.exception()) is not None:
            whole.set_exception(error)
            return
        receipt = done.result()
        others = iter(receipt.outcomes)
        outcomes = tuple(
            PublishOutcome.WITHDRAWN if place in places else next(others) for place in range(size)
        )
        whole.set_result(receipt._replace(outcomes=outcomes))

    future.add_done_callback(complete)
    return whole


def _hold_of(withdrawal: Withdrawal, held: HeldVersion | None, before: Withdrawal | None) -> EndedHold | None:
    """How an article is held back again when it is restored."""
    if withdrawal.held:
        return None
    if held is not None:
        return EndedHold(until=held.until, why=held.why)
    return before.hold if before is not None else None


def _held(document: bytes, until: int | None, why: str) -> HeldVersion:
    return HeldVersion(_articles.decode(document), None if until is None else _moment(until), why)


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def _ms(moment: datetime) -> int:
    return -int(-moment.timestamp() * 1000 // 1)  # never before the moment
