"""Who reads what at this moment: figures of the last hour's log entries."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from recirc.store.ports import ArchivedArticle
from recirc.types import (
    SHELF_NUMBERS,
    Article,
    BoolArray,
    Decision,
    EntryKind,
    LongArray,
    RecordArray,
)

MINUTE = 60_000
MINUTES = 60
CURRENT = 5
"""Minutes of the time that counts as now."""
TREND = 15
"""Minutes that are compared with the same number before."""
PART = 5
"""Minutes of one point of an article's curve."""


class ViewOrigin(NamedTuple):
    """Where views came from: `kind` is the name of a shelf, "outside", or "referrer 3" by a sender's code."""

    kind: str
    views: int


class CurrentArticle(NamedTuple):
    """An article that is read.

    Attributes:
        now: readers in the last CURRENT minutes; `readers`: in the hour.
        curve: readers by PART minutes of the hour, the oldest first.
        trend: readers of the last TREND minutes divided by those of the TREND before; None: there were none.
        origins: of the views, the most first.
        onward: share of the views after which the visit opened another article.
        engaged: seconds of a read on average, None: no read yet.
        doubtful: share of the views that are excluded or in doubt.
    """

    id: str
    article: Article | None
    withdrawn: bool
    now: int
    readers: int
    curve: tuple[int, ...]
    trend: float | None
    origins: tuple[ViewOrigin, ...]
    onward: float
    engaged: float | None
    doubtful: float


class NowFigures(NamedTuple):
    """The last hour. `minutes`: time (ms) and readers of each minute, the oldest first; the last is still going on."""

    now: int
    readers: int
    minutes: tuple[tuple[int, int], ...]
    origins: tuple[ViewOrigin, ...]
    sections: tuple[tuple[str, int], ...]
    onward: float
    engaged: float | None
    doubtful: float
    articles: tuple[CurrentArticle, ...]


