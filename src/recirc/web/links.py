"""Addresses of the portal's pages."""

from functools import lru_cache
from urllib.parse import quote

from recirc.reading.urls import identity_of
from recirc.types import Article, ShelfItem

ADDRESS = "https://"
"""Beginning of ids that are addresses; their pages are at `/from/` and the rest of the id."""

# Not percent-encoded in a path, so that addresses stay readable (RFC 3986, pchar).
_PCHAR = "/:@!$'()*,;=~"


@lru_cache(maxsize=16_384)
def article_path(article: str) -> str:
    """The path of an article's page, for any id.

    Browsers and proxies resolve `.` and `..` and merge slashes in a path, however they are encoded, so ids that this
    would change are sent as a query parameter. Ids that are addresses, as most articles from sources have, lose their
    `https://`.

    >>> article_path("ferry-7"), article_path("https://tide.example/2026/ferry"), article_path("a/../b")
    ('/article/ferry-7', '/from/tide.example/2026/ferry', '/article?id=a%2F..%2Fb')
    """
    rest = article.removeprefix(ADDRESS)
    if rest != article and not _rewritten(rest):
        return f"/from/{quote(rest, safe=_PCHAR)}"
    return _named("article", article)


def page_path(article: Article) -> str:
    """The path of an article's page: that of its id, or of its present address after its address has changed.

    >>> from recirc.types import Provenance
    >>> moved = Provenance(former_urls=("https://tide.example/ferri",))
    >>> old, new = "https://tide.example/ferri", "https://tide.example/ferry"
    >>> page_path(Article(id=old, headline="F", url=new, provenance=moved))
    '/from/tide.example/ferry'
    """
    if article.provenance.former_urls and article.url and article.id.startswith(ADDRESS):
        return article_path(identity_of(article.url))
    return article_path(article.id)


def _named(page: str, article: str) -> str:
    if _rewritten(article):
        return f"/{page}?id={quote(article, safe='')}"
    return f"/{page}/{quote(article, safe=_PCHAR)}"


def api_path(article: str) -> str:
    """The path of an article in the API, for any id, as `article_path`."""
    if _rewritten(article):
        return f"/v1/articles?id={quote(article, safe='')}"
    return f"/v1/articles/{quote(article, safe='')}"


def _rewritten(article: str) -> bool:
    return any(part in ("", ".", "..") for part in article.split("/"))


def section_path(slug: str, page: int = 1) -> str:
    """The path of a section's page."""
    return _paged(f"/section/{quote(slug, safe='')}", page)


def topic_path(slug: str, page: int = 1) -> str:
    """The path of a topic's page."""
    return _paged(f"/topic/{quote(slug, safe='')}", page)


def author_path(slug: str, page: int = 1) -> str:
    """The path of an author's page."""
    return _paged(f"/author/{quote(slug, safe='')}", page)


def _paged(path: str, page: int) -> str:
    return path if page == 1 else f"{path}?page={page}"


def origin_mark(shelf: str, item: ShelfItem, serve_id: str, source: str | None) -> str:
    """The fragment of a shelf's link, which the script of the next page reads; browsers do not send it to a server."""
    said = f"{item.position}.{serve_id}.{item.propensity:.6f}.{item.signature}"
    return f"#from={shelf}.{said}.{_quoted(source or '')}"


@lru_cache(maxsize=1024)
def _quoted(text: str) -> str:
    # The links of a page all name the same article.
    return quote(text, safe="")


def story_path(article: str) -> str:
    """The path of the page of an article's story, for any id, as `article_path`."""
    return _named("story", article)


def archive_path(year: int, month: int, day: int | None = None) -> str:
    """The path of a month or a day of the archive.

    >>> archive_path(2026, 2), archive_path(2026, 2, 3)
    ('/archive/2026/02', '/archive/2026/02/03')
    """
    return f"/archive/{year:04}/{month:02}" + (f"/{day:02}" if day else "")


def feed_path(path: str, kind: str) -> str:
    """The path of the feed of a list of articles.

    >>> feed_path("/", "xml"), feed_path("/topic/ferries", "json")
    ('/feed.xml', '/topic/ferries/feed.json')
    """
    return f"{path.rstrip('/')}/feed.{kind}"
