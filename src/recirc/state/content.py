"""What is alike in text: each article's vector and its nearest neighbours, found the moment it is
published.
"""

from typing import ClassVar, cast

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from recirc.compiled import compiled
from recirc.state.statistic import FoldContext, Overlap, Statistic, grown, trimmed
from recirc.types import Arrays, EntryKind, IntArray

Vectors = NDArray[np.int8]
Similarities = NDArray[np.float32]


@compiled
def _cosines(query: Vectors, vectors: Vectors, norms: Similarities, out: Similarities) -> None:
    """Cosine of `query` with each row; whole-number products, so that no order of summing changes a bit."""
    dimensions = len(query)
    own = np.int32(0)
    for d in range(dimensions):
        own += np.int32(query[d]) * np.int32(query[d])
    length = np.float32(np.sqrt(own))
    for a in range(len(out)):
        product = np.int32(0)
        for d in range(dimensions):
            product += np.int32(query[d]) * np.int32(vectors[a, d])
        out[a] = product / (length * norms[a]) if norms[a] > 0 and length > 0 else np.float32(-1)


@compiled
def _insert(a: int, b: int, similarity: float, neighbours: IntArray, similarities: Similarities) -> None:
    """Put b among a's neighbours if it is near enough; nearer first, of equals the lower index."""
    k = neighbours.shape[1]
    if neighbours[a, k - 1] >= 0 and (
        similarities[a, k - 1] > similarity
        or (similarities[a, k - 1] == similarity and neighbours[a, k - 1] < b)
    ):
        return
    at = k - 1
    while at > 0 and (
        neighbours[a, at - 1] < 0
        or similarities[a, at - 1] < similarity
        or (similarities[a, at - 1] == similarity and neighbours[a, at - 1] > b)
    ):
        neighbours[a, at], similarities[a, at] = neighbours[a, at - 1], similarities[a, at - 1]
        at -= 1
    neighbours[a, at], similarities[a, at] = b, similarity


@compiled
def _forget(b: int, neighbours: IntArray, similarities: Similarities) -> None:
    """Take b out of all lists, and empty its own."""
    width = neighbours.shape[1]
    for a in range(len(neighbours)):
        for k in range(width):
            if neighbours[a, k] == b:
                for j in range(k, width - 1):
                    neighbours[a, j], similarities[a, j] = neighbours[a, j + 1], similarities[a, j + 1]
                neighbours[a, width - 1], similarities[a, width - 1] = -1, -1
                break
    neighbours[b, :] = -1
    similarities[b, :] = -1


@compiled
def _place(
    a: int, cosines: Similarities, neighbours: IntArray, similarities: Similarities, mutual: bool
) -> None:
    """Fill a's list from its cosines with all, and (if `mutual`) put a into theirs."""
    for b in range(len(cosines)):
        if b != a and cosines[b] > 0:
            _insert(a, b, cosines[b], neighbours, similarities)
            if mutual:
                _insert(b, a, cosines[b], neighbours, similarities)


class Content(Statistic):
    """Vectors, and for each article the `width` nearest others by cosine, whichever came first.

    When an article is withdrawn or its text changes, it leaves the lists of others, and the one that it had
    pushed out of a full list does not come back until that list is made anew. Merging makes all lists anew, from
    the later text of each article: exact, but for what is missing from such lists.

    Attributes, n = articles, K = `width`:
        vectors: int8 (n, dimensions), 0: no text.
        norms: float32 (n,), 0: no text.
        neighbours: int32 (n, K), nearest first, -1: none.
        similarities: float32 (n, K), cosine, -1: none.
    """

    name: ClassVar[str] = "content"
    _fills: ClassVar[dict[str, int]] = {"vectors": 0, "norms": 0, "neighbours": -1, "similarities": -1}

    def __init__(self, *, dimensions: int, width: int) -> None:
        self.width = width
        self.vectors: Vectors = np.zeros((0, dimensions), np.int8)
        self.norms: Similarities = np.zeros(0, np.float32)
        self.neighbours: IntArray = np.zeros((0, width), np.int32)
        self.similarities: Similarities = np.zeros((0, width), np.float32)

    @override
    def fold(self, moment: FoldContext) -> None:
        self._make_room(moment.size)
        for place in np.flatnonzero(moment.records["kind"] >= EntryKind.PUBLISH):
            article = int(moment.article[place])
            understanding = moment.understandings.get(int(place))
            vector = np.zeros(self.vectors.shape[1], np.int8)
            if understanding is not None:
                vector[:] = np.frombuffer(understanding.vector, np.int8)
            self._set(article, vector)

    def _set(self, article: int, vector: Vectors) -> None:
        if np.array_equal(vector, self.vectors[article]):
            return
        if self.norms[article] > 0:
            _forget(article, self.neighbours[: self.size], self.similarities[: self.size])
        self.vectors[article] = vector
        self.norms[article] = np.sqrt(np.float32((vector.astype(np.int32) ** 2).sum()))
        if self.norms[article] > 0:
            _place(article, self.cosines(vector), self.neighbours, self.similarities, True)

    def cosines(self, vector: Vectors) -> Similarities:
        """Cosine of `vector` (int8, dimensions) with every article's, float32 (n,); -1 for articles without
        text.
        """
        out = np.empty(self.size, np.float32)
        _cosines(vector, self.vectors, self.norms, out)
        return out

    def _make_room(self, size: int) -> None:
        self.size = max(self.size, size)
        for name, fill in self._fills.items():
            setattr(self, name, grown(getattr(self, name), self.size, fill))

    @override
    def merge(self, other: Statistic, overlap: Overlap) -> None:  # no reader is counted here
        theirs = cast(Content, other)
        self._make_room(theirs.size)
        newer = overlap.newer
        self.vectors[newer], self.norms[newer] = theirs.vectors[newer], theirs.norms[newer]
        self.neighbours[:], self.similarities[:] = -1, -1
        for article in np.flatnonzero(self.norms[: self.size] > 0):
            cosines = self.cosines(self.vectors[article])
            _place(int(article), cosines, self.neighbours, self.similarities, False)

    @override
    def save(self) -> Arrays:
        return trimmed({name: getattr(self, name) for name in self._fills}, self.size)

    @override
    def load(self, arrays: Arrays) -> None:
        for name in ("vectors", "neighbours"):
            if arrays[name].shape[1] != getattr(self, name).shape[1]:
                raise ValueError(
                    f"{name} of width {arrays[name].shape[1]}, not {getattr(self, name).shape[1]}"
                )
        for name in self._fills:
            setattr(self, name, arrays[name])
        self.size = len(self.norms)
