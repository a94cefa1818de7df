"""A learned model in one file: the trees, and a card with what they were learned from and how good they are.

A file is a magic number, the format (uint16, little-endian), the length of the header (uint32), the header (JSON: the
card, and the length of each array), the trees' arrays one after another as they lie in memory, and a 16-byte blake2b of
all before it. It is data alone: nothing in it is ever carried out, and no file can make the walk through the trees
leave the arrays or never end.
"""

import hashlib
import os
import secrets
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from recirc.rank.features import feature_catalogue
from recirc.rank.forest import LEAF, Forest
from recirc.settings import LearningSettings, RecommendationSettings, Settings, TrainingSettings

MAGIC = b"RECMODEL"
FORMAT = 1
SUFFIX = ".model"

_DTYPES: dict[str, np.dtype[Any]] = {
    "feature": np.dtype("<i4"), "threshold": np.dtype("<f8"), "left": np.dtype("<i4"), "right": np.dtype("<i4"),
    "value": np.dtype("<f8"), "roots": np.dtype("<i4"),
}  # fmt: skip
_DIGEST_BYTES = 16
_PREFIX_BYTES = len(MAGIC) + 2 + 4
MOST_BYTES = 256_000_000
"""No model that is trained here comes near to this."""

_LEARNING = ("half_lives", "context_half_lives", "coreading_half_life", "coreading_distance", "visit_gap")
_RECOMMENDING = (
    "sessions", "coreading", "popularity", "text", "backward", "fading", "half_life", "neighbour_visits",
    "recent_visits", "followers",
)  # fmt: skip
"""Settings on which the meaning of a feature depends."""


class ModelError(ValueError):
    """A model that cannot be used; the text says which, why, and what to do."""


class HoldoutScores(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """NDCG@20 on the same holdout clicks, whose candidates no model influences; a click outside them counts 0."""

    clicks: int
    new: float
    formula: float
    in_force: float | None = None  # None: no model was active


class ModelCard(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a model comes from, and how good it is."""

    id: str
    made_at: datetime
    offset: int  # last log entry that was read
    learned_from: datetime  # the oldest click to learn from
    learned_to: datetime  # the newest; later ones were held out
    hours: float  # training.window_hours
    lists: int  # number of queries
    shown_lists: int = 0  # number of these whose candidates are the articles that the shelf showed
    features: tuple[str, ...]
    learning: LearningSettings
    recommending: RecommendationSettings
    training: TrainingSettings
    figures: HoldoutScores
    compared_with: str | None = None  # id of the active model
    adopted: bool
    decision: str  # why it was adopted or not
    lightgbm: str  # version
    seconds: float  # duration of the training


class Model(NamedTuple):
    """A model with its card. Models with the same id are the same."""

    forest: Forest
    card: ModelCard


class _Header(Struct, frozen=True):
    card: ModelCard
    lengths: dict[str, int]


def save(model: Model, path: Path) -> None:
    """Write a model, wholly or not at all, and durably.

    Raises:
        OSError: the disk refuses.
    """
    arrays = {name: np.ascontiguousarray(getattr(model.forest, name), kind) for name, kind in _DTYPES.items()}
    header = msgspec.json.encode(_Header(model.card, {name: len(array) for name, array in arrays.items()}))
    parts = [MAGIC, FORMAT.to_bytes(2, "little"), len(header).to_bytes(4, "little"), header]
    content = b"".join([*parts, *(array.tobytes() for array in arrays.values())])
    replace_durably(path, content + hashlib.blake2b(content, digest_size=_DIGEST_BYTES).digest())


def replace_durably(path: Path, content: bytes) -> None:
    """Put a file in the place of what was there, at one moment, on disk when this returns. Raises OSError."""
    part = path.with_name(f"{path.name}-{os.getpid()}-{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def load(path: Path) -> Model:
    """The model in a file, whole and walkable.

    Raises:
        ModelError: it is not there, not a model, of another format, or damaged.
    """
    header, arrays = _read(path)
    lengths, size = (
        header.lengths,
        sum(kind.itemsize * header.lengths.get(name, 0) for name, kind in _DTYPES.items()),
    )
    if lengths.keys() != _DTYPES.keys() or min(lengths.values()) < 0 or size != len(arrays):
        raise ModelError(f"{path}: damaged: {len(arrays)} bytes of trees, not {size}; {_REMEDY}")
    read, at = dict[str, NDArray[Any]](), 0
    for name, kind in _DTYPES.items():
        read[name] = np.frombuffer(arrays, kind, lengths[name], at).astype(kind.newbyteorder("="))
        at += kind.itemsize * lengths[name]
    forest = Forest(**read)
    wrong = _wrong_with(forest, len(header.card.features))
    if wrong:
        raise ModelError(f"{path}: its trees cannot be walked: {wrong}; {_REMEDY}")
    return Model(forest, header.card)


def load_card(path: Path) -> ModelCard:
    """The card of a model whose file is whole. Raises ModelError."""
    return _read(path)[0].card


_REMEDY = "remove the file, and train again with recirc train"


def _read(path: Path) -> tuple[_Header, bytes]:
    """The header and the bytes of the arrays, of a file that is not damaged."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ModelError(f"{path}: not a model: larger than {MOST_BYTES:,} bytes; {_REMEDY}")
        content = path.read_bytes()
    except FileNotFoundError:
        raise ModelError(f"{path}: no such model; recirc models lists those that are there") from None
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error}); make it readable") from None
    if not content.startswith(MAGIC) or len(content) < _PREFIX_BYTES:
        raise ModelError(f"{path}: not a model: it does not begin as one does; {_REMEDY}")
    written = int.from_bytes(content[len(MAGIC) : len(MAGIC) + 2], "little")
    if written != FORMAT:
        raise ModelError(f"{path}: a model of format {written}, but this Recirc reads {FORMAT}; train again")
    body, digest = content[:-_DIGEST_BYTES], content[-_DIGEST_BYTES:]
    if hashlib.blake2b(body, digest_size=_DIGEST_BYTES).digest() != digest:
        raise ModelError(f"{path}: damaged: its content does not match its checksum; {_REMEDY}")
    end = _PREFIX_BYTES + int.from_bytes(content[len(MAGIC) + 2 : _PREFIX_BYTES], "little")
    try:
        return msgspec.json.decode(body[_PREFIX_BYTES:end], type=_Header), body[end:]
    except msgspec.MsgspecError as error:
        raise ModelError(f"{path}: its card cannot be read ({error}); {_REMEDY}") from None


