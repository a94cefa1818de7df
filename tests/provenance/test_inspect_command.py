"""`recirc inspect` as it is typed."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from recirc.cli.main import app
from recirc.extraction.html import read_html
from recirc.provenance.inspect import inspect
from recirc.settings import SettingsError
from recirc.store.sqlite import SqliteStore
from recirc.text.article_features import extract_features
from recirc.text.clean import body_html
from recirc.types import RECORD, Article, Provenance, Publication

ROOT = Path(__file__).resolve().parents[2]
SEED = ROOT.parent / "shared" / "seed" / "page.txt"
PAGES = ROOT.parent / "shared" / "data" / "pages" / "extraction"
PARTS = ["headline", "outlet", "byline", "published", "section", "topics", "body", "biography", "findings"]
STORY = "\n".join(
    f"Sentence {n} tells of the ferry that stayed in port because its captain, who cooks, has a cold."
    for n in ("one", "two", "three", "four", "five", "six")
)


def printed(*arguments: str, stdin: str | None = None) -> str:
    result = CliRunner().invoke(app, ["inspect", *arguments], input=stdin, catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


@pytest.mark.data
@pytest.mark.skipif(not SEED.exists(), reason=f"{SEED} is not there")
def test_the_page_that_the_project_starts_from_has_its_seven_faults() -> None:
    said = json.loads(printed(str(SEED), "--json"))
    assert list(said) == PARTS
    kinds = [finding["kind"] for finding in said["findings"]]
    assert sorted(kinds) == ["byline", "copied", "count", "date", "injected", "links", "section"]
    assert (said["outlet"], said["byline"]) == ("CBS News", "David Martin")
    assert (said["published"], said["section"]) == (None, None)
    assert (
        said["headline"] == "Biden allows limited Ukrainian strikes inside Russia using U.S.-provided weapons"
    )
    assert said["topics"] == ["Antony Blinken", "Joe Biden", "Ukraine", "Russia"]
    assert "Algosensey" not in said["body"]
    page = SEED.read_text("utf-8")
    for finding in said["findings"]:
        assert finding["evidence"].split('"')[1] in page or finding["kind"] == "count"
        assert 0.7 <= finding["confidence"] <= 1


@pytest.mark.data
@pytest.mark.skipif(not PAGES.exists(), reason=f"{PAGES} is not there")
def test_few_real_pages_are_accused() -> None:
    truth = json.loads((PAGES / "ground-truth.json").read_text("utf-8"))
    paths = sorted((PAGES / "html").glob("*.html.gz"))[::3]  # all of them: benchmarks/inspection.py
    accused = [
        path.name
        for path in paths
        if inspect(read_html(gzip.decompress(path.read_bytes()), url=truth[path.name[:64]]["url"])).findings
    ]
    assert len(accused) <= 1, accused


def test_standard_input_is_a_page_as_well() -> None:
    report = printed("-", stdin=f"The ferry stays in port\nBy Ann Roe\n{STORY}")
    assert "Ann Roe" in report
    assert "Nothing found" in report
    html = "<html><head><title>The ferry stays in port</title></head><body><article><h1>The ferry stays in port</h1>"
    paragraphs = "".join(f"<p>{line}</p>" for line in STORY.split("\n"))
    assert (
        json.loads(printed("-", "--json", stdin=f"{html}{paragraphs}</article></body></html>"))["body"]
        == STORY
    )


def test_near_copies_are_looked_for_in_a_store(tmp_path: Path) -> None:
    original = Article(
        id="tide-1",
        headline="A captain has a cold",
        body=body_html(STORY.replace("\n", "\n\n")),
        published=datetime(2026, 5, 1, tzinfo=UTC),
        provenance=Provenance(outlet="The Tide"),
    )
    with SqliteStore(tmp_path / "recirc.db") as store:
        publication = Publication(original, extract_features(original))
        store.append(np.empty(0, RECORD), [publication]).result(10)
    page = tmp_path / "page.txt"
    brand = "Why no ferry sails today | Brightfeed\nWhy no ferry sails today | Brightfeed\nMellow Page"
    page.write_text(f"{brand}\nDate:2026-05-02 10:00:00\n{STORY}")
    alone = json.loads(printed(str(page), "--json"))
    assert alone["findings"] == []
    said = json.loads(printed(str(page), "--json", "--against", str(tmp_path / "recirc.db")))
    assert [finding["kind"] for finding in said["findings"]] == ["copied"]
    assert (said["outlet"], said["byline"]) == ("The Tide", None)
    assert "A captain has a cold" in said["findings"][0]["evidence"]
    # Without a date nobody knows which of the two was first.
    page.write_text(f"{brand}\n{STORY}")
    assert not json.loads(printed(str(page), "--json", "--against", str(tmp_path / "recirc.db")))["findings"]


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("missing.txt", None, "no such file"),
        ("empty.txt", b" \n", "is empty"),
        ("word.txt", b"word", "no article was found"),
        ("page.gz", b"not gzip", "cannot be read"),
        ("photo.png", b"\x89PNG\r\n\x1a\n" + bytes(900), "not a page"),
    ],
)
def test_what_cannot_be_inspected_is_told(
    tmp_path: Path, name: str, content: bytes | None, text: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError, match=text):
        printed(str(path))
    with pytest.raises(SettingsError, match="there is no store"):
        printed("-", "--against", str(tmp_path / "none.db"), stdin=f"A ferry\nBy Ann Roe\n{STORY}")
