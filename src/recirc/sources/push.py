"""What a CMS or a hub sends by itself, as entries of its source: a post that was published, changed or removed."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from recirc.reading.rejections import RejectedValueError
from recirc.sources import ghost, jsonlines, ninjs, wordpress
from recirc.sources.documents import json_of
from recirc.sources.feed import is_feed, read_feed
from recirc.sources.listing import ListedEntry

REMOVED: Final = frozenset(
    (
        "trash",
        "trashed",
        "delete",
        "deleted",
        "unpublish",
        "unpublished",
        "private",
        "draft",
        "pending",
        "remove",
    )
)
"""Events of a CMS after which it does not publish a post any more."""

PUBLISHED: Final = frozenset(("publish", "published", "update", "updated"))
"""Events of a CMS after which it publishes a post."""

SCHEDULED: Final = frozenset(("future", "scheduled"))
"""States of a post that its CMS publishes later."""


_PREVIEW: Final = re.compile(r"(https?://.+)/p/[0-9a-f]{8}-[0-9a-f-]{27}/?", re.IGNORECASE)


def entries_of(
    kind: str, content: bytes, *, url: str, charset: str | None, now: datetime
) -> list[ListedEntry] | None:
    """The entries in a message to a source of a kind; None: it has none, so the source has to be polled.

    - WordPress: `{"event": "publish", "post": {…}}`, or a list of these, with the post as its REST API has it. Any
      other state than published or scheduled removes it, also one that a plug-in of WordPress made up; so does a
      scheduled post of which there is only the number.
    - Ghost: its webhooks, `{"post": {"current": {…}, "previous": {…}}}`.
    - Feeds: the feed or some of its entries, as WebSub distributes them. ninjs and JSON lines: as they are polled.

    Raises:
        RejectedValueError: it cannot be read.
    """
    if not content.strip():
        return None
    if kind == "feed":
        return (
            list(read_feed(content, url=url, charset=charset, now=now).entries) if is_feed(content) else None
        )
    if kind == "jsonlines":
        return jsonlines.entries_of(content, now)
    if kind not in ("wordpress", "ghost", "ninjs"):
        return None
    document = json_of(content, charset)
    if kind == "ninjs":
        return ninjs.entries_of(document, now)
    if kind == "wordpress" and isinstance(document, list):
        read = [_of_wordpress(each, now) for each in document]
        return None if None in read else [entry for entries in read for entry in entries or ()]
    return _of_wordpress(document, now) if kind == "wordpress" else _of_ghost(document, now)


def _of_wordpress(document: object, now: datetime) -> list[ListedEntry] | None:
    if not isinstance(document, Mapping):
        raise RejectedValueError("", "this is not an object with a post")
    post = document.get("post", document)
    if not isinstance(post, Mapping) or post.get("id") in (None, ""):
        raise RejectedValueError("post", 'there is no "post" with an "id"')
    event = str(document.get("event") or "").lower()
    status = str(post.get("status") or "publish").lower()
    whole = "content" in post or "title" in post
    if not whole and event in PUBLISHED and status == "publish":
        return None
    scheduled = whole and (status in SCHEDULED or event in SCHEDULED)
    if event in REMOVED or not whole or not (status == "publish" or scheduled):
        return [_removed(str(post["id"]), event or status, post.get("link"))]
    return [wordpress.entry_of(post, 1, now)]


def _of_ghost(document: object, now: datetime) -> list[ListedEntry]:
    post = document.get("post") if isinstance(document, Mapping) else None
    if not isinstance(post, Mapping):
        raise RejectedValueError("post", 'there is no "post", as in the webhooks of Ghost')
    current, previous = post.get("current") or {}, post.get("previous") or {}
    if not isinstance(current, Mapping) or not isinstance(previous, Mapping):
        raise RejectedValueError("post", '"current" and "previous" of the post are objects')
    found = current.get("id") or previous.get("id")
    if not found:
        raise RejectedValueError("post", "the post has no id")
    status = str(current.get("status") or "deleted")
    if status not in ("published", "scheduled"):
        return [_removed(str(found), "unpublished" if current else "deleted", previous.get("url"))]
    if status == "scheduled":
        current = {**current, "url": _address_when_published(current)}
    return [ghost.entry_of(current, 1, now)]


def _address_when_published(post: Mapping[str, Any]) -> object:
    """The address that a scheduled post of Ghost will have, by its default; until then it names that of a preview."""
    url, name = post.get("url"), post.get("slug")
    if isinstance(url, str) and isinstance(name, str) and (preview := _PREVIEW.fullmatch(url)):
        return f"{preview[1]}/{name}/"
    return url


def _removed(id_: str, event: str, url: object) -> ListedEntry:
    link = url if isinstance(url, str) and url.startswith(("http://", "https://")) else None
    return ListedEntry(
        key=id_, guid=id_, version=f"removed {event}", url=link, takedown=f"its CMS says: {event}"
    )


KINDS: Sequence[str] = ("wordpress", "ghost", "feed", "ninjs", "jsonlines")
"""Kinds of sources whose messages are read; others are polled when a message arrives."""
