"""Files of arrays: they come back as they were written; whatever else is in a file, it is the one error."""

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import Struct
from numpy.typing import NDArray

from recirc.arrays_file import MAGIC, ArraysFileError, Format
from recirc.growing_arrays import LARGE
from recirc.types import Arrays


class Note(Struct, frozen=True):
    text: str


NOTES = Format("note", 3, Note)
DTYPES = ("|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f4", "<f8")
ARRAYS: Arrays = {
    "floats": np.linspace(0, 1, 1_001).reshape(7, 11, 13),
    "fortran": np.asfortranarray(np.arange(12, dtype=np.int32).reshape(3, 4)),
    "strided": np.arange(20, dtype=np.int16)[::3],
    "big end first": np.arange(5, dtype=">i8"),
    "none": np.zeros((0, 4), np.float32),
    "alone": np.array(42),
    "flags": np.array([True, False]),
}


def read(content: bytes) -> tuple[Note, Arrays]:
    """What is read of a file with this content; `read_about` must not fail in another way, nor `map` find another."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.note"
        path.write_bytes(content)
        try:
            NOTES.read_about(path)
        except ArraysFileError:
            with pytest.raises(ArraysFileError):
                NOTES.read(path)
        with mock.patch("recirc.arrays_file.LARGE", 0):  # small arrays are mapped too
            try:
                mapped = NOTES.map(path)
            except ArraysFileError:
                with pytest.raises(ArraysFileError):
                    NOTES.read(path)
                raise
        found = NOTES.read(path)
        assert mapped[0] == found[0]
        assert mapped[1].keys() == found[1].keys()
        for name, array in found[1].items():
            assert (array.dtype, array.shape) == (mapped[1][name].dtype, mapped[1][name].shape)
            assert array.tobytes() == mapped[1][name].tobytes()
        return found


def written(arrays: Arrays = ARRAYS) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.note"
        NOTES.write(path, Note("ferry"), arrays)
        assert [each.name for each in Path(folder).iterdir()] == ["a.note"]
        return path.read_bytes()


def forged(header: object, body: bytes = b"") -> bytes:
    """A file with this header, or this text as header, and checksums that fit."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    start = MAGIC + len(text).to_bytes(4, "little") + text
    content = start + hashlib.blake2b(start, digest_size=16).digest() + body
    return content + hashlib.blake2b(content, digest_size=16).digest()


def with_arrays(arrays: object, body: bytes = b"", **others: object) -> bytes:
    return forged({"kind": "note", "format": 3, "about": {"text": ""}, "arrays": arrays, **others}, body)


def test_arrays_come_back_as_they_were_and_can_be_changed() -> None:
    note, arrays = read(written())
    assert note == Note("ferry")
    assert sorted(arrays) == sorted(ARRAYS)
    for name, array in arrays.items():
        assert array.dtype == ARRAYS[name].dtype.newbyteorder("=")
        assert array.shape == ARRAYS[name].shape
        assert (array == ARRAYS[name]).all()
        assert array.flags.c_contiguous
        array[...] = 0


arrays_drawn = st.dictionaries(
    st.text(max_size=5),
    st.builds(
        lambda dtype, shape, seed: np.random.default_rng(seed).integers(0, 2, shape).astype(dtype),
        st.sampled_from(DTYPES),
        st.lists(st.integers(0, 4), max_size=4),
        st.integers(0, 9),
    ),
    max_size=4,
)


@settings(max_examples=60, deadline=None)
@given(arrays_drawn)
def test_any_arrays_come_back(arrays: dict[str, NDArray[Any]]) -> None:
    _, found = read(written(arrays))
    assert {n: (a.dtype, a.shape, a.tobytes()) for n, a in found.items()} == {
        n: (a.dtype, a.shape, a.tobytes()) for n, a in arrays.items()
    }


def test_forged_files_are_read_when_they_are_right() -> None:
    body = np.array([1.5, 2.5]).tobytes()
    _, arrays = read(with_arrays([{"name": "a", "dtype": "<f8", "shape": [2]}], body))
    assert arrays["a"].tolist() == [1.5, 2.5]


@pytest.mark.parametrize(
    ("dtype", "shape", "body"),
    [
        ("|O", [1], b"\0" * 8),
        ("<f8", [0, 2**62], b""),
        ("<f8", [2**62, 0], b""),
        ("|V0", [2**62], b""),
        ("|S0", [10], b""),
        ("<f8", [2**63], b""),
        ("<f8", [2**200, 0], b""),
        ("<f8", [-1], b"\0" * 8),
        ("<f8", [-1, -1], b"\0" * 8),
        ("<f8", [0] * 100, b""),
        ("<f8", [1] * 100, b"\0" * 8),
        ("f8," * 50 + "f8", [0], b""),
        ("<M8[s]", [1], b"\0" * 8),
        ("<U4", [1], b"\xff" * 16),
        (">f8", [1], b"\0" * 8),
        ("__import__('os').system('true')", [0], b""),
        ("x" * 10_000, [0], b""),
        ([["x", "<f8", [2**40]]], [0], b""),
        ("<f8", [1.0], b"\0" * 8),
        ("<f8", None, b""),
        (None, [0], b""),
    ],
)
def test_crafted_arrays_are_refused_whatever_the_checksum_says(
    dtype: object, shape: object, body: bytes
) -> None:
    with pytest.raises(ArraysFileError):
        read(with_arrays([{"name": "a", "dtype": dtype, "shape": shape}], body))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not a note: it does not begin as one does"),
        (MAGIC, "not a note"),
        (MAGIC + b"\xff\xff\xff\xff" + bytes(40), "a header of 4,294,967,295 bytes"),
        (forged(b"[" * 200_000), "its header cannot be read"),
        (forged({"kind": "note"}), "its header cannot be read"),
        (forged(b'{"kind": "\xff\xfe"}'), "its header cannot be read"),
        (with_arrays([], kind="boat"), "not a note but of the kind 'boat'"),
        (with_arrays([], format=4), "a note of format 4, but this Recirc reads 3"),
        (with_arrays([], format=2**80), "format|cannot be read"),
        (with_arrays([], about=7), "its header cannot be read"),
        (with_arrays([], b"left over"), r"it has \d+ bytes instead of \d+"),
        (
            with_arrays([{"name": "a", "dtype": "|b1", "shape": [0]}] * 2),
            "two of its arrays have the same name",
        ),
    ],
)
def test_the_error_says_what_is_wrong(content: bytes, reason: str) -> None:
    with pytest.raises(ArraysFileError, match=reason):
        read(content)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.booleans(), st.booleans())
