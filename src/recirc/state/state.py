"""The state: every statistic, folded in order, merged, saved and loaded as one."""

import hashlib
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import msgspec
import numpy as np

from recirc.settings import LearningSettings
from recirc.state.audience import RINGS, Audience
from recirc.state.catalogue import Catalogue
from recirc.state.content import Content
from recirc.state.contexts import Contexts
from recirc.state.coreading import CoReading
from recirc.state.exposure import Exposure
from recirc.state.lifetimes import Lifetimes
from recirc.state.popularity import Popularity
from recirc.state.statistic import FoldContext, Overlap, Statistic
from recirc.state.stories import LINKS, Stories
from recirc.state.transitions import Transitions
from recirc.state.visits import Visits
from recirc.text.article_features import MODEL
from recirc.text.copies import INDEXED, SKETCH
from recirc.text.facts import MOST as FACTS
from recirc.types import REACTIONS, Arrays, Batch

CHUNK = 32_768
"""Entries folded at a time: large enough for arrays, small enough to stay in cache."""

FORMAT = 6
"""Version of the arrays. Another one than a snapshot's makes the log be folded anew."""


DERIVED = 256
"""So many derived things are kept at most; then all are made anew."""

Value = TypeVar("Value")


class State:
    """All that was learned from the log up to entry `offset`, as of the newest event at `clock` (ms).

    The order below is the order of folding: `visits` and `audience` find out what a view means, the others
    use it.
    """

    def __init__(self, learning: LearningSettings, dimensions: int) -> None:
        self.learning = learning
        self.dimensions = dimensions
        self.offset = 0
        self.clock = 0
        self.visits = Visits(gap=learning.visit_gap, length=learning.visit_length, capacity=learning.visits)
        self.audience = Audience(repeat=learning.repeat_seconds)
        self.popularity = Popularity(half_lives=learning.half_lives)
        self.coreading = CoReading(width=learning.neighbours, half_life=learning.coreading_half_life)
        self.passage = Transitions(half_lives=learning.half_lives)
        self.contexts = Contexts(half_lives=learning.context_half_lives)
        self.lifetimes = Lifetimes()
        self.exposure = Exposure()
        self.catalogue = Catalogue()
        self.content = Content(dimensions=dimensions, width=learning.text_neighbours)
        self.stories = Stories(threshold=learning.story_containment)
        self.statistics: tuple[Statistic, ...] = tuple(
            part for part in vars(self).values() if isinstance(part, Statistic)
        )
        self._derived: dict[Hashable, tuple[tuple[object, ...], Any]] = {}

    @property
    def size(self) -> int:
        """Articles that have an index here."""
        return self.catalogue.size

    @property
    def fingerprint(self) -> str:
        """What a saved state must have been made with to be used here."""
        shape = (
            FORMAT,
            MODEL,
            self.dimensions,
            (SKETCH, INDEXED, FACTS, LINKS),
            REACTIONS,
            [(w.value, r) for w, r in RINGS.items()],
            self.learning,
        )
        return hashlib.blake2b(msgspec.json.encode(shape), digest_size=12).hexdigest()

    def derived(self, key: Hashable, make: Callable[[], Value], *of: object) -> Value:
        """What `make` works out, kept until the state changes, so that many requests share the work.

        `make` is a function of this state, of what `key` says and of the objects `of`, and of nothing else: what it
        gives is to the last bit what it would give now. The objects are told apart by identity. Neither they nor the
        answer may be changed: the next who asks is given the same one.
        """
        full = (key, *map(id, of))
        kept = self._derived.get(full)
        if kept is None:
            if len(self._derived) >= DERIVED:
                self._derived.clear()
            # `of` is held on to: its identity must not pass to another object.
            kept = self._derived[full] = (of, make())
        answer: Value = kept[1]
        return answer

    def fold(self, batch: Batch) -> None:
        """Take in what `batch` has beyond `offset`; entries already folded are passed over.

        Raises:
            ValueError: entries are missing between `offset` and the batch.
        """
        if batch.first > self.offset + 1:
            raise ValueError(f"the log goes on at {batch.first}, but the state ends at {self.offset}")
        for start in range(self.offset + 1 - batch.first, len(batch.records), CHUNK):
            self._fold_chunk(batch.part(start, start + CHUNK))

    def _fold_chunk(self, batch: Batch) -> None:
        self._derived.clear()
        moment = FoldContext(batch, self.learning.coreading_distance)
        for statistic in self.statistics:
            statistic.fold(moment)
        self.offset = batch.end
        self.clock = max(self.clock, int(moment.time.max()))

    def merge(self, other: "State") -> None:
        """Take in the state of another part of the log, cut by visit. `offset` becomes the farther of the
        two.

        Raises:
            ValueError: the two were made with other settings.
        """
        if other.fingerprint != self.fingerprint:
            raise ValueError("states made with other settings cannot be merged")
        self._derived.clear()
        doubles = self.audience.doubles(other.audience)
        overlap = Overlap(*doubles, newer=self.catalogue.outdated(other.catalogue))
        for mine, theirs in zip(self.statistics, other.statistics, strict=True):
            mine.merge(theirs, overlap)
        self.offset = max(self.offset, other.offset)
        self.clock = max(self.clock, other.clock)

    def save(self) -> Arrays:
        """A copy of everything, as plain arrays named `statistic/array`."""
        arrays: Arrays = {"clock": np.array([self.offset, self.clock])}
        for statistic in self.statistics:
            arrays |= {f"{statistic.name}/{name}": array.copy() for name, array in statistic.save().items()}
        return arrays

    def load(self, arrays: Arrays) -> None:
        """Become what was saved.

        Raises:
            KeyError, ValueError: the arrays are not those of such a state.
        """
        self._derived.clear()
        for statistic in self.statistics:
            mark = f"{statistic.name}/"
            statistic.load(
                {name[len(mark) :]: array for name, array in arrays.items() if name.startswith(mark)}
            )
        self.offset, self.clock = (int(value) for value in arrays["clock"])
