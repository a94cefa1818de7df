"""What requests share between two changes: whole slates, and shelves that are the same for all readers.

One rule invalidates it: everything goes as soon as the version is another. A version is the state that was folded up to
an entry, the active model, and how often articles have changed here. What no reader's event can change lasts longer,
for an edition (`edition_of`).
"""

from collections.abc import Hashable
from operator import is_
from typing import Final, NamedTuple

from recirc.engine.article_cache import ArticleCache
from recirc.engine.bounded_values import BoundedValues
from recirc.state.state import State

MOMENT_MS: Final = 1000
"""A second: an answer without a reader is as of a moment that is at most so long ago."""

MOST_SHARED: Final = 16_384
"""Number of values of one version: four for each of 4,096 articles. Beyond it the oldest are dropped, one by one: a
site on which more articles are read would otherwise keep nothing.
"""
SHARED_BYTES: Final = 66_000_000
"""Of them: those of some 2,000 articles' pages."""


class SharedMoment(NamedTuple):
    """A moment of the shared values, ms, and the number of their version."""

    time: int
    version: int


class VersionValues(BoundedValues):
    """The values of one version, at most MOST_SHARED, of at most so many bytes.

    Attributes:
        number: of the version, in this process.
        moment: that of its answers without a reader; None: there was none yet.
    """

    def __init__(self, number: int, most_bytes: int) -> None:
        super().__init__(MOST_SHARED, most_bytes)
        self.number = number
        self.moment: SharedMoment | None = None


def edition_of(
    values: "SharedValues", state: State, articles: ArticleCache, *objects: object
) -> VersionValues:
    """What is kept until an article comes, changes or goes, editors join or part stories, an earlier entry of the log
    is mended, or one of `objects` is another. Who keeps something there takes this before working it out.
    """
    edits = state.catalogue.edits
    numbers = len(edits), state.mends, articles.generation
    return values.of(numbers, edits, state.stories.decisions, *objects)


class SharedValues:
    """Values by key, of at most so many bytes, for one version at a time. The objects of a version are told apart by
    identity and kept alive.
    """

    def __init__(self, most_bytes: int = SHARED_BYTES) -> None:
        self._most_bytes = most_bytes
        self._numbers: tuple[int, ...] = ()
        self._objects: tuple[object, ...] = ()
        self._values = VersionValues(0, most_bytes)

    def of(self, numbers: tuple[int, ...], *objects: object) -> VersionValues:
        """The values of a version, to be read and added to. Those of another version are forgotten.

        Who holds the result while the version changes adds to values that nobody reads any more.
        """
        if numbers != self._numbers or not all(map(is_, objects, self._objects)):
            self._numbers, self._objects = numbers, objects
            self._values = VersionValues(self._values.number + 1, self._most_bytes)
        return self._values

    def recount(self, key: Hashable) -> None:
        """Count a value of the present version again that has grown; see `BoundedValues.recount`."""
        self._values.recount(key)
