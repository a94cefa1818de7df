"""`recirc erase` on a real file: what was published, corrected, searched, kept and copied is in no byte of any file."""

import gzip
import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from recirc.cli import app
from recirc.cli.options import CommandError
from recirc.engine import Engine, Observation
from recirc.media.folder import MediaFolder
from recirc.settings import Settings, StoreSettings
from recirc.store import cleaning
from recirc.store.actions import ActionTrail
from recirc.store.commands import KeepPicture
from recirc.store.erasure_receipts import read_receipt
from recirc.store.ports import ArchivedArticle, NotThereError, PublishOutcome
from recirc.store.sqlite import SqliteStore
from recirc.store.traces import ENCODINGS, encoded
from recirc.text.query import parse_query
from recirc.types import Article, EntryKind, Event, EventKind, Exclusion, Picture, PictureFacts

WHEN = datetime(2026, 11, 1, tzinfo=UTC)
FIRST = "The harbour master was seen taking envelopes behind the “Blue Anchor”."
SECOND = "Nobody at the quay had noticed the zibbledick brothers counting their money at noon."
HEADLINE = "Harbour master accused of taking envelopes"
ADDRESS = "https://paper.example/2026/harbour-master"


def run(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, words)
    assert result.exit_code == code, result.output
    return result.stdout


def article(body: str, id_: str = "harbour") -> Article:
    return Article(id=id_, headline=HEADLINE, body=f"<p>{body}</p>", published=WHEN, url=ADDRESS)


