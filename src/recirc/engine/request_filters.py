"""What a request asks to be left out, and which of that no article has."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Final

import msgspec
import numpy as np
from msgspec import structs

from recirc.clock import to_ms
from recirc.shelves.filters import COLUMNS, ArticleFilters
from recirc.state.state import State
from recirc.text.language import short_code
from recirc.text.sites import site_key
from recirc.text.slugs import key, slug
from recirc.text.term_index import code_of
from recirc.types import Request

HOUR: Final = 3_600_000
MINUTE: Final = 60_000


def filters_of(request: Request, now: int) -> ArticleFilters:
    """The filters of a request at `now` (ms); the age, and the time since which, to the minute before."""
    if not is_filtered(request):
        return NO_FILTERS
    age = request.max_age
    since = None if age is None else (now - round(age * HOUR)) // MINUTE * MINUTE
    if request.since is not None:
        since = max(to_ms(request.since) // MINUTE * MINUTE, since or 0)
    names = {field: getattr(request, field) for field in COLUMNS}
    filters = ArticleFilters.of(names, request.languages, since, None, request.sites)
    return filters.limited(request.without, request.min_words)


def to_the_minute(request: Request) -> Request:
    """The request with the time since which to the minute before: of any microsecond there were endless answers."""
    if request.since is None or not (request.since.second or request.since.microsecond):
        return request
    return structs.replace(request, since=request.since.replace(second=0, microsecond=0))


def bytes_of(request: Request) -> int:
    """Bytes that a request takes as a key, about: its ids and names may be long."""
    return 1_000 + 2 * len(msgspec.json.encode(request))


def is_filtered(request: Request) -> bool:
    """Whether a request limits the shelves to some articles."""
    return any(_FILTERS(request))


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
    if request.without:
        labels = state.derived("known labels", lambda: _known(state, "labels"))
        found += [("without", value) for value in request.without if key(slug(value)) not in labels]
    if request.sites:
        sites = state.derived("known sites", lambda: _known(state, "site"))
        found += [("sites", value) for value in request.sites if site_key(value) not in sites]
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


NO_FILTERS: Final = ArticleFilters()
_FILTERS: Final = attrgetter(*COLUMNS, "languages", "max_age", "sites", "without", "min_words", "since")
_OF_READER: Final = ("history", "earlier", "referrer", "device", "region", "personalised", "draw")
UNFILTERED: Final = (
    b',"exclude":[],"sections":[],"topics":[],"authors":[],"outlets":[],"languages":[],"max_age":null'
    b',"sites":[],"last":null,"by":"readers","labels":[],"without":[]'
    b',"min_words":null,"since":null}'
)
"""The end of the JSON of a request without filters, whose `serve_id` is that of before there were any."""


_IMPERSONAL: Final = attrgetter(*(name for name in Request.__struct_fields__ if name not in _OF_READER))


def impersonal(request: Request) -> tuple[object, ...]:
    """All that a request says, but for what it says of its reader."""
    found: tuple[object, ...] = _IMPERSONAL(request)
    return found
