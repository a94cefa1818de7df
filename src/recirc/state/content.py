"""Which texts are alike: each article's vector and its nearest neighbours, found when it is published."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from recirc.compiled import compiled
from recirc.state.statistic import ARTICLES, Column, FoldContext, Statistic
from recirc.types import EntryKind, IntArray

Vectors = NDArray[np.int8]
Similarities = NDArray[np.float32]


@compiled
def _cosines(query: Vectors, vectors: Vectors, norms: Similarities, out: Similarities) -> None:
    """Cosine of `query` with each row: x · y / (|x| |y|)."""
    # Products of whole numbers: no order of summing changes a bit, so every machine finds the same neighbours.
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
    """Put b among a's neighbours if it is near enough; nearer first, of equals the lower index first."""
    k = neighbours.shape[1]
    # Most articles are not near enough: they are turned away by one look at the end of the list.
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
def _remove(b: int, neighbours: IntArray, similarities: Similarities) -> None:
    """Take b out of all lists, and empty its own."""
    width = neighbours.shape[1]
    # All lists are searched: whose list has b is not noted, since changes of texts are rare.
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
def _place(a: int, cosines: Similarities, neighbours: IntArray, similarities: Similarities) -> None:
    """Fill a's list from its cosines with all articles, and put a into theirs."""
    for b in range(len(cosines)):
        if b != a and cosines[b] > 0:
            _insert(a, b, cosines[b], neighbours, similarities)
            _insert(b, a, cosines[b], neighbours, similarities)


class Content(Statistic):
    """Vectors, and for each article the `width` nearest others by cosine, whichever was published first.

    When an article is withdrawn or its text changes, it leaves the lists of others, and an article that it had pushed
    out of a full list does not come back.

    Two neighbours each. Article 2 is nearer to 0 than 1 is; cosines are 3/5 and 4/5:

    >>> content = Content(dimensions=2, width=2)
    >>> content.reserve(3)
    >>> for article, vector in enumerate(([1, 0], [3, 4], [4, 3])):
    ...     content.set_vector(article, np.array(vector, np.int8))
    >>> content.neighbours[0].tolist(), content.similarities[0].round(3).tolist()
    ([2, 1], [0.800000011920929, 0.6000000238418579])

    Attributes, n = articles, K = `width`:
        vectors: int8 (n, dimensions), 0: no text.
        norms: float32 (n,), 0: no text.
        neighbours: int32 (n, K), nearest first, -1: none.
        similarities: float32 (n, K), cosine, -1: none.
    """

    name: ClassVar[str] = "content"
    vectors: Vectors
    norms: Similarities
    neighbours: IntArray
    similarities: Similarities

    def __init__(self, *, dimensions: int, width: int) -> None:
        super().__init__(
            {
                "vectors": Column(np.int8, (ARTICLES, dimensions)),
                "norms": Column(np.float32),
                "neighbours": Column(np.int32, (ARTICLES, width), fill=-1, holds_articles=True),
                "similarities": Column(np.float32, (ARTICLES, width), fill=-1),
            }
        )

    @override
    def fold(self, context: FoldContext) -> None:
        self.reserve(context.size)
        for place in np.flatnonzero(context.records["kind"] >= EntryKind.PUBLISH).tolist():
            features = context.features.get(place)
            vector = np.zeros(self.vectors.shape[1], np.int8)
            if features is not None:
                vector[:] = np.frombuffer(features.vector, np.int8)
            self.set_vector(int(context.entries.article[place]), vector)

    def set_vector(self, article: int, vector: Vectors) -> None:
        """Give an article that there is room for this vector (int8, dimensions); of zeros: it has no text."""
        if np.array_equal(vector, self.vectors[article]):
            return
        if self.norms[article] > 0:
            _remove(article, self.neighbours[: self.size], self.similarities[: self.size])
        self.vectors[article] = vector
        self.norms[article] = np.sqrt(np.float32((vector.astype(np.int32) ** 2).sum()))
        if self.norms[article] > 0:
            _place(article, self.cosines(vector), self.neighbours, self.similarities)

    def cosines(self, vector: Vectors) -> Similarities:
        """Cosine of `vector` (int8, dimensions) with every article's, float32 (n,); -1 for articles without text."""
        out = np.empty(self.size, np.float32)
        _cosines(vector, self.vectors, self.norms, out)
        return out
