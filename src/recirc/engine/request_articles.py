"""The articles that a request names, by id or by address."""

from typing import Final

import numpy as np
from msgspec import structs

from recirc.engine.addresses import locate_article
from recirc.engine.article_cache import ArticleCache
from recirc.engine.request_filters import to_the_minute
from recirc.store.sqlite import SqliteStore
from recirc.types import IntArray, Request

NOTHING: Final[IntArray] = np.zeros(0, np.int32)


class RequestArticles:
    """Looks up the articles that requests name. Its methods raise StoreError."""

    def __init__(self, store: SqliteStore, articles: ArticleCache) -> None:
        self._store = store
        self._articles = articles

    def located(self, request: Request) -> Request:
        """The request with the id of its article, where it gives an address, and times to the minute."""
        request = to_the_minute(request)
        if request.url is None:
            return request
        article = request.article or locate_article(self._store, self._articles, request.url)
        return structs.replace(request, article=article, url=None)

    def excluded(self, request: Request) -> IntArray:
        """Indices of what is on the page already, int32."""
        if not request.exclude:
            return NOTHING
        ids = [
            locate_article(self._store, self._articles, name) or name if "://" in name else name
            for name in request.exclude
        ]
        found = self._store.find([*request.exclude, *ids])
        return found[found >= 0]

    def opened(self, request: Request) -> tuple[IntArray, IntArray]:
        """Indices of what the reader opened, the article of the request last, and of earlier visits; -1: unknown."""
        newest_first = request.history[::-1] if request.personalised else ()
        if request.article:
            newest_first = (request.article, *newest_first)
        earlier = request.earlier[::-1] if request.personalised else ()
        # Of an article that was opened again, the last time counts.
        found = self._store.find([*dict.fromkeys(newest_first)][::-1])
        before = self._store.find([*dict.fromkeys(earlier)][::-1]) if earlier else NOTHING
        return found, before
