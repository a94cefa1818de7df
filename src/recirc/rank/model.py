"""A learned model as bytes: the trees, and a card with what they were learned from and how good they are.

They are those of a file of `arrays_file`, with the card as its header. They contain no executable code, and no bytes
can make the walk through the trees leave the arrays or never end.
"""

from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from msgspec import Struct

from recirc.arrays_file import ArraysFileError, Format
from recirc.errors import UserError
from recirc.rank.features import feature_catalogue
from recirc.rank.forest import LEAF, Forest
from recirc.settings import LearningSettings, RecommendationSettings, Settings, TrainingSettings
from recirc.types import Arrays

_DTYPES: dict[str, np.dtype[Any]] = {
    "feature": np.dtype(np.int32), "threshold": np.dtype(np.float64), "left": np.dtype(np.int32),
    "right": np.dtype(np.int32), "value": np.dtype(np.float64), "roots": np.dtype(np.int32),
}  # fmt: skip

_LEARNING = ("half_lives", "context_half_lives", "coreading_half_life", "coreading_distance", "visit_gap")
_RECOMMENDING = (
    "sessions", "coreading", "popularity", "text", "backward", "fading", "half_life", "neighbour_visits",
    "recent_visits", "followers", "sessions_after", "coreading_next",
)  # fmt: skip
"""Settings on which the meaning of a feature depends."""


class ModelError(UserError, ValueError):
    """A model that cannot be used; the text says which, why, and what to do."""


class HoldoutScores(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """NDCG@20 on the same holdout clicks, whose candidates no model influences; a click outside them counts 0."""

    clicks: int
    new: float
    formula: float
    active: float | None = None  # None: no model was active


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


_FORMAT = Format("model", 3, ModelCard)
_REMEDY = "roll back with recirc models --rollback, or train again with recirc train"


def encode(model: Model) -> bytes:
    """The bytes of a model's file."""
    return _FORMAT.encode(
        model.card, {name: getattr(model.forest, name).astype(kind) for name, kind in _DTYPES.items()}
    )


def decode(id: str, content: bytes) -> Model:
    """The model with this id, whole and walkable.

    Raises:
        ModelError: the bytes are not those of a model, of another format, damaged, or of another model.
    """
    card, arrays = _read(id, content)
    if {name: array.dtype for name, array in arrays.items() if array.ndim == 1} != _DTYPES:
        raise ModelError(f"model {id}: damaged: its arrays are not those of trees; {_REMEDY}")
    forest = Forest(**arrays)
    wrong = _wrong_with(forest, len(card.features))
    if wrong:
        raise ModelError(f"model {id}: its trees cannot be walked: {wrong}; {_REMEDY}")
    return Model(forest, card)


def decode_card(id: str, content: bytes) -> ModelCard:
    """The card of the model with this id, whose bytes are whole. Raises ModelError."""
    return _read(id, content)[0]


def _read(id: str, content: bytes) -> tuple[ModelCard, Arrays]:
    """The card and the arrays of a model that is not damaged."""
    try:
        card, arrays = _FORMAT.decode(content)
    except ArraysFileError as error:
        raise ModelError(f"model {id}: {error}; {_REMEDY}") from None
    if card.id != id:
        raise ModelError(f"model {id}: this is model {card.id} under another's name; {_REMEDY}")
    return card, arrays


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
