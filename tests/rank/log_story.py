"""A random log, and what happened in it in plain lists."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from recirc.settings import LearningSettings
from recirc.state.state import State
from recirc.store.decisions import decided
from recirc.text.vector import DIMENSIONS
from recirc.types import (
    NO_POSITION,
    RECORD,
    ArticleFeatures,
    Batch,
    EntryKind,
    RecordArray,
)

START = 1_790_000_000_000
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
ARTICLES, VISITS = 12, 60


class Seen(NamedTuple):
    """A view that was new in its visit."""

    article: int
    visit: int
    reader: int
    time: int
    context: tuple[int, int, int]
    before: tuple[int, ...]  # the visit's articles so far, oldest first


class Story:
    """A log, the state that it is folded into, and what happened in it, in plain lists."""

    def __init__(self, learning: LearningSettings, seed: int) -> None:
        self.learning = learning
        self.records = log_of(np.random.default_rng(seed))
        said = {place: saying(place) for place in range(ARTICLES - 2)}
        self.state = State(learning, DIMENSIONS)
        self.state.fold(Batch(1, decided(self.records, learning.repeat_seconds), said))
        self.now = int(self.records["time"].max())
        self.views = list(views_in(self.records))
        self.visits: dict[int, list[Seen]] = {}
        for view in self.views:
            self.visits.setdefault(view.visit, []).append(view)

    def fading(self, times: Sequence[int], seconds: float) -> float:
        return math.fsum(2.0 ** (-(self.now - time) / (seconds * 1000)) for time in times)


def saying(number: int) -> ArticleFeatures:
    vector = np.zeros(DIMENSIONS, np.int8)
    vector[:2] = 20, 4 * number
    published = START - 5 * HOUR if number % 3 else -1
    return ArticleFeatures(
        model="test",
        vector=vector.tobytes(),
        shingles=b"",
        section=1,
        topics=(),
        authors=(),
        published=published,
        language="en",
    )


def log_of(rng: np.random.Generator) -> RecordArray:
    """Articles are published but for two; visits of one to six views overlap; some of it was shown on shelves."""
    # time, kind, article, reader, visit, shelf, position, source, referrer, device, region
    rows: list[tuple[int, ...]] = []
    for visit in range(1, VISITS + 1):
        time, last = START + int(rng.integers(0, 20 * HOUR)), -1
        reader = int(rng.integers(1, 25))
        context = [int(rng.integers(1, 4)), int(rng.integers(1, 3)), int(rng.integers(1, 9))]
        for step in range(int(rng.integers(1, 7))):
            article = int(min(rng.geometric(0.25) - 1, ARTICLES - 1))
            shelf = int(rng.integers(0, 4)) if step else 0
            position = int(rng.integers(0, 10)) if shelf else NO_POSITION
            rows.append((time, EntryKind.VIEW, article, reader, visit, shelf, position, last, *context))
            for slot in range(3):
                other = int(rng.integers(0, ARTICLES))
                shown = visit, 1 + slot, slot * 3, article, 0, 0, 0
                rows.append((time + 1, EntryKind.IMPRESSION, other, reader, *shown))
            last, time = article, time + int(rng.integers(10_000, 15 * MINUTE))
            context[0] = int(rng.integers(0, 4))
    rows.sort(key=lambda row: row[0])
    records = np.zeros(ARTICLES - 2 + len(rows), RECORD)
    first = ARTICLES - 2
    records["id"], records["source"], records["position"] = np.arange(1, len(records) + 1), -1, NO_POSITION
    records["kind"][:first], records["article"][:first], records["time"][:first] = (
        EntryKind.PUBLISH,
        np.arange(first),
        START,
    )
    names = (
        "time",
        "kind",
        "article",
        "reader",
        "visit",
        "shelf",
        "position",
        "source",
        "referrer",
        "device",
        "region",
    )
    for column, name in enumerate(names):
        records[name][first:] = [row[column] for row in rows]
    return records


def views_in(records: RecordArray) -> list[Seen]:
    opened: dict[int, list[int]] = {}
    found = []
    for record in records[records["kind"] == EntryKind.VIEW]:
        visit, article = int(record["visit"]), int(record["article"])
        so_far = opened.setdefault(visit, [])
        context = (int(record["referrer"]), int(record["device"]), int(record["region"]))
        if article not in so_far:
            found.append(
                Seen(article, visit, int(record["reader"]), int(record["time"]), context, tuple(so_far))
            )
            so_far.append(article)
    return found