def ferry() -> Article:
    return Article(
        id="ferry", headline="The ferry waits for the tide", body="<p>It leaves at noon, or later.</p>"
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store in which the article was published, corrected, read, noted in the audit trail and kept in a snapshot."""
    path = tmp_path / "folder" / "recirc.db"
    engine = opened(path)
    engine.publish([article(FIRST), ferry()]).result()
    run("backup", str(tmp_path / "early.db"), "--db", str(path))
    engine.publish([article(f"{FIRST}</p><p>{SECOND}")]).result()
    seen = [Event(kind=EventKind.VIEW, article=each, time=WHEN, reader="r") for each in ("harbour", "ferry")]
    now = round(WHEN.timestamp() * 1000)
    engine.observe([Observation(event, now, 7, 0, Exclusion.NONE) for event in seen]).result()
    engine.catch_up()
    engine.snapshot()
    ActionTrail(path).note("beth", "editor", "correct", "harbour", "", f"headline: {HEADLINE}")
    engine.close()
    return path


def opened(path: Path) -> Engine:
    return Engine.open(replace(Settings(), store=StoreSettings(path=str(path))))


def holds(path: Path, text: str) -> list[str]:
    """Files in which a text stands, in any encoding, by a search of its own."""
    found = []
    for file in sorted(path.parent.rglob("*")):
        if file.is_file():
            content = file.read_bytes()
            found += [file.name for encoding in ENCODINGS if encoded(text, encoding) in content]
    return sorted(set(found))


def assert_erased(kept: ArchivedArticle | None, gone: ArchivedArticle | None) -> None:
    """Of two articles the second one is erased, and the first one is there."""
    assert kept is not None
    assert kept.article is not None
    assert gone is not None
    assert (gone.withdrawn, gone.article) == (True, None)


def erased(path: Path, tmp_path: Path) -> Path:
    receipt = tmp_path / "receipt.json"
    run(
        "erase", "article", "harbour", "--reason", "court order", "--receipt", str(receipt), "--db", str(path)
    )
    return receipt


def test_an_erased_article_is_in_no_byte_of_any_file(path: Path, tmp_path: Path) -> None:
    parts = (FIRST[4:40], SECOND[10:60], HEADLINE, "zibbledick", ADDRESS)
    assert all(holds(path, part) for part in parts)
    receipt = erased(path, tmp_path)
    assert [part for part in parts if holds(path, part)] == []
    told = receipt.read_text("utf-8")
    assert not any(part in told for part in parts)
    assert "clean:" in run("check", "--erased", str(receipt), "--db", str(path))
    assert json.loads(run("check", "--erased", str(receipt), "--db", str(path), "--json"))["clean"]
    assert "is sound" in run("check", "--db", str(path))
    assert "court order" in run("erase", "list", "--db", str(path))
    again = CliRunner().invoke(app, ["erase", "article", "harbour", "--db", str(path)])
    assert isinstance(again.exception, NotThereError)


def test_the_others_stay_and_readers_stay_counted(path: Path, tmp_path: Path) -> None:
    erased(path, tmp_path)
    engine = opened(path)
    try:
        engine.catch_up()
        kept, gone = engine.article("ferry"), engine.article("harbour")
        assert_erased(kept, gone)
        assert engine.life.withdrawal("harbour").reason == "court order"
        assert engine.life.withdrawal("harbour").headline is None
    finally:
        engine.close()
    with SqliteStore(path) as store:
        assert store.search(parse_query("zibbledick"), 0, 5) == []
        assert store.search(parse_query("tide"), 0, 5) == store.find(["ferry"]).tolist()
        assert store.read(0, 100).records["kind"].tolist().count(EntryKind.VIEW) == 2
        assert store.locate(ADDRESS) == -1


def test_nobody_publishes_it_again(path: Path, tmp_path: Path) -> None:
    erased(path, tmp_path)
    engine = opened(path)
    try:
        again = engine.publish([article(FIRST), article(FIRST, "another-id")]).result()
    finally:
        engine.close()
    assert again.outcomes == (PublishOutcome.WITHDRAWN, PublishOutcome.WITHDRAWN)


def test_an_older_backup_forgets_it_too(path: Path, tmp_path: Path) -> None:
    receipt = erased(path, tmp_path)
    run("restore", str(tmp_path / "early.db"), "--db", str(path))
    assert holds(path, FIRST[4:40]) == [] == holds(path, HEADLINE)
    assert "clean:" in run("check", "--erased", str(receipt), "--db", str(path))
    assert "is sound" in run("check", "--db", str(path))
    with SqliteStore(path) as store:
        kept, gone = store.get(store.find(["ferry", "harbour"]).tolist())
        assert_erased(kept, gone)


def test_a_receipt_stands_for_a_list_that_is_lost(path: Path, tmp_path: Path) -> None:
    receipt = erased(path, tmp_path)
    other = tmp_path / "new" / "recirc.db"
    run("restore", str(tmp_path / "early.db"), "--db", str(other))
    assert "NOT CLEAN" in run("check", "--erased", str(receipt), "--db", str(other), code=1)
    other = tmp_path / "newer" / "recirc.db"
    run("restore", str(tmp_path / "early.db"), "--erased", str(receipt), "--db", str(other))
    assert "clean:" in run("check", "--erased", str(receipt), "--db", str(other))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_one_remaining_copy_is_found(path: Path, tmp_path: Path, encoding: str) -> None:
    receipt = erased(path, tmp_path)
    planted = path.parent / "deep" / "forgotten.bin"
    planted.parent.mkdir()
    planted.write_bytes(b"\x07" * 1_048_560 + encoded(SECOND, encoding))
    told = run("check", "--erased", str(receipt), "--db", str(path), code=1)
    assert "forgotten.bin" in told
    assert "NOT CLEAN" in told


def test_a_compressed_copy_is_found(path: Path, tmp_path: Path) -> None:
    receipt = erased(path, tmp_path)
    (path.parent / "export.gz").write_bytes(gzip.compress(SECOND.encode()))
    assert "export.gz" in run("check", "--erased", str(receipt), "--db", str(path), code=1)


def test_a_search_without_its_control_proves_nothing(path: Path, tmp_path: Path) -> None:
    receipt = erased(path, tmp_path)
    other = tmp_path / "other" / "recirc.db"
    with SqliteStore(other):
        pass
    told = run("check", "--erased", str(receipt), "--db", str(other), code=1)
    assert "control text" in told
    assert "NOT CLEAN" in told


def test_passages_of_other_articles_are_not_looked_for(path: Path, tmp_path: Path) -> None:
    engine = opened(path)
    quoting = replace(ferry(), id="quoting", body=f"<p>{SECOND}</p>")
    engine.publish([quoting]).result()
    engine.close()
    receipt = erased(path, tmp_path)
    told = json.loads(receipt.read_text("utf-8"))
    assert told["shared"] > 0
    assert told["shared_with"] == ["quoting"]
    assert "clean:" in run("check", "--erased", str(receipt), "--db", str(path))
    assert holds(path, SECOND[10:60])


def test_files_are_their_owners_alone(path: Path, tmp_path: Path) -> None:
    receipt = erased(path, tmp_path)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    for file in (path, tmp_path / "early.db", receipt):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


def test_a_server_that_runs_erases_and_does_not_bring_it_back(path: Path, tmp_path: Path) -> None:
    engine = opened(path)
    try:
        engine.catch_up()
        assert len(engine.life.versions("harbour")) == 1
        receipt = erased(path, tmp_path)
        assert "clean:" in run("check", "--erased", str(receipt), "--db", str(path))
        engine.catch_up()
        engine.publish([ferry(), replace(ferry(), id="tide", body="<p>It is low.</p>")]).result()
        engine.catch_up()
        engine.snapshot()
        assert "clean:" in run("check", "--erased", str(receipt), "--db", str(path))
    finally:
        engine.close()
    assert "snapshot at entry" in run("check", "--db", str(path))


def test_a_file_that_was_not_cleaned_is_cleaned_by_the_next_process(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = tmp_path / "receipt.json"
    with monkeypatch.context() as patched:
        patched.setattr(cleaning.Cleaner, "run", lambda _: None)
        words = ["erase", "article", "harbour", "--receipt", str(receipt), "--db", str(path)]
        assert isinstance(CliRunner().invoke(app, words).exception, CommandError)
    assert read_receipt(receipt).what.articles == ("harbour",)
    with SqliteStore(path) as store:
        assert store.is_unclean()
        store.intern(["anything"])
        assert not store.is_unclean()
    assert "clean:" in run("check", "--erased", str(receipt), "--db", str(path))


def test_an_article_that_is_held_back_is_erased(path: Path, tmp_path: Path) -> None:
    with SqliteStore(path) as store:
        store.hold(
            Article(id="held", headline=SECOND, body=f"<p>{SECOND[::-1]}</p>"), None, "embargo"
        ).result()
    receipt = tmp_path / "receipt.json"
    run("erase", "article", "held", "--receipt", str(receipt), "--db", str(path))
    assert holds(path, SECOND[::-1][5:40]) == []
    assert "clean:" in run("check", "--erased", str(receipt), "--db", str(path))
    with SqliteStore(path) as store:
        assert store.held() == []


def test_its_pictures_go_unless_another_article_has_them(path: Path, tmp_path: Path) -> None:
    keys = {"https://a.example/own.jpg": "a" * 32, "https://a.example/shared.jpg": "b" * 32}
    own, shared = (Picture(address=each) for each in keys)
    engine = opened(path)
    engine.publish(
        [replace(article(SECOND), pictures=(own, shared)), replace(ferry(), pictures=(shared,))]
    ).result()
    engine.close()
    folder = MediaFolder(Path(f"{path}.media"))
    with SqliteStore(path) as store:
        for address, key in keys.items():
            facts = PictureFacts(key=key, width=4, height=3, widths=(320,), colour="#102030")
            store.keep_picture(KeepPicture(address, facts, 1)).result()
            folder.put({f"{key}-320.jpg": b"picture"})
    receipt = erased(path, tmp_path)
    assert folder.written().keys() == {"b" * 32}
    assert "clean:" in run("check", "--erased", str(receipt), "--db", str(path))
    folder.put({f"{'a' * 32}-320.jpg": b"picture"})
    assert "NOT CLEAN" in run("check", "--erased", str(receipt), "--db", str(path), code=1)
