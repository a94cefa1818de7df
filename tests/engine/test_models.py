"""Which model is active: adopted, rolled back, refused, swapped by several workers, and whole after every kill."""

import logging
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from recirc.engine.model_registry import ADOPTED, ActiveModel, ModelRegistry
from recirc.rank.model import ModelError, encode
from recirc.settings import LearningSettings, Settings, StoreSettings
from recirc.store.ports import StoreError
from some_model import model

MOST = 5


@pytest.fixture
def models(tmp_path: Path) -> ModelRegistry:
    return ModelRegistry.of_store(StoreSettings(path=str(tmp_path / "recirc.db")))


def ids(models: ModelRegistry) -> list[str]:
    return [each.id for each in models.all()]


def serving(models: ModelRegistry, settings: Settings | None = None) -> str | None:
    found = models.load_active(settings or Settings()).model
    return found.card.id if found else None


def content_of(models: ModelRegistry, number: int) -> bytes:
    return models._models.entries(fresh_seconds=0.0)[model(number).card.id].value


def put(models: ModelRegistry, number: int, content: bytes) -> None:
    """Other bytes in the place of a model's."""
    models._models.set((model(number).card.id, content, None))


def test_without_a_model_the_formula_serves(models: ModelRegistry) -> None:
    assert models.adopted() == ()
    assert models.all() == []
    assert models.load_active(Settings()) == (None, None)
    with pytest.raises(
        ModelError, match="no model is active, the default formula is used; nothing to roll back"
    ):
        models.roll_back()


def test_the_adopted_serve_and_the_others_are_kept(models: ModelRegistry) -> None:
    first, refused, second = model(1), model(2, adopted=False), model(3)
    for made in (first, refused, second):
        models.add(made, MOST)
        assert serving(models) == (first if made is refused else made).card.id
    assert ids(models) == [second.card.id, refused.card.id, first.card.id]
    assert [each.card for each in models.all()] == [second.card, refused.card, first.card]
    assert models.card(refused.card.id).adopted is False


def test_rolling_back_goes_to_the_one_before_and_at_last_to_the_formula(models: ModelRegistry) -> None:
    for number in (1, 2):
        models.add(model(number), MOST)
    assert models.roll_back() == (model(2).card.id, model(1).card.id)
    assert serving(models) == model(1).card.id
    assert models.roll_back() == (model(1).card.id, None)
    assert serving(models) is None
    assert len(ids(models)) == 2
    models.add(model(3), MOST)
    assert models.adopted() == (model(3).card.id,)


def test_the_oldest_are_removed_but_not_the_active_one_and_the_one_before(models: ModelRegistry) -> None:
    for number in range(3):
        models.add(model(number), MOST)
    for number in range(3, 12):
        models.add(model(number, adopted=False), MOST)
    kept = [11, 10, 9, 8, 7, 2, 1]
    assert ids(models) == [model(number).card.id for number in kept]
    assert serving(models) == model(2).card.id
    assert models.roll_back().now == model(1).card.id
    # What it would roll back to next is gone.
    assert models.roll_back().now is None


def test_a_damaged_model_is_told_and_the_one_before_serves(models: ModelRegistry) -> None:
    for number in (1, 2):
        models.add(model(number), MOST)
    put(models, 2, b"RECMODEL rubbish")
    found = models.load_active(Settings())
    assert found.model is not None
    assert found.model.card.id == model(1).card.id
    assert model(2).card.id in str(found.problem)
    listed = models.all()
    assert (listed[0].card, listed[1].card) == (None, model(1).card)
    assert "not a model" in str(listed[0].problem)


def test_a_foreign_model_is_told_and_the_formula_serves(models: ModelRegistry) -> None:
    models.add(model(1), MOST)
    other = Settings(learning=LearningSettings(coreading_half_life=60.0))
    found = models.load_active(other)
    assert found.model is None
    assert "learning.coreading_half_life = 21600.0, now it is 60.0" in str(found.problem)


