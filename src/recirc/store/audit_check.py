"""Counts a day's views anew from a file of `recirc audit export`: without a server, a store, or trust in its counts."""

from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec
import numpy as np

from recirc.store import strata
from recirc.store.audit_file import (
    DOUBTS,
    FORMAT,
    RECEIVED,
    AuditEnd,
    AuditError,
    AuditHeader,
    AuditView,
    HourCounts,
    chained_lines,
    opened,
)
from recirc.store.day_views import seal, signs
from recirc.store.decisions import ENOUGH_CONFIRMED, READERS_AT_LEAST, DecisionTables
from recirc.store.doubt import LIFE_SECONDS, SLACK
from recirc.types import (
    IN_DOUBT,
    RECORD,
    VOIDED,
    BoolArray,
    Decision,
    EntryKind,
    LongArray,
    RecordArray,
    networks,
)

HOUR = 3_600_000
COUNTED, NEW_READER = Decision.COUNTED, Decision.NEW_READER
ALIVE = Decision.ALIVE
READER, VIEW, REPEATED, DOUBT, EXCLUDED, LIFE = "reader", "view", "repeated", "in doubt", "excluded", "life"
NO_VIEW = EntryKind.REACTION
"""Kind of an entry that only moves the log's clock: with a name that no reaction has."""

Line = TypeVar("Line", AuditHeader, AuditView, AuditEnd)


class AuditResult(NamedTuple):
    """What a file was found to say. `counts` by article and hour; `totals` the sums of the same over the day."""

    header: AuditHeader
    counts: tuple[HourCounts, ...]
    totals: HourCounts
    seal: str
    views: int


def verify(path: Path) -> AuditResult:
    """Check the running hash, decide each view anew by the rules, count, and compare.

    Raises:
        AuditError: the file is not whole, or something in it does not follow from the rest.
    """
    header, lines, end = _read(path)
    records, ids = _records(lines)
    context = _context(lines)
    within = (records["kind"] == EntryKind.VIEW) | ((records["decision"] & NEW_READER) != 0)
    within &= (records["time"] >= header.since) & (records["time"] < header.until)
    if (within & context).any():
        place = int(np.flatnonzero(within & context)[0])
        raise AuditError(f"line {place + 2}: it is called context, and is of the day itself")
    decided = decide_anew(records, int(context.sum()), header.rules["repeat_seconds"])
    wrong = differing(decided, records)
    if len(wrong):
        place = int(wrong[0])
        told, right = lines[place].counts, outcome(decided[place])
        raise AuditError(
            f"line {place + 2}: it is said to count as {told!r}, and by the rules it is {right!r}"
            if told != right
            else f"line {place + 2}: whether the view is doubtful, or why, does not follow from the rules"
        )
    entry = np.array([line.entry for line in lines], np.int64)
    counts = counted(decided[within], header.since, ids)
    if counts != end.counts:
        raise AuditError(f"line {len(lines) + 2}: {_first_difference(counts, end.counts)}")
    sealed = within & (records["kind"] == EntryKind.VIEW)
    found = seal(entry[sealed], records[sealed], lambda indices: {index: ids[index] for index in indices})
    if found != end.seal:
        raise AuditError(f"line {len(lines) + 2}: the seal is {end.seal}, and that of these views is {found}")
    return AuditResult(header, counts, total(counts), found, int(sealed.sum()))


def rule_numbers(repeat_seconds: float) -> dict[str, float]:
    """The numbers of the rules by which views are decided (`store.decisions`)."""
    return {
        "repeat_seconds": repeat_seconds,
        "reader_hours": 24,
        "enough_confirmed": ENOUGH_CONFIRMED,
        "unconfirmed_at_least": READERS_AT_LEAST,
        "unconfirmed_times_usual": SLACK,
        "life_seconds": LIFE_SECONDS,
        "alike_enough": strata.ENOUGH,
        "alike_few": strata.FEW,
        "alike_ranked": strata.RANKED,
        "alike_crowd": strata.CROWD,
        "alike_even": strata.EVEN,
        "alike_deviations": strata.DEVIATIONS,
        "group_deviations": strata.SURE,
        "sampled_share": strata.SAMPLED_SHARE,
    }


def decide_anew(records: RecordArray, context: int, repeat_seconds: float) -> RecordArray:
    """A copy of the records of which all after the first `context` are decided by the rules."""
    tables = DecisionTables(round(repeat_seconds * 1000))
    tables.recall(records[:context])
    rest = records[context:].copy()
    tables.decide(rest)
    return np.concatenate([records[:context], rest])


def differing(decided: RecordArray, records: RecordArray) -> LongArray:
    """Places at which views or signs of life were decided in another way."""
    is_sign = signs(records)
    matters = np.where(is_sign, ALIVE | NEW_READER, COUNTED | NEW_READER | Decision.DOUBTFUL)
    matters[~is_sign & (records["kind"] != EntryKind.VIEW)] = 0
    different = ((decided["decision"] ^ records["decision"]) & matters) != 0
    return np.flatnonzero(different | (matters != 0) & (decided["excluded"] != records["excluded"]))


def outcome(record: np.void) -> str:
    """How a view or a sign of life counts."""
    if record["kind"] != EntryKind.VIEW:
        return READER if record["decision"] & NEW_READER else LIFE if record["decision"] & ALIVE else ""
    if record["excluded"]:
        return DOUBT if record["excluded"] in IN_DOUBT else EXCLUDED
    if not record["decision"] & COUNTED:
        return REPEATED
    return READER if record["decision"] & NEW_READER else VIEW


