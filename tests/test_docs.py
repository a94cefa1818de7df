"""What the documents promise is there: their links, the commands they show, and all commands in some document."""

import re
import shlex
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperGroup

from recirc.cli import app

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
EVERYTHING = "\n".join(path.read_text("utf-8") for path in DOCUMENTS)


def _commands(group: TyperGroup, before: str = "recirc") -> dict[str, set[str]]:
    """Each command, and the options that it has."""
    found: dict[str, set[str]] = {}
    context = typer.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        full = f"{before} {name}"
        if isinstance(command, TyperGroup):
            found |= _commands(command, full)
        else:
            found[full] = {option for parameter in command.params for option in parameter.opts}
    return found


COMMANDS = _commands(typer.main.get_group(app))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    text = re.sub(r"```.*?```", "", path.read_text("utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        if not re.match(r"[a-z]+:", target):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"


def test_files_that_newcomers_are_sent_to_exist() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8") + (ROOT / "docs/architecture.md").read_text("utf-8")
    named = set(re.findall(r"`([\w/]+(?:/|\.(?:py|md|txt)))`", text))
    assert len(named) > 20
    for name in named:
        assert (ROOT / name).exists() or (ROOT / "src/recirc" / name).exists(), name


def test_every_attack_has_its_tests() -> None:
    lines = [
        line for line in (ROOT / "docs/attacks.md").read_text("utf-8").splitlines() if line.startswith("| ")
    ]
    attacks = [line for line in lines if not line.startswith("| attack |")]
    assert len(attacks) > 20
    for line in attacks:
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", line)
        assert named, line
        for path, test in named:
            assert f"def {test}(" in (ROOT / path).read_text("utf-8"), f"{path} has no {test}"


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_is_in_the_documents(command: str) -> None:
    assert command in EVERYTHING


def _shown() -> list[str]:
    lines = re.findall(r"^\$ (recirc .*)$", EVERYTHING, flags=re.MULTILINE)
    return sorted(dict.fromkeys(line.split("#")[0].strip() for line in lines))


@pytest.mark.parametrize("line", _shown())
def test_commands_that_are_shown_can_be_typed(line: str) -> None:
    words = shlex.split(line)
    names = [name for name in COMMANDS if words[: len(name.split())] == name.split()]
    assert names, f"no such command: {line}"
    options = [word.split("=")[0] for word in words if word.startswith("--")]
    assert set(options) <= COMMANDS[names[0]] | {"--help"}, line
