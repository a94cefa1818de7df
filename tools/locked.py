"""Whether requirements/ still says what pyproject.toml asks for: `python tools/locked.py`, a part of `./run check`.

For each requirement of the project, its build and its development: is it pinned in the lock that ./run installs, to a
version within the range? It asks no registry.
"""

import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent


def pinned(path: Path) -> dict[str, list[Requirement]]:
    """The pins of a lock by name; a package may have several, for different Pythons."""
    pins: dict[str, list[Requirement]] = {}
    for line in path.read_text("utf-8").splitlines():
        if line and not line.startswith((" ", "#")):
            pin = Requirement(line.removesuffix("\\"))
            pins.setdefault(canonicalize_name(pin.name), []).append(pin)
    return pins


def group(groups: Mapping[str, list[Any]], name: str) -> Iterator[str]:
    """The requirements of a dependency group and of those that it includes."""
    for each in groups[name]:
        if isinstance(each, str):
            yield each
        else:
            yield from group(groups, each["include-group"])


def faults(lock: Path, wanted: list[str]) -> Iterator[str]:
    """What is wrong with a lock, one sentence each."""
    pins = pinned(lock)
    for each in map(Requirement, wanted):
        found = pins.get(canonicalize_name(each.name), [])
        if not found:
            yield f"{lock.name} does not pin {each.name}"
        for pin in found:
            version = str(pin.specifier).removeprefix("==")
            if not each.specifier.contains(version, prereleases=True):
                yield f"{lock.name} has {each.name} {version}, pyproject.toml asks for {each.specifier}"


def main() -> None:
    """Compare both locks with pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    own, groups = project["project"]["dependencies"], project["dependency-groups"]
    told = [
        *faults(ROOT / "requirements" / "runtime.txt", [*own, *group(groups, "build")]),
        *faults(ROOT / "requirements" / "dev.txt", [*own, *group(groups, "dev")]),
    ]
    if told:
        sys.exit("\n".join([*told, "make the locks anew: ./run lock"]))


if __name__ == "__main__":
    main()
