"""Entry points of other packages."""

import importlib
import sys
from pathlib import Path

import pytest

from recirc.plugins import load


@pytest.fixture(autouse=True)
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package as pip leaves it, with entry points of two groups: one good, one that names a missing module."""
    (tmp_path / "plugged_in.py").write_text("loaded = []\n")
    dist = tmp_path / "plugged_in-1.0.dist-info"
    dist.mkdir()
    (dist / "METADATA").write_text("Metadata-Version: 2.1\nName: plugged-in\nVersion: 1.0\n")
    (dist / "entry_points.txt").write_text(
        "[test.good]\na = plugged_in\n[test.broken]\nb = not_there:Thing\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    load.cache_clear()


def test_entry_points_of_a_group_are_imported_and_no_others() -> None:
    load("test.nobody")
    assert "plugged_in" not in sys.modules
    load("test.good")
    assert sys.modules["plugged_in"].loaded == []
    del sys.modules["plugged_in"]
    load("test.good")
    assert "plugged_in" not in sys.modules, "a group is loaded once"


def test_an_entry_point_that_cannot_be_imported_is_named() -> None:
    with pytest.raises(ImportError, match=r"entry point 'b' \(not_there:Thing\) of test.broken"):
        load("test.broken")
