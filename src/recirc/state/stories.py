"""Which articles tell the same event: near-copies share a story, and a story gets one slot."""

from collections.abc import Iterable
from typing import ClassVar, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from recirc.compiled import compiled
from recirc.state.statistic import ARTICLES, Column, FoldContext, Statistic, within
from recirc.text.copies import SKETCH, CopyIndex
from recirc.text.facts import MAX_FACTS, Facts
from recirc.text.near_duplicates import Shingles
from recirc.types import Arrays, EntryKind, IntArray

LINKS: Final = 8
"""Number of earlier near-copies that are kept of an article, those most like it."""
SAME_STORY: Final = 0.55
"""Articles that share more than half of the longer one are one story; a little more, since shares are estimated."""
MOST_COPIES: Final = 64
"""Number of near-copies of a part or a glued text that are looked at to find its story."""

Likeness = NDArray[np.float32]


@compiled
def _root(story: IntArray, a: int) -> int:
    # Path halving (Tarjan, van Leeuwen, 1984): each step also shortens the way for those who come after.
    while story[a] != a:
        story[a] = story[story[a]]
        a = story[a]
    return a


@compiled
def _unite(story: IntArray, members: IntArray, a: int, b: int) -> None:
    """Join two stories; the lower index names the story."""
    first, second = min(a, b), max(a, b)
    if first != second:
        story[second] = first
        members[first] += members[second]


@compiled
def _adjacent(links: IntArray, likeness: Likeness) -> tuple[IntArray, IntArray, Likeness]:
    """The links seen from both ends: where those of each article begin, the other ends, and their likeness."""
    # Two passes, first to count and then to fill: flat arrays instead of a list for each article.
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
def _stories(links: IntArray, likeness: Likeness) -> IntArray:
    """The story of each article; see `Stories`."""
    n, width = links.shape
    story = np.arange(n).astype(np.int32)
    members = np.ones(n, np.int32)
    for a in range(n):
        for k in range(width):
            if links[a, k] < 0:
                break
            if likeness[a, k] > SAME_STORY:
                _unite(story, members, _root(story, a), _root(story, links[a, k]))
    starts, others, alike = _adjacent(links, likeness)
    for a in range(n):
        # What has a story of its own by now is neither a part nor a glued text.
        if starts[a] < starts[a + 1] and members[_root(story, a)] == 1:
            end = min(starts[a + 1], starts[a] + MOST_COPIES)
            near, its = others[starts[a] : end], alike[starts[a] : end]
            _unite(story, members, a, _nearest_story(a, near, its, story, members, width))
    for a in range(n):
        story[a] = _root(story, a)
    return story


