"""Topics, sections and authors that a reader may want to follow: those of what they opened, or what is read most."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import AbstractContextManager
from typing import Final, NamedTuple, Self

import numpy as np

from recirc.clock import from_ms
from recirc.engine.article_cache import ArticleCache
from recirc.engine.brand_scopes import BrandScope
from recirc.engine.editorial_limits import EditorialLimits
from recirc.engine.request_filters import MINUTE
from recirc.messages import MessageText, counted, words_in
from recirc.settings import Settings
from recirc.shelves.reasons import SO_FAR, Evidence, ReasonKind, ReasonNames, reason
from recirc.state.state import State
from recirc.store.sqlite import SqliteStore
from recirc.text.slugs import key, slug, title_of
from recirc.types import Article, BoolArray, IntArray, LongArray, Request, Window
from recirc.types.responses import FollowSuggestions, TopicToFollow

COLUMNS: Final[dict[str, tuple[str, Callable[[Article], Sequence[str]]]]] = {
    "topics": ("topics", lambda article: article.topics),
    "sections": ("section", lambda article: (article.section,)),
    "authors": ("authors", lambda article: [author.name for author in article.authors]),
}
"""The catalogue's column of each kind, and the names that an article has of it."""

FEWEST: Final = 2
"""Articles with a name, for it to be worth following."""


READ_NOW: Final = "read now"
YOU_OPENED: Final = "you opened"


class NamesInUse(NamedTuple):
    """The names of one kind that some articles have.

    Attributes:
        names: keys, int64 (k,), ascending.
        sizes: how many articles have each, int64 (k,).
        newest: index of the last of them, int64 (k,).
        rows, places: of each pair of an article and its name, the article's index and the name's place in `names`,
            int64 (pairs,).
    """

    names: LongArray
    sizes: LongArray
    newest: LongArray
    rows: LongArray
    places: LongArray

    @classmethod
    def of(cls, column: LongArray, allowed: BoolArray) -> Self:
        """Those in a column of the catalogue, int64 (n,) or (n, names), of the articles allowed, bool (n,)."""
        keys = column if column.ndim > 1 else column[:, None]
        rows, columns = np.nonzero(np.where(allowed[:, None], keys, 0))
        names, places, sizes = np.unique(keys[rows, columns], return_inverse=True, return_counts=True)
        newest = np.zeros(len(names), np.int64)
        np.maximum.at(newest, places, rows)
        return cls(names, sizes, newest, rows, places)

    def places_of(self, keys: Sequence[int]) -> LongArray:
        """Places of those keys that are in use, int64, ascending."""
        found: LongArray = np.flatnonzero(np.isin(self.names, np.array(keys, np.int64)))
        return found


class Suggested(NamedTuple):
    """A name by its key, why it is suggested, and an article that has it."""

    key: int
    evidence: Evidence
    article: int


def names_in_use(state: State, kind: str, scope: BrandScope | None) -> NamesInUse:
    """The names of a kind of COLUMNS that articles of a newspaper have, until the state changes."""

    def make() -> NamesInUse:
        allowed = state.catalogue.live()
        column = getattr(state.catalogue, COLUMNS[kind][0])[: state.size]
        return NamesInUse.of(column, allowed if scope is None else allowed & scope.mask(state))

    return state.derived(("names in use", kind, scope), make)


