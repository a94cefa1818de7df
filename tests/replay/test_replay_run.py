"""`recirc replay` from a log to a table, JSON and a plot, on files and on a server's own store."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from replay_logs import START, log_of, records_of, town

from newsroom import article
from recirc.clock import now_ms
from recirc.engine import Engine
from recirc.importers.event_files import open_events
from recirc.ingest.bulk_import import import_events
from recirc.reading.rejections import RejectedValueError
from recirc.replay.beyond_accuracy import BeyondAccuracy, gini
from recirc.replay.evaluation import evaluate
from recirc.replay.log_reader import read_replay_log
from recirc.replay.metrics import ReplayError
from recirc.replay.plot import draw, running_mean
from recirc.replay.policies import policies
from recirc.replay.protocols import protocols
from recirc.replay.replay_log import replay_log_from
from recirc.replay.run import ReplayOptions, run
from recirc.settings import Settings
from recirc.state.state import State
from recirc.store.archiving import LogArchiver
from recirc.store.decisions import decided
from recirc.store.ports import StoreError
from recirc.types import Batch, EntryKind, Event, EventKind, IntArray

BEGIN = datetime.fromtimestamp(START / 1000, UTC)
SETTINGS = Settings()
PEERS = Path(__file__).parents[2] / "benchmarks" / "peers"
COMMAND = "from recirc.cli import main; main()"


def events(hours: int = 8, visits: int = 240, *, named: bool = True) -> list[Event]:
    """Visits of two to five articles, some of twenty articles more popular than others."""
    random = np.random.default_rng(11)
    return [
        Event(
            kind=EventKind.VIEW,
            article=f"a{int(random.integers(0, 20) * random.random())}",
            time=BEGIN + timedelta(hours=start, minutes=step),
            reader=f"r{visit % 60}",
            visit=f"v{visit}" if named else None,
        )
        for visit, start in enumerate(sorted(random.uniform(0, hours, visits).tolist()))
        for step in range(int(random.integers(2, 6)))
    ]


def written(path: Path, told: list[Event]) -> Path:
    path.write_bytes(b"\n".join(msgspec.json.encode(event) for event in told))
    return path


def document(capsys: pytest.CaptureFixture[str], log: Path, protocol: str, **options: Any) -> dict[str, Any]:
    names = options.pop("names", ["popular", "default"])
    run(log, protocol, names, SETTINGS, ReplayOptions(**options), as_json=True, plot=None)
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


@pytest.mark.parametrize("protocol", sorted(protocols()))
def test_a_file_of_events_is_judged(
    tmp_path: Path, protocol: str, capsys: pytest.CaptureFixture[str]
) -> None:
    log = written(tmp_path / "events.jsonl", events())
    told = document(capsys, log, protocol, checks=20)
    assert (told["benchmark"], told["protocol"]) == ("replay", protocol)
    assert told["data"]["checked"] == 20
    accuracy = {f"{name}@{cut}" for name in ("hr", "ndcg", "mrr") for cut in (10, 20)}
    beyond = set() if protocol == "sampled" else {"novelty", "young"}
    measured = accuracy | beyond
    whole_run = set() if protocol == "sampled" else {"coverage", "gini", "fragmentation"}
    expected = measured | {f"{metric}_margin" for metric in measured} | whole_run
    assert set(told["policies"]["popular"]) == expected
    recall = set() if protocol == "sampled" else {"recall", "recall_margin"}
    assert set(told["policies"]["default"]) == expected | recall
    assert all(value >= 0 for figures in told["policies"].values() for value in figures.values())


def store_of(folder: Path, told: list[Event]) -> Path:
    """A server's file with two of three articles published, the events imported after them."""
    path = folder / "recirc.db"
    settings = msgspec.structs.replace(
        SETTINGS, store=msgspec.structs.replace(SETTINGS.store, path=str(path))
    )
    subjects = ("ferry", "chess", "flood", "school")
    dated = [
        article(f"a{n}", subjects[n % 4], n, published=BEGIN - timedelta(days=2 * (n % 2), hours=1))
        for n in range(20)
        if n % 3
    ]
    engine = Engine.open(settings)
    try:
        engine.publish(dated).result()
        file = open_events(written(folder / "past.jsonl", told), now=START + 10**9, salt=b"s")
        import_events(engine, file, lambda: None, lambda *_: None)
    finally:
        engine.close()
    return path


