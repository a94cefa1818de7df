import os
import subprocess
import sys
from pathlib import Path

CALLEE = "from recirc.compiled import compiled\n\nLIMIT = {limit}\n\n@compiled\ndef inner(x):\n    return x + {added}\n"
CALLER = """
import inner_part
from inner_part import LIMIT, inner
from recirc.compiled import compiled

@compiled
def outer(x):
    return min(inner(x), LIMIT)

print(outer(1), sum(outer.stats.cache_hits.values()))
"""


def _run(folder: Path, **variables: str) -> str:
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    # No bytecode is kept: a module that is written anew in the same second, and as long as before, would not be read.
    command = [sys.executable, "-B", str(folder / "caller.py")]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": path, **variables},
    ).stdout.strip()


def test_machine_code_does_not_outlive_the_source_of_a_callee_or_a_constant(tmp_path: Path) -> None:
    (tmp_path / "caller.py").write_text(CALLER)
    (tmp_path / "inner_part.py").write_text(CALLEE.format(limit=100, added=1))
    assert _run(tmp_path) == "2 0"
    assert _run(tmp_path) == "2 1", "unchanged sources find their machine code on disk"
    (tmp_path / "inner_part.py").write_text(CALLEE.format(limit=100, added=7))
    assert _run(tmp_path) == "8 0"
    (tmp_path / "inner_part.py").write_text(CALLEE.format(limit=5, added=7))
    assert _run(tmp_path) == "5 0"


FIELDS = """
from typing import NamedTuple
import numpy as np

class Pair(NamedTuple):
    {first}: np.ndarray
    {second}: np.ndarray
"""
READER = """
import numpy as np
from inner_part import Pair
from recirc.compiled import compiled

@compiled
def difference(pair):
    return pair.left[0] - pair.right[0]

print(difference(Pair(left=np.array([5]), right=np.array([3]))), sum(difference.stats.cache_hits.values()))
"""


def test_machine_code_does_not_outlive_the_order_of_the_fields_that_it_reads(tmp_path: Path) -> None:
    (tmp_path / "caller.py").write_text(READER)
    for first, second, hits in (("left", "right", 0), ("left", "right", 1), ("right", "left", 0)):
        (tmp_path / "inner_part.py").write_text(FIELDS.format(first=first, second=second))
        assert _run(tmp_path) == f"2 {hits}"


PAIR = "from typing import NamedTuple\n\nclass Pair(NamedTuple):\n    {first}: float\n    {second}: float\n"
PAIR_MAKER = """
from pair_part import Pair
from recirc.compiled import compiled

@compiled
def pair(x):
    return Pair(one=x, two=2 * x)

print(*pair(1.0), sum(pair.stats.cache_hits.values()))
"""


def test_machine_code_does_not_outlive_the_order_of_a_named_tuples_fields(tmp_path: Path) -> None:
    (tmp_path / "caller.py").write_text(PAIR_MAKER)
    (tmp_path / "pair_part.py").write_text(PAIR.format(first="one", second="two"))
    assert _run(tmp_path) == "1.0 2.0 0"
    assert _run(tmp_path) == "1.0 2.0 1"
    (tmp_path / "pair_part.py").write_text(PAIR.format(first="two", second="one"))
    assert _run(tmp_path) == "2.0 1.0 0"


NOWHERE = """
import numba.core.caching as caching

def refused(locator):
    raise PermissionError(13, "Permission denied")

for each in (caching.InTreeCacheLocator, caching.UserWideCacheLocator):
    each.ensure_cache_path = refused
"""
TOLD = """
from recirc.compiled import is_kept, watched
with watched(lambda ready, size: print("compiling", ready, "of", size)):
    outer(1)
print(is_kept())
"""


def test_a_user_who_may_write_nowhere_compiles_anew_each_time_without_an_error(tmp_path: Path) -> None:
    (tmp_path / "caller.py").write_text(CALLER.partition("print")[0] + TOLD)
    (tmp_path / "inner_part.py").write_text(CALLEE.format(limit=100, added=1))
    (tmp_path / "__pycache__").write_text("in the way of the package's own folder")
    for _ in range(2):
        lines = _run(tmp_path, HOME=os.devnull, XDG_CACHE_HOME=os.devnull).splitlines()
        assert lines[-2:] == ["compiling 2 of 2", "False"]


def test_a_user_who_may_write_nowhere_reads_what_another_user_compiled_at_installation(
    tmp_path: Path,
) -> None:
    (tmp_path / "caller.py").write_text(CALLER)
    (tmp_path / "inner_part.py").write_text(CALLEE.format(limit=100, added=1))
    assert _run(tmp_path) == "2 0"
    (tmp_path / "sitecustomize.py").write_text(NOWHERE)
    assert _run(tmp_path, HOME=os.devnull) == "2 1"


def test_machine_code_that_is_cut_short_is_compiled_anew(tmp_path: Path) -> None:
    (tmp_path / "caller.py").write_text(CALLER)
    (tmp_path / "inner_part.py").write_text(CALLEE.format(limit=100, added=1))
    assert _run(tmp_path) == "2 0"
    for file in (tmp_path / "__pycache__").glob("*.nbc"):
        file.write_bytes(file.read_bytes()[:100])
    assert _run(tmp_path) == "2 0"
    assert _run(tmp_path) == "2 1"


def test_machine_code_for_a_class_that_is_gone_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "caller.py").write_text(READER)
    (tmp_path / "inner_part.py").write_text(FIELDS.format(first="left", second="right"))
    assert _run(tmp_path) == "2 0"
    renamed = FIELDS.format(first="left", second="right").replace("Pair", "Couple")
    (tmp_path / "inner_part.py").write_text(renamed)
    (tmp_path / "caller.py").write_text(READER.replace("Pair", "Couple"))
    assert _run(tmp_path) == "2 0"
