"""A model from a server's own log: better than the formula where there is something to learn, kept only then."""

import contextlib
import io
import re
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from typer.testing import CliRunner

from recirc.cli import app
from recirc.engine import Engine
from recirc.engine.model_registry import MODELS, ModelRegistry
from recirc.rank.model import HoldoutScores, Model, ModelError
from recirc.replay import training
from recirc.replay.training import TrainingResult, decide, train_from_store
from recirc.replay.training_set import TooLittleError
from recirc.settings import Settings, StoreSettings, TrainingSettings
from recirc.store.registry import Registry
from recirc.types import EntryKind
from region_town import ARTICLES, HOUR, HUBS, log_of
from some_model import feature, model, stump

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
END = round(NOW.timestamp() * 1000)


def settings_of(folder: Path, **training: Any) -> Settings:
    # A state to begin from is kept for the next training, however short the log.
    chosen = TrainingSettings(
        **{"least_lists": 200, "max_queries": 350, "trees": 15, "min_data_in_leaf": 20, **training}
    )
    return Settings(store=StoreSettings(path=str(folder / "recirc.db"), snapshot_events=100), training=chosen)


def fill(settings: Settings, end: int = END, visits: int = 1000, seed: int = 1, hours: float = 60.0) -> None:
    """Put the town's log into the settings' store."""
    engine = Engine.open(settings)
    try:
        index = engine.intern([f"article-{number}" for number in range(ARTICLES)])
        records = log_of(end, visits, seed=seed, hours=hours)
        records["id"] += seed * 1_000_000
        records["visit"] += seed * 1_000_000
        records["article"] = index[records["article"]]
        records["source"] = np.where(records["source"] >= 0, index[records["source"]], -1)
        engine.append(records).result()
    finally:
        engine.close()


def trained(settings: Settings, number: int = 0, **more: Any) -> TrainingResult:
    return train_from_store(settings, NOW + timedelta(minutes=number), lambda *_: None, threads=1, **more)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the town's log."""
    settings = settings_of(tmp_path_factory.mktemp("filled"))
    fill(settings)
    return Path(settings.store.path)


@pytest.fixture
def settings(tmp_path: Path, filled: Path) -> Settings:
    made = settings_of(tmp_path)
    shutil.copy(filled, made.store.path)
    return made


def test_it_finds_what_the_formula_misses_and_becomes_active(settings: Settings) -> None:
    found = trained(settings)
    card = found.model.card
    assert card.figures.new > card.figures.formula + 0.1
    assert (card.adopted, card.compared_with, card.figures.active, found.problem) == (
        True,
        None,
        None,
        None,
    )
    assert card.shown_lists > 100
    assert card.lists > 400
    assert card.learned_from < card.learned_to <= NOW - timedelta(hours=2)
    models = ModelRegistry.of_store(settings.store)
    assert models.adopted() == (card.id,)
    served = models.load_active(settings).model
    assert served is not None
    assert served.card == card
    assert same(served, found.model)


def same(one: Model, other: Model) -> bool:
    return [a.tobytes() for a in one.forest] == [b.tobytes() for b in other.forest]


