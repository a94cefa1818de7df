"""Which articles tell the same event: near-copies share a story, and a story gets one slot."""

from typing import ClassVar, cast

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from recirc.state.content import Content
from recirc.state.statistic import Moment, Overlap, Statistic, grown
from recirc.text.near_duplicates import containment
from recirc.types import Arrays, Entry, IntArray

SKETCH = 256
"""Shingles kept of each article: containment is then known to about ±0.03 (one standard deviation)."""


class Stories(Statistic):
    """Near-copies, found among the nearest neighbours in text and confirmed by containment of word 4-grams.

    A story once joined is not split when a text changes or is withdrawn. Merging joins whatever either side had
    joined, and the near-copies among the texts that stand: exact when both sides folded all publications, or no
    text changed, as long as near-copies are among each other's text neighbours (they are the nearest there are).

    Attributes, n = articles:
        story: int32 (n,): an article of the same story with a lower index, or the article itself.
        sketches: uint32 (n, SKETCH): the smallest shingle hashes, sorted; `sizes` int32 (n,) says how many.
    """

    name: ClassVar[str] = "stories"

    def __init__(self, *, threshold: float, content: Content) -> None:
        self.threshold = threshold
        self._content = content
        self.story: IntArray = np.zeros(0, np.int32)
        self.sketches: NDArray[np.uint32] = np.zeros((0, SKETCH), np.uint32)
        self.sizes: IntArray = np.zeros(0, np.int32)
        self._all: IntArray | None = None  # what `all` answers, until a story changes

    @override
    def fold(self, moment: Moment) -> None:
        self._make_room(moment.size)
        for place in np.flatnonzero(moment.records["kind"] >= Entry.PUBLISH).tolist():
            article = int(moment.article[place])
            understanding = moment.understandings.get(place)
            said = b"" if understanding is None else understanding.shingles
            shingles = np.frombuffer(said, np.uint32)[:SKETCH]
            self.sketches[article, : len(shingles)] = shingles
            self.sizes[article] = len(shingles)
            self._unite_copies(article, moment.near[place])

    def _make_room(self, size: int) -> None:
        known = self.size
        self.size = max(self.size, size)
        self.sketches = grown(self.sketches, self.size)
        self.sizes = grown(self.sizes, self.size)
        self.story = grown(self.story, self.size)
        self.story[known : self.size] = np.arange(known, self.size, dtype=np.int32)
        if known < self.size:
            self._all = None

    def _sketch(self, article: int) -> NDArray[np.uint32]:
        return self.sketches[article, : self.sizes[article]]

    def _unite_copies(self, article: int, near: IntArray) -> None:
        for other in near[near >= 0]:
            if containment(self._sketch(article), self._sketch(other), SKETCH) >= self.threshold:
                self._unite(article, int(other))

    def of(self, article: int) -> int:
        """The story of an article: the lowest index among its members."""
        while self.story[article] != article:
            article = int(self.story[article])
        return article

    def all(self) -> IntArray:
        """The story of each article, int32 (n,). Not to be changed: the next who asks is given the same array."""
        if self._all is None:
            story = self.story[: self.size].copy()
            while not np.array_equal(story, story[story]):
                story = story[story]
            self._all = story
        return self._all

    def _unite(self, a: int, b: int) -> None:
        a, b = self.of(a), self.of(b)
        self.story[max(a, b)] = min(a, b)
        self._all = None

    @override
    def merge(self, other: Statistic, overlap: Overlap) -> None:  # no reader is counted here
        theirs = cast(Stories, other)
        self._make_room(theirs.size)
        newer = overlap.newer
        self.sketches[newer], self.sizes[newer] = theirs.sketches[newer], theirs.sizes[newer]
        for index, story in enumerate(theirs.all()):
            self._unite(index, int(story))
        for article in np.flatnonzero(self.sizes[: self.size]):
            self._unite_copies(int(article), self._content.neighbours[article])

    @override
    def save(self) -> Arrays:
        return {
            "story": self.story[: self.size],
            "sketches": self.sketches[: self.size],
            "sizes": self.sizes[: self.size],
        }

    @override
    def load(self, arrays: Arrays) -> None:
        if arrays["sketches"].shape[1] != SKETCH:
            raise ValueError(f"sketches of {arrays['sketches'].shape[1]} shingles, not {SKETCH}")
        self.story, self.sketches, self.sizes = arrays["story"], arrays["sketches"], arrays["sizes"]
        self.size, self._all = len(self.story), None

    @override
    def canonical(self) -> Arrays:
        kept = np.arange(SKETCH) < self.sizes[: self.size, None]
        return {"story": self.all(), "sketches": np.where(kept, self.sketches[: self.size], 0)}
