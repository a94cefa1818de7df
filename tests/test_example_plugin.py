"""`examples/plugin`, installed as pip would: its source kind, importer and shelf, each in a process of its own."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from recirc.engine import Engine
from recirc.settings import Settings, StoreSettings

PACKAGE = Path(__file__).parents[1] / "examples/plugin"
URL = "https://tide.example/2026/mole"
BODY = "The wall gave way. " * 30
ARTICLES = f'id,headline,body,published,url\n7,Storm breaches the mole,"{BODY}",2026-11-21,{URL}\n'
POLL = """
from pathlib import Path
from recirc.engine import Engine
from recirc.ingest.pipeline import IngestPipeline
from recirc.ingest.poller import Poller
from recirc.settings import load
from recirc.sources.fetching import Fetcher
from recirc.store.source_registry import SourceRegistry
settings = load(None)
sources, engine = SourceRegistry(Path(settings.store.path), settings.sources), Engine.open(settings)
with Fetcher(settings.sources) as fetch, Poller(IngestPipeline(engine), sources, settings.sources, fetch) as poller:
    (health,) = [future.result() for future in poller.start_due()]
    print(health.last)
engine.close()
"""
SHELVES = """
from datetime import UTC, datetime
from recirc.engine import Engine
from recirc.settings import load
from recirc.types import Article, Request
engine = Engine.open(load(None))
engine.publish(
    [
        Article(id=name, headline=name, body=name * 90, published=datetime(2026, 11, 22, hour, tzinfo=UTC))
        for name, hour in (("one", 8), ("two", 11), ("three", 10), ("later", 13))
    ]
).result()
engine.catch_up()
slate = engine.shelves(Request(article="one"), int(datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp()) * 1000)
print(*slate.shelves)
for item in slate.shelves["newest"].items if "newest" in slate.shelves else ():
    print(item.article, item.reason.text)
engine.close()
"""


@pytest.fixture
def site_packages(tmp_path: Path) -> Path:
    """A folder with the package and its metadata, as `pip install --target` leaves them."""
    target = tmp_path / "site-packages"
    shutil.copytree(PACKAGE / "recirc_example", target / "recirc_example")
    project = tomllib.loads((PACKAGE / "pyproject.toml").read_text())["project"]
    metadata = target / f"recirc_example-{project['version']}.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    groups = project["entry-points"].items()
    (metadata / "entry_points.txt").write_text(
        "\n".join(
            "\n".join([f"[{group}]", *(f"{name} = {value}" for name, value in points.items())])
            for group, points in groups
        )
    )
    return target


def run(folder: Path, site_packages: Path | None, code: str, *words: str) -> subprocess.CompletedProcess[str]:
    paths = [*([str(site_packages)] if site_packages else []), *sys.path]
    settings = {
        "PYTHONPATH": os.pathsep.join(paths),
        "RECIRC_STORE__PATH": str(folder / "recirc.db"),
    }
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, **settings},
    )


def recirc(folder: Path, site_packages: Path | None, *words: str) -> subprocess.CompletedProcess[str]:
    return run(folder, site_packages, "from recirc.cli import main; main()", *words)


def test_the_kinds_of_a_package_are_known_once_it_is_installed(tmp_path: Path, site_packages: Path) -> None:
    before = recirc(tmp_path, None, "sources", "kinds")
    assert (before.returncode, before.stderr) == (0, "")
    assert "jsonlines" in before.stdout
    assert "csv" not in before.stdout.split()
    after = recirc(tmp_path, site_packages, "sources", "kinds")
    assert (after.returncode, after.stderr) == (0, "")
    assert set(after.stdout.splitlines()) - set(before.stdout.splitlines()) == {
        "csv        Articles in CSV, with the field names of `recirc import articles` in the header."
    }


def test_articles_come_through_its_source_and_views_through_its_importer(
    tmp_path: Path, site_packages: Path
) -> None:
    (tmp_path / "articles.csv").write_text(ARTICLES)
    checked = recirc(tmp_path, site_packages, "sources", "add", "articles.csv")
    assert (checked.returncode, checked.stderr) == (0, f"new store: {tmp_path / 'recirc.db'}\n")
    assert checked.stdout.splitlines()[0] == f"{tmp_path / 'articles.csv'}: csv"
    assert checked.stdout.splitlines()[1].endswith("Storm breaches the mole")

    polled = run(tmp_path, site_packages, POLL)
    assert (polled.returncode, polled.stderr) == (0, "")
    assert polled.stdout == "SourceTally(new=1, changed=0, refused=0, held=0, withdrawn=0)\n"

    assert "--day" in recirc(tmp_path, site_packages, "import", "matomo", "--help").stdout
    (tmp_path / "pages.csv").write_text(f"label,nb_visits,nb_hits,url\nmole,2,3,{URL}?utm_source=x\n")
    for outcome in ("3 new, 0 known already, 0 refused", "0 new, 3 known already, 0 refused"):
        done = recirc(tmp_path, site_packages, "import", "matomo", "pages.csv", "--day", "2026-11-22")
        assert done.returncode == 0, done.stderr
        assert f"events: {outcome}" in done.stdout

    engine = Engine.open(Settings(store=StoreSettings(path=str(tmp_path / "recirc.db"))))
    try:
        stored = engine.article(URL)
        assert stored is not None
        assert stored.article is not None
        assert stored.article.provenance.source == f"csv {tmp_path / 'articles.csv'}"
        assert engine.counts(URL, 1_795_392_000_000).raw == 3
        assert engine.unpublished() == (0, 1)
    finally:
        engine.close()


def test_its_shelf_is_beside_every_article(tmp_path: Path, site_packages: Path) -> None:
    without = run(tmp_path, None, SHELVES)
    assert (without.stdout, without.stderr) == ("related ranking recommendation\n", "")
    shown = run(tmp_path, site_packages, SHELVES)
    assert shown.stderr == ""
    assert shown.stdout.splitlines() == [
        "related ranking recommendation newest",
        "two Published 60 minutes ago",
        "three Published 2 hours ago",
    ]