def suggested(
    state: State,
    kind: str,
    scope: BrandScope | None,
    opened: IntArray,
    now: int,
    most: int,
    left_out: Set[int],
) -> list[Suggested]:
    """At most `most` names of a kind of COLUMNS in a newspaper, best first, none of the keys in `left_out`.

    Of what was opened (int32, distinct), by n log(N / m): n opened articles of m that have it, of N. Without, by the
    sum of the readers of their articles in the last day at `now` (ms), to the minute: a reader of two counts twice.
    """
    used = names_in_use(state, kind, scope)
    if len(opened):
        column = getattr(state.catalogue, COLUMNS[kind][0])
        opened_keys = Counter(key for row in column[opened].tolist() for key in _distinct(row))
        places = used.places_of([*opened_keys])
        numbers = np.array([opened_keys[int(used.names[place])] for place in places], np.int64)
        scores = numbers * np.log(max(state.size, 2) / used.sizes[places])
    else:
        places = np.arange(len(used.names))
        numbers = _readings(state, kind, scope, used, now // MINUTE * MINUTE)
        scores = numbers.astype(float)
    found = list[Suggested]()
    for at in np.lexsort((used.names[places], -scores)).tolist():
        place, name = int(places[at]), int(used.names[places[at]])
        if len(found) == most or scores[at] <= 0:
            break
        if used.sizes[place] >= FEWEST and name not in left_out:
            number = int(numbers[at])
            numbered = {"articles": number} if len(opened) else {"times": number}
            evidence = Evidence(YOU_OPENED if len(opened) else READ_NOW, dict(numbered))
            found.append(Suggested(name, evidence, int(used.newest[place])))
    return found


def _distinct(row: "int | list[int]") -> set[int]:
    return (set(row) if isinstance(row, list) else {row}) - {0}


def _readings(state: State, kind: str, scope: BrandScope | None, used: NamesInUse, minute: int) -> LongArray:
    """Of each name the readers of the last day of its articles, added up, int64 (k,)."""

    def make() -> LongArray:
        readers = state.audience.readers(Window.DAY, minute)
        return np.bincount(used.places, readers[used.rows], len(used.names)).astype(np.int64)

    return state.derived(("readings", kind, scope, minute), make)


def _opened_of_it(evidence: Evidence, _: ReasonNames) -> MessageText:
    number = int(evidence.numbers["articles"])
    return counted("You opened 1 article of it", "You opened %(n)s articles of it", number)


def _read_now(evidence: Evidence, _: ReasonNames) -> MessageText:
    return counted(
        "Popular now: read 1 time in the last day",
        "Popular now: read %(n)s times in the last day",
        int(evidence.numbers["times"]),
    )


WHY: Final[Mapping[str, ReasonKind]] = {
    YOU_OPENED: ReasonKind(_opened_of_it, "the reader opened articles of it"),
    READ_NOW: ReasonKind(_read_now, "its articles are read, each by how many readers, added up", SO_FAR),
}
"""Kinds of reasons; what rests on fewer readings than are stated says no number in words."""


class FollowSuggester:
    """Answers from the state that `reading` gives."""

    def __init__(
        self,
        settings: Settings,
        store: SqliteStore,
        articles: ArticleCache,
        reading: Callable[[], AbstractContextManager[State]],
        limits: EditorialLimits,
    ) -> None:
        self._settings = settings
        self._store, self._articles, self._reading, self._limits = store, articles, reading, limits
        self._stated = settings.shelves.stated_readers
        self._languages = {slug(each.name): each.language for each in settings.brands.list}

    def suggestions(
        self, request: Request, following: Sequence[str], slots: int, now: int
    ) -> FollowSuggestions:
        """At most `slots` of each kind for the reader of a request at `now` (ms), none of the names or slugs in
        `following`. Raises StoreError.
        """
        left_out = {key(slug(name)) for name in following}
        ids = list(dict.fromkeys((*request.history, *request.earlier)))
        opened = self._store.find(ids) if ids else np.zeros(0, np.int32)
        scope = self._limits.scope(request.brand)
        with self._reading() as state:
            known, offset = opened[(opened >= 0) & (opened < state.size)], state.offset
            found = {kind: suggested(state, kind, scope, known, now, slots, left_out) for kind in COLUMNS}
        language = request.language or self._languages.get(request.brand or "")
        words = words_in(language or self._settings.site.language)
        names = ReasonNames({}, {}, lambda _: None, -1, least=self._stated, words=words)
        named = {kind: self._in_words(each, kind, names) for kind, each in found.items()}
        return FollowSuggestions(**named, as_of=from_ms(now), offset=offset)

    def _in_words(
        self, found: Sequence[Suggested], kind: str, reasons: ReasonNames
    ) -> tuple[TopicToFollow, ...]:
        """The names as they are written."""
        told = []
        kept = self._articles.get([each.article for each in found])
        for each, stored in zip(found, kept, strict=True):
            names = COLUMNS[kind][1](stored.article) if stored and stored.article else ()
            name = next((name for name in names if key(slug(name)) == each.key), None)
            if name is not None:
                why = reason(each.evidence, WHY, reasons)
                written = title_of(name) if kind == "sections" else name
                told.append(TopicToFollow(name=written, slug=slug(name), reason=why))
        return tuple(told)
