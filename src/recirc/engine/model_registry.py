"""The learned models of one store: which there are, which is in force, and how every worker comes to serve it."""

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

LOOK_SECONDS = 2.0
"""How often a worker looks whether another model was put in force."""

POINTER = "in-force.json"
ABANDONED_SECONDS = 3600.0
"""An unfinished file untouched for so long belongs to a process that was killed."""

_ID = re.compile(r"[0-9a-z-]{1,64}")


class ModelListing(NamedTuple):
    """A model's file: its card, or why it cannot be used."""

    id: str
    card: ModelCard | None
    trouble: str | None


class ServingModel(NamedTuple):
    """What serves, None: the default formula; and why it is not what was put in force, None: it is."""

    model: Model | None
    trouble: str | None


class RollbackResult(NamedTuple):
    """The model that was in force, and the one that is now; None: the default formula."""

    before: str
    now: str | None


class _Pointer(Struct, frozen=True, forbid_unknown_fields=True):
    """The ids of the models that were adopted and not rolled back, the newest last: that one is in force."""

    adopted: tuple[str, ...] = ()


class ModelRegistry:
    """The models in one folder. Several processes may read and write at once.

    A model's file is written before the pointer names it, and both take their places at one moment: whoever is killed
    on the way leaves the one before in force.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def beside(cls, store: StoreSettings) -> Self:
        """Those of a store, in a folder beside its file."""
        return cls(Path(f"{store.path}.models"))

    @property
    def pointer(self) -> Path:
        """The file that names the model in force."""
        return self.folder / POINTER

    def adopted(self) -> tuple[str, ...]:
        """Ids of the models that were adopted, oldest first; the last is in force. Empty: the default formula serves.

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

    def listed(self) -> list[ModelListing]:
        """Every model that is kept, the newest first."""
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
            raise ModelError(f"{id!r} is no model's id; recirc models lists those that are there")
        return load_card(self._path(id))

    def serving(self, settings: Settings, held: Model | None = None) -> ServingModel:
        """The model in force or, where it cannot be used, the newest adopted before it that can.

        `held` is the one that serves already: it is not read again, and goes on where the pointer cannot be read.
        """
        try:
            adopted = self.adopted()
        except ModelError as error:
            return ServingModel(held, str(error))
        trouble = None
        for each in reversed(adopted):
            if held is not None and held.card.id == each:
                return ServingModel(held, trouble)
            try:
                if not _ID.fullmatch(each):
                    raise ModelError(f"{self.pointer}: {each!r} is no model's id")
                model = load(self._path(each))
                if model.card.id != each:
                    raise ModelError(
                        f"{self._path(each)}: this is model {model.card.id} under another's name"
                    )
                check_fits(model.card, settings)
            except ModelError as error:
                trouble = trouble or str(error)
                continue
            return ServingModel(model, trouble)
        return ServingModel(None, trouble)

    def keep(self, model: Model, most: int, judged_against: Sequence[str] | None = None) -> Model:
        """Keep a model, put it in force if its card says that it is adopted, and remove the oldest beyond `most`.

        `judged_against` is what was adopted when it was judged: if that has changed since, by a rollback or another
        training, it is kept without being put in force. Returns the model with the card that was kept.

        Raises:
            ModelError: the folder cannot be written to, or the pointer cannot be read.
        """
        with self._writing():
            adopted = self.adopted()
            if model.card.adopted and judged_against is not None and adopted != tuple(judged_against):
                why = f"not adopted: what is in force changed while it was trained ({model.card.decision})"
                model = model._replace(card=msgspec.structs.replace(model.card, adopted=False, decision=why))
            save(model, self._path(model.card.id))
            if model.card.adopted:
                adopted = (*(each for each in adopted if each != model.card.id), model.card.id)
                self._point(adopted)
            self._remove_old(most, adopted)
            return model

    def roll_back(self) -> RollbackResult:
        """Put the model in force that was before, or the default formula where there was none.

        Raises:
            ModelError: no model is in force, or the folder cannot be written to.
        """
        with self._writing():
            adopted = self.adopted()
            if not adopted:
                raise ModelError(
                    f"{self.folder}: no model is in force, the default formula serves; nothing to roll back"
                )
            left = tuple(each for each in adopted[:-1] if self._path(each).is_file())
            self._point(left)
            return RollbackResult(adopted[-1], left[-1] if left else None)

    def _point(self, adopted: Sequence[str]) -> None:
        replace_durably(self.pointer, [msgspec.json.encode(_Pointer(tuple(adopted)))])

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One writer at a time."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / "lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise ModelError(
                f"{self.folder}: models cannot be kept there; free space or make the folder writable ({error})"
            ) from error

    def _remove_old(self, most: int, adopted: Sequence[str]) -> None:
        # The one in force and the one to roll back to stay, however old they are.
        spared = set(adopted[-2:])
        surplus = [path for path in self._files()[most:] if path.stem not in spared]
        abandoned = clock.now_seconds() - ABANDONED_SECONDS
        surplus += [path for path in self.folder.glob("*.part") if path.stat().st_mtime < abandoned]
        for path in surplus:
            with suppress(OSError):
                path.unlink()

    def _files(self) -> list[Path]:
        """The models' files, the newest first: an id begins with the moment."""
        return sorted(self.folder.glob(f"*{SUFFIX}"), key=lambda path: path.stem, reverse=True)

    def _path(self, id: str) -> Path:
        return self.folder / f"{id}{SUFFIX}"


class ActiveModel:
    """The model that this process serves. Another one takes its place between two requests, never within one.

    Attributes:
        model: None: the default formula serves. Read it once for each request.
        trouble: why another model serves than the one put in force; None: none does.
    """

    def __init__(self, models: ModelRegistry, settings: Settings) -> None:
        self.model: Model | None = None
        self.trouble: str | None = None
        self._models = models
        self._settings = settings
        self._seen: tuple[int, int, int] | None = None
        self._stop = Signal()
        self._thread: Thread | None = None
        self.look()

    def look(self) -> None:
        """Serve the model that is in force by now. What is wrong is logged when it is new, and tried again."""
        seen = self._mark()
        if seen == self._seen and self.trouble is None:
            return
        model, trouble = self._models.serving(self._settings, self.model)
        if trouble is not None and trouble != self.trouble:
            goes_on = f"model {model.card.id}" if model else "the default formula"
            logger.warning("%s serves: %s", goes_on, trouble)
        self.model, self.trouble, self._seen = model, trouble, seen

    def _mark(self) -> tuple[int, int, int] | None:
        """Another one for each pointer; None: there is none."""
        try:
            status = self._models.pointer.stat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size

    def start(self) -> None:
        """Look now and then, in a thread of its own."""
        self._thread = Thread(target=self._watch, name="models", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(LOOK_SECONDS):
            try:
                self.look()
            except (
                Exception
            ) as error:  # whatever is wrong with a file of models, the one in force goes on serving
                if str(error) != self.trouble:
                    logger.exception("while looking for the model in force")
                self.trouble = str(error)
