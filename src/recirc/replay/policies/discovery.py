"""Policies of third parties: from installed packages, and from a module or file named on the command line."""

import importlib
import sys
from importlib.metadata import entry_points
from pathlib import Path

from recirc.replay.metrics import ReplayError
from recirc.replay.policies.known import policies
from recirc.replay.policies.policy import Policy

ENTRY_POINTS = "recirc.policies"
"""Entry-point group; each entry names a module that defines policies, or a policy class."""


def installed_policies() -> dict[str, type[Policy]]:
    """Every policy by its name, including those of installed packages.

    Raises:
        ReplayError: an installed package cannot be imported.
    """
    for entry in entry_points(group=ENTRY_POINTS):
        try:
            entry.load()
        except Exception as error:  # whatever the foreign code raises
            raise ReplayError(
                f"entry point {entry.name!r} of {ENTRY_POINTS} ({entry.value}): {error}"
            ) from error
    return policies()


def policies_in(source: str) -> list[type[Policy]]:
    """The policies that a module defines, by name.

    Args:
        source: dotted name of a module, or path of a Python file or of a folder that is a package.

    Raises:
        ReplayError: it cannot be imported, or defines no policy.
    """
    if not Path(source).exists() and (Path(source).suffix == ".py" or "/" in source):
        raise ReplayError(f"--policies {source}: there is no such file; it is looked for in {Path.cwd()}")
    name = _module_name(source)
    try:
        importlib.import_module(name)
    except Exception as error:  # whatever the foreign code raises
        raise ReplayError(f"--policies {source}: cannot be imported: {error}") from error
    found = [each for each in policies().values() if f"{each.__module__}.".startswith(f"{name}.")]
    if not found:
        raise ReplayError(
            f"--policies {source}: defines no policy (a subclass of recirc.replay.policies.Policy)"
        )
    return sorted(found, key=lambda policy: policy.name)


def _module_name(source: str) -> str:
    """The name under which a source can be imported; the folder of a file is put on the import path."""
    path = Path(source)
    if not path.exists():
        return source
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    return path.stem
