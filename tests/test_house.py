"""The page on architecture, the import contracts and the code say the same of the house."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "recirc"
LAYERS: list[str] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
    "contracts"
][0]["layers"]


def test_the_page_on_architecture_has_the_floors_of_the_contract() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    shown = re.findall(r"^\| (\d+) \| ([^|]+) \|", page, re.MULTILINE)
    assert [int(floor) for floor, _ in shown] == list(range(1, len(LAYERS) + 1))
    rooms = [set(re.findall(r"`(\w+)`", names)) for _, names in shown]
    assert rooms == [{name.strip().removeprefix("recirc.") for name in layer.split("|")} for layer in LAYERS]


def test_every_room_is_on_a_floor() -> None:
    rooms = {
        path.stem if path.is_file() else path.name
        for path in PACKAGE.iterdir()
        if (path.suffix == ".py" and path.stem != "__init__") or (path / "__init__.py").is_file()
    }
    assert rooms == {name.strip().removeprefix("recirc.") for layer in LAYERS for name in layer.split("|")}


def _modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def _imported(path: Path) -> set[str]:
    found = set[str]()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize("path", _modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_store_opens_sqlite(path: Path) -> None:
    inside = path.is_relative_to(PACKAGE / "store")
    assert inside or "sqlite3" not in _imported(path)
    assert inside or not _imported(path) & {
        "recirc.store.database", "recirc.store.rows", "recirc.store.apply", "recirc.store.sequencer",
    }  # fmt: skip


def test_no_two_public_classes_share_a_name() -> None:
    names: dict[str, list[str]] = {}
    for path in _modules():
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                names.setdefault(node.name, []).append(str(path.relative_to(PACKAGE)))
    assert {name: places for name, places in names.items() if len(places) > 1} == {}


def _code() -> list[Path]:
    """Python files of this repository, also new ones: what git ignores (node_modules, builds) is not ours."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    return [path for name in sorted(filter(None, listed.split("\0"))) if (path := ROOT / name).is_file()]


CODE = _code()


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_at_most_400_lines(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_function_fits_on_a_screen_and_has_few_parameters(path: Path) -> None:
    """50 lines from its name to its end; 8 parameters, but for commands, whose parameters are their options."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert (node.end_lineno or 0) - node.lineno < 50, f"{node.name} is too long"
            arguments = node.args
            parameters = len([*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs])
            command = any("app.command" in ast.unparse(each) for each in node.decorator_list)
            assert command or parameters <= 8, f"{node.name} has {parameters} parameters"


def test_no_file_holds_both_sides_of_a_merge() -> None:
    listed = subprocess.run(
        ["git", "grep", "-nIE", "^(<{7}|>{7}) "], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert listed.stdout == ""


@pytest.mark.parametrize("script", ["run", ".ci/run", ".ci/another-python"])
def test_a_script_of_the_shell_can_be_read(script: str) -> None:
    done = subprocess.run(["bash", "-n", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr == ""
