"""The timeline of a story: who reported it first, who copied it, what followed; a pure function of articles."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from recirc.types import Article

_LAST = datetime.max.replace(tzinfo=UTC)


class TimelineItem(NamedTuple):
    """One article of a timeline.

    Attributes:
        article: the article.
        kind: `first`: the earliest near-copy; `copy`: another one; `report`: the only version; `event`: another text on
            the same event.
        later: in words, how long after the first one it was published; empty for the first, and if that is not known.
    """

    article: Article
    kind: str
    later: str


def timeline(versions: Iterable[Article], event: Iterable[Article]) -> list[TimelineItem]:
    """Near-copies (`versions`) and other articles on the same event, oldest first, those without a date last.

    The first is the earliest version with a date: without a date no claim to be first is made.
    """
    copies = {article.id: article for article in versions}
    ordered = sorted(
        (copies | {article.id: article for article in event if article.id not in copies}).values(), key=_order
    )
    first = first_of(copies.values())
    return [
        TimelineItem(article, _kind(article, copies, first), _later(first, article)) for article in ordered
    ]


def _kind(article: Article, copies: Mapping[str, Article], first: Article | None) -> str:
    if article.id not in copies:
        return "event"
    if len(copies) == 1:
        return "report"
    return "first" if first is not None and article.id == first.id else "copy"


def first_of(versions: Iterable[Article]) -> Article | None:
    """The earliest version with a date; None: no version has one."""
    return min((article for article in versions if article.published), key=_order, default=None)


def _order(article: Article) -> tuple[datetime, str]:
    return article.published or _LAST, article.id


def _later(first: Article | None, article: Article) -> str:
    if first is None or first.published is None or article.published is None or article.id == first.id:
        return ""
    seconds = (article.published - first.published).total_seconds()
    how = "later" if seconds >= 0 else "earlier"
    return f"{span(abs(seconds))} {how}" if seconds else "at the same time"


def span(seconds: float) -> str:
    """A duration in words, in its largest unit.

    >>> span(30), span(90 * 60), span(86_400), span(40 * 86_400)
    ('less than a minute', '1 hour', '1 day', '40 days')
    """
    for size, name in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        number = int(seconds // size)
        if number:
            return f"{number} {name}" + ("s" if number > 1 else "")
    return "less than a minute"
