"""What requests share between two changes: whole slates, and shelves that are the same for all readers.

One rule invalidates it: everything goes as soon as the version is another. A version is the state that was folded up to
an entry, the active model, and how often articles have changed here.
"""

from collections.abc import Hashable
from typing import Any, Final, NamedTuple

MOMENT_MS: Final = 1000
"""A second: an answer without a reader is as of a moment that is at most so long ago."""

MOST_SHARED: Final = 4096
"""Number of values of one version; beyond it all are dropped."""


class SharedMoment(NamedTuple):
    """A moment of the shared values, ms."""

    time: int


class SharedValues:
    """Values by key, for one version at a time. The objects of a version are told apart by identity and kept alive."""

    def __init__(self) -> None:
        self._version: tuple[object, ...] = ()
        self._values: dict[Hashable, Any] = {}

    def of(self, *version: object) -> dict[Hashable, Any]:
        """The values of a version, to be read and added to. Those of another version are forgotten.

        Who holds the result while the version changes adds to values that nobody reads any more.
        """
        same = len(version) == len(self._version) and all(
            one is other or (isinstance(one, int) and one == other)
            for one, other in zip(version, self._version, strict=True)
        )
        if not same or len(self._values) >= MOST_SHARED:
            self._version, self._values = version, {}
        return self._values
