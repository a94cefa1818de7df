"""Damaged, foreign and too new snapshots are skipped."""

import logging
import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from recirc.store.snapshots import Snapshots
from recirc.types import Arrays


def arrays(seed: int) -> Arrays:
    return {
        "weights": np.random.default_rng(seed).random((50, 3)),
        "log": np.arange(seed, seed + 8, dtype=np.uint8),
    }


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 30)


def flip(place: int) -> Callable[[Path], None]:
    def flip_bit(path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[place] ^= 0x10
        path.write_bytes(content)

    return flip_bit


def lengthen(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def replace(path: Path) -> None:
    path.write_text("not a snapshot")


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (cut, r"damaged: it has [\d,]+ bytes instead of [\d,]+"),
        (lengthen, r"damaged: it has [\d,]+ bytes instead of [\d,]+"),
        (lambda path: os.truncate(path, 5), "not a snapshot: it does not begin as one does"),
        (lambda path: os.truncate(path, 0), "not a snapshot: it does not begin as one does"),
        (replace, "not a snapshot: it does not begin as one does"),
        (flip(0), "not a snapshot: it does not begin as one does"),
        (flip(9), "damaged: "),
        (flip(14), "damaged: its header does not match its checksum"),
        (flip(-200), "damaged: its content does not match its checksum"),
        (flip(-1), "damaged: its content does not match its checksum"),
    ],
)
def test_a_damaged_snapshot_gives_way_to_the_one_before(
    tmp_path: Path, damage: Callable[[Path], None], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    snapshots = Snapshots(tmp_path)
    snapshots.save(10, "f", arrays(1))
    newer = snapshots.save(20, "f", arrays(2))
    damage(newer)
    found = snapshots.newest("f", 100)
    assert found is not None
    assert found[0] == 10
    assert found[1]["weights"].tobytes() == arrays(1)["weights"].tobytes()
    (warning,) = [entry for entry in caplog.records if entry.levelno == logging.WARNING]
    assert re.fullmatch(f"{newer}: snapshot skipped: {reason}.*", warning.getMessage())


@pytest.mark.parametrize("seed", range(40))
def test_no_flipped_bit_goes_unnoticed(tmp_path: Path, seed: int) -> None:
    snapshots = Snapshots(tmp_path)
    path = snapshots.save(10, "f", arrays(1))
    flip(int(np.random.default_rng(seed).integers(path.stat().st_size)))(path)
    assert snapshots.newest("f", 100) is None


def test_foreign_and_too_new_snapshots_are_skipped(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    snapshots = Snapshots(tmp_path)
    snapshots.save(10, "mine", arrays(1))
    snapshots.save(20, "theirs", arrays(2))
    snapshots.save(30, "mine", arrays(3))
    found = snapshots.newest("mine", 25)
    assert found is not None
    assert found[0] == 10
    told = "\n".join(entry.getMessage() for entry in caplog.records)
    assert "with other settings or from another log" in told
    assert "its offset 30 is beyond the log's end, 25" in told
