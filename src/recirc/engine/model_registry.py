"""The learned models of one store: the files, the active one, and how every worker loads it."""

import fcntl
import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event as Signal
from threading import Thread
from typing import NamedTuple, Self

import msgspec
from msgspec import Struct

from recirc import clock
from recirc.arrays_file import replace_durably
from recirc.rank.model import (
    SUFFIX,
    Model,
    ModelCard,
    ModelError,
    check_fits,
    load,
    load_card,
    save,
)
from recirc.settings import Settings, StoreSettings

logger = logging.getLogger("recirc.engine")

POLL_SECONDS = 2.0
"""Interval at which a worker checks whether another model was activated."""

POINTER = "active.json"
CHANGES = "changes.jsonl"
ABANDONED_SECONDS = 3600.0
"""Age at which an unfinished file is taken for that of a killed process."""

_ID = re.compile(r"[0-9a-z-]{1,64}")


class ModelListing(NamedTuple):
    """A model file with its card, or with the reason why it cannot be used."""

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


class _Pointer(Struct, frozen=True, forbid_unknown_fields=True):
    """Ids of the models that were adopted and not rolled back, oldest first; the last one is active."""

    adopted: tuple[str, ...] = ()


class _PointerChange(Struct, frozen=True, forbid_unknown_fields=True):
    """When (ms) another model became active; None: the default formula."""

    time: int
    active: str | None


