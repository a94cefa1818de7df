"""The learned models of one store: all that are kept, the active one, and how every worker loads it.

They are entries of the store's registry, so that all machines that follow one order have the same ones, and a backup
has them too.
"""

import logging
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event as Signal
from threading import Thread
from typing import NamedTuple, Self

import msgspec
from msgspec import Struct

from recirc import clock
from recirc.rank.model import Model, ModelCard, ModelError, check_fits, decode, decode_card, encode
from recirc.settings import Settings, StoreSettings
from recirc.store.commands import Change
from recirc.store.ports import ConflictError, StoreError
from recirc.store.registry import Registry
from recirc.store.registry_rows import Entry

logger = logging.getLogger("recirc.engine")

POLL_SECONDS = 2.0
"""Interval at which a worker checks whether another model was activated."""

MODELS, ADOPTED = "models", "models adopted"
"""Kinds of entries in the registry: a model by its id, and one `_Adopted` under the key ADOPTED."""

MOST_CHANGES = 10_000
"""Changes of the active model that are remembered: more than a year of a change every hour."""

TRIES = 10
"""Attempts to change what another process changes at the same time."""

FOLDER_POINTER, FOLDER_CHANGES, FOLDER_SUFFIX = "active.json", "changes.jsonl", ".model"
"""Files beside the store in which versions before this one kept models."""

_ID = re.compile(r"[0-9a-z-]{1,64}")


class ModelListing(NamedTuple):
    """A stored model with its card, or with the reason why it cannot be used."""

    id: str
    card: ModelCard | None
    problem: str | None


class ServingModel(NamedTuple):
    """The model to serve (None: the default formula), and why it is not the active one (None: it is)."""

    model: Model | None
    problem: str | None


class RollbackResult(NamedTuple):
    """The model that was active, and the one that is active now; None: the default formula."""

    before: str
    now: str | None


class _Activation(Struct, frozen=True, forbid_unknown_fields=True):
    """When (ms) another model became active; None: the default formula."""

    time: int
    active: str | None


class _Adopted(Struct, frozen=True, forbid_unknown_fields=True):
    """Which models were adopted and not rolled back.

    Attributes:
        adopted: ids, oldest first; the last one is active.
        changes: of the active model, oldest first, the newest MOST_CHANGES.
    """

    adopted: tuple[str, ...] = ()
    changes: tuple[_Activation, ...] = ()

    def changed(self, adopted: Sequence[str]) -> "_Adopted":
        """With these adopted from now on."""
        change = _Activation(clock.now_ms(), adopted[-1] if adopted else None)
        return _Adopted(tuple(adopted), (*self.changes, change)[-MOST_CHANGES:])