def _wrong_with(forest: Forest, features: int) -> str | None:
    """Why the trees must not be walked; None when every walk stays within the arrays and ends at a leaf."""
    n, places = len(forest.feature), np.arange(len(forest.feature))
    if not (len(forest.threshold) == len(forest.left) == len(forest.right) == len(forest.value) == n):
        return "their arrays differ in length"
    if not len(forest.roots) or forest.roots.min() < 0 or forest.roots.max() >= n:
        return "a root lies outside"
    if forest.feature.min() < LEAF or forest.feature.max() >= features:
        return f"a node looks at a feature beyond the {features} that there are"
    nodes = forest.feature != LEAF
    # A child that comes after its parent: so no way leads back, and each ends.
    for children in (forest.left[nodes], forest.right[nodes]):
        if (children <= places[nodes]).any() or (children >= n).any():
            return "a node's child lies before it or outside"
    if not np.isfinite(forest.value).all() or np.isnan(forest.threshold[nodes]).any():
        return "a value is no number"
    return None


def check_fits(card: ModelCard, settings: Settings) -> None:
    """Check that a model's features mean under these settings what they meant when it learned.

    Raises:
        ModelError: they do not; the text names the difference.
    """
    remedy = "set it back, or train again with recirc train"
    for table, names in (("learning", _LEARNING), ("recommending", _RECOMMENDING)):
        for name in names:
            then, now = getattr(getattr(card, table), name), getattr(getattr(settings, table), name)
            if then != now:
                raise ModelError(
                    f"model {card.id} was made with {table}.{name} = {then}, now it is {now}; {remedy}"
                )
    known = feature_catalogue(settings.learning).names
    if card.features != known:
        gone = [name for name in card.features if name not in known]
        new = [name for name in known if name not in card.features]
        differences = [f"it has {gone[0]!r}, which no longer exists"] if gone else []
        differences += [f"it lacks {new[0]!r}"] if new else []
        differ = " and ".join(differences) or "in another order"
        raise ModelError(
            f"model {card.id} was made for other features ({len(card.features)}, now {len(known)}): {differ}; "
            "train again with recirc train"
        )
