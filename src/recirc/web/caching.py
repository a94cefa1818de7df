"""What caches in front of the portal and in browsers may keep, and for how long."""

import re
from collections.abc import Collection

from recirc.hashing import hex_digest
from recirc.types import Shelf, Slate
from recirc.web.dates import iso

REVALIDATED = "no-cache"
"""May be kept, but must be revalidated before each use."""

MACHINE_SECONDS = 300
"""How long feeds and sitemaps may be kept."""


def cache_control(seconds: int) -> str:
    """The Cache-Control header of a page that is the same for all readers. 0 seconds: revalidate each time.

    Shared caches keep it so long, and are purged by tag. A browser asks each time whether it has changed: nobody could
    purge there what an editor corrects or withdraws.

    >>> cache_control(10), cache_control(0)
    ('public, max-age=0, s-maxage=10', 'no-cache')
    """
    if seconds == 0:
        return REVALIDATED
    return f"public, max-age=0, s-maxage={seconds}"


def article_tag(article: str) -> str:
    """The cache tag of all responses that show an article.

    >>> article_tag("ferry-7")
    'article-e19a6e7d0e6e5ee5'
    """
    return f"article-{hex_digest(article.encode(), 8)}"


def tag_headers(slate: Slate) -> dict[str, str]:
    """The tags by which a cache in front can purge shelves: of each shelf, of each article on them, and of the one that
    they are beside. CDNs read one header or the other.
    """
    articles = [item.article for shelf in slate.shelves.values() for item in shelf.items]
    shown = [name for name, shelf in slate.shelves.items() if shelf.items]
    tags = [f"shelf-{name}" for name in shown]
    tags += [article_tag(article) for article in dict.fromkeys([*filter(None, [slate.article]), *articles])]
    return {"Cache-Tag": ",".join(tags), "Surrogate-Key": " ".join(tags)}


def etag_of(body: bytes, volatile: Collection[str] = ()) -> str:
    """The ETag of a body. `volatile` words differ in each rendering, as do the signatures of shelves; their changes do
    not matter to a reader.

    >>> etag_of(b"as of 07:40:05", ["07:40:05"]) == etag_of(b"as of 07:40:09", ["07:40:09"])
    True
    """
    for word in volatile:
        body = body.replace(word.encode(), b"")
    if volatile:
        for pattern in _SIGNATURES:
            body = pattern.sub(b"", body)
    # Weak: the compressed body is the same page in other bytes.
    return f'W/"{hex_digest(body, 8)}"'


# As `slots`, `links` and the template of a shelf write them, without the serve id and the time. Each begins with a
# text, which is found fast.
_SIGNATURES = (
    re.compile(rb'data-as-of datetime="">[^<]*<'),
    re.compile(rb'data-signature="[0-9a-f]{12}"'),
    re.compile(rb"#from=[a-z0-9-]+\.\d+\.\.[01]\.\d{6}\.[0-9a-f]{12}\."),
)


def etag_matches(header: str, etag: str) -> bool:
    """Whether an If-None-Match header contains the ETag (weak comparison, RFC 9110, 13.1.2).

    >>> [etag_matches(header, 'W/"b"') for header in ('"a", W/"b"', '"b"', "*", '"bb"')]
    [True, True, True, False]
    """
    wanted = etag.removeprefix("W/")
    return any(each.strip().removeprefix("W/") in (wanted, "*") for each in header.split(","))


def volatile_words(shelves: Slate | Shelf) -> tuple[str, ...]:
    """What differs in each rendering of shelves that are otherwise the same: their time and their id.

    The words of the time stand right after it, see `_SIGNATURES`.
    """
    each = shelves.shelves.values() if isinstance(shelves, Slate) else (shelves,)
    return tuple({word for shelf in each for word in (shelf.serve_id, iso(shelf.as_of))})
