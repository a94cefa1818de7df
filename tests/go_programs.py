"""Servers that Debian has not, or too old: built by Go once, and kept for the next run."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from kept_builds import CACHE, building


@cache
def program(name: str, module: str, version: str) -> Path:
    """The program `name` of a Go module, built where it is not there yet; the test is skipped where it cannot be."""
    place = CACHE / f"{name}-{version}"
    if place.exists():
        return place
    go = shutil.which("go")
    if go is None:
        pytest.skip(f"{name} is built by Go, which is not installed (Debian: apt-get install golang-go)")
    with building() as folder:
        if place.exists():
            return place
        words = [go, "install", "-p", "1", f"{module}@{version}"]
        done = subprocess.run(
            words, env=os.environ | {"GOBIN": str(folder)}, capture_output=True, text=True, timeout=1200
        )
        if done.returncode:
            pytest.skip(f"{name} cannot be built here: {done.stderr.strip().splitlines()[-1]}")
        (folder / name).replace(place)
    return place
