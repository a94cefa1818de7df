"""`benchmarks/machines.py` in short: three machines on hosts of their own, whose database is killed and cut off."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from machines_net import missing
from postgres import programs

COMMAND = Path(__file__).resolve().parents[2] / "benchmarks" / "machines.py"


def test_three_machines_lose_nothing_when_their_database_is_killed_and_cut_off() -> None:
    programs()
    if why := missing():
        pytest.skip(f"no hosts of our own: {why}")
    words = [
        "--only",
        "leader",
        "cables",
        "forked",
        "--kills",
        "1",
        "--cables",
        "leader",
        "--pulled",
        "5",
        "--json",
    ]
    done = subprocess.run(
        [sys.executable, str(COMMAND), *words], capture_output=True, text=True, check=False, timeout=3000
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == 6, done.stderr
    # How long it took is for the long run: the machine is busy with other tests.
    assert all(row["sound"] for row in found), done.stdout