class ModelRegistry:
    """The models in one folder; safe for concurrent use by several processes.

    A model's file is written before the pointer names it, and both are replaced atomically: a process that is killed
    in between leaves the previous model active.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def of_store(cls, store: StoreSettings) -> Self:
        """The registry in the folder beside a store's file."""
        return cls(Path(f"{store.path}.models"))

    @property
    def pointer(self) -> Path:
        """The file that names the active model."""
        return self.folder / POINTER

    def adopted(self) -> tuple[str, ...]:
        """Ids of the adopted models, oldest first; the last one is active. Empty: the default formula is used.

        Raises:
            ModelError: the pointer cannot be read.
        """
        try:
            return msgspec.json.decode(self.pointer.read_bytes(), type=_Pointer).adopted
        except FileNotFoundError:
            return ()
        except (OSError, msgspec.MsgspecError) as error:
            raise ModelError(
                f"{self.pointer}: cannot be read ({error}); remove it to serve the default formula"
            ) from None

    def all(self) -> list[ModelListing]:
        """Every stored model, newest first."""
        found = []
        for path in self._files():
            try:
                found.append(ModelListing(path.stem, load_card(path), None))
            except ModelError as error:
                found.append(ModelListing(path.stem, None, str(error)))
        return found

    def card(self, id: str) -> ModelCard:
        """The card of one model. Raises ModelError."""
        if not _ID.fullmatch(id):
            raise ModelError(f"{id!r} is not the id of a model; recirc models lists them")
        return load_card(self._path(id))

    def load_active(self, settings: Settings, current: Model | None = None) -> ServingModel:
        """Load the active model or, if it cannot be used, the newest model adopted before it that can.

        `current` is the model already in use: it is not read again, and is kept if the pointer cannot be read.
        """
        try:
            adopted = self.adopted()
        except ModelError as error:
            return ServingModel(current, str(error))
        problem = None
        for each in reversed(adopted):
            if current is not None and current.card.id == each:
                return ServingModel(current, problem)
            try:
                if not _ID.fullmatch(each):
                    raise ModelError(f"{self.pointer}: {each!r} is not the id of a model")
                model = load(self._path(each))
                if model.card.id != each:
                    raise ModelError(
                        f"{self._path(each)}: this is model {model.card.id} under another's name"
                    )
                check_fits(model.card, settings)
            except ModelError as error:
                problem = problem or str(error)
                continue
            return ServingModel(model, problem)
        return ServingModel(None, problem)

    def add(self, model: Model, max_models: int, evaluated_against: Sequence[str] | None = None) -> Model:
        """Store a model, activate it if its card says that it is adopted, and remove the oldest beyond `max_models`.

        `evaluated_against` has the ids adopted when the model was evaluated. If they have changed since, by a rollback
        or another training, the model is stored without being activated. Returns the model with the stored card.

        Raises:
            ModelError: the folder cannot be written to, or the pointer cannot be read.
        """
        with self._lock():
            adopted = self.adopted()
            if model.card.adopted and evaluated_against is not None and adopted != tuple(evaluated_against):
                reason = f"not adopted: the active model changed during training ({model.card.decision})"
                model = model._replace(
                    card=msgspec.structs.replace(model.card, adopted=False, decision=reason)
                )
            save(model, self._path(model.card.id))
            if model.card.adopted:
                adopted = (*(each for each in adopted if each != model.card.id), model.card.id)
                self._write_pointer(adopted)
            self._remove_old(max_models, adopted)
            return model

    def roll_back(self) -> RollbackResult:
        """Activate the previously adopted model, or the default formula if there is none.

        Raises:
            ModelError: no model is active, or the folder cannot be written to.
        """
        with self._lock():
            adopted = self.adopted()
            if not adopted:
                raise ModelError(
                    f"{self.folder}: no model is active, the default formula is used; nothing to roll back"
                )
            remaining = tuple(each for each in adopted[:-1] if self._path(each).is_file())
            self._write_pointer(remaining)
            return RollbackResult(adopted[-1], remaining[-1] if remaining else None)

    def _write_pointer(self, adopted: Sequence[str]) -> None:
        replace_durably(self.pointer, [msgspec.json.encode(_Pointer(tuple(adopted)))])
        change = _PointerChange(clock.now_ms(), adopted[-1] if adopted else None)
        with (self.folder / CHANGES).open("ab") as file:
            file.write(msgspec.json.encode(change) + b"\n")

    def id_at(self, time: int) -> str | None:
        """Id of the model that was active at `time` (ms); None: the default formula was used, or it is not known.

        Raises:
            ModelError: the record cannot be read.
        """
        path = self.folder / CHANGES
        try:
            lines = path.read_bytes().splitlines() if path.exists() else []
            changes = [msgspec.json.decode(line, type=_PointerChange) for line in lines]
        except (OSError, msgspec.MsgspecError) as error:
            raise ModelError(f"{path}: cannot be read ({error}); remove it to go on without it") from None
        return next((each.active for each in reversed(changes) if each.time <= time), None)

    def model(self, id: str, settings: Settings) -> Model:
        """A model that need not be active. Raises ModelError: its file is gone, or it does not fit the settings."""
        model = load(self._path(id))
        check_fits(model.card, settings)
        return model

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """Lock the folder against other writers."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / "lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise ModelError(
                f"{self.folder}: models cannot be stored there; free space or make the folder writable ({error})"
            ) from error

    def _remove_old(self, max_models: int, adopted: Sequence[str]) -> None:
        # The active model and the one to roll back to are kept at any age.
        protected = set(adopted[-2:])
        surplus = [path for path in self._files()[max_models:] if path.stem not in protected]
        abandoned = clock.now_seconds() - ABANDONED_SECONDS
        surplus += [path for path in self.folder.glob("*.part") if path.stat().st_mtime < abandoned]
        for path in surplus:
            with suppress(OSError):
                path.unlink()

    def _files(self) -> list[Path]:
        """The model files, newest first: an id begins with its time."""
        return sorted(self.folder.glob(f"*{SUFFIX}"), key=lambda path: path.stem, reverse=True)

    def _path(self, id: str) -> Path:
        return self.folder / f"{id}{SUFFIX}"


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
        self._version: tuple[int, int, int] | None = None
        self._stop = Signal()
        self._thread: Thread | None = None
        self.refresh()

    def refresh(self) -> None:
        """Load the active model if it changed. A new problem is logged, and loading is retried."""
        version = self._pointer_version()
        if version == self._version and self.problem is None:
            return
        model, problem = self._models.load_active(self._settings, self.model)
        if problem is not None and problem != self.problem:
            name = f"model {model.card.id}" if model else "the default formula"
            logger.warning("using %s: %s", name, problem)
        self.model, self.problem, self._version = model, problem, version

    def _pointer_version(self) -> tuple[int, int, int] | None:
        """A value that changes with the pointer file; None if there is none."""
        try:
            status = self._models.pointer.stat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size

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
            except Exception as error:  # whatever is wrong with a file, the current model stays in use
                if str(error) != self.problem:
                    logger.exception("while loading the active model")
                self.problem = str(error)
