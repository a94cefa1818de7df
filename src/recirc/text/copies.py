"""An index that finds the near-copies of a text without comparing it with every other text.

Each text has a sketch, the smallest hashes of its word 4-grams (see `near_duplicates`). The smallest hashes of a sketch
are in an inverted index, and texts that share one of them are compared by their sketches.
"""

from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from recirc.compiled import compiled
from recirc.growing_arrays import grow
from recirc.text.facts import MAX_FACTS, Facts
from recirc.text.facts import agreement as agreement_of_facts
from recirc.text.near_duplicates import Shingles, agreement, share
from recirc.types import Arrays, IntArray

Sketches: TypeAlias = NDArray[np.uint32]

SKETCH: Final = 256
"""Hashes per sketch. Their estimate of containment has a standard error of about 0.03."""
INDEXED: Final = 128
"""Hashes of a sketch that are in the inverted index."""
CANDIDATE_SHARE: Final = 0.25
"""Texts are compared if their indexed hashes overlap by this part of the threshold: the overlap is but an estimate."""
CHAIN: Final = 256
"""Texts examined per 4-gram, those with the highest index."""
MIN_SHARED: Final = 16
"""Texts that share fewer 4-grams are not near-copies: most such short texts are forms with different figures."""
MANY_SHARED: Final = 40
"""Texts that share fewer 4-grams are near-copies only with a containment of `MIN_CONTAINMENT`."""
MIN_PLACES: Final = 5
"""Common places of numbers and names needed to tell two texts apart."""
MIN_AGREEMENT: Final = 0.8
"""Least share of the common places in which near-copies agree. All thresholds were chosen by benchmarks/stories.py."""
MIN_NUMBER_AGREEMENT: Final = 0.85
"""Least share of the common places of numbers in which near-copies agree."""
MIN_CONTAINMENT: Final = 0.7
"""Least containment of texts that share little, or have many numbers and names but few common places."""
BUCKETS: Final = 1 << 22
"""Number of chains; their heads take 16 MB once all are in use. At 100,000 texts a chain has about three."""


class TextCopy(NamedTuple):
    """A text that contains the queried text or is contained in it.

    Attributes:
        article: index of the text.
        containment: share of the shorter text's 4-grams that the longer one contains.
        resemblance: share of the longer text's 4-grams that both have, estimated.
    """

    article: int
    containment: float
    resemblance: float


