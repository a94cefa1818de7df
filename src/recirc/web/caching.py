"""What a cache in front of the portal, and that of a browser, may keep, and for how long."""

from collections.abc import Iterable
from hashlib import blake2b

from recirc.types import Shelf, Slate
from recirc.web.renderer import clock, iso

REVALIDATED = "no-cache"
"""May be kept, but not used without asking whether it still holds."""

STALE_SECONDS = 60
"""A page that is older than it may be is handed out for so long, while a cache fetches it anew."""

MACHINE_SECONDS = 300
"""How long feeds, and things that change as seldom, are kept."""


def shared(seconds: int) -> str:
    """Cache-Control of what is the same for all readers. 0 seconds: ask each time.

    >>> shared(10), shared(0)
    ('public, max-age=10, stale-while-revalidate=60', 'no-cache')
    """
    if seconds == 0:
        return REVALIDATED
    return f"public, max-age={seconds}, stale-while-revalidate={STALE_SECONDS}"


def tag_of(body: bytes, moving: Iterable[str] = ()) -> str:
    """The ETag of a body; `moving` are words in it that are others each time, and change nothing for a reader.

    >>> tag_of(b"as of 07:40:05", ["07:40:05"]) == tag_of(b"as of 07:40:09", ["07:40:09"])
    True
    """
    for word in moving:
        body = body.replace(word.encode(), b"")
    # Weak: the compressed body is the same page in other bytes.
    return f'W/"{blake2b(body, digest_size=8).hexdigest()}"'


def holds(asked: str, tag: str) -> bool:
    """Whether an If-None-Match names the tag (weak comparison, RFC 9110, 13.1.2).

    >>> holds('"a", W/"b"', 'W/"b"'), holds('"b"', 'W/"b"'), holds("*", 'W/"b"'), holds('"bb"', 'W/"b"')
    (True, True, True, False)
    """
    wanted = tag.removeprefix("W/")
    return any(each.strip().removeprefix("W/") in (wanted, "*") for each in asked.split(","))


def moving(shelves: Slate | Shelf) -> tuple[str, ...]:
    """What is new each time in shelves that are otherwise the same: the moment, and the name of the answer."""
    each = shelves.shelves.values() if isinstance(shelves, Slate) else (shelves,)
    return tuple({word for shelf in each for word in (shelf.serve_id, iso(shelf.as_of), clock(shelf.as_of))})