def counted(records: RecordArray, since: int, ids: list[str]) -> tuple[HourCounts, ...]:
    """Counts of views by article and hour after `since` (ms), ordered by both; `ids` by the indices in the records."""
    article, hour = records["article"], (records["time"] - since) // HOUR
    keys, place = np.unique(article.astype(np.int64) * 64 + hour, return_inverse=True)
    is_view = records["kind"] == EntryKind.VIEW
    doubt = np.isin(records["excluded"], [int(each) for each in IN_DOUBT])
    views = is_view & (records["excluded"] == 0) & ((records["decision"] & COUNTED) != 0)
    columns = (
        is_view,
        (records["excluded"] != 0) & ~doubt,
        doubt,
        is_view & (records["excluded"] == 0) & ~views,
        views,
        ~is_view,
        ~is_view | views & ((records["decision"] & NEW_READER) != 0),
    )
    sums = [np.bincount(place, chosen, len(keys)).astype(np.int64).tolist() for chosen in columns]
    found = (
        HourCounts(ids[key // 64], key % 64, *numbers)
        for key, *numbers in zip(keys.tolist(), *sums, strict=True)
    )
    return tuple(sorted(found, key=lambda each: (each.article, each.hour)))


def total(counts: tuple[HourCounts, ...]) -> HourCounts:
    """The sums over all articles and hours."""
    fields = HourCounts.__struct_fields__[2:]
    return HourCounts("", -1, *(sum(getattr(each, field) for each in counts) for field in fields))


def _read(path: Path) -> tuple[AuditHeader, list[AuditView], AuditEnd]:
    bodies: list[tuple[int, bytes]] = []
    try:
        with opened(path, "rb") as file:
            lines = chained_lines(file)
            header = _decoded(next(lines, (1, b"{}")), AuditHeader)
            if header.recirc_audit != FORMAT:
                raise AuditError(
                    f"line 1: the format is {header.recirc_audit}, and this version reads {FORMAT}"
                )
            if header.rules != rule_numbers(header.rules.get("repeat_seconds", 0.0)):
                raise AuditError(
                    "line 1: the rules are not those of this version of Recirc; use that version"
                )
            bodies.extend(lines)
    except (OSError, EOFError) as error:
        raise AuditError(f"{path}: cannot be read: {error}") from None
    if not bodies:
        raise AuditError("line 2: the file ends after its first line")
    end = _decoded(bodies.pop(), AuditEnd)
    views = [_decoded(each, AuditView) for each in bodies]
    if len(views) != end.views:
        raise AuditError(f"line {len(views) + 2}: {end.views} views were written, and {len(views)} are here")
    for number, (before, after) in enumerate(pairwise(views), 3):
        if after.entry <= before.entry:
            raise AuditError(f"line {number}: log entry {after.entry} comes after {before.entry}")
    return header, views, end


def _decoded(line: tuple[int, bytes], kind: type[Line]) -> Line:
    number, body = line
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        raise AuditError(f"line {number}: {error}") from None


def _context(lines: list[AuditView]) -> BoolArray:
    context = np.array([line.context for line in lines], bool)
    later = np.flatnonzero(context[1:] & ~context[:-1])
    if len(later):
        raise AuditError(f"line {int(later[0]) + 3}: it is called context, and the line before it is not")
    return context


def _records(lines: list[AuditView]) -> tuple[RecordArray, list[str]]:
    """The lines as the log has them, RECORD (n,), with the ids of the articles by index."""
    ids = sorted({line.article for line in lines})
    index = {article: place for place, article in enumerate(ids)}
    records = np.zeros(len(lines), RECORD)
    for place, line in enumerate(lines):
        record = records[place]
        record["time"], record["reader"], record["article"] = line.time, line.reader, index[line.article]
        record["kind"] = NO_VIEW if not line.article else EntryKind.READ if line.sign else EntryKind.VIEW
        record["source"], record["name"] = -1, line.browser
        if line.article and not line.sign:
            networks(records)[place] = line.network
        record["excluded"], record["decision"] = _excluded(line, place + 2), _decision(line)
    return records, ids


def _excluded(line: AuditView, number: int) -> int:
    if line.received and line.received not in RECEIVED:
        raise AuditError(
            f"line {number}: {line.received!r} is no reason for which a view is excluded on arrival"
        )
    own = int(RECEIVED[line.received]) if line.received else 0
    if line.counts == DOUBT:
        if line.doubt not in DOUBTS:
            raise AuditError(f"line {number}: {line.doubt!r} is no reason for a doubt")
        own = int(DOUBTS[line.doubt])
    return own | VOIDED * line.by_hand


def _decision(line: AuditView) -> int:
    flags = Decision.DECIDED | Decision.KEYED * line.keyed | Decision.CONFIRMED * line.confirmed
    if line.sign:
        flags |= ALIVE * (line.counts in (READER, LIFE)) | NEW_READER * (line.counts == READER)
        return int(flags)
    flags |= COUNTED * (line.counts in (READER, VIEW)) | NEW_READER * (line.counts == READER)
    return int(flags | Decision.DOUBTFUL * line.doubtful)


def _first_difference(right: tuple[HourCounts, ...], told: tuple[HourCounts, ...]) -> str:
    by_place = {(each.article, each.hour): each for each in right}
    for each in told:
        found = by_place.pop((each.article, each.hour), None)
        if found != each:
            return f"article {each.article!r}, hour {each.hour}: {each} was counted, and by the lines it is {found}"
    missing = next(iter(by_place.values()), None)
    return f"the counts leave out {missing}, or are not in order"
