"""Arrays that grow hold what they held, and take memory for that alone."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recirc.growing_arrays import LARGE, PAGE, copy_nonzero, grow, lengthen, zeros

SMAPS = Path("/proc/self/smaps_rollup")


def resident() -> int:
    """Memory of this process in bytes."""
    (line,) = [line for line in SMAPS.read_text().splitlines() if line.startswith("Rss:")]
    return int(line.split()[1]) * 1024


@given(
    rows=st.integers(0, 3000),
    more=st.integers(0, 3000),
    width=st.integers(1, 9),
    dtype=st.sampled_from(["?", "i1", "u4", "i8", "f8"]),
    fill=st.sampled_from([0, 1]),
    density=st.sampled_from([0.0, 0.001, 0.5]),
)
def test_a_longer_array_has_the_old_rows_and_new_ones_as_wanted(
    rows: int, more: int, width: int, dtype: str, fill: int, density: float
) -> None:
    array = (np.random.default_rng(rows).random((rows, width)) < density).astype(dtype)
    found = lengthen(array, rows + more, fill)
    assert found.dtype == array.dtype
    assert (found[:rows] == array).all()
    assert (found[rows:] == fill).all()
    found[:] = 1  # its own, and writable
    assert array.sum() <= rows * width


def test_what_is_not_contiguous_is_copied_as_it_is() -> None:
    array = np.arange(100_000).reshape(1000, 100)[:, ::2]
    assert (lengthen(array, 1200)[:1000] == array).all()


def test_a_part_of_a_page_at_the_end_is_copied() -> None:
    source, target = np.ones(PAGE + 3, np.uint8), np.zeros(PAGE + 9, np.uint8)
    copy_nonzero(source, target)
    assert target.tolist() == [1] * (PAGE + 3) + [0] * 6


def test_room_grows_by_parts_and_the_array_stays_where_there_is_room() -> None:
    array = np.zeros((1000, 2), np.int32)
    longer = grow(array, 1001)
    assert len(longer) == 1250
    assert grow(longer, 1250) is longer
    assert len(grow(array, 5000)) == 5000


@pytest.mark.skipif(not SMAPS.exists(), reason="memory is looked up as Linux tells it")
def test_rows_of_zeros_take_no_memory_however_often_the_array_grows() -> None:
    before, array = resident(), zeros((1000, 256), np.uint32)
    while array.nbytes < 400e6:
        array[len(array) // 2] = 7
        array = grow(array, len(array) + 1)
    assert array.nbytes > 400e6
    assert resident() - before < 100e6
    assert 7 in array


def test_a_large_array_is_not_shared_with_a_fork() -> None:
    array = zeros((LARGE,), np.uint8)
    child = os.fork()
    if child == 0:
        array[:] = 1
        os._exit(0)
    os.waitpid(child, 0)
    assert not array.any()