@compiled
def _nearest_story(
    a: int, near: IntArray, alike: Likeness, story: IntArray, members: IntArray, width: int
) -> int:
    """The story of the near-copy most like article a, if at least half of that story are near-copies of it; else a."""
    chosen, most = a, np.float32(0)
    for k in range(len(near)):
        candidate = _root(story, near[k])
        known = 0
        for b in near:
            known += _root(story, b) == candidate
        better = alike[k] > most or (alike[k] == most and candidate < chosen)
        # Of a large story only `width` links are kept, so no more of it can be known.
        of = min(members[candidate], width)
        if better and known >= min(of, max(2, (of + 1) // 2)):
            chosen, most = candidate, alike[k]
    return chosen


class StoryDecision(NamedTuple):
    """What an editor says of two articles, by their indices: that they tell one story, or that the first is not part of
    the other's.
    """

    article: int
    other: int
    joins: bool


def decided_stories(story: IntArray, decisions: Iterable[StoryDecision]) -> IntArray:
    """The story of each article, int32 (n,), after editors' decisions, one after another.

    >>> alone, pair = np.array([0, 1, 2], np.int32), np.array([0, 0, 0], np.int32)
    >>> decided_stories(alone, [StoryDecision(2, 0, True)]).tolist()
    [0, 1, 0]
    >>> decided_stories(pair, [StoryDecision(0, 2, False)]).tolist()
    [0, 1, 1]
    """
    found = story.copy()
    for article, other, joins in decisions:
        if not (0 <= article < len(found) and 0 <= other < len(found)):
            continue
        one, two = int(found[article]), int(found[other])
        if joins and one != two:
            found[(found == one) | (found == two)] = min(one, two)
        elif not joins and one == two:
            others = np.flatnonzero(found == one)
            others = others[others != article]
            found[others], found[article] = others[0], article
    return found


class Stories(Statistic):
    """Near-copies: of two texts one holds at least `threshold` of the other's word 4-grams, with the same numbers and
    names in them.

    Articles of which each is more than half of the other are one story. Any other near-copy, a part of a longer article
    or a text glued together from several, joins the story of the article that is most like it, if at least half of that
    story are its near-copies, of two both (parts in the order of their indices). So two articles do not share a story
    only because a third holds both of them: the third joins the one that makes up more of it, and is among the
    `members` of both.

    All this is a function of the present texts: an article whose text changes or is withdrawn leaves its story.

    Three articles. 1 is mostly 0. 2 holds both of them, but is longer than twice as long:

    >>> links = np.array([[-1, -1], [0, -1], [1, 0]], np.int32)
    >>> likeness = np.array([[0, 0], [0.9, 0], [0.4, 0.3]], np.float32)
    >>> _stories(links, likeness).tolist()
    [0, 0, 0]

    If it holds only one of the two, it tells something else as well:

    >>> _stories(np.array([[-1, -1], [0, -1], [1, -1]], np.int32), likeness).tolist()
    [0, 0, 2]

    Attributes, n = articles:
        index: the sketches, and which of them are near-copies of a text.
        links: int32 (n, LINKS): near-copies of lower index, the most alike first, -1: none.
        likeness: float32 (n, LINKS): share of the longer one's 4-grams that both have, estimated.
    """

    name: ClassVar[str] = "stories"
    links: IntArray
    likeness: Likeness

    def __init__(self, *, threshold: float) -> None:
        self.index = CopyIndex(threshold=threshold)
        super().__init__(
            {
                "links": Column(np.int32, (ARTICLES, LINKS), fill=-1, holds_articles=True),
                "likeness": Column(np.float32, (ARTICLES, LINKS)),
            },
            others={
                "sketches": Column(np.uint32, (ARTICLES, SKETCH)),
                "sizes": Column(np.int32),
                "facts": Column(np.uint64, (ARTICLES, MAX_FACTS)),
                "counts": Column(np.int32),
            },
        )
        self._all: IntArray | None = None  # the result of `all` until a text changes
        self._decisions: tuple[StoryDecision, ...] = ()

    @override
    def fold(self, context: FoldContext) -> None:
        for place in np.flatnonzero(context.records["kind"] >= EntryKind.PUBLISH).tolist():
            features = context.features.get(place)
            shingles, facts = (b"", b"") if features is None else (features.shingles, features.facts)
            self._set(
                int(context.entries.article[place]),
                np.frombuffer(shingles, np.uint32)[:SKETCH],
                np.frombuffer(facts, np.uint64)[:MAX_FACTS],
            )

    @override
    def reserve(self, size: int) -> None:
        if size > self.size:
            self._all = None
        super().reserve(size)
        self.index.make_room(self.size)

    def _set(self, article: int, shingles: Shingles, facts: Facts) -> None:
        old_shingles, old_facts = self.index.of(article)
        if np.array_equal(shingles, old_shingles) and np.array_equal(facts, old_facts):
            return
        self._all = None
        linked = self._linked_to(article) if len(old_shingles) else []
        self.index.set(article, shingles, facts)
        for other in linked:
            self._link(other)
        for other, alike in self._link(article):
            self._write(other, [*self._links_of(other), (article, alike)])

    def _linked_to(self, article: int) -> list[int]:
        """Articles of higher index that have it among their links."""
        found: list[int] = np.flatnonzero((self.links[: self.size] == article).any(axis=1)).tolist()
        return found

    def _link(self, article: int) -> list[tuple[int, float]]:
        """Set the links of an article. Returns its near-copies of higher index, with their likeness."""
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
        """The story of each article, int32 (n,). Not to be changed: the next call returns the same array."""
        if self._all is None:
            found = _stories(self.links[: self.size], self.likeness[: self.size])
            self._all = decided_stories(found, self._decisions) if self._decisions else found
        return self._all

    def decide(self, decisions: tuple[StoryDecision, ...]) -> bool:
        """Let editors' decisions count, of which the later ones win; whether they are others than before. They are no
        part of what is saved.
        """
        if decisions == self._decisions:
            return False
        self._decisions, self._all = decisions, None
        return True

    @property
    def decisions(self) -> tuple[StoryDecision, ...]:
        """The editors' decisions that count: the same object until there are others."""
        return self._decisions

    def members(self, article: int) -> IntArray:
        """The articles of its story and its own near-copies, itself too, by rising index, int32 (m,).

        They are more than its story where a text is glued together from several: that text is among the members of each
        of them, and each of them is among its own.
        """
        story = self.all()
        own = np.flatnonzero(story == story[article])
        linked = self.links[article][self.links[article] >= 0]
        found: IntArray = np.unique(np.concatenate((own, linked, self._linked_to(article)))).astype(np.int32)
        apart = [
            each.other if each.article == article else each.article
            for each in self._decisions
            if not each.joins and article in (each.article, each.other)
        ]
        return found[~np.isin(found, apart) | (story[found] == story[article])] if apart else found

    @override
    def save(self) -> Arrays:
        return super().save() | self.index.save()

    @override
    def restore(self, arrays: Arrays) -> None:
        if not (within(arrays["sizes"], 0, SKETCH + 1) and within(arrays["counts"], 0, MAX_FACTS + 1)):
            raise ValueError("stories: a sketch that is longer than its row")
        super().restore(arrays)
        self.index.load(arrays)
        self._all = None