def test_an_id_is_no_path(models: ModelRegistry) -> None:
    for wrong in ("../x", "/etc/passwd", "", "a/b", "A"):
        with pytest.raises(ModelError, match="is not the id of a model"):
            models.card(wrong)
    with pytest.raises(ModelError, match="no such model"):
        models.card("20261122-200000-abcdef")


def test_a_store_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    (tmp_path / "recirc.db").mkdir()
    with pytest.raises(StoreError, match=r"recirc\.db"):
        ModelRegistry(tmp_path / "recirc.db").add(model(), MOST)


def test_two_workers_come_to_serve_the_same(models: ModelRegistry) -> None:
    workers = [ActiveModel(models, Settings()) for _ in range(2)]
    assert [worker.model for worker in workers] == [None, None]
    for number in (1, 2):
        models.add(model(number), MOST)
        for worker in workers:
            worker.refresh()
            assert worker.model is not None
            assert worker.model.card == model(number).card
    models.roll_back()
    held = [worker.model for worker in workers]
    for worker in workers:
        worker.refresh()
    assert [worker.model.card.id for worker in workers if worker.model] == [model(1).card.id] * 2
    assert [each.card.id for each in held if each] == [model(2).card.id] * 2, "a request holds on to its own"


def test_a_worker_that_meets_trouble_goes_on_says_so_once_and_recovers(
    models: ModelRegistry, caplog: pytest.LogCaptureFixture
) -> None:
    models.add(model(1), MOST)
    worker = ActiveModel(models, Settings())
    held = worker.model
    good = content_of(models, 1)
    with caplog.at_level(logging.WARNING, "recirc.engine"):
        models.add(model(2), MOST)
        content = content_of(models, 2)
        put(models, 2, content[:-1] + b"?")
        put(models, 1, good[:50])  # the one in memory is not read again
        for _ in range(4):
            worker.refresh()
            assert worker.model is held
            assert "does not match its checksum" in str(worker.problem)
    assert len(caplog.messages) == 1
    assert model(1).card.id in caplog.messages[0]
    put(models, 2, content)
    worker.refresh()
    assert worker.problem is None
    assert worker.model is not None
    assert worker.model.card.id == model(2).card.id


def test_what_cannot_be_read_changes_nothing(models: ModelRegistry) -> None:
    models.add(model(1), MOST)
    worker = ActiveModel(models, Settings())
    for rubbish in (b"", b"{", b"[1]", b'{"adopted": [1]}', b'{"adopted": [], "more": 1}'):
        models._adopted.set((ADOPTED, rubbish, None))
        worker.refresh()
        assert worker.model is not None
        assert "which models were adopted cannot be read" in str(worker.problem)
        with pytest.raises(ModelError, match="restore a backup"):
            models.add(model(2), MOST)
    models._adopted.set((ADOPTED, None, None))
    worker.refresh()
    assert (worker.model, worker.problem) == (None, None)


def test_a_worker_notices_within_seconds(models: ModelRegistry) -> None:
    worker = ActiveModel(models, Settings())
    worker.start()
    try:
        models.add(model(1), MOST)
        give_up = time.monotonic() + 60
        while worker.model is None:
            assert time.monotonic() < give_up
            time.sleep(0.05)
    finally:
        worker.close()


KEEP = """
import sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from some_model import model
from recirc.engine.model_registry import ModelRegistry
models, first = ModelRegistry(Path(sys.argv[1])), int(sys.argv[3])
for number in range(first, first + 10_000):
    models.add(model(number), 5)
    print(number, flush=True)
"""


