"""A server's model trained from its own log, and put in force only if it is better than what serves."""

import hashlib
import time
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

from recirc.engine.model_registry import ModelRegistry, ServingModel
from recirc.engine.store_log import StoreLog
from recirc.rank.features import feature_catalogue
from recirc.rank.forest import Forest, scores
from recirc.rank.model import HoldoutScores, Model, ModelCard
from recirc.rank.training import ndcg, target_ranks, train
from recirc.replay.training_clicks import ProgressCallback
from recirc.replay.training_lists import (
    HoldoutQueries,
    TooLittleError,
    TrainingSet,
    lists_of,
)
from recirc.settings import Settings
from recirc.types import FloatArray

FORMULA = "formula: score"
"""The feature that is the default formula's score."""


ENOUGH = 500_000
"""Candidates that are worth a thread: with fewer, threads wait for each other longer than they work."""


class TrainingResult(NamedTuple):
    """A model with its card, and why what was in force could not be compared with, None: it could."""

    model: Model
    trouble: str | None


def train_own(
    settings: Settings, now: datetime, told: ProgressCallback, *, threads: int, keep: bool = True
) -> TrainingResult:
    """Train a model from the log of the store that the settings name.

    The newest hours are held out. On their clicks the new model is judged, the one in force, and the default formula;
    it is adopted if it places them better than both. What was judged is what serves: it is not trained again on the
    held hours, so that they are as new to the model in force as to its successor.

    Args:
        now: when the model is made.
        threads: that the trees are grown by, at most; the model is the same whatever their number.
        keep: keep it with its card, adopted or not; else nothing is written.

    Raises:
        TooLittleError: there are too few clicks.
        StoreError: the log cannot be read.
        ModelError: the model cannot be kept.
    """
    began = time.monotonic()
    models = ModelRegistry.beside(settings.store)
    adopted = models.adopted() if keep else ()
    serving = models.serving(settings)
    unseen_since = _milliseconds(serving.model.card.learned_to) if serving.model else 0
    with StoreLog(settings, models.folder, keeps=keep) as log:
        lists = lists_of(log, settings, unseen_since, told, keep_start=keep)
    if not len(lists.samples.sizes):
        raise TooLittleError("of no click was the article among the candidates")
    told("growing trees", 0, 1)
    threads = min(threads, 1 + len(lists.samples.features) // ENOUGH)
    forest = train(lists.samples, settings.training, threads)
    told("growing trees", 1, 1)
    card = _card(settings, now, lists, forest, serving, time.monotonic() - began)
    model = Model(forest, card)
    if keep:
        model = models.keep(model, settings.training.models_kept, adopted)
    return TrainingResult(model, serving.trouble)


def _card(
    settings: Settings,
    now: datetime,
    lists: TrainingSet,
    forest: Forest,
    serving: ServingModel,
    seconds: float,
) -> ModelCard:
    import lightgbm  # takes a while to import, and only those who train need it

    figures = judge(settings, lists.held, forest, serving.model)
    adopted, decision = decide(figures)
    names = feature_catalogue(settings.learning).names
    return ModelCard(
        id=_id(now, forest),
        made_at=now,
        offset=lists.offset,
        learned_from=_moment(lists.learned_from),
        learned_to=_moment(lists.learned_to),
        hours=settings.training.window_hours,
        lists=len(lists.samples.sizes),
        shown_lists=lists.shown,
        features=names,
        learning=settings.learning,
        recommending=settings.recommending,
        training=settings.training,
        figures=figures,
        compared_with=serving.model.card.id if serving.model else None,
        adopted=adopted,
        decision=decision,
        lightgbm=str(lightgbm.__version__),
        seconds=round(seconds, 1),
    )


def judge(settings: Settings, held: HoldoutQueries, forest: Forest, in_force: Model | None) -> HoldoutScores:
    """How well a new model, the default formula, and the model in force place what was opened of the held lists."""
    samples = held.samples
    formula = samples.features[:, feature_catalogue(settings.learning).names.index(FORMULA)]
    return HoldoutScores(
        clicks=len(samples.sizes) + held.missed,
        new=_ndcg(scores(forest, samples.features), held),
        formula=_ndcg(formula.astype(np.float64), held),
        in_force=_ndcg(scores(in_force.forest, samples.features), held) if in_force else None,
    )


def _ndcg(score: FloatArray, held: HoldoutQueries) -> float:
    """NDCG@20 of an order by score, float64 (n,); a click that was not among its candidates counts 0."""
    found = len(held.samples.sizes)
    if not found:
        return 0.0
    return ndcg(target_ranks(score, held.samples)) * found / (found + held.missed)


def decide(figures: HoldoutScores) -> tuple[bool, str]:
    """Whether a new model is to serve, and why.

    >>> decide(HoldoutScores(clicks=900, new=0.31, formula=0.29))
    (True, 'adopted: NDCG@20 .3100, the default formula .2900, on 900 held clicks')
    >>> decide(HoldoutScores(clicks=900, new=0.31, formula=0.29, in_force=0.32))[0]
    False
    """
    rivals = {"the default formula": figures.formula}
    if figures.in_force is not None:
        rivals["the model in force"] = figures.in_force
    adopted = all(figures.new > rival for rival in rivals.values())
    told = ", ".join(f"{name} {figure(rival)}" for name, rival in rivals.items())
    outcome = "adopted" if adopted else "not adopted"
    return adopted, f"{outcome}: NDCG@20 {figure(figures.new)}, {told}, on {figures.clicks:,} held clicks"


def figure(value: float) -> str:
    """
    >>> figure(0.37561), figure(1.0)
    ('.3756', '1.0000')
    """
    return f"{value:.4f}".removeprefix("0")


def _id(now: datetime, forest: Forest) -> str:
    """When it was made, so that ids sort by age, and what it is."""
    digest = hashlib.blake2b(b"".join(array.tobytes() for array in forest), digest_size=3).hexdigest()
    return f"{now.astimezone(UTC):%Y%m%d-%H%M%S}-{digest}"


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
