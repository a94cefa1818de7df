"""Which articles tell the same event: near-copies share a story, and a story gets one slot."""

from collections.abc import Iterable
from typing import ClassVar, Final, cast

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from recirc.compiled import compiled
from recirc.state.statistic import FoldContext, Overlap, Statistic, grown
from recirc.text.copies import SKETCH, CopyIndex
from recirc.text.facts import MAX_FACTS, Facts
from recirc.text.near_duplicates import Shingles
from recirc.types import Arrays, EntryKind, IntArray

LINKS: Final = 8
"""So many earlier near-copies of an article are kept, those most like it."""
MOSTLY: Final = 0.55
"""Articles that share more than half of the longer one are one story; a little more, since shares are estimated."""
LOOKED_AT: Final = 64
"""Near-copies of a part or a glued text that are looked at to find its story."""

Likeness = NDArray[np.float32]


@compiled
def _root(story: IntArray, a: int) -> int:
    while story[a] != a:
        story[a] = story[story[a]]
        a = story[a]
    return a


@compiled
def _unite(story: IntArray, members: IntArray, a: int, b: int) -> None:
    """The lower index names the story."""
    first, second = min(a, b), max(a, b)
    if first != second:
        story[second] = first
        members[first] += members[second]


@compiled
def _adjacent(links: IntArray, likeness: Likeness) -> tuple[IntArray, IntArray, Likeness]:
    """The links seen from both ends: where those of each article begin, the other ends, and how alike they are."""
    n, width = links.shape
    starts = np.zeros(n + 1, np.int32)
    for a in range(n):
        for k in range(width):
            if links[a, k] < 0:
                break
            starts[a + 1] += 1
            starts[links[a, k] + 1] += 1
    starts = np.cumsum(starts).astype(np.int32)
    filled = starts.copy()
    others, alike = np.empty(starts[n], np.int32), np.empty(starts[n], np.float32)
    for a in range(n):
        for k in range(width):
            b = links[a, k]
            if b < 0:
                break
            others[filled[a]], others[filled[b]] = b, a
            alike[filled[a]] = alike[filled[b]] = likeness[a, k]
            filled[a] += 1
            filled[b] += 1
    return starts, others, alike


