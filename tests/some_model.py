"""Small models for tests: trees of one's own making, and cards to go with them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import numpy as np

from recirc.rank.features import feature_catalogue
from recirc.rank.forest import LEAF, Forest
from recirc.rank.model import HoldoutScores, Model, ModelCard
from recirc.settings import LearningSettings, Settings
from recirc.types import FloatArray, IntArray

MADE = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)


def stump(feature: int, threshold: float, low: float, high: float) -> Forest:
    """One tree of one split."""
    return Forest(
        ints(feature, LEAF, LEAF), floats(threshold, 0, 0), ints(1, LEAF, LEAF), ints(2, LEAF, LEAF),
        floats((low + high) / 2, low, high), ints(0),
    )  # fmt: skip


def ints(*values: int) -> IntArray:
    return np.array(values, np.int32)


def floats(*values: float) -> FloatArray:
    return np.array(values, np.float64)


def feature(name: str, learning: LearningSettings | None = None) -> int:
    """The column of a feature."""
    return feature_catalogue(learning or LearningSettings()).names.index(name)


def model(
    number: int = 0, forest: Forest | None = None, settings: Settings | None = None, **fields: Any
) -> Model:
    """A model that was made `number` minutes after MADE."""
    settings = settings or Settings()
    made_at = MADE + timedelta(minutes=number)
    card = ModelCard(
        id=f"{made_at:%Y%m%d-%H%M%S}-{number:06x}",
        made_at=made_at,
        offset=1000 + number,
        learned_from=made_at - timedelta(hours=48),
        learned_to=made_at - timedelta(hours=2),
        hours=48.0,
        lists=700,
        features=feature_catalogue(settings.learning).names,
        learning=settings.learning,
        recommending=settings.recommending,
        training=settings.training,
        figures=HoldoutScores(clicks=300, new=0.4, formula=0.3),
        adopted=True,
        decision="adopted: a test",
        lightgbm="4.7.0",
        seconds=1.5,
    )
    return Model(forest or stump(0, -3.0, -0.5, 0.5), msgspec.structs.replace(card, **fields))
