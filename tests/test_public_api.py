"""The public interface is what `public_api.txt` records; docs/api-python.md says what belongs to it.

After a change that is meant: `python tests/test_public_api.py` writes the record anew, and CHANGELOG.md gets a line.
"""

import ast
import difflib
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import typer.main
from typer.core import TyperGroup

from recirc.api.routes import OPERATIONS
from recirc.cli import app
from recirc.settings import Settings, entry_of
from recirc.settings.loading import RENAMED

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PAGE = (ROOT / "docs/api-python.md").read_text("utf-8")
RECORD = HERE / "public_api.txt"
SOURCES = ROOT / "src", ROOT / "clients/python/src"


def _tree(module: str) -> ast.Module:
    for folder in SOURCES:
        path = folder / module.replace(".", "/")
        for file in (path.with_suffix(".py"), path / "__init__.py"):
            if file.exists():
                return ast.parse(file.read_text("utf-8"))
    raise AssertionError(f"docs/api-python.md names the module {module}, which does not exist")


def _defined(module: str, name: str) -> ast.stmt:
    """The statement that defines a name, in the module itself or where that imports it from."""
    for node in _tree(module).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    return _defined(node.module, alias.name)
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if getattr(node, "name", None) == name or name in [getattr(each, "id", None) for each in targets]:
            return node
    raise AssertionError(f"docs/api-python.md names {module}.{name}, which does not exist")


def _signature(node: ast.stmt, prefix: str) -> Iterator[str]:
    """One line for a function or a value; for a class also one for each public method and field of its own."""
    if isinstance(node, ast.ClassDef):
        yield f"{prefix}({', '.join(map(ast.unparse, [*node.bases, *node.keywords]))})"
        for part in node.body:
            target = part.targets[0] if isinstance(part, ast.Assign) else getattr(part, "target", None)
            name: str = getattr(part, "name", getattr(target, "id", "_"))
            if not name.startswith("_") or name == "__init__":
                yield from _signature(part, f"{prefix}.{name}")
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        kind = "await " if isinstance(node, ast.AsyncFunctionDef) else ""
        decorated = "".join(
            f"@{ast.unparse(each)} " for each in node.decorator_list if ast.unparse(each) != "override"
        )
        returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
        yield f"{decorated}{kind}{prefix}({ast.unparse(node.args)}){returns}"
    elif isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) != "TypeAlias":
        yield f"{prefix}: {ast.unparse(node.annotation)}"
    elif isinstance(node, (ast.AnnAssign, ast.Assign)) and node.value:
        yield f"{prefix} = {ast.unparse(node.value)}"


def _python() -> Iterator[str]:
    for module, cell in re.findall(r"^\| `(recirc[\w.]*)` \| (.+) \|$", PAGE, re.MULTILINE):
        names = re.findall(r"`(\w+)`", cell)
        if not names:
            exported = _defined(module, "__all__")
            assert isinstance(exported, ast.Assign)
            names = [name for name in ast.literal_eval(exported.value) if not name.startswith("_")]
        for name in sorted(names):
            yield from _signature(_defined(module, name), f"{module}.{name}")


def _commands(group: TyperGroup, words: str = "recirc") -> Iterator[str]:
    context = typer.Context(group)
    for name in sorted(group.list_commands(context)):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, TyperGroup):
            yield from _commands(command, f"{words} {name}")
        else:
            parts = (
                "/".join(part.opts) if part.param_type_name == "option" else (part.name or "").upper()
                for part in command.params
            )
            yield " ".join([words, name, *parts])


def _settings() -> Iterator[str]:
    for table in msgspec.structs.fields(Settings):
        values = getattr(Settings(), table.name)
        for name in values.__struct_fields__:
            yield f"{table.name}.{name} = {msgspec.json.encode(getattr(values, name)).decode()}"
        for field in msgspec.structs.fields(values):
            entry = entry_of(field.type)
            yield from (
                f"{table.name}.{field.name}: {name}" for name in (entry.__struct_fields__ if entry else ())
            )
    yield from (f"{old} -> {new}" for old, new in RENAMED.items())


def _http() -> Iterator[str]:
    for operation in sorted(OPERATIONS, key=lambda each: (each.path, each.method)):
        query = ", ".join(operation.query.__struct_fields__)
        yield f"{operation.method} {operation.path}{f' ({query})' if query else ''}"


def interface() -> str:
    """All that is public, a line each."""
    commands = typer.main.get_group(app)
    assert isinstance(commands, TyperGroup)
    parts = {
        "HTTP": _http(),
        "Command line": _commands(commands),
        "Settings": _settings(),
        "Python": _python(),
    }
    return "\n".join(f"# {title}\n\n" + "\n".join(lines) + "\n" for title, lines in parts.items())


def test_the_public_interface_is_the_recorded_one() -> None:
    before, now = RECORD.read_text("utf-8").splitlines(), interface().splitlines()
    changes = "\n".join(difflib.unified_diff(before, now, "recorded", "now", lineterm="", n=0))
    assert not changes, (
        f"{changes}\nIf this is meant: python tests/test_public_api.py, and a line in CHANGELOG.md"
    )


def test_the_page_s_program_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(compile(program, "docs/api-python.md", "exec"), {})
    assert capsys.readouterr().out.strip()


if __name__ == "__main__":
    RECORD.write_text(interface(), "utf-8")
