"""`recirc sources` against a real local server and a real store."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from newswire import Entry, Newswire, Reply, feed, newswire
from recirc.cli import app
from recirc.cli.sources import _print_articles
from recirc.reading.rejections import Rejection
from recirc.settings import SourcesSettings
from recirc.store.api_keys import create
from recirc.store.source_registry import SourceListError, SourceRegistry

SETTINGS = {"RECIRC_SOURCES__PRIVATE_HOSTS": '["127.0.0.1"]', "RECIRC_SOURCES__DELAY_SECONDS": "0"}


@pytest.fixture
def wire() -> Iterator[Newswire]:
    with newswire() as made:
        made.replies["/feed"] = feed(made, *(Entry(number) for number in range(5)))
        yield made


def run(folder: Path, *words: str, **environment: str) -> Result:
    settings = {**SETTINGS, "RECIRC_STORE__PATH": str(folder / "recirc.db"), **environment}
    return CliRunner().invoke(app, ["sources", *words], env=settings)


def kept(folder: Path) -> list[str]:
    return [entry.address for entry in SourceRegistry(folder / "recirc.db", SourcesSettings()).entries()]


def test_adding_shows_the_kind_and_three_headlines_first(tmp_path: Path, wire: Newswire) -> None:
    address = wire.url("/feed")
    dry = run(tmp_path, "add", address, "--dry-run")
    assert dry.exit_code == 0, dry.output
    lines = dry.output.splitlines()
    assert lines[0] == f"{address}: feed"
    assert [line.split("  ")[-1] for line in lines[1:4]] == [f"Story number {number}" for number in range(3)]
    assert lines[1].strip().startswith("2026-11-2")
    assert lines[4:] == ["not added (--dry-run)"]
    assert not (tmp_path / "recirc.db").exists(), "a look alone makes no store"
    words = ("--section", "coast", "--outlet", "The Tide", "--every", "600", "--no-pages", "--language", "en")
    added = run(tmp_path, "add", address, *words)
    assert added.exit_code == 0, added.output
    assert added.output.endswith(
        f"added to {tmp_path / 'recirc.db'}; recirc serve polls it every 600 seconds\n"
    )
    (entry,) = SourceRegistry(tmp_path / "recirc.db", SourcesSettings()).entries()
    assert (entry.kind, entry.section, entry.outlet, entry.every_seconds) == (
        "feed",
        "coast",
        "The Tide",
        600.0,
    )
    assert (entry.pages, entry.language, entry.most) == (False, "en", 200)


def test_a_page_that_names_a_feed_is_kept_as_that_feed(tmp_path: Path, wire: Newswire) -> None:
    page = "<html><head><link rel='alternate' type='application/rss+xml' href='/feed'></head><body>Hello</body></html>"
    wire.replies["/"] = Reply(page.encode(), media_type="text/html")
    added = run(tmp_path, "add", wire.url("/"))
    assert added.exit_code == 0, added.output
    assert kept(tmp_path) == [wire.url("/feed")]
    assert f"found at {wire.url('/')}" in added.output


def test_a_wrong_folder_is_not_added_without_force(tmp_path: Path) -> None:
    folder = tmp_path / "letters"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.json").write_text("{}")
    result = run(tmp_path, "add", str(folder))
    assert "not added, nothing in it can be read as an article (3 refused)" in str(result.exception)
    assert kept(tmp_path) == []
    assert run(tmp_path, "add", str(folder), "--force").exit_code == 0
    assert kept(tmp_path) == [str(folder)]


def test_many_refusals_are_summed_up(capsys: pytest.CaptureFixture[str]) -> None:
    refusals = [Rejection(line, "no headline", "", "a.json") for line in range(1, 25)]
    assert _print_articles(iter(refusals), 3, 3) == (0, 24)
    *shown, last = capsys.readouterr().out.splitlines()
    assert len(shown) == 3
    assert last == "  … and 21 more refused"


def test_what_cannot_be_read_is_not_kept(tmp_path: Path, wire: Newswire) -> None:
    wire.replies["/noise"] = Reply(b"\x00\x01" * 500, media_type="application/octet-stream")
    for path in ("/gone", "/noise"):
        result = run(tmp_path, "add", wire.url(path))
        assert result.exit_code != 0
        assert wire.url(path) in str(result.exception)
    private = run(tmp_path, "add", wire.url("/feed"), RECIRC_SOURCES__PRIVATE_HOSTS="[]")
    assert private.exit_code != 0
    assert "private_hosts" in str(private.exception)
    assert kept(tmp_path) == []


def test_list_check_and_remove(tmp_path: Path, wire: Newswire) -> None:
    address = wire.url("/feed")
    create(tmp_path / "recirc.db", "desk")
    assert "no sources yet" in run(tmp_path, "list").output
    assert "no sources yet" in run(tmp_path, "check").output
    run(tmp_path, "add", address)
    listed = run(tmp_path, "list")
    assert address in listed.output
    assert "waiting" in listed.output
    told = json.loads(run(tmp_path, "list", "--json").output)
    assert [source["address"] for source in told["sources"]] == [address]

    checked = run(tmp_path, "check")
    assert checked.exit_code == 0
    assert "5 articles read, 0 refused" in checked.output
    assert "Story number 4" in checked.output
    wire.replies["/feed"] = Reply(b"", 500)
    failed = run(tmp_path, "check", address)
    assert failed.exit_code == 2
    assert f"{address}: fails" in failed.output
    assert "500" in failed.output

    wrong = run(tmp_path, "remove", address[:-1])
    assert isinstance(wrong.exception, SourceListError)
    assert f"did you mean {address}?" in str(wrong.exception)
    assert run(tmp_path, "remove", address).output == f"removed {address}; its articles stay\n"
    assert kept(tmp_path) == []


def test_a_source_with_one_bad_article_is_told_in_a_check(tmp_path: Path, wire: Newswire) -> None:
    broken = feed(wire, Entry(1), Entry(2)).body.replace(
        b"Story number 2</title>", b"x" * 2_000 + b"</title>"
    )
    wire.replies["/feed"] = Reply(broken)
    run(tmp_path, "add", wire.url("/feed"))
    checked = run(tmp_path, "check")
    assert checked.exit_code == 1
    assert "1 article read, 1 refused" in checked.output
    assert "headline" in checked.output


def test_a_source_without_articles_is_told_in_a_check(tmp_path: Path, wire: Newswire) -> None:
    wire.replies["/feed"] = Reply(feed(wire).body)
    run(tmp_path, "add", wire.url("/feed"))
    assert run(tmp_path, "check").exit_code == 1


def test_no_key_is_printed(tmp_path: Path, wire: Newswire) -> None:
    address = wire.url("/feed?access_token=5ecret5ecret")
    wire.replies["/feed?access_token=5ecret5ecret"] = feed(wire, Entry(1))
    shown = wire.url("/feed?access_token=…")
    outputs = [run(tmp_path, "add", address).output, run(tmp_path, "list").output]
    wire.replies["/feed?access_token=5ecret5ecret"] = Reply(b"", 500)
    outputs += [run(tmp_path, "check", shown).output, run(tmp_path, "remove", shown).output]
    assert all("…" in output for output in outputs)
    assert not any("5ecret" in output for output in outputs)
    assert kept(tmp_path) == []


def test_sources_of_the_settings_are_listed_and_stay(tmp_path: Path, wire: Newswire) -> None:
    address = wire.url("/feed")
    in_settings = {"RECIRC_SOURCES__LIST": json.dumps([{"address": address, "section": "coast"}])}
    assert f"{address} (settings)" in run(tmp_path, "list", **in_settings).output
    removed = run(tmp_path, "remove", address, **in_settings)
    assert "stands in the settings, so no command removes it" in str(removed.exception)
    added = run(tmp_path, "add", address, **in_settings)
    assert "the settings have this source already" in str(added.exception)
    assert run(tmp_path, "check", **in_settings).exit_code == 0


def test_mistakes_are_one_line_and_exit_code_2(tmp_path: Path) -> None:
    create(tmp_path / "r.db", "desk")
    command = [
        sys.executable,
        "-c",
        "from recirc.cli import main; main()",
        "sources",
        "remove",
        "https://a.example/",
    ]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "RECIRC_STORE__PATH": str(tmp_path / "r.db"),
    }
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert (
        done.stderr
        == "recirc: https://a.example/: no such source; there are none yet, see recirc sources add\n"
    )


def test_a_file_is_kept_with_its_whole_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lines = [
        json.dumps({"id": f"a{n}", "headline": f"Headline {n}", "body": "Some words."}) for n in range(2)
    ]
    Path("wire.jsonl").write_text("\n".join(lines) + "\n")
    added = run(tmp_path, "add", "wire.jsonl")
    assert added.exit_code == 0, (added.output, added.exception)
    assert kept(tmp_path) == [str(tmp_path / "wire.jsonl")]
    assert run(tmp_path, "remove", "wire.jsonl").exit_code == 0
