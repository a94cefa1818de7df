"""What a rule would have done in the last day: the log is folded through it once, and shelves that readers saw are
filled again on the way, without the rule and with it.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Final, NamedTuple

import numpy as np

from recirc.engine.click_estimate import ChangedSlots, ClickEstimate, estimate_clicks
from recirc.engine.day_log import DayLog, Progress, SlatesSeen, SlotRows, clicks_on, read_day, slates_seen
from recirc.engine.fixed_rules import fixed_rules
from recirc.engine.past_shelves import TimeMachine
from recirc.engine.replayed_shelves import ReplayedShelves
from recirc.engine.rule_changes import RuleChange, RulesOfDay
from recirc.engine.rule_checks import NEW
from recirc.engine.rules import Rules
from recirc.engine.sampled_moments import MomentSample, PacedSample, draw
from recirc.settings import Settings
from recirc.settings.days import DAY
from recirc.store.ports import BusyError
from recirc.store.sqlite import SqliteStore
from recirc.types import SHELF_NUMBERS, BoolArray, FloatArray, LongArray, Request

MOST_SLATES: Final = 600
SECONDS: Final = 60.0
"""How long filling shelves may take; where it would take longer, fewer slates are used."""
MOST_NAMED: Final = 8
"""Number of articles that are named, those whose slots change most."""


class ShelfSlotsChanged(NamedTuple):
    """How many slots of a shelf readers saw in the day, and how many of them would have had another article."""

    shelf: str
    seen: float
    changed: float


class ArticleSlots(NamedTuple):
    """How many slots that readers saw an article would have had without the rule, and with it."""

    article: str
    before: float
    after: float


class RuleReplay(NamedTuple):
    """What a rule would have done in a day.

    Attributes:
        since, until: ms: the day.
        slates: shelves beside an article, seen by a reader: how many there were.
        concerned: of these, where the rule could apply; `sampled`: how many were filled again.
        changed: how many would have been different.
        alike: share of the sampled slots in which the replay without the rule has the article that readers saw.
        clicked: clicks on what readers were seen to see on shelves in that day.
        shelves, articles: what would have been different.
        estimate: of the clicks.
        seconds: how long it took.
    """

    since: int
    until: int
    slates: int
    concerned: int
    sampled: int
    changed: float
    alike: float
    clicked: int
    shelves: tuple[ShelfSlotsChanged, ...]
    articles: tuple[ArticleSlots, ...]
    estimate: ClickEstimate
    seconds: float


class SlotChanges(NamedTuple):
    """The slots that readers saw of the sampled slates. Each int64 (k,).

    Attributes:
        slate: place of the slate in the sample.
        page, shelf, position: as `SlotRows` has them.
        shown: what readers saw there, an index.
        before, after: what is there without and with the rule, -1: nothing.
    """

    slate: LongArray
    page: LongArray
    shelf: LongArray
    position: LongArray
    shown: LongArray
    before: LongArray
    after: LongArray


class SampledDay(NamedTuple):
    """A day of the log, its slates, and the sample of them."""

    log: DayLog
    slates: SlatesSeen
    sample: MomentSample


class RuleReplays:
    """Replays of the last day; one at a time for a store. Thread-safe."""

    def __init__(self, settings: Settings, store: SqliteStore, machine: TimeMachine, rules: Rules) -> None:
        """`machine` folds; `rules` tell which articles a rule is about."""
        self._settings, self._store, self._machine, self._rules = settings, store, machine, rules

    def replay(
        self,
        change: RuleChange,
        now: int,
        progress: Progress,
        *,
        most: int = MOST_SLATES,
        seconds: float = SECONDS,
    ) -> RuleReplay:
        """What a rule would have done in the day before `now` (ms).

        Args:
            change: the rule.
            now: ms.
            progress: receives what is done; it raises to end the work.
            most: number of slates that are filled again.
            seconds: how long that may take.

        Raises:
            BusyError: another replay runs.
            ReplayEndedError: it would take too long.
            StoreError: the log cannot be read.
        """
        started = monotonic()
        with self.alone():
            since = now - DAY
            log = read_day(self._store, self._machine.offset_at(since), since, now, progress)
            log = log._replace(clicked=clicks_on(log.seen, log.clicked))
            slates = slates_seen(log.seen)
            day = SampledDay(log, slates, self._sample(log, slates, change, most))
            changes, kept = self._filled_again(day, change, progress, seconds)
            found = self._told(day, changes, kept, now, progress)
        return found._replace(seconds=monotonic() - started)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """No other process or thread replays this store meanwhile. Raises BusyError."""
        with Path(f"{self._settings.store.path}.replay.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                text = "another replay of the last day is running; try again when it has ended"
                raise BusyError(text) from None
            yield

    def rules_of(self, change: RuleChange) -> RulesOfDay:
        """The rules of the day without and with a change. Raises StoreError."""
        fixed, stored = fixed_rules(self._settings.balance), self._store.rules(ended=True)
        return RulesOfDay(fixed, stored, change, self._store.find)

    def _sample(self, log: DayLog, slates: SlatesSeen, change: RuleChange, most: int) -> MomentSample:
        """Slates to fill again: of those where the rule may apply, half with one of its articles, if so many have."""
        rule, stratum = change.rule, np.zeros(len(slates.first), np.int64)
        if rule.target.by not in NEW:
            about = _among(self._rules.mask(rule.target), log.seen.article)
            stratum[slates.number[about]] = 1
        if rule.beside is not None:
            beside = _among(self._rules.mask(rule.beside), log.seen.page[slates.first])
            stratum[~beside] = -1
        return draw(stratum, most, seed=0)

    def _filled_again(
        self, day: SampledDay, change: RuleChange, progress: Progress, seconds: float
    ) -> tuple[SlotChanges, BoolArray]:
        """The slots of the sampled slates, and which of the sample counts."""
        (log, slates, sample), rules = day, self.rules_of(change)
        shelves, request = (
            ReplayedShelves(self._settings, self._machine.scopes.values()),
            Request(personalised=False),
        )
        groups, paced, found = _Groups(slates.number), PacedSample(sample, seconds), list[tuple[int, ...]]()
        with self._machine.folding(progress) as state_at:
            for place in sample.places[:1]:
                state_at(int(log.seen.offset[slates.first[place]]) - 1)  # the fold up to there is not timed
            for place in paced:
                progress("filling shelves again", place, len(sample.places))
                own = log.seen.select(groups.of(int(sample.places[place])))
                page, now = int(own.page[0]), int(own.time[0])
                state, model = state_at(int(own.offset[0]) - 1), self._machine.model_at(now)
                filled = []
                for each in rules.at(now):
                    state.decide_stories(each.story_decisions())
                    filled.append(shelves.filled(state, page, now, each, model, request))
                for shelf, position, shown in _slots(own):
                    before, after = (_at(each.get(shelf, []), position) for each in filled)
                    found.append((place, page, shelf, position, shown, before, after))
        columns = np.array(found, np.int64).reshape(-1, len(SlotChanges._fields)).T
        return SlotChanges(*columns), paced.kept

    def _told(
        self, day: SampledDay, changes: SlotChanges, kept: BoolArray, now: int, progress: Progress
    ) -> RuleReplay:
        (log, slates, sample), stride = day, float(day.log.stride)
        weight = sample.weight(kept)
        changes = SlotChanges(*(column[kept[changes.slate]] for column in changes))
        counted, different = weight[changes.slate] * stride, changes.before != changes.after
        page, shelf, position = changes[1:4]
        slots = ChangedSlots(
            *(each[different] for each in (changes.slate, page, shelf, position, *changes[-2:]))
        )
        estimate = estimate_clicks(
            log.seen, log.clicked, slots, weight, sample.stratum, progress=progress
        ).scaled(stride)
        alike = counted[changes.shown == changes.before].sum() / max(counted.sum(), 1e-9)
        names = {number: name for name, number in SHELF_NUMBERS.items()}
        return RuleReplay(
            since=now - DAY,
            until=now,
            slates=len(slates.first) * log.stride,
            concerned=int(sample.sizes.sum()) * log.stride,
            sampled=int(kept.sum()),
            changed=float(weight[np.unique(changes.slate[different])].sum()) * stride,
            alike=float(alike),
            clicked=len(log.clicked.offset) * log.stride,
            shelves=tuple(
                ShelfSlotsChanged(
                    names.get(number, f"shelf {number}"),
                    float(counted[shelf == number].sum()),
                    float(counted[different & (shelf == number)].sum()),
                )
                for number in np.unique(shelf).tolist()
            ),
            articles=self._articles(slots, counted[different]),
            estimate=estimate,
            seconds=0.0,
        )

    def _articles(self, slots: ChangedSlots, counted: FloatArray) -> tuple[ArticleSlots, ...]:
        size = int(max(slots.before.max(initial=-1), slots.after.max(initial=-1))) + 1
        sides = [
            np.bincount(side[side >= 0], counted[side >= 0], minlength=size)
            for side in (slots.before, slots.after)
        ]
        order = np.argsort(-np.abs(sides[1] - sides[0]), kind="stable")[:MOST_NAMED]
        chosen = [int(index) for index in order if sides[0][index] != sides[1][index]]
        return tuple(
            ArticleSlots(kept.id, float(sides[0][index]), float(sides[1][index]))
            for index, kept in zip(chosen, self._store.get(chosen), strict=True)
            if kept is not None
        )


class _Groups:
    """The rows of each slate."""

    def __init__(self, number: LongArray) -> None:
        self._order = np.argsort(number, kind="stable")
        self._starts = np.searchsorted(number[self._order], np.arange(int(number.max(initial=-1)) + 2))

    def of(self, slate: int) -> LongArray:
        return self._order[self._starts[slate] : self._starts[slate + 1]]


def _among(mask: BoolArray, articles: LongArray) -> BoolArray:
    """Which articles are in a mask; none that it does not know, bool (n,)."""
    known = (articles >= 0) & (articles < len(mask))
    found: BoolArray = np.zeros(len(articles), bool)
    found[known] = mask[articles[known]]
    return found


def _slots(rows: SlotRows) -> Iterator[tuple[int, int, int]]:
    """Shelf, place and article of each."""
    return zip(rows.shelf.tolist(), rows.position.tolist(), rows.article.tolist(), strict=True)


def _at(articles: list[int], position: int) -> int:
    return articles[position] if position < len(articles) else -1
