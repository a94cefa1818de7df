"""Which of many texts hold one another: an index that finds the near-copies of a text without comparing it with all.

Each text is known by its sketch, the smallest hashes of its word 4-grams (see `near_duplicates`). The smallest of those
lie in an inverted index, and texts that have one in common there are compared by their sketches.
"""

from typing import Final, NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from recirc.compiled import compiled
from recirc.text.facts import MOST as FACTS
from recirc.text.facts import Facts
from recirc.text.facts import agreement as agree
from recirc.text.near_duplicates import Shingles, agreement, share
from recirc.types import Arrays, IntArray

Sketches: TypeAlias = NDArray[np.uint32]
Number = TypeVar("Number", bound=np.generic)

SKETCH: Final = 256
"""Hashes kept of each text: containment is then known to about ±0.03 (one standard deviation)."""
INDEXED: Final = 128
"""… and those of them that it is found by."""
PROMISING: Final = 0.25
"""Texts are compared if they have this part of the threshold in common there, which is but an estimate."""
CHAIN: Final = 256
"""Of the texts that hold one and the same 4-gram so many are looked at, those of the highest index."""
LEAST_SHARED: Final = 16
"""Texts that share fewer 4-grams are no near-copies: so short a text is a form with a figure in it more often."""
MANY_SHARED: Final = 40
"""Texts that share fewer are near-copies only if they are mostly (`ALIKE`) the same."""
LEAST_PLACES: Final = 5
"""Places of numbers and names in common by which two texts can be told apart …"""
LEAST_AGREED: Final = 0.8
"""… and the share of them in which near-copies agree; chosen by benchmarks/stories.py, as all these."""
LEAST_NUMBERS: Final = 0.85
"""The same of numbers alone."""
ALIKE: Final = 0.7
"""Least containment of texts that share little, or have many numbers and names but few places of them in common."""
BUCKETS: Final = 1 << 22
"""Heads of chains, 16 MB once all are in use. A chain has some three texts at 100,000 of them."""


class TextCopy(NamedTuple):
    """A text that holds, or is held by, the one asked for.

    Attributes:
        article: its index.
        containment: share of the shorter text's 4-grams that the other holds.
        likeness: share of the longer text's 4-grams that both have, estimated.
    """

    article: int
    containment: float
    likeness: float


