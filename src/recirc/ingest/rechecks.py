"""Requests the pages of articles on shelves again: an article whose page is gone is withdrawn, until it is back."""

import logging
from collections.abc import Iterable
from threading import Event, Thread
from typing import Final

from recirc import clock
from recirc.engine.engine import Engine
from recirc.sources.source import FetchError, SourceFetcher
from recirc.store.ports import StoreError
from recirc.types import Article, Request, Window

logger = logging.getLogger("recirc.sources")

TICK_SECONDS: Final = 15.0
MOST_AT_ONCE: Final = 10
"""Pages that are requested in one turn; each waits for its host's turn too."""

CONFIRM_SECONDS: Final = 60.0
"""Time after which a page that answered 404 is requested again: it may be a moment's mistake. 410 counts at once."""

NEWEST: Final = 100
RANKED: Final = 50
PAGES: Final = 20
"""Articles among the most read whose Related and Recommendation are looked at."""

REASON: Final = "its page is gone"


class Rechecker:
    """Checks pages in a thread of its own; each page once in `seconds`, 0: never."""

    def __init__(self, engine: Engine, fetch: SourceFetcher, seconds: float) -> None:
        self._engine = engine
        self._fetch = fetch
        self._seconds = seconds
        self._checked: dict[str, float] = {}  # by id, when its page was requested last
        self._suspect: dict[str, float] = {}  # by id, when its page answered 404
        self._stop = Event()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Start the thread."""
        if self._seconds > 0:
            self._thread = Thread(target=self._run, name="rechecks", daemon=True)
            self._thread.start()

    def check_due(self, now: float) -> list[str]:
        """Request the pages that are due at `now` (seconds since 1970); returns the ids of those withdrawn or restored.

        Raises StoreError.
        """
        shown = {article.id: article for article in self._shown(now)}
        gone = self._gone()
        known = shown | gone
        self._checked = {id_: at for id_, at in self._checked.items() if id_ in known}
        due = [id_ for id_ in known if self._is_due(id_, now)]
        due.sort(key=lambda id_: self._checked.get(id_, 0.0))
        changed: list[str] = []
        for id_ in due[:MOST_AT_ONCE]:
            self._checked[id_] = now
            there = self._is_there(known[id_])
            if there is None:
                continue
            if there and id_ in gone:
                self._engine.restore(gone[id_]).result()
                changed.append(id_)
            elif not there and id_ in shown:
                source = shown[id_].provenance.source
                self._engine.withdraw([id_], reason=REASON, source=source).result()
                logger.info("%s: withdrawn, %s", id_, REASON)
                changed.append(id_)
        if changed:
            self._engine.catch_up()
        return changed

    def _is_due(self, id_: str, now: float) -> bool:
        if id_ in self._suspect:
            return now - self._suspect[id_] >= CONFIRM_SECONDS
        return now - self._checked.get(id_, 0.0) >= self._seconds

    def _is_there(self, article: Article) -> bool | None:
        """Whether the page of an article is there; None: that is not certain."""
        url = article.provenance.fetched_url or article.url or ""
        try:
            self._fetch.for_source((article.provenance.source or "").partition(" ")[2])(url)
        except FetchError as error:
            if error.status == 410 or (error.status == 404 and article.id in self._suspect):
                self._suspect.pop(article.id, None)
                return False
            if error.status == 404:
                self._suspect[article.id] = self._checked[article.id]
            return None
        self._suspect.pop(article.id, None)
        return True

    def _shown(self, now: float) -> Iterable[Article]:
        """The articles from sources that shelves and the front page show."""
        engine, ms = self._engine, round(now * 1000)
        ranked = [
            item.article
            for window in (Window.DAY, Window.WEEK)
            for item in engine.ranking(section=None, window=window, slots=RANKED, now=ms).items
        ]
        newest = engine.listing(limit=NEWEST).articles
        ids = dict.fromkeys([*ranked, *(article.id for article in newest)])
        for id_ in list(ids)[:PAGES]:
            slate = engine.shelves(Request(article=id_, personalised=False, published_only=True), ms)
            ids |= dict.fromkeys(item.article for shelf in slate.shelves.values() for item in shelf.items)
        for id_ in ids:
            stored = engine.article(id_)
            article = stored.article if stored is not None and not stored.withdrawn else None
            if article is not None and _has_page(article):
                yield article

    def _gone(self) -> dict[str, Article]:
        """The articles that were withdrawn because their pages were gone, which may be back."""
        found: dict[str, Article] = {}
        for id_, withdrawal in self._engine.life.withdrawals().items():
            stored = self._engine.article(id_) if withdrawal.reason == REASON and withdrawal.source else None
            if stored is not None and stored.article is not None and stored.withdrawn:
                found[id_] = stored.article
        return found

    def _run(self) -> None:
        while not self._stop.wait(TICK_SECONDS):
            try:
                self.check_due(clock.now_seconds())
            except StoreError as error:
                logger.warning("pages cannot be checked, trying again: %s", error)
            except Exception:
                logger.exception("an error in this program while checking pages")
                self._stop.wait(self._seconds)


def _has_page(article: Article) -> bool:
    """Whether an article came through a source, and has a page there."""
    origin = article.provenance
    address = origin.fetched_url or article.url or ""
    return origin.first_seen is not None and address.startswith(("http://", "https://"))
