"""`recirc serve` trains by itself: all workers come to serve the model, roll back together, and nothing outlives it.

Takes some 30 seconds: the server starts before the first training does.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from typer.testing import CliRunner

from recirc.cli import app
from recirc.engine import Engine
from recirc.engine.model_registry import ADOPTED, MODELS, ModelRegistry
from recirc.settings import Settings, StoreSettings, load
from recirc.store.commands import Change
from recirc.store.registry import Registry
from recirc.types import Decision
from region_town import ARTICLES, HUBS, REGIONS, log_of, partner
from served import Server, is_running, named

QUICK = {
    "RECIRC_TRAINING__LEAST_LISTS": "200",
    "RECIRC_TRAINING__LISTS": "800",
    "RECIRC_TRAINING__TREES": "30",
    "RECIRC_TRAINING__LEAF_EXAMPLES": "20",
    "RECIRC_EXPLORING__SHARE": "0",
}
WORKERS = 2


def fill(path: Path, visits: int) -> None:
    engine = Engine.open(load(None, {"RECIRC_STORE__PATH": str(path)}))
    try:
        index = engine.intern([f"article-{number}" for number in range(ARTICLES)])
        records = log_of(time.time_ns() // 1_000_000, visits)
        records["article"] = index[records["article"]]
        records["source"] = np.where(records["source"] >= 0, index[records["source"]], -1)
        records["decision"] = Decision.KEYED  # the newsroom's own log, as an import brings it
        engine.append(records).result()
    finally:
        engine.close()


def wait_for(what: Callable[[], bool], seconds: float = 60) -> None:
    give_up = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < give_up, "it did not happen in time"
        time.sleep(0.1)  # models are trained by another process


def told_by_all(server: Server) -> dict[int, Any]:
    """What each worker says of itself, asked over new connections."""
    heard: dict[int, Any] = {}
    give_up = time.monotonic() + 60  # one of them may start later than the other
    while len(heard) < WORKERS:
        assert time.monotonic() < give_up, f"only {len(heard)} workers answered"
        answer = server.get("/healthz")
        heard[answer["worker"]] = answer
    return heard


def served(server: Server) -> set[str | None]:
    """Ids of the models that the workers serve."""
    return {answer.get("model") for answer in told_by_all(server).values()}


def first_items(server: Server) -> tuple[float, str]:
    """How often the first item is what readers of the region go on to, where no other shelf has it already; and by
    which method.
    """
    right, asked, method = 0, 0, ""
    for hub in range(HUBS):
        for region in range(1, REGIONS + 1):
            slate = server.get(f"/v1/shelves?article=article-{hub}&region={region}&slots=1")
            others = [item["article"] for name in ("related", "ranking") for item in slate[name]["items"]]
            wanted, shelf = f"article-{partner(hub, region)}", slate["recommendation"]
            asked += wanted not in others
            right += shelf["items"][0]["article"] == wanted
            method = shelf["method"]
    assert asked > HUBS * REGIONS / 2
    return right / asked, method


def test_a_server_learns_serves_rolls_back_and_takes_its_trainer_along(tmp_path: Path) -> None:
    server = Server(tmp_path, workers=WORKERS, settings=QUICK)
    fill(server.path, 1500)
    log = tmp_path / "serve.log"
    server.start()
    try:
        server.wait()
        assert served(server) == {None}
        by_formula, method = first_items(server)
        assert method == "default formula"
        wait_for(lambda: len(ModelRegistry.of_store(StoreSettings(path=str(server.path))).adopted()) == 1)
        (learned,) = ModelRegistry.of_store(StoreSettings(path=str(server.path))).adopted()
        wait_for(lambda: served(server) == {learned}, 10)
        wait_for(lambda: f"model {learned}, trained in " in log.read_text(), 10)
        right, method = first_items(server)
        assert method == f"learned model {learned}"
        # A reader's region decides in four of five cases, and the formula does not know it.
        assert right >= 0.9 > 2 * by_formula
        private = "/v1/shelves?article=article-0&region=2&personalised=false"
        assert server.get(private)["recommendation"]["method"] == f"learned model {learned}"

        rolled = CliRunner().invoke(app, ["models", "--rollback", "--db", str(server.path)])
        assert rolled.exit_code == 0
        wait_for(lambda: served(server) == {None}, 10)
        assert first_items(server) == (by_formula, "default formula")

        stored = Registry(server.path, MODELS)
        damaged = Change(MODELS, learned, stored.entries()[learned].value[:-100])
        active = msgspec.json.encode({"adopted": [learned]})
        stored.set_all([damaged, Change(ADOPTED, ADOPTED, active)])
        wait_for(lambda: all("model_text" in told for told in told_by_all(server).values()), 10)
        assert all(
            told["status"] == "ok" and "damaged" in told["model_text"]
            for told in told_by_all(server).values()
        )
        assert first_items(server)[1] == "default formula"

        process = server._process
        assert process is not None
        (waiting,) = named("training", process.pid)
        os.kill(process.pid, signal.SIGKILL)
        wait_for(lambda: not is_running(waiting), 10)
    finally:
        server.kill()


def test_with_too_little_to_learn_from_it_says_so_in_one_line(tmp_path: Path) -> None:
    server = Server(tmp_path, settings=QUICK)
    fill(server.path, 20)
    log = tmp_path / "serve.log"
    server.start()
    try:
        server.wait()
        wait_for(lambda: "too little to learn from" in log.read_text())
        lines = [line for line in log.read_text().splitlines() if "too little" in line]
        assert len(lines) == 1
        assert lines[0].startswith("recirc: too little to learn from: ")
        assert lines[0].endswith("; the default formula serves")
        assert "it takes 300" in lines[0]
        process = server._process
        assert process is not None
        (waiting,) = named("training", process.pid)
    finally:
        server.stop()
    wait_for(lambda: not is_running(waiting), 10)


def test_it_can_be_switched_off(tmp_path: Path) -> None:
    server = Server(tmp_path, settings={**QUICK, "RECIRC_TRAINING__BACKGROUND": "false"})
    server.start()
    try:
        server.wait()
        process = server._process
        assert process is not None
        assert named("training", process.pid) == []
    finally:
        server.stop()


@pytest.mark.parametrize("moment", [1.0, 2.0, 3.0])
def test_a_training_that_is_killed_leaves_the_active_model(tmp_path: Path, moment: float) -> None:
    settings = Settings(store=StoreSettings(path=str(tmp_path / "recirc.db")))
    fill(tmp_path / "recirc.db", 1500)
    models = ModelRegistry.of_store(settings.store)
    runner = CliRunner()
    assert runner.invoke(app, ["train", "--db", settings.store.path], env=QUICK).exit_code == 0
    before = models.adopted()
    assert len(before) == 1
    server = Server(tmp_path, settings=QUICK)
    command = [
        sys.executable,
        "-c",
        "from recirc.cli import main; main()",
        "train",
        "--db",
        settings.store.path,
    ]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, env={**os.environ, **QUICK}) as again:
        time.sleep(moment)
        again.kill()
    assert models.adopted()[:1] == before
    assert models.load_active(settings).problem is None
    server.start()
    try:
        server.wait()
        assert server.get("/healthz")["model"] == models.adopted()[-1]
    finally:
        server.stop()