@compiled
def _link(article: int, sketches: Sketches, sizes: IntArray, heads: IntArray, following: IntArray) -> None:
    """Put a text into the chains of its hashes; each chain falls by index."""
    width = following.shape[1]
    for place in range(min(sizes[article], width)):
        entry = article * width + place
        bucket = np.int64(sketches[article, place]) & (len(heads) - 1)
        before, at = -1, heads[bucket] - 1
        while at > entry:
            before, at = at, following[at // width, at % width]
        following[article, place] = at
        if before < 0:
            heads[bucket] = entry + 1
        else:
            following[before // width, before % width] = entry


@compiled
def _unlink(article: int, sketches: Sketches, sizes: IntArray, heads: IntArray, following: IntArray) -> None:
    """Take a text out of the chains."""
    width = following.shape[1]
    for place in range(min(sizes[article], width)):
        entry = article * width + place
        bucket = np.int64(sketches[article, place]) & (len(heads) - 1)
        before, at = -1, heads[bucket] - 1
        while at > entry:
            before, at = at, following[at // width, at % width]
        if before < 0:
            heads[bucket] = following[article, place] + 1
        else:
            following[before // width, before % width] = following[article, place]


@compiled
def _upto(sketch: Shingles, size: int, last: int) -> int:
    """How many of the first `size` hashes are at most `last`."""
    low = 0
    while low < size:
        middle = (low + size) // 2
        if sketch[middle] <= last:
            low = middle + 1
        else:
            size = middle
    return low


@compiled
def _promising(
    sketch: Shingles,
    sketches: Sketches,
    sizes: IntArray,
    heads: IntArray,
    following: IntArray,
    size: int,
    least: float,
) -> IntArray:
    """Texts that have so large a share of the hashes by which texts are found in common, as far as both reach."""
    width = following.shape[1]
    own = min(len(sketch), width)
    met = np.zeros(size, np.int16)
    found = np.empty(size, np.int32)
    count = 0
    for hashed in sketch[:own]:
        equal, at = 0, heads[np.int64(hashed) & (len(heads) - 1)] - 1
        while at >= 0 and equal < CHAIN:
            article, place = at // width, at % width
            if sketches[article, place] == hashed:
                equal += 1
                if met[article] == 0:
                    found[count] = article
                    count += 1
                met[article] += 1
            at = following[article, place]
    kept = 0
    for article in found[:count]:
        theirs = min(sizes[article], width)
        last = min(sketch[own - 1], sketches[article, theirs - 1])
        if met[article] >= least * min(_upto(sketch, own, last), _upto(sketches[article], theirs, last)):
            found[kept] = article
            kept += 1
    return np.sort(found[:kept])


@compiled
def extent(sketch: Shingles) -> float:
    """Estimate of how many different 4-grams a text has; exact if it has fewer than `SKETCH`.

    A sketch that is full reaches up to its largest hash, and hashes are spread evenly (Bar-Yossef et al., "Counting
    distinct elements in a data stream", RANDOM 2002).
    """
    n = len(sketch)
    return float(n) if n < SKETCH else (n - 1) * 2.0**32 / max(float(sketch[n - 1]), 1.0)


@compiled
def _say_the_same(one: Facts, other: Facts, contained: float) -> bool:
    """Whether the numbers and names of two texts of which one holds so much of the other are those of near-copies."""
    numbers, equal_numbers, names, equal_names = agree(one, other)
    if equal_numbers < LEAST_NUMBERS * numbers or equal_numbers + equal_names < LEAST_AGREED * (
        numbers + names
    ):
        return False
    told_apart = numbers + names >= LEAST_PLACES or min(len(one), len(other)) < LEAST_PLACES
    return told_apart or contained >= ALIKE


@compiled
def _compared(
    sketch: Shingles,
    facts: Facts,
    among: IntArray,
    sketches: Sketches,
    sizes: IntArray,
    kept: Facts,
    counts: IntArray,
    threshold: float,
    alike: NDArray[np.float64],
) -> None:
    """For each of `among` its containment and its likeness; 0 for what is no near-copy."""
    own = extent(sketch)
    for place in range(len(among)):
        other = sketches[among[place], : sizes[among[place]]]
        equal, least = agreement(sketch, other, SKETCH)
        contained = share(equal, least, len(sketch), len(other))
        longer, shorter = max(own, extent(other)), min(own, extent(other))
        shared = contained * shorter
        if contained < threshold or shared < LEAST_SHARED or (contained < ALIKE and shared < MANY_SHARED):
            continue
        if _say_the_same(facts, kept[among[place], : counts[among[place]]], contained):
            alike[place, 0], alike[place, 1] = contained, shared / longer


class CopyIndex:
    """Texts by dense index, found by what they share with another text.

    A near-copy shares at least `threshold` of the shorter one's 4-grams, and `LEAST_SHARED` of them, and does not
    contradict it in numbers and names (see `facts`). Found are all that have a part of the `INDEXED` smallest hashes
    in common, as long as these stand in no more than `CHAIN` texts. What is found depends neither on the order in which
    the texts were set nor on which of two is asked for. Memory: 2.2 kB a text.

    Attributes, n = texts:
        sketches: uint32 (n, SKETCH): the smallest hashes of each, rising; `sizes` int32 (n,) says how many.
        facts: uint64 (n, FACTS): numbers and names of each, rising; `counts` int32 (n,) says how many.

    >>> from recirc.text.facts import facts
    >>> from recirc.text.near_duplicates import shingles
    >>> index = CopyIndex(threshold=0.5)
    >>> text = "the night ferry will stop on May 31 because fuel has become dear and too few passengers sail after ten"
    >>> index.set(7, shingles(text), facts(text))
    >>> longer, later = f"{text}, as readers know", text.replace("31", "24")
    >>> index.copies(shingles(longer), facts(longer)), index.copies(shingles(later), facts(later))
    ([(7, 1.0)], [])
    """

    def __init__(self, *, threshold: float) -> None:
        self.threshold = threshold
        self.size = 0
        self.sketches: Sketches = np.zeros((0, SKETCH), np.uint32)
        self.sizes: IntArray = np.zeros(0, np.int32)
        self.facts: Facts = np.zeros((0, FACTS), np.uint64)
        self.counts: IntArray = np.zeros(0, np.int32)
        # 0: an empty chain, so that memory nobody has used yet costs nothing.
        self._heads: IntArray = np.zeros(BUCKETS, np.int32)
        self._following: IntArray = np.full((0, INDEXED), -1, np.int32)

    def make_room(self, size: int) -> None:
        """Have at least `size` texts, new ones empty."""
        if len(self.sizes) < size:
            room = max(size, 2 * len(self.sizes), 64)
            for name in ("sketches", "sizes", "facts", "counts"):
                setattr(self, name, _longer(getattr(self, name), room, 0))
            self._following = _longer(self._following, room, -1)
        self.size = max(self.size, size)

    @property
    def linked_bytes(self) -> int:
        """Memory of the inverted index."""
        return self._heads.nbytes + self._following[: self.size].nbytes

    def of(self, article: int) -> tuple[Shingles, Facts]:
        """What is known of a text; empty: nothing. Not to be changed."""
        return self.sketches[article, : self.sizes[article]], self.facts[article, : self.counts[article]]

    def set(self, article: int, shingles: Shingles, facts: Facts) -> None:
        """Let the text of this index have these 4-grams and facts (rising hashes); none: it is taken out."""
        self.make_room(article + 1)
        _unlink(article, self.sketches, self.sizes, self._heads, self._following)
        for row, count, hashes in (
            (self.sketches[article], self.sizes, shingles[:SKETCH]),
            (self.facts[article], self.counts, facts[:FACTS]),
        ):
            row[: len(hashes)], row[len(hashes) :] = hashes, 0
            count[article] = len(hashes)
        _link(article, self.sketches, self.sizes, self._heads, self._following)

    def found(self, shingles: Shingles, facts: Facts) -> list[TextCopy]:
        """The near-copies of a text by rising index, itself too if it is here."""
        # Copies, so that one compiled form serves what may be written and what may not.
        sketch, told = np.array(shingles[:SKETCH], np.uint32), np.array(facts[:FACTS], np.uint64)
        chains = (self.sketches, self.sizes, self._heads, self._following)
        among = _promising(sketch, *chains, self.size, self.threshold * PROMISING)
        alike = np.zeros((len(among), 2))
        kept = (self.sketches, self.sizes, self.facts, self.counts)
        _compared(sketch, told, among, *kept, self.threshold, alike)
        return [
            TextCopy(int(among[place]), float(alike[place, 0]), float(alike[place, 1]))
            for place in np.flatnonzero(alike[:, 0]).tolist()
        ]

    def copies(self, shingles: Shingles, facts: Facts) -> list[tuple[int, float]]:
        """Index and containment of each text that holds this one or is held by it, the most alike first."""
        found = sorted(
            self.found(shingles, facts), key=lambda copy: (-copy.containment, -copy.likeness, copy.article)
        )
        return [(copy.article, copy.containment) for copy in found]

    def save(self) -> Arrays:
        """All of it, as plain arrays; they may be views."""
        return {name: getattr(self, name)[: self.size] for name in ("sketches", "sizes", "facts", "counts")}

    def load(self, arrays: Arrays) -> None:
        """Become what was saved. Raises KeyError or ValueError if it is not one of this shape."""
        for name, width in (("sketches", SKETCH), ("facts", FACTS)):
            if arrays[name].shape[1] != width:
                raise ValueError(f"{name} of width {arrays[name].shape[1]}, not {width}")
        self.sketches, self.sizes = arrays["sketches"], arrays["sizes"]
        self.facts, self.counts = arrays["facts"], arrays["counts"]
        self.size = len(self.sizes)
        self._heads = np.zeros(BUCKETS, np.int32)
        self._following = np.full((self.size, INDEXED), -1, np.int32)
        for article in range(self.size):
            _link(article, self.sketches, self.sizes, self._heads, self._following)


def _longer(array: NDArray[Number], size: int, fill: int) -> NDArray[Number]:
    longer = np.full((size, *array.shape[1:]), fill, array.dtype)
    longer[: len(array)] = array
    return longer
