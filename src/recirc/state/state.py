"""The state: every statistic, folded in order, saved and loaded as one."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import msgspec
import numpy as np

from recirc.growing_arrays import lengthen
from recirc.hashing import hex_digest
from recirc.settings import LearningSettings
from recirc.state.activity import LEVELS, Activity
from recirc.state.audience import RINGS, Audience
from recirc.state.catalogue import Catalogue
from recirc.state.content import Content
from recirc.state.contexts import Contexts
from recirc.state.coreading import CoReading
from recirc.state.exposure import Exposure
from recirc.state.lifetimes import Lifetimes
from recirc.state.log_clock import NEWEST, advance, new_clock
from recirc.state.popularity import Popularity
from recirc.state.rhythm import Rhythm
from recirc.state.statistic import FoldContext, Statistic
from recirc.state.stories import LINKS, Stories, StoryDecision
from recirc.state.transitions import Transitions
from recirc.state.visits import Visits
from recirc.text.article_features import MODEL
from recirc.text.copies import INDEXED, SKETCH
from recirc.text.facts import MAX_FACTS
from recirc.types import REACTIONS, VOIDED, Arrays, Batch, Decision, RecordArray

CHUNK = 131_072
"""Entries folded at a time: each statistic has to fetch its own arrays again for each chunk, which takes longer than to
read through the columns of the entries (`benchmarks/fold.py`)."""

FORMAT = 15
"""Version of the arrays. A snapshot of another version is skipped, and the log folded anew."""

MOST_DERIVED = 4096
"""Number of derived values that are kept; beyond it the oldest are dropped, one by one."""

Value = TypeVar("Value")


class State:
    """All that was learned from the log up to entry `offset`, as of the newest event at `clock` (ms).

    The order below is the order of folding: `visits` finds what a view follows, and others use it.

    Attributes:
        clock: newest time of an event, ms.
        mends: number of changes of earlier entries that it includes, see `Batch`.
        size: articles that have an index here.
    """

    def __init__(self, learning: LearningSettings, dimensions: int) -> None:
        self.learning = learning
        self.dimensions = dimensions
        self.offset = 0
        self.mends = 0
        self._clock = new_clock()
        self.clock, self.size = int(self._clock[NEWEST]), 0
        self.visits = Visits(gap=learning.visit_gap, length=learning.visit_length, capacity=learning.visits)
        self.audience = Audience()
        self.activity = Activity()
        self.rhythm = Rhythm()
        self.popularity = Popularity(half_lives=learning.half_lives)
        self.coreading = CoReading(width=learning.neighbours, half_life=learning.coreading_half_life)
        self.transitions = Transitions(half_lives=learning.half_lives)
        self.contexts = Contexts(half_lives=learning.context_half_lives)
        self.lifetimes = Lifetimes()
        self.exposure = Exposure()
        self.catalogue = Catalogue()
        self.content = Content(dimensions=dimensions, width=learning.text_neighbours)
        self.stories = Stories(threshold=learning.story_containment)
        self.statistics: tuple[Statistic, ...] = tuple(
            part for part in vars(self).values() if isinstance(part, Statistic)
        )
        self._derived: OrderedDict[Hashable, tuple[tuple[object, ...], Any]] = OrderedDict()

    @property
    def fingerprint(self) -> str:
        """Hash of all that gives the arrays their meaning: a saved state with another one cannot be used."""
        shape = (
            FORMAT,
            MODEL,
            self.dimensions,
            (SKETCH, INDEXED, MAX_FACTS, LINKS),
            REACTIONS,
            [(w.value, r) for w, r in RINGS.items()],
            LEVELS,
            msgspec.structs.replace(self.learning, repeat_seconds=0.0),  # of the log, where it is decided
        )
        return hex_digest(msgspec.json.encode(shape), 12)

    def derived(self, key: Hashable, compute: Callable[[], Value], *inputs: object) -> Value:
        """The result of `compute`, kept until the state changes, so that many requests share the work.

        `compute` must depend on this state, on `key` and on the objects `inputs` alone. The inputs are told apart by
        identity. Neither they nor the result may be changed: the next call returns the same object.

        >>> from recirc.settings import LearningSettings
        >>> state = State(LearningSettings(), dimensions=8)
        >>> state.derived("squares", lambda: [n * n for n in range(4)])
        [0, 1, 4, 9]
        >>> state.derived("squares", lambda: "not computed again")
        [0, 1, 4, 9]
        """
        full = (key, *map(id, inputs))
        kept = self._derived.get(full)
        if kept is None:
            if len(self._derived) >= MOST_DERIVED:
                self._derived.popitem(last=False)
            # `inputs` are kept too: the identity of one that is gone would pass to another object.
            kept = self._derived[full] = (inputs, compute())
        result: Value = kept[1]
        return result

    def decide_stories(self, decisions: tuple[StoryDecision, ...]) -> None:
        """Let editors' decisions about stories count from now on; see `Stories.decide`."""
        if self.stories.decide(decisions):
            self._derived.clear()

    def empty(self) -> "State":
        """A state like this one that has learned nothing."""
        return State(self.learning, self.dimensions)

    def follows(self, mends: tuple[int, ...]) -> bool:
        """Whether this was folded from the log as it is now. `mends`: see `Batch`."""
        return all(first > self.offset for first in mends[self.mends :])

    def fold(self, batch: Batch) -> None:
        """Learn from what `batch` has beyond `offset`; entries that are folded already are skipped.

        Raises:
            ValueError: entries are missing between `offset` and the batch, or nobody has decided what they mean.
        """
        if batch.first > self.offset + 1:
            raise ValueError(f"the log goes on at {batch.first}, but the state ends at {self.offset}")
        if not (batch.records["decision"] & np.uint8(Decision.DECIDED)).all():
            raise ValueError("entries without decisions: see recirc.store.decisions.decided")
        if self.follows(batch.mends):
            self.mends = max(self.mends, len(batch.mends))
        begin = self.offset + 1 - batch.first
        if begin >= len(batch.records):
            return
        self._derived.clear()
        self._reserve(batch.records[begin:])
        for start in range(begin, len(batch.records), CHUNK):
            self._fold_chunk(batch.part(start, start + CHUNK))

    def _reserve(self, records: RecordArray) -> None:
        """Make room for all articles at once: to grow for one chunk after another took a tenth of the fold."""
        size = 1 + int(max(records["article"].max(), records["source"].max()))
        if size > self.size:  # all statistics know the same articles
            for statistic in self.statistics:
                statistic.reserve(size)
            self.size = size

    def _fold_chunk(self, batch: Batch) -> None:
        context = FoldContext(batch, self.learning.coreading_distance)
        for statistic in self.statistics:
            statistic.fold(context)
        self.offset = batch.end
        advance(self._clock, context.entries.time, batch.records["excluded"] < VOIDED)
        self.clock = int(self._clock[NEWEST])

    def save(self) -> Arrays:
        """A copy of everything, as plain arrays named `statistic/array`."""
        arrays: Arrays = {"clock": np.array([self.offset, self.mends, *self._clock])}
        for statistic in self.statistics:
            for name, array in statistic.save().items():
                arrays[f"{statistic.name}/{name}"] = lengthen(
                    array, len(array)
                )  # its zeros take no memory either
        return arrays

    def load(self, arrays: Arrays) -> None:
        """Become what was saved. The arrays are the state's own from now on.

        Raises:
            ValueError: these are not the arrays of such a state; it may be half loaded, and must not be used.
        """
        self._derived.clear()
        parts: dict[str, Arrays] = {statistic.name: {} for statistic in self.statistics}
        clock = arrays.get("clock", np.zeros(0))
        for name in arrays.keys() - {"clock"}:
            statistic_name, _, own = name.partition("/")
            if statistic_name not in parts:
                raise ValueError(f"{name!r} belongs to no statistic")
            parts[statistic_name][own] = arrays[name]
        for statistic in self.statistics:
            statistic.load(parts[statistic.name])
        if (
            len({statistic.size for statistic in self.statistics}) > 1
            or clock.shape != (2 + len(self._clock),)
            or clock.dtype != np.int64
        ):
            raise ValueError("statistics of different numbers of articles, or no clock")
        self.offset, self.mends, self._clock = int(clock[0]), int(clock[1]), clock[2:]
        self.clock, self.size = int(self._clock[NEWEST]), self.catalogue.size