def test_the_same_log_gives_the_same_trees_also_by_two_threads(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = msgspec.structs.replace(settings, training=msgspec.structs.replace(settings.training, trees=3))
    first, second = (trained(few, number, keep=False) for number in (1, 2))
    monkeypatch.setattr(training, "CANDIDATES_PER_THREAD", 1)
    third = train_from_store(few, NOW, lambda *_: None, threads=2, keep=False)
    assert same(first.model, second.model)
    assert same(first.model, third.model)
    assert first.model.card.figures == second.model.card.figures == third.model.card.figures


def test_a_dry_run_keeps_nothing(settings: Settings) -> None:
    trained(settings, keep=False)
    models = ModelRegistry.of_store(settings.store)
    assert models.all() == []
    assert models.adopted() == ()
    assert not Path(f"{settings.store.path}.training.snapshots").exists()


def test_nothing_new_to_judge_by_means_no_new_model(settings: Settings) -> None:
    trained(settings)
    fill(settings, END + HOUR // 4, 40, seed=2, hours=0.2)
    first = ModelRegistry.of_store(settings.store).adopted()
    # Two hours are held out, and the active model has seen none of them: it may be challenged on the same.
    assert trained(settings, 5).model.card.compared_with == first[-1]
    narrow = msgspec.structs.replace(
        settings, training=msgspec.structs.replace(settings.training, held_hours=30.0)
    )
    with pytest.raises(TooLittleError, match="clicks since those that the active model learned from"):
        trained(narrow, 6)


def test_a_new_model_must_beat_the_active_one_on_clicks_that_neither_knows(settings: Settings) -> None:
    first = trained(settings).model
    fill(settings, END + 4 * HOUR, 300, seed=2, hours=3.9)
    # No tree can do anything with one leaf's worth of examples.
    poor = settings_of(Path(settings.store.path).parent, trees=1, leaves=2, min_data_in_leaf=5000)
    refused = trained(poor, 1)
    card = refused.model.card
    assert (card.adopted, card.compared_with) == (False, first.card.id)
    assert card.figures.active is not None
    assert card.figures.active > card.figures.new
    assert card.decision.startswith("not adopted: NDCG@20 ")
    assert "the active model ." in card.decision
    models = ModelRegistry.of_store(settings.store)
    assert models.adopted() == (first.card.id,)
    assert [each.id for each in models.all()] == [card.id, first.card.id]


def test_a_model_that_cannot_be_read_is_no_rival(settings: Settings) -> None:
    models = ModelRegistry.of_store(settings.store)
    models.add(model(forest=stump(0, 0, 0, 1)), 5)
    stored = Registry(Path(settings.store.path), MODELS)
    ((name, entry),) = stored.entries().items()
    stored.set((name, entry.value[:-5], None))
    found = trained(settings, 10)
    assert "damaged" in str(found.problem)
    assert found.model.card.compared_with is None
    assert models.adopted()[-1] == found.model.card.id


def test_a_bad_active_model_is_replaced_at_once(settings: Settings) -> None:
    worst = model(
        forest=stump(feature("sessions: similarity"), 1e-6, 1.0, -1.0),
        settings=settings,
        learned_to=NOW - timedelta(days=30),
    )
    models = ModelRegistry.of_store(settings.store)
    models.add(worst, 5)
    found = trained(settings, 10).model.card
    assert found.figures.active is not None
    assert found.figures.active < found.figures.formula < found.figures.new
    assert models.adopted() == (worst.card.id, found.id)


@pytest.mark.parametrize(
    ("figures", "adopted"),
    [
        (HoldoutScores(clicks=10, new=0.4, formula=0.3), True),
        (HoldoutScores(clicks=10, new=0.3, formula=0.3), False),
        (HoldoutScores(clicks=10, new=0.2, formula=0.3), False),
        (HoldoutScores(clicks=10, new=0.4, formula=0.3, active=0.35), True),
        (HoldoutScores(clicks=10, new=0.4, formula=0.3, active=0.4), False),
        (HoldoutScores(clicks=10, new=0.4, formula=0.41, active=0.3), False),
    ],
)
def test_only_what_is_better_than_all_that_could_serve_is_adopted(
    figures: HoldoutScores, adopted: bool
) -> None:
    decision, why = decide(figures)
    assert decision is adopted
    assert why.startswith("adopted: " if adopted else "not adopted: ")
    for figure in (figures.new, figures.formula, figures.active):
        assert figure is None or f"{figure:.4f}"[1:] in why


def test_clicks_on_what_was_no_candidate_count_against_all(settings: Settings) -> None:
    few = msgspec.structs.replace(
        settings, recommending=msgspec.structs.replace(settings.recommending, rerank_candidates=20)
    )
    figures = trained(few, keep=False).model.card.figures
    assert 0 < figures.new < 1
    assert figures.clicks >= 100


# The commands


@pytest.fixture
def run(settings: Settings, tmp_path: Path) -> Any:
    config = tmp_path / "recirc.toml"
    config.write_text(
        f'[store]\npath = "{settings.store.path}"\n'
        "[training]\nleast_lists = 200\nmax_queries = 300\ntrees = 10\nleaf_examples = 20\n"
    )

    def command(*words: str) -> str:
        result = CliRunner().invoke(app, [*words, "--config", str(config)], catch_exceptions=False)
        assert result.exit_code == 0
        return result.output

    return command


def test_the_commands_train_list_show_and_roll_back(run: Any, settings: Settings) -> None:
    assert run("models") == "the default formula serves\n"
    told = run("train", "--dry-run")
    said = r"^adopted: NDCG@20 \.\d{4}, the default formula \.\d{4}, on [\d,]+ held clicks$"
    assert re.search(said, told, re.MULTILINE)
    assert "nothing was kept (--dry-run)" in told
    assert run("models") == "the default formula serves\n"
    told = run("train")
    (first,) = ModelRegistry.of_store(settings.store).adopted()
    assert f"model {first}: " in told
    # On the same clicks no model is better than itself.
    time.sleep(1.1)
    assert "not adopted" in run("train")
    table = run("models").splitlines()
    assert table[0].split()[0] == "model"
    assert len(table) == 3
    assert "not adopted" in table[1]
    assert table[2].startswith(first)
    assert table[2].split()[-1] == "serves"
    card = msgspec.json.decode(run("models", "--show", first))
    assert card["id"] == first
    assert card["adopted"] is True
    assert len(card["features"]) == 99
    assert (
        run("models", "--rollback") == f"{first} serves no more; the default formula serves within seconds\n"
    )
    with pytest.raises(ModelError, match="nothing to roll back"):
        run("models", "--rollback")
    assert run("models").splitlines()[-1] == "the default formula serves"


def test_a_damaged_model_is_listed_with_its_reason(run: Any, settings: Settings) -> None:
    run("train")
    (name,) = ModelRegistry.of_store(settings.store).ids()
    Registry(Path(settings.store.path), MODELS).set((name, b"nothing", None))
    told = run("models")
    assert f"{name} cannot be used: model {name}: not a model" in told
    assert "the default formula serves" in told
    assert f"not active: model {name}: not a model" in told


def test_too_little_is_one_line_and_an_exit_code(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    fill(settings, visits=10)
    result = CliRunner().invoke(app, ["train", "--db", settings.store.path])
    assert isinstance(result.exception, TooLittleError)
    assert "it takes 600" in str(result.exception)


def test_a_store_that_is_not_there_is_told(tmp_path: Path) -> None:
    for command in ("train", "models"):
        result = CliRunner().invoke(app, [command, "--db", str(tmp_path / "none.db")])
        assert "there is no store" in str(result.exception)
    assert list(tmp_path.iterdir()) == []


def test_progress_goes_from_nothing_to_all(settings: Settings) -> None:
    heard: dict[str, list[tuple[int, int]]] = {}

    def told(doing: str, done: int, of: int) -> None:
        heard.setdefault(doing, []).append((done, of))

    with contextlib.redirect_stdout(io.StringIO()) as out:
        train_from_store(settings, NOW, told, threads=1, keep=False)
    assert out.getvalue() == "", "LightGBM says nothing"
    assert len(heard) == 4
    for steps in heard.values():
        done = [step for step, _ in steps]
        assert done == sorted(done)
        assert steps[-1][0] == steps[-1][1]


def test_only_who_counts_is_learned_from(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    engine = Engine.open(settings)
    index = engine.intern([f"article-{number}" for number in range(ARTICLES)])
    records = log_of(END, 1500)
    records["article"], records["source"] = index[records["article"]], -1
    records["excluded"] = (records["kind"] == EntryKind.VIEW) & (records["visit"] > 20)
    engine.append(records).result()
    engine.close()
    assert HUBS < ARTICLES
    with pytest.raises(TooLittleError):
        trained(settings)
