"""What simulated readers leave in the log: page views as records of events."""

import numpy as np

from recirc.demo.readers import AGENTS, SLOT_PLACE, SLOT_SHELF, Population
from recirc.demo.simulator import PageView, SimulatedVisits
from recirc.engine.observations import NO_NAME
from recirc.reading.agents import agent_number
from recirc.types import (
    NO_POSITION,
    REACTIONS,
    RECORD,
    Decision,
    EntryKind,
    IntArray,
    LongArray,
    RecordArray,
    networks,
)

AGENT_NUMBER = np.array([agent_number(agent) for agent in AGENTS], np.uint8)

NETWORKS = 20_000
"""Networks that the readers come from: nearly each from one of its own."""

WELL_TOLD = REACTIONS.index("well-told")


def page_records(population: Population, visits: SimulatedVisits, page: PageView) -> list[RecordArray]:
    """The events of one page of each visit; articles are places in the world."""
    views = _records(population, visits, EntryKind.VIEW, visits.article, visits.time)
    views["source"] = visits.source
    views["referrer"] = np.where(visits.source < 0, visits.referrer, 0)
    from_shelf = visits.slot >= 0
    views["shelf"] = np.where(from_shelf, SLOT_SHELF[visits.slot], 0)
    views["position"] = np.where(from_shelf, SLOT_PLACE[visits.slot], NO_POSITION)
    views["value"] = visits.propensity
    views["name"] = AGENT_NUMBER[population.agent[visits.reader]]
    networks(views)[:] = population.keys[visits.reader] % NETWORKS + 1

    row, slot = np.nonzero(page.seen)
    time = visits.time[row] + page.delay[row, slot]
    impressions = _records(
        population, visits.take(row), EntryKind.IMPRESSION, page.slots.article[row, slot], time
    )
    impressions["source"] = visits.article[row]
    impressions["shelf"], impressions["position"] = SLOT_SHELF[slot], SLOT_PLACE[slot]
    impressions["value"] = page.slots.propensity[row, slot]

    engagement = page.engagement
    end = visits.time + (engagement.seconds * 1000).astype(np.int64)
    parts = [views, impressions]
    for kind, reported in (
        (EntryKind.READ, engagement.reported),
        (EntryKind.REACTION, engagement.reacts),
        (EntryKind.SHARE, engagement.shares),
    ):
        rows = np.flatnonzero(reported)
        records = _records(population, visits.take(rows), kind, visits.article[rows], end[rows])
        if kind is EntryKind.READ:
            records["value"], records["scroll"] = engagement.seconds[rows], engagement.scroll[rows]
        if kind is EntryKind.REACTION:
            records["name"] = WELL_TOLD
        parts.append(records)
    return parts


def blank_records(kind: EntryKind, article: IntArray, time: LongArray) -> RecordArray:
    """RECORD (m,) of one kind with no reader, source, shelf or name; `time` in ms."""
    records = np.zeros(len(time), RECORD)
    records["kind"], records["article"], records["time"] = kind, article, time
    records["source"], records["position"], records["name"] = -1, NO_POSITION, NO_NAME
    records["decision"] = Decision.CONFIRMED  # simulated readers have the page before them
    return records


def with_engine_indices(records: RecordArray, index: IntArray) -> RecordArray:
    """The same records with the engine's indices of articles: `index` is int32 (n_articles,)."""
    changed = records.copy()
    changed["article"] = index[records["article"]]
    changed["source"] = np.where(records["source"] >= 0, index[records["source"]], -1)
    return changed


def _records(
    population: Population, visits: SimulatedVisits, kind: EntryKind, article: IntArray, time: LongArray
) -> RecordArray:
    records = blank_records(kind, article, time)
    records["reader"], records["visit"] = population.keys[visits.reader], visits.visit
    records["device"] = population.devices(visits.reader)
    return records
