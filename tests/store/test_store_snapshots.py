"""Snapshots come back as they were saved, the newest first, however many processes save."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from recirc.arrays_file import MAGIC
from recirc.store.snapshots import Snapshots


def test_arrays_come_back_as_they_were_and_can_be_changed(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path / "made")
    path = snapshots.save(17, "f", {"floats": np.linspace(0, 1, 1_001).reshape(7, 11, 13)})
    assert path.parent == tmp_path / "made"
    for _ in range(2):
        found = snapshots.newest("f", 17)
        assert found is not None
        offset, arrays = found
        assert offset == 17
        assert arrays["floats"].tobytes() == np.linspace(0, 1, 1_001).tobytes()
        arrays["floats"][...] = 0


def test_without_arrays_and_without_folder(tmp_path: Path) -> None:
    assert Snapshots(tmp_path / "missing").newest("f", 9) is None
    Snapshots(tmp_path).save(0, "f", {})
    assert Snapshots(tmp_path).newest("f", 9) == (0, {})


def test_python_objects_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'wild' of object does not hold plain numbers"):
        Snapshots(tmp_path).save(1, "f", {"wild": np.array([object()])})
    assert not list(tmp_path.iterdir())


def test_the_newest_ones_are_kept(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path, kept=3)
    for offset in range(1, 8):
        snapshots.save(offset, "f", {"a": np.array([offset])})
    assert len(list(tmp_path.iterdir())) == 3
    for at_most, offset in ((99, 7), (6, 6), (5, 5)):
        found = snapshots.newest("f", at_most)
        assert found is not None
        assert found[0] == found[1]["a"][0] == offset
    assert snapshots.newest("f", 4) is None


def test_those_from_beyond_the_log_do_not_push_out_the_good_ones(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path, kept=2)
    for offset in (1_000, 2_000, 10, 20):
        snapshots.save(offset, "f", {})
    assert snapshots.newest("f", 50) == (20, {})
    assert len(list(tmp_path.iterdir())) == 2


def test_those_of_older_code_go_when_there_are_enough_of_the_new(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path, kept=2)
    for offset, fingerprint in ((1, "old"), (2, "old"), (3, "new")):
        snapshots.save(offset, fingerprint, {})
    assert snapshots.newest("old", 9) == (2, {})
    snapshots.save(4, "new", {})
    assert snapshots.newest("old", 9) is None
    assert snapshots.newest("new", 9) == (4, {})


def test_abandoned_parts_are_cleared_and_others_left_alone(tmp_path: Path) -> None:
    for name, age in (("old.part", 7_200), ("young.part", 60), ("recirc.db", 7_200)):
        (tmp_path / name).write_text("x")
        os.utime(tmp_path / name, (time.time() - age, time.time() - age))
    kept = Snapshots(tmp_path).save(1, "f", {})
    assert {path.name for path in tmp_path.iterdir()} == {"young.part", "recirc.db", kept.name}


def test_many_save_and_read_at_once(tmp_path: Path) -> None:
    def save(offset: int) -> None:
        Snapshots(tmp_path).save(offset // 2, "f", {"a": np.full(20_000, offset // 2)})
        found = Snapshots(tmp_path).newest("f", 1 << 40)
        assert found is None or (found[1]["a"] == found[0]).all()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(save, range(80)))
    assert all(path.suffix == ".snapshot" for path in tmp_path.iterdir())
    assert Snapshots(tmp_path).newest("f", 1 << 40) is not None


def test_a_killed_process_leaves_nothing_that_is_read(tmp_path: Path) -> None:
    program = (
        "import sys, numpy, pathlib\n"
        "from recirc.store.snapshots import Snapshots\n"
        "snapshots = Snapshots(pathlib.Path(sys.argv[1]))\n"
        "for offset in range(1, 10_000):\n"
        "    snapshots.save(offset, 'f', {'a': numpy.full(300_000, offset)})\n"
        "    print(offset, flush=True)\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    for seconds in (0.01, 0.02, 0.03):
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"1\n"
            time.sleep(seconds)
            process.kill()
        found = Snapshots(tmp_path).newest("f", 1 << 40)
        assert found is not None
        assert (found[1]["a"] == found[0]).all()


def test_a_negative_offset_is_skipped(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = Snapshots(tmp_path).save(-5, "f", {})
    assert Snapshots(tmp_path).newest("f", 9) is None
    assert f"{path}: snapshot skipped: its offset -5" in caplog.text


ATTACKS = [
    b"",
    MAGIC,
    MAGIC + (200_000).to_bytes(4, "little") + b"[" * 200_000 + bytes(16),
    b"RECSNAP1" + (90).to_bytes(4, "little") + b'{"offset":1,"fingerprint":"f","arrays":[]}' + bytes(16),
    os.urandom(500),
]


@pytest.mark.parametrize("content", ATTACKS)
def test_whatever_lies_in_the_folder_is_skipped_with_a_warning(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    Snapshots(tmp_path).save(3, "f", {})
    other = tmp_path / "0000000000000007-aaaaaaaa.snapshot"
    other.write_bytes(content)
    assert Snapshots(tmp_path).newest("f", 9) == (3, {})
    assert f"{other}: snapshot skipped: " in caplog.text
