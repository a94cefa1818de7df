"""What the rules did with the views of one day: how many count, and how many do not, by reason and article."""

import sqlite3
from collections.abc import Iterable
from datetime import date
from typing import Final

import numpy as np
from msgspec import Struct

from recirc.settings.days import bounds_of, zone_named
from recirc.store.audit_file import IN_DOUBT
from recirc.store.day_views import appends, names_of, received_from, seal
from recirc.types import RECORD, VOIDED, Decision, EntryKind, Exclusion, RecordArray

BY_HAND: Final = "by hand"
MOST_LISTED: Final = 1_000
"""Number of pairs of article and reason that are listed, those with the most views."""


class ExcludedViews(Struct, frozen=True, kw_only=True):
    """Views of one article that are not counted, for one reason: a rule's name, or `by hand`."""

    article: str
    reason: str
    views: int
    first: int  # ms since 1970, UTC, of the first and the last of them
    last: int


class DayCounts(Struct, frozen=True, kw_only=True):
    """One day's views: raw = excluded + repeated + views.

    Attributes:
        day: of the site's time zone, `timezone`.
        raw, repeated, views, readers: as of an article, see docs/events.md.
        doubtful: of the views, those of readers who asked for no page.
        excluded: number of views by the reason for which they are not counted.
        articles: the same by article, the most first, at most MOST_LISTED.
        seal: hash of the views as they arrived; see docs/counting-audit.md.
    """

    day: date
    timezone: str
    raw: int = 0
    repeated: int = 0
    views: int = 0
    readers: int = 0
    doubtful: int = 0
    excluded: dict[str, int] = {}
    articles: tuple[ExcludedViews, ...] = ()
    seal: str = ""


def counts_of_day(connection: sqlite3.Connection, day: date, timezone: str) -> DayCounts:
    """The counts of a day as they are now, from the log."""
    since, until = bounds_of(day, zone_named(timezone))
    parts, places = [np.zeros(0, RECORD)], [np.zeros(0, np.int64)]
    for first, records in appends(connection, received_from(connection, since)):
        time = records["time"]
        own = np.flatnonzero((records["kind"] == EntryKind.VIEW) & (time >= since) & (time < until))
        if len(own):
            parts.append(records[own])
            places.append(first + own)
    records = np.concatenate(parts)
    names = names_of(connection, np.unique(records["article"]).tolist())
    listed = tuple(_excluded(records, names))
    by_reason: dict[str, int] = {}
    for each in listed:
        by_reason[each.reason] = by_reason.get(each.reason, 0) + each.views
    counted = (records["excluded"] == 0) & ((records["decision"] & Decision.COUNTED) != 0)
    return DayCounts(
        day=day,
        timezone=timezone,
        raw=len(records),
        repeated=int(((records["excluded"] == 0) & ~counted).sum()),
        views=int(counted.sum()),
        readers=int((counted & ((records["decision"] & Decision.NEW_READER) != 0)).sum()),
        doubtful=int((counted & ((records["decision"] & Decision.DOUBTFUL) != 0)).sum()),
        excluded=dict(sorted(by_reason.items(), key=lambda each: -each[1])),
        articles=listed[:MOST_LISTED],
        seal=seal(np.concatenate(places), records, lambda _: names) if len(records) else "",
    )


def reason_of(excluded: int) -> str:
    """The name of the reason in a record's `excluded`.

    >>> reason_of(Exclusion.NO_USER_AGENT), reason_of(VOIDED | Exclusion.BOT), reason_of(Exclusion.UNCONFIRMED)
    ('no user agent', 'by hand', 'in doubt: unconfirmed')
    """
    if excluded & VOIDED:
        return BY_HAND
    name = Exclusion(excluded).name.lower().replace("_", " ")
    return f"in doubt: {name}" if excluded in IN_DOUBT else name


def _excluded(records: RecordArray, names: dict[int, str]) -> Iterable[ExcludedViews]:
    left_out = records[records["excluded"] != 0]
    excluded = np.where(left_out["excluded"] & VOIDED, VOIDED, left_out["excluded"])
    keys = left_out["article"].astype(np.int64) * 256 + excluded
    kinds, place, number = np.unique(keys, return_inverse=True, return_counts=True)
    first = np.full(len(kinds), np.iinfo(np.int64).max)
    last = np.zeros(len(kinds), np.int64)
    np.minimum.at(first, place, left_out["time"])
    np.maximum.at(last, place, left_out["time"])
    for row in np.argsort(-number, kind="stable").tolist():
        article, reason = divmod(int(kinds[row]), 256)
        yield ExcludedViews(
            article=names[article],
            reason=reason_of(reason),
            views=int(number[row]),
            first=int(first[row]),
            last=int(last[row]),
        )
