"""What a stranger reads after a mistake on the command line: one line, which names the right file and what to do."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from recirc import __version__
from recirc.cli import app, main
from recirc.store.api_keys import create

RUN = Path(__file__).resolve().parent.parent / "run"


def failure(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str) -> str:
    """What `recirc WORDS` prints to standard error, one line, when it ends with exit code 2."""
    monkeypatch.setattr(sys, "argv", ["recirc", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    printed = capsys.readouterr()
    assert ended.value.code == 2, printed
    assert printed.out == ""
    (line,) = printed.err.splitlines()
    return line


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store with one key, in the current folder."""
    monkeypatch.chdir(tmp_path)
    create(tmp_path / "recirc.db", "desk")
    return tmp_path / "recirc.db"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("serve --port many", "recirc: Invalid value for '--port'"),
        ("key revoke", "recirc: Missing argument"),
        ("sourcs list", "recirc: No such command 'sourcs'"),
        ("key revoke nobody", "recirc: no key is named 'nobody'; existing names: desk"),
        ("key create desk", "recirc: there is a key named 'desk' already; choose another name"),
        ("key create desk --site https://a.example", "recirc: there is a key named 'desk' already"),
        ("void add --reason x", "recirc: say which events: --since"),
        ("void add --reason x --article y", "recirc: no article has the id 'y'"),
        ("withdrawals add nobody", "recirc: no article has the id 'nobody'"),
        ("withdrawals restore nobody", "recirc: no withdrawn article has the id 'nobody'"),
        (
            "replay recirc.db --protocol live --policies nope.py",
            "recirc: --policies nope.py: there is no such file",
        ),
        ("backup nowhere/x.db", "recirc: nowhere/x.db: there is no folder nowhere; make it, or name another"),
        (
            "restore letter.txt --db other.db",
            "recirc: letter.txt: this is not a store of Recirc's; name another",
        ),
    ],
)
def test_a_mistake_is_one_line(
    store: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: str,
    line: str,
) -> None:
    store.with_name("letter.txt").write_text("Dear editor, " * 1000)
    before = {path.name for path in store.parent.iterdir()}
    assert failure(capsys, monkeypatch, *words.split()).startswith(line)
    made = {path.name for path in store.parent.iterdir()} - before
    assert not {name for name in made if not name.startswith("recirc.db")}, (
        "nothing is left beside another store"
    )


@pytest.mark.parametrize(
    "words",
    [
        "sources list", "sources check", "sources remove x", "withdrawals list", "withdrawals held",
        "withdrawals add x", "withdrawals restore x", "void list", "void undo x", "void add --reason x --first 1",
        "key list", "train", "models", "check", "backup copies",
    ],
)  # fmt: skip
def test_a_command_that_makes_no_store_says_that_there_is_none(
    store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    line = failure(capsys, monkeypatch, *words.split(), "--db", "nothere.db")
    assert line.startswith("recirc: nothere.db: there is no store; give its path with --db")
    assert not store.with_name("nothere.db").exists()


def test_a_command_that_makes_a_store_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("articles.jsonl").write_text('{"id": "a", "headline": "The ferry waits", "body": "Noon."}\n')
    words = ["import", "articles", "articles.jsonl", "--db", "nodir/x.db"]
    command = [sys.executable, "-c", "from recirc.cli import main; main()", *words]
    first = subprocess.run(command, capture_output=True, text=True, check=True)
    assert f"new store: {tmp_path / 'nodir/x.db'}, in a new folder" in first.stderr
    assert first.stdout.strip().endswith("into nodir/x.db")
    again = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "new store" not in again.stderr


def test_a_source_that_is_not_added_makes_no_store(
    store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = failure(capsys, monkeypatch, "sources", "add", "http://127.0.0.1:1", "--db", "nothere.db")
    assert "sources.private_hosts" in line  # and not a word of a new store
    assert not store.with_name("nothere.db").exists()


def test_a_mistyped_command_of_the_checkout_names_the_nearest() -> None:
    for typed, near in (("dmeo", "demo"), ("tests", "test"), ("serv", "serve")):
        ended = subprocess.run([RUN, typed], capture_output=True, text=True, check=False)
        assert ended.returncode == 1
        assert f"did you mean ./run {near}?" in ended.stderr


def test_the_lists_of_commands_are_whole_lines_in_eighty_columns() -> None:
    for words in ([], ["import"], ["key"], ["sources"], ["void"], ["withdrawals"]):
        shown = CliRunner().invoke(app, [*words, "--help"], terminal_width=80).output
        _, found, commands = shown.partition("Commands:")
        assert found, shown
        assert "..." not in commands, commands
        assert "range>" not in shown.lower()


@pytest.mark.parametrize("command", ["serve", "replay", "demo"])
def test_numbers_are_called_n_in_the_help(command: str) -> None:
    shown = CliRunner().invoke(app, [command, "--help"], terminal_width=80).output
    assert " N " in shown
    assert "range" not in shown.lower()


def test_the_version_is_told_as_an_option_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["recirc", "--version"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"{__version__}\n"


def test_the_command_line_starts_without_the_engine_and_the_server() -> None:
    """What only some commands need is imported by these commands, so that `recirc --help` is there at once."""
    code = (
        "import sys; sys.argv = ['recirc', 'version']\n"
        "from recirc.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(sorted({'numba', 'litestar', 'lxml', 'httpx', 'recirc.engine', 'recirc.server'} & sys.modules.keys()))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines()[1:] == ["[]"]
