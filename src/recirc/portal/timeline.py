"""The timeline of a story: who reported it first, who copied it, what followed; a pure function of articles."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from recirc.messages import MessageText, counted, message
from recirc.types import Article

_LAST = datetime.max.replace(tzinfo=UTC)


class TimelineItem(NamedTuple):
    """One article of a timeline.

    Attributes:
        article: the article.
        kind: `first`: the earliest near-copy; `copy`: another one; `report`: the only version; `event`: another text on
            the same event.
        later: how long after the first one it was published; None for the first, and if that is not known.
    """

    article: Article
    kind: str
    later: MessageText | None


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


def _later(first: Article | None, article: Article) -> MessageText | None:
    if first is None or first.published is None or article.published is None or article.id == first.id:
        return None
    seconds = (article.published - first.published).total_seconds()
    return difference(seconds)


def difference(seconds: float) -> MessageText:
    """How much later or earlier, in the largest unit.

    >>> from recirc.messages import words_in
    >>> [words_in("en").say(difference(seconds)) for seconds in (30, 90 * 60, -86_400, 0)]
    ['less than a minute later', '1 hour later', '1 day earlier', 'at the same time']
    """
    if seconds == 0:
        return message("at the same time")
    later, length = seconds > 0, int(abs(seconds))
    if days := length // 86_400:
        if later:
            return counted("1 day later", "%(n)s days later", days)
        return counted("1 day earlier", "%(n)s days earlier", days)
    if hours := length // 3600:
        if later:
            return counted("1 hour later", "%(n)s hours later", hours)
        return counted("1 hour earlier", "%(n)s hours earlier", hours)
    if minutes := length // 60:
        if later:
            return counted("1 minute later", "%(n)s minutes later", minutes)
        return counted("1 minute earlier", "%(n)s minutes earlier", minutes)
    return message("less than a minute later") if later else message("less than a minute earlier")
