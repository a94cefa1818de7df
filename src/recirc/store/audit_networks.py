"""Numbers for the networks of a day's views, by which nobody finds the readers of one article at another."""

import os
from typing import Final

import numpy as np

from recirc.store import strata
from recirc.types import (
    IN_DOUBT,
    UNKNOWN_AGENT,
    BoolArray,
    Decision,
    EntryKind,
    LongArray,
    RecordArray,
    networks,
)

NUMBERS: Final = 65_535
"""Networks have 16 bits, and 0 is none."""


def network_numbers(records: RecordArray) -> LongArray:
    """A random number for the network of each view, int64 (n,), 1 to NUMBERS; 0: not known.

    A network from which some article had more readers than are plausible of any (`strata.FEW`) has one number
    throughout, because its share of the site's readers decides how many count. Any other has another number at each
    article: by the rules it could be any network.
    """
    known = (records["kind"] == EntryKind.VIEW) & (records["name"] != UNKNOWN_AGENT) & (networks(records) > 0)
    found = np.zeros(len(records), np.int64)
    own = networks(records)[known].astype(np.int64)
    groups, group = np.unique(records["article"][known].astype(np.int64) << 16 | own, return_inverse=True)
    if not len(groups):
        return found
    numbers = _shuffled(NUMBERS) + 1
    named = _named(groups, _sizes(group, records[known]))
    free = np.delete(numbers, np.flatnonzero(named[1:]))
    alone = ~named[groups & 0xFFFF]
    number = numbers[(groups & 0xFFFF) - 1]
    number[alone] = free[_place_in_article(groups[alone] >> 16)]
    found[known] = number[group]
    return found


def _sizes(group: LongArray, views: RecordArray) -> LongArray:
    """How many readers who count or are in doubt each group has at most, int64 (groups,)."""
    new = (views["decision"] & Decision.NEW_READER) != 0
    doubt = ~new & np.isin(views["excluded"], [int(each) for each in IN_DOUBT])
    reader = np.where(
        views["reader"] != 0, views["reader"], np.where(views["visit"] != 0, views["visit"], views["id"])
    )
    pairs = np.unique(np.column_stack((group[doubt], reader[doubt])), axis=0)
    sizes: LongArray = np.bincount(np.concatenate([group[new], pairs[:, 0]]), minlength=group.max() + 1)
    return sizes


def _named(groups: LongArray, sizes: LongArray) -> BoolArray:
    """Which networks have one number throughout, bool (NUMBERS + 1,)."""
    named: BoolArray = np.zeros(NUMBERS + 1, bool)
    named[groups[sizes > strata.FEW] & 0xFFFF] = True
    articles, many = np.unique(groups >> 16, return_counts=True)
    crowded = articles[many > NUMBERS - np.count_nonzero(named)]  # there are not enough numbers for them
    named[groups[np.isin(groups >> 16, crowded)] & 0xFFFF] = True
    return named


def _place_in_article(articles: LongArray) -> LongArray:
    """A random place for each group among those of its article, int64 (n,), from 0 on; `articles` int64 (n,)."""
    order = _shuffled(len(articles))
    order = order[np.argsort(articles[order], kind="stable")]
    starts = np.flatnonzero(np.diff(articles[order], prepend=-1))
    place: LongArray = np.empty(len(articles), np.int64)
    place[order] = np.arange(len(articles)) - np.repeat(starts, np.diff(starts, append=len(articles)))
    return place


def _shuffled(number: int) -> LongArray:
    """The numbers below `number` in random order, int64 (number,)."""
    return np.argsort(np.frombuffer(os.urandom(8 * number), np.uint64))
