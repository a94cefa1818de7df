"""EB-NeRD: articles, behaviours and histories, in the form of its files, with words of our own."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dump_reading import CONTEXT, Act, articles_of, events_of, reader

from recirc.importers.ebnerd import open_ebnerd
from recirc.reading.rejections import RejectedValueError

EIGHT = datetime(2023, 5, 22, 8, tzinfo=UTC).replace(tzinfo=None)  # its files have no zone
MS = 1_684_742_400_000


def at(minutes: int) -> datetime:
    return EIGHT + timedelta(minutes=minutes)


def articles(folder: Path) -> None:
    table: dict[str, Any] = {
        "article_id": pa.array([11, 12, 13], pa.int32()),
        "title": ["Færgen sejler igen", "Odder i havnen", ""],
        "subtitle": ["Efter tre uger", None, None],
        "last_modified_time": pa.array([at(0), at(9), at(0)], pa.timestamp("us")),
        "premium": [False, True, False],
        "body": ["Klokken seks lagde den fra kaj.", "", None],
        "published_time": pa.array([at(0), at(0), at(0)], pa.timestamp("us")),
        "url": ["https://avis.example/11", None, None],
        "topics": [["Færger", "Havn"], [], None],
        "category_str": ["nyheder", "krimi", None],
        "sentiment_score": [0.5, 0.1, 0.2],
    }
    pq.write_table(pa.table(table), folder / "articles.parquet")


def behaviors(folder: Path, article: Any = None) -> None:
    folder.mkdir(exist_ok=True)
    table: dict[str, Any] = {
        "impression_id": pa.array([901, 902, 903], pa.uint32()),
        "article_id": pa.array([None, 12, 14], pa.int32()) if article is None else article,
        "impression_time": pa.array([at(0), at(1), at(2)], pa.timestamp("us")),
        "read_time": pa.array([20.0, 31.5, None], pa.float32()),
        "scroll_percentage": pa.array([None, 100.0, 40.0], pa.float32()),
        "device_type": pa.array([2, 2, 1], pa.int8()),
        "article_ids_inview": pa.array([[11, 12], [11, 13], [11]], pa.list_(pa.int32())),
        "article_ids_clicked": pa.array([[12], [13, 11], [11]], pa.list_(pa.int32())),
        "user_id": pa.array([5, 5, 6], pa.uint32()),
        "gender": pa.array([None, None, 1.0]),
        "age": pa.array([None, None, 50.0]),
        "session_id": pa.array([70, 70, 71], pa.uint32()),
        "next_read_time": pa.array([31.5, 4.0, None], pa.float32()),
    }
    pq.write_table(pa.table(table), folder / "behaviors.parquet")


def history(folder: Path, **changed: Any) -> None:
    folder.mkdir(exist_ok=True)
    table: dict[str, Any] = {
        "user_id": pa.array([5, 6], pa.uint32()),
        "impression_time_fixed": pa.array([[at(-90), at(-80)], [at(-70)]], pa.list_(pa.timestamp("us"))),
        "scroll_percentage_fixed": pa.array([[50.0, None], [100.0]], pa.list_(pa.float32())),
        "article_id_fixed": pa.array([[11, 14], [11]], pa.list_(pa.int32())),
        "read_time_fixed": pa.array([[7.0, 0.0], [60.0]], pa.list_(pa.float32())),
    }
    pq.write_table(pa.table(table | changed), folder / "history.parquet")


def test_articles(tmp_path: Path) -> None:
    articles(tmp_path)
    (ferry, otter), (refused,) = articles_of(open_ebnerd(tmp_path, CONTEXT))
    assert (ferry.id, ferry.headline, ferry.summary, ferry.section) == (
        "11",
        "Færgen sejler igen",
        "Efter tre uger",
        "nyheder",
    )
    assert (ferry.topics, ferry.url, ferry.language) == (("Færger", "Havn"), "https://avis.example/11", "da")
    assert ferry.body == "<p>Klokken seks lagde den fra kaj.</p>"
    assert (ferry.published, ferry.updated) == (EIGHT.replace(tzinfo=UTC), None)
    assert otter.updated == at(9).replace(tzinfo=UTC)
    assert str(refused).startswith("articles.parquet:3: ")
    assert '"headline" is missing or empty' in refused.text


def test_clicks_and_pages(tmp_path: Path) -> None:
    behaviors(tmp_path)
    dump = open_ebnerd(tmp_path, CONTEXT)
    told = events_of(dump, "reader", "visit", "value", "scroll", "device", "source", "ids")
    assert told.refusals == []
    assert told.acts == [
        Act("view", "12", MS),
        Act("view", "13", MS + 60_000),
        Act("view", "11", MS + 60_000),
        Act("view", "11", MS + 120_000),
        Act("read", "12", MS + 60_000),
        Act("read", "14", MS + 120_000),
        # 12 was clicked on the page before, in the same session; 14 was come to from elsewhere.
        Act("view", "14", MS + 120_000),
    ]
    assert told.fields["reader"] == [reader(user) for user in (5, 5, 5, 6, 5, 6, 6)]
    assert told.fields["visit"][0] == told.fields["visit"][1] != told.fields["visit"][3]
    assert told.fields["value"] == [0, 0, 0, 0, 31.5, 0, 0]
    assert told.fields["scroll"] == pytest.approx([0, 0, 0, 0, 1, 0.4, 0])
    assert told.fields["device"] == [2, 2, 2, 1, 2, 1, 1]
    assert [place >= 0 for place in told.fields["source"]] == [False, True, True, True, False, False, False]
    assert len(set(told.fields["ids"])) == 7
    assert dump.notes() == ["left out: impressions (--impressions imports them)"]


def test_what_was_shown(tmp_path: Path) -> None:
    behaviors(tmp_path)
    told = events_of(open_ebnerd(tmp_path / "behaviors.parquet", CONTEXT, impressions=True))
    assert sorted(act.article for act in told.acts if act.kind == "impression") == [
        "11",
        "11",
        "11",
        "12",
        "13",
    ]
    assert len(told.acts) == 7 + 5


def test_pages_as_numbers_with_holes(tmp_path: Path) -> None:
    behaviors(tmp_path / "whole")
    behaviors(tmp_path / "holes", article=pa.array([float("nan"), 12.0, 14.0], pa.float64()))
    assert events_of(open_ebnerd(tmp_path / "whole", CONTEXT)) == events_of(
        open_ebnerd(tmp_path / "holes", CONTEXT)
    )


def test_histories(tmp_path: Path) -> None:
    history(tmp_path)
    told = events_of(open_ebnerd(tmp_path, CONTEXT), "reader", "value", "scroll")
    minute = 60_000
    acts = [("11", -90), ("14", -80), ("11", -70)]
    assert told.acts == [
        Act(kind, article, MS + far * minute) for kind in ("view", "read") for article, far in acts
    ]
    assert told.fields["reader"] == [reader(user) for user in (5, 5, 6)] * 2
    assert told.fields["value"] == [0, 0, 0, 7, 0, 60]
    assert told.fields["scroll"] == [0, 0, 0, 0.5, 0, 1]


def test_the_same_act_in_two_parts_is_one_event(tmp_path: Path) -> None:
    for part in ("train", "validation"):
        history(tmp_path / part)
    ids = events_of(open_ebnerd(tmp_path, CONTEXT), "ids").fields["ids"]
    assert len(ids) == 12
    assert len(set(ids)) == 6


def test_a_history_whose_lists_do_not_fit_is_refused(tmp_path: Path) -> None:
    history(tmp_path, read_time_fixed=pa.array([[7.0, 1.0], []], pa.list_(pa.float32())))
    told = events_of(open_ebnerd(tmp_path, CONTEXT))
    assert [str(refusal) for refusal in told.refusals] == [
        "history.parquet:2: the lists of this history are not of one length"
    ]
    assert len(told.acts) == 4


def test_what_is_not_there_or_damaged(tmp_path: Path) -> None:
    with pytest.raises(RejectedValueError, match=r"\.parquet"):
        open_ebnerd(tmp_path, CONTEXT)
    pq.write_table(pa.table({"a": [1]}), tmp_path / "other.parquet")
    with pytest.raises(RejectedValueError, match="neither articles, behaviours nor histories"):
        open_ebnerd(tmp_path, CONTEXT)
    (tmp_path / "cut.parquet").write_bytes((tmp_path / "other.parquet").read_bytes()[:-9])
    with pytest.raises(RejectedValueError, match=r"cut\.parquet: not a readable Parquet file"):
        open_ebnerd(tmp_path, CONTEXT)
