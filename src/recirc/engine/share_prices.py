"""What a target for the shares of shelves costs: how much less well a shelf predicts what readers opened next."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from msgspec import Struct

from recirc.engine.click_estimate import CONFIDENCE
from recirc.engine.day_log import Progress, SlotRows, read_day
from recirc.engine.past_shelves import TimeMachine
from recirc.engine.replayed_shelves import ReplayedShelves
from recirc.engine.rule_changes import RuleChange
from recirc.engine.rule_replay import SECONDS, RuleReplays
from recirc.engine.sampled_moments import PacedSample, draw
from recirc.settings import Settings
from recirc.settings.days import DAY
from recirc.shelves.ranking import Ranking
from recirc.shelves.registry import strategies, strategy
from recirc.store.registry import Registry
from recirc.store.rules import StoredRule
from recirc.store.sqlite import SqliteStore
from recirc.types import FloatArray, LongArray, Request

KIND: Final = "share prices"
CUTOFF: Final = 20
MOST_CLICKS: Final = 1_000


class ShelfPrice(Struct, frozen=True):
    """The nDCG@20 of a shelf without and with a target, over the same clicks; `margin` is half of the 95 % interval of
    the difference, each reader's clicks taken together.
    """

    shelf: str
    without: float
    with_target: float
    margin: float


class SharePrice(Struct, frozen=True):
    """What a target costs on each shelf that it is for.

    Attributes:
        measured: ms: the end of the day that was replayed.
        clicks: how many clicks were predicted, none of them on a shelf that targets move.
        shelves: the shelves.
    """

    measured: int
    clicks: int
    shelves: tuple[ShelfPrice, ...]


_decoder = msgspec.json.Decoder(SharePrice)


class SharePrices:
    """Measures what targets cost, and keeps what was measured last of each. Thread-safe."""

    def __init__(
        self, settings: Settings, store: SqliteStore, machine: TimeMachine, replays: RuleReplays
    ) -> None:
        """`machine` folds the log; `replays` know the rules of the day."""
        self._settings, self._store, self._machine, self._replays = settings, store, machine, replays
        self._kept = Registry(Path(settings.store.path), KIND, busy_seconds=settings.store.busy_seconds)

    def known(self) -> Mapping[str, SharePrice]:
        """What was measured last, by the key of the target. Raises StoreError."""
        return {key: _decoder.decode(entry.value) for key, entry in self._kept.entries().items()}

    def measure(
        self, target: StoredRule, now: int, progress: Progress, seconds: float = SECONDS
    ) -> SharePrice:
        """What a target costs, by the clicks of the day before `now` (ms); it is kept.

        Each article that a reader opened after another is to be predicted beside that other one, from what was known
        before, by the shelf with 20 slots: nDCG@20 = 1 / log2(rank + 1), 0 where it is not among them. What was opened
        from a shelf that targets move is not used: what a target had put there would count for the target.

        Raises:
            BusyError: another replay runs.
            ReplayEndedError: it takes too long.
            StoreError: the log cannot be read, or the result not be kept.
        """
        with self._replays.alone():
            since = now - DAY
            log = read_day(self._store, self._machine.offset_at(since), since, now, progress)
            clicks = next_clicks(log.viewed, round(self._settings.learning.visit_gap * 1000))
            clicks = clicks.select(~np.isin(clicks.shelf, _moved_shelves()))
            change, names = RuleChange(target.rule, target.key, standing=True), self._shelves(target)
            gains, readers = self._gains(clicks, change, names, progress, seconds)
        price = SharePrice(now, len(readers), _told(gains, readers, names))
        self._kept.set((target.key, msgspec.json.encode(price), None))
        return price

    def _shelves(self, target: StoredRule) -> list[str]:
        return [
            each.name
            for each in strategies()
            if each.rearranged and each.name != Ranking.name and target.rule.applies_on(each.name)
        ]

    def _gains(
        self, clicks: SlotRows, change: RuleChange, names: list[str], progress: Progress, seconds: float
    ) -> tuple[FloatArray, LongArray]:
        """The nDCG@20 of each shelf, click and side (without, with), float64 (shelves, clicks, 2), and whose click it
        is, int64 (clicks,).
        """
        shelves, rules = (
            ReplayedShelves(self._settings, self._machine.scopes.values()),
            self._replays.rules_of(change),
        )
        requests = [
            (strategy(name).number, Request(personalised=False, slots=CUTOFF, shelf=(name,)))
            for name in names
        ]
        sample = draw(np.zeros(len(clicks.offset), np.int64), MOST_CLICKS, seed=0)
        paced, gains = PacedSample(sample, seconds), np.zeros((len(names), len(sample.places), 2))
        with self._machine.folding(progress) as state_at:
            for place in sample.places[:1]:
                state_at(int(clicks.offset[place]) - 1)  # the fold up to there is not timed
            for place in paced:
                progress("predicting clicks", place, len(sample.places))
                offset, now, page, article = (
                    int(column[sample.places[place]])
                    for column in (clicks.offset, clicks.time, clicks.page, clicks.article)
                )
                state, model = state_at(offset - 1), self._machine.model_at(now)
                for side, each in enumerate(rules.at(now)):
                    state.decide_stories(each.story_decisions())
                    for row, (number, request) in enumerate(requests):
                        filled = shelves.filled(state, page, now, each, model, request)
                        gains[row, place, side] = gain(filled[number], article)
        return gains[:, paced.kept], clicks.reader[sample.places[paced.kept]]


def gain(articles: list[int], wanted: int) -> float:
    """nDCG@20 (Järvelin and Kekäläinen, ACM TOIS 2002) of a list for one article that was wanted.

    >>> [gain([5, 3, 8], wanted) for wanted in (5, 8, 4)]
    [1.0, 0.5, 0.0]
    """
    if wanted not in articles[:CUTOFF]:
        return 0.0
    return float(1 / np.log2(articles.index(wanted) + 2.0))


def next_clicks(viewed: SlotRows, gap: int) -> SlotRows:
    """The views that came at most `gap` ms after the same reader's view of another article, which is their `page`; in
    the order of the log.

    >>> rows = SlotRows(*np.array([
    ...     [1, 0, 0, 7, -1, 0, 0, 30], [2, 5, 0, 8, -1, 0, 0, 31],
    ...     [3, 9, 0, 7, -1, 0, 0, 32], [4, 99, 0, 7, -1, 0, 0, 33],
    ... ]).T)
    >>> found = next_clicks(rows, 20)
    >>> found.page.tolist(), found.article.tolist()
    ([30], [32])
    """
    order = np.lexsort((viewed.offset, viewed.time, viewed.reader))
    rows = viewed.select(order)
    page: LongArray = np.full(len(order), -1)
    page[1:] = rows.article[:-1]
    follows = np.zeros(len(order), bool)
    follows[1:] = (
        (rows.reader[1:] == rows.reader[:-1])
        & (rows.time[1:] - rows.time[:-1] <= gap)
        & (rows.article[1:] != rows.article[:-1])
    )
    found = rows._replace(page=page).select(follows)
    return found.select(np.argsort(found.offset, kind="stable"))


def clustered_error(values: FloatArray, readers: LongArray) -> float:
    """Standard error of the mean of values, float64 (n,), that are of readers, int64 (n,): what one reader does is no
    chance of its own each time. The sandwich estimator of Liang and Zeger (Biometrika 1986) for a mean:
    √(G / (G − 1) · Σ_g (Σ_{i in g} (v_i − v̄))²) / n. Infinite with fewer than two readers.

    >>> values = np.array([0.0, 1.0, 0.0, 1.0])
    >>> [round(clustered_error(values, np.array(readers)), 4) for readers in ([1, 2, 3, 4], [1, 2, 1, 2], [1] * 4)]
    [0.2887, 0.5, inf]
    """
    sums = np.bincount(np.unique(readers, return_inverse=True)[1], values - values.mean())
    groups = len(sums)
    return (
        float(np.sqrt(groups / (groups - 1) * (sums**2).sum()) / len(values)) if groups > 1 else float("inf")
    )


def _moved_shelves() -> list[int]:
    """Numbers of the shelves whose order targets may change."""
    return [each.number for each in strategies() if each.rearranged]


def _told(gains: FloatArray, readers: LongArray, names: list[str]) -> tuple[ShelfPrice, ...]:
    if len(set(readers.tolist())) < 2:
        return ()
    mean, difference = gains.mean(axis=1), gains[..., 1] - gains[..., 0]
    return tuple(
        ShelfPrice(
            name,
            float(mean[row, 0]),
            float(mean[row, 1]),
            CONFIDENCE * clustered_error(difference[row], readers),
        )
        for row, name in enumerate(names)
    )