@compiled
def _update_chains(
    article: int, sketches: Sketches, sizes: IntArray, heads: IntArray, following: IntArray, insert: bool
) -> None:
    """Insert a text into the chains of its hashes, which are in descending order of index, or remove it."""
    width = following.shape[1]
    for place in range(min(sizes[article], width)):
        entry = article * width + place
        bucket = np.int64(sketches[article, place]) & (len(heads) - 1)
        before, at = -1, heads[bucket] - 1
        while at > entry:
            before, at = at, following[at // width, at % width]
        if insert:
            following[article, place] = at
        after = entry if insert else following[article, place]
        if before < 0:
            heads[bucket] = after + 1
        else:
            following[before // width, before % width] = after


@compiled
def _rank(sketch: Shingles, size: int, last: int) -> int:
    """Number of the first `size` hashes that are at most `last`."""
    low = 0
    while low < size:
        middle = (low + size) // 2
        if sketch[middle] <= last:
            low = middle + 1
        else:
            size = middle
    return low


@compiled
def _candidates(
    sketch: Shingles,
    sketches: Sketches,
    sizes: IntArray,
    heads: IntArray,
    following: IntArray,
    size: int,
    least: float,
) -> IntArray:
    """Texts whose indexed hashes overlap by at least the share `least`, in the range that both sketches cover."""
    width = following.shape[1]
    own = min(len(sketch), width)
    shared = np.zeros(size, np.int16)
    found = np.empty(size, np.int32)
    count = 0
    for hashed in sketch[:own]:
        equal, at = 0, heads[np.int64(hashed) & (len(heads) - 1)] - 1
        while at >= 0 and equal < CHAIN:
            article, place = at // width, at % width
            if sketches[article, place] == hashed:
                equal += 1
                if shared[article] == 0:
                    found[count] = article
                    count += 1
                shared[article] += 1
            at = following[article, place]
    kept = 0
    for article in found[:count]:
        theirs = min(sizes[article], width)
        last = min(sketch[own - 1], sketches[article, theirs - 1])
        if shared[article] >= least * min(_rank(sketch, own, last), _rank(sketches[article], theirs, last)):
            found[kept] = article
            kept += 1
    return np.sort(found[:kept])


@compiled
def distinct_ngrams(sketch: Shingles) -> float:
    """Estimated number of distinct 4-grams of a text; exact if it has fewer than `SKETCH`.

    A full sketch covers the hashes up to its largest one, and hashes are spread evenly (Bar-Yossef et al., "Counting
    distinct elements in a data stream", RANDOM 2002).
    """
    n = len(sketch)
    return float(n) if n < SKETCH else (n - 1) * 2.0**32 / max(float(sketch[n - 1]), 1.0)


@compiled
def _facts_agree(one: Facts, other: Facts, contained: float) -> bool:
    """Whether the numbers and names of two texts with this containment agree as those of near-copies do."""
    numbers, equal_numbers, names, equal_names = agreement_of_facts(one, other)
    places = numbers + names
    if equal_numbers < MIN_NUMBER_AGREEMENT * numbers or equal_numbers + equal_names < MIN_AGREEMENT * places:
        return False
    comparable = places >= MIN_PLACES or min(len(one), len(other)) < MIN_PLACES
    return comparable or contained >= MIN_CONTAINMENT


@compiled
def _compare(
    sketch: Shingles,
    facts: Facts,
    candidates: IntArray,
    sketches: Sketches,
    sizes: IntArray,
    kept: Facts,
    counts: IntArray,
    threshold: float,
) -> NDArray[np.float64]:
    """Containment and resemblance of each candidate, float64 (n, 2); 0: not a near-copy."""
    similarity = np.zeros((len(candidates), 2))
    own = distinct_ngrams(sketch)
    for place in range(len(candidates)):
        other = sketches[candidates[place], : sizes[candidates[place]]]
        equal, least = agreement(sketch, other, SKETCH)
        contained = share(equal, least, len(sketch), len(other))
        longer, shorter = max(own, distinct_ngrams(other)), min(own, distinct_ngrams(other))
        shared = contained * shorter
        if (
            contained < threshold
            or shared < MIN_SHARED
            or (contained < MIN_CONTAINMENT and shared < MANY_SHARED)
        ):
            continue
        if _facts_agree(facts, kept[candidates[place], : counts[candidates[place]]], contained):
            similarity[place, 0], similarity[place, 1] = contained, shared / longer
    return similarity


class CopyIndex:
    """Texts by dense index, searchable for near-copies.

    Near-copies share at least `threshold` of the shorter text's 4-grams, at least `MIN_SHARED` 4-grams, and agree in
    numbers and names (see `facts`). The search finds every text with enough of the `INDEXED` smallest hashes in common,
    as long as each of these is in at most `CHAIN` texts. The result depends neither on the order of insertion nor on
    which of two texts is the query. Memory: 2.2 kB a text.

    Attributes, n = texts:
        sketches: uint32 (n, SKETCH), the smallest hashes of each text, ascending; `sizes`, int32 (n,), their number.
        facts: uint64 (n, MAX_FACTS), numbers and names of each text, ascending; `counts`, int32 (n,), their number.

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
        self.facts: Facts = np.zeros((0, MAX_FACTS), np.uint64)
        self.counts: IntArray = np.zeros(0, np.int32)
        # 0 is an empty chain, so that unused memory is never touched.
        self._heads: IntArray = np.zeros(BUCKETS, np.int32)
        self._following: IntArray = np.zeros((0, INDEXED), np.int32)

    def make_room(self, size: int) -> None:
        """Grow to at least `size` texts; new ones are empty."""
        if len(self.sizes) < size:
            for name in ("sketches", "sizes", "facts", "counts", "_following"):
                setattr(self, name, grow(getattr(self, name), size))
        self.size = max(self.size, size)

    @property
    def linked_bytes(self) -> int:
        """Memory of the inverted index in bytes."""
        return self._heads.nbytes + self._following[: self.size].nbytes

    def of(self, article: int) -> tuple[Shingles, Facts]:
        """Sketch and facts of a text, empty if it was not set. Views: do not modify."""
        return self.sketches[article, : self.sizes[article]], self.facts[article, : self.counts[article]]

    def set(self, article: int, shingles: Shingles, facts: Facts) -> None:
        """Set the 4-grams and facts (ascending hashes) of a text; empty arrays remove it."""
        self.make_room(article + 1)
        self._chain(article, insert=False)
        for row, count, hashes in (
            (self.sketches[article], self.sizes, shingles[:SKETCH]),
            (self.facts[article], self.counts, facts[:MAX_FACTS]),
        ):
            row[: len(hashes)], row[len(hashes) :] = hashes, 0
            count[article] = len(hashes)
        self._chain(article, insert=True)

    def _chain(self, article: int, *, insert: bool) -> None:
        chains = (self.sketches, self.sizes, self._heads, self._following)
        _update_chains(article, *chains, insert)

    def find(self, shingles: Shingles, facts: Facts) -> list[TextCopy]:
        """The near-copies of a text in ascending order of index, including the text itself if it is in the index."""
        # Copies, so that read-only and writable arrays use the same compiled function.
        sketch, own_facts = np.array(shingles[:SKETCH], np.uint32), np.array(facts[:MAX_FACTS], np.uint64)
        chains = (self.sketches, self.sizes, self._heads, self._following)
        candidates = _candidates(sketch, *chains, self.size, self.threshold * CANDIDATE_SHARE)
        kept = (self.sketches, self.sizes, self.facts, self.counts)
        similarity = _compare(sketch, own_facts, candidates, *kept, self.threshold)
        return [
            TextCopy(int(candidates[place]), float(similarity[place, 0]), float(similarity[place, 1]))
            for place in np.flatnonzero(similarity[:, 0]).tolist()
        ]

    def copies(self, shingles: Shingles, facts: Facts) -> list[tuple[int, float]]:
        """Index and containment of each near-copy of a text, most similar first."""
        found = sorted(
            self.find(shingles, facts), key=lambda copy: (-copy.containment, -copy.resemblance, copy.article)
        )
        return [(copy.article, copy.containment) for copy in found]

    def save(self) -> Arrays:
        """The index as plain arrays, possibly views."""
        return {name: getattr(self, name)[: self.size] for name in ("sketches", "sizes", "facts", "counts")}

    def load(self, arrays: Arrays) -> None:
        """Restore a saved index. Raises KeyError or ValueError if its shape differs."""
        for name, width in (("sketches", SKETCH), ("facts", MAX_FACTS)):
            if arrays[name].shape[1] != width:
                raise ValueError(f"{name} of width {arrays[name].shape[1]}, not {width}")
        self.sketches, self.sizes = arrays["sketches"], arrays["sizes"]
        self.facts, self.counts = arrays["facts"], arrays["counts"]
        self.size = len(self.sizes)
        self._heads = np.zeros(BUCKETS, np.int32)
        self._following = np.zeros((self.size, INDEXED), np.int32)
        for article in range(self.size):
            self._chain(article, insert=True)
