"""The engine after a restart: snapshots, damage, other settings, and what another process writes."""

import logging
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from lively_room import learned, lively, unequal
from msgspec import structs

from newsroom import NOW, Newsroom, article
from recirc.engine import Engine
from recirc.settings import LearningSettings, Settings
from recirc.text.article_features import extract_features
from recirc.types import (
    Article,
    ArticleFeatures,
    Batch,
)


def reopened(room: Newsroom, settings: Settings | None = None) -> Engine:
    return Engine.open(settings or room.settings)


def test_a_start_from_a_snapshot_and_the_tail_is_a_fold_of_the_whole_log(
    room: Newsroom, tmp_path: Path
) -> None:
    lively(room)
    room.engine.snapshot()
    room.read(["ferry-1", "chess-2"], 77)
    (snapshot,) = Path(f"{room.settings.store.path}.snapshots").glob("*")
    restarted = reopened(room)
    snapshot.rename(tmp_path / "away")
    anew = reopened(room)
    try:
        assert restarted.offset == anew.offset == room.engine.offset
        assert unequal(learned(restarted), learned(anew)) == []
        assert unequal(learned(restarted), learned(room.engine)) == []
    finally:
        restarted.close()
        anew.close()


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty"])
def test_a_damaged_snapshot_is_passed_over(
    room: Newsroom, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    lively(room)
    room.engine.snapshot()
    (snapshot,) = Path(f"{room.settings.store.path}.snapshots").glob("*")
    told = bytearray(snapshot.read_bytes())
    if damage == "flipped":
        told[len(told) // 2] ^= 1
    snapshot.write_bytes({"cut": bytes(told[:-100]), "flipped": bytes(told), "empty": b""}[damage])
    with caplog.at_level(logging.WARNING):
        restarted = reopened(room)
    try:
        assert "snapshot skipped" in caplog.text
        assert unequal(learned(restarted), learned(room.engine)) == []
    finally:
        restarted.close()


def test_other_settings_fold_the_log_anew(room: Newsroom) -> None:
    lively(room)
    room.engine.snapshot()
    other = msgspec.structs.replace(
        room.settings, learning=LearningSettings(half_lives=(60.0, 600.0), neighbours=8)
    )
    restarted = reopened(room, other)
    try:
        assert restarted.offset == room.engine.offset
        assert restarted._log_consumer.state.coreading.neighbours.shape[1] == 8
        assert restarted.counts("ferry-1", NOW) == room.engine.counts("ferry-1", NOW)
    finally:
        restarted.close()


def test_a_follower_folds_what_another_engine_writes_and_saves_snapshots(room: Newsroom) -> None:
    settings = msgspec.structs.replace(
        room.settings, store=msgspec.structs.replace(room.settings.store, snapshot_events=5)
    )
    follower = Engine.open(settings)
    follower.start()
    try:
        lively(room)
        deadline = datetime.now(UTC).timestamp() + 5
        folder = Path(f"{room.settings.store.path}.snapshots")
        while follower.offset < room.engine.offset or not list(folder.glob("0*")):
            assert datetime.now(UTC).timestamp() < deadline, "the follower is behind"
            time.sleep(0.02)  # the follower tells nobody when it has saved
        assert unequal(learned(follower), learned(room.engine)) == []
        assert follower.problem is None
    finally:
        follower.close()


def test_a_fold_that_fails_is_told_and_not_tried_again(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[Batch] = []

    def fail(batch: Batch) -> None:
        tries.append(batch)
        raise RuntimeError("a vector of another length")

    monkeypatch.setattr(room.engine._log_consumer.state, "fold", fail)
    room.engine.start()
    room.engine.publish([article("a")]).result()
    assert room.engine._log_consumer.join(5)
    assert room.engine.problem is not None
    assert "a vector of another length" in room.engine.problem
    assert len(tries) == 1
    assert "the fold failed at log entry 1" in caplog.text


def test_what_another_text_model_understood_is_understood_anew(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    def old(article: Article) -> ArticleFeatures:
        return structs.replace(extract_features(article), model="of old", vector=bytes(8))

    monkeypatch.setattr("recirc.engine.engine.extract_features", old)
    room.engine.publish([article("a")]).result()
    room.engine.catch_up()
    vector = room.engine._log_consumer.state.content.vectors[0]
    assert vector.tobytes() == extract_features(article("a")).vector
