"""What requests share between two changes: whole slates, and shelves that are the same for all readers.

One rule invalidates it: everything goes as soon as the version is another. A version is the state that was folded up to
an entry, the active model, and how often articles have changed here.
"""

from operator import is_
from typing import Final, NamedTuple

from recirc.engine.bounded_values import BoundedValues

MOMENT_MS: Final = 1000
"""A second: an answer without a reader is as of a moment that is at most so long ago."""

MOST_SHARED: Final = 16_384
"""Number of values of one version: four for each of 4,096 articles. Beyond it the oldest are dropped, one by one: a
site on which more articles are read would otherwise keep nothing.
"""


class SharedMoment(NamedTuple):
    """A moment of the shared values, ms, and the number of their version."""

    time: int
    version: int


class VersionValues(BoundedValues):
    """The values of one version, at most MOST_SHARED, within bounds of memory.

    Attributes:
        number: of the version, in this process.
        moment: that of its answers without a reader; None: there was none yet.
    """

    def __init__(self, number: int) -> None:
        super().__init__(MOST_SHARED)
        self.number = number
        self.moment: SharedMoment | None = None


class SharedValues:
    """Values by key, for one version at a time. The objects of a version are told apart by identity and kept alive."""

    def __init__(self) -> None:
        self._numbers: tuple[int, ...] = ()
        self._objects: tuple[object, ...] = ()
        self._values = VersionValues(0)

    def of(self, numbers: tuple[int, ...], *objects: object) -> VersionValues:
        """The values of a version, to be read and added to. Those of another version are forgotten.

        Who holds the result while the version changes adds to values that nobody reads any more.
        """
        if numbers != self._numbers or not all(map(is_, objects, self._objects)):
            self._numbers, self._objects = numbers, objects
            self._values = VersionValues(self._values.number + 1)
        return self._values
