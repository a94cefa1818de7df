"""Writes what the counts of a day follow from, in a form that says nothing of readers beyond one article."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
from msgspec import structs

from recirc.settings.days import bounds_of, zone_named
from recirc.store import history, voids
from recirc.store.audit_check import counted, decide_anew, differing, outcome, rule_numbers
from recirc.store.audit_file import (
    DOUBTS,
    FORMAT,
    RECEIVED,
    AuditEnd,
    AuditHeader,
    AuditView,
    ChainWriter,
    HandExclusion,
    opened,
)
from recirc.store.audit_networks import network_numbers
from recirc.store.database import connect, explained
from recirc.store.day_views import DayViews, day_views, names_of, seal, signs
from recirc.store.decider import DecisionRules, rules_in
from recirc.store.ports import StoreError
from recirc.types import VOIDED, Decision, EntryKind, LongArray, RecordArray

LARGEST = (1 << 53) - 1
"""Every program reads whole numbers up to this one exactly from JSON."""

_NAMES = {int(code): name for name, code in RECEIVED.items()}
_DOUBTS = {int(code): name for name, code in DOUBTS.items()}


class AuditDay(NamedTuple):
    """Which day to export: of a site, in its time zone, `made` at a time (ms).

    Attributes:
        repeat_seconds: after which a view by the same reader counted again on that day; None: as it is now.
    """

    site: str
    day: date
    timezone: str
    made: int
    repeat_seconds: float | None = None


def export_day(store: Path, busy_seconds: float, wanted: AuditDay, path: Path) -> str:
    """Write the file of a day of the store, also of a running server; the running hash after its last line.

    Raises:
        StoreError: the store cannot be read, or see `export`.
    """
    with explained(store, busy_seconds), closing(connect(store, busy_seconds, writing=False)) as connection:
        connection.execute("BEGIN")  # all of one moment
        return export(connection, wanted, path)


def export(connection: sqlite3.Connection, wanted: AuditDay, path: Path) -> str:
    """Write the file; the running hash after its last line.

    Raises:
        StoreError: there is no view on that day, its views were decided by other rules, or the file cannot be written.
    """
    since, until = bounds_of(wanted.day, zone_named(wanted.timezone))
    repeat = wanted.repeat_seconds or (rules_in(connection) or DecisionRules()).repeat / 1000
    found = day_views(connection, since, until, round(repeat * 1000))
    if found is None:
        raise StoreError(f"the log has no view on {wanted.day} ({wanted.timezone})")
    _check(found, repeat)
    names = names_of(connection, np.unique(found.records["article"]).tolist())
    try:
        with opened(path, "wb") as file:
            chain = ChainWriter(file)
            chain.write(_header(connection, wanted, (since, until), repeat))
            for line in _lines(found, names):
                chain.write(line)
            chain.write(_end(found, since, names))
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error.strerror or error}") from None
    return chain.hash


def readers_of_articles(records: RecordArray) -> LongArray:
    """A random number for each pair of reader and article, int64 (n,), 1 to 2**53 - 1; equal pairs have equal ones."""
    reader, visit = records["reader"], records["visit"]
    reader = np.where(reader != 0, reader, np.where(visit != 0, visit, records["id"]))
    article = records["article"]
    order = np.lexsort((reader, article))
    new = np.ones(len(order), bool)
    new[1:] = (np.diff(reader[order]) != 0) | (np.diff(article[order]) != 0)
    pair: LongArray = np.empty(len(order), np.int64)
    pair[order] = np.cumsum(new) - 1
    drawn: LongArray = np.zeros(0, np.int64)
    while len(drawn) < new.sum():  # two equal ones among millions are rare, but would be one reader
        more = np.frombuffer(os.urandom(8 * int(new.sum())), np.uint64) & np.uint64(LARGEST)
        drawn = np.unique(np.concatenate([drawn, more.astype(np.int64)]))
        drawn = drawn[drawn > 0]
    # `unique` sorts: without another shuffle the numbers would be in the order of the hashes.
    shuffled = np.argsort(np.frombuffer(os.urandom(8 * len(drawn)), np.uint64))
    numbers: LongArray = drawn[shuffled][pair]
    return numbers


def _check(found: DayViews, repeat_seconds: float) -> None:
    if len(differing(decide_anew(found.records, found.context, repeat_seconds), found.records)):
        raise StoreError(
            "the views of this day were decided by other rules than those of this version and of "
            f"learning.repeat_seconds = {repeat_seconds:g}; name the value of that day with --repeat-seconds, "
            "or export with the version of that day"
        )


def _header(
    connection: sqlite3.Connection, wanted: AuditDay, bounds: tuple[int, int], repeat: float
) -> AuditHeader:
    position, running = history.head(connection)
    standing = {key: entry for key, entry in voids.entries(connection).items() if not entry.undone}
    return AuditHeader(
        recirc_audit=FORMAT,
        site=wanted.site,
        day=wanted.day.isoformat(),
        timezone=wanted.timezone,
        since=bounds[0],
        until=bounds[1],
        made=wanted.made,
        rules=rule_numbers(repeat),
        history=(position, running.hex()),
        exclusions=tuple(
            HandExclusion(key=key, by=each.by, time=each.time, reason=each.reason, events=each.count)
            for key, each in standing.items()
        ),
    )


def _lines(found: DayViews, names: dict[int, str]) -> Iterator[AuditView]:
    records = found.records
    readers, network = readers_of_articles(records).tolist(), network_numbers(records).tolist()
    is_sign = signs(records).tolist()
    for place, (entry, record) in enumerate(zip(found.entry.tolist(), records, strict=True)):
        line = AuditView(entry=entry, time=int(record["time"]), context=place < found.context)
        excluded, decision = int(record["excluded"]), int(record["decision"])
        if is_sign[place] or record["kind"] == EntryKind.VIEW:
            line = structs.replace(
                line, article=names[int(record["article"])], reader=readers[place], counts=outcome(record)
            )
        if is_sign[place]:
            yield structs.replace(line, sign=True, keyed=bool(decision & Decision.KEYED))
            continue
        line = structs.replace(line, by_hand=bool(excluded & VOIDED))
        if record["kind"] == EntryKind.VIEW:
            line = structs.replace(
                line,
                doubt=_DOUBTS.get(excluded, ""),
                network=network[place],
                browser=int(record["name"]),
                received=_NAMES.get(excluded & (VOIDED - 1), ""),
                keyed=bool(decision & Decision.KEYED),
                confirmed=bool(decision & Decision.CONFIRMED),
                doubtful=bool(decision & Decision.DOUBTFUL),
            )
        yield line


def _end(found: DayViews, since: int, names: dict[int, str]) -> AuditEnd:
    own = found.within
    table = sorted(names)
    ids = [names[index] for index in table]
    records = found.records[own].copy()
    records["article"] = np.searchsorted(table, records["article"])
    sealed = own & (found.records["kind"] == EntryKind.VIEW)
    return AuditEnd(
        views=len(found.records),
        counts=counted(records, since, ids),
        seal=seal(found.entry[sealed], found.records[sealed], lambda _: names),
    )