def test_a_servers_own_log_is_judged_with_its_texts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = store_of(tmp_path, events(named=False))
    told = document(capsys, path, "live", checks=20)
    assert told["data"]["checked"] == 20
    for figures in told["policies"].values():
        assert 0 < figures["diversity"] < 1
        # Half of the published articles are two days old, whenever they were first opened.
        assert 0 < figures["young"] < 1
    file = document(capsys, written(tmp_path / "same.jsonl", events(named=False)), "live")
    assert told["data"]["queries"] == file["data"]["queries"]
    assert told["policies"]["popular"]["hr@20"] == pytest.approx(
        file["policies"]["popular"]["hr@20"], abs=0.02
    )


def test_what_was_published_later_is_known_from_its_own_date_on(tmp_path: Path) -> None:
    log, refused = read_replay_log(store_of(tmp_path, events()), START + 10**9, lambda *_: None)
    published = log.records["kind"] == EntryKind.PUBLISH
    assert not refused
    assert published.sum() == len(log.article_features) > 10
    # The import came long after the last click; the articles' own dates are before the first.
    assert log.records["time"][published].max() < START
    assert (log.window[published] == 0).all()


def test_the_archive_of_a_servers_log_gives_the_figures_of_the_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, archive = store_of(tmp_path, events()), tmp_path / "archive"
    LogArchiver(path, str(archive), 5.0).run(now_ms() + 86_400_000)
    of_log, of_archive = (document(capsys, log, "live")["policies"] for log in (path, archive))
    assert of_log == of_archive
    with pytest.raises(StoreError, match="no day of a log is archived there"):
        read_replay_log(tmp_path, START + 10**9, lambda *_: None)


def test_half_lives_of_the_settings_change_the_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = written(tmp_path / "events.jsonl", events())
    learning = msgspec.structs.replace(SETTINGS.learning, half_lives=(5.0, 86_400.0))
    recommending = msgspec.structs.replace(SETTINGS.recommending, half_life=0)
    other = msgspec.structs.replace(SETTINGS, learning=learning, recommending=recommending)
    figures = []
    for settings in (SETTINGS, other):
        run(log, "live", ["recent"], settings, as_json=True, plot=None)
        figures.append(json.loads(capsys.readouterr().out)["policies"]["recent"])
    assert figures[0]["mrr@10"] != figures[1]["mrr@10"]


def test_a_table_and_a_plot(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log, plot = written(tmp_path / "events.jsonl", events()), tmp_path / "hits.png"
    run(log, "hourly", ["popular", "default"], SETTINGS, as_json=False, plot=plot, sources=[str(PEERS)])
    out = capsys.readouterr().out
    for name in ("popular", "default", "popular-tuned", "item-cosine", "item-bm25", "vsknn", "vmisknn"):
        assert f" {name} " in out
    for column in ("hr@20", "ndcg@20", "hr@10", "mrr@10", "recall", "coverage", "novelty", "young", "gini"):
        assert f" {column} " in out
    assert "diversity" not in out  # the file has no texts
    assert "50 verified against the past alone" in out
    assert plot.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_who_could_not_learn_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path / "events.jsonl", events())
    run(path, "live", ["learned"], SETTINGS, as_json=False, plot=None)
    assert "learned: there was too little to learn from" in " ".join(capsys.readouterr().err.split())
    run(path, "live", ["popular"], SETTINGS, as_json=False, plot=None)
    assert "too little" not in capsys.readouterr().err


def test_plots_break_where_nothing_was_asked(tmp_path: Path) -> None:
    told = [(100 * hour + n, n % 3, hour + n / 50) for hour in (0, 1, 2, 3, 30, 31) for n in range(20)]
    paired = [part for visit, a, at in told for part in ((visit, a, at), (visit, a + 1, at + 0.01))]
    result = evaluate(
        protocols()["live"](), log_of(*paired), State(SETTINGS.learning, 256),
        [policies()["popular"](SETTINGS)], lambda _: None,
    )  # fmt: skip
    assert sorted(set(result.window.tolist())) == [1, 2, 3, 30, 31]
    draw(result, "live", tmp_path / "hits.svg")
    assert "<svg" in (tmp_path / "hits.svg").read_text()
    smooth = running_mean(np.array([1, 2, 3, 30, 31], np.int32), np.array([1.0, 0.0, 0.0, 0.8, 0.4]))
    assert smooth.tolist() == pytest.approx([1.0, 0.5, 1 / 3, 0.8, 0.6])


def test_the_command_says_what_is_wrong_before_it_reads(tmp_path: Path) -> None:
    log = written(tmp_path / "events.jsonl", events(hours=1, visits=4))
    for options, told in (
        (["--policy", "populr"], "no policy is named 'populr': did you mean 'popular'?"),
        (["--plot", "hits.pdf"], "--plot hits.pdf: name a .png or .svg file in a folder that exists"),
    ):
        done = subprocess.run(
            [sys.executable, "-c", COMMAND, "replay", str(log), "--protocol", "live", *options],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stdout) == (2, "")
        assert told in done.stderr


