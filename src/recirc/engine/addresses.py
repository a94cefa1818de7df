"""Addresses under which an article is found, normalised by `identity_of`."""

import re

from recirc.engine.article_cache import ArticleCache
from recirc.reading.urls import identity_of
from recirc.store.sqlite import SqliteStore
from recirc.types import Article

_OWN_ID = re.compile(r"#[0-9a-f]{20}$")
"""End of an id that `values.own_id` made, which begins with the address of a source."""
_WEB = re.compile(r"\s*https?://[^/?#\s]", re.IGNORECASE)


def address_in(text: str) -> str | None:
    """The normalised form of a web address; None for other text.

    >>> address_in("http://Paper.example/ferry/?utm_source=x#top")
    'https://paper.example/ferry'
    >>> address_in("ferry-7") is None
    True
    """
    return identity_of(text) if _WEB.match(text) else None


def addresses_of(article: Article) -> tuple[str, ...]:
    """The article's addresses, most reliable first, without duplicates: id (if it is one), `url`, canonical URL, the
    addresses that it had before, and the id that its source gave it.

    An article whose id is that of its source shares its address with others (see `sources.identities`).
    """
    origin = article.provenance
    candidates: tuple[str | None, ...] = ()
    if article.id != origin.sender_id and not _OWN_ID.search(article.id):
        candidates = (article.id, article.url, origin.canonical_url, *origin.former_urls)
    found = [address for text in candidates if text and (address := address_in(text))]
    return tuple(dict.fromkeys((*found, *([origin.sender_id] if origin.sender_id else []))))


def locate_article(store: SqliteStore, article_cache: ArticleCache, url: str) -> str | None:
    """Id of the live article at a URL, else of an article that events name by the URL. Raises StoreError."""
    address = address_in(url)
    if address is None:
        return None
    for index in (store.locate(address), *store.find([address, url]).tolist()):
        stored = article_cache.get([index])[0] if index >= 0 else None
        if stored is not None and not stored.withdrawn:
            return stored.id
    return None