@compiled
def _settled(links: IntArray, likeness: Likeness) -> IntArray:
    """The story of each article; see `Stories`."""
    n, width = links.shape
    story = np.arange(n).astype(np.int32)
    members = np.ones(n, np.int32)
    for a in range(n):
        for k in range(width):
            if links[a, k] < 0:
                break
            if likeness[a, k] > MOSTLY:
                _unite(story, members, _root(story, a), _root(story, links[a, k]))
    starts, others, alike = _adjacent(links, likeness)
    for a in range(n):
        if starts[a] == starts[a + 1] or members[_root(story, a)] > 1:
            continue
        chosen, most = a, np.float32(0)
        near = others[starts[a] : min(starts[a + 1], starts[a] + LOOKED_AT)]
        for k in range(len(near)):
            candidate = _root(story, near[k])
            known = 0
            for b in near:
                known += _root(story, b) == candidate
            better = alike[starts[a] + k] > most or (alike[starts[a] + k] == most and candidate < chosen)
            of = min(members[candidate], width)
            if better and known >= min(of, max(2, (of + 1) // 2)):
                chosen, most = candidate, alike[starts[a] + k]
        _unite(story, members, a, chosen)
    for a in range(n):
        story[a] = _root(story, a)
    return story


class Stories(Statistic):
    """Near-copies: of two texts one holds at least `threshold` of the other's word 4-grams, and says nothing else in
    its numbers and names.

    Articles of which each is more than half of the other are one story. What is left, a part of a longer article or a
    text glued together from several, joins the story of the article that is most like it, if at least half of that
    story are its near-copies, of two both (parts in the order of their indices). So two articles do not share a story
    only because a third holds both of them: that one joins the one that makes up more of it, and is among the
    `members` of both.

    All this is a function of the texts that stand: a story is left by an article whose text changes or is withdrawn.
    Merging is exact within the bounds of `CopyIndex` (phrases in hundreds of articles).

    Attributes, n = articles:
        index: the sketches, and which of them are near-copies of a text.
        links: int32 (n, LINKS): near-copies of lower index, the most alike first, -1: none.
        likeness: float32 (n, LINKS): share of the longer one's 4-grams that both have, estimated.
    """

    name: ClassVar[str] = "stories"

    def __init__(self, *, threshold: float) -> None:
        self.index = CopyIndex(threshold=threshold)
        self.links: IntArray = np.full((0, LINKS), -1, np.int32)
        self.likeness: Likeness = np.zeros((0, LINKS), np.float32)
        self._all: IntArray | None = None  # what `all` answers, until a text changes

    @override
    def fold(self, moment: FoldContext) -> None:
        self._make_room(moment.size)
        for place in np.flatnonzero(moment.records["kind"] >= EntryKind.PUBLISH).tolist():
            understanding = moment.understandings.get(place)
            shingles, facts = (
                (b"", b"") if understanding is None else (understanding.shingles, understanding.facts)
            )
            said = np.frombuffer(shingles, np.uint32)[:SKETCH], np.frombuffer(facts, np.uint64)[:MAX_FACTS]
            self._set(int(moment.article[place]), *said)

    def _make_room(self, size: int) -> None:
        if size > self.size:
            self.size, self._all = size, None
        self.index.make_room(self.size)
        self.links = grown(self.links, self.size, -1)
        self.likeness = grown(self.likeness, self.size)

    def _set(self, article: int, shingles: Shingles, facts: Facts) -> None:
        known, told = self.index.of(article)
        if np.array_equal(shingles, known) and np.array_equal(facts, told):
            return
        self._all = None
        held = self._linked_to(article) if len(known) else []
        self.index.set(article, shingles, facts)
        for other in held:
            self._link(other)
        for other, alike in self._link(article):
            self._write(other, [*self._links_of(other), (article, alike)])

    def _linked_to(self, article: int) -> list[int]:
        """Later articles that have it among their links."""
        found: list[int] = np.flatnonzero((self.links[: self.size] == article).any(axis=1)).tolist()
        return found

    def _link(self, article: int) -> list[tuple[int, float]]:
        """Set the links of an article; its near-copies of higher index, with how alike they are, are returned."""
        found = [
            (copy.article, float(np.float32(copy.resemblance)))
            for copy in self.index.find(*self.index.of(article))
        ]
        self._write(article, [each for each in found if each[0] < article])
        return [each for each in found if each[0] > article]

    def _links_of(self, article: int) -> list[tuple[int, float]]:
        links, likeness = self.links[article].tolist(), self.likeness[article].tolist()
        return [each for each in zip(links, likeness, strict=True) if each[0] >= 0]

    def _write(self, article: int, links: Iterable[tuple[int, float]]) -> None:
        best = sorted(dict(links).items(), key=lambda each: (-each[1], each[0]))[:LINKS]
        self.links[article], self.likeness[article] = -1, 0
        for place, (other, alike) in enumerate(best):
            self.links[article, place], self.likeness[article, place] = other, alike

    def of(self, article: int) -> int:
        """The story of an article: the lowest index among its members."""
        return self.all().item(article)

    def all(self) -> IntArray:
        """The story of each article, int32 (n,). Not to be changed: the next who asks is given the same array."""
        if self._all is None:
            self._all = _settled(self.links[: self.size], self.likeness[: self.size])
        return self._all

    def members(self, article: int) -> IntArray:
        """The articles of its story and whatever else is a near-copy of this very one, itself too, by rising index.

        They are more than its story where a text is glued together from several: that one is among the members of
        each of them, and each of them is among its own.
        """
        story = self.all()
        own = np.flatnonzero(story == story[article])
        linked = self.links[article][self.links[article] >= 0]
        found: IntArray = np.unique(np.concatenate((own, linked, self._linked_to(article)))).astype(np.int32)
        return found

    @override
    def merge(self, other: Statistic, overlap: Overlap) -> None:  # no reader is counted here
        theirs = cast(Stories, other)
        self._make_room(theirs.size)
        for article in overlap.newer.tolist():
            self._set(article, *theirs.index.of(article))

    @override
    def save(self) -> Arrays:
        return {**self.index.save(), "links": self.links[: self.size], "likeness": self.likeness[: self.size]}

    @override
    def load(self, arrays: Arrays) -> None:
        if arrays["links"].shape[1] != LINKS:
            raise ValueError(f"{arrays['links'].shape[1]} links an article, not {LINKS}")
        self.index.load(arrays)
        self.links, self.likeness = arrays["links"], arrays["likeness"]
        self.size, self._all = len(self.links), None

    @override
    def canonical(self) -> Arrays:
        return {"story": self.all(), **self.save()}
