"""`recirc import gorse`, `wpp`, `mind` and `ebnerd` into a real store: once, however often; and then replayed."""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import run as run_process

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from recirc.cli import app
from recirc.engine import Engine
from recirc.reading.rejections import RejectedValueError
from recirc.settings import Settings, StoreSettings
from recirc.types import Counts

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["import", *words], env={"RECIRC_STORE__PATH": str(folder / "recirc.db")})


def counts(folder: Path, *articles: str) -> list[Counts]:
    engine = Engine.open(Settings(store=StoreSettings(path=str(folder / "recirc.db"))))
    try:
        return [engine.counts(article, int(NOON.timestamp() * 1000)) for article in articles]
    finally:
        engine.close()


def gorse(folder: Path) -> Path:
    folder.mkdir()
    items = [
        {"ItemId": f"a{n}", "Comment": f"Story number {n}", "Categories": ["coast"], "Labels": []}
        for n in range(6)
    ]
    feedback = [
        {
            "FeedbackType": "read",
            "UserId": f"u{reader}",
            "ItemId": f"a{(reader + step) % 6}",
            "Timestamp": (NOON + timedelta(minutes=40 * reader + step)).isoformat(),
        }
        for reader in range(12)
        for step in range(4)
    ]
    (folder / "items.jsonl").write_text("\n".join(map(json.dumps, items)))
    (folder / "feedback.jsonl").write_text("\n".join(map(json.dumps, feedback)))
    return folder


def test_gorse_is_imported_once_and_can_be_replayed(tmp_path: Path) -> None:
    dump = gorse(tmp_path / "dump")
    first = run(tmp_path, "gorse", str(dump))
    assert first.exit_code == 0, (first.output, first.exception)
    articles, events = first.stdout.splitlines()
    assert articles.startswith(f"{dump}: articles: 6 new, 0 updated, 0 unchanged, 0 refused (")
    assert events.startswith(f"{dump}: events: 48 new, 0 known already, 0 refused; 0 by bots")
    again = run(tmp_path, "gorse", str(dump))
    assert again.exit_code == 0
    assert "0 new, 0 updated, 6 unchanged" in again.stdout
    assert "events: 0 new, 48 known already" in again.stdout
    assert [(c.raw, c.readers) for c in counts(tmp_path, "a0", "a3")] == [(8, 8), (8, 8)]

    replayed = run_process(
        [
            sys.executable, "-c", "from recirc.cli import main; main()",
            "replay", str(tmp_path / "recirc.db"), "--protocol", "hourly", "--policy", "popular", "--json",
        ],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert replayed.returncode == 0, replayed.stderr
    assert "popular" in replayed.stdout


def test_gorse_with_feedback_of_its_own_names(tmp_path: Path) -> None:
    dump = gorse(tmp_path / "dump")
    text = (dump / "feedback.jsonl").read_text().replace('"read"', '"star"', 3)
    (dump / "feedback.jsonl").write_text(text)
    refused = run(tmp_path, "gorse", str(dump))
    assert refused.exit_code == 1
    assert "events: 45 new, 0 known already, 3 refused" in refused.stdout
    assert 'refused feedback.jsonl:1: "FeedbackType": "star" has no meaning here yet' in refused.stdout
    taken = run(
        tmp_path, "gorse", str(dump), "--feedback", "star=reaction:well-told", "--map", "headline=ItemId"
    )
    assert taken.exit_code == 0, (taken.output, taken.exception)
    assert "0 new, 6 updated" in taken.stdout
    assert "events: 3 new, 45 known already" in taken.stdout
    wrong = run(tmp_path, "gorse", str(dump), "--feedback", "star=stars")
    assert isinstance(wrong.exception, RejectedValueError)


def test_counts_of_wordpress_are_imported_once(tmp_path: Path) -> None:
    tables = tmp_path / "wp"
    tables.mkdir()
    (tables / "data.csv").write_text(
        "postid,day,last_viewed,pageviews\n7,2026-09-01 08:00:00,2026-11-18 11:30:00,40\n"
    )
    (tables / "summary.csv").write_text(
        "ID,postid,pageviews,view_date,view_datetime\n1,7,15,2026-11-18,2026-11-18 11:30:00\n"
    )
    words = ("wpp", str(tables), "--zone", "Europe/London", "--id", "https://tide.example/?p={}")
    first = run(tmp_path, *words)
    assert first.exit_code == 0, (first.output, first.exception)
    assert "events: 40 new, 0 known already, 0 refused" in first.stdout
    assert "page views without readers: each counts as a reader of its own" in first.stdout
    assert "events: 0 new, 40 known already" in run(tmp_path, *words).stdout
    (kept,) = counts(tmp_path, "https://tide.example/?p=7")
    assert (kept.raw, kept.views, kept.window_readers) == (40, 40, 15)
    wrong = run(tmp_path, "wpp", str(tables), "--zone", "Middle-earth")
    assert "Middle-earth" in str(wrong.exception)


def test_mind_is_imported_once(tmp_path: Path) -> None:
    folder = tmp_path / "mind"
    folder.mkdir()
    (folder / "news.tsv").write_text(
        "N1\tsports\tsailing\tRegatta becalmed\tNo wind.\t\t[]\t[]\nN2\tnews\tworld\n"
    )
    (folder / "behaviors.tsv").write_text("1\tU7\t11/11/2019 9:05:58 AM\tN9 N8\tN1-1 N2-0\n")
    first = run(tmp_path, "mind", str(folder))
    assert first.exit_code == 1
    assert "articles: 1 new, 0 updated, 0 unchanged, 1 refused" in first.stdout
    assert "events: 1 new" in first.stdout
    assert "refused news.tsv:2: the line has 3 columns" in first.stdout
    assert "left out: 2 clicks of histories" in first.stdout
    more = run(tmp_path, "mind", str(folder), "--impressions")
    assert "events: 2 new, 1 known already" in more.stdout


def test_ebnerd_is_imported_once(tmp_path: Path) -> None:
    moment = pa.array([datetime(2023, 5, 22, 8, tzinfo=UTC).replace(tzinfo=None)], pa.timestamp("us"))
    behaviors = {
        "impression_id": [901],
        "article_id": pa.array([None], pa.int32()),
        "impression_time": moment,
        "article_ids_inview": [[11, 12]],
        "article_ids_clicked": [[12]],
        "user_id": [5],
        "session_id": [70],
    }
    pq.write_table(pa.table(behaviors), tmp_path / "behaviors.parquet")
    for told in ("1 new, 0 known already", "0 new, 1 known already"):
        done = run(tmp_path, "ebnerd", str(tmp_path))
        assert done.exit_code == 0, (done.output, done.exception)
        assert f"events: {told}" in done.stdout
    assert [kept.readers for kept in counts(tmp_path, "12")] == [1]


@pytest.mark.parametrize("command", ["gorse", "wpp", "mind", "ebnerd"])
def test_a_folder_with_nothing_in_it(tmp_path: Path, command: str) -> None:
    result = run(tmp_path, command, str(tmp_path))
    assert isinstance(result.exception, RejectedValueError)
    assert str(tmp_path) in str(result.exception)
    assert not (tmp_path / "recirc.db").exists()
