"""Under which addresses an article is found, in the one form that `identity_of` gives them."""

import re

from recirc.engine.article_cache import ArticleCache
from recirc.reading.urls import identity_of
from recirc.store.sqlite import SqliteStore
from recirc.types import Article

_WEB = re.compile(r"\s*https?://[^/?#\s]", re.IGNORECASE)


def address_in(text: str) -> str | None:
    """The one form of an address on the web; None for other text.

    >>> address_in("http://Paper.example/ferry/?utm_source=x#top")
    'https://paper.example/ferry'
    >>> address_in("ferry-7") is None
    True
    """
    return identity_of(text) if _WEB.match(text) else None


def addresses_of(article: Article) -> tuple[str, ...]:
    """Its id, if that is an address, its `url`, and the canonical one of its origin: the surest first, each once."""
    told = (article.id, article.url, article.provenance.canonical_url)
    return tuple(dict.fromkeys(address for text in told if text and (address := address_in(text))))


def located(store: SqliteStore, bookshelf: ArticleCache, url: str) -> str | None:
    """Id of the live article that is read at an address, else of one that events name by it. Raises StoreError."""
    address = address_in(url)
    if address is None:
        return None
    for index in (store.locate(address), *store.find([address, url]).tolist()):
        stored = bookshelf.get([index])[0] if index >= 0 else None
        if stored is not None and not stored.withdrawn:
            return stored.id
    return None
