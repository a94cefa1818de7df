"""The networks from which single articles had most views on a day, so that somebody can look and exclude one."""

import sqlite3
from typing import Final

import numpy as np
from msgspec import Struct

from recirc.store.day_views import appends, names_of, received_from
from recirc.store.doubt import DAY
from recirc.store.voids import network_is_known
from recirc.types import IN_DOUBT, RECORD, VOIDED, LongArray, RecordArray, networks

LEAST: Final = 5
"""Views of one article from one network from which on the network is listed."""

LISTED: Final = 20
"""Largest number of networks that are listed."""


class NetworkViews(Struct, frozen=True, kw_only=True):
    """Views of one article from one network on one day (UTC).

    Attributes:
        entry: log entry of the first of them, by which the network is named (`voids.same_sender`): its own number is a
            hash of that day.
        article: its id.
        views: number of them; of these `doubted` were in doubt when they came, and `by_hand` are excluded by hand.
        of_article: views of the article, from anywhere, of which the network is known.
        first, last: when they came, ms since 1970, UTC.
    """

    entry: int
    article: str
    views: int
    doubted: int
    by_hand: int
    of_article: int
    first: int
    last: int


def networks_of_day(connection: sqlite3.Connection, since: int, until: int) -> tuple[NetworkViews, ...]:
    """Those with the most views of an article between two times (ms, the second not included), the most first."""
    parts, places = [np.zeros(0, RECORD)], [np.zeros(0, np.int64)]
    for first, records in appends(connection, received_from(connection, since)):
        own = np.flatnonzero(
            network_is_known(records) & (records["time"] >= since) & (records["time"] < until)
        )
        if len(own):
            parts.append(records[own])
            places.append(first + own)
    views, entry = np.concatenate(parts), np.concatenate(places)
    if not len(views):
        return ()
    group, size = _grouped(views)
    articles, place, of_article = np.unique(views["article"], return_inverse=True, return_counts=True)
    chosen = [which for which in np.argsort(-size, kind="stable")[:LISTED].tolist() if size[which] >= LEAST]
    names = names_of(connection, articles.tolist())
    found = []
    for which in chosen:
        own = np.flatnonzero(group == which)
        excluded, times = views["excluded"][own], views["time"][own]
        doubted = np.isin(excluded & (VOIDED - 1), [int(each) for each in IN_DOUBT])
        found.append(
            NetworkViews(
                entry=int(entry[own[0]]),
                article=names[int(views["article"][own[0]])],
                views=len(own),
                doubted=int(doubted.sum()),
                by_hand=int((excluded >= VOIDED).sum()),
                of_article=int(of_article[place[own[0]]]),
                first=int(times.min()),
                last=int(times.max()),
            )
        )
    return tuple(found)


def _grouped(views: RecordArray) -> tuple[LongArray, LongArray]:
    """The group of each view, by article, network and day (UTC), int64 (n,); and the size of each group."""
    keys = np.column_stack(
        (views["article"].astype(np.int64), networks(views).astype(np.int64), views["time"] // DAY)
    )
    _, group, size = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    return group.ravel(), size