def test_killed_at_any_moment_it_leaves_an_active_model(models: ModelRegistry) -> None:
    moments, told = random.Random(3), 0
    helper = str(Path(sys.modules["some_model"].__file__ or "").parent)
    for _ in range(6):
        command = [sys.executable, "-c", KEEP, str(models._path), helper, str(told + 1)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ}) as writer:
            assert writer.stdout is not None
            told = int(writer.stdout.readline())
            time.sleep(moments.uniform(0, 0.1))
            writer.send_signal(signal.SIGKILL)
            told = max([told, *(int(line) for line in writer.stdout.read().split())])
        found = models.load_active(Settings())
        assert found.problem is None
        assert found.model is not None
        # The last may be active although nobody was told.
        assert found.model.card.id in (model(told).card.id, model(told + 1).card.id)
        assert all(each.problem is None for each in models.all())
    models.add(model(told + 2), MOST)
    assert serving(models) == model(told + 2).card.id


def test_two_processes_that_adopt_at_once_lose_nothing(models: ModelRegistry) -> None:
    other = ModelRegistry(models._path)
    with ThreadPoolExecutor(2) as pool:
        done = [
            pool.submit(each.add, model(number), 20)
            for number in range(1, 9)
            for each in ((models, other)[number % 2],)
        ]
        assert len({each.result().card.id for each in done}) == 8
    assert (
        sorted(models.adopted()) == sorted(ids(models)) == [model(number).card.id for number in range(1, 9)]
    )


def folder_of_before(models: ModelRegistry) -> Path:
    """The files in which the version before kept two adopted models, of which the last is active, and one refused."""
    folder = Path(f"{models._path}.models")
    folder.mkdir()
    for number in (1, 2, 3):
        (folder / f"{model(number).card.id}.model").write_bytes(encode(model(number, adopted=number != 3)))
    names = [model(number).card.id for number in (1, 2)]
    (folder / "active.json").write_bytes(msgspec.json.encode({"adopted": names}))
    lines = [msgspec.json.encode({"time": 1000 * place, "active": each}) for place, each in enumerate(names)]
    (folder / "changes.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    return folder


def test_models_of_the_version_before_are_taken_over_once(models: ModelRegistry) -> None:
    folder = folder_of_before(models)
    worker = ActiveModel(models, Settings())
    assert worker.model is not None
    assert worker.model.card == model(2).card
    assert ids(models) == [model(number).card.id for number in (3, 2, 1)]
    assert [models.id_at(time) for time in (-1, 0, 999, 1000)] == [
        None,
        *[model(number).card.id for number in (1, 1, 2)],
    ]
    assert list(folder.iterdir()) == []
    assert models.roll_back() == (model(2).card.id, model(1).card.id)


def test_models_of_the_version_before_do_not_replace_newer_ones(models: ModelRegistry) -> None:
    models.add(model(7), MOST)
    folder = folder_of_before(models)
    models.take_over_folder()
    assert models.adopted() == (model(7).card.id,)
    assert ids(models) == [model(7).card.id]
    assert list(folder.iterdir()) == []


def test_a_folder_of_before_that_cannot_be_read_is_told_and_kept(models: ModelRegistry) -> None:
    folder = folder_of_before(models)
    (folder / "active.json").write_bytes(b"{")
    worker = ActiveModel(models, Settings())
    assert worker.model is None
    assert "active.json: the models of the version before cannot be read" in str(worker.problem)
    assert len(list(folder.iterdir())) == 5


def test_a_card_of_a_later_version_still_reads() -> None:
    card = model(1).card
    told = msgspec.json.decode(msgspec.json.encode(card))
    told["written by a later version"] = 1
    assert msgspec.convert(told, type(card)) == card


def test_what_was_judged_against_another_is_kept_without_serving(models: ModelRegistry) -> None:
    models.add(model(1), MOST)
    models.add(model(2), MOST)
    before = models.adopted()
    models.roll_back()
    kept = models.add(model(3), MOST, before)
    assert not kept.card.adopted
    assert "the active model changed during training" in models.card(kept.card.id).decision
    assert serving(models) == model(1).card.id


def test_a_model_under_another_name_is_refused(models: ModelRegistry) -> None:
    for number in (1, 2):
        models.add(model(number), MOST)
    put(models, 2, content_of(models, 1))
    found = models.load_active(Settings())
    assert found.model is not None
    assert found.model.card.id == model(1).card.id
    assert "under another's name" in str(found.problem)
