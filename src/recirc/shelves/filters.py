"""Which articles pass: by section, topic, author, outlet, language and time of publication, as one mask."""

from typing import Final, NamedTuple

import numpy as np

from recirc.state.state import State
from recirc.text.language import short_code
from recirc.text.sites import site_key
from recirc.text.slugs import key, slug
from recirc.text.term_index import code_of
from recirc.types import BoolArray

MOST_FILTERS: Final = 32
"""Number of different filters whose masks are kept for a state; the oldest is dropped first."""

COLUMNS: Final = {
    "sections": "section",
    "topics": "topics",
    "authors": "authors",
    "outlets": "outlet",
    "labels": "labels",
}
"""The catalogue's column of each filter by name."""


class ArticleFilters(NamedTuple):
    """Filters, normalised; an empty one allows all.

    Attributes:
        keys: column of the catalogue, and keys of which an article must have one.
        languages: codes of languages.
        since: ms: published then or later; None: of any age.
        before: ms: published before; None: of any age.
        without: keys of labels that an article must not have.
        min_words: least length of its text.
    """

    keys: tuple[tuple[str, tuple[int, ...]], ...] = ()
    languages: tuple[int, ...] = ()
    since: int | None = None
    before: int | None = None
    without: tuple[int, ...] = ()
    min_words: int = 0

    @classmethod
    def of(
        cls,
        names: dict[str, tuple[str, ...]],
        languages: tuple[str, ...],
        since: int | None,
        before: int | None,
        sites: tuple[str, ...] = (),
    ) -> "ArticleFilters":
        """Those by names or slugs under the keys of COLUMNS, by codes of languages, and by sites, see `text.sites`."""
        keys = tuple(
            (column, tuple(sorted({key(slug(name)) for name in names[field]})))
            for field, column in COLUMNS.items()
            if names[field]
        )
        if sites:
            keys += (("site", tuple(sorted({site_key(name) for name in sites}))),)
        codes = tuple(sorted({code_of(short_code(name)) for name in languages}))
        return cls(keys, codes, since, before)

    def limited(self, without: tuple[str, ...], min_words: int | None) -> "ArticleFilters":
        """The same without articles that have one of these labels, or fewer words."""
        if not without and not min_words:
            return self
        return self._replace(
            without=tuple(sorted({key(slug(name)) for name in without})), min_words=min_words or 0
        )

    def __bool__(self) -> bool:
        return self != ArticleFilters()

    def mask(self, state: State) -> BoolArray:
        """Which articles pass, bool (n_articles,). Do not modify.

        Masks are kept without the time of publication: of times there are endlessly many, and to compare is quick.
        """
        kept: dict[ArticleFilters, BoolArray] = state.derived("filters", dict)
        lasting = self._replace(since=None, before=None)
        passing = kept.get(lasting)
        if passing is None:
            while len(kept) >= MOST_FILTERS:
                kept.pop(next(iter(kept)), None)
            passing = kept[lasting] = lasting._mask(state)
        published = state.catalogue.published[: state.size]
        if self.since is not None:
            passing = passing & (published >= self.since)
        if self.before is not None:
            # When it was published has to be known, too.
            passing = passing & (published >= 0) & (published < self.before)
        return passing

    def _mask(self, state: State) -> BoolArray:
        passing: BoolArray = np.ones(state.size, bool)
        for column, keys in self.keys:
            found = np.isin(getattr(state.catalogue, column)[: state.size], keys)
            passing &= found.any(axis=1) if found.ndim > 1 else found
        if self.languages:
            passing &= np.isin(state.content.index.languages[: state.size], self.languages)
        if self.without:
            passing &= ~np.isin(state.catalogue.labels[: state.size], self.without).any(axis=1)
        if self.min_words:
            passing &= state.catalogue.words[: state.size] >= self.min_words
        return passing
