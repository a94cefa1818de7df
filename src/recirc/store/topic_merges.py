"""Topics that editors gave another name: kept in the store's file, by the slug of the old name."""

from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic
from typing import Final

import msgspec
from msgspec import Struct

from recirc.store.registry import Registry
from recirc.store.registry_rows import TOPICS
from recirc.text.slugs import slug

LONGEST_CHAIN: Final = 100
"""Names that follow one another: a topic that was merged into one that was merged later, and so on."""


class TopicMerge(Struct, frozen=True, kw_only=True):
    """A topic that is part of another one, or has another name.

    Attributes:
        name: as it was spelled; `into`: the name of the topic that its articles have now.
        by, reason, time: who, why, and when (ms since 1970, UTC).
        articles: ids of the articles that had it; `both`: of those of them that had the other one too.
    """

    name: str
    into: str
    by: str
    reason: str
    time: int
    articles: tuple[str, ...] = ()
    both: tuple[str, ...] = ()


_decoder = msgspec.json.Decoder(TopicMerge)


class TopicMerges:
    """The merged topics of the store at `path`, for any number of processes and threads."""

    def __init__(
        self, path: Path, *, busy_seconds: float = 5.0, clock: Callable[[], float] = monotonic
    ) -> None:
        """`clock` tells seconds."""
        self._registry = Registry(path, TOPICS, busy_seconds=busy_seconds, clock=clock)

    def all(self) -> Mapping[str, TopicMerge]:
        """By the slug of the old name. Another process's change is seen within a second. Raises StoreError."""
        return {key: _decoder.decode(entry.value) for key, entry in self._registry.entries().items()}

    def current(self, name: str) -> str:
        """The name that a topic has now: the same, unless it was merged. Raises StoreError."""
        entries = self._registry.entries()
        for _ in range(LONGEST_CHAIN):
            entry = entries.get(slug(name))
            if entry is None:
                return name
            name = _decoder.decode(entry.value).into
        return name

    def add(self, merge: TopicMerge) -> None:
        """Keep a merge. Raises ConflictError where the topic has been merged already, and StoreError."""
        self._registry.set((slug(merge.name), msgspec.json.encode(merge), 0))

    def remove(self, before: str) -> None:
        """Take a merge back, by the slug of the old name. Raises StoreError."""
        self._registry.set((before, None, None))