def test_logs_without_anything_to_judge_are_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_bytes(b"")
    with pytest.raises(RejectedValueError, match=r"empty\.jsonl: the log holds no views to replay"):
        run(empty, "live", [], SETTINGS, as_json=True, plot=None)
    alone = written(tmp_path / "alone.jsonl", events(visits=1))
    with pytest.raises(ReplayError, match="there are no queries"):
        run(alone, "live", ["popular"], SETTINGS, as_json=True, plot=None)
    foreign = tmp_path / "foreign.db"
    subprocess.run([sys.executable, "-c", "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]);"
                    " c.execute('CREATE TABLE t (x)'); c.commit()", str(foreign)], check=True)  # fmt: skip
    with pytest.raises(StoreError, match=r"foreign\.db"):
        run(foreign, "live", ["popular"], SETTINGS, as_json=True, plot=None)


# Beyond accuracy


def looked_at(ranked: list[int], told: list[tuple[int, int, float]]) -> tuple[float, float, float]:
    log = log_of(*told)
    state = State(SETTINGS.learning, 256)
    order: np.ndarray[Any, np.dtype[np.int64]] = np.argsort(log.records["time"], kind="stable")
    state.fold(Batch(1, decided(log.records[order], 1800.0), {}))
    beyond_accuracy = BeyondAccuracy(log, order)
    beyond_accuracy.advance_to(len(order), state)
    articles: IntArray = np.array(ranked, np.int32)
    return beyond_accuracy.measure(articles, state, np.zeros(beyond_accuracy.size, np.int64))


def test_novelty_is_the_mean_self_information() -> None:
    told = [(visit, 0, 1.0) for visit in range(4)] + [(visit, 1, 1.0) for visit in range(4, 6)]
    novelty, _, _ = looked_at([0, 1], [*told, (7, 2, 1.0), (8, 3, 1.0)])
    assert novelty == pytest.approx((1 + 2) / 2)  # shares of 4/8 and 2/8


def test_young_is_first_opened_less_than_a_day_ago() -> None:
    _, young, _ = looked_at([0, 1, 2, 3], [(1, 0, 0.0), (1, 0, 30.0), (2, 1, 6.5), (2, 2, 7.5), (3, 3, 31.0)])
    assert young == 0.5


def test_an_empty_list_says_nothing() -> None:
    assert np.isnan(looked_at([], [(1, 0, 0.1)])).all()


def test_coverage_and_gini_are_of_the_whole_run() -> None:
    log = town(seed=9, visits=200, articles=40)
    judged = policies()["popular"](SETTINGS)
    result = evaluate(protocols()["live"](), log, State(SETTINGS.learning, 256), [judged], lambda _: None)
    counts = result.recommended["popular"]
    assert counts.sum() <= 20 * len(result.window)
    assert result.known == 40
    found = result.figures("popular")
    assert found["coverage"].mean == (counts > 0).sum() / 40
    assert found["gini"].mean == pytest.approx(gini(counts[:40]))
    assert found["gini"].margin is None


def test_diversity_is_one_less_the_mean_cosine_of_all_pairs(tmp_path: Path) -> None:
    log, _ = read_replay_log(store_of(tmp_path, events(hours=2)), START + 10**9, lambda *_: None)
    state = State(SETTINGS.learning, 256)
    order = np.argsort(log.records["time"], kind="stable")
    place = {int(old): new for new, old in enumerate(order)}
    said = {place[at]: what for at, what in log.article_features.items()}
    state.fold(Batch(1, decided(log.records[order], 1800.0), said))
    beyond_accuracy = BeyondAccuracy(log, order)
    beyond_accuracy.advance_to(len(order), state)
    with_text = np.flatnonzero(state.content.norms[: state.content.size] > 0)[:6].astype(np.int32)
    vectors = state.content.vectors[with_text].astype(float)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = (vectors @ vectors.T)[np.triu_indices(6, 1)]
    _, _, diversity = beyond_accuracy.measure(with_text, state, np.zeros(beyond_accuracy.size, np.int64))
    assert diversity == pytest.approx(1 - cosines.mean(), abs=1e-6)


def test_records_of_other_kinds_are_folded_with_their_own_hour() -> None:
    records = records_of((1, 0, 0.2), (1, 1, 0.3), (2, 0, 1.2), (2, 1, 1.3), (3, 5, 1.1))
    records["kind"][4] = EntryKind.READ
    assert replay_log_from(records).window.tolist() == [0, 0, 1, 1, 1]