class ModelRegistry:
    """The models of the store at a path; safe for concurrent use by several processes.

    A model and its adoption are one command: whatever is killed when, there is an active model that is whole.
    """

    def __init__(self, path: Path, *, busy_seconds: float = 5.0) -> None:
        self._path = path
        self._models = Registry(path, MODELS, busy_seconds=busy_seconds)
        self._adopted = Registry(path, ADOPTED, busy_seconds=busy_seconds)

    @classmethod
    def of_store(cls, store: StoreSettings) -> Self:
        """The registry of a store."""
        return cls(Path(store.path), busy_seconds=store.busy_seconds)

    def version(self) -> int:
        """A number that changes when another model is adopted or rolled back; 0: none ever was. Raises StoreError."""
        entry = self._adopted.entry(ADOPTED)
        return entry.version if entry is not None else 0

    def adopted(self) -> tuple[str, ...]:
        """Ids of the adopted models, oldest first; the last one is active. Empty: the default formula is used.

        Raises:
            ModelError: what is stored cannot be read.
            StoreError: the store cannot be read.
        """
        return _decoded(self._adopted.entry(ADOPTED)).adopted

    def ids(self) -> tuple[str, ...]:
        """Ids of all stored models, newest first: an id begins with its time. Raises StoreError."""
        return self._models.keys()[::-1]

    def all(self) -> list[ModelListing]:
        """Every stored model, newest first. Raises StoreError."""
        stored = self._models.entries(fresh_seconds=0.0)
        return [_listing(each, stored[each]) for each in sorted(stored, reverse=True)]

    def card(self, id: str) -> ModelCard:
        """The card of one model. Raises ModelError, StoreError."""
        return decode_card(id, self._content(id))

    def model(self, id: str, settings: Settings) -> Model:
        """A model that need not be active. Raises ModelError: it is gone, or does not fit the settings; StoreError."""
        model = decode(id, self._content(id))
        check_fits(model.card, settings)
        return model

    def load_active(self, settings: Settings, current: Model | None = None) -> ServingModel:
        """Load the active model or, if it cannot be used, the newest model adopted before it that can.

        `current` is the model already in use: it is not read again, and is kept if the store cannot be read.
        """
        try:
            adopted = self.adopted()
            problem = None
            for each in reversed(adopted):
                if current is not None and current.card.id == each:
                    return ServingModel(current, problem)
                try:
                    return ServingModel(self.model(each, settings), problem)
                except ModelError as error:
                    problem = problem or str(error)
        except (ModelError, StoreError) as error:
            return ServingModel(current, str(error))
        return ServingModel(None, problem)

    def add(self, model: Model, max_models: int, evaluated_against: Sequence[str] | None = None) -> Model:
        """Store a model, activate it if its card says that it is adopted, and remove the oldest beyond `max_models`.

        `evaluated_against` has the ids adopted when the model was evaluated. If they have changed since, by a rollback
        or another training, the model is stored without being activated. Returns the model with the stored card.

        Raises:
            ModelError: what is stored of the active one cannot be read.
            StoreError: the store cannot be written.
        """
        for _ in range(TRIES):
            entry = self._adopted.entry(ADOPTED)
            before = _decoded(entry)
            if model.card.adopted and evaluated_against not in (None, before.adopted):
                reason = f"not adopted: the active model changed during training ({model.card.decision})"
                model = model._replace(
                    card=msgspec.structs.replace(model.card, adopted=False, decision=reason)
                )
            new, there, after = model.card.id, self.ids(), before
            if model.card.adopted:
                after = before.changed((*(each for each in before.adopted if each != new), new))
            # The active model and the one to roll back to are kept at any age.
            stays = {*sorted({*there, new}, reverse=True)[:max_models], *after.adopted[-2:]}
            removed = [Change(MODELS, each, None) for each in there if each not in stays]
            kept = [Change(MODELS, new, encode(model))] if new in stays else []
            with suppress(ConflictError):
                self._models.set_all([*kept, *removed, *_set(entry, after)])
                return model
        raise StoreError(f"{self._path}: other processes change the active model all the time; try again")

    def roll_back(self) -> RollbackResult:
        """Activate the previously adopted model, or the default formula if there is none.

        Raises:
            ModelError: no model is active, or what is stored of it cannot be read.
            StoreError: the store cannot be written.
        """
        for _ in range(TRIES):
            entry = self._adopted.entry(ADOPTED)
            before = _decoded(entry)
            if not before.adopted:
                raise ModelError(
                    f"{self._path}: no model is active, the default formula is used; nothing to roll back"
                )
            there = self.ids()
            remaining = tuple(each for each in before.adopted[:-1] if each in there)
            with suppress(ConflictError):
                self._models.set_all(_set(entry, before.changed(remaining)))
                return RollbackResult(before.adopted[-1], remaining[-1] if remaining else None)
        raise StoreError(f"{self._path}: other processes change the active model all the time; try again")

    def id_at(self, time: int) -> str | None:
        """Id of the model that was active at `time` (ms); None: the default formula was used, or it is not known.

        Raises:
            ModelError: what is stored cannot be read.
            StoreError: the store cannot be read.
        """
        changes = _decoded(self._adopted.entry(ADOPTED)).changes
        return next((each.active for each in reversed(changes) if each.time <= time), None)

    def take_over_folder(self) -> None:
        """Store what an earlier version kept in files beside the store, unless a model was ever adopted here.

        The files are removed. Raises ModelError: the file that names the adopted ones cannot be read; StoreError.
        """
        folder = Path(f"{self._path}.models")
        pointer = folder / FOLDER_POINTER
        if not pointer.is_file():
            return
        try:
            adopted = msgspec.json.decode(pointer.read_bytes(), type=_Adopted).adopted
            lines = (folder / FOLDER_CHANGES).read_bytes().splitlines() if adopted else []
            changes = [msgspec.json.decode(line, type=_Activation) for line in lines]
            files = {path.stem: path.read_bytes() for path in folder.glob(f"*{FOLDER_SUFFIX}")}
        except (OSError, msgspec.MsgspecError) as error:
            raise ModelError(
                f"{pointer}: the models of the version before cannot be read ({error}); remove the file"
            ) from None
        kept = [Change(MODELS, name, content) for name, content in files.items() if _ID.fullmatch(name)]
        with suppress(ConflictError):  # there are models here already: they are newer
            self._models.set_all([*_set(None, _Adopted(adopted, tuple(changes[-MOST_CHANGES:]))), *kept])
        for path in (pointer, folder / FOLDER_CHANGES, *folder.glob(f"*{FOLDER_SUFFIX}")):
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def _content(self, id: str) -> bytes:
        if not _ID.fullmatch(id):
            raise ModelError(f"{id!r} is not the id of a model; recirc models lists them")
        entry = self._models.entry(id)
        if entry is None:
            raise ModelError(f"{id}: no such model; recirc models lists those that are there")
        return entry.value


