"""Training of a server's model from its own log, and the decision whether the model becomes active."""

import time
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

from recirc.clock import from_ms, to_ms
from recirc.engine.model_registry import ModelRegistry, ServingModel
from recirc.engine.store_log import StoreLog
from recirc.hashing import hex_digest
from recirc.rank.features import feature_catalogue
from recirc.rank.forest import Forest, scores
from recirc.rank.model import HoldoutScores, Model, ModelCard
from recirc.rank.training import ndcg, target_ranks, train
from recirc.replay.training_clicks import ProgressCallback
from recirc.replay.training_set import (
    HoldoutQueries,
    TooLittleError,
    TrainingSet,
    build_training_set,
)
from recirc.settings import Settings
from recirc.types import FloatArray

FORMULA = "formula: sum of the parts"
"""The feature with the default formula's score."""

CANDIDATES_PER_THREAD = 500_000
"""With fewer candidates per thread, threads wait for each other longer than they work."""


class TrainingResult(NamedTuple):
    """A model with its card, and why the active model could not be compared with; None: it could."""

    model: Model
    problem: str | None


def train_from_store(
    settings: Settings, now: datetime, progress: ProgressCallback, *, threads: int, keep: bool = True
) -> TrainingResult:
    """Train a model from the log of the store in the settings.

    The newest hours are held out. The new model, the active one and the default formula are evaluated on their clicks;
    the new model is adopted if it is better than both. It is not trained again on the holdout hours, so that these are
    as new to the active model as to its successor.

    Args:
        now: the time in the model's card and id.
        threads: largest number of threads that grow the trees; the model does not depend on it.
        keep: keep the model with its card, whether or not it is adopted; else nothing is written.

    Raises:
        TooLittleError: there are too few clicks.
        StoreError: the log cannot be read.
        ModelError: the model cannot be kept.
    """
    started = time.monotonic()
    models = ModelRegistry.of_store(settings.store)
    if keep:
        models.take_over_folder()
    adopted = models.adopted() if keep else ()
    serving = models.load_active(settings)
    unseen_since = to_ms(serving.model.card.learned_to) if serving.model else 0
    with StoreLog(settings, save_starts=keep) as log:
        training_set = build_training_set(log, settings, unseen_since, progress, keep_start=keep)
    if not len(training_set.queries.sizes):
        raise TooLittleError("no click was on one of its candidates")
    progress("growing trees", 0, 1)
    threads = min(threads, 1 + len(training_set.queries.features) // CANDIDATES_PER_THREAD)
    forest = train(training_set.queries, settings.training, threads)
    progress("growing trees", 1, 1)
    card = _card(settings, now, training_set, forest, serving, time.monotonic() - started)
    model = Model(forest, card)
    if keep:
        model = models.add(model, settings.training.models_kept, adopted)
    return TrainingResult(model, serving.problem)


def _card(
    settings: Settings,
    now: datetime,
    training_set: TrainingSet,
    forest: Forest,
    serving: ServingModel,
    seconds: float,
) -> ModelCard:
    import lightgbm  # slow to import, and only training needs it

    figures = evaluate_on_holdout(settings, training_set.holdout, forest, serving.model)
    adopted, decision = decide(figures)
    names = feature_catalogue(settings.learning).names
    return ModelCard(
        id=_id(now, forest),
        made_at=now,
        offset=training_set.offset,
        learned_from=from_ms(training_set.learned_from),
        learned_to=from_ms(training_set.learned_to),
        hours=settings.training.window_hours,
        lists=len(training_set.queries.sizes),
        shown_lists=training_set.shown_queries,
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


def evaluate_on_holdout(
    settings: Settings, holdout: HoldoutQueries, forest: Forest, active: Model | None
) -> HoldoutScores:
    """NDCG@20 of a new model, the default formula, and the active model."""
    samples = holdout.queries
    formula = samples.features[:, feature_catalogue(settings.learning).names.index(FORMULA)]
    return HoldoutScores(
        clicks=len(samples.sizes) + holdout.missed,
        new=_ndcg(scores(forest, samples.features), holdout),
        formula=_ndcg(formula.astype(np.float64), holdout),
        active=_ndcg(scores(active.forest, samples.features), holdout) if active else None,
    )


def _ndcg(score: FloatArray, holdout: HoldoutQueries) -> float:
    """NDCG@20 of a ranking by score, float64 (n,); a click that is not among its candidates counts 0."""
    found = len(holdout.queries.sizes)
    if not found:
        return 0.0
    return ndcg(target_ranks(score, holdout.queries)) * found / (found + holdout.missed)


def decide(figures: HoldoutScores) -> tuple[bool, str]:
    """Whether a new model is adopted, and why.

    >>> decide(HoldoutScores(clicks=900, new=0.31, formula=0.29))
    (True, 'adopted: NDCG@20 .3100, the default formula .2900, on 900 held clicks')
    >>> decide(HoldoutScores(clicks=900, new=0.31, formula=0.29, active=0.32))[0]
    False
    """
    rivals = {"the default formula": figures.formula}
    if figures.active is not None:
        rivals["the active model"] = figures.active
    adopted = all(figures.new > rival for rival in rivals.values())
    rival_scores = ", ".join(f"{name} {score_text(rival)}" for name, rival in rivals.items())
    outcome = "adopted" if adopted else "not adopted"
    return (
        adopted,
        f"{outcome}: NDCG@20 {score_text(figures.new)}, {rival_scores}, on {figures.clicks:,} held clicks",
    )


def score_text(value: float) -> str:
    """
    >>> score_text(0.37561), score_text(1.0)
    ('.3756', '1.0000')
    """
    return f"{value:.4f}".removeprefix("0")


def _id(now: datetime, forest: Forest) -> str:
    """The time, so that ids sort by age, and a digest of the trees."""
    digest = hex_digest(b"".join(array.tobytes() for array in forest), 3)
    return f"{now.astimezone(UTC):%Y%m%d-%H%M%S}-{digest}"
