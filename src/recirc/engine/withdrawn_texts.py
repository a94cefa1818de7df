"""Recognises a withdrawn article that comes back under another id and address, by its text and its outlet."""

from threading import Lock
from typing import Final

from recirc.engine.article_cache import ArticleCache
from recirc.store.sqlite import SqliteStore
from recirc.text.clean import words_of
from recirc.text.copies import CopyIndex
from recirc.text.facts import facts
from recirc.text.near_duplicates import shingles
from recirc.text.sites import host_of
from recirc.text.slugs import slug
from recirc.types import Article

SAME: Final = 0.6
"""Part of the shorter text's 4-grams that the longer one has, from which on it is the same article."""


class WithdrawnTexts:
    """The texts of the withdrawn articles, read from the archive when they are needed. Thread-safe."""

    def __init__(self, store: SqliteStore, article_cache: ArticleCache) -> None:
        self._store = store
        self._article_cache = article_cache
        self._lock = Lock()
        self._index: CopyIndex | None = None
        self._places: dict[int, int] = {}  # by index of an article, its place in the index of texts
        self._texts: dict[
            int, str
        ] = {}  # by index of an article, its text: some are too short for near-copies

    def copy_of(self, article: Article) -> Article | None:
        """The withdrawn article of the same outlet that this one is a near-copy of; None: there is none.

        Raises StoreError.
        """
        withdrawn = self._store.withdrawn()
        if not withdrawn or not article.body:
            return None
        text = words_of(article.body)
        with self._lock:
            index = self._followed(withdrawn)
            near = [copy for copy in index.find(shingles(text), facts(text)) if copy.containment >= SAME]
            of = {place: article for article, place in self._places.items()}
            same = [article for article, other in self._texts.items() if other == _plain(text) != ""]
        stored = self._article_cache.get([*(of[copy.article] for copy in near), *same])
        return next(
            (
                each.article
                for each in stored
                if each is not None and each.article is not None and each.withdrawn
                if _same_outlet(each.article, article)
            ),
            None,
        )

    def _followed(self, withdrawn: list[int]) -> CopyIndex:
        """The index of the texts of these articles."""
        index = self._index = self._index or CopyIndex(threshold=SAME)
        current = set(withdrawn)
        for article in self._places.keys() - current:
            index.set(self._places.pop(article), shingles(""), facts(""))
            self._texts.pop(article, None)
        missing = sorted(current - self._places.keys())
        for article, stored in zip(missing, self._article_cache.get(missing), strict=True):
            place = max(self._places.values(), default=-1) + 1
            self._places[article] = place
            index.make_room(place + 1)
            text = words_of(stored.article.body) if stored is not None and stored.article is not None else ""
            index.set(place, shingles(text), facts(text))
            self._texts[article] = _plain(text)
        return index


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def _same_outlet(one: Article, other: Article) -> bool:
    """Whether two articles may be of one outlet: none is known to be of another."""
    names = [each.provenance.outlet for each in (one, other)]
    if all(names):
        if slug(names[0] or "") == slug(names[1] or ""):
            return True
        hosts = [host_of(each.url) for each in (one, other)]
        return hosts[0] == hosts[1] != ""
    return True
