"""Logs small enough to follow by hand, and larger ones from a seed."""

import numpy as np

from recirc.replay.replay_log import HOUR, ReplayLog, replay_log_from
from recirc.types import NO_POSITION, RECORD, EntryKind, RecordArray

START = 1_700_000_000_000 // HOUR * HOUR
Click = tuple[int, int, float]  # visit, article, hours after START


def records_of(*log: Click) -> RecordArray:
    records = np.zeros(len(log), RECORD)
    records["visit"] = [visit for visit, _, _ in log]
    records["article"] = [article for _, article, _ in log]
    records["time"] = [START + round(hours * HOUR) for _, _, hours in log]
    records["kind"], records["source"] = EntryKind.VIEW, -1
    records["id"] = np.arange(1, len(log) + 1)
    records["position"] = NO_POSITION
    return records


def log_of(*log: Click) -> ReplayLog:
    return replay_log_from(records_of(*log))


def town(seed: int, visits: int = 80, hours: float = 5.5, articles: int = 15, readers: int = 0) -> ReplayLog:
    """A log of visits to articles at random; `readers`: each visit is one of theirs, 0: nobody is known."""
    random = np.random.default_rng(seed)
    told: list[Click] = []
    for visit, start in enumerate(random.uniform(0, hours, visits).tolist(), start=1):
        length = int(random.integers(2, 7))
        told += [(visit, int(random.integers(0, articles)), start + 0.1 * step) for step in range(length)]
    records = records_of(*told)
    if readers:
        records["reader"] = 1 + records["visit"] % readers
    for name, codes in (("referrer", 8), ("device", 4), ("region", 30)):
        records[name] = random.integers(0, codes, len(records))
    return replay_log_from(records)
