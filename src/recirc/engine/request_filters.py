"""What a request asks to be left out: filters by section, topic, author, outlet, language and age, as one mask."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from msgspec import structs

from recirc.state.state import State
from recirc.text.language import short_code
from recirc.text.slugs import key, slug
from recirc.text.term_index import code_of
from recirc.types import BoolArray, Request

HOUR: Final = 3_600_000
MINUTE: Final = 60_000
MOST_FILTERS: Final = 32
"""Number of different filters whose masks are kept for a state."""

COLUMNS: Final = {"sections": "section", "topics": "topics", "authors": "authors", "outlets": "outlet"}
"""The catalogue's column of each filter by name."""


class RequestFilters(NamedTuple):
    """The filters of a request, normalised; an empty one allows all.

    Attributes:
        keys: column of the catalogue, and keys of which an article must have one.
        languages: codes of languages.
        since: ms, to the minute: published then or later; None: of any age.
    """

    keys: tuple[tuple[str, tuple[int, ...]], ...]
    languages: tuple[int, ...]
    since: int | None

    @classmethod
    def of(cls, request: Request, now: int) -> "RequestFilters":
        """Those of a request at `now` (ms)."""
        keys = tuple(
            (column, tuple(sorted({key(slug(name)) for name in getattr(request, field)})))
            for field, column in COLUMNS.items()
            if getattr(request, field)
        )
        languages = tuple(sorted({code_of(short_code(name)) for name in request.languages}))
        age = request.max_age
        since = None if age is None else (now - round(age * HOUR)) // MINUTE * MINUTE
        return cls(keys, languages, since)

    def __bool__(self) -> bool:
        return bool(self.keys or self.languages or self.since is not None)

    def mask(self, state: State) -> BoolArray:
        """Which articles pass, bool (n_articles,). Do not modify."""
        kept: dict[RequestFilters, BoolArray] = state.derived("filters", dict)
        if self not in kept:
            if len(kept) >= MOST_FILTERS:
                kept.clear()
            kept[self] = self._mask(state)
        return kept[self]

    def _mask(self, state: State) -> BoolArray:
        passing: BoolArray = np.ones(state.size, bool)
        for column, keys in self.keys:
            found = np.isin(getattr(state.catalogue, column)[: state.size], keys)
            passing &= found.any(axis=1) if found.ndim > 1 else found
        if self.languages:
            passing &= np.isin(state.content.index.languages[: state.size], self.languages)
        if self.since is not None:
            passing &= state.catalogue.published[: state.size] >= self.since
        return passing


def unknown_values(state: State, request: Request) -> list[tuple[str, str]]:
    """Filters, by field, and the values of theirs that no article has."""
    found: list[tuple[str, str]] = []
    for field, column in COLUMNS.items():
        values: Sequence[str] = getattr(request, field)
        if values:
            known = state.derived(
                ("known", column),
                lambda column=column: _known(state, column),  # type: ignore[misc]
            )
            found += [(field, value) for value in values if key(slug(value)) not in known]
    if request.languages:
        codes = state.derived("known languages", lambda: _known_languages(state))
        found += [
            ("languages", value)
            for value in request.languages
            if (code := code_of(short_code(value))) == 0 or code not in codes
        ]
    return found


def _known(state: State, column: str) -> frozenset[int]:
    return frozenset(np.unique(getattr(state.catalogue, column)[: state.size]).tolist()) - {0}


def _known_languages(state: State) -> frozenset[int]:
    return frozenset(np.unique(state.content.index.languages[: state.size]).tolist())


_UNNAMED: Final = Request()
_OF_READER: Final = ("history", "earlier", "referrer", "device", "region", "personalised", "draw")
UNFILTERED: Final = (
    b',"exclude":[],"sections":[],"topics":[],"authors":[],"outlets":[],"languages":[],"max_age":null}'
)
"""The end of the JSON of a request without filters, whose `serve_id` is that of before there were any."""


def impersonal(request: Request) -> Request:
    """The request without what it says of its reader."""
    return structs.replace(request, **{name: getattr(_UNNAMED, name) for name in _OF_READER})
