"""Topics that editors gave another name: kept in the store's file, by the slug of the old name."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic
from typing import Final

import msgspec
from msgspec import Struct

from recirc.store.registry import Registry
from recirc.store.registry_rows import TOPICS
from recirc.text.clean import words_of
from recirc.text.slugs import slug
from recirc.types import Article

LONGEST_CHAIN: Final = 100
"""Names that follow one another: a topic that was merged into one that was merged later, and so on."""


class TopicPart(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of a topic that was divided: the articles in which one of the words stands, or that are of the section.

    Attributes:
        into: name of the topic that they have.
        words: words or names, as they are written but for capitals.
        section: slug; empty: any.
    """

    into: str
    words: tuple[str, ...] = ()
    section: str = ""

    def has(self, article: Article) -> bool:
        """Whether an article belongs to it.

        >>> part = TopicPart(into="Georgia (country)", words=("Tbilisi", "Black Sea"))
        >>> [part.has(Article(id="a", headline=text)) for text in ("In tbilisi", "Tbilisians", "The Black  Sea")]
        [True, False, True]
        """
        if self.section and slug(article.section) == self.section:
            return True
        said = " ".join(f"{article.headline}\n{article.summary or ''}\n{words_of(article.body)}".split())
        return any(
            re.search(rf"(?<!\w){re.escape(' '.join(each.split()))}(?!\w)", said, re.IGNORECASE)
            for each in self.words
        )


class TopicMerge(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A topic that is part of another one, has another name, is divided, or hidden.

    Attributes:
        name: as it was spelled; `into`: the name of the topic that its articles have now, empty: none, it is hidden.
        by, reason, time: who, why, and when (ms since 1970, UTC).
        articles: ids of the articles that had it; `both`: of those of them that had another of the new ones too.
        parts: of a topic that was divided; an article of none of them has `into`.
    """

    name: str
    into: str
    by: str
    reason: str
    time: int
    articles: tuple[str, ...] = ()
    both: tuple[str, ...] = ()
    parts: tuple[TopicPart, ...] = ()

    def of(self, article: Article) -> str:
        """The name of the topic that an article has instead; empty: none."""
        return next((part.into for part in self.parts if part.has(article)), self.into)


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

    def current(self, name: str, article: Article | None = None) -> str:
        """The name that a topic has now: the same, unless it was merged, divided or hidden; empty: it is hidden.
        `article`: for a divided one, of which article; None: the name of what is left of it. Raises StoreError.
        """
        entries = self._registry.entries()
        for _ in range(LONGEST_CHAIN):
            entry = entries.get(slug(name)) if name else None
            if entry is None:
                return name
            merge = _decoder.decode(entry.value)
            after = merge.into if article is None else merge.of(article)
            if slug(after) == slug(name):
                return after
            name = after
        return name

    def add(self, merge: TopicMerge) -> None:
        """Keep a merge. Raises ConflictError where the topic has been merged already, and StoreError."""
        self._registry.set((slug(merge.name), msgspec.json.encode(merge), 0))

    def remove(self, before: str) -> None:
        """Take a merge back, by the slug of the old name. Raises StoreError."""
        self._registry.set((before, None, None))
