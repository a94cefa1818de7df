"""Shelves with other rules, and shelves of another moment: previews, and the time machine."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from threading import Lock
from typing import Final, NamedTuple

import msgspec
from typing_extensions import override

from recirc.engine.active_rules import ActiveRules
from recirc.engine.article_cache import ArticleCache
from recirc.engine.brand_scopes import BrandScope
from recirc.engine.day_log import Progress
from recirc.engine.editorial_limits import EditorialLimits, ServedModel
from recirc.engine.fixed_rules import fixed_rules
from recirc.engine.model_registry import ModelRegistry
from recirc.engine.shelf_service import ShelfService
from recirc.engine.shelf_signatures import ShelfSignatures
from recirc.engine.snapshot_manager import SnapshotManager
from recirc.engine.store_log import with_current_features
from recirc.rank.model import Model, ModelError
from recirc.settings import Settings
from recirc.state.state import State
from recirc.store.ports import Archive, ArchivedArticle
from recirc.store.rules import Rule, StoredRule
from recirc.store.sqlite import SqliteStore
from recirc.text.vector import DIMENSIONS
from recirc.types import Article, IntArray, Request, Shelf, Slate

READ_ENTRIES: Final = 65_536
_articles = msgspec.json.Decoder(Article)


class ModelOfThen(NamedTuple):
    """A model that serves shelves; None: the default formula."""

    model: Model | None


class OtherRules(EditorialLimits):
    """Rules that are given, instead of those in force."""

    def __init__(self, scopes: Mapping[str, BrandScope], rules: ActiveRules) -> None:
        self.scopes = scopes
        self._rules = rules

    @override
    def in_force(self, now: int) -> ActiveRules:
        return self._rules

    @property
    @override
    def latest(self) -> ActiveRules:
        return self._rules


class ShelfChange(NamedTuple):
    """One shelf without and with a rule."""

    before: Shelf
    after: Shelf


class Previews:
    """What rules would change, without a reader meeting them. Thread-safe."""

    def __init__(
        self,
        settings: Settings,
        store: SqliteStore,
        articles: ArticleCache,
        reading: Callable[[], AbstractContextManager[State]],
        active: ServedModel,
        limits: EditorialLimits,
        signatures: ShelfSignatures,
    ) -> None:
        """The arguments are those of `ShelfService`."""
        self._settings, self._store, self._articles = settings, store, articles
        self._reading, self._active, self._limits = reading, active, limits
        self._signatures = signatures

    def preview(self, requests: Sequence[Request], added: Rule, now: int) -> list[dict[str, ShelfChange]]:
        """For each request every shelf at `now` (ms), by name, by the rules in force and with one more.

        Raises StoreError.
        """
        without = self._limits.in_force(now)
        number = max((each.number for each in without.rules), default=0) + 1
        new = StoredRule(number, "preview", now, None, None, added)
        with_it = ActiveRules([*without.rules, new], self._store.find)
        unchanged, changed = self._service(without), self._service(with_it)
        found = []
        for request in requests:
            before = unchanged.shelves(request, now).shelves
            # The same articles are on trial in both: what differs is the rule's doing.
            drawn = request.draw or next((shelf.serve_id for shelf in before.values()), None)
            after = changed.shelves(msgspec.structs.replace(request, draw=drawn), now).shelves
            found.append({name: ShelfChange(shelf, after[name]) for name, shelf in before.items()})
        return found

    def _service(self, rules: ActiveRules) -> ShelfService:
        answering = (self._reading, self._active, OtherRules(self._limits.scopes, rules), self._signatures)
        return ShelfService(self._settings, self._store, self._articles, *answering)


class PastSlate(NamedTuple):
    """A slate of another moment.

    Attributes:
        rules: those that were in force.
        notes: in what it may differ from what readers saw, in sentences.
    """

    slate: Slate
    rules: Sequence[StoredRule]
    notes: Sequence[str]


class TimeMachine:
    """Shelves as they were: the log folded up to a moment, with the rules, the model and the texts of then.

    The state that was asked for last is kept. Thread-safe: one question after the other.

    Attributes:
        scopes: those of the brands, by key.
    """

    def __init__(
        self,
        settings: Settings,
        store: SqliteStore,
        scopes: Mapping[str, BrandScope],
        signatures: ShelfSignatures,
    ) -> None:
        """`scopes` are those of the brands, by key."""
        self._settings, self._store, self._signatures = settings, store, signatures
        self.scopes = scopes
        self._models = ModelRegistry.of_store(settings.store)
        self._lock = Lock()
        self._kept: State | None = None
        self._kept_model: Model | None = None

    def offset_at(self, time: int) -> int:
        """The last log entry that had come by `time` (ms). Raises StoreError."""
        return self._store.offset_at(time)

    def entries_to_fold(self, offset: int) -> int:
        """How many log entries have to be folded for the state at a log entry. Raises StoreError."""
        kept = self._kept
        return offset - (kept.offset if kept is not None and kept.offset <= offset else 0)

    @contextmanager
    def folding(self, progress: Progress) -> Iterator[Callable[[int], State]]:
        """A function that gives the state after a log entry, for a pass through the log in its order. The state is one
        of its own, so that nobody who asks for other shelves of the past has to wait; it is gone afterwards.
        `progress` receives how much is folded; what it raises ends the fold.
        """
        own = TimeMachine(self._settings, self._store, self.scopes, self._signatures)
        yield lambda offset: own._state(offset, progress)

    def model_at(self, now: int) -> Model | None:
        """The model that served at `now` (ms); None: the default formula, or it cannot be used. Raises StoreError."""
        return self._model(now)[0]

    def slate(self, request: Request, now: int, offset: int | None = None) -> PastSlate:
        """The shelves for a request as they were at `now` (ms).

        Args:
            offset: the last log entry that the answer was based on, as a slate has it; None: the last one of then.

        Raises:
            StoreError: the log cannot be read.
        """
        offset = self.offset_at(now) if offset is None else min(offset, self._store.end())
        with self._lock:
            state = self._state(offset)
            notes = self._notes(state)
            model, note = self._model(now)
            notes += [note] if note else []
            stood = [
                *fixed_rules(self._settings.balance),
                *(each for each in self._store.rules(ended=True) if each.stood(now)),
            ]
            rules = ActiveRules(stood, self._store.find)
            state.decide_stories(rules.story_decisions())
            service = ShelfService(
                self._settings,
                self._store,
                ArticleCache(_PastArchive(self._store, now)),
                lambda: _of(state),
                ModelOfThen(model),
                OtherRules(self.scopes, rules),
                self._signatures,
            )
            return PastSlate(service.shelves(request, now), stood, notes)

    def _state(self, offset: int, progress: Progress = lambda *_: None) -> State:
        """The state after a log entry, from the state of the last question or the newest snapshot before it."""
        state = self._kept
        if state is None or state.offset > offset or not state.follows(self._store.read(0, 1).mends):
            empty = State(self._settings.learning, DIMENSIONS)
            manager = SnapshotManager(self._settings.store, self._store.identity, self._store)
            state = manager.restore(empty, offset)
        self._kept = None  # half folded, it must not be used after an error
        begin = state.offset
        while state.offset < offset:
            progress("folding the log", state.offset - begin, offset - begin)
            batch = self._store.read(state.offset, min(READ_ENTRIES, offset - state.offset))
            if not len(batch.records):
                break
            state.fold(with_current_features(batch.part(0, offset - batch.first + 1), self._store))
        self._kept = state
        return state

    def _notes(self, state: State) -> list[str]:
        if any(first <= state.offset for first in self._store.read(0, 1).mends):
            return [
                "Events of before were excluded or erased since; these shelves are as if they had never come."
            ]
        return []

    def _model(self, now: int) -> tuple[Model | None, str]:
        id_ = self._models.id_at(now)
        if id_ is None:
            return None, ""
        model = self._kept_model
        try:
            if model is None or model.card.id != id_:
                self._kept_model = model = self._models.model(id_, self._settings)
            return model, ""
        except ModelError as error:
            return None, f"The model of then, {id_}, cannot be used, so the default formula is: {error}."


class _PastArchive:
    """The archive with the texts of a moment."""

    def __init__(self, archive: SqliteStore, now: int) -> None:
        self._archive, self._now = archive, now

    def intern(self, ids: Sequence[str]) -> IntArray:
        return self._archive.find(ids)

    def find(self, ids: Sequence[str]) -> IntArray:
        return self._archive.find(ids)

    def size(self) -> int:
        return self._archive.size()

    def get(self, indices: Sequence[int]) -> list[ArchivedArticle | None]:
        found = self._archive.get(indices)
        for place, (index, kept) in enumerate(zip(indices, found, strict=True)):
            if kept is None or kept.article is None:
                continue
            later = [row for row in self._archive.versions(index) if row.replaced > self._now]
            if later:
                found[place] = kept._replace(article=_articles.decode(later[0].document))
        return found


_: type[Archive] = _PastArchive


@contextmanager
def _of(state: State) -> Iterator[State]:
    yield state
