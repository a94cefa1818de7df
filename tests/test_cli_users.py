"""`recirc user`: accounts on the command line."""

import io
import re
import sys
from pathlib import Path

import pytest

from recirc.cli import main
from recirc.clock import now_ms
from recirc.store.accounts import Accounts
from recirc.store.actions import ActionTrail, AuditQuery
from recirc.store.api_keys import create
from recirc.types.roles import Role
from recirc.web.passwords import matches


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "recirc.db"
    create(path, "first")
    return path


Cli = pytest.MonkeyPatch
Printed = pytest.CaptureFixture[str]


def run(monkeypatch: Cli, capsys: Printed, store: Path, *words: str, typed: str = "") -> tuple[int, str]:
    """Exit code, and what is printed."""
    monkeypatch.setattr(sys, "argv", ["recirc", "user", *words, "--db", str(store)])
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    with pytest.raises(SystemExit) as ended:
        main()
    printed = capsys.readouterr()
    return int(ended.value.code or 0), printed.out + printed.err


def test_an_invitation_from_the_command_line(monkeypatch: Cli, capsys: Printed, store: Path) -> None:
    code, out = run(monkeypatch, capsys, store, "add", "Una Pask", "--role", "publisher")
    assert code == 0
    token = re.search(r"/desk/invitation\?token=([\w-]+)", out)
    assert token is not None
    found = Accounts(store).invitation(token[1], now_ms())
    assert found is not None
    assert (found.name, found.role) == ("Una Pask", Role.PUBLISHER)


def test_add_list_password_disable(monkeypatch: Cli, capsys: Printed, store: Path) -> None:
    words = "four words about herring\n"
    assert (
        run(monkeypatch, capsys, store, "add", "Beth", "--role", "administrator", "--password", typed=words)[
            0
        ]
        == 0
    )
    assert run(monkeypatch, capsys, store, "add", "beth")[0] == 2
    assert run(monkeypatch, capsys, store, "add", "Una", "--password", typed="short\n")[0] == 2
    assert run(monkeypatch, capsys, store, "add", "Una", "--password", typed=words)[0] == 0
    assert run(monkeypatch, capsys, store, "list")[1] == "Beth\tadministrator\nUna\teditor\n"
    assert run(monkeypatch, capsys, store, "disable", "Una")[0] == 0
    assert "Una\teditor\tdisabled" in run(monkeypatch, capsys, store, "list")[1]
    code, out = run(monkeypatch, capsys, store, "disable", "Beth")
    assert code == 2
    assert "only administrator" in out
    assert run(monkeypatch, capsys, store, "password", "Nobody", typed=words)[0] == 2
    assert run(monkeypatch, capsys, store, "password", "Una", typed="other words about kippers\n")[0] == 0
    stored = Accounts(store).find("Una")
    assert stored is not None
    assert not stored.account.disabled
    assert matches("other words about kippers", stored.account.password)
    done = [entry.action for entry in ActionTrail(store).find(AuditQuery(), 9)]
    assert done == ["set the password of", "disable", "add", "add"]
