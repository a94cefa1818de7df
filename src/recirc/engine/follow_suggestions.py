"""Topics, sections and authors that a reader may want to follow: those of what they opened, or what is read most."""

from collections.abc import Callable, Sequence, Set
from contextlib import AbstractContextManager
from typing import Final, NamedTuple

import numpy as np

from recirc.clock import from_ms
from recirc.engine.article_cache import ArticleCache
from recirc.engine.editorial_limits import EditorialLimits
from recirc.messages import MessageText, Words, counted, words_in
from recirc.settings import Settings
from recirc.shelves.ranking_reasons import readers_in_words
from recirc.shelves.reasons import POPULAR
from recirc.state.state import State
from recirc.store.sqlite import SqliteStore
from recirc.text.slugs import key, slug, title_of
from recirc.types import Article, BoolArray, IntArray, LongArray, Reason, Request, Window
from recirc.types.responses import FollowSuggestions, TopicToFollow

COLUMNS: Final[dict[str, tuple[str, Callable[[Article], Sequence[str]]]]] = {
    "topics": ("topics", lambda article: article.topics),
    "sections": ("section", lambda article: (article.section,)),
    "authors": ("authors", lambda article: [author.name for author in article.authors]),
}
"""The catalogue's column of each kind, and the names that an article has of it."""

FEWEST: Final = 2
"""Articles with a name, for it to be worth following."""


class Suggested(NamedTuple):
    """A name by its key, how it is told, and an article that has it."""

    key: int
    reason: MessageText
    numbers: dict[str, float]
    article: int


def suggested(
    state: State, kind: str, opened: IntArray, allowed: BoolArray, now: int, most: int, left_out: Set[int]
) -> list[Suggested]:
    """At most `most` names of a kind of COLUMNS, best first, none of the keys in `left_out`.

    Of what was opened (int32), by n log(N / m): n opened articles of m that have it, of N. Without, by the readers of
    the last day.
    """
    column = getattr(state.catalogue, COLUMNS[kind][0])[: state.size]
    rows: LongArray = column if column.ndim > 1 else column[:, None]
    shown = np.where(allowed[:, None], rows, 0)
    names, sizes = np.unique(shown[shown != 0], return_counts=True)
    if not len(names):
        return []
    opened = opened[opened < state.size]
    if len(opened):
        mine = rows[opened]
        numbers = np.array([(mine == name).any(axis=1).sum() for name in names])
        scores = numbers * np.log(max(state.size, 2) / sizes)
    else:
        readers = state.audience.readers(Window.DAY, now)
        weights = np.broadcast_to(readers[:, None], shown.shape)[shown != 0]
        numbers = np.bincount(np.searchsorted(names, shown[shown != 0]), weights).astype(np.int64)
        scores = numbers.astype(float)
    found = list[Suggested]()
    for place in np.lexsort((names, -scores)).tolist():
        name = int(names[place])
        if len(found) == most or scores[place] <= 0:
            break
        if sizes[place] >= FEWEST and name not in left_out:
            number, at = int(numbers[place]), int(np.flatnonzero((shown == name).any(axis=1))[-1])
            found.append(Suggested(name, *_told(number, of_reader=bool(len(opened))), at))
    return found


def _told(number: int, *, of_reader: bool) -> tuple[MessageText, dict[str, float]]:
    if of_reader:
        opened = counted("You opened 1 article of it", "You opened %(n)s articles of it", number)
        return opened, {"articles": number}
    return MessageText(POPULAR[Window.DAY], {"readers": readers_in_words(number)}), {"readers": number}


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
            allowed = state.catalogue.live()
            if scope is not None:
                allowed = allowed & scope.mask(state)
            known, offset = opened[(opened >= 0) & (opened < state.size)], state.offset
            found = {kind: suggested(state, kind, known, allowed, now, slots, left_out) for kind in COLUMNS}
        language = request.language or self._languages.get(request.brand or "")
        words = words_in(language or self._settings.site.language)
        named = {kind: self._in_words(each, kind, words) for kind, each in found.items()}
        return FollowSuggestions(**named, as_of=from_ms(now), offset=offset)

    def _in_words(self, found: Sequence[Suggested], kind: str, words: Words) -> tuple[TopicToFollow, ...]:
        """The names as they are written."""
        told = []
        kept = self._articles.get([each.article for each in found])
        for each, stored in zip(found, kept, strict=True):
            names = COLUMNS[kind][1](stored.article) if stored and stored.article else ()
            name = next((name for name in names if key(slug(name)) == each.key), None)
            if name is not None:
                why = "you opened" if "articles" in each.numbers else "read now"
                reason = Reason(kind=why, text=words.say(each.reason), numbers=each.numbers)
                written = title_of(name) if kind == "sections" else name
                told.append(TopicToFollow(name=written, slug=slug(name), reason=reason))
        return tuple(told)
