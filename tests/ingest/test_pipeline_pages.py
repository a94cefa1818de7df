"""What arrives through a source is inspected as the page that it stands on."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from recirc.engine import Engine
from recirc.extraction.html import read_html
from recirc.ingest.pipeline import IngestPipeline
from recirc.settings import Settings, SourceEntry, StoreSettings
from recirc.sources.folder import FolderSource
from recirc.sources.source import FetchedArticle, FetchError, FetchResponse, PollState

GOLDEN = Path(__file__).parents[1] / "provenance" / "golden"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
BAD = sorted(GOLDEN.glob("bad_*.html"))


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = Engine.open(Settings(store=StoreSettings(path=str(tmp_path / "recirc.db"))))
    yield engine
    engine.close()


def nowhere(url: str, *, etag: str | None = None, last_modified: str | None = None) -> FetchResponse:
    raise FetchError(url, f"nothing is asked for with a folder ({etag}, {last_modified})")


@pytest.mark.parametrize("markup", [*BAD, *sorted(GOLDEN.glob("html_*.html"))], ids=lambda path: path.stem)
def test_a_page_in_a_folder_has_the_findings_of_its_inspection(
    markup: Path, engine: Engine, tmp_path: Path
) -> None:
    folder = tmp_path / "watched"
    folder.mkdir()
    shutil.copy(markup, folder)
    wanted = sorted(json.loads(markup.with_suffix(".json").read_text("utf-8"))["kinds"])
    brought = list(FolderSource(SourceEntry(address=str(folder))).poll(nowhere, PollState(), NOW))
    (one,) = (each for each in brought if isinstance(each, FetchedArticle))
    assert one.page == read_html(markup.read_bytes(), url=None, charset=None)
    IngestPipeline(engine).publish([one])
    stored = engine.article(one.article.id)
    assert stored is not None
    assert stored.article is not None
    assert sorted({found.kind for found in stored.article.provenance.findings}) == wanted
    assert len(BAD) >= 7