@example(b"[" * 100_000, True, True)
def test_no_bytes_raise_another_error(content: bytes, begun: bool, sealed: bool) -> None:
    if sealed:
        content = forged(content)
    elif begun:
        content = MAGIC + content
    with pytest.raises(ArraysFileError):
        read(content)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.sampled_from(DTYPES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)
lengths = st.integers(-2, 4) | st.integers(2**30, 2**70)
layouts = st.fixed_dictionaries(
    {
        "name": st.text(max_size=2) | json_values,
        "dtype": st.sampled_from((*DTYPES, "|O", "|V0", "<U1", "S", ">i4", "<c16")) | json_values,
        "shape": st.lists(lengths, max_size=5) | json_values,
    }
)


@settings(max_examples=300, deadline=None)
@given(st.lists(layouts, max_size=3) | json_values, st.binary(max_size=40), json_values)
def test_no_header_raises_another_error_whatever_the_checksum_says(
    arrays: object, body: bytes, text: object
) -> None:
    try:
        _, found = read(with_arrays(arrays, body, about={"text": text}))
    except ArraysFileError:
        return
    assert sum(array.nbytes for array in found.values()) == len(body)
    assert all(array.dtype.str in DTYPES for array in found.values())


WRITTEN = written({"a": np.arange(30), "b": np.zeros((2, 3), np.int8)})


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 8 * len(WRITTEN) - 1))
def test_every_flipped_bit_is_noticed(bit: int) -> None:
    content = bytearray(WRITTEN)
    content[bit // 8] ^= 1 << bit % 8
    with pytest.raises(ArraysFileError):
        read(bytes(content))


@pytest.mark.parametrize("cut", range(0, len(WRITTEN), 7))
def test_every_cut_is_noticed(cut: int) -> None:
    with pytest.raises(ArraysFileError):
        read(WRITTEN[:cut])
    with pytest.raises(ArraysFileError):
        read(WRITTEN + WRITTEN[:cut] + b"\0")


@pytest.mark.parametrize(
    "wild", [np.array([object()]), np.array(["a"]), np.zeros(1, "<M8[ms]"), np.zeros(1, "i4,i4")]
)
def test_other_arrays_are_not_written(wild: NDArray[Any], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"'wild' of .* does not hold plain numbers"):
        NOTES.write(tmp_path / "a.note", Note(""), {"good": np.zeros(1), "wild": wild})
    assert not list(tmp_path.iterdir())


def test_a_disk_that_refuses_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.note"
    NOTES.write(path, Note("old"), {})

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        NOTES.write(path, Note("new"), ARRAYS)
    assert NOTES.read(path) == (Note("old"), {})
    assert [each.name for each in tmp_path.iterdir()] == ["a.note"]


def test_a_mapped_file_is_shared_until_it_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.note"
    kinds = (np.int8, np.float64, np.int16, np.float32, np.int64)
    arrays: Arrays = {str(n): np.arange(LARGE + n).astype(kind) for n, kind in enumerate(kinds)}
    NOTES.write(path, Note("odd lengths"), arrays)
    before = path.read_bytes()
    (_, ours), (_, theirs) = NOTES.map(path), NOTES.map(path)
    path.unlink()  # as older snapshots are
    for name, array in arrays.items():
        assert ours[name].flags.aligned
        assert ours[name].base is not None, "it lies in the file"
        assert np.array_equal(ours[name], array)
        ours[name][:] = 0
        assert np.array_equal(theirs[name], array)
    path.write_bytes(before)
    assert NOTES.read(path)[1].keys() == arrays.keys()


def test_files_from_before_are_mapped_as_well(tmp_path: Path) -> None:
    """There arrays may lie anywhere."""
    path, array = tmp_path / "a.note", np.arange(LARGE // 8 + 1, dtype=np.int64)
    layouts = [
        {"name": "odd", "dtype": "|i1", "shape": [3]},
        {"name": "a", "dtype": "<i8", "shape": list(array.shape)},
    ]
    path.write_bytes(with_arrays(layouts, b"abc" + array.tobytes()))
    _, found = NOTES.map(path)
    assert np.array_equal(found["a"], array)
    found["a"][0] = 7
    assert found["odd"].tolist() == [97, 98, 99]
