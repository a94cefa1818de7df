"""Policies of third parties are found in files, modules and installed packages."""

import sys
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

from recirc.replay.metrics import ReplayError
from recirc.replay.policies import discovery, policies
from recirc.replay.policies.discovery import installed_policies, policies_in

SOURCE = """
import numpy as np
from recirc.replay.policies import Policy

class Foreign(Policy):
    name = "{name}"

    def rank(self, state, visit, slots, among=None):
        return np.arange(slots, dtype=np.int32)
"""


def test_a_file_and_a_package_are_searched_for_policies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "foreign_file.py").write_text(SOURCE.format(name="from-a-file"))
    package = tmp_path / "foreign_package"
    package.mkdir()
    (package / "__init__.py").write_text("from foreign_package import part\n")
    (package / "part.py").write_text(SOURCE.format(name="from-a-package"))
    assert [each.name for each in policies_in(str(tmp_path / "foreign_file.py"))] == ["from-a-file"]
    assert [each.name for each in policies_in(str(package))] == ["from-a-package"]
    assert [each.name for each in policies_in("foreign_package.part")] == ["from-a-package"]
    assert {"from-a-file", "from-a-package", "default"} <= set(policies())


def test_what_defines_no_policy_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "nothing_here.py").write_text("")
    (tmp_path / "does_not_import.py").write_text("raise ValueError('out of order')")
    for source, reason in (
        (str(tmp_path / "nothing_here.py"), "defines no policy"),
        (str(tmp_path / "does_not_import.py"), "cannot be imported: out of order"),
        ("no.such.module", "cannot be imported: No module named 'no'"),
    ):
        with pytest.raises(ReplayError, match=reason):
            policies_in(source)


def test_installed_packages_add_policies_by_an_entry_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "installed_policy.py").write_text(SOURCE.format(name="installed"))
    monkeypatch.syspath_prepend(str(tmp_path))

    def install(value: str) -> None:
        entry = EntryPoint("theirs", value, discovery.ENTRY_POINTS)
        monkeypatch.setattr(discovery, "entry_points", lambda group: EntryPoints([entry]).select(group=group))

    install("installed_policy")
    assert installed_policies()["installed"].__module__ == "installed_policy"
    install("not_installed_policy")
    with pytest.raises(
        ReplayError, match=r"entry point 'theirs' of recirc\.policies \(not_installed_policy\)"
    ):
        installed_policies()