def now_figures(
    records: RecordArray,
    now: int,
    articles: Mapping[int, ArchivedArticle],
    chosen: Callable[[Article], bool] | None = None,
) -> NowFigures:
    """The figures of the entries of the last hour, in the log's order. `articles` by index; `chosen`: only these."""
    if chosen is not None:
        kept = [
            index for index, each in articles.items() if each.article is not None and chosen(each.article)
        ]
        records = records[np.isin(records["article"], np.array(kept, np.int64))]
    begin = (now // MINUTE - MINUTES + 1) * MINUTE
    records = records[(records["time"] >= begin) & (records["time"] <= now + MINUTE)]
    views, reads = _counted(records), _reads(records)
    people = _people(views)
    minute = (views["time"] - begin) // MINUTE
    onward = _onward(views)
    current = [
        _article(articles[index], index, begin, (records, views, reads), onward)
        for index in _most_read(views, people)
        if index in articles
    ]
    by_section: dict[str, int] = {}
    for each in current:
        if each.article is not None:
            by_section[each.article.section] = by_section.get(each.article.section, 0) + each.readers
    return NowFigures(
        now=now,
        readers=len(np.unique(people[minute >= MINUTES - CURRENT])),
        minutes=tuple(
            (begin + place * MINUTE, len(np.unique(people[minute == place]))) for place in range(MINUTES)
        ),
        origins=_origins(views),
        sections=tuple(sorted(by_section.items(), key=lambda each: -each[1])),
        onward=float(onward.mean()) if len(onward) else 0.0,
        engaged=_mean(reads["value"]),
        doubtful=_doubtful(records),
        articles=tuple(sorted(current, key=lambda each: (-each.now, -each.readers, each.id))),
    )


MOST_ARTICLES = 100
"""Articles whose figures are worked out: those with the most readers of the hour."""


def _most_read(views: RecordArray, people: LongArray) -> list[int]:
    pairs = np.unique(np.column_stack((views["article"].astype(np.int64), people)), axis=0)
    indices, readers = np.unique(pairs[:, 0], return_counts=True)
    found: list[int] = indices[np.argsort(-readers, kind="stable")[:MOST_ARTICLES]].tolist()
    return found


def _article(
    stored: ArchivedArticle,
    index: int,
    begin: int,
    parts: tuple[RecordArray, RecordArray, RecordArray],
    onward: BoolArray,
) -> CurrentArticle:
    onward = onward[parts[1]["article"] == index]
    records, views, reads = (part[part["article"] == index] for part in parts)
    people, minute = _people(views), (views["time"] - begin) // MINUTE

    def readers(first: int, last: int) -> int:
        return len(np.unique(people[(minute >= first) & (minute < last)]))

    before = readers(MINUTES - 2 * TREND, MINUTES - TREND)
    return CurrentArticle(
        id=stored.id,
        article=stored.article,
        withdrawn=stored.withdrawn,
        now=readers(MINUTES - CURRENT, MINUTES),
        readers=len(np.unique(people)),
        curve=tuple(readers(first, first + PART) for first in range(0, MINUTES, PART)),
        trend=readers(MINUTES - TREND, MINUTES) / before if before else None,
        origins=_origins(views),
        onward=float(onward.mean()) if len(onward) else 0.0,
        engaged=_mean(reads["value"]),
        doubtful=_doubtful(records),
    )


def _counted(records: RecordArray) -> RecordArray:
    """The counted views, RECORD (n,)."""
    counted = (records["kind"] == EntryKind.VIEW) & (records["excluded"] == 0)
    found: RecordArray = records[counted & ((records["decision"] & Decision.COUNTED) != 0)]
    return found


def _reads(records: RecordArray) -> RecordArray:
    found: RecordArray = records[(records["kind"] == EntryKind.READ) & (records["excluded"] == 0)]
    return found


def _people(views: RecordArray) -> LongArray:
    """Who viewed, int64 (n,): a reader who is not known counts by the event."""
    found: LongArray = np.where(views["reader"] != 0, views["reader"], views["id"])
    return found


def _visits(views: RecordArray) -> LongArray:
    """The visit of each view, int64 (n,): its reader's where the sender named none."""
    found: LongArray = np.where(views["visit"] != 0, views["visit"], _people(views))
    return found


def _onward(views: RecordArray) -> BoolArray:
    """Of each view whether its visit opened another article next, bool (n,)."""
    visits = _visits(views)
    order = np.lexsort((views["time"], visits))
    visit, article = visits[order], views["article"][order]
    found = np.zeros(len(views), bool)
    if len(views) > 1:
        found[:-1] = (visit[1:] == visit[:-1]) & (article[1:] != article[:-1])
    back = np.zeros(len(views), bool)
    back[order] = found
    return back


def _origins(views: RecordArray) -> tuple[ViewOrigin, ...]:
    names = {number: name for name, number in SHELF_NUMBERS.items()}
    keys = np.where(views["shelf"] > 0, views["shelf"].astype(np.int64), -views["referrer"].astype(np.int64))
    kinds, numbers = np.unique(keys, return_counts=True)
    found = [
        ViewOrigin(
            names.get(kind, f"shelf {kind}") if kind > 0 else f"referrer {-kind}" if kind else "outside",
            number,
        )
        for kind, number in zip(kinds.tolist(), numbers.tolist(), strict=True)
    ]
    return tuple(sorted(found, key=lambda origin: -origin.views))


def _mean(seconds: "np.ndarray[tuple[int], np.dtype[np.float32]]") -> float | None:
    good = seconds[np.isfinite(seconds) & (seconds >= 0)]
    return float(good.mean()) if len(good) else None


def _doubtful(records: RecordArray) -> float:
    views = records[records["kind"] == EntryKind.VIEW]
    doubtful = (views["excluded"] != 0) | ((views["decision"] & Decision.DOUBTFUL) != 0)
    return float(doubtful.mean()) if len(views) else 0.0
