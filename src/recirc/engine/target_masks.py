"""Which articles rules and filters are about, as masks that follow the state at little cost."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

import numpy as np

from recirc.state.catalogue import Catalogue
from recirc.state.state import State
from recirc.store.rules import RuleTarget, TargetKind
from recirc.text.slugs import key, slug
from recirc.types import BoolArray, IntArray, LongArray

Find: TypeAlias = Callable[[Sequence[str]], IntArray]
"""Gives the indices of article ids, int32 (n,), -1 for unknown ones."""

_COLUMNS = {
    TargetKind.SECTION: "section",
    TargetKind.OUTLET: "outlet",
    TargetKind.TOPIC: "topics",
    TargetKind.AUTHOR: "authors",
    TargetKind.LABEL: "labels",
}


def target_key(target: RuleTarget) -> int:
    """What the catalogue has for a section, topic, author or outlet: the key of the slug of its name."""
    return key(slug(target.value))


class TargetMask:
    """The articles of some targets. Between two states only those that were published meanwhile are looked at again, so
    that ten thousand rules cost a request the same as one.
    """

    def __init__(self, targets: Iterable[RuleTarget], find: Find) -> None:
        """`find` gives the indices of ids."""
        by_kind: dict[TargetKind, list[RuleTarget]] = {}
        for target in targets:
            by_kind.setdefault(target.by, []).append(target)
        self._keys: dict[str, LongArray] = {
            column: np.unique([target_key(target) for target in by_kind[kind]])
            for kind, column in _COLUMNS.items()
            if kind in by_kind
        }
        self._articles = find([target.value for target in by_kind.get(TargetKind.ARTICLE, ())])
        self._stories = find([target.value for target in by_kind.get(TargetKind.STORY, ())])
        self._edits: list[int] | None = None
        self._seen = 0
        self._mask: BoolArray = np.zeros(0, bool)

    def of(self, state: State) -> BoolArray:
        """Which articles they are, bool (n_articles,). The same object while it has the same content; do not modify."""
        return state.derived("targets", lambda: self._current(state), self)

    def _current(self, state: State) -> BoolArray:
        mask = self._followed(state.catalogue, state.size)
        if not len(self._stories):
            return mask
        story = state.stories.all()
        known = self._stories[(self._stories >= 0) & (self._stories < state.size)]
        found: BoolArray = mask | np.isin(story, story[known])
        return found

    def _followed(self, catalogue: Catalogue, size: int) -> BoolArray:
        """The mask, after a look at the articles that are new, or were published or withdrawn, since the last time."""
        edits = catalogue.edits
        if edits is not self._edits:
            self._edits, self._mask = edits, np.zeros(0, bool)
            rows = np.arange(size)
        else:
            rows = np.unique([*edits[self._seen :], *range(len(self._mask), size)]).astype(np.int64)
        self._seen = len(edits)
        if not len(rows):
            return self._mask
        mask = np.zeros(size, bool)
        mask[: len(self._mask)] = self._mask
        mask[rows] = False
        for column, keys in self._keys.items():
            found = np.isin(getattr(catalogue, column)[rows], keys)
            mask[rows] |= found.any(axis=1) if found.ndim > 1 else found
        mask[self._articles[(self._articles >= 0) & (self._articles < size)]] = True
        self._mask = mask
        return mask
