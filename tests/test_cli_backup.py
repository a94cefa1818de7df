"""`recirc backup`, `recirc check`, `recirc restore` as they are typed."""

import json
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace
from typer.testing import CliRunner

from recirc.cli import app
from recirc.engine import Engine
from recirc.settings import Settings, StoreSettings
from recirc.types import Article


def run(*words: str) -> str:
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_store_is_backed_up_checked_and_restored(tmp_path: Path) -> None:
    path, copy = tmp_path / "recirc.db", tmp_path / "copy.db"
    engine = Engine.open(replace(Settings(), store=StoreSettings(path=str(path))))
    when = datetime(2026, 11, 1, tzinfo=UTC)
    engine.publish(
        [Article(id="ferry", headline="The ferry waits", body="<p>Noon.</p>", published=when)]
    ).result()
    engine.catch_up()
    told = json.loads(run("backup", str(copy), "--db", str(path), "--json"))
    assert (told["entries"], told["articles"]) == (1, 1)
    engine.snapshot()
    engine.close()
    assert "snapshot at entry 1 equals a fold anew" in run("check", "--db", str(path))
    assert "what was there is now" in run("restore", str(copy), "--db", str(path))
    assert "is sound" in run("check", "--db", str(path))
    run("backup", f"{tmp_path}/copies.d/", "--db", str(path))
    assert len(list((tmp_path / "copies.d").glob("recirc-*.db"))) == 1