def _decoded(entry: Entry | None) -> _Adopted:
    try:
        return msgspec.json.decode(entry.value, type=_Adopted) if entry is not None else _Adopted()
    except msgspec.MsgspecError as error:
        raise ModelError(
            f"which models were adopted cannot be read ({error}); restore a backup, or serve without: "
            "training.background = false"
        ) from None


def _set(entry: Entry | None, adopted: _Adopted) -> list[Change]:
    """The change from one adoption to the next, which must not have changed meanwhile."""
    value = msgspec.json.encode(adopted)
    return [Change(ADOPTED, ADOPTED, value, entry.version if entry is not None else 0)]


def _listing(id: str, entry: Entry) -> ModelListing:
    try:
        return ModelListing(id, decode_card(id, entry.value), None)
    except ModelError as error:
        return ModelListing(id, None, str(error))


class ActiveModel:
    """The model that this process serves, reloaded in a background thread when another one is activated.

    Attributes:
        model: None for the default formula. Read it once per request, since it may be replaced at any time.
        problem: why the active model could not be loaded; None if it could.
    """

    def __init__(self, models: ModelRegistry, settings: Settings) -> None:
        self.model: Model | None = None
        self.problem: str | None = None
        self._models = models
        self._settings = settings
        self._version = -1
        self._stop = Signal()
        self._thread: Thread | None = None
        self.refresh()

    def refresh(self) -> None:
        """Load the active model if it changed. A new problem is logged, and loading is retried."""
        version = -1
        try:
            self._models.take_over_folder()
            version = self._models.version()
            if version == self._version and self.problem is None:
                return
            model, problem = self._models.load_active(self._settings, self.model)
        except (ModelError, StoreError) as error:
            model, problem = self.model, str(error)
        if problem is not None and problem != self.problem:
            name = f"model {model.card.id}" if model else "the default formula"
            logger.warning("using %s: %s", name, problem)
        self.model, self.problem, self._version = model, problem, version

    @property
    def card(self) -> ModelCard | None:
        """The card of the learned model in use; None for the default formula."""
        return self.model.card if self.model is not None else None

    def start(self) -> None:
        """Start the background thread."""
        self._thread = Thread(target=self._watch, name="models", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop the background thread."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(POLL_SECONDS):
            try:
                self.refresh()
            except Exception as error:  # whatever is wrong with the store, the current model stays in use
                if str(error) != self.problem:
                    logger.exception("while loading the active model")
                self.problem = str(error)
